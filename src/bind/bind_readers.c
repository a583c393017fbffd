/* bind_readers.c -- lrrun.native.readers: arrays in files, lists and generators to data sets.
**
** digits(images), idx{ train = { x, y }, val, test }, cifar{ classes, train = { files },
** val, test }, npy{ train = { x, y }, val, test, classes }, spirals{} moons{} blobs{}
** noise{ n, classes, noise, seed, dims, shape, tokens, length }, rows{ x, y, shape, classes,
** targets }. */
#include "bind/bind_data.h"
#include "readers/cifar.h"
#include "readers/digits.h"
#include "readers/idx.h"
#include "readers/npy.h"
#include "readers/synthetic.h"

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

/* { train = { x, y }, val = { x, y }, test = { x, y } } at 1: paths of inputs and targets. */
static void read_pairs(lua_State *L, const char *x[LRR_SPLITS],
                       const char *y[LRR_SPLITS])
{
    for (int i = 0; i < LRR_SPLITS; i++) {
        if (lua_getfield(L, 1, lrr_bind_split_names[i]) == LUA_TTABLE) {
            x[i] = path_at(L, 1);
            y[i] = path_at(L, 2);
        }
        lua_pop(L, 1);
    }
}

/* idx{ train = { x, y }, val = { x, y }, test = { x, y } } -> dataset */
static int l_idx(lua_State *L)
{
    lrr_error err;
    lrr_idx_cfg cfg = { 0 };
    lrr_dataset *d;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    read_pairs(L, cfg.x, cfg.y);
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
    read_pairs(L, cfg.x, cfg.y);
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
        if (lua_getfield(L, 1, lrr_bind_split_names[i]) == LUA_TTABLE)
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

typedef lrr_status (*synthetic_fn)(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                                   lrr_error *err);

static int synthetic(lua_State *L, synthetic_fn make)
{
    lrr_error err;
    lrr_synthetic_cfg cfg = { 0 };
    lrr_dataset *d;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    cfg.n = (size_t)lrr_bind_optnum_in(L, 1, "n", 1000, INT32_MAX);
    cfg.classes = (size_t)lrr_bind_optnum_in(L, 1, "classes", 2, INT32_MAX);
    cfg.noise = lrr_bind_optnum_in(L, 1, "noise", 0, 1e30);
    cfg.seed = (uint64_t)lrr_bind_fieldint(L, 1, "seed");
    cfg.tokens = (size_t)lrr_bind_optnum_in(L, 1, "tokens", 0, INT32_MAX);
    cfg.length = (size_t)lrr_bind_optnum_in(L, 1, "length", 0, INT32_MAX);
    cfg.dims = (size_t)lrr_bind_optnum_in(L, 1, "dims", 2, INT32_MAX);
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
    cfg.classes = (size_t)lrr_bind_optnum_in(L, 1, "classes", 0, 65536);
    cfg.k = (size_t)lrr_bind_optnum_in(L, 1, "targets", 0, 65536);
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

/* clang-format off: one entry a line */
static const luaL_Reg funcs[] = {
    { "digits", l_digits }, { "idx", l_idx },     { "npy", l_npy },
    { "cifar", l_cifar },   { "rows", l_rows },   { "spirals", l_spirals },
    { "moons", l_moons },   { "blobs", l_blobs }, { "noise", l_noise },
    { NULL, NULL },
};
/* clang-format on */

int luaopen_lrrun_native_readers(lua_State *L)
{
    lrr_bind_register_data(L);
    luaL_newlib(L, funcs);
    return 1;
}
