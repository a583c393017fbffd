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

/* o:own() -> name and view of state that is of no tensor's size, or nothing */
static int l_own(lua_State *L)
{
    const char *name;
    size_t n;
    lrr_real *own = lrr_optim_own(lrr_bind_checkoptim(L, 1), &n, &name);
    if (own == NULL)
        return 0;
    const lrr_shape shape = lrr_shape_of1(n);
    lua_pushstring(L, name);
    lrr_bind_pushview(L, LRR_DTYPE_REAL, &shape, own, 1);
    return 2;
}

/* o:matrix_reals() -> reals of that, and of what updates of matrices are computed in */
static int l_matrix_reals(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lrr_optim_matrix_reals(lrr_bind_checkoptim(L, 1)));
    return 1;
}

const luaL_Reg lrr_bind_matrix_methods[] = { { "own", l_own },
                                             { "matrix_reals", l_matrix_reals },
                                             { NULL, NULL } };
