/*
** pattern.h -- Lua's patterns with a bound on the work.
**
** The stock matcher backtracks without end (a?^n a^n takes 2^n steps) where no hook can
** reach it. This one has the same language (Lua 5.4 manual, 6.4.1) and results, counts its
** steps, polls the guard every 100,000 of them, and gives up by an error.
*/
#ifndef LRR_HOST_PATTERN_H
#define LRR_HOST_PATTERN_H

#include <lua.h>

/*
** match(text, pattern, init [, plain]): the first match at or after byte `init` (from 1).
** Pushes its first and last byte and the captures (the manual's: texts, or positions for
** "()"), or nil. A pattern that begins with ^ is tried at init only. plain: the pattern
** is a text to find. Raises for a pattern that is malformed, as Lua does.
*/
int lrr_pattern_match(lua_State *L);

#endif
