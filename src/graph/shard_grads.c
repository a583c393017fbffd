/* shard_grads.c -- see shard_grads.h. */
#include "graph/shard_grads.h"

#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "base/tree.h"
#include "graph/internal.h"

/* Numbers, of whole operators, that are sent while others are computed. */
enum { ENOUGH = 128 << 10 };
#define NONE SIZE_MAX

/* A parameter's places. */
typedef struct param {
    size_t n;     /* numbers; 0: no gradient */
    size_t users; /* operators that give it one */
    size_t last;  /* of them, the last in backward's order */
    size_t whole; /* in the graph's gradient */
    size_t piece; /* in a piece of the tree: in the order in which they are done */
    size_t place; /* among those of the operator that is the last */
    size_t own;   /* of several users: in what a shard has of its own */
} param;

/* Two places: what stands in one is added to the other, and that one is free. */
typedef struct join {
    size_t to, from;
} join;

struct lrr__grads {
    const lrr_graph *g;
    const lrr_peers *peers;
    size_t count, first, local; /* shards; those that are here */
    size_t *at;                 /* (local) the place of a shard's */
    size_t *joins;              /* (local + 1) those of shard i: joins[i] on, of join */
    join *join;                 /* (count) */
    size_t places;
    size_t pieces;    /* what is left in the end */
    size_t *piece_of; /* (places) which one stands there in the end; NONE */
    size_t *leaf;     /* (count) from which on piece i is the sum */
    lrr_real **top;   /* (count) what peers are given */
    size_t *ready;    /* (n_kept) numbers of a piece, once an operator is through */
    size_t sent;      /* of them, for others to add theirs */
    param *of;        /* (n_kept) by the parameter's id */
    size_t n, n_place, n_own; /* numbers of a piece, of a place, of a shard's own */
    lrr_real *piece, *place, *own;
    size_t bytes;
    bool adds; /* to what the graph's gradient has */
};

void lrr__grads_free(lrr__grads *s)
{
    if (s == NULL)
        return;
    lrr_mem_free(s->at);
    lrr_mem_free(s->joins);
    lrr_mem_free(s->join);
    lrr_mem_free(s->piece_of);
    lrr_mem_free(s->top);
    lrr_mem_free(s->leaf);
    lrr_mem_free(s->of);
    lrr_mem_free(s->ready);
    lrr_mem_free(s->piece);
    lrr_mem_free(s->place);
    lrr_mem_free(s->own);
    lrr_mem_free(s);
}

size_t lrr__grads_bytes(const lrr__grads *s)
{
    return s->bytes;
}

static bool goes_back(const lrr_graph *g, const lrr_node *node)
{
    return node->kind == LRR_NODE_OP && (node->dy != NULL || node == g->loss);
}

/* Whether input j of an operator is a parameter whose gradient it makes, seen the first time. */
static bool is_param(const lrr_node *op, int j)
{
    const lrr_node *x = op->in[j];
    for (int i = 0; i < j; i++)
        if (op->in[i] == x)
            return false;
    return x->kind == LRR_NODE_PARAM && x->dy != NULL;
}

static void find_users(lrr__grads *s)
{
    const lrr_graph *g = s->g;
    for (size_t id = g->n_kept; id-- > 0;)
        for (int j = 0; goes_back(g, g->node[id]) && j < g->node[id]->n_in; j++) {
            const lrr_node *x = g->node[id]->in[j];
            if (!is_param(g->node[id], j))
                continue;
            s->of[x->id].n = lrr_shape_count(&x->shape);
            s->of[x->id].users++;
            s->of[x->id].last = id;
        }
}

/* Gives all parameters their places: in backward's order. */
static void lay_out(lrr__grads *s)
{
    const lrr_graph *g = s->g;
    for (size_t id = g->n_kept; id-- > 0;) {
        size_t here = 0;
        for (int j = 0; goes_back(g, g->node[id]) && j < g->node[id]->n_in; j++) {
            const lrr_node *x = g->node[id]->in[j];
            param *p = &s->of[x->id];
            if (!is_param(g->node[id], j) || p->last != id)
                continue;
            p->whole = (size_t)((lrr_real *)x->dy - g->blocks.grads);
            p->piece = s->n;
            p->place = here;
            p->own = s->n_own;
            s->n += lrr_real_pad(p->n);
            here += lrr_real_pad(p->n);
            s->n_own += p->users > 1 ? lrr_real_pad(p->n) : 0;
        }
        s->ready[id] = s->n;
        s->n_place = here > s->n_place ? here : s->n_place;
    }
}

