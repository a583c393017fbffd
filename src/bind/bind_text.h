/* bind_text.h -- what the bindings of texts share. */
#ifndef LRR_BIND_BIND_TEXT_H
#define LRR_BIND_BIND_TEXT_H

#include "bind/bind_data.h"

/* lines(path) of the module, and its type. */
int lrr__bind_text_lines(lua_State *L);
void lrr__bind_lines_type(lua_State *L);

#endif
