/* bind_graph_run.c -- forward and backward of lrrun.native.graph. See bind_graph.h. */
#include "bind/bind_graph.h"

#include <string.h>

lrr_bound_graph *lrr__bind_checkbound(lua_State *L, int arg)
{
    return lrr_bind_checkbox(L, arg, LRR_TYPE_GRAPH);
}

/* Pushes the tensor that input `id` was last set to; nil: none. */
int lrr__bind_push_kept(lua_State *L, lua_Integer id)
{
    lua_getiuservalue(L, 1, 1);
    lua_rawgeti(L, -1, id);
    lua_remove(L, -2);
    return 1;
}

/* Points input `id` at the tensor on top of the stack, which the graph then keeps. */
static void set_input(lua_State *L, lrr_bound_graph *b, lua_Integer id, size_t *n)
{
    int top = lua_gettop(L);
    const lrr_tensor *t = lrr_bind_checkbox(L, top, LRR_TYPE_TENSOR);
    lrr_node *node;
    size_t one;

    luaL_argcheck(L, id >= 1 && (size_t)id <= lrr_graph_count(b->g), 2,
                  "no such input");
    node = lrr_graph_node(b->g, (size_t)id - 1);
    luaL_argcheck(L, node->kind == LRR_NODE_INPUT && node->dtype == t->dtype, 2,
                  "a tensor of the input's type is wanted");
    one = lrr_shape_count(&node->shape);
    if (node->seq)
        one = one / node->shape.d[0] * b->run.axis[node->axis].t;
    if (*n == 0 && one > 0)
        *n = t->n / one;
    if (*n == 0 || t->n != *n * one)
        luaL_error(L,
                   "the input has %I values, want %I for each of the same number of "
                   "samples",
                   (lua_Integer)t->n, (lua_Integer)one);
    lua_getiuservalue(L, 1, 1);
    lua_pushvalue(L, top);
    lua_rawseti(L, -2, id);
    lua_pop(L, 2);
    node->y = t->data;
}

/* The steps of an axis that every input of it takes: what t is when the caller does not
** say. */
static size_t time_max(const lrr_graph *g, int axis)
{
    size_t t = 0;
    for (size_t i = 0; i < lrr_graph_count(g); i++) {
        const lrr_node *node = lrr_graph_node(g, i);
        if (node->kind == LRR_NODE_INPUT && node->seq && node->axis == axis &&
            (t == 0 || node->shape.d[0] < t))
            t = node->shape.d[0];
    }
    return t;
}

/* Pushes what field `key` says of time axis i: item i of a list, or of the first axis the
** field itself. */
static void push_of_axis(lua_State *L, const char *key, int i)
{
    if (lua_getfield(L, 2, key) == LUA_TTABLE) {
        lua_rawgeti(L, -1, i + 1);
        lua_remove(L, -2);
    } else if (i > 0) {
        lua_pop(L, 1);
        lua_pushnil(L);
    }
}

static void read_times(lua_State *L, const lrr_graph *g, lrr_run *run)
{
    for (int i = 0; i < LRR_AXES_MAX; i++) {
        size_t longest = time_max(g, i);
        lua_Integer t;
        push_of_axis(L, "t", i);
        t = luaL_optinteger(L, -1, 0);
        lua_pop(L, 1);
        luaL_argcheck(L, t >= 0 && (size_t)t <= longest, 2,
                      "more time steps than it was built for");
        run->axis[i].t = t > 0 ? (size_t)t : longest;
    }
}

/* Field branches: "keep" or "hold"; nil: free. */
static lrr_branches read_branches(lua_State *L, lrr_bound_graph *b)
{
    static const char *const names[] = { "free", "keep", "hold", NULL };
    lrr_branches found;
    lrr_error err;
    lua_getfield(L, 2, "branches");
    found = (lrr_branches)luaL_checkoption(L, lua_gettop(L), "free", names);
    lua_pop(L, 1);
    if (found != LRR_BRANCHES_FREE && lrr_graph_branches(b->g, &err) != LRR_OK)
        lrr_bind_raise(L, &err);
    return found;
}

static void read_run(lua_State *L, lrr_bound_graph *b)
{
    lrr_run run = { .branches = read_branches(L, b) };
    run.train = lrr_bind_fieldbool(L, 2, "train");
    run.statistics = run.train && !lrr_bind_fieldbool(L, 2, "again");
    run.step = (uint64_t)lrr_bind_optint(L, 2, "step");
    run.micro = (uint32_t)lrr_bind_optint(L, 2, "micro");
    run.seed = (uint64_t)lrr_bind_optint(L, 2, "seed");
    run.loss_scale = lrr_bind_optnum(L, 2, "loss_scale", 1);
    read_times(L, b->g, &run);
    b->run = run;
}

