/* bind_optim.c -- lrrun.native.optim: optimizers for Lua. Option names, defaults, groups
** by pattern and messages are in lua/lrrun/optim/; this file only converts. Groups and
** tensors count from 1 in Lua. */
#include "bind/bind_optim.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "bind/bind.h"
#include "kernels/gemm.h"
#include "optim/average.h"
#include "optim/clip.h"
#include "optim/phases.h"
#include "os/blas.h"

/* What a box of LRR_TYPE_OPTIM points to. Bound to a graph, params and grads are the
** graph's blocks; bound to tensors, they are copies that this owns. User value 1 is the
** graph, or the list of tensors. */
typedef struct bound_optim {
    lrr_optim *o;
    lrr_clip *clip;
    bool on_graph;
    size_t n_segments;
    lrr_segment *segments; /* without names; NULL on a graph */
    lrr_real *params, *grads;
} bound_optim;

static bound_optim *check_bound(lua_State *L, int arg)
{
    return lrr_bind_checkbox(L, arg, LRR_TYPE_OPTIM);
}

lrr_optim *lrr_bind_checkoptim(lua_State *L, int arg)
{
    return check_bound(L, arg)->o;
}

/* The list of groups on top of the stack ({ lr = 0.1, ... }, ...) as rows of numbers by
** hyperparameter, `other` where it has none, in a scratch userdata, which takes its place;
** gives how many. */
static lua_Integer read_rows(lua_State *L, double other,
                             const double (**out)[LRR_HYPER_COUNT])
{
    const int list = lua_gettop(L);
    const lua_Integer n = (lua_Integer)lua_rawlen(L, list);
    double(*rows)[LRR_HYPER_COUNT];
    luaL_argcheck(L, n >= 1 && n <= 100000, 1, "want 1 to 100000 groups");
    rows = lua_newuserdatauv(L, (size_t)n * sizeof *rows, 0);
    for (lua_Integer g = 0; g < n; g++) {
        for (int h = 0; h < LRR_HYPER_COUNT; h++)
            rows[g][h] = other;
        lua_rawgeti(L, list, g + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
            int h = lua_type(L, -2) == LUA_TSTRING ? lrr_hyper_find(lua_tostring(L, -2))
                                                   : -1;
            if (h < 0)
                luaL_error(L, "no hyperparameter '%s'", luaL_tolstring(L, -2, NULL));
            rows[g][h] = luaL_checknumber(L, -1);
        }
        lua_pop(L, 1);
    }
    *out = (const double(*)[LRR_HYPER_COUNT])rows;
    lua_replace(L, list);
    return n;
}

/* The lists `groups` and, where there is one, `factors` of the table at 1. */
static void read_groups(lua_State *L, lrr_optim_cfg *cfg)
{
    lua_getfield(L, 1, "groups");
    luaL_checktype(L, -1, LUA_TTABLE);
    cfg->n_groups = (size_t)read_rows(L, 0, &cfg->groups);
    cfg->factors = NULL;
    if (lua_getfield(L, 1, "factors") == LUA_TTABLE)
        luaL_argcheck(L, (size_t)read_rows(L, 1, &cfg->factors) == cfg->n_groups, 1,
                      "want factors for each group");
}

/* The list of n group numbers on top of the stack, likewise. */
static void read_group_of(lua_State *L, size_t n, lrr_optim_cfg *cfg)
{
    const int list = lua_gettop(L);
    uint32_t *of = lua_newuserdatauv(L, n * sizeof *of + 1, 0);
    luaL_argcheck(L, lua_rawlen(L, list) == n, 1, "want a group for each tensor");
    for (size_t i = 0; i < n; i++) {
        lua_Integer g;
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        g = luaL_checkinteger(L, -1);
        luaL_argcheck(L, g >= 1 && (size_t)g <= cfg->n_groups, 1, "no such group");
        of[i] = (uint32_t)g - 1;
        lua_pop(L, 1);
    }
    cfg->group_of = of;
    lua_replace(L, list);
}

