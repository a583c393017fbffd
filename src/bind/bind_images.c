/* bind_images.c -- lrrun.native.images: pictures in folders as data sets.
**
** new() -> images
** images: :add(folder, label, part) :add_file(path) :dataset{ channels, height, width } */
#include "bind/bind_data.h"
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

/* images:add(folder, label or nil, part) */
static int l_add(lua_State *L)
{
    lrr_error err;
    lrr_images *m = lrr_bind_checkbox(L, 1, TYPE);
    const char *path = luaL_checkstring(L, 2), *label = luaL_optstring(L, 3, NULL);
    lrr_split part = (lrr_split)luaL_checkoption(L, 4, "train", lrr_bind_split_names);
    if (lrr_images_add_folder(m, path, label, part, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
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

/* images:dataset{ channels = 1|3, height, width } -> dataset */
static int l_dataset(lua_State *L)
{
    lrr_error err;
    lrr_dataset *d;
    const lrr_images *m = lrr_bind_checkbox(L, 1, TYPE);
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
    { "add", l_add },
    { "add_file", l_add_file },
    { "dataset", l_dataset },
    { NULL, NULL },
};

static const luaL_Reg funcs[] = {
    { "new", l_new },
    { NULL, NULL },
};

int luaopen_lrrun_native_images(lua_State *L)
{
    lrr_bind_register_data(L);
    lrr_bind_newtype(L, TYPE, meta, methods);
    lrr_bind_newlib(L, funcs);
    return 1;
}
