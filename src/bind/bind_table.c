/* bind_table.c -- lrrun.native.table: files of columns, as read and as data sets.
**
** csv(path, { delimiter, header }) -> table
** table: :info() :distinct(column, max) :levels(column) :dataset{ feature, target, classes,
** drop, levels, shape }. Columns count from 1. */
#include <limits.h>

#include "bind/bind_data.h"
#include "readers/table.h"

#define TYPE "lrrun.table"

/* csv(path, { delimiter = ",", header = true|false|nil }) -> table */
static int l_csv(lua_State *L)
{
    lrr_error err;
    const char *path = luaL_checkstring(L, 1);
    const char *delimiter = "";
    int header = -1;
    lrr_csv *c;
    lrr_table *t;
    void **box;
    luaL_checktype(L, 2, LUA_TTABLE);
    if (lua_getfield(L, 2, "delimiter") != LUA_TNIL)
        delimiter = luaL_checkstring(L, -1);
    if (lua_getfield(L, 2, "header") != LUA_TNIL)
        header = lua_toboolean(L, -1);
    box = lrr_bind_newbox(L, TYPE, 1);
    if (lrr_csv_open(path, delimiter[0], &c, &err) != LRR_OK ||
        lrr_table_read(c, header, &t, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = t;
    return 1;
}

static void push_column(lua_State *L, const lrr_column *c)
{
    lua_createtable(L, 0, 6);
    lrr_bind_setstring(L, "name", c->name);
    lrr_bind_setbool(L, "text", c->text);
    lrr_bind_setbool(L, "whole", c->whole);
    lrr_bind_setcount(L, "missing", c->missing);
    lrr_bind_setcount(L, "missing_line", c->missing_line);
    lrr_bind_setcount(L, "levels", c->levels);
}

/* table:info() -> { rows, header, delimiter, columns = { { name, text, whole, missing,
** missing_line, levels }, ... } } */
static int l_info(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    lua_createtable(L, 0, 4);
    lrr_bind_setcount(L, "rows", t->rows);
    lrr_bind_setbool(L, "header", t->header);
    lua_pushlstring(L, &t->delimiter, 1);
    lua_setfield(L, -2, "delimiter");
    lua_createtable(L, (int)t->columns, 0);
    for (size_t j = 0; j < t->columns; j++) {
        push_column(L, &t->column[j]);
        lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    lua_setfield(L, -2, "columns");
    return 1;
}

/* table:distinct(column, max) -> different numbers of it, or nil where above max */
static int l_distinct(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    lua_Integer column = luaL_checkinteger(L, 2), max = luaL_checkinteger(L, 3);
    float *v;
    size_t n;
    luaL_argcheck(L, column >= 1 && (size_t)column <= t->columns, 2, "no such column");
    luaL_argcheck(L, max >= 1 && max <= 65536, 3, "want 1..65536");
    v = lua_newuserdatauv(L, (size_t)max * sizeof *v, 0);
    lrr_table_distinct(t, (size_t)column - 1, (size_t)max, v, &n);
    if (n > (size_t)max)
        lua_pushnil(L);
    else
        lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

/* The list of columns in a field of the table at arg 2, as indices from 0. */
static const size_t *columns_field(lua_State *L, const char *key, size_t columns,
                                   size_t *n)
{
    size_t *list;
    lua_getfield(L, 2, key);
    *n = lrr_bind_checklen(L, -1);
    list = lua_newuserdatauv(L, (*n + 1) * sizeof *list, 0);
    for (size_t i = 0; i < *n; i++) {
        lua_Integer c;
        lua_rawgeti(L, -2, (lua_Integer)i + 1);
        c = luaL_checkinteger(L, -1);
        if (c < 1 || (size_t)c > columns)
            luaL_error(L, "%s: column %I of %I", key, c, (lua_Integer)columns);
        list[i] = (size_t)c - 1;
        lua_pop(L, 1);
    }
    lua_remove(L, -2); /* the list stays on the stack, so it stays alive */
    return list;
}

/* table:levels(column) -> its different texts, in bytewise order; none for numbers */
static int l_levels(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    lua_Integer column = luaL_checkinteger(L, 2);
    const lrr_column *c;
    luaL_argcheck(L, column >= 1 && (size_t)column <= t->columns, 2, "no such column");
    c = &t->column[column - 1];
    lrr_bind_pushstrings(L, (const char *const *)c->level, c->levels);
    return 1;
}

/* The list of lists of names in field "levels", or NULL; it all stays on the stack. */
static const lrr_levels *levels_field(lua_State *L, size_t n)
{
    lrr_levels *out;
    if (lua_getfield(L, 2, "levels") == LUA_TNIL)
        return NULL;
    luaL_checktype(L, -1, LUA_TTABLE);
    luaL_argcheck(L, lua_rawlen(L, -1) == n, 2,
                  "levels: want one list for each feature");
    luaL_checkstack(L, n < INT_MAX - 8 ? (int)n + 8 : INT_MAX, "levels");
    out = lua_newuserdatauv(L, (n + 1) * sizeof *out, 0);
    for (size_t i = 0; i < n; i++) {
        size_t names;
        const char **name;
        lua_rawgeti(L, -2 - (int)i, (lua_Integer)i + 1);
        name = lrr_bind_checkstrings(L, lua_gettop(L), &names);
        lua_remove(L, -2);
        out[i] = (lrr_levels){ name, names };
    }
    return out;
}

/* table:dataset{ feature = { columns }, target = { columns }, classes, drop, levels,
** shape } */
static int l_dataset(lua_State *L)
{
    lrr_error err;
    lrr_table_cfg cfg = { 0 };
    lrr_dataset *d;
    void **box;
    int made;
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    luaL_checktype(L, 2, LUA_TTABLE);
    cfg.feature = columns_field(L, "feature", t->columns, &cfg.n_feature);
    cfg.target = columns_field(L, "target", t->columns, &cfg.n_target);
    cfg.classes = lrr_bind_fieldbool(L, 2, "classes");
    cfg.drop = lrr_bind_fieldbool(L, 2, "drop");
    cfg.levels = levels_field(L, cfg.n_feature);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    made = lua_gettop(L);
    if (lrr_table_dataset(t, &cfg, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    if (lua_getfield(L, 2, "shape") == LUA_TTABLE) {
        lrr_shape shape;
        lrr_bind_checkshape(L, lua_gettop(L), &shape);
        luaL_argcheck(L, lrr_shape_count(&shape) == d->width, 2, "shape: another size");
        d->shape = shape;
    }
    lua_settop(L, made);
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);
    lrr_table_free(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg meta[] = {
    { "__gc", l_gc },
    { "__close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg methods[] = {
    { "info", l_info },       { "distinct", l_distinct }, { "levels", l_levels },
    { "dataset", l_dataset }, { "close", l_gc },          { NULL, NULL },
};

static const luaL_Reg funcs[] = {
    { "csv", l_csv },
    { NULL, NULL },
};

int luaopen_lrrun_native_table(lua_State *L)
{
    lrr_bind_register_data(L);
    lrr_bind_newtype(L, TYPE, meta, methods);
    lrr_bind_newlib(L, funcs);
    return 1;
}
