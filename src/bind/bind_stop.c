/*
** bind_stop.c -- lrrun.native.stop: rules that end a run.
**
**   stop = new()
**   id   = stop:add { kind=, monitor=, children = {ids}, <parameters> }
**   reason = stop:step(loss, step, seconds)          "none", "diverged", ...
**   reason = stop:check(metrics, step, seconds)      metrics: name -> number
**   stop:monitors() -> list of names; stop:save() -> list; stop:load(list)
*/
#include "bind/bind.h"
#include "bind/params.h"
#include "stop/stop.h"

static lrr_stop *check_stop(lua_State *L)
{
    return lrr_bind_checkbox(L, 1, LRR_TYPE_STOP);
}

static int l_new(lua_State *L)
{
    lrr_error err;
    lrr_stop *s;
    void **box = lrr_bind_newbox(L, LRR_TYPE_STOP, 0);
    if (lrr_stop_new(&s, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = s;
    return 1;
}

static int l_add(lua_State *L)
{
    lrr_error err;
    lrr_stop *s = check_stop(L);
    lrr_stop_cfg cfg = { 0 };
    const lrr_param *params;
    size_t n;
    int id;
    luaL_checktype(L, 2, LUA_TTABLE);
    cfg.kind = lrr_bind_fieldstr(L, 2, "kind");
    params = cfg.kind == NULL ? NULL : lrr_stop_params(cfg.kind);
    luaL_argcheck(L, params != NULL, 2, "no such kind of stop rule");
    lrr_bind_params(L, 2, params, cfg.p);
    cfg.monitor = lrr_bind_fieldstr(L, 2, "monitor");
    cfg.children = lrr_bind_fieldints(L, 2, "children", &n);
    cfg.n_children = (int)n;
    if (lrr_stop_add(s, &cfg, &id, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushinteger(L, id);
    return 1;
}

static int push_reason(lua_State *L, lrr_stop_reason reason)
{
    lua_pushstring(L, lrr_stop_reason_name(reason));
    return 1;
}

static int l_step(lua_State *L)
{
    lrr_stop *s = check_stop(L);
    double loss = luaL_checknumber(L, 2);
    uint64_t step = lrr_bind_checkstep(L, 3);
    return push_reason(L, lrr_stop_step(s, loss, step, luaL_optnumber(L, 4, 0)));
}

static int l_check(lua_State *L)
{
    lrr_metrics m;
    lrr_stop *s = check_stop(L);
    uint64_t step = lrr_bind_checkstep(L, 3);
    lrr_bind_metrics(L, 2, step, luaL_optnumber(L, 4, 0), &m);
    return push_reason(L, lrr_stop_check(s, &m));
}

static int l_monitors(lua_State *L)
{
    const lrr_stop *s = check_stop(L);
    const char *name;
    lua_newtable(L);
    for (int i = 0; (name = lrr_stop_monitor(s, i)) != NULL; i++) {
        lua_pushstring(L, name);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int l_save(lua_State *L)
{
    const lrr_stop *s = check_stop(L);
    size_t n = lrr_stop_state_size(s);
    double *state = lua_newuserdatauv(L, n * sizeof *state + 1, 0);
    lrr_stop_state_save(s, state);
    lrr_bind_pushdoubles(L, state, n);
    return 1;
}

static int l_load(lua_State *L)
{
    lrr_stop *s = check_stop(L);
    lrr_stop_state_load(s, lrr_bind_checkdoubles(L, 2, lrr_stop_state_size(s)));
    return 0;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_STOP);
    lrr_stop_free(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg stop_meta[] = {
    { "__gc", l_gc },
    { "__close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg stop_methods[] = {
    { "add", l_add },   { "step", l_step }, { "check", l_check },
    { "save", l_save }, { "load", l_load }, { "monitors", l_monitors },
    { "close", l_gc },  { NULL, NULL },
};

static const luaL_Reg stop_funcs[] = {
    { "new", l_new },
    { NULL, NULL },
};

int luaopen_lrrun_native_stop(lua_State *L)
{
    lrr_bind_newtype(L, LRR_TYPE_STOP, stop_meta, stop_methods);
    lrr_bind_newlib(L, stop_funcs);
    return 1;
}