/* Operators trust lengths; a script may write to them at any time. */
static void check_lengths(lua_State *L, const lrr_tensor *x, size_t t)
{
    for (size_t i = 0; i < x->n; i++) {
        int32_t len = ((const int32_t *)x->data)[i];
        luaL_argcheck(L, len >= 1 && (size_t)len <= t, 2, "a length is out of range");
    }
}

/* Sets the lengths of axis i from the i32 tensor on top of the stack (nil: none), which
** the graph keeps, and pops it. */
static void read_lengths(lua_State *L, lrr_bound_graph *b, int i, size_t n)
{
    const lrr_tensor *x;
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return;
    }
    x = lrr_bind_checkbox(L, lua_gettop(L), LRR_TYPE_TENSOR);
    luaL_argcheck(L, x->dtype == LRR_DTYPE_I32 && x->n == n, 2,
                  "len is an i32 tensor with one length for each sample");
    check_lengths(L, x, b->run.axis[i].t);
    lua_getiuservalue(L, 1, 1);
    lua_insert(L, -2);
    lua_rawseti(L, -2, -i);
    lua_pop(L, 1);
    b->run.axis[i].len = x->data;
}

/* Whether a value past an end of the n samples x (n, t, width) is not 0. */
static bool has_padding(const lrr_real *x, size_t n, const lrr_axis *a, size_t width)
{
    for (size_t i = 0; i < n; i++) {
        const lrr_real *sample = x + i * a->t * width;
        for (size_t k = (size_t)a->len[i] * width; k < a->t * width; k++)
            if (!(sample[k] == 0))
                return true;
    }
    return false;
}

/*
** Past a sample's end a script's tensor may hold anything. No output depends on it, but
** gradients of weights are sums of products with it, and 0 times what is not finite is not 0
** (nor is what it overflows to further on). So input `node` reads a copy with zeros there, if
** anything else is there.
*/
static void clear_padding(lua_State *L, const lrr_bound_graph *b, lrr_node *node)
{
    const lrr_axis *a = &b->run.axis[node->axis];
    /* What has no time axis may have no axis at all. */
    const size_t n = b->run.n,
                 width =
                     node->seq ? lrr_shape_count(&node->shape) / node->shape.d[0] : 0;
    const lrr_tensor *given;
    lrr_tensor *t;
    lrr_real *x;
    lrr_error err;
    void **box;

    if (!node->seq || node->dtype != LRR_DTYPE_REAL || a->len == NULL ||
        !has_padding(node->y, n, a, width))
        return;
    lua_getiuservalue(L, 1, 1);
    lua_rawgeti(L, -1, node->id + 1);
    given = lrr_bind_checkbox(L, lua_gettop(L), LRR_TYPE_TENSOR);
    box = lrr_bind_newbox(L, LRR_TYPE_TENSOR, 1);
    if (lrr_tensor_new(given->dtype, &given->shape, &t, &err) != LRR_OK)
        lrr_bind_raise(L, &err);
    *box = t;
    x = memcpy(t->data, given->data, lrr_tensor_bytes(given));
    for (size_t i = 0; i < n; i++) {
        const size_t end = (size_t)a->len[i] * width;
        memset(x + i * a->t * width + end, 0, (a->t * width - end) * sizeof *x);
    }
    lua_rawseti(L, -3, node->id + 1);
    lua_pop(L, 2);
    node->y = t->data;
}

static void forget_inputs(const lrr_graph *g)
{
    for (size_t i = 0; i < lrr_graph_count(g); i++)
        if (lrr_graph_node(g, i)->kind == LRR_NODE_INPUT)
            lrr_graph_node(g, i)->y = NULL;
}

