/* bind_text.h -- what the bindings of texts share. */
#ifndef LRR_BIND_BIND_TEXT_H
#define LRR_BIND_BIND_TEXT_H

#include "bind/bind_data.h"
#include "readers/text.h"

/* How a table of texts is read, of the table at arg: path, delimiter, header, text, label, part.
** Its texts stay on the stack. Raises. */
void lrr__bind_text_file(lua_State *L, int arg, lrr_text_file_cfg *out);

/* lines(path) of the module, and its type. */
int lrr__bind_text_lines(lua_State *L);
void lrr__bind_lines_type(lua_State *L);

#endif
