/* bind_watch.h -- methods of sessions that are in bind_watch.c. */
#ifndef LRR_BIND_BIND_WATCH_H
#define LRR_BIND_BIND_WATCH_H

#include "bind/bind.h"

/* Adds them to the type of sessions, which is registered. */
void lrr__bind_watch_methods(lua_State *L);

#endif
