/* bind_readers.c -- lrrun.native.readers: arrays in files, lists and generators to data sets.
**
** digits(images), idx{ train = { x, y }, val, test, stream }, cifar{ classes,
** train = { files }, val, test, stream }, npy{ train = { x, y }, val, test, classes, per_step,
** vocab, seq, words, base, stream },
** archive(path), spirals{}
** moons{} blobs{} noise{ n, classes, noise, seed, dims, shape, tokens, length }, rows{} (see
** bind_data.h). */
#include "bind/bind_data.h"

#include <string.h>

#include "readers/array_look.h"
#include "readers/arrays.h"
#include "readers/cifar.h"
#include "readers/digits.h"
#include "readers/idx.h"
#include "readers/synthetic.h"
#include "readers/zip.h"

#define TYPE_ARCHIVE "lrrun.archive"

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

/* idx{ train = { x, y }, val = { x, y }, test = { x, y }, stream = true|bytes|nil } -> dataset */
static int l_idx(lua_State *L)
{
    lrr_error err;
    lrr_idx_cfg cfg = { 0 };
    lrr_dataset *d;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    read_pairs(L, cfg.x, cfg.y);
    cfg.stream = lrr_bind_storing(L, 1);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_idx_load(&cfg, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    return 1;
}

/* A field that is true (1), false (0) or not said (-1). */
static int said(lua_State *L, const char *key)
{
    int x = lua_getfield(L, 1, key) == LUA_TNIL ? -1 : lua_toboolean(L, -1);
    lua_pop(L, 1);
    return x;
}

/* Field key of the table on the top, or NULL; the table keeps the text alive. */
static const char *text_at(lua_State *L, const char *key)
{
    const char *s =
        lua_getfield(L, -1, key) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1);
    return s;
}

/* A list of numbers at field key, in a userdata that stays on the stack; NULL: none. */
static const double *numbers_at(lua_State *L, const char *key, size_t *n)
{
    *n = 0;
    if (lua_getfield(L, 1, key) != LUA_TTABLE)
        return NULL;
    *n = lrr_bind_checklen(L, lua_gettop(L));
    return lrr_bind_checkdoubles(L, lua_gettop(L), *n);
}

