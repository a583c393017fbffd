/*
** bind_search.c -- lrrun.native.search: spaces, proposals and early termination.
**
**   space = space(dims)      dims: list of { kind = "float"|"int"|"choice", lo=, hi=,
**                            log=, step=, points=, parent=, when=, prior= }, counted from 1
**   x = space:propose({ strategy=, seed=, startup=, candidates=, points=, portable= }, trials,
**       number)
**                            trials: list of { x=, value=, state= }, by number from 0
**   n = space:points(points) how many points the grid has
**   n = space:size()         how many the space has; infinity where a dimension is continuous
**   x = space:point(u); u = space:unit(x); space:check(x)
**   stop = median(startup, warmup, own, others)   curves: lists of { step, value }
**   at = rungs { grace=, factor=, max=, brackets=, trials= }
**   job = next_job(cfg, jobs)                     jobs: list of { trial=, rung=, value= }
**   u = sobol(index, dim)
**
** A point is a list with one item per dimension: a number, an integer, a choice counted
** from 1, or false where the dimension is not active. Trials count from 0 and rungs from
** 1; a job without a value is under way, and `false` is the value of one that failed.
*/
#include <math.h>
#include <string.h>

#include "bind/bind.h"
#include "search/pruner.h"
#include "search/search.h"
#include "search/sobol.h"

static const char *const STATES[] = { "ok", "pruned", "failed", "pending", NULL };

static size_t opt_count(lua_State *L, int arg, const char *key, size_t otherwise)
{
    const double x = lrr_bind_optnum(L, arg, key, (double)otherwise);
    if (!(x >= 0 && x <= 1e9) || floor(x) != x)
        luaL_error(L, "%s is %f, want a whole number from 0", key, x);
    return (size_t)x;
}

static void read_dim(lua_State *L, int at, lrr_dim *d)
{
    static const char *const kinds[] = { "float", "int", "choice", NULL };
    lua_getfield(L, at, "kind");
    d->kind = (lrr_dim_kind)luaL_checkoption(L, -1, NULL, kinds);
    lua_pop(L, 1);
    d->log = lrr_bind_fieldbool(L, at, "log");
    if (d->kind == LRR_DIM_CHOICE) {
        d->lo = 0;
        d->hi = lrr_bind_fieldnum(L, at, "hi") - 1;
    } else {
        d->lo = lrr_bind_fieldnum(L, at, "lo");
        d->hi = lrr_bind_fieldnum(L, at, "hi");
    }
    d->step = lrr_bind_optnum(L, at, "step", 0);
    d->points = opt_count(L, at, "points", 0);
    d->parent = (int)opt_count(L, at, "parent", 0) - 1;
    d->when = (int)opt_count(L, at, "when", 0) - 1;
    d->has_prior = lua_getfield(L, at, "prior") != LUA_TNIL;
    d->prior = lua_tonumber(L, -1);
    lua_pop(L, 1);
}

/* A space holds no resource: the whole of it is one userdata, dimensions included. */
static int l_space(lua_State *L)
{
    lrr_error err;
    lrr_space *space;
    lrr_dim *dims;
    size_t n;
    n = lrr_bind_checklen(L, 1);
    if (n > LRR_SPACE_DIMS_MAX)
        return luaL_error(L, "%d dimensions, at most %d fit", (int)n,
                          LRR_SPACE_DIMS_MAX);
    space = lua_newuserdatauv(L, sizeof *space + n * sizeof *dims, 0);
    dims = (lrr_dim *)(void *)(space + 1);
    space->n = n;
    space->dims = dims;
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        read_dim(L, lua_gettop(L), &dims[i]);
        lua_pop(L, 1);
    }
    if (lrr_space_check(space, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    luaL_setmetatable(L, LRR_TYPE_SPACE);
    return 1;
}

static const lrr_space *check_space(lua_State *L)
{
    return luaL_checkudata(L, 1, LRR_TYPE_SPACE);
}

/* x (n) = the list at the top of the stack. */
static void read_point(lua_State *L, const lrr_space *space, double *x)
{
    luaL_checktype(L, -1, LUA_TTABLE);
    for (size_t i = 0; i < space->n; i++) {
        int isnum = 1;
        x[i] = (double)NAN;
        if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TBOOLEAN)
            x[i] = lua_tonumberx(L, -1, &isnum);
        if (!isnum)
            luaL_error(L, "dimension %d of a point is a %s, want a number or false",
                       (int)i + 1, luaL_typename(L, -1));
        if (space->dims[i].kind == LRR_DIM_CHOICE)
            x[i] -= 1;
        lua_pop(L, 1);
    }
}

