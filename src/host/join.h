/*
** join.h -- the `..` of tables, where the linked Lua has a fault.
**
** Lua 5.4.4 as Debian 12 has it (5.4.4-3, which took a fix of later Lua's without the fix to
** that one: commits 42d40581 and 603b2c64 of Lua's repository) keeps a pointer into the
** stack of a thread while a __concat metamethod runs. Where the stack moves meanwhile, what
** follows reads freed memory: the rest of a chain a .. b .. c, or the collector after
** a .. b. A stack moves when it grows and when the collector makes it smaller. So here:
**
**   - a metamethod is wrapped (lrr_join_push): the function runs in another thread, with the
**     collector standing still (who asks it to work looks whether it runs), and the thread
**     that joins uses the 20 slots of a C function;
**   - the frame that joins has room for those slots from the start (chunk.h);
**   - one that is not wrapped is an error when it is called (lrr_join_check).
**
** On a sound Lua none of this is done. Threads: the one that runs Lua.
*/
#ifndef LRR_HOST_JOIN_H
#define LRR_HOST_JOIN_H

#include <lua.h>
#include <stdbool.h>

/* Whether the linked Lua keeps its place while a stack moves. Tried in a Lua state of its
** own whose memory is an array, so that a wrong pointer reads nothing else; some
** microseconds. */
bool lrr_join_sound(void);

/* Tries the linked Lua (lrr_vm.sound) and prepares L's state for joins; once for each
** state. Raises when out of memory. */
void lrr_join_init(lua_State *L);

/* Replaces the value on the top, to be called by `..`, by one that is safe there: itself on
** a sound Lua, or where it is wrapped already. */
void lrr_join_push(lua_State *L);

/* For a call hook: raises when an unwrapped metamethod is called for `..`. */
void lrr_join_check(lua_State *L, lua_Debug *ar);

/* The thread on the top of the stack may run a metamethod: pushes the one whose `..` waits
** for it, or nil. */
void lrr_join_behind(lua_State *L);

#endif
