/* bind_rng.c -- lrrun.native.rng: random numbers for Lua, as base/rng.h makes them.
**
** uniform(seed, stream, sub, index, step) -> in [0, 1)      normal(...) -> N(0, 1)
** between(seed, stream, sub, index, step, low, high) -> integer, both ends included
** stream is "LUA", "SEARCH", ... of LRR_STREAM_MAP. */
#include "base/rng.h"
#include "bind/bind.h"

static const char *const streams[] = {
#define X(name) #name,
    LRR_STREAM_MAP(X)
#undef X
        NULL
};

/* The key from arguments 1 to 3; the counter from 4 and 5. */
static lrr_key check_key(lua_State *L, uint64_t *index, uint64_t *step)
{
    uint64_t seed = (uint64_t)luaL_checkinteger(L, 1);
    lrr_stream stream = (lrr_stream)luaL_checkoption(L, 2, NULL, streams);
    uint64_t sub = (uint64_t)luaL_checkinteger(L, 3);
    *index = (uint64_t)luaL_checkinteger(L, 4);
    *step = (uint64_t)luaL_checkinteger(L, 5);
    return lrr_rng_key(seed, stream, sub);
}

static int l_uniform(lua_State *L)
{
    uint64_t index, step;
    lrr_key key = check_key(L, &index, &step);
    lua_pushnumber(L, lrr_rng_uniform(key, index, step));
    return 1;
}

static int l_normal(lua_State *L)
{
    uint64_t index, step;
    lrr_key key = check_key(L, &index, &step);
    lua_pushnumber(L, lrr_rng_normal(key, index, step));
    return 1;
}

static int l_between(lua_State *L)
{
    uint64_t index, step, n, offset;
    lrr_key key = check_key(L, &index, &step);
    lua_Integer low = luaL_checkinteger(L, 6), high = luaL_checkinteger(L, 7);
    luaL_argcheck(L, low <= high, 7, "below the lower end");
    n = (uint64_t)high - (uint64_t)low + 1; /* 0: all 2^64 integers */
    offset =
        n == 0 ? lrr_rng_u64(key, index, step) : lrr_rng_below(key, index, step, n);
    offset += (uint64_t)low;
    lua_pushinteger(L, (lua_Integer)offset);
    return 1;
}

int luaopen_lrrun_native_rng(lua_State *L)
{
    static const luaL_Reg functions[] = { { "uniform", l_uniform },
                                          { "normal", l_normal },
                                          { "between", l_between },
                                          { NULL, NULL } };
    lrr_bind_newlib(L, functions);
    return 1;
}
