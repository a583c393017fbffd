/* bind_data.h -- what the bindings of data share. */
#ifndef LRR_BIND_BIND_DATA_H
#define LRR_BIND_BIND_DATA_H

#include "bind/bind.h"

/* Makes the types of data sets and loaders known, once. */
void lrr_bind_register_data(lua_State *L);

#endif