/* The first place that is free is taken. */
static size_t take_place(lrr__grads *s, bool *taken)
{
    size_t k = 0;
    while (taken[k])
        k++;
    taken[k] = true;
    s->places = k + 1 > s->places ? k + 1 : s->places;
    return k;
}

/* Which places become one when: leaf and at are a stack on which each shard puts its own. */
static void order(lrr__grads *s, size_t together, const lrr_merge *merge, size_t n)
{
    bool taken[LRR_TREE_MAX] = { false };
    size_t stack[LRR_TREE_MAX], depth = 0, m = 0;

    for (size_t i = 0; i < s->local; i++) {
        for (size_t k = i; i % together == 0 && k < i + together && k < s->local; k++)
            s->at[k] = take_place(s, taken);
        s->joins[i] = m;
        s->leaf[depth] = s->first + i;
        stack[depth++] = s->at[i];
        for (; m < n && depth > 1 && merge[m].from == s->leaf[depth - 1] &&
               merge[m].to == s->leaf[depth - 2];
             m++) {
            s->join[m] = (join){ stack[depth - 2], stack[depth - 1] };
            taken[stack[--depth]] = false;
        }
    }
    LRR_ASSERT(m == n);
    s->joins[s->local] = m;
    s->pieces = depth;
    for (size_t k = 0; k < s->local; k++)
        s->piece_of[k] = NONE;
    for (size_t k = 0; k < depth; k++)
        s->piece_of[stack[k]] = k;
}

static lrr_status new_order(lrr__grads *s, size_t together, lrr_error *err)
{
    static const char what[] = "the shards of a batch";
    lrr_merge *merge = NULL;
    lrr_status st = lrr_mem_new(s->count, sizeof *merge, what, &merge, err);
    if (st == LRR_OK)
        st = lrr_mem_new(s->local, sizeof *s->at, what, &s->at, err);
    if (st == LRR_OK)
        st = lrr_mem_new(s->local + 1, sizeof *s->joins, what, &s->joins, err);
    if (st == LRR_OK)
        st = lrr_mem_new(s->count, sizeof *s->join, what, &s->join, err);
    if (st == LRR_OK)
        st = lrr_mem_new(s->local, sizeof *s->piece_of, what, &s->piece_of, err);
    if (st == LRR_OK)
        st = lrr_mem_new(s->count, sizeof *s->leaf, what, &s->leaf, err);
    if (st == LRR_OK)
        st = lrr_mem_new(s->count, sizeof *s->top, what, &s->top, err);
    if (st == LRR_OK)
        order(s, together, merge,
              lrr_tree_within(s->count, s->first, s->first + s->local, merge));
    lrr_mem_free(merge);
    return st;
}

static lrr_status new_block(lrr__grads *s, size_t count, size_t n, lrr_real **out,
                            lrr_error *err)
{
    n = lrr_size_mul(count, n);
    s->bytes = lrr_size_add(s->bytes, lrr_size_mul(n, sizeof **out));
    return lrr_mem_new(n, sizeof **out, "the gradients of shards", out, err);
}

lrr_status lrr__grads_new(const lrr_graph *g, size_t count, size_t together,
                          const lrr_peers *peers, lrr__grads **out, lrr_error *err)
{
    lrr__grads *s = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *s, "the shards of a batch", &s, err);

    *out = s;
    if (st != LRR_OK)
        return st;
    s->g = g;
    s->peers = peers;
    s->count = count;
    s->first = lrr_tree_cut(count, peers->n, peers->self);
    s->local = lrr_tree_cut(count, peers->n, peers->self + 1) - s->first;
    st = new_order(s, together, err);
    if (st == LRR_OK)
        st =
            lrr_mem_new(g->n_kept, sizeof *s->of, "the shards of a batch", &s->of, err);
    if (st == LRR_OK)
        st = lrr_mem_new(g->n_kept, sizeof *s->ready, "the shards of a batch",
                         &s->ready, err);
    if (st == LRR_OK) {
        find_users(s);
        lay_out(s);
        st = new_block(s, s->places, s->n_place, &s->place, err);
    }
    if (st == LRR_OK)
        st = new_block(s, s->local, s->n_own, &s->own, err);
    if (st == LRR_OK && peers->n > 1)
        st = new_block(s, s->pieces > 0 ? s->pieces : 1, s->n, &s->piece, err);
    if (st != LRR_OK) {
        lrr__grads_free(s);
        *out = NULL;
    }
    return st;
}