/* g:forward{ inputs = { [id] = tensor }, [len=, t=, train=, again=, step=, micro=,
** seed=, loss_scale=, branches=] } -> loss, then what it counts, in its order ("correct"). len and t are
** those of time axis 1, or lists with one for each axis. again: a batch that was run before,
** whose running statistics do not move a second time. */
int lrr__bind_forward(lua_State *L)
{
    lrr_bound_graph *b = lrr__bind_checkbound(L, 1);
    size_t n = 0;

    lua_settop(L, 2);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_argcheck(L, lrr_graph_batch(b->g) > 0, 1, "the network is not planned yet");
    b->ran = false;
    read_run(L, b);
    lua_getfield(L, 2, "inputs");
    luaL_checktype(L, 3, LUA_TTABLE);
    forget_inputs(b->g);
    lua_pushnil(L);
    while (lua_next(L, 3) != 0)
        set_input(L, b, luaL_checkinteger(L, 4), &n);
    luaL_argcheck(L, n >= 1 && n <= lrr_graph_batch(b->g), 2,
                  "more samples than the batch it was built for");
    luaL_argcheck(L, lrr_graph_is_fed(b->g), 2, "an input has no values");
    for (int i = 0; i < LRR_AXES_MAX; i++) {
        push_of_axis(L, "len", i);
        read_lengths(L, b, i, n);
    }
    b->run.n = n;
    for (size_t i = 0; i < lrr_graph_count(b->g); i++)
        if (lrr_graph_node(b->g, i)->kind == LRR_NODE_INPUT)
            clear_padding(L, b, lrr_graph_node(b->g, i));
    lrr_graph_forward(b->g, &b->run);
    b->ran = true;
    lua_pushnumber(L, b->run.loss);
    lrr_graph_counts(b->g, &n);
    for (size_t i = 0; i < n; i++)
        lua_pushnumber(L, b->run.count[i]);
    return 1 + (int)n;
}

/* Adds x to the number of that name in the table at index 2. */
static void add_to(lua_State *L, const char *name, double x)
{
    lua_getfield(L, 2, name);
    x += luaL_optnumber(L, -1, 0);
    lua_pop(L, 1);
    lrr_bind_setnumber(L, name, x);
}

/* g:add_sums(t): to t.loss, t.weight, t.targets and by their names what the loss counts, those of the
** last forward, as session:sums() has them */
int lrr__bind_add_sums(lua_State *L)
{
    const lrr_bound_graph *b = lrr__bind_checkbound(L, 1);
    size_t n;
    const char *const *names = lrr_graph_counts(b->g, &n);

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    luaL_argcheck(L, b->ran && lrr_graph_loss(b->g) != NULL, 1,
                  "there was no forward with a loss");
    add_to(L, "loss", b->run.loss * b->run.weight);
    add_to(L, "weight", b->run.weight);
    add_to(L, "targets", b->run.targets);
    for (size_t i = 0; i < n; i++)
        add_to(L, names[i], b->run.count[i]);
    return 0;
}

/* Backward reads inputs and lengths again: raises where they are not what forward had,
** because they were closed, or a session has used the graph since. */
static void check_inputs(lua_State *L, const lrr_bound_graph *b)
{
    for (size_t i = 0; i < lrr_graph_count(b->g); i++) {
        const lrr_node *node = lrr_graph_node(b->g, i);
        const lrr_tensor *t;
        if (node->kind != LRR_NODE_INPUT || node->y == NULL)
            continue;
        lrr__bind_push_kept(L, node->id + 1);
        t = lrr_bind_checkbox(L, lua_gettop(L), LRR_TYPE_TENSOR);
        luaL_argcheck(L, t->data == node->y, 1, "backward needs a forward before it");
        lua_pop(L, 1);
    }
    for (int i = 0; i < LRR_AXES_MAX; i++) {
        if (b->run.axis[i].len == NULL)
            continue;
        lrr__bind_push_kept(L, -i);
        check_lengths(L, lrr_bind_checkbox(L, lua_gettop(L), LRR_TYPE_TENSOR),
                      b->run.axis[i].t);
        lua_pop(L, 1);
    }
}

/* g:backward([from, gy]): from the loss, or from node `from` with gradient gy */
int lrr__bind_backward(lua_State *L)
{
    lrr_bound_graph *b = lrr__bind_checkbound(L, 1);
    const lrr_node *from = NULL;

    luaL_argcheck(L, b->ran && lrr_graph_is_fed(b->g), 1,
                  "backward needs a forward before it");
    check_inputs(L, b);
    if (!lua_isnoneornil(L, 2)) {
        const lrr_tensor *gy = lrr_bind_checkbox(L, 3, LRR_TYPE_TENSOR);
        from = lrr_bind_checknode(L, 2, b->g);
        luaL_argcheck(L, from->dy != NULL, 2, "no gradient goes through this node");
        if (gy->dtype != from->dy_dtype || gy->n != lrr_node_count(from, &b->run))
            return luaL_error(L, "the output's gradient has %I values, want %I",
                              (lua_Integer)gy->n,
                              (lua_Integer)lrr_node_count(from, &b->run));
        memcpy(from->dy, gy->data, lrr_tensor_bytes(gy));
    } else {
        lrr_blocks blocks;
        lrr_graph_blocks(b->g, &blocks);
        luaL_argcheck(L, lrr_graph_loss(b->g) != NULL && blocks.grads != NULL, 1,
                      "there is no loss to start from");
    }
    lrr_graph_backward(b->g, &b->run, from);
    b->ran = false;
    return 0;
}