/* The table at 1: { name =, around =, groups = { rows }, factors = { rows }, group_of = {
** numbers }, matrices = { { tensor, row, rows }, ... }, portable =, and flags } for n tensors.
** Leaves what cfg points to on the stack. */
static void read_cfg(lua_State *L, size_t n, lrr_optim_cfg *cfg)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    memset(cfg, 0, sizeof *cfg);
#define X(name, text) cfg->flags.name = lrr_bind_fieldbool(L, 1, text);
    LRR_OPTIM_FLAG_MAP(X)
#undef X
    cfg->gemm = lrr_gemm_choose(lrr_bind_fieldbool(L, 1, "portable"), false);
    lua_getfield(L, 1, "around");
    cfg->around = luaL_optstring(L, -1, NULL);
    lua_getfield(L, 1, "name");
    cfg->name = luaL_checkstring(L, -1);
    read_groups(L, cfg);
    lua_getfield(L, 1, "group_of");
    luaL_checktype(L, -1, LUA_TTABLE);
    read_group_of(L, n, cfg);
    lua_getfield(L, 1, "matrices");
    lrr_bind_readmatrices(L, cfg);
}

/* optim.moments(cfg of no tensors) -> state tensors that such an optimizer keeps */
static int l_moments(lua_State *L)
{
    lrr_optim_cfg cfg;
    read_cfg(L, 0, &cfg);
    lua_pushinteger(L, (lua_Integer)lrr_optim_state_tensors(&cfg));
    return 1;
}

/* An empty bound optimizer in a new box whose user value 1 is the value at `target`. */
static bound_optim *push_bound(lua_State *L, int target)
{
    lrr_error err;
    bound_optim *b = NULL;
    void **box = lrr_bind_newbox(L, LRR_TYPE_OPTIM, 1);
    lua_pushvalue(L, target);
    lua_setiuservalue(L, -2, 1);
    if (lrr_mem_new(1, sizeof *b, "an optimizer", &b, &err) != LRR_OK)
        lrr_bind_raise(L, &err);
    *box = b;
    return b;
}

static lrr_status fill_bound(bound_optim *b, const lrr_optim_cfg *cfg,
                             const lrr_segment *segments, size_t n, lrr_error *err)
{
    lrr_status st =
        cfg->n_matrices > 0 && cfg->gemm == LRR_GEMM_BLAS ? lrr_blas_load(err) : LRR_OK;
    if (st == LRR_OK)
        st = lrr_optim_new(cfg, segments, n, &b->o, err);
    b->n_segments = n;
    return st != LRR_OK ? st : lrr_clip_new(segments, n, &b->clip, err);
}

/* optim.bind_graph(cfg, graph) -> optimizer of the graph's parameters */
static int l_bind_graph(lua_State *L)
{
    lrr_graph *g = lrr_bind_checkgraph(L, 2);
    lrr_blocks blocks;
    lrr_optim_cfg cfg;
    lrr_error err;
    bound_optim *b;

    lrr_graph_blocks(g, &blocks);
    luaL_argcheck(L, blocks.grads != NULL, 2,
                  "this network was not built to be trained");
    read_cfg(L, blocks.n_param_segments, &cfg);
    b = push_bound(L, 2);
    b->on_graph = true;
    if (fill_bound(b, &cfg, blocks.param_segments, blocks.n_param_segments, &err) !=
        LRR_OK)
        return lrr_bind_raise(L, &err);
    return 1;
}

/* Tensor i (from 0) of the list at index list; a tensor of reals. */
static lrr_tensor *tensor_at(lua_State *L, int list, size_t i)
{
    lrr_tensor *t;
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    t = lrr_bind_checkbox(L, lua_gettop(L), LRR_TYPE_TENSOR);
    if (t->dtype != LRR_DTYPE_REAL)
        luaL_error(L, "tensor %I is of integers", (lua_Integer)i + 1);
    lua_pop(L, 1); /* the list keeps it */
    return t;
}

