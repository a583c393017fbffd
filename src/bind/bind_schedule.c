/*
** bind_schedule.c -- lrrun.native.schedule: schedules as native values.
**
**   s  = new(base, total)              base nil: in place of a number that is no rate
**   id = s:add { kind=, length=, unit=, list=, children = {ids}, monitor=, ends = stop,
**                <parameters> }        a stop rule given is taken over, its box closed
**   v  = s:at(t [, base])              value of update t
**   s:observe(metrics, step, seconds)  after a validation; metrics: name -> number
**   active, step, length = s:where(id, t)
**   s:set(id, value)                   of an fn node
**   s:monitors() -> list of names; s:save() -> list; s:load(list)
*/
#include <math.h>

#include "bind/bind.h"
#include "bind/bind_schedule.h"
#include "bind/params.h"
#include "schedule/schedule.h"

/* What the box holds: the schedule and the clock it was compiled for. */
typedef struct boxed {
    lrr_schedule *schedule;
    lrr_schedule_clock clock;
} boxed;

static boxed *check_boxed(lua_State *L, int arg)
{
    boxed *b = luaL_checkudata(L, arg, LRR_TYPE_SCHEDULE);
    luaL_argcheck(L, b->schedule != NULL, arg, "the schedule is closed");
    return b;
}

/* One that has a value. */
static boxed *check_made(lua_State *L, int arg)
{
    boxed *b = check_boxed(L, arg);
    luaL_argcheck(L, lrr_schedule_nodes(b->schedule) > 0, arg,
                  "the schedule has no form yet");
    return b;
}

lrr_schedule *lrr_bind_checkschedule(lua_State *L, int arg, lrr_schedule_clock *clock)
{
    boxed *b = check_made(L, arg);
    *clock = b->clock;
    return b->schedule;
}

