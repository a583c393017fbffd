/*
** bind_session.c -- lrrun.native.session: training for Lua. Policy (the loop, what is
** reported and when, defaults) is in lua/lrrun/train/; this file only converts.
**
**   s = new{ graph=, inputs = { ids of the named inputs }, loader=, optim=, batch=, part=, accumulate=,
**            shards=, seed=,
**            clip = { value=, tensor_norm=, norm=, agc=, agc_eps= }, average=, statistics=,
**            n_statistics=, norms=, norm_parts = { first, last, ... } places of parameters, watch= }
**   loss, grad_norm, finite, epoch_end, lr = s:step()
**   s:drive(schedule, "lr" | "clip.norm" | ... )   s:drive_node(schedule, node, attribute)
**   s:drive_hyper(schedule, group, name)           s:undrive()
**   s:cut_lr(factor)            lr = s:drive_now()
**   sums = s:evaluate(loader)  { loss, weight, targets, and by its name what the loss counts }
**   sums = s:sums()  likewise with grad_norm and steps, since the last s:reset_sums()
**   bytes = s:shard_bytes() that shards take beside the network's memory
**   bytes = s:lane_bytes() that parts of a batch side by side take beside it
**   s:collect(collector, train)
**   mean, max = s:norms()  lists, one for each parameter and norm part; then they start anew
*/
#include <math.h>
#include <string.h>

#include "bind/bind.h"
#include "bind/bind_data.h"
#include "bind/bind_optim.h"
#include "bind/bind_ranks.h"
#include "bind/bind_schedule.h"
#include "bind/bind_watch.h"
#include "bind/params.h"
#include "train/session.h"
#include "train/state.h"
#include "train/weights.h"

/* User value 1 of the box is a list of all that the session points to. */
static lrr_session *check_session(lua_State *L, int arg)
{
    return lrr_bind_checkbox(L, arg, LRR_TYPE_SESSION);
}

/* Makes the session at index 1 keep the value at arg. */
static void keep(lua_State *L, int box, int arg)
{
    lua_getiuservalue(L, box, 1);
    lua_pushvalue(L, arg);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
}

static void read_inputs(lua_State *L, int arg, lrr_session_cfg *cfg)
{
    luaL_checktype(L, arg, LUA_TTABLE);
    cfg->n_inputs = lua_rawlen(L, arg);
    luaL_argcheck(L, cfg->n_inputs <= LRR_FEEDS_MAX, arg, "more inputs than feeds");
    for (size_t i = 0; i < cfg->n_inputs; i++) {
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        cfg->input[i] = lrr_bind_checknode(L, lua_gettop(L), cfg->graph);
        luaL_argcheck(L, cfg->input[i]->kind == LRR_NODE_INPUT, arg,
                      "want ids of inputs");
        lua_pop(L, 1);
    }
}

/* norm_parts at `at`, or nil: places from 1 in pairs; the numbers are left on the stack. */
static void read_parts(lua_State *L, int at, lrr_session_cfg *cfg)
{
    lrr_blocks k;
    lua_Integer n = lua_isnil(L, at) ? 0 : luaL_len(L, at);
    size_t *part;
    luaL_argcheck(L, n >= 0 && n % 2 == 0 && n < 1 << 20, 1,
                  "norm_parts: want pairs of places");
    if (n == 0)
        return;
    lrr_graph_blocks(cfg->graph, &k);
    part = lua_newuserdatauv(L, (size_t)n * sizeof *part, 0);
    for (lua_Integer i = 0; i < n; i++) {
        lua_Integer place;
        lua_geti(L, at, i + 1);
        place = luaL_checkinteger(L, -1);
        lua_pop(L, 1);
        luaL_argcheck(L, place >= 1 && (size_t)place <= k.n_param_segments, 1,
                      "norm_parts: no such parameter");
        part[i] = (size_t)place - 1;
    }
    cfg->norm_part = part;
    cfg->n_norm_parts = (size_t)n / 2;
}