static int push_point(lua_State *L, const lrr_space *space, const double *x)
{
    lua_createtable(L, (int)space->n, 0);
    for (size_t i = 0; i < space->n; i++) {
        const lrr_dim *d = &space->dims[i];
        if (isnan(x[i]))
            lua_pushboolean(L, 0);
        else if (d->kind == LRR_DIM_FLOAT)
            lua_pushnumber(L, x[i]);
        else
            lua_pushinteger(L, (lua_Integer)x[i] + (d->kind == LRR_DIM_CHOICE));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static void read_cfg(lua_State *L, int arg, lrr_search_cfg *cfg)
{
    static const char *const names[] = {
#define X(id, name) name,
        LRR_SEARCH_MAP(X)
#undef X
            NULL
    };
    luaL_checktype(L, arg, LUA_TTABLE);
    lua_getfield(L, arg, "strategy");
    cfg->strategy = (lrr_search_strategy)luaL_checkoption(L, -1, NULL, names);
    lua_pop(L, 1);
    lua_getfield(L, arg, "seed");
    cfg->seed = (uint64_t)luaL_checkinteger(L, -1);
    lua_pop(L, 1);
    cfg->startup = opt_count(L, arg, "startup", 0);
    lua_getfield(L, arg, "portable");
    cfg->portable = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    cfg->candidates = opt_count(L, arg, "candidates", 24);
    cfg->points = opt_count(L, arg, "points", 5);
}

/* The trials of the list at arg; they and their points live in userdata left on the
** stack. */
static void read_history(lua_State *L, int arg, const lrr_space *space, lrr_history *h)
{
    const size_t n = lrr_bind_checklen(L, arg);
    lrr_trial *trials = lua_newuserdatauv(L, n * sizeof *trials + 1, 0);
    double *x = lua_newuserdatauv(L, n * space->n * sizeof *x + 1, 0);
    lrr_error err;
    for (size_t i = 0; i < n; i++, x += space->n) {
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        lua_getfield(L, -1, "state");
        trials[i].state = (lrr_trial_state)luaL_checkoption(L, -1, NULL, STATES);
        lua_getfield(L, -2, "value");
        trials[i].value = lua_tonumber(L, -1);
        lua_getfield(L, -3, "x");
        read_point(L, space, x);
        trials[i].x = x;
        if (lrr_space_check_point(space, x, &err) != LRR_OK)
            luaL_error(L, "trial %d: %s", (int)i, err.msg);
        lua_pop(L, 4);
    }
    h->n = n;
    h->trials = trials;
}

static int l_propose(lua_State *L)
{
    const lrr_space *space = check_space(L);
    double x[LRR_SPACE_DIMS_MAX];
    lrr_search_cfg cfg;
    lrr_history history = { 0 };
    lrr_error err;
    lua_Integer number;
    read_cfg(L, 2, &cfg);
    number = luaL_checkinteger(L, 4);
    luaL_argcheck(L, number >= 0, 4, "trials count from 0");
    /* The others ask only what was tried in a space that has so many points; reading it
    ** takes longer with each trial. */
    if (cfg.strategy == LRR_SEARCH_BAYES || cfg.strategy == LRR_SEARCH_TPE ||
        (cfg.strategy != LRR_SEARCH_GRID &&
         isfinite(lrr_search_points(space, LRR_SEARCH_ALL))))
        read_history(L, 3, space, &history);
    if (lrr_search_propose(&cfg, space, &history, (uint64_t)number, x, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return push_point(L, space, x);
}

static int l_points(lua_State *L)
{
    const lrr_space *space = check_space(L);
    const lua_Integer points = luaL_checkinteger(L, 2);
    luaL_argcheck(L, points >= 1, 2, "1 or more");
    lua_pushnumber(L, lrr_search_points(space, (size_t)points));
    return 1;
}

static int l_size(lua_State *L)
{
    lua_pushnumber(L, lrr_search_points(check_space(L), LRR_SEARCH_ALL));
    return 1;
}

static int l_point(lua_State *L)
{
    const lrr_space *space = check_space(L);
    double u[LRR_SPACE_DIMS_MAX], x[LRR_SPACE_DIMS_MAX];
    luaL_checktype(L, 2, LUA_TTABLE);
    for (size_t i = 0; i < space->n; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        u[i] = luaL_checknumber(L, -1);
        lua_pop(L, 1);
    }
    lrr_space_point(space, u, x);
    return push_point(L, space, x);
}

static int l_unit(lua_State *L)
{
    const lrr_space *space = check_space(L);
    double x[LRR_SPACE_DIMS_MAX];
    lua_settop(L, 2);
    read_point(L, space, x);
    lrr_space_unit(space, x, x);
    lua_createtable(L, (int)space->n, 0);
    for (size_t i = 0; i < space->n; i++) {
        lua_pushnumber(L, x[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int l_check(lua_State *L)
{
    const lrr_space *space = check_space(L);
    double x[LRR_SPACE_DIMS_MAX];
    lrr_error err;
    lua_settop(L, 2);
    read_point(L, space, x);
    if (lrr_space_check_point(space, x, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* The list of { step, value } at the top of the stack; the reports stay on the stack in a
** userdata below it. */
static lrr_curve read_curve(lua_State *L)
{
    const size_t n = lrr_bind_checklen(L, -1);
    lrr_report *r = lua_newuserdatauv(L, n * sizeof *r + 1, 0);
    lrr_curve curve = { n, r };
    lua_insert(L, -2);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        r[i] = (lrr_report){ luaL_checknumber(L, -2), luaL_checknumber(L, -1) };
        if (i > 0 && !(r[i].step > r[i - 1].step))
            luaL_error(L, "the steps of a curve have to grow");
        lua_pop(L, 3);
    }
    return curve;
}

static int l_median(lua_State *L)
{
    const lua_Integer startup = luaL_checkinteger(L, 1);
    const double warmup = luaL_checknumber(L, 2);
    lrr_curve own, *others;
    size_t n;
    luaL_argcheck(L, startup >= 0, 1, "0 or more");
    n = lrr_bind_checklen(L, 4);
    others = lua_newuserdatauv(L, n * sizeof *others + 1, 0);
    /* Every curve's reports are kept in one table. */
    lua_createtable(L, (int)n + 1, 0);
    lua_pushvalue(L, 3);
    own = read_curve(L);
    lua_pop(L, 1);
    lua_rawseti(L, -2, 1);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 4, (lua_Integer)i + 1);
        others[i] = read_curve(L);
        lua_pop(L, 1);
        lua_rawseti(L, -2, (lua_Integer)i + 2);
    }
    lua_pushboolean(L, lrr_prune_median(&own, others, n, (size_t)startup, warmup));
    return 1;
}

static void read_rungs_cfg(lua_State *L, int arg, lrr_rungs_cfg *cfg)
{
    luaL_checktype(L, arg, LUA_TTABLE);
    cfg->grace = lrr_bind_optnum(L, arg, "grace", 1);
    cfg->factor = lrr_bind_optnum(L, arg, "factor", 3);
    cfg->max = lrr_bind_fieldnum(L, arg, "max");
    cfg->brackets = lrr_bind_fieldbool(L, arg, "brackets");
    cfg->trials = opt_count(L, arg, "trials", 0);
}

static int l_rungs(lua_State *L)
{
    double at[LRR_RUNGS_MAX];
    lrr_rungs_cfg cfg;
    lrr_error err;
    size_t n;
    read_rungs_cfg(L, 1, &cfg);
    if (lrr_rungs(&cfg, at, &n, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lrr_bind_pushdoubles(L, at, n);
    return 1;
}

static void read_job(lua_State *L, lrr_job *job)
{
    luaL_checktype(L, -1, LUA_TTABLE);
    job->trial = (size_t)opt_count(L, lua_gettop(L), "trial", 0);
    job->rung = (size_t)opt_count(L, lua_gettop(L), "rung", 1) - 1;
    luaL_argcheck(L, job->rung < LRR_RUNGS_MAX, 2, "no such rung");
    job->value = (double)NAN;
    job->known = lua_getfield(L, -1, "value") != LUA_TNIL;
    if (job->known && !lua_isboolean(L, -1))
        job->value = luaL_checknumber(L, -1);
    lua_pop(L, 1);
}

static int l_next_job(lua_State *L)
{
    lrr_rungs_cfg cfg;
    lrr_job *jobs, next;
    lrr_error err;
    size_t n, *scratch;
    bool found;
    read_rungs_cfg(L, 1, &cfg);
    n = lrr_bind_checklen(L, 2);
    jobs = lua_newuserdatauv(L, n * sizeof *jobs + 1, 0);
    scratch = lua_newuserdatauv(L, 2 * n * sizeof *scratch + 1, 0);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        read_job(L, &jobs[i]);
        lua_pop(L, 1);
    }
    if (lrr_rungs_next(&cfg, jobs, n, scratch, &next, &found, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    if (!found)
        return 0;
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, (lua_Integer)next.trial);
    lua_setfield(L, -2, "trial");
    lua_pushinteger(L, (lua_Integer)next.rung + 1);
    lua_setfield(L, -2, "rung");
    return 1;
}

static int l_sobol(lua_State *L)
{
    const lua_Integer index = luaL_checkinteger(L, 1), dim = luaL_checkinteger(L, 2);
    luaL_argcheck(L, index >= 0 && index <= UINT32_MAX, 1, "0 to 2^32 - 1");
    luaL_argcheck(L, dim >= 1 && dim <= LRR_SOBOL_DIMS, 2, "no such dimension");
    lua_pushnumber(L, lrr_sobol_bits((uint32_t)index, (size_t)dim - 1) * 0x1p-32);
    return 1;
}

int luaopen_lrrun_native_search(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "propose", l_propose }, { "points", l_points }, { "size", l_size },
        { "point", l_point },     { "unit", l_unit },     { "check", l_check },
        { NULL, NULL },
    };
    static const luaL_Reg meta[] = { { NULL, NULL } };
    static const luaL_Reg functions[] = {
        { "space", l_space },       { "median", l_median }, { "rungs", l_rungs },
        { "next_job", l_next_job }, { "sobol", l_sobol },   { NULL, NULL },
    };
    lrr_bind_newtype(L, LRR_TYPE_SPACE, meta, methods);
    lrr_bind_newlib(L, functions);
    return 1;
}