/* optim.bind_tensors(cfg, { tensors }) -> optimizer of these tensors */
static int l_bind_tensors(lua_State *L)
{
    lrr_optim_cfg cfg;
    lrr_error err;
    bound_optim *b;
    lrr_segment *segments;
    size_t n, at = 0;

    n = lrr_bind_checklen(L, 2);
    segments = lua_newuserdatauv(L, n * sizeof *segments + 1, 0);
    for (size_t i = 0; i < n; i++) {
        const lrr_tensor *t = tensor_at(L, 2, i);
        segments[i] = (lrr_segment){
            .name = "", .at = at, .n = t->n, .shape = t->shape, .trains = true
        };
        at += lrr_real_pad(t->n);
    }
    read_cfg(L, n, &cfg);
    b = push_bound(L, 2);
    if (lrr_mem_new(n, sizeof *segments, "an optimizer", &b->segments, &err) !=
            LRR_OK ||
        lrr_mem_new(at, sizeof *b->params, "parameters", &b->params, &err) != LRR_OK ||
        lrr_mem_new(at, sizeof *b->grads, "gradients", &b->grads, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    if (n > 0)
        memcpy(b->segments, segments, n * sizeof *segments);
    if (fill_bound(b, &cfg, segments, n, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 1;
}

/* Copies the list of tensors at index list to the block, or back. */
static void copy_tensors(lua_State *L, int list, const bound_optim *b, lrr_real *block,
                         bool back)
{
    for (size_t i = 0; i < b->n_segments; i++)
        if (tensor_at(L, list, i)->n != b->segments[i].n)
            luaL_error(L, "tensor %I has another size", (lua_Integer)i + 1);
    for (size_t i = 0; i < b->n_segments; i++) {
        lrr_tensor *t = tensor_at(L, list, i);
        lrr_real *at = block + b->segments[i].at;
        memcpy(back ? t->data : at, back ? at : t->data, t->n * sizeof *at);
    }
}

bool lrr_bind_readclip(lua_State *L, int arg, lrr_clip_cfg *cfg)
{
    *cfg = (lrr_clip_cfg){ 0 };
    if (lua_isnoneornil(L, arg))
        return false;
    luaL_checktype(L, arg, LUA_TTABLE);
#define X(name, ...) cfg->name = lrr_bind_optnum(L, arg, #name, 0);
    LRR_LIMIT_MAP(X)
#undef X
    return true;
}

/* The blocks to work on; raises where the graph has changed since it was bound. */
static void find_blocks(lua_State *L, bound_optim *b)
{
    lrr_blocks blocks;
    if (!b->on_graph)
        return;
    lua_getiuservalue(L, 1, 1);
    lrr_graph_blocks(lrr_bind_checkgraph(L, lua_gettop(L)), &blocks);
    lua_pop(L, 1);
    if (blocks.grads == NULL || blocks.n_params != lrr_optim_size(b->o))
        luaL_error(L, "the network has changed since the optimizer was bound to it");
    b->params = blocks.params;
    b->grads = blocks.grads;
}

/* Takes the gradients at index 2 (of tensors) and the parameters to the blocks to work on;
** leaves the list of parameters on the stack, whose index it gives. */
static int take_blocks(lua_State *L, bound_optim *b)
{
    find_blocks(L, b);
    if (b->on_graph)
        return 0;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_getiuservalue(L, 1, 1);
    copy_tensors(L, 2, b, b->grads, false);
    copy_tensors(L, lua_gettop(L), b, b->params, false);
    return lua_gettop(L);
}

/* o:moves() -> gradients that an update takes besides the last, infinite where it finds that on
** the way; o:move(p, gradient tensors
** or nil, loss or nil) -> with the p-th of them the parameters go to where the next is
** wanted, or false: none is; o:unmove(): they go back, without an update */
static int l_moves(lua_State *L)
{
    const size_t n = lrr_optim_moves(lrr_bind_checkoptim(L, 1));
    lua_pushnumber(L, n == SIZE_MAX ? HUGE_VAL : (lua_Number)n);
    return 1;
}

static int l_move(lua_State *L)
{
    bound_optim *b = check_bound(L, 1);
    const lua_Integer p = luaL_checkinteger(L, 2);
    lrr_optim_point here = { .loss = luaL_optnumber(L, 4, 0) };
    bool moved;
    int params;

    luaL_argcheck(L, p >= 1, 2, "they count from 1");
    lua_remove(L, 2);
    params = take_blocks(L, b);
    here.params = b->params;
    here.grads = b->grads;
    moved = lrr_optim_move(b->o, (size_t)p - 1, &here);
    if (moved && !b->on_graph)
        copy_tensors(L, params, b, b->params, true);
    lua_pushboolean(L, moved);
    return 1;
}

static int l_unmove(lua_State *L)
{
    bound_optim *b = check_bound(L, 1);
    find_blocks(L, b);
    lrr_optim_unmove(b->o, b->params);
    if (!b->on_graph) {
        lua_getiuservalue(L, 1, 1);
        copy_tensors(L, lua_gettop(L), b, b->params, true);
    }
    return 0;
}

/* o:enter(): the parameters become what is to be evaluated; o:leave(): what they were */
static int enter_or_leave(lua_State *L, void (*f)(lrr_optim *o, lrr_real *params))
{
    bound_optim *b = check_bound(L, 1);
    find_blocks(L, b);
    if (b->on_graph) {
        f(b->o, b->params);
        return 0;
    }
    lua_getiuservalue(L, 1, 1);
    copy_tensors(L, lua_gettop(L), b, b->params, false);
    f(b->o, b->params);
    copy_tensors(L, lua_gettop(L), b, b->params, true);
    return 0;
}

static int l_enter(lua_State *L)
{
    return enter_or_leave(L, lrr_optim_enter);
}

static int l_leave(lua_State *L)
{
    return enter_or_leave(L, lrr_optim_leave);
}

/* o:update(gradient tensors or nil, limits or nil) -> norm before clipping, nil without
** limits. Makes no update where that norm is not finite. */
static int l_update(lua_State *L)
{
    bound_optim *b = check_bound(L, 1);
    lrr_clip_cfg limits;
    bool clips = lrr_bind_readclip(L, 3, &limits);
    double scale = 1, norm = 0;
    const int params = take_blocks(L, b);

    if (lrr_optim_ever_holds(b->o))
        lrr_optim_hush(b->o, b->grads);
    if (clips)
        norm = lrr_clip_apply(b->clip, &limits, b->params, b->grads, NULL, &scale);
    if (isfinite(norm))
        lrr_optim_step(b->o, b->params, b->grads, NULL, scale);
    else
        lrr_optim_unmove(b->o, b->params);
    if (!b->on_graph)
        copy_tensors(L, params, b, b->params, true);
    if (!clips)
        return 0;
    lua_pushnumber(L, norm);
    return 1;
}

/* o:set(group, hyperparameter, value) -> whether it may have that value;
** o:get(group, hyperparameter) -> value */
static double *check_hyper(lua_State *L, int *h)
{
    lrr_optim *o = lrr_bind_checkoptim(L, 1);
    lua_Integer g = luaL_checkinteger(L, 2);
    luaL_argcheck(L, g >= 1 && (size_t)g <= lrr_optim_groups(o), 2, "no such group");
    *h = lrr_hyper_find(luaL_checkstring(L, 3));
    luaL_argcheck(L, *h >= 0, 3, "no such hyperparameter");
    return lrr_optim_hyper(o, (size_t)g - 1) + *h;
}

static int l_set(lua_State *L)
{
    int h;
    double *at = check_hyper(L, &h), value = luaL_checknumber(L, 4);
    const bool allowed = lrr_range_has(&lrr_hypers[h].range, value);
    if (allowed)
        *at = value;
    lua_pushboolean(L, allowed);
    return 1;
}

static int l_get(lua_State *L)
{
    int h;
    lua_pushnumber(L, *check_hyper(L, &h));
    return 1;
}

/* o:rate(group) -> rate of its last update; 0 while its tensors are held */
static int l_rate(lua_State *L)
{
    lrr_optim *o = lrr_bind_checkoptim(L, 1);
    const lua_Integer g = luaL_checkinteger(L, 2);
    luaL_argcheck(L, g >= 1 && (size_t)g <= lrr_optim_groups(o), 2, "no such group");
    lua_pushnumber(L, lrr_optim_rate(o, (size_t)g - 1));
    return 1;
}

/* o:hold(group, updates): its tensors stay as they are until so many were made */
static int l_hold(lua_State *L)
{
    lrr_optim *o = lrr_bind_checkoptim(L, 1);
    const lua_Integer g = luaL_checkinteger(L, 2);
    const double updates = luaL_checknumber(L, 3);
    luaL_argcheck(L, g >= 1 && (size_t)g <= lrr_optim_groups(o), 2, "no such group");
    luaL_argcheck(L, updates >= 0 && updates <= 0x1p53, 3, "want 0 or more");
    lrr_optim_hold(o, (size_t)g - 1, floor(updates));
    return 0;
}

/* o:set_lr(lr): group 1's, the others keep their ratio to it */
static int l_set_lr(lua_State *L)
{
    lrr_optim *o = lrr_bind_checkoptim(L, 1);
    lrr_optim_set_lr(o, lrr_bind_checklr(L, 2));
    return 0;
}

static int l_steps(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lrr_optim_steps(lrr_bind_checkoptim(L, 1)));
    return 1;
}

/* o:d() -> what the last update multiplied lr by, where the optimizer finds that; or nil */
static int l_d(lua_State *L)
{
    const double *d = lrr_optim_d(lrr_bind_checkoptim(L, 1));
    if (d == NULL)
        return 0;
    lua_pushnumber(L, *d);
    return 1;
}

/* o:scalars([values]) -> name -> number; with a table, takes its values first */
static int l_scalars(lua_State *L)
{
    char name[LRR_SCALAR_NAME];
    lrr_optim *o = lrr_bind_checkoptim(L, 1);
    const size_t n = lrr_optim_scalar_count(o);
    const bool sets = lua_istable(L, 2);
    for (size_t i = 0; sets && i < n; i++)
        lrr_bind_fieldnum(L, 2, lrr_optim_scalar_name(o, i, name));
    lua_createtable(L, 0, (int)n);
    for (size_t i = 0; i < n; i++) {
        lrr_optim_scalar_name(o, i, name);
        if (sets)
            *lrr_optim_scalar(o, i) = lrr_bind_fieldnum(L, 2, name);
        lua_pushnumber(L, *lrr_optim_scalar(o, i));
        lua_setfield(L, -2, name);
    }
    return 1;
}

/* o:states() -> list of names of state tensors */
static int l_states(lua_State *L)
{
    const lrr_optim *o = lrr_bind_checkoptim(L, 1);
    const size_t n = lrr_optim_state_count(o);
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, lrr_optim_state_name(o, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* o:state(i, tensor) -> view of state i of that tensor (in the order it was bound) */
static int l_state(lua_State *L)
{
    bound_optim *b = check_bound(L, 1);
    lua_Integer i = luaL_checkinteger(L, 2), t = luaL_checkinteger(L, 3);
    const lrr_segment *s = b->segments;
    luaL_argcheck(L, i >= 1 && (size_t)i <= lrr_optim_state_count(b->o), 2,
                  "no such state");
    luaL_argcheck(L, t >= 1 && (size_t)t <= b->n_segments, 3, "no such tensor");
    if (b->on_graph) {
        lrr_blocks blocks;
        find_blocks(L, b);
        lua_getiuservalue(L, 1, 1);
        lrr_graph_blocks(lrr_bind_checkgraph(L, lua_gettop(L)), &blocks);
        lua_pop(L, 1);
        s = blocks.param_segments;
    }
    lrr_bind_pushview(L, LRR_DTYPE_REAL, &s[t - 1].shape,
                      lrr_optim_state(b->o, (size_t)i - 1) + s[t - 1].at, 1);
    return 1;
}

/* optim.names() -> names of all optimizers */
static int l_names(lua_State *L)
{
    size_t n = 0;
    while (lrr_optim_names[n] != NULL)
        n++;
    lrr_bind_pushstrings(L, lrr_optim_names, n);
    return 1;
}

/* optim.hypers() -> name -> range, of every hyperparameter */
static int l_hypers(lua_State *L)
{
    lua_createtable(L, 0, LRR_HYPER_COUNT);
    for (int h = 0; h < LRR_HYPER_COUNT; h++) {
        lrr_bind_pushrange(L, &lrr_hypers[h].range);
        lua_setfield(L, -2, lrr_hypers[h].name);
    }
    return 1;
}

/* optim.limits() -> name -> range, of every limit on gradients */
static int l_limits(lua_State *L)
{
    static const struct {
        const char *name;
        lrr_range range;
    } limits[] = {
#define X(name, ...) { #name, __VA_ARGS__ },
        LRR_LIMIT_MAP(X)
#undef X
    };
    lua_newtable(L);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        lrr_bind_pushrange(L, &limits[i].range);
        lua_setfield(L, -2, limits[i].name);
    }
    return 1;
}

/* optim.decay() -> range of the decay of a moving average of weights */
static int l_decay(lua_State *L)
{
    static const lrr_range decay = LRR_AVERAGE_DECAY;
    lrr_bind_pushrange(L, &decay);
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_OPTIM);
    bound_optim *b = *box;
    if (b != NULL) {
        lrr_optim_free(b->o);
        lrr_clip_free(b->clip);
        lrr_mem_free(b->segments);
        if (!b->on_graph) {
            lrr_mem_free(b->params);
            lrr_mem_free(b->grads);
        }
        lrr_mem_free(b);
    }
    *box = NULL;
    return 0;
}

static const luaL_Reg optim_meta[] = {
    { "__gc", l_gc },
    { NULL, NULL },
};

static const luaL_Reg optim_methods[] = {
    { "moves", l_moves },   { "set", l_set },     { "get", l_get },
    { "hold", l_hold },     { "rate", l_rate },   { "set_lr", l_set_lr },
    { "d", l_d },           { "steps", l_steps }, { "scalars", l_scalars },
    { "states", l_states }, { "state", l_state }, { NULL, NULL },
};

static const luaL_Reg optim_funcs[] = {
    { "bind_graph", l_bind_graph }, { "bind_tensors", l_bind_tensors },
    { "moments", l_moments },       { "names", l_names },
    { "hypers", l_hypers },         { "limits", l_limits },
    { "decay", l_decay },           { NULL, NULL },
};

static const luaL_Reg training[] = { { "update", l_update }, { "move", l_move },
                                     { "unmove", l_unmove }, { "enter", l_enter },
                                     { "leave", l_leave },   { NULL, NULL } };

int luaopen_lrrun_native_optim(lua_State *L)
{
    lrr_bind_newtype(L, LRR_TYPE_OPTIM, optim_meta, optim_methods);
    lrr_bind_addmethods(L, LRR_TYPE_OPTIM, lrr_bind_matrix_methods, LRR_BIND_BUILD);
    lrr_bind_addmethods(L, LRR_TYPE_OPTIM, training, LRR_BIND_TRAIN);
    lrr_bind_newlib(L, optim_funcs);
    return 1;
}
