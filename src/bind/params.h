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

/*
** The table at arg (name -> number, besides step and seconds) as metrics; their arrays
** live in two userdata left on the stack. Names are read in any order: nothing depends
** on it. The table must not change while they are used.
*/
void lrr_bind_metrics(lua_State *L, int arg, uint64_t step, double seconds,
                      lrr_metrics *m);

#endif
