/* bind_schedule.h -- compiled schedules in boxes, for the other bindings. */
#ifndef LRR_BIND_BIND_SCHEDULE_H
#define LRR_BIND_BIND_SCHEDULE_H

#include <lua.h>

#include "schedule/schedule.h"

/* The schedule boxed at arg (`lrrun.native.schedule`) and the clock it was compiled for;
** raises if it is another type, or closed. The box owns it: anchor it in a user value. */
lrr_schedule *lrr_bind_checkschedule(lua_State *L, int arg, lrr_schedule_clock *clock);

#endif
