/* say.h -- what a process says that has no Lua: one line, in place of a live one. */
#ifndef LRR_HOST_SAY_H
#define LRR_HOST_SAY_H

#include <stddef.h>

/* "lrrun: TEXTWHAT" to stderr; of one of several ranks "lrrun: rank 2 on HOST: TEXTWHAT". */
void lrr_say(const char *text, const char *what);

/* The same line into `out`, for whoever may not make it when it is to be said. */
void lrr_say_into(char *out, size_t size, const char *text, const char *what);

#endif
