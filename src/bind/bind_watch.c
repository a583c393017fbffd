/*
** bind_watch.c -- what a session sees of itself (train/watch.h), for Lua.
**
**   s:probe_at(step)          0: no update is looked at
**   p = s:probe()             { weights = { { gradient, norm, weight, update } by
**                             parameter },
**                             relu = { { node, units, dead } }, samples, kept }, or nil
**   c = s:course()            a list of bins, each { n, and sums over its n updates }, with
**                             `first`, the first loss; or nil
**   bytes = s:course_bytes(), s:set_course(bytes)   for checkpoints
**   o = s:odd()               { kind, node, name, nan, inputs, targets, outputs }, or nil
*/
#include "bind/bind_watch.h"

#include <string.h>

#include "train/watch.h"

static const char *const ODD[] = {
    [LRR_ODD_NONE] = "",       [LRR_ODD_PARAMETER] = "parameter",
    [LRR_ODD_INPUT] = "input", [LRR_ODD_OUTPUT] = "output",
    [LRR_ODD_LOSS] = "loss",   [LRR_ODD_GRADIENT] = "gradient",
};

static lrr_session *check_session(lua_State *L)
{
    return lrr_bind_checkbox(L, 1, LRR_TYPE_SESSION);
}

static int l_probe_at(lua_State *L)
{
    lrr_session *s = check_session(L);
    const lua_Integer step = luaL_checkinteger(L, 2);
    luaL_argcheck(L, step >= 0, 2, "want the number of an update");
    lrr_session_probe_at(s, (uint64_t)step);
    return 0;
}

static void push_weights(lua_State *L, const lrr_probe *p, size_t n)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 4);
        lrr_bind_setnumber(L, "gradient", p->weights[i].gradient);
        lrr_bind_setnumber(L, "norm", p->weights[i].norm);
        lrr_bind_setnumber(L, "weight", p->weights[i].weight);
        lrr_bind_setnumber(L, "update", p->weights[i].update);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_relu(lua_State *L, const lrr_probe *p)
{
    lua_createtable(L, (int)p->n_relu, 0);
    for (size_t i = 0; i < p->n_relu; i++) {
        lua_createtable(L, 0, 3);
        lua_pushinteger(L, p->relu[i].node->id + 1);
        lua_setfield(L, -2, "node");
        lrr_bind_setnumber(L, "units", (double)p->relu[i].units);
        lrr_bind_setnumber(L, "dead", (double)p->relu[i].dead);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static int l_probe(lua_State *L)
{
    lrr_session *s = check_session(L);
    lrr_probe p;
    lrr_blocks k;
    if (!lrr_session_probe(s, &p))
        return 0;
    lrr_graph_blocks(lrr_session_config(s)->graph, &k);
    lua_createtable(L, 0, 4);
    push_weights(L, &p, k.n_param_segments);
    lua_setfield(L, -2, "weights");
    push_relu(L, &p);
    lua_setfield(L, -2, "relu");
    lrr_bind_setnumber(L, "samples", p.samples);
    lrr_bind_setnumber(L, "kept", p.kept);
    return 1;
}

/* The numbers of the course as bytes: as text they would cost each checkpoint more than the
** rest of its state. */
static int l_course_bytes(lua_State *L)
{
    const double *numbers = lrr_session_course(check_session(L));
    if (numbers == NULL)
        return 0;
    lua_pushlstring(L, (const char *)numbers, LRR_COURSE_NUMBERS * sizeof *numbers);
    return 1;
}

/* The course as a table; a bin is { n, loss, loss_peak, ... } as watch.h has it. */
static void push_bin(lua_State *L, const lrr_course_bin *b, double n)
{
    lua_createtable(L, 0, 9);
    lrr_bind_setnumber(L, "n", n);
    lrr_bind_setnumber(L, "loss", b->loss);
    lrr_bind_setnumber(L, "loss_peak", b->loss_peak);
    lrr_bind_setnumber(L, "jump", b->jump);
    lrr_bind_setnumber(L, "turns", b->turns);
    lrr_bind_setnumber(L, "norm", b->norm);
    lrr_bind_setnumber(L, "norm_peak", b->norm_peak);
    lrr_bind_setnumber(L, "clipped", b->clipped);
    lrr_bind_setnumber(L, "lr", b->lr);
}

static int l_course(lua_State *L)
{
    const double *numbers = lrr_session_course(check_session(L));
    lrr_course c;
    if (numbers == NULL)
        return 0;
    memcpy(&c, numbers, sizeof c);
    lua_createtable(L, LRR_COURSE_BINS, 1);
    lrr_bind_setnumber(L, "first", c.first);
    for (size_t i = 0; i <= (size_t)c.full; i++) {
        const double n = i < (size_t)c.full ? c.width : c.n;
        if (n == 0)
            break;
        push_bin(L, &c.bin[i], n);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int l_set_course(lua_State *L)
{
    lrr_session *s = check_session(L);
    double numbers[LRR_COURSE_NUMBERS];
    size_t n;
    lrr_error err;
    const char *bytes = luaL_checklstring(L, 2, &n);
    if (n != sizeof numbers)
        return luaL_error(L, "the state's course of the run is none");
    memcpy(numbers, bytes, sizeof numbers);
    if (lrr_session_set_course(s, numbers, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_odd(lua_State *L)
{
    const lrr_odd *odd = lrr_session_odd(check_session(L));
    if (odd == NULL || odd->kind == LRR_ODD_NONE)
        return 0;
    lua_createtable(L, 0, 7);
    lua_pushstring(L, ODD[odd->kind]);
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, odd->node->id + 1);
    lua_setfield(L, -2, "node");
    lua_pushstring(L, odd->node->name);
    lua_setfield(L, -2, "name");
    lua_pushboolean(L, odd->is_nan);
    lua_setfield(L, -2, "nan");
    lrr_bind_setnumber(L, "inputs", odd->inputs);
    lrr_bind_setnumber(L, "targets", odd->targets);
    lrr_bind_setnumber(L, "outputs", odd->outputs);
    return 1;
}

void lrr__bind_watch_methods(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "probe_at", l_probe_at },
        { "probe", l_probe },
        { "course", l_course },
        { "course_bytes", l_course_bytes },
        { "set_course", l_set_course },
        { "odd", l_odd },
        { NULL, NULL },
    };
    lrr_bind_addmethods(L, LRR_TYPE_SESSION, methods, LRR_BIND_QUICK);
}
