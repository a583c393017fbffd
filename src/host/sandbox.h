/* sandbox.h -- lrrun.native.host: what the sandbox in Lua (lua/lrrun/sandbox) is made of. */
#ifndef LRR_HOST_SANDBOX_H
#define LRR_HOST_SANDBOX_H

#include <lua.h>

/* Opener of lrrun.native.host. */
int lrr_sandbox_open(lua_State *L);

#endif
