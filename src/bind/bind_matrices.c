/* bind_matrices.c -- what of its tensors an optimizer updates as matrices, from Lua. */
#include "bind/bind.h"
#include "bind/bind_optim.h"

/* A whole number of the list on top of the stack, from `least` on. */
static size_t read_count(lua_State *L, lua_Integer at, lua_Integer least)
{
    lua_Integer n;
    lua_rawgeti(L, -1, at);
    n = luaL_checkinteger(L, -1);
    luaL_argcheck(L, n >= least, 1, "a matrix begins at a tensor and a row");
    lua_pop(L, 1);
    return (size_t)n;
}

void lrr_bind_readmatrices(lua_State *L, lrr_optim_cfg *cfg)
{
    const int list = lua_gettop(L);
    lrr_optim_matrix *rows;
    if (lua_isnil(L, list))
        return;
    cfg->n_matrices = lrr_bind_checklen(L, list);
    rows = lua_newuserdatauv(L, cfg->n_matrices * sizeof *rows + 1, 0);
    for (size_t i = 0; i < cfg->n_matrices; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        rows[i].segment = read_count(L, 1, 1) - 1;
        rows[i].row = read_count(L, 2, 0);
        rows[i].rows = read_count(L, 3, 1);
        lua_pop(L, 1);
    }
    cfg->matrices = rows;
    lua_replace(L, list);
}