/* npy{ train = { x, y, x_key =, y_key = }, val = ..., test = ..., classes = true|false|nil,
** per_step = true|false|nil, vocab = number|nil, seq = boolean, words = numbers, base = numbers,
** stream as idx } -> dataset, different labels. Keys are of archives. */
static int l_npy(lua_State *L)
{
    lrr_error err;
    lrr_arrays_cfg cfg = { 0 };
    lrr_dataset *d;
    size_t seen;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    for (int i = 0; i < LRR_SPLITS; i++) {
        if (lua_getfield(L, 1, lrr_bind_split_names[i]) == LUA_TTABLE) {
            cfg.x[i] = (lrr_array){ path_at(L, 1), text_at(L, "x_key") };
            cfg.y[i] = (lrr_array){ path_at(L, 2), text_at(L, "y_key") };
        }
        lua_pop(L, 1);
    }
    cfg.classes = said(L, "classes");
    cfg.per_step = said(L, "per_step");
    cfg.vocab = (size_t)lrr_bind_optnum_in(L, 1, "vocab", 0, 1 << 24);
    cfg.seq = lrr_bind_fieldbool(L, 1, "seq");
    cfg.word = numbers_at(L, "words", &cfg.words);
    cfg.base = numbers_at(L, "base", &cfg.bases);
    cfg.stream = lrr_bind_storing(L, 1);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_arrays_load(&cfg, &d, &seen, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    lua_pushinteger(L, (lua_Integer)seen);
    return 2;
}

/* look(path, key or nil) -> { type, shape, n, missing, infinite, low, high (nil: none is finite),
** distinct, more, examples }: what an array holds (readers/array_look.h). */
static int l_look(lua_State *L)
{
    lrr_error err;
    char type[LRR_NPY_TYPE];
    const lrr_array a = { luaL_checkstring(L, 1), luaL_optstring(L, 2, NULL) };
    lrr_array_seen *s = lua_newuserdatauv(L, sizeof *s, 0);
    const bool ok = lrr_array_look(&a, s, &err) == LRR_OK;
    if (!ok)
        return lrr_bind_raise(L, &err);
    lua_createtable(L, 0, 10);
    lrr_bind_setstring(L, "type", lrr_npy_type(&s->header, type));
    lua_createtable(L, s->header.shape.rank, 0);
    for (int i = 0; i < s->header.shape.rank; i++) {
        lua_pushinteger(L, (lua_Integer)s->header.shape.d[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "shape");
    lrr_bind_setcount(L, "n", s->n);
    lrr_bind_setcount(L, "missing", s->missing);
    lrr_bind_setcount(L, "infinite", s->infinite);
    lrr_bind_setcount(L, "distinct", s->distinct);
    lrr_bind_setbool(L, "more", s->more);
    if (s->lo <= s->hi) {
        lua_pushnumber(L, s->lo);
        lua_setfield(L, -2, "low");
        lua_pushnumber(L, s->hi);
        lua_setfield(L, -2, "high");
    }
    lua_createtable(L, LRR_LOOK_EXAMPLES, 0);
    for (size_t i = 0; i < s->distinct && i < LRR_LOOK_EXAMPLES; i++) {
        if (lrr_npy_is_text(&s->header))
            lua_pushstring(L, s->text[i]);
        else
            lua_pushnumber(L, s->value[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "examples");
    return 1;
}

static int l_archive_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE_ARCHIVE);
    lrr_zip_free(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg archive_meta[] = {
    { "__gc", l_archive_gc },
    { "__close", l_archive_gc },
    { NULL, NULL },
};

/* archive(path) -> list of the names in an archive, without .npy; nil where it is none */
static int l_archive(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    lrr_error err;
    const char *path = luaL_checkstring(L, 1);
    bool is;
    FILE *f;
    lrr_zip *z;
    void **box;
    lrr_status st;
    if (lrr_zip_is(path, &is, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    if (!is)
        return 0;
    if (luaL_getmetatable(L, TYPE_ARCHIVE) == LUA_TNIL)
        lrr_bind_newtype(L, TYPE_ARCHIVE, archive_meta, none);
    box = lrr_bind_newbox(L, TYPE_ARCHIVE, 0);
    if (lrr_source_file(path, &f, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    st = lrr_zip_read(f, path, &z, &err);
    fclose(f);
    if (st != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = z;
    lua_createtable(L, (int)z->n, 0);
    for (size_t i = 0; i < z->n; i++) {
        const char *name = z->part[i].name;
        const size_t n = strlen(name);
        lua_pushlstring(L, name,
                        n > 4 && strcmp(name + n - 4, ".npy") == 0 ? n - 4 : n);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* cifar{ classes, train = { path, ... }, val = {...}, test = {...}, stream as idx } -> dataset */
static int l_cifar(lua_State *L)
{
    lrr_error err;
    lrr_cifar_cfg cfg = { 0 };
    lrr_dataset *d;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    cfg.classes = (size_t)lrr_bind_fieldint(L, 1, "classes");
    cfg.stream = lrr_bind_storing(L, 1);
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

static int l_noise_windows(lua_State *L)
{
    return synthetic(L, lrr_noise_windows);
}

/* clang-format off: one entry a line */
static const luaL_Reg funcs[] = {
    { "digits", l_digits },
    { "idx", l_idx },
    { "npy", l_npy },
    { "cifar", l_cifar },
    { "rows", lrr__bind_rows },
    { "spirals", l_spirals },
    { "moons", l_moons },
    { "blobs", l_blobs },
    { "noise", l_noise },
    { "noise_windows", l_noise_windows },
    { "archive", l_archive },
    { "look", l_look },
    { NULL, NULL },
};
/* clang-format on */

int luaopen_lrrun_native_readers(lua_State *L)
{
    lrr_bind_register_data(L);
    lrr_bind_newlib(L, funcs);
    return 1;
}
