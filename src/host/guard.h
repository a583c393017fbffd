/*
** guard.h -- bounds on what a recipe's own Lua code may take, and how it is stopped.
**
** A count hook runs every 1000 instructions. It adds up the time spent in the recipe's
** code (our own modules, chunks "@lrrun:...", do not count, but for the sandbox's
** replacements of library functions, which work for the recipe). Past the budget, or a
** second after Ctrl-C, it raises an error and from then on runs at every instruction, so
** that no pcall can go on: the sandbox's pcall, xpcall and coroutines raise it again.
** Threads: the one that runs Lua.
*/
#ifndef LRR_HOST_GUARD_H
#define LRR_HOST_GUARD_H

#include <lua.h>

/* From now on the recipe's code may take this many seconds between two calls of
** lrr_guard_refresh; 0: no bound (Ctrl-C still ends it). */
void lrr_guard_start(lua_State *L, double seconds);

/* From now on calls in the thread L are looked at too (lrr_join_check), and in threads that
** it makes. Without a guard nothing happens. */
void lrr_guard_watch(lua_State *L);

/* Gives a fresh budget: called by the training loop for each step. */
void lrr_guard_refresh(void);

/* Why the code was stopped, or NULL when it was not. */
const char *lrr_guard_tripped(void);

/* For loops in C that work for a recipe: raises when the bound is passed. */
void lrr_guard_poll(lua_State *L);

/* Marks the recipe as stopped (it ran out of memory): no pcall goes on after that. */
void lrr_guard_trip(const char *why);

#endif
