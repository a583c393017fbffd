/* bind_images.c -- lrrun.native.images: pictures in folders as data sets.
**
** new() -> images
** is_name(name) -> whether a file of that name is taken for a picture
** images: :add(folder, label, part) :add_file(path) :dataset{...} :paths() */
#include "bind/bind_data.h"
#include "bind/bind_ranks.h"
#include "readers/images.h"

#define TYPE "lrrun.images"

/* new() -> images */
static int l_new(lua_State *L)
{
    lrr_error err;
    lrr_images *m;
    void **box = lrr_bind_newbox(L, TYPE, 0);
    if (lrr_images_new(&m, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = m;
    return 1;
}

/* images:add(folder, label or nil, part) -> pictures added, { names of all else there } */
static int l_add(lua_State *L)
{
    lrr_error err;
    size_t added;
    lrr_images *m = lrr_bind_checkbox(L, 1, TYPE);
    const char *path = luaL_checkstring(L, 2), *label = luaL_optstring(L, 3, NULL);
    lrr_split part = (lrr_split)luaL_checkoption(L, 4, "train", lrr_bind_split_names);
    if (lrr_images_add_folder(m, path, label, part, &added, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushinteger(L, (lua_Integer)added);
    lua_newtable(L);
    for (size_t i = 0; i < lrr_images_others(m); i++) {
        lua_pushstring(L, lrr_images_other(m, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 2;
}

/* images:add_file(path): one picture without a label */
static int l_add_file(lua_State *L)
{
    lrr_error err;
    lrr_images *m = lrr_bind_checkbox(L, 1, TYPE);
    const char *path = luaL_checkstring(L, 2);
    if (lrr_images_add_file(m, path, LRR_SPLIT_TRAIN, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static const char *const resize_names[] = { "none", "exact", "shorter", "blocks",
                                            NULL };

/* A size of the table at arg: 1 to the most; 0 where it is not needed and not given. */
static size_t side_field(lua_State *L, int arg, const char *key, bool is_needed)
{
    const double n = lrr_bind_optnum_in(L, arg, key, 0, (double)LRR_IMAGE_SIDE_MAX);
    luaL_argcheck(L, n >= 1 || (n <= 0 && !is_needed), arg, "a size is below 1");
    return (size_t)n;
}

/* The table at arg as what is made of pictures: l_dataset says what it holds. */
static lrr_images_cfg check_cfg(lua_State *L, int arg)
{
    lrr_images_cfg cfg = { 0 };
    lua_Integer channels;
    luaL_checktype(L, arg, LUA_TTABLE);
    channels = lrr_bind_fieldint(L, arg, "channels");
    luaL_argcheck(L, channels == 1 || channels == 3, arg, "channels: 1 or 3");
    cfg.how.channels = (size_t)channels;
    cfg.how.stored = lrr_bind_fieldbool(L, arg, "stored");
    cfg.skip = lrr_bind_fieldbool(L, arg, "skip");
    cfg.stream = lrr_bind_storing(L, arg);
    lua_getfield(L, arg, "cache"); /* the table keeps the text alive */
    cfg.cache = luaL_optstring(L, -1, NULL);
    lua_pop(L, 1);
    lua_getfield(L, arg, "resize");
    cfg.fit.resize =
        (lrr_resize)luaL_checkoption(L, lua_gettop(L), "none", resize_names);
    lua_pop(L, 1);
    if (cfg.fit.resize != LRR_RESIZE_NONE) {
        cfg.fit.h = side_field(L, arg, "height", true);
        cfg.fit.w = side_field(L, arg, "width", cfg.fit.resize != LRR_RESIZE_SHORTER);
    }
    cfg.fit.crop_h = side_field(L, arg, "crop_height", false);
    cfg.fit.crop_w = side_field(L, arg, "crop_width", cfg.fit.crop_h > 0);
    return cfg;
}

static void push_told(lua_State *L, const lrr_images_told *told)
{
    lua_createtable(L, 0, 7);
    lrr_bind_setcount(L, "turned", told->turned);
    lrr_bind_setcount(L, "deep", told->deep);
    lrr_bind_setcount(L, "resized", told->resized);
    lrr_bind_setcount(L, "broken", told->broken);
    lrr_bind_setcount(L, "cached", told->cached);
    if (told->no_cache.msg[0] != '\0')
        lrr_bind_setstring(L, "no_cache", told->no_cache.msg);
    lua_createtable(L, (int)told->n_why, 0);
    for (size_t i = 0; i < told->n_why; i++) {
        lua_pushstring(L, told->why[i].msg);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "why");
}

/* images:dataset{ channels = 1|3, resize = "none"|"exact"|"shorter"|"blocks", height, width,
** crop_height, crop_width, stored, skip, stream, cache (a folder) } -> dataset, { turned, deep, resized, broken, cached, no_cache (why nothing is), why = { at most
** three reasons } } */
static int l_dataset(lua_State *L)
{
    lrr_error err;
    lrr_images_told told;
    lrr_dataset *d;
    lrr_images *m = lrr_bind_checkbox(L, 1, TYPE);
    lrr_images_cfg cfg = check_cfg(L, 2);
    const lrr_peers peers = lrr_bind_peers();
    void **box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    cfg.peers = (lrr_images_peers){ peers.ud, peers.n, peers.self, peers.fill };
    if (lrr_images_dataset(m, &cfg, &told, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    push_told(L, &told);
    return 2;
}

/* images:paths() -> paths of the samples of the data set made last */
static int l_paths(lua_State *L)
{
    const lrr_images *m = lrr_bind_checkbox(L, 1, TYPE);
    const size_t n = lrr_images_count(m);
    const char **path = lua_newuserdatauv(L, (n + 1) * sizeof *path, 0);
    lrr_images_paths(m, path);
    lrr_bind_pushstrings(L, path, n);
    return 1;
}

/* is_name(name) -> whether it is a picture's */
static int l_is_name(lua_State *L)
{
    lua_pushboolean(L, lrr_images_is_name(luaL_checkstring(L, 1)));
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);
    lrr_images_free(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg meta[] = {
    { "__gc", l_gc },
    { "__close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg methods[] = {
    { "add", l_add },         { "add_file", l_add_file },
    { "dataset", l_dataset }, { "paths", l_paths },
    { NULL, NULL },
};

static const luaL_Reg funcs[] = {
    { "new", l_new },
    { "is_name", l_is_name },
    { NULL, NULL },
};

int luaopen_lrrun_native_images(lua_State *L)
{
    lrr_bind_register_data(L);
    lrr_bind_newtype(L, TYPE, meta, methods);
    lrr_bind_newlib(L, funcs);
    return 1;
}
