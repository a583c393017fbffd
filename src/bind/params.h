/*
** params.h -- reading the constants of a schedule or stop rule from a Lua table.
*/
#ifndef LRR_BIND_PARAMS_H
#define LRR_BIND_PARAMS_H

#include <lua.h>

#include "stop/metrics.h"
#include "stop/param.h"

/*
** p[i] = field params[i].name of the table at arg, by the parameter's type: a finite
** number, true or false, or one of the choices. A missing BASE is NaN; anything else
** missing or of another type raises.
*/
void lrr_bind_params(lua_State *L, int arg, const lrr_param *params,
                     double p[LRR_PARAM_MAX]);

/* Field key of the table at arg: a string, or NULL where it is nil. Valid as long as
** the table holds it. */
const char *lrr_bind_fieldstr(lua_State *L, int arg, const char *key);

/*
** The list of integers at field key of the table at arg (nil: none), as ints in a new
** userdata left on the stack. Raises where an item is no integer.
*/
const int *lrr_bind_fieldints(lua_State *L, int arg, const char *key, size_t *n);

/*
** The table at arg (name -> number, besides step and seconds) as metrics; their arrays
** live in two userdata left on the stack. Names are read in any order: nothing depends
** on it. The table must not change while they are used.
*/
void lrr_bind_metrics(lua_State *L, int arg, uint64_t step, double seconds,
                      lrr_metrics *m);

/* Pushes n doubles at x as a list, or reads one of exactly n items at arg into a new
** userdata left on the stack. */
void lrr_bind_pushdoubles(lua_State *L, const double *x, size_t n);
const double *lrr_bind_checkdoubles(lua_State *L, int arg, size_t n);

#endif
