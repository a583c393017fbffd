/* bind_tensor.c -- lrrun.native.tensor: arrays of numbers for scripts.
**
** tensor.new(shape [, values [, dtype]]): values is a flat list, row-major; without one
** the tensor holds zeros. dtype is "real" (the default), "i32" or "u8". */
#include <math.h>
#include <string.h>

#include "bind/bind.h"

/* Checks that the table at arg is a list of n numbers that fit dtype. */
static void check_values(lua_State *L, int arg, const char *who, size_t n,
                         lrr_dtype dtype)
{
    double min, max;
    const bool whole = lrr_dtype_is_whole(dtype, &min, &max);
    size_t found = (size_t)lua_rawlen(L, arg);
    if (found != n)
        luaL_error(L, "%s: %I values, want %I", who, (lua_Integer)found,
                   (lua_Integer)n);
    for (size_t i = 1; i <= n; i++) {
        int isnum;
        double x;
        if (lua_rawgeti(L, arg, (lua_Integer)i) != LUA_TNUMBER)
            luaL_error(L,
                       "%s: value %I is a %s, want a number (a flat list, row by row)",
                       who, (lua_Integer)i, luaL_typename(L, -1));
        x = lua_tonumberx(L, -1, &isnum);
        if (whole && !(x >= min && x <= max && floor(x) == x))
            luaL_error(L, "%s: value %I is %f, want a whole number from %I to %I", who,
                       (lua_Integer)i, x, (lua_Integer)min, (lua_Integer)max);
        lua_pop(L, 1);
    }
}

/* Copies the list at arg, which check_values has seen. */
static void copy_values(lua_State *L, int arg, lrr_tensor *t)
{
    for (size_t i = 0; i < t->n; i++) {
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        lrr_dtype_set(t->dtype, t->data, i, lua_tonumber(L, -1));
        lua_pop(L, 1);
    }
}

/* Pushes a tensor of zeros. */
static lrr_tensor *push_new(lua_State *L, lrr_dtype dtype, const lrr_shape *shape)
{
    const size_t n = lrr_shape_count(shape);
    lrr_error err;
    lrr_tensor *t;
    void **box;
    /* The collector cannot see these bytes: let it work first, unless it has to stand still
    ** (host/join.h). */
    if (n > 262144 && lua_gc(L, LUA_GCISRUNNING) != 0)
        lua_gc(L, LUA_GCSTEP, n < 1u << 30 ? (int)(n / 256) : 1 << 22);
    box = lrr_bind_newbox(L, LRR_TYPE_TENSOR, 1);
    if (lrr_tensor_new(dtype, shape, &t, &err) != LRR_OK)
        lrr_bind_raise(L, &err);
    *box = t;
    return t;
}

/* tensor.new(shape [, values [, dtype]]) -> tensor */
static int l_new(lua_State *L)
{
    static const char *const names[] = {
#define X(name, type, text, file, min, max) text,
        LRR_DTYPE_MAP(X)
#undef X
            NULL
    };
    lrr_shape shape;
    lrr_tensor *t;
    lrr_dtype dtype;
    size_t n;

    lrr_bind_checkshape(L, 1, &shape);
    dtype = (lrr_dtype)luaL_checkoption(L, 3, names[0], names);
    n = lrr_shape_count(&shape);
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        check_values(L, 2, "tensor.new", n, dtype);
    }
    t = push_new(L, dtype, &shape);
    if (lua_istable(L, 2))
        copy_values(L, 2, t);
    return 1;
}

/* t:shape() -> list of sizes */
static int l_shape(lua_State *L)
{
    const lrr_tensor *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
    lrr_bind_pushshape(L, &t->shape);
    return 1;
}

/* t:dtype() -> "real", "i32" or "u8" */
static int l_dtype(lua_State *L)
{
    const lrr_tensor *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
    lua_pushstring(L, lrr_dtype_name(t->dtype));
    return 1;
}

