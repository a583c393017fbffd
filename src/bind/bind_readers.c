/* bind_readers.c -- lrrun.native.readers: files and generators to data sets.
**
** digits(images), idx{ train = { x, y }, val, test }, cifar{ classes, train = { files },
** val, test }, csv(path, { delimiter, header }) -> table, spirals{} moons{} blobs{}
** noise{ n, classes, noise, seed, dims, shape, tokens, length }, npy{ train = { x, y },
** val, test, classes }, images() -> images, rows{ x, y, width, classes, targets }.
** images: :add(folder, label, part) :dataset{ channels, height, width }
** table: :info() :distinct(column, max) :levels(column) :dataset{ feature, target, classes,
** drop, levels }. */
#include <string.h>

#include "bind/bind_data.h"
#include "readers/cifar.h"
#include "readers/digits.h"
#include "readers/idx.h"
#include "readers/images.h"
#include "readers/npy.h"
#include "readers/synthetic.h"
#include "readers/table.h"

#define TYPE_TABLE  "lrrun.table"
#define TYPE_IMAGES "lrrun.images"

static const char *const split_names[] = { "train", "val", "test" };

/* digits(images) -> dataset */
static int l_digits(lua_State *L)
{
    lrr_error err;
    lrr_dataset *d;
    void **box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_digits_new(lua_toboolean(L, 1) != 0, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    return 1;
}

/* Item i of the list on the top, or NULL; the list keeps the text alive. */
static const char *path_at(lua_State *L, int i)
{
    const char *s;
    lua_rawgeti(L, -1, i);
    s = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1);
    return s;
}