/* average = { kind = "ema" | "swa" | "lawa", decay=, warmup=, start=, every=, last= } or nil,
** on top of the stack. */
static void read_average(lua_State *L, lrr_average_cfg *cfg)
{
    static const char *const kinds[] = { "none", "ema", "swa", "lawa", NULL };
    const int at = lua_gettop(L);
    if (lua_isnil(L, at))
        return;
    lua_getfield(L, at, "kind");
    cfg->kind = (lrr_average_kind)luaL_checkoption(L, at + 1, NULL, kinds);
    cfg->decay = lrr_bind_optnum(L, at, "decay", 0);
    cfg->warmup = lrr_bind_fieldbool(L, at, "warmup");
    cfg->start = lrr_bind_optnum(L, at, "start", 0);
    cfg->every = lrr_bind_optnum(L, at, "every", 1);
    cfg->last = (size_t)lrr_bind_optint(L, at, "last");
    lua_settop(L, at);
}

/* The loader statistics, where there is one. */
static void read_statistics(lua_State *L, lrr_session_cfg *cfg)
{
    lua_getfield(L, 1, "statistics");
    if (!lua_isnil(L, -1)) {
        cfg->statistics = lrr_bind_checkbox(L, lua_gettop(L), LRR_TYPE_LOADER);
        cfg->n_statistics = (size_t)lrr_bind_fieldint(L, 1, "n_statistics");
    }
}

static int l_new(lua_State *L)
{
    enum { GRAPH = 2, INPUTS, LOADER, OPTIM, STATISTICS };
    static const char *const keys[] = { "graph", "inputs", "loader", "optim" };
    const lrr_peers peers = lrr_bind_peers();
    lrr_session_cfg cfg = { .peers = &peers };
    lrr_session *s;
    lrr_error err;
    void **box;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        lua_getfield(L, 1, keys[i]);
    cfg.graph = lrr_bind_checkgraph(L, GRAPH);
    read_inputs(L, INPUTS, &cfg);
    cfg.loader = lrr_bind_checkbox(L, LOADER, LRR_TYPE_LOADER);
    cfg.optim = lrr_bind_checkoptim(L, OPTIM);
    lua_getiuservalue(L, OPTIM, 1);
    luaL_argcheck(L, lua_rawequal(L, -1, GRAPH), 1,
                  "the optimizer is another network's");
    lua_pop(L, 1);
    read_statistics(L, &cfg);
    cfg.batch = (size_t)lrr_bind_fieldint(L, 1, "batch");
    cfg.part = (size_t)lrr_bind_optint(L, 1, "part"); /* 0: all */
    cfg.accumulate = (size_t)lrr_bind_fieldint(L, 1, "accumulate");
    cfg.shards = (size_t)lrr_bind_fieldint(L, 1, "shards");
    cfg.seed = (uint64_t)lrr_bind_fieldint(L, 1, "seed");
    lua_getfield(L, 1, "clip");
    lrr_bind_readclip(L, lua_gettop(L), &cfg.clip);
    lua_pop(L, 1);
    lua_getfield(L, 1, "average");
    read_average(L, &cfg.average);
    lua_pop(L, 1);
    cfg.track_norms = lrr_bind_fieldbool(L, 1, "norms");
    cfg.watch = lrr_bind_fieldbool(L, 1, "watch");
    lua_getfield(L, 1, "norm_parts");
    if (cfg.track_norms)
        read_parts(L, lua_gettop(L), &cfg);
    box = lrr_bind_newbox(L, LRR_TYPE_SESSION, 1);
    lua_newtable(L);
    lua_setiuservalue(L, -2, 1);
    keep(L, lua_gettop(L), GRAPH);
    keep(L, lua_gettop(L), LOADER);
    keep(L, lua_gettop(L), OPTIM);
    keep(L, lua_gettop(L), STATISTICS);
    if (lrr_session_new(&cfg, &s, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = s;
    return 1;
}

/* Raises where `loader` does not give what the session's network was planned for: a script
** may have planned the network again, with another loss or a smaller batch. */
static lrr_session *check_ready(lua_State *L, lrr_loader *loader)
{
    lrr_session *s = check_session(L, 1);
    lrr_error err;
    if (!lrr_session_ready(s))
        luaL_error(L, "the network was built anew since the training began");
    if (loader != NULL && lrr_session_check(s, loader, &err) != LRR_OK)
        lrr_bind_raise(L, &err);
    return s;
}

static int l_step(lua_State *L)
{
    lrr_step_result r;
    lrr_session *s = check_ready(L, NULL);
    lrr_session_step(s, &r);
    lrr_bind_check_read(L, lrr_session_config(s)->loader);
    lua_pushnumber(L, r.loss);
    lua_pushnumber(L, r.grad_norm);
    lua_pushboolean(L, r.finite);
    lua_pushboolean(L, r.epoch_end);
    lua_pushnumber(L, r.lr);
    return 5;
}

static int l_shard_bytes(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lrr_session_shard_bytes(check_session(L, 1)));
    return 1;
}

static int l_lane_bytes(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lrr_session_lane_bytes(check_session(L, 1)));
    return 1;
}

