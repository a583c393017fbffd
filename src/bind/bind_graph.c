/* bind_graph.c -- lrrun.native.graph: networks for Lua. Layers and their options are in
** lua/lrrun/nn/; this file only converts. Node ids in Lua count from 1. */
#include <string.h>

#include "base/mem.h"
#include "bind/bind_graph.h"
#include "graph/parts.h"
#include "kernels/gemm.h"
#include "ops/ops.h"
#include "os/blas.h"

lrr_graph *lrr_bind_checkgraph(lua_State *L, int arg)
{
    return lrr__bind_checkbound(L, arg)->g;
}

lrr_node *lrr_bind_checknode(lua_State *L, int arg, const lrr_graph *g)
{
    lua_Integer id = luaL_checkinteger(L, arg);
    luaL_argcheck(L, id >= 1 && (size_t)id <= lrr_graph_count(g), arg, "no such node");
    return lrr_graph_node(g, (size_t)id - 1);
}

/* graph.new([portable [, bf16]]) -> an empty graph; portable: the same bits on any CPU; bf16: the
** operands of matrix products are rounded to bfloat16 */
static int l_new(lua_State *L)
{
    lrr_error err;
    lrr_bound_graph *b = NULL;
    const lrr_gemm_kind gemm =
        lrr_gemm_choose(lua_toboolean(L, 1), lua_toboolean(L, 2));
    void **box = lrr_bind_newbox(L, LRR_TYPE_GRAPH, 1);

#ifdef LRR_F64
    luaL_argcheck(L, !lrr_gemm_rounds(gemm), 2,
                  "bfloat16 is not in a build with doubles (f64)");
#endif
    lua_newtable(L);
    lua_setiuservalue(L, -2, 1);
    /* Here and not at start: what needs none of its products starts without a 30 MB library. */
    if (gemm == LRR_GEMM_BLAS && lrr_blas_load(&err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    if (lrr_mem_new(1, sizeof *b, "a graph", &b, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = b;
    if (lrr_graph_new(lrr_ops, lrr_ops_count, gemm, &b->g, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 1;
}

static int push_node(lua_State *L, const lrr_node *node)
{
    lua_pushinteger(L, node->id + 1);
    return 1;
}

/* g:input(shape, "real"|"i32", seq, wants_grad [, name]) -> id. seq: false, or the number
** of its time axis; true is 1. name: what feeds it in training. */
static int l_input(lua_State *L)
{
    static const char *const names[] = { "real", "i32", NULL };
    lrr_graph *g = lrr_bind_checkgraph(L, 1);
    lrr_input_cfg cfg = { .name = luaL_optstring(L, 6, "") };
    lrr_node *node;
    lrr_error err;

    lrr_bind_checkshape(L, 2, &cfg.shape);
    cfg.dtype =
        luaL_checkoption(L, 3, "real", names) == 0 ? LRR_DTYPE_REAL : LRR_DTYPE_I32;
    cfg.seq = lua_toboolean(L, 4);
    if (lua_isinteger(L, 4)) {
        lua_Integer axis = lua_tointeger(L, 4);
        luaL_argcheck(L, axis >= 1 && axis <= LRR_AXES_MAX, 4, "no such time axis");
        cfg.axis = (int)axis - 1;
    }
    cfg.wants_grad = lua_toboolean(L, 5);
    if (lrr_graph_input(g, &cfg, &node, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return push_node(L, node);
}

/* g:param(name, shape, { kind = "constant"|"uniform"|"normal"|"orthogonal", a =,
** [zeros = first elements that start at 0] }, trains) -> id */
static int l_param(lua_State *L)
{
    static const char *const kinds[] = { "constant", "uniform", "normal", "orthogonal",
                                         NULL };
    lrr_graph *g = lrr_bind_checkgraph(L, 1);
    const char *name = luaL_checkstring(L, 2);
    lrr_shape shape;
    lrr_init init;
    lrr_node *node;
    lrr_error err;

    lrr_bind_checkshape(L, 3, &shape);
    luaL_checktype(L, 4, LUA_TTABLE);
    init.a = lrr_bind_fieldnum(L, 4, "a");
    lua_getfield(L, 4, "zeros");
    init.zeros = (size_t)luaL_optinteger(L, -1, 0);
    lua_getfield(L, 4, "kind");
    init.kind = (lrr_init_kind)luaL_checkoption(L, lua_gettop(L), "constant", kinds);
    if (lrr_graph_param(g, name, &shape, init, lua_toboolean(L, 5), &node, &err) !=
        LRR_OK)
        return lrr_bind_raise(L, &err);
    return push_node(L, node);
}

/* g:buffer(name, shape, fill) -> id */
static int l_buffer(lua_State *L)
{
    lrr_graph *g = lrr_bind_checkgraph(L, 1);
    const char *name = luaL_checkstring(L, 2);
    double fill = luaL_checknumber(L, 4);
    lrr_shape shape;
    lrr_node *node;
    lrr_error err;

    lrr_bind_checkshape(L, 3, &shape);
    if (lrr_graph_buffer(g, name, &shape, fill, &node, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return push_node(L, node);
}

/* The list on top of the stack as numbers; they stay below it, in the memory of Lua. */
static int read_list(lua_State *L, lrr_attr_list *list)
{
    const size_t n = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    double *at = n > 0 ? lua_newuserdatauv(L, n * sizeof *at, 0) : NULL;
    int ok = n > 0;
    for (size_t i = 0; i < n; i++) {
        int isnum;
        lua_rawgeti(L, -2, (lua_Integer)i + 1);
        at[i] = lua_tonumberx(L, -1, &isnum);
        ok = ok && isnum;
        lua_pop(L, 1);
    }
    if (n > 0)
        lua_insert(L, -2);
    *list = (lrr_attr_list){ n, at };
    return ok;
}

/* Sets one attribute of attr from the value on top of the stack, and pops it. */
static void read_attr(lua_State *L, const lrr_op_def *op, const lrr_attr_def *a,
                      char *attr)
{
    int ok = 1;
    char *at = attr + a->offset;
    if (lua_isnil(L, -1)) {
        ok = a->optional;
    } else if (a->type == LRR_ATTR_INT) {
        int64_t x = lua_tointegerx(L, -1, &ok);
        memcpy(at, &x, sizeof x);
    } else if (a->type == LRR_ATTR_REAL) {
        double x = lua_tonumberx(L, -1, &ok);
        memcpy(at, &x, sizeof x);
    } else if (a->type == LRR_ATTR_LIST) {
        lrr_attr_list list;
        ok = read_list(L, &list);
        memcpy(at, &list, sizeof list);
    } else {
        bool x = lua_toboolean(L, -1) != 0;
        memcpy(at, &x, sizeof x);
    }
    if (!ok)
        luaL_error(L, "%s: attribute '%s' is missing or no number", op->name, a->name);
    lua_pop(L, 1);
}

static bool has_attr(const lrr_op_def *op, const char *name)
{
    for (const lrr_attr_def *a = op->attrs; a != NULL && a->name != NULL; a++)
        if (strcmp(a->name, name) == 0)
            return true;
    return false;
}

/* A scratch userdata (pushed) with op's attributes as the table at arg has them. */
static void *check_attrs(lua_State *L, int arg, const lrr_op_def *op)
{
    bool given = lua_istable(L, arg);
    char *attr = lua_newuserdatauv(L, op->attr_size + 1, 0);
    memset(attr, 0, op->attr_size + 1);
    if (given) {
        lua_pushnil(L);
        while (lua_next(L, arg) != 0) {
            if (lua_type(L, -2) != LUA_TSTRING || !has_attr(op, lua_tostring(L, -2)))
                luaL_error(L, "%s: unknown attribute", op->name);
            lua_pop(L, 1);
        }
    }
    for (const lrr_attr_def *a = op->attrs; a != NULL && a->name != NULL; a++) {
        if (given)
            lua_getfield(L, arg, a->name);
        else
            lua_pushnil(L);
        read_attr(L, op, a, attr);
    }
    return attr;
}

/* The most inputs of an operator, and the most outputs of a plan. */
enum { INPUTS_MOST = 32, OUTPUTS_MOST = 4096 };

/* The list of node ids at arg as pointers in a scratch userdata (pushed). */
static lrr_node **check_nodes(lua_State *L, int arg, const lrr_graph *g, int most,
                              int *n)
{
    lrr_node **list;
    lua_Integer count;
    luaL_checktype(L, arg, LUA_TTABLE);
    count = (lua_Integer)lua_rawlen(L, arg);
    if (count < 1 || count > most)
        luaL_error(L, "%I nodes, want 1 to %d", count, most);
    list = lua_newuserdatauv(L, (size_t)count * sizeof *list, 0);
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, arg, i + 1);
        list[i] = lrr_bind_checknode(L, lua_gettop(L), g);
        lua_pop(L, 1);
    }
    *n = (int)count;
    return list;
}

/* g:op(name, { ids } [, { attributes }]) -> id */
static int l_op(lua_State *L)
{
    lrr_graph *g = lrr_bind_checkgraph(L, 1);
    const lrr_op_def *op = lrr_graph_op_find(g, luaL_checkstring(L, 2));
    lrr_node **in, *node;
    int n;
    void *attr;
    lrr_error err;

    lua_settop(L, 4);
    luaL_argcheck(L, op != NULL, 2, "no such operator");
    in = check_nodes(L, 3, g, INPUTS_MOST, &n);
    attr = check_attrs(L, 4, op);
    if (lrr_graph_op(g, op, in, n, attr, &node, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return push_node(L, node);
}

/* g:shape(id) -> { sizes }, seq, dtype, its time axis (nil where seq is false) */
static int l_shape(lua_State *L)
{
    const lrr_node *node = lrr_bind_checknode(L, 2, lrr_bind_checkgraph(L, 1));
    lrr_bind_pushshape(L, &node->shape);
    lua_pushboolean(L, node->seq);
    lua_pushstring(L, lrr_dtype_name(node->dtype));
    if (node->seq)
        lua_pushinteger(L, node->axis + 1);
    else
        lua_pushnil(L);
    return 4;
}

/* g:plan({ output ids }, batch, train [, parts]): how many samples it is for, fewer than the batch
** where `parts` lets it go in parts (graph/parts.h) */
static int l_plan(lua_State *L)
{
    lrr_bound_graph *b = lrr__bind_checkbound(L, 1);
    lrr_graph *g = b->g;
    lua_Integer batch = luaL_checkinteger(L, 3);
    lrr_node **out;
    lrr_status st;
    int n;
    lrr_error err;

    lua_settop(L, 5);
    luaL_argcheck(L, batch >= 1 && batch <= INT32_MAX, 3, "want a batch of 1 or more");
    out = check_nodes(L, 2, g, OUTPUTS_MOST, &n);
    b->ran = false; /* what an earlier forward left is gone */
    b->run = (lrr_run){ 0 };
    st = lua_toboolean(L, 5)
             ? lrr_graph_plan_parts(g, out, n, (size_t)batch, &err)
             : lrr_graph_plan(g, out, n, (size_t)batch, lua_toboolean(L, 4), &err);
    if (st != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushinteger(L, (lua_Integer)lrr_graph_batch(g));
    return 1;
}

/* g:init(seed) */
static int l_init(lua_State *L)
{
    lrr_error err;
    lrr_graph *g = lrr_bind_checkgraph(L, 1);
    lrr_blocks blocks;
    lrr_graph_blocks(g, &blocks);
    luaL_argcheck(L, blocks.params != NULL, 1, "the network is not planned yet");
    if (lrr_graph_init(g, (uint64_t)luaL_checkinteger(L, 2), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* The shape of a node's values: a batch of n in front, except for state. */
static lrr_shape whole_shape(const lrr_node *node, size_t n, const lrr_run *run)
{
    lrr_shape shape = node->shape;
    if (node->kind == LRR_NODE_PARAM || node->kind == LRR_NODE_BUFFER)
        return shape;
    if (node->op != NULL && node->op->is_loss)
        return (lrr_shape){ 0 };
    if (shape.rank < LRR_RANK_MAX)
        shape.rank++;
    for (int i = shape.rank - 1; i > 0; i--)
        shape.d[i] = node->shape.d[i - 1];
    shape.d[0] = n;
    if (node->seq && run->axis[node->axis].t > 0)
        shape.d[1] = run->axis[node->axis].t;
    return shape;
}

static int push_values(lua_State *L, const lrr_bound_graph *b, const lrr_node *node,
                       lrr_dtype dtype, void *data)
{
    lrr_shape shape = whole_shape(node, b->run.n > 0 ? b->run.n : 1, &b->run);
    luaL_argcheck(L, data != NULL, 2, "this node has none");
    lrr_bind_pushview(L, dtype, &shape, data, 1);
    return 1;
}

/* g:tensor(id), g:grad(id) -> views of a node's values and of their gradient; of an input,
** the tensor it was set to */
static int l_tensor(lua_State *L)
{
    const lrr_bound_graph *b = lrr__bind_checkbound(L, 1);
    const lrr_node *node = lrr_bind_checknode(L, 2, b->g);
    if (node->kind == LRR_NODE_INPUT)
        return lrr__bind_push_kept(L, node->id + 1);
    return push_values(L, b, node, node->dtype, node->y);
}

static int l_grad(lua_State *L)
{
    const lrr_bound_graph *b = lrr__bind_checkbound(L, 1);
    const lrr_node *node = lrr_bind_checknode(L, 2, b->g);
    if (node->kind == LRR_NODE_PARAM)
        lrr_graph_grads_written(b->g);
    return push_values(L, b, node, node->dy_dtype, node->dy);
}

static void push_segments(lua_State *L, const lrr_segment *s, size_t n)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 5);
        lrr_bind_setstring(L, "name", s[i].name);
        lrr_bind_setcount(L, "n", s[i].n);
        lrr_bind_setcount(L, "at", s[i].at);
        lrr_bind_setbool(L, "trains", s[i].trains);
        lrr_bind_pushshape(L, &s[i].shape);
        lua_setfield(L, -2, "shape");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* g:segments() -> parameters, buffers: lists of { name, shape, n, at, trains } */
static int l_segments(lua_State *L)
{
    lrr_blocks k;
    lrr_graph_blocks(lrr_bind_checkgraph(L, 1), &k);
    push_segments(L, k.param_segments, k.n_param_segments);
    push_segments(L, k.buffer_segments, k.n_buffer_segments);
    return 2;
}

/* g:block("params"|"grads"|"buffers" [, at, shape]) -> a view of the whole block, or of
** one segment of it */
static int l_block(lua_State *L)
{
    static const char *const names[] = { "params", "grads", "buffers", NULL };
    lrr_graph *g = lrr_bind_checkgraph(L, 1);
    int which = luaL_checkoption(L, 2, NULL, names);
    lrr_blocks k;
    lrr_real *data;
    lrr_shape shape;
    size_t n, at = 0;

    lrr_graph_blocks(g, &k);
    data = which == 0 ? k.params : which == 1 ? k.grads : k.buffers;
    n = which == 2 ? k.n_buffers : k.n_params;
    luaL_argcheck(L, data != NULL, 2, "the plan has no such block");
    shape = lrr_shape_of1(n);
    if (!lua_isnoneornil(L, 3)) {
        at = (size_t)luaL_checkinteger(L, 3);
        lrr_bind_checkshape(L, 4, &shape);
    }
    luaL_argcheck(L, at <= n && lrr_shape_count(&shape) <= n - at, 3,
                  "outside the block");
    if (which == 1)
        lrr_graph_grads_written(g);
    lrr_bind_pushview(L, LRR_DTYPE_REAL, &shape, data + at, 1);
    return 1;
}

static bool same_segments(const lrr_segment *a, const lrr_segment *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(a[i].name, b[i].name) != 0 || a[i].at != b[i].at ||
            !lrr_shape_equal(&a[i].shape, &b[i].shape))
            return false;
    return true;
}

/* g:take(other): the values of all parameters and buffers of another graph that has the same
** ones */
static int l_take(lua_State *L)
{
    lrr_blocks to, from;
    lrr_graph_blocks(lrr_bind_checkgraph(L, 1), &to);
    lrr_graph_blocks(lrr_bind_checkgraph(L, 2), &from);
    luaL_argcheck(L, to.params != NULL && from.params != NULL, 2,
                  "a network is not planned yet");
    luaL_argcheck(L,
                  to.n_param_segments == from.n_param_segments &&
                      to.n_buffer_segments == from.n_buffer_segments &&
                      same_segments(to.param_segments, from.param_segments,
                                    to.n_param_segments) &&
                      same_segments(to.buffer_segments, from.buffer_segments,
                                    to.n_buffer_segments),
                  2, "other parameters");
    LRR_ASSERT(to.params != NULL && from.params != NULL && to.buffers != NULL &&
               from.buffers != NULL);
    memcpy(to.params, from.params, to.n_params * sizeof *to.params);
    memcpy(to.buffers, from.buffers, to.n_buffers * sizeof *to.buffers);
    return 0;
}

/* g:keep(bytes): lrr_graph_keep, of the plans to come. */
static int l_keep(lua_State *L)
{
    lua_Integer bytes = luaL_checkinteger(L, 2);
    luaL_argcheck(L, bytes >= 0, 2, "want bytes");
    lrr_graph_keep(lrr_bind_checkgraph(L, 1), (size_t)bytes);
    return 0;
}

/* g:parts(bytes, rows): lrr_graph_parts, of the plans to come. */
static int l_parts(lua_State *L)
{
    lua_Integer bytes = luaL_checkinteger(L, 2), rows = luaL_checkinteger(L, 3);
    luaL_argcheck(L, bytes >= 0, 2, "want bytes");
    luaL_argcheck(L, rows >= 0, 3, "want positions");
    lrr_graph_parts(lrr_bind_checkgraph(L, 1), (size_t)bytes, (size_t)rows);
    return 0;
}

/* g:memory() -> { params, grads, buffers, activations, work } in bytes; how many values are
** made again in backward, and what activations were if none was */
static int l_memory(lua_State *L)
{
    lrr_graph_memory m;
    lrr_graph_memory_used(lrr_bind_checkgraph(L, 1), &m);
    lua_createtable(L, 0, 5);
    lrr_bind_setcount(L, "params", m.params);
    lrr_bind_setcount(L, "grads", m.grads);
    lrr_bind_setcount(L, "buffers", m.buffers);
    lrr_bind_setcount(L, "activations", m.activations);
    lrr_bind_setcount(L, "work", m.work);
    lua_pushinteger(L, (lua_Integer)m.again);
    lua_pushinteger(L, (lua_Integer)m.all_kept);
    return 3;
}

/* graph.range(operator, attribute) -> the range of a REAL attribute */
static int l_range(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const lrr_attr_def *a = NULL;
    for (size_t i = 0; i < lrr_ops_count; i++)
        if (strcmp(lrr_ops[i]->name, name) == 0)
            a = lrr_op_attr_real(lrr_ops[i], luaL_checkstring(L, 2));
    luaL_argcheck(L, a != NULL, 2, "no such number");
    lrr_bind_pushrange(L, &a->range);
    return 1;
}

/* graph.ops() -> list of all operators' names */
static int l_ops(lua_State *L)
{
    lua_createtable(L, (int)lrr_ops_count, 0);
    for (size_t i = 0; i < lrr_ops_count; i++) {
        lua_pushstring(L, lrr_ops[i]->name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_GRAPH);
    lrr_bound_graph *b = *box;
    *box = NULL;
    if (b != NULL)
        lrr_graph_free(b->g);
    lrr_mem_free(b);
    return 0;
}

/* No close: sessions and optimizers point into a graph. */
static const luaL_Reg graph_meta[] = {
    { "__gc", l_gc },
    { NULL, NULL },
};

static const luaL_Reg graph_methods[] = {
    { "input", l_input },   { "param", l_param },
    { "buffer", l_buffer }, { "op", l_op },
    { "shape", l_shape },   { "plan", l_plan },
    { "init", l_init },     { "tensor", l_tensor },
    { "grad", l_grad },     { "segments", l_segments },
    { "block", l_block },   { "memory", l_memory },
    { "take", l_take },     { "keep", l_keep },
    { "parts", l_parts },   { NULL, NULL },
};

static const luaL_Reg graph_funcs[] = {
    { "new", l_new },
    { "range", l_range },
    { "ops", l_ops },
    { NULL, NULL },
};

static const luaL_Reg training[] = {
    { "forward", lrr__bind_forward },
    { "add_sums", lrr__bind_add_sums },
    { "backward", lrr__bind_backward },
    { NULL, NULL },
};

int luaopen_lrrun_native_graph(lua_State *L)
{
    lrr_bind_newtype(L, LRR_TYPE_GRAPH, graph_meta, graph_methods);
    lrr_bind_addmethods(L, LRR_TYPE_GRAPH, training, LRR_BIND_TRAIN);
    lrr_bind_newlib(L, graph_funcs);
    return 1;
}
