/* bind_optim.h -- optimizers in boxes, for the other bindings. */
#ifndef LRR_BIND_BIND_OPTIM_H
#define LRR_BIND_BIND_OPTIM_H

#include <lauxlib.h>
#include <lua.h>

#include "optim/clip.h"
#include "optim/optim.h"

/* The optimizer boxed at arg (`lrrun.native.optim`); raises if it is another type, or
** closed. The box owns it: anchor it in a user value. */
lrr_optim *lrr_bind_checkoptim(lua_State *L, int arg);

/* The table of limits at arg, by LRR_LIMIT_MAP's names (0: none); false where it is nil. */
bool lrr_bind_readclip(lua_State *L, int arg, lrr_clip_cfg *cfg);

/* The list of matrices { tensor, first row from 0, rows } on top of the stack, or nil, as
** cfg's, in a scratch userdata that takes its place. */
void lrr_bind_readmatrices(lua_State *L, lrr_optim_cfg *cfg);

/* Methods of an optimizer's box. */
extern const luaL_Reg lrr_bind_matrix_methods[];

#endif