static int add_drive(lua_State *L, lrr_session *s, lrr_drive to)
{
    lrr_error err;
    lrr_schedule_clock clock;
    lrr_schedule *schedule = lrr_bind_checkschedule(L, 2, &clock);
    keep(L, 1, 2);
    if (lrr_session_drive(s, &to, schedule, &clock, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_drive(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    const char *name = luaL_checkstring(L, 3);
    lrr_drive to = { .kind = LRR_DRIVE_RATES };
    if (strcmp(name, "lr") != 0) {
        to = (lrr_drive){ .kind = LRR_DRIVE_NUMBER,
                          .number = lrr_session_number(s, name) };
        luaL_argcheck(L, to.number != NULL, 3, "nothing of that name");
    }
    return add_drive(L, s, to);
}

static int l_drive_node(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    const lrr_node *node = lrr_bind_checknode(L, 3, lrr_session_config(s)->graph);
    lrr_drive to = { .kind = LRR_DRIVE_NUMBER,
                     .number = lrr_node_attr_real(node, luaL_checkstring(L, 4)) };
    luaL_argcheck(L, to.number != NULL, 4, "the operator has no such number");
    return add_drive(L, s, to);
}

static int l_drive_hyper(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    lrr_optim *o = lrr_session_config(s)->optim;
    lua_Integer group = luaL_checkinteger(L, 3);
    int h = lrr_hyper_find(luaL_checkstring(L, 4));
    lrr_drive to = { .kind = h == LRR_HYPER_LR ? LRR_DRIVE_RATE : LRR_DRIVE_NUMBER };
    luaL_argcheck(L, group >= 1 && (size_t)group <= lrr_optim_groups(o), 3,
                  "no such group");
    luaL_argcheck(L, h >= 0, 4, "no such hyperparameter");
    to.group = (size_t)group - 1;
    to.number = lrr_optim_hyper(o, to.group) + h;
    return add_drive(L, s, to);
}

static int l_undrive(lua_State *L)
{
    lrr_session_undrive(check_session(L, 1));
    return 0;
}

static int l_drive_now(lua_State *L)
{
    lua_pushnumber(L, lrr_session_drive_now(check_session(L, 1)));
    return 1;
}

static int l_cut_lr(lua_State *L)
{
    lrr_session_cut_lr(check_session(L, 1), luaL_checknumber(L, 2));
    return 0;
}

/* Pushes a table of sums: what the loss counts under its name. */
static void push_sums(lua_State *L, const lrr_session *s, const lrr_sums *sums)
{
    size_t n;
    const char *const *names = lrr_graph_counts(lrr_session_config(s)->graph, &n);

    lua_createtable(L, 0, (int)n + 5);
    lrr_bind_setnumber(L, "loss", sums->loss);
    lrr_bind_setnumber(L, "weight", sums->weight);
    lrr_bind_setnumber(L, "targets", sums->targets);
    for (size_t i = 0; i < n; i++)
        lrr_bind_setnumber(L, names[i], sums->count[i]);
}

static int l_evaluate(lua_State *L)
{
    lrr_sums sums;
    lrr_loader *loader = lrr_bind_checkbox(L, 2, LRR_TYPE_LOADER);
    lrr_session *s = check_ready(L, loader);
    lrr_session_evaluate(s, loader, &sums);
    lrr_bind_check_read(L, loader);
    push_sums(L, s, &sums);
    return 1;
}

static int l_sums(lua_State *L)
{
    lrr_session *s = check_ready(L, NULL);
    const lrr_sums *sums = lrr_session_sums(s);
    push_sums(L, s, sums);
    lrr_bind_setnumber(L, "grad_norm", sums->grad_norm);
    lrr_bind_setnumber(L, "steps", sums->steps);
    return 1;
}

static int l_reset_sums(lua_State *L)
{
    lrr_session_reset_sums(check_session(L, 1));
    return 0;
}

/* s:collect(collector, train): see session.h. */
static int l_collect(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    lrr_collect *c = lrr_bind_checkbox(L, 2, LRR_TYPE_COLLECT);
    lrr_error err;
    keep(L, 1, 2);
    if (lrr_session_collect(s, c, lua_toboolean(L, 3), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_norms(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    const double *mean = lrr_session_norms_mean(s);
    lrr_blocks k;
    if (mean == NULL)
        return 0;
    lrr_graph_blocks(lrr_session_config(s)->graph, &k);
    k.n_param_segments += lrr_session_config(s)->n_norm_parts;
    lrr_bind_pushdoubles(L, mean, k.n_param_segments);
    lrr_bind_pushdoubles(L, lrr_session_norms_max(s), k.n_param_segments);
    lrr_session_norms_reset(s);
    return 2;
}

/* s:counters() -> steps, epochs finished, steps of one epoch */
static int l_counters(lua_State *L)
{
    const lrr_session *s = check_session(L, 1);
    lua_pushinteger(L, (lua_Integer)lrr_session_steps(s));
    lua_pushinteger(L, (lua_Integer)lrr_session_epoch(s));
    lua_pushinteger(L, (lua_Integer)lrr_session_steps_per_epoch(s));
    return 3;
}

/* Where evaluated weights gather running statistics from the data. */
static void check_gathered(lua_State *L, const lrr_session *s)
{
    lrr_bind_check_read(L, lrr_session_config(s)->loader);
}

static int l_keep_best(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    lrr_session_keep_best(s);
    check_gathered(L, s);
    return 0;
}

/* s:finish(best) -> whether the weights are the best now: see session.h */
static int l_finish(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    lua_pushboolean(L, lrr_session_finish(s, lua_toboolean(L, 2)));
    check_gathered(L, s);
    return 1;
}

/* s:mean_add(); s:mean_take(): see weights.h */
static int l_mean_add(lua_State *L)
{
    lrr_error err;
    if (lrr_session_mean_add(check_ready(L, NULL), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_mean_take(lua_State *L)
{
    lrr_session *s = check_ready(L, NULL);
    lrr_session_mean_take(s);
    check_gathered(L, s);
    return 0;
}

/* s:tensors() -> name -> view: all state, for checkpoints, with s:numbers() */
static int l_tensors(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    size_t n;
    const lrr_state_tensor *t = lrr_session_tensors(s, &n);
    lua_newtable(L);
    for (size_t i = 0; i < n; i++) {
        lrr_shape shape = lrr_shape_of1(t[i].n);
        if (t[i].n == 0)
            continue;
        lrr_bind_pushview(L, LRR_DTYPE_REAL, &shape, t[i].data, 1);
        lua_setfield(L, -2, t[i].name);
    }
    return 1;
}

/* Pushes a table of all numbers by name: as they are, or those of `values` (NULL: none). */
static void push_numbers(lua_State *L, const lrr_session *s, const double *values)
{
    size_t n;
    const lrr_state_number *x = lrr_session_numbers(s, &n);
    lua_createtable(L, 0, (int)n);
    for (size_t i = 0; i < n; i++)
        lrr_bind_setnumber(L, x[i].name, values != NULL ? values[i] : *x[i].value);
}

/* s:numbers() -> name -> number, and the names in the session's order */
static int l_numbers(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    size_t n;
    const lrr_state_number *x = lrr_session_numbers(s, &n);
    lrr_session_save_numbers(s);
    push_numbers(L, s, NULL);
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, x[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 2;
}

/* The number x of the table at index 2; raises where it is missing and may not be. */
static double check_number(lua_State *L, const lrr_state_number *x)
{
    int isnum;
    double value;
    lua_getfield(L, 2, x->name);
    value = lua_tonumberx(L, -1, &isnum);
    lua_pop(L, 1);
    if (!isnum && !x->is_new) {
        lua_pushfstring(L, "the state has no number '%s'", x->name);
        lua_error(L); /* about a file: no place in our own code before it */
    }
    return isnum ? value : (double)NAN;
}

/* s:load_numbers(table): each number of s:numbers(); the loader goes where they say */
static int l_load_numbers(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    size_t n;
    const lrr_state_number *x = lrr_session_numbers(s, &n);
    lrr_error err;
    luaL_checktype(L, 2, LUA_TTABLE);
    for (size_t i = 0; i < n; i++)
        *x[i].value = check_number(L, &x[i]);
    if (lrr_session_seek(s, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_snapshot(lua_State *L)
{
    lrr_error err;
    if (lrr_session_snapshot(check_session(L, 1), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_rollback(lua_State *L)
{
    lrr_error err;
    if (lrr_session_rollback(check_session(L, 1), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* s:snapshot_state([numbers]) -> view, numbers: the snapshot as a checkpoint keeps it, or
** nil where none was taken. With numbers (by name, as s:numbers() gives them), one is made
** of them: the view is then to be filled. */
static int l_snapshot_state(lua_State *L)
{
    lrr_session *s = check_session(L, 1);
    lrr_real *data;
    double *numbers;
    const lrr_state_number *x;
    size_t n, count;
    lrr_shape shape;
    lrr_error err;

    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        luaL_checktype(L, 2, LUA_TTABLE);
    else if (!lrr_session_has_snapshot(s))
        return 0;
    if (lrr_session_snapshot_data(s, &data, &n, &numbers, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    x = lrr_session_numbers(s, &count);
    for (size_t i = 0; i < count && !lua_isnil(L, 2); i++)
        numbers[i] = check_number(L, &x[i]);
    shape = lrr_shape_of1(n);
    lrr_bind_pushview(L, LRR_DTYPE_REAL, &shape, data, 1);
    push_numbers(L, s, numbers);
    return 2;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_SESSION);
    lrr_session *s = *box;
    *box = NULL; /* __close and then __gc may both come here */
    lrr_session_free(s);
    return 0;
}

static const luaL_Reg session_meta[] = {
    { "__gc", l_gc },
    { "__close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg session_methods[] = {
    { "drive", l_drive },
    { "drive_node", l_drive_node },
    { "drive_hyper", l_drive_hyper },
    { "undrive", l_undrive },
    { "drive_now", l_drive_now },
    { "cut_lr", l_cut_lr },
    { "evaluate", l_evaluate },
    { "sums", l_sums },
    { "reset_sums", l_reset_sums },
    { "collect", l_collect },
    { "norms", l_norms },
    { "counters", l_counters },
    { "keep_best", l_keep_best },
    { "finish", l_finish },
    { "mean_add", l_mean_add },
    { "mean_take", l_mean_take },
    { "tensors", l_tensors },
    { "numbers", l_numbers },
    { "load_numbers", l_load_numbers },
    { "snapshot", l_snapshot },
    { "rollback", l_rollback },
    { "snapshot_state", l_snapshot_state },
    { "close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg session_funcs[] = {
    { "new", l_new },
    { NULL, NULL },
};

int luaopen_lrrun_native_session(lua_State *L)
{
    static const luaL_Reg step[] = { { "step", l_step },
                                     { "shard_bytes", l_shard_bytes },
                                     { "lane_bytes", l_lane_bytes },
                                     { NULL, NULL } };
    lrr_bind_newtype(L, LRR_TYPE_SESSION, session_meta, session_methods);
    /* Who makes steps gives a fresh limit of time after each. */
    lrr_bind_addmethods(L, LRR_TYPE_SESSION, step, LRR_BIND_QUICK);
    lrr__bind_watch_methods(L);
    lrr_bind_newlib(L, session_funcs);
    return 1;
}
