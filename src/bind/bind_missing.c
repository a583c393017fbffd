/* bind_missing.c -- methods of data sets: what is missing, and what targets are. */
#include "bind/bind_data.h"
#include "data/goal.h"
#include "data/missing.h"

/* A data set that has no splits yet, at 1. */
static lrr_dataset *check_whole(lua_State *L)
{
    lrr_dataset *d = lrr__bind_check_free(L);
    luaL_argcheck(L, d->n_index[LRR_SPLIT_TRAIN] == 0, 1, "the data are split already");
    return d;
}

/* dataset:missing(part) -> list of { column, values missing }, samples that miss one, the first of
** them (from 1; 0: none) */
int lrr__bind_missing(lua_State *L)
{
    lrr_error err;
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    const int part = luaL_checkoption(L, 2, "train", lrr_bind_split_names);
    size_t *count, samples, first, used = 0;
    luaL_argcheck(L, d->kind == LRR_DATA_F32, 1, "only rows of numbers miss values");
    count = lua_newuserdatauv(L, d->width * sizeof *count, 0);
    if (lrr_dataset_missing(d, (lrr_split)part, count, &samples, &first, &err) !=
        LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_newtable(L);
    for (size_t i = 0; i < d->width; i++) {
        if (count[i] == 0)
            continue;
        lua_createtable(L, 2, 0);
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, (lua_Integer)count[i]);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, (lua_Integer)++used);
    }
    lua_pushinteger(L, (lua_Integer)samples);
    lua_pushinteger(L, samples > 0 ? (lua_Integer)first + 1 : 0);
    return 3;
}

/* dataset:drop(values) -> { train = { values, untargeted, unseen }, val, test }: samples left out
*/
int lrr__bind_drop(lua_State *L)
{
    lrr_error err;
    lrr_dropped dropped[LRR_SPLITS];
    lrr_dataset *d = check_whole(L);
    if (lrr_dataset_drop(d, lua_toboolean(L, 2) != 0, dropped, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_createtable(L, 0, LRR_SPLITS);
    for (int i = 0; i < LRR_SPLITS; i++) {
        lua_createtable(L, 0, 3);
        lrr_bind_setcount(L, "values", dropped[i].values);
        lrr_bind_setcount(L, "untargeted", dropped[i].untargeted);
        lrr_bind_setcount(L, "unseen", dropped[i].unseen);
        lua_setfield(L, -2, lrr_bind_split_names[i]);
    }
    return 1;
}

/* dataset:flag(columns): a column more for each of the list, 1 where it has nothing */
int lrr__bind_flag(lua_State *L)
{
    lrr_error err;
    bool *column;
    lrr_dataset *d = check_whole(L);
    size_t n;
    luaL_argcheck(L, d->kind == LRR_DATA_F32 && d->offset == NULL && d->shape.rank == 1,
                  1, "only rows of numbers have columns");
    luaL_argcheck(L, d->stored == NULL, 1, "the rows stay in their files");
    luaL_checktype(L, 2, LUA_TTABLE);
    n = lrr_bind_checklen(L, 2);
    column = lua_newuserdatauv(L, d->width * sizeof *column, 0);
    for (size_t i = 0; i < d->width; i++)
        column[i] = false;
    for (size_t i = 0; i < n; i++) {
        lua_Integer place;
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        place = luaL_checkinteger(L, -1);
        luaL_argcheck(L, place >= 1 && (size_t)place <= d->width, 2, "no such column");
        column[place - 1] = true;
        lua_pop(L, 1);
    }
    if (lrr_dataset_flag(d, column, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* dataset:base() -> list of what was taken off each value as it was read, or nil */
int lrr__bind_base(lua_State *L)
{
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    if (d->base == NULL)
        return 0;
    lua_createtable(L, (int)d->width, 0);
    for (size_t i = 0; i < d->width; i++) {
        lua_pushnumber(L, d->base[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* dataset:to_classes() -> different labels: targets that are whole numbers become classes */
int lrr__bind_to_classes(lua_State *L)
{
    lrr_error err;
    size_t seen;
    lrr_dataset *d = check_whole(L);
    if (lrr_goal_reals_to_classes(d, &seen, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushinteger(L, (lua_Integer)seen);
    return 1;
}

/* dataset:to_numbers(): two classes become 0 and 1 */
int lrr__bind_to_numbers(lua_State *L)
{
    lrr_error err;
    lrr_dataset *d = check_whole(L);
    if (lrr_goal_classes_to_reals(d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static lrr_dataset *check_classes(lua_State *L)
{
    lrr_dataset *d = check_whole(L);
    luaL_argcheck(L, d->y_class != NULL, 1, "the targets are no classes");
    return d;
}

/* dataset:has_class(i) -> whether a target is class i (from 0) */
int lrr__bind_has_class(lua_State *L)
{
    const lrr_dataset *d = check_classes(L);
    const lua_Integer class = luaL_checkinteger(L, 2);
    const size_t n = lrr_dataset_target(d, d->n);
    size_t i = 0;
    while (i < n && d->y_class[i] != class)
        i++;
    lua_pushboolean(L, i < n);
    return 1;
}

/* dataset:place_classes(list, classes): class i becomes list[i + 1], one of so many, from 0 */
int lrr__bind_place_classes(lua_State *L)
{
    lrr_error err;
    int32_t *place;
    lrr_dataset *d = check_classes(L);
    const lua_Integer classes = luaL_checkinteger(L, 3);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_argcheck(L, lrr_bind_checklen(L, 2) == d->classes, 2,
                  "want one place for each class");
    luaL_argcheck(L, classes >= 1 && classes <= LRR_CLASSES_MOST, 3, "out of range");
    place = lua_newuserdatauv(L, (d->classes + 1) * sizeof *place, 0);
    for (size_t i = 0; i < d->classes; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        place[i] = (int32_t)luaL_checkinteger(L, -1);
        lua_pop(L, 1);
    }
    if (lrr_goal_place(d, place, (size_t)classes, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}
