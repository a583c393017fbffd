/*
** guard.h -- bounds on what a recipe's own Lua code may take, and how it is stopped.
**
** A count hook runs every 1000 instructions, more often while long texts are there (vm.h).
** It gives the processor time since it last ran to whom it belongs: to the recipe where one of its
** functions is on the stack, also while our modules or Lua's library work for it; not what
** the engine took (lrr_bind_watch). Library functions whose work is not bounded by
** instructions call lrr_guard_poll. Past the budget, or a second after Ctrl-C (or after the
** training that it ended), an error is raised in the recipe's code, and from then on at every
** instruction of it, so that no pcall can go on: the sandbox's pcall, xpcall and coroutines
** raise it again; so they do once memory or files were refused (base/mem.h, os/budget.h). Each look is told to the supervisor (os/watch.h), which ends the process
** where none comes.
** Threads: the one that runs Lua.
*/
#ifndef LRR_HOST_GUARD_H
#define LRR_HOST_GUARD_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* From now on the recipe's code may take this many seconds between two calls of
** lrr_guard_refresh; 0: no bound (Ctrl-C still ends it). */
void lrr_guard_start(lua_State *L, double seconds);

/* No recipe's code runs any more. */
void lrr_guard_end(void);

/* From now on calls in the thread L are looked at too (lrr_join_check), and in threads that
** it makes. Without a guard nothing happens. */
void lrr_guard_watch(lua_State *L);

/* Gives a fresh budget: called by the training loop for each step. */
void lrr_guard_refresh(void);

/* While on, time passes for the recipe also where none of its functions is on the stack: what
** is done there is as long as a recipe makes it (a pattern of parameter names). */
void lrr_guard_behalf(bool on);

/* Why the code was stopped, or NULL when it was not. */
const char *lrr_guard_tripped(void);

/* For functions in C that work for a recipe, before `work` bytes or items are gone through
** (about a nanosecond each, or less): raises when the bound is passed. */
void lrr_guard_poll(lua_State *L, size_t work);

/* The thread L runs from here on; returns the one before, to be given back when L has come
** to rest. NULL: there is no guard. */
lua_State *lrr_guard_enter(lua_State *L);

/* Looks after how often the hook of the thread runs (NULL: the one that runs). From any
** place, also from within an allocation. */
void lrr_guard_pace(lua_State *L);

/* Marks the recipe as stopped (it ran out of memory): no pcall goes on after that. */
void lrr_guard_trip(const char *why);

#endif
