/*
** fields.h -- fields of tables and items of lists, as every binding reads and writes them.
**
** What is read here raises where it has another type. Defaults of options are Lua's: the
** `opt` functions are for what a caller in Lua may leave out. Scratch that outlives a call
** is a userdata left on the stack.
*/
#ifndef LRR_BIND_FIELDS_H
#define LRR_BIND_FIELDS_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Field key of the table at arg. */
double lrr_bind_fieldnum(lua_State *L, int arg, const char *key);
lua_Integer lrr_bind_fieldint(lua_State *L, int arg, const char *key);
bool lrr_bind_fieldbool(lua_State *L, int arg, const char *key); /* nil is false */

/* The same, `otherwise` where it is nil; optnum_in raises outside [0, high]. */
double lrr_bind_optnum(lua_State *L, int arg, const char *key, double otherwise);
lua_Integer lrr_bind_optint(lua_State *L, int arg, const char *key); /* nil is 0 */
double lrr_bind_optnum_in(lua_State *L, int arg, const char *key, double otherwise,
                          double high);

/* A string, or NULL where it is nil. Valid as long as the table holds it. */
const char *lrr_bind_fieldstr(lua_State *L, int arg, const char *key);

/* The list of integers from 0 at field key (nil: none), as ints in a userdata. */
const int *lrr_bind_fieldints(lua_State *L, int arg, const char *key, size_t *n);

/* The list at arg: exactly n numbers; all its strings, which it keeps alive. Both in a
** userdata. */
const double *lrr_bind_checkdoubles(lua_State *L, int arg, size_t n);
/* Items of the list at arg, at most LRR_BIND_LIST_MAX: a table with holes may have a border
** anywhere, and sizes are made of it. */
enum { LRR_BIND_LIST_MAX = 1 << 28 };
size_t lrr_bind_checklen(lua_State *L, int arg);

const char **lrr_bind_checkstrings(lua_State *L, int arg, size_t *n);

/* A number of an update, from 0. */
uint64_t lrr_bind_checkstep(lua_State *L, int arg);

/* Sets a key of the table on top of the stack. */
void lrr_bind_setnumber(lua_State *L, const char *key, double x);
void lrr_bind_setcount(lua_State *L, const char *key, size_t n);
void lrr_bind_setbool(lua_State *L, const char *key, bool x);
void lrr_bind_setstring(lua_State *L, const char *key, const char *s);

/* Pushes n values as a list. */
void lrr_bind_pushdoubles(lua_State *L, const double *x, size_t n);
void lrr_bind_pushstrings(lua_State *L, const char *const *s, size_t n);

#endif