static int l_new(lua_State *L)
{
    lrr_error err;
    lrr_schedule_clock clock = { luaL_optnumber(L, 1, (lua_Number)NAN),
                                 luaL_checknumber(L, 2) };
    boxed *b;
    luaL_argcheck(L, isfinite(clock.total) && clock.total > 0, 2,
                  "a run has at least one update");
    b = lua_newuserdatauv(L, sizeof *b, 0);
    *b = (boxed){ NULL, clock };
    luaL_setmetatable(L, LRR_TYPE_SCHEDULE);
    if (lrr_schedule_new(&b->schedule, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 1;
}

/* Numbers at field "list" of the table at 2, in a userdata left on the stack. */
static const double *read_list(lua_State *L, size_t *n)
{
    const double *list = NULL;
    *n = 0;
    if (lua_getfield(L, 2, "list") == LUA_TTABLE) {
        *n = lrr_bind_checklen(L, -1);
        list = lrr_bind_checkdoubles(L, lua_gettop(L), *n);
    }
    return list;
}

static int l_add(lua_State *L)
{
    lrr_error err;
    lrr_schedule *s = check_boxed(L, 1)->schedule;
    lrr_schedule_cfg cfg = { 0 };
    const lrr_param *params;
    void **ends = NULL;
    int id;
    luaL_checktype(L, 2, LUA_TTABLE);
    cfg.kind = lrr_bind_fieldstr(L, 2, "kind");
    params = cfg.kind == NULL ? NULL : lrr_schedule_params(cfg.kind);
    luaL_argcheck(L, params != NULL, 2, "no such kind of schedule");
    lrr_bind_params(L, 2, params, cfg.p);
    cfg.length = lrr_bind_fieldnum(L, 2, "length");
    cfg.unit = lrr_bind_fieldnum(L, 2, "unit");
    cfg.monitor = lrr_bind_fieldstr(L, 2, "monitor");
    cfg.list = read_list(L, &cfg.n_list);
    cfg.children = lrr_bind_fieldints(L, 2, "children", &cfg.n_children);
    if (lua_getfield(L, 2, "ends") != LUA_TNIL) {
        cfg.ends = lrr_bind_checkbox(L, -1, LRR_TYPE_STOP);
        ends = lua_touserdata(L, -1);
    }
    if (lrr_schedule_add(s, &cfg, &id, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    if (ends != NULL)
        *ends = NULL; /* the schedule owns it now */
    lua_pushinteger(L, id);
    return 1;
}

static int l_at(lua_State *L)
{
    const boxed *b = check_made(L, 1);
    lrr_schedule_clock clock = b->clock;
    uint64_t t = lrr_bind_checkstep(L, 2);
    clock.base = luaL_optnumber(L, 3, clock.base);
    lua_pushnumber(L, lrr_schedule_at(b->schedule, t, &clock));
    return 1;
}

static int l_observe(lua_State *L)
{
    lrr_metrics m;
    boxed *b = check_made(L, 1);
    uint64_t step = lrr_bind_checkstep(L, 3);
    lrr_bind_metrics(L, 2, step, luaL_optnumber(L, 4, 0), &m);
    lrr_schedule_observe(b->schedule, &m, &b->clock);
    return 0;
}

static int l_where(lua_State *L)
{
    lrr_schedule_span span;
    const boxed *b = check_boxed(L, 1);
    lua_Integer id = luaL_checkinteger(L, 2);
    uint64_t t = lrr_bind_checkstep(L, 3);
    luaL_argcheck(L, id >= 0 && id < lrr_schedule_nodes(b->schedule), 2,
                  "no such node");
    lrr_schedule_where(b->schedule, (int)id, t, &b->clock, &span);
    lua_pushboolean(L, span.active);
    lua_pushnumber(L, span.step);
    lua_pushnumber(L, span.length);
    return 3;
}

static int l_set(lua_State *L)
{
    boxed *b = check_boxed(L, 1);
    lua_Integer id = luaL_checkinteger(L, 2);
    double value = luaL_checknumber(L, 3);
    for (int i = 0; i < lrr_schedule_slots(b->schedule); i++) {
        if (lrr_schedule_slot(b->schedule, i) == id) {
            lrr_schedule_set(b->schedule, (int)id, value);
            return 0;
        }
    }
    return luaL_argerror(L, 2, "no such slot");
}

static int l_monitors(lua_State *L)
{
    const boxed *b = check_boxed(L, 1);
    const char *name;
    lua_newtable(L);
    for (int i = 0; (name = lrr_schedule_monitor(b->schedule, i)) != NULL; i++) {
        lua_pushstring(L, name);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int l_save(lua_State *L)
{
    const boxed *b = check_boxed(L, 1);
    size_t n = lrr_schedule_state_size(b->schedule);
    double *state = lua_newuserdatauv(L, n * sizeof *state + 1, 0);
    lrr_schedule_state_save(b->schedule, state);
    lrr_bind_pushdoubles(L, state, n);
    return 1;
}

static int l_load(lua_State *L)
{
    boxed *b = check_boxed(L, 1);
    size_t n = lrr_schedule_state_size(b->schedule);
    lrr_schedule_state_load(b->schedule, lrr_bind_checkdoubles(L, 2, n));
    return 0;
}

static int l_gc(lua_State *L)
{
    boxed *b = luaL_checkudata(L, 1, LRR_TYPE_SCHEDULE);
    lrr_schedule_free(b->schedule);
    b->schedule = NULL;
    return 0;
}

/* No close: a script would not know when it is safe. Sessions share what they step by. */
static const luaL_Reg schedule_meta[] = {
    { "__gc", l_gc },
    { NULL, NULL },
};

static const luaL_Reg schedule_methods[] = {
    { "add", l_add },     { "at", l_at },
    { "where", l_where }, { "observe", l_observe },
    { "set", l_set },     { "save", l_save },
    { "load", l_load },   { "monitors", l_monitors },
    { NULL, NULL },
};

static const luaL_Reg schedule_funcs[] = {
    { "new", l_new },
    { NULL, NULL },
};

int luaopen_lrrun_native_schedule(lua_State *L)
{
    lrr_bind_newtype(L, LRR_TYPE_SCHEDULE, schedule_meta, schedule_methods);
    lrr_bind_newlib(L, schedule_funcs);
    return 1;
}
