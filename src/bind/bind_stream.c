/*
** bind_stream.c -- lrrun.native.stream: a network of sequences that is run step by step
** (graph/stream.h), and which token comes next (train/pick.h).
**
**   s, why, node = new(graph, input, output)   ids of nodes; nil, why and the id of the node
**                                              whose operator cannot be run so
**   why, node = refusal(graph, output)   the same of a graph that need not be planned; nil
**                                        where all operators can
**   s:feed(ids)      the next tokens, at most s:facts().most
**   s:output()       the output of the last step, a view that the next feed overwrites
**   s:pick{ temperature =, top_k =, top_p =, from =, seed =, index = }
**                    a token by that output, as if it were scores; nil where these are none
**   s:reset()        forgets all steps
**   s:facts()        { at =, most =, bound = (nil: none), bytes =, width = }
**   s:close()
*/
#include "base/mem.h"
#include "bind/bind.h"
#include "graph/stream.h"
#include "train/pick.h"

#define TYPE "lrrun.stream"

typedef struct bound_stream {
    lrr_stream *s;
    void *work; /* lrr_pick_work */
} bound_stream;

static bound_stream *check_stream(lua_State *L)
{
    bound_stream *b = lrr_bind_checkbox(L, 1, TYPE);
    luaL_argcheck(L, lrr_stream_holds(b->s), 1,
                  "the network was planned anew since the stream began");
    return b;
}

static void free_stream(bound_stream *b)
{
    if (b == NULL)
        return;
    lrr_stream_free(b->s);
    lrr_mem_free(b->work);
    lrr_mem_free(b);
}

/* Makes what is in *box; the graph's node that cannot be run, or NULL, is *who. */
static lrr_status make(lrr_graph *g, lrr_node *input, const lrr_node *output,
                       void **box, const lrr_node **who, lrr_error *err)
{
    bound_stream *b = NULL;
    size_t width;
    lrr_status st = lrr_mem_new(1, sizeof *b, "a stream", &b, err);
    *box = b;
    *who = NULL;
    if (st == LRR_OK)
        st = lrr_stream_new(g, input, output, who, &b->s, err);
    if (st != LRR_OK)
        return st;
    (void)lrr_stream_output(b->s, &width);
    return lrr_mem_new(1, lrr_pick_work(width), "scores", &b->work, err);
}

static int l_new(lua_State *L)
{
    lrr_graph *g = lrr_bind_checkgraph(L, 1);
    lrr_node *input = lrr_bind_checknode(L, 2, g),
             *output = lrr_bind_checknode(L, 3, g);
    const lrr_node *who;
    lrr_error err;
    lrr_status st;
    void **box;

    lua_settop(L, 3);
    luaL_argcheck(L, lrr_graph_needs(g, output) && output->dtype == LRR_DTYPE_REAL, 3,
                  "no output of the plan");
    box = lrr_bind_newbox(L, TYPE, 1);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    st = make(g, input, output, box, &who, &err);
    if (st != LRR_OK && who == NULL)
        return lrr_bind_raise(L, &err);
    if (st != LRR_OK) {
        lua_pushnil(L);
        lua_pushstring(L, err.msg);
        lua_pushinteger(L, who->id + 1);
        return 3;
    }
    return 1;
}

static int l_refusal(lua_State *L)
{
    lrr_graph *g = lrr_bind_checkgraph(L, 1);
    const lrr_node *output = lrr_bind_checknode(L, 2, g), *who;
    lrr_error err;

    if (lrr_stream_check(g, output, &who, &err) == LRR_OK)
        return 0;
    lua_pushstring(L, err.msg);
    lua_pushinteger(L, who->id + 1);
    return 2;
}

