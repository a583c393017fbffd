/* bind_data.h -- what the bindings of data share. */
#ifndef LRR_BIND_BIND_DATA_H
#define LRR_BIND_BIND_DATA_H

#include "bind/bind.h"

/* "train", "val", "test", then NULL: for luaL_checkoption, in lrr_split's order. */
extern const char *const lrr_bind_split_names[];

/* Makes the types of data sets and loaders known, once. */
void lrr_bind_register_data(lua_State *L);

#endif