/* idx{ train = { x, y }, val = { x, y }, test = { x, y } } -> dataset */
static int l_idx(lua_State *L)
{
    lrr_error err;
    lrr_idx_cfg cfg = { 0 };
    lrr_dataset *d;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    for (int i = 0; i < LRR_SPLITS; i++) {
        if (lua_getfield(L, 1, split_names[i]) == LUA_TTABLE) {
            cfg.x[i] = path_at(L, 1);
            cfg.y[i] = path_at(L, 2);
        }
        lua_pop(L, 1);
    }
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_idx_load(&cfg, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    return 1;
}

/* npy{ train = { x, y }, val = { x, y }, test = { x, y }, classes = true|false|nil } */
static int l_npy(lua_State *L)
{
    lrr_error err;
    lrr_npy_cfg cfg = { .classes = -1 };
    lrr_dataset *d;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    for (int i = 0; i < LRR_SPLITS; i++) {
        if (lua_getfield(L, 1, split_names[i]) == LUA_TTABLE) {
            cfg.x[i] = path_at(L, 1);
            cfg.y[i] = path_at(L, 2);
        }
        lua_pop(L, 1);
    }
    if (lua_getfield(L, 1, "classes") != LUA_TNIL)
        cfg.classes = lua_toboolean(L, -1);
    lua_pop(L, 1);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_npy_load(&cfg, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    return 1;
}

/* cifar{ classes, train = { path, ... }, val = {...}, test = {...} } -> dataset */
static int l_cifar(lua_State *L)
{
    lrr_error err;
    lrr_cifar_cfg cfg = { 0 };
    lrr_dataset *d;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    cfg.classes = (size_t)lrr_bind_fieldint(L, 1, "classes");
    luaL_argcheck(L, cfg.classes == 10 || cfg.classes == 100, 1, "classes: 10 or 100");
    for (int i = 0; i < LRR_SPLITS; i++) {
        if (lua_getfield(L, 1, split_names[i]) == LUA_TTABLE)
            for (int j = 0; j < LRR_CIFAR_FILES; j++)
                cfg.file[i][j] = path_at(L, j + 1);
        lua_pop(L, 1);
    }
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_cifar_load(&cfg, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    return 1;
}

static double number_field(lua_State *L, const char *key, double otherwise, double hi)
{
    double v = otherwise;
    if (lua_getfield(L, 1, key) != LUA_TNIL) {
        v = luaL_checknumber(L, -1);
        if (!(v >= 0 && v <= hi))
            luaL_error(L, "%s = %f is not in 0..%f", key, v, hi);
    }
    lua_pop(L, 1);
    return v;
}

typedef lrr_status (*synthetic_fn)(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                                   lrr_error *err);

static int synthetic(lua_State *L, synthetic_fn make)
{
    lrr_error err;
    lrr_synthetic_cfg cfg = { 0 };
    lrr_dataset *d;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    cfg.n = (size_t)number_field(L, "n", 1000, INT32_MAX);
    cfg.classes = (size_t)number_field(L, "classes", 2, INT32_MAX);
    cfg.noise = number_field(L, "noise", 0, 1e30);
    cfg.seed = (uint64_t)lrr_bind_fieldint(L, 1, "seed");
    cfg.tokens = (size_t)number_field(L, "tokens", 0, INT32_MAX);
    cfg.length = (size_t)number_field(L, "length", 0, INT32_MAX);
    cfg.dims = (size_t)number_field(L, "dims", 2, INT32_MAX);
    luaL_argcheck(L, cfg.classes >= 1 && cfg.dims >= 1, 1,
                  "classes and dims: 1 or more");
    cfg.shape = lrr_shape_of1(1);
    if (lua_getfield(L, 1, "shape") == LUA_TTABLE)
        lrr_bind_checkshape(L, lua_gettop(L), &cfg.shape);
    lua_pop(L, 1);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (make(&cfg, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    return 1;
}

static int l_spirals(lua_State *L)
{
    return synthetic(L, lrr_spirals_new);
}

static int l_moons(lua_State *L)
{
    return synthetic(L, lrr_moons_new);
}

static int l_blobs(lua_State *L)
{
    return synthetic(L, lrr_blobs_new);
}

static int l_noise(lua_State *L)
{
    return synthetic(L, lrr_noise_new);
}

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
    box = lrr_bind_newbox(L, TYPE_TABLE, 1);
    if (lrr_csv_open(path, delimiter[0], &c, &err) != LRR_OK ||
        lrr_table_read(c, header, &t, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = t;
    return 1;
}

static void push_column(lua_State *L, const lrr_column *c)
{
    lua_createtable(L, 0, 6);
    lua_pushstring(L, c->name);
    lua_setfield(L, -2, "name");
    lua_pushboolean(L, c->text);
    lua_setfield(L, -2, "text");
    lua_pushboolean(L, c->whole);
    lua_setfield(L, -2, "whole");
    lua_pushinteger(L, (lua_Integer)c->missing);
    lua_setfield(L, -2, "missing");
    lua_pushinteger(L, (lua_Integer)c->missing_line);
    lua_setfield(L, -2, "missing_line");
    lua_pushinteger(L, (lua_Integer)c->levels);
    lua_setfield(L, -2, "levels");
}

/* table:info() -> { rows, header, delimiter, columns = { { name, text, whole, missing,
** missing_line, levels }, ... } } */
static int l_table_info(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE_TABLE);
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, (lua_Integer)t->rows);
    lua_setfield(L, -2, "rows");
    lua_pushboolean(L, t->header);
    lua_setfield(L, -2, "header");
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
static int l_table_distinct(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE_TABLE);
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
    luaL_checktype(L, -1, LUA_TTABLE);
    *n = lua_rawlen(L, -1);
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
static int l_table_levels(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE_TABLE);
    lua_Integer column = luaL_checkinteger(L, 2);
    const lrr_column *c;
    luaL_argcheck(L, column >= 1 && (size_t)column <= t->columns, 2, "no such column");
    c = &t->column[column - 1];
    lua_createtable(L, (int)c->levels, 0);
    for (size_t i = 0; i < c->levels; i++) {
        lua_pushstring(L, c->level[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
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
    luaL_checkstack(L, (int)(n < 65536 ? n : 65536) + 8, "levels");
    out = lua_newuserdatauv(L, (n + 1) * sizeof *out, 0);
    for (size_t i = 0; i < n; i++) {
        const char **name;
        size_t names;
        lua_rawgeti(L, -2 - (int)i, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        names = lua_rawlen(L, -1);
        name = lua_newuserdatauv(L, (names + 1) * sizeof *name, 0);
        for (size_t k = 0; k < names; k++) {
            lua_rawgeti(L, -2, (lua_Integer)k + 1);
            luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 2, "levels are strings");
            name[k] = lua_tostring(L, -1); /* the list keeps it alive */
            lua_pop(L, 1);
        }
        lua_remove(L, -2);
        out[i] = (lrr_levels){ name, names };
    }
    return out;
}

/* table:dataset{ feature = { columns }, target = { columns }, classes, drop, levels,
** shape } */
static int l_table_dataset(lua_State *L)
{
    lrr_error err;
    lrr_table_cfg cfg = { 0 };
    lrr_dataset *d;
    void **box;
    int made;
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE_TABLE);
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

static int l_table_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE_TABLE);
    lrr_table_free(*box);
    *box = NULL;
    return 0;
}

/* images() -> images */
static int l_images(lua_State *L)
{
    lrr_error err;
    lrr_images *m;
    void **box = lrr_bind_newbox(L, TYPE_IMAGES, 0);
    if (lrr_images_new(&m, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = m;
    return 1;
}

/* images:add(folder, label or nil, part) */
static int l_images_add(lua_State *L)
{
    static const char *const parts[] = { "train", "val", "test", NULL };
    lrr_error err;
    lrr_images *m = lrr_bind_checkbox(L, 1, TYPE_IMAGES);
    const char *path = luaL_checkstring(L, 2), *label = luaL_optstring(L, 3, NULL);
    lrr_split part = (lrr_split)luaL_checkoption(L, 4, "train", parts);
    if (lrr_images_add_folder(m, path, label, part, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* images:add_file(path): one picture without a label */
static int l_images_add_file(lua_State *L)
{
    lrr_error err;
    lrr_images *m = lrr_bind_checkbox(L, 1, TYPE_IMAGES);
    const char *path = luaL_checkstring(L, 2);
    if (lrr_images_add_file(m, path, LRR_SPLIT_TRAIN, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* images:dataset{ channels = 1|3, height, width } -> dataset */
static int l_images_dataset(lua_State *L)
{
    lrr_error err;
    lrr_dataset *d;
    const lrr_images *m = lrr_bind_checkbox(L, 1, TYPE_IMAGES);
    lua_Integer channels, h, w;
    void **box;
    luaL_checktype(L, 2, LUA_TTABLE);
    channels = lrr_bind_fieldint(L, 2, "channels");
    h = lrr_bind_fieldint(L, 2, "height");
    w = lrr_bind_fieldint(L, 2, "width");
    luaL_argcheck(L, channels == 1 || channels == 3, 2, "channels: 1 or 3");
    luaL_argcheck(L, h >= 0 && h <= 16384 && w >= 0 && w <= 16384, 2,
                  "size out of range");
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_images_dataset(m, (size_t)channels, (size_t)h, (size_t)w, &d, &err) !=
        LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    return 1;
}

static int l_images_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE_IMAGES);
    lrr_images_free(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg images_meta[] = {
    { "__gc", l_images_gc },
    { "__close", l_images_gc },
    { NULL, NULL },
};

static const luaL_Reg images_methods[] = {
    { "add", l_images_add },
    { "add_file", l_images_add_file },
    { "dataset", l_images_dataset },
    { NULL, NULL },
};

/* One row of numbers, item i of the list at arg, into v (n); raises naming the row. */
static void copy_row(lua_State *L, int arg, size_t i, size_t n, float *v)
{
    if (lua_rawgeti(L, arg, (lua_Integer)i + 1) == LUA_TNUMBER && n == 1) {
        v[0] = (float)lua_tonumber(L, -1);
        lua_pop(L, 1);
        return;
    }
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) != n)
        luaL_error(L, "row %I is not a list of %I numbers", (lua_Integer)i + 1,
                   (lua_Integer)n);
    for (size_t j = 0; j < n; j++) {
        if (lua_rawgeti(L, -1, (lua_Integer)j + 1) != LUA_TNUMBER)
            luaL_error(L, "value %I of row %I is a %s, want a number",
                       (lua_Integer)j + 1, (lua_Integer)i + 1, luaL_typename(L, -1));
        v[j] = (float)lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* rows{ x = rows, y = list or nil, shape, classes, targets } -> dataset. y: classes from
** 0 where classes > 0, else rows of `targets` numbers. */
static int l_rows(lua_State *L)
{
    lrr_error err;
    lrr_dataset_cfg cfg = { .kind = LRR_DATA_F32 };
    lrr_dataset *d;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "x"); /* 2 */
    lua_getfield(L, 1, "y"); /* 3 */
    lua_getfield(L, 1, "shape");
    lrr_bind_checkshape(L, 4, &cfg.shape);
    luaL_checktype(L, 2, LUA_TTABLE);
    cfg.part[0] = lua_rawlen(L, 2);
    cfg.classes = (size_t)number_field(L, "classes", 0, 65536);
    cfg.k = (size_t)number_field(L, "targets", 0, 65536);
    if ((cfg.classes > 0 || cfg.k > 0) &&
        (!lua_istable(L, 3) || lua_rawlen(L, 3) != cfg.part[0]))
        luaL_error(L, "y is not a list of %I items", (lua_Integer)cfg.part[0]);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_dataset_new(&cfg, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    for (size_t i = 0; i < d->n; i++) {
        float y = 0;
        copy_row(L, 2, i, d->width, d->x.f32 + i * d->width);
        if (d->k > 0)
            copy_row(L, 3, i, d->k, d->y_real + i * d->k);
        if (d->classes > 0) {
            copy_row(L, 3, i, 1, &y);
            d->y_class[i] = y >= 0 && y < 65536 ? (int32_t)y : -1;
        }
    }
    if (lrr_dataset_check(d, false, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 1;
}

static const luaL_Reg table_meta[] = {
    { "__gc", l_table_gc },
    { "__close", l_table_gc },
    { NULL, NULL },
};

static const luaL_Reg table_methods[] = {
    { "info", l_table_info },     { "distinct", l_table_distinct },
    { "levels", l_table_levels }, { "dataset", l_table_dataset },
    { "close", l_table_gc },      { NULL, NULL },
};

/* clang-format off: one entry a line */
static const luaL_Reg funcs[] = {
    { "digits", l_digits }, { "idx", l_idx },         { "npy", l_npy },
    { "cifar", l_cifar },   { "csv", l_csv },         { "images", l_images },
    { "rows", l_rows },     { "spirals", l_spirals }, { "moons", l_moons },
    { "blobs", l_blobs },   { "noise", l_noise },     { NULL, NULL },
};
/* clang-format on */

int luaopen_lrrun_native_readers(lua_State *L)
{
    lrr_bind_register_data(L);
    lrr_bind_newtype(L, TYPE_TABLE, table_meta, table_methods);
    lrr_bind_newtype(L, TYPE_IMAGES, images_meta, images_methods);
    luaL_newlib(L, funcs);
    return 1;
}