/* t:values() -> flat list, row-major */
static int l_values(lua_State *L)
{
    const lrr_tensor *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
    double min, max;
    const bool whole = lrr_dtype_is_whole(t->dtype, &min, &max);
    luaL_argcheck(L, t->n <= INT32_MAX, 1, "too many values for a list");
    lua_createtable(L, (int)t->n, 0);
    for (size_t i = 0; i < t->n; i++) {
        double x = lrr_dtype_get(t->dtype, t->data, i);
        if (whole)
            lua_pushinteger(L, (lua_Integer)x);
        else
            lua_pushnumber(L, x);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* t:set(values) -> t. A list with as many numbers, of which nothing is taken if one does
** not fit, or a tensor of the same size and type. */
static int l_set(lua_State *L)
{
    lrr_tensor *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
    if (lua_isuserdata(L, 2)) {
        const lrr_tensor *from = lrr_bind_checkbox(L, 2, LRR_TYPE_TENSOR);
        luaL_argcheck(L, from->dtype == t->dtype && from->n == t->n, 2,
                      "the tensor has another size or type");
        memmove(t->data, from->data, lrr_tensor_bytes(t));
    } else {
        luaL_checktype(L, 2, LUA_TTABLE);
        check_values(L, 2, "tensor:set", t->n, t->dtype);
        copy_values(L, 2, t);
    }
    lua_settop(L, 1);
    return 1;
}

/* t:copy() -> a tensor of its own with the same values */
static int l_copy(lua_State *L)
{
    const lrr_tensor *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
    lrr_tensor *copy = push_new(L, t->dtype, &t->shape);
    memcpy(copy->data, t->data, lrr_tensor_bytes(t));
    return 1;
}

static int l_len(lua_State *L)
{
    const lrr_tensor *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
    lua_pushinteger(L, (lua_Integer)t->n);
    return 1;
}

static int l_tostring(lua_State *L)
{
    char text[LRR_SHAPE_TEXT];
    const lrr_tensor *t = *(void **)luaL_checkudata(L, 1, LRR_TYPE_TENSOR);
    if (t == NULL)
        lua_pushliteral(L, "tensor (closed)");
    else
        lua_pushfstring(L, "tensor %s %s", lrr_shape_text(&t->shape, text),
                        lrr_dtype_name(t->dtype));
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_TENSOR);
    lrr_tensor_free(*box);
    *box = NULL; /* __close and then __gc may both come here */
    return 0;
}

static const luaL_Reg tensor_meta[] = {
    { "__gc", l_gc },   { "__close", l_gc },
    { "__len", l_len }, { "__tostring", l_tostring },
    { NULL, NULL },
};

static const luaL_Reg tensor_methods[] = {
    { "shape", l_shape }, { "dtype", l_dtype }, { "values", l_values },
    { "set", l_set },     { "copy", l_copy },   { "close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg tensor_funcs[] = {
    { "new", l_new },
    { NULL, NULL },
};

/* Other bindings may push a view before any script has asked for this module. */
static void register_tensor(lua_State *L)
{
    if (luaL_getmetatable(L, LRR_TYPE_TENSOR) == LUA_TNIL)
        lrr_bind_newtype(L, LRR_TYPE_TENSOR, tensor_meta, tensor_methods);
    lua_pop(L, 1);
}

void lrr_bind_pushview(lua_State *L, lrr_dtype dtype, const lrr_shape *shape,
                       void *data, int owner)
{
    lrr_error err;
    lrr_tensor *t;
    void **box;
    owner = lua_absindex(L, owner);
    register_tensor(L);
    box = lrr_bind_newbox(L, LRR_TYPE_TENSOR, 1);
    lua_pushvalue(L, owner);
    lua_setiuservalue(L, -2, 1);
    if (lrr_tensor_view(dtype, shape, data, &t, &err) != LRR_OK)
        lrr_bind_raise(L, &err);
    *box = t;
}

int luaopen_lrrun_native_tensor(lua_State *L)
{
    register_tensor(L);
    lrr_bind_newlib(L, tensor_funcs);
    return 1;
}