/* s:feed(ids): a list of whole numbers, each 0 or more; what is not in the vocabulary is the
** caller's to see to, an embedding gives zeros for it. */
static int l_feed(lua_State *L)
{
    const bound_stream *b = check_stream(L);
    size_t n, left = lrr_stream_bound(b->s) - lrr_stream_at(b->s);
    int32_t *ids;

    luaL_checktype(L, 2, LUA_TTABLE);
    n = lua_rawlen(L, 2);
    luaL_argcheck(L, n >= 1 && n <= lrr_stream_most(b->s) && n <= left, 2,
                  "no tokens, or more than there is room for");
    ids = lua_newuserdatauv(L, n * sizeof *ids, 0);
    for (size_t i = 0; i < n; i++) {
        lua_Integer id;
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        id = luaL_checkinteger(L, -1);
        luaL_argcheck(L, id >= 0 && id <= INT32_MAX, 2, "an id is out of range");
        ids[i] = (int32_t)id;
        lua_pop(L, 1);
    }
    lrr_stream_feed(b->s, ids, n);
    return 0;
}

static lrr_real *check_output(lua_State *L, const bound_stream *b, size_t *n)
{
    lrr_real *y = lrr_stream_output(b->s, n);
    luaL_argcheck(L, y != NULL, 1, "nothing was fed yet");
    return y;
}

static int l_output(lua_State *L)
{
    const bound_stream *b = check_stream(L);
    size_t n;
    lrr_real *y = check_output(L, b, &n);
    const lrr_shape shape = lrr_shape_of1(n);
    lrr_bind_pushview(L, LRR_DTYPE_REAL, &shape, y, 1);
    return 1;
}

static int l_pick(lua_State *L)
{
    const bound_stream *b = check_stream(L);
    lrr_pick_cfg cfg;
    uint64_t index;
    size_t n, found;
    const lrr_real *y;
    lua_Integer top_k, from;

    luaL_checktype(L, 2, LUA_TTABLE);
    cfg.temperature = lrr_bind_fieldnum(L, 2, "temperature");
    cfg.top_p = lrr_bind_fieldnum(L, 2, "top_p");
    top_k = lrr_bind_fieldint(L, 2, "top_k");
    from = lrr_bind_fieldint(L, 2, "from");
    cfg.seed = (uint64_t)lrr_bind_fieldint(L, 2, "seed");
    index = (uint64_t)lrr_bind_fieldint(L, 2, "index");
    luaL_argcheck(L, cfg.temperature >= 0 && cfg.top_p > 0 && top_k >= 0 && from >= 0,
                  2, "a number is out of range");
    cfg.top_k = (size_t)top_k;
    cfg.from = (size_t)from;
    y = check_output(L, b, &n);
    found = lrr_pick(&cfg, y, n, index, b->work);
    if (found == n)
        lua_pushnil(L);
    else
        lua_pushinteger(L, (lua_Integer)found);
    return 1;
}

static int l_reset(lua_State *L)
{
    lrr_stream_reset(check_stream(L)->s);
    return 0;
}

static int l_facts(lua_State *L)
{
    const bound_stream *b = check_stream(L);
    size_t n;
    (void)lrr_stream_output(b->s, &n);
    lua_createtable(L, 0, 5);
    lrr_bind_setcount(L, "at", lrr_stream_at(b->s));
    lrr_bind_setcount(L, "most", lrr_stream_most(b->s));
    if (lrr_stream_bound(b->s) != SIZE_MAX)
        lrr_bind_setcount(L, "bound", lrr_stream_bound(b->s));
    lrr_bind_setcount(L, "bytes", lrr_stream_bytes(b->s));
    lrr_bind_setcount(L, "width", n);
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);
    bound_stream *b = *box;
    *box = NULL;
    free_stream(b);
    return 0;
}

static const luaL_Reg stream_meta[] = {
    { "__gc", l_gc },
    { "__close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg stream_methods[] = {
    { "output", l_output }, { "reset", l_reset }, { "facts", l_facts },
    { "close", l_gc },      { NULL, NULL },
};

/* What takes as long as a step of training. */
static const luaL_Reg stream_work[] = {
    { "feed", l_feed },
    { "pick", l_pick },
    { NULL, NULL },
};

static const luaL_Reg stream_funcs[] = {
    { "new", l_new },
    { "refusal", l_refusal },
    { NULL, NULL },
};

int luaopen_lrrun_native_stream(lua_State *L)
{
    lrr_bind_newtype(L, TYPE, stream_meta, stream_methods);
    lrr_bind_addmethods(L, TYPE, stream_work, LRR_BIND_TRAIN);
    lrr_bind_newlib(L, stream_funcs);
    return 1;
}
