/*
** bind_probe.c -- lrrun.native.probe: curvature of the loss and noise of its gradient, around
** a session's weights (train/probe.h).
**
**   p = new { session=, loader=, batches=, steps= }
**   kind, factor, unit = p:gain()   "unknown", "later", "uniform" or "each": optim/gain.h
**   p:begin("sharpness" | "limit")  "limit" after a kind that has one
**   more = p:step()                 one product with the Hessian
**   p:result()                      { value=, error=, loss=, samples=, products=, settled=,
**                                    unseen= }
**   signal, noise, samples, error = p:noise(loader, n)   error: of signal / noise
**   p:stopped()                     whether Ctrl-C has ended the last product or noise
**   p:bytes()                       that it takes, loaders apart
*/
#include "bind/bind.h"
#include "bind/bind_data.h"
#include "os/interrupt.h"
#include "train/probe.h"

#define TYPE "lrrun.probe"

enum { STEPS_LEAST = 2, STEPS_MOST = 64 };

/* The probe at 1; raises where its session has come to its end, or its network was planned
** anew for something else. */
static lrr_probe *check_probe(lua_State *L)
{
    lrr_probe *p = lrr_bind_checkbox(L, 1, TYPE);
    lrr_session *s;
    lua_getiuservalue(L, 1, 1);
    s = lrr_bind_checkbox(L, lua_gettop(L), LRR_TYPE_SESSION);
    if (!lrr_session_ready(s))
        luaL_error(L, "the network was built anew since the training began");
    lua_pop(L, 1);
    return p;
}

static bool is_interrupted(void)
{
    return lrr_interrupt_pending() != 0;
}

static int l_new(lua_State *L)
{
    enum { SESSION = 2, LOADER };
    lrr_probe_cfg cfg = { 0 };
    lrr_probe *p;
    lrr_error err;
    lua_Integer steps, batches;
    void **box;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "session");
    lua_getfield(L, 1, "loader");
    cfg.session = lrr_bind_checkbox(L, SESSION, LRR_TYPE_SESSION);
    cfg.loader = lrr_bind_checkbox(L, LOADER, LRR_TYPE_LOADER);
    luaL_argcheck(L, lrr_session_ready(cfg.session), 1,
                  "the session's network changed");
    batches = lrr_bind_fieldint(L, 1, "batches");
    steps = lrr_bind_fieldint(L, 1, "steps");
    luaL_argcheck(L, batches >= 1, 1, "no batches");
    luaL_argcheck(L, steps >= STEPS_LEAST && steps <= STEPS_MOST, 1, "too many steps");
    cfg.batches = (size_t)batches;
    cfg.steps = (size_t)steps;
    cfg.stops = is_interrupted;
    box = lrr_bind_newbox(L, TYPE, 2);
    lua_pushvalue(L, SESSION);
    lua_setiuservalue(L, -2, 1);
    lua_pushvalue(L, LOADER);
    lua_setiuservalue(L, -2, 2);
    if (lrr_probe_new(&cfg, &p, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = p;
    return 1;
}

/* The probe keeps its loader open: a closed one would leave it nothing to read. */
static lrr_probe *check_open(lua_State *L)
{
    lrr_probe *p = check_probe(L);
    lua_getiuservalue(L, 1, 2);
    lrr_bind_checkbox(L, lua_gettop(L), LRR_TYPE_LOADER);
    lua_pop(L, 1);
    return p;
}

static int l_gain(lua_State *L)
{
    static const char *const names[] = {
        [LRR_GAIN_UNKNOWN] = "unknown",
        [LRR_GAIN_LATER] = "later",
        [LRR_GAIN_UNIFORM] = "uniform",
        [LRR_GAIN_EACH] = "each",
    };
    const lrr_gain gain = lrr_probe_gain(check_probe(L));
    lua_pushstring(L, names[gain.kind]);
    lua_pushnumber(L, gain.factor);
    lua_pushnumber(L, gain.unit);
    return 3;
}

static int l_begin(lua_State *L)
{
    static const char *const names[] = { "sharpness", "limit", NULL };
    lrr_probe *p = check_open(L);
    const lrr_probe_kind kind = (lrr_probe_kind)luaL_checkoption(L, 2, NULL, names);
    const lrr_gain_kind gain = lrr_probe_gain(p).kind;
    lrr_error err;
    luaL_argcheck(
        L, kind != LRR_PROBE_LIMIT || gain == LRR_GAIN_UNIFORM || gain == LRR_GAIN_EACH,
        2, "the optimizer has no limit");
    if (lrr_probe_begin(p, kind, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_step(lua_State *L)
{
    lrr_probe *p = check_open(L);
    lua_pushboolean(L, lrr_probe_step(p));
    lua_getiuservalue(L, 1, 2);
    lrr_bind_check_read(L, lrr_bind_checkbox(L, lua_gettop(L), LRR_TYPE_LOADER));
    lua_pop(L, 1);
    return 1;
}

static int l_result(lua_State *L)
{
    const lrr_probe_found found = lrr_probe_result(check_probe(L));
    lua_createtable(L, 0, 7);
    lrr_bind_setnumber(L, "value", found.value);
    lrr_bind_setnumber(L, "error", found.error);
    lrr_bind_setnumber(L, "loss", found.loss);
    lrr_bind_setnumber(L, "unseen", found.unseen);
    lua_pushinteger(L, (lua_Integer)found.samples);
    lua_setfield(L, -2, "samples");
    lua_pushinteger(L, (lua_Integer)found.products);
    lua_setfield(L, -2, "products");
    lua_pushboolean(L, found.settled);
    lua_setfield(L, -2, "settled");
    return 1;
}

static int l_noise(lua_State *L)
{
    lrr_probe *p = check_probe(L);
    lrr_loader *loader = lrr_bind_checkbox(L, 2, LRR_TYPE_LOADER);
    const lua_Integer n = luaL_checkinteger(L, 3);
    lrr_probe_noise found;
    lrr_error err;
    luaL_argcheck(L, n >= 2, 3, "want two batches or more");
    if (lrr_probe_noise_of(p, loader, (size_t)n, &found, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lrr_bind_check_read(L, loader);
    lua_pushnumber(L, found.signal);
    lua_pushnumber(L, found.noise);
    lua_pushinteger(L, (lua_Integer)found.samples);
    lua_pushnumber(L, found.error);
    return 4;
}

static int l_stopped(lua_State *L)
{
    lua_pushboolean(L, lrr_probe_stopped(check_probe(L)));
    return 1;
}

static int l_bytes(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lrr_probe_bytes(check_probe(L)));
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);
    lrr_probe *p = *box;
    *box = NULL;
    lrr_probe_free(p);
    return 0;
}

static const luaL_Reg probe_meta[] = {
    { "__gc", l_gc },
    { "__close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg probe_methods[] = {
    { "gain", l_gain },       { "begin", l_begin }, { "result", l_result },
    { "stopped", l_stopped }, { "bytes", l_bytes }, { "close", l_gc },
    { NULL, NULL },
};

/* What takes as long as a step of training. */
static const luaL_Reg probe_work[] = {
    { "step", l_step },
    { "noise", l_noise },
    { NULL, NULL },
};

static const luaL_Reg probe_funcs[] = {
    { "new", l_new },
    { NULL, NULL },
};

int luaopen_lrrun_native_probe(lua_State *L)
{
    lrr_bind_newtype(L, TYPE, probe_meta, probe_methods);
    lrr_bind_addmethods(L, TYPE, probe_work, LRR_BIND_TRAIN);
    lrr_bind_newlib(L, probe_funcs);
    return 1;
}