void lrr__grads_begin(lrr__grads *s, const lrr_run *run)
{
    s->adds = run->micro > 0;
    s->sent = 0;
}

/* What a parameter has in place k. A place that a piece is left in is that piece's. */
static lrr_real *numbers(const lrr__grads *s, const param *p, size_t k)
{
    const size_t piece = s->piece_of[k];
    if (s->peers->n > 1 && piece != NONE)
        return s->piece + piece * s->n + p->piece;
    if (s->peers->n == 1 && piece != NONE && !s->adds)
        return s->g->blocks.grads + p->whole;
    return s->place + k * s->n_place + p->place;
}

lrr_real *lrr__grads_place(const lrr__grads *s, const lrr_node *x, size_t i)
{
    const param *p = &s->of[x->id];
    return p->users > 1 ? s->own + i * s->n_own + p->own : numbers(s, p, s->at[i]);
}

typedef struct add_job {
    lrr_real *to;
    const lrr_real *of;
    size_t n, chunks;
} add_job;

static void add_chunk(void *arg, size_t i)
{
    const add_job *job = arg;
    const size_t end = lrr_chunk_at(job->n, job->chunks, i + 1);
    for (size_t k = lrr_chunk_at(job->n, job->chunks, i); k < end; k++)
        job->to[k] += job->of[k];
}

static void add(lrr_real *to, const lrr_real *of, size_t n)
{
    add_job job = { to, of, n, lrr_chunks(n, 1 << 14, 64) };
    lrr_parallel(job.chunks, add_chunk, &job);
}

static void add_shard(lrr__grads *s, const lrr_node *x, size_t i, bool empty)
{
    const param *p = &s->of[x->id];
    lrr_real *to = numbers(s, p, s->at[i]);

    if (empty)
        memset(to, 0, p->n * sizeof *to);
    else if (p->users > 1)
        memcpy(to, lrr__grads_place(s, x, i), p->n * sizeof *to);
    for (size_t m = s->joins[i]; m < s->joins[i + 1]; m++)
        add(numbers(s, p, s->join[m].to), numbers(s, p, s->join[m].from), p->n);
    if (s->adds && s->peers->n == 1 && i + 1 == s->local)
        add(s->g->blocks.grads + p->whole, numbers(s, p, 0), p->n);
}

void lrr__grads_add(lrr__grads *s, const lrr_node *op, size_t i, bool empty)
{
    for (int j = 0; j < op->n_in; j++)
        if (is_param(op, j) && s->of[op->in[j]->id].last == (size_t)op->id)
            add_shard(s, op->in[j], i, empty);
}

/* Has numbers up to `end` of the pieces added to the others'. */
static void reduce(lrr__grads *s, size_t end)
{
    for (size_t i = 0; i < s->count; i++)
        s->top[i] = NULL;
    for (size_t i = 0; i < s->pieces; i++)
        s->top[s->leaf[i]] = s->piece + i * s->n + s->sent;
    if (end > s->sent)
        s->peers->reduce(s->peers->ud, s->top, s->count, s->piece + s->sent,
                         end - s->sent);
    s->sent = end;
}

void lrr__grads_done(lrr__grads *s, size_t id)
{
    if (s->peers->n > 1 && s->ready[id] - s->sent >= ENOUGH)
        reduce(s, s->ready[id]);
}

void lrr__grads_end(lrr__grads *s)
{
    if (s->peers->n == 1)
        return;
    reduce(s, s->n);
    s->peers->settle(s->peers->ud);
    for (size_t id = 0; id < s->g->n_kept; id++) {
        const param *p = &s->of[id];
        lrr_real *to = s->g->blocks.grads + p->whole;
        if (s->adds)
            add(to, s->piece + p->piece, p->n);
        else
            memcpy(to, s->piece + p->piece, p->n * sizeof *to);
    }
}
