/* shards.c -- see shards.h. */
#include "graph/shards.h"

#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "base/tree.h"
#include "graph/internal.h"
#include "graph/joined.h"
#include "graph/shard_grads.h"
#include "graph/touched.h"

/* What is shared of the loss: loss times weight, weight, targets, counts. */
enum { LOSS, WEIGHT, TARGETS, COUNTS, LOSS_SUMS = COUNTS + LRR_COUNT_MAX };

/* A shard that is computed here: the graph's nodes, pointing at its samples. */
typedef struct shard {
    lrr_node *node; /* (n_kept) by id */
    size_t n;       /* samples of the batch at hand; 0: none */
    lrr_run run;
} shard;

struct lrr_shards {
    lrr_graph *g;
    size_t count;
    lrr_peers peers;     /* n 1: all are computed here */
    size_t first, local; /* shards first .. first + local - 1 are computed here */
    size_t n_of;       /* local, but one at least: running statistics move everywhere */
    size_t together;   /* as many go through an operator at once, a thread each; 1: the
                       ** operator has all threads for one */
    shard *of;         /* (n_of) */
    lrr_node *nodes;   /* theirs, one shard after another */
    lrr_node **inputs; /* lists of their inputs */
    char *aux;
    lrr__grads *grads;
    char *work; /* (together, work_each) in the place of the graph's, by thread */
    size_t work_each;
    double *rows; /* (count, widest) sums that are shared */
    size_t bytes;
    bool moves; /* the forward at hand moves running statistics */
};

static void drop_blocks(lrr_shards *s)
{
    lrr_mem_free(s->of);
    lrr_mem_free(s->nodes);
    lrr_mem_free(s->inputs);
    lrr_mem_free(s->aux);
    lrr__grads_free(s->grads);
    lrr_mem_free(s->work);
    lrr_mem_free(s->rows);
    s->of = NULL;
    s->nodes = NULL;
    s->inputs = NULL;
    s->aux = NULL;
    s->grads = NULL;
    s->work = NULL;
    s->rows = NULL;
    s->bytes = 0;
}

void lrr_shards_free(lrr_shards *s)
{
    if (s == NULL)
        return;
    drop_blocks(s);
    lrr_mem_free(s);
}

/* What a node leaves behind (lrr_over). */
static size_t left_of(const lrr_graph *g, size_t id, const lrr_run *run)
{
    const lrr_node *node = g->node[id];
    const lrr_over *over = node->op != NULL ? node->op->over : NULL;
    return !g->kept[id] || over == NULL || over->left == NULL ? 0
                                                              : over->left(node, run);
}

/* Sums that go with the loss's. */
static size_t loss_sums(const lrr_graph *g, const lrr_run *run)
{
    size_t n = LOSS_SUMS;
    for (size_t i = 0; i < g->n_kept; i++)
        n += left_of(g, i, run);
    return n;
}

/* The most sums of a stage of any operator. */
static size_t widest(const lrr_graph *g)
{
    const lrr_run run = { .n = 1, .train = true, .statistics = true };
    size_t most = loss_sums(g, &run);
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_node *node = g->node[i];
        size_t n = 0;
        if (g->kept[i] && node->op != NULL && node->op->over != NULL)
            n = node->op->over->count(node, &run);
        most = n > most ? n : most;
    }
    return most;
}

/* What node i needs for the largest shard. */
static lrr_op_need need_of(const lrr_shards *s, size_t i)
{
    const lrr_node *node = s->g->node[i];
    lrr_op_need need = { .gemm = s->g->gemm };
    if (s->g->kept[i] && node->op != NULL && node->op->need != NULL)
        node->op->need(node, (s->g->batch + s->count - 1) / s->count, &need);
    return need;
}

/* Bytes that it keeps from forward to backward. */
static size_t aux_bytes(const lrr_shards *s, size_t i)
{
    return lrr_size_align(need_of(s, i).aux);
}

/* What a shard has of its own: bytes of all aux, and entries of lists of inputs. */
typedef struct share {
    size_t aux, inputs;
} share;

static share share_of(const lrr_shards *s)
{
    share all = { 0 };
    for (size_t i = 0; i < s->g->n_kept; i++) {
        all.aux = lrr_size_add(all.aux, aux_bytes(s, i));
        all.inputs += (size_t)s->g->node[i]->n_in;
    }
    return all;
}

/* Whole shards are work of one size for each thread; operators cut small ones unevenly. Where
** they would not come out even, each operator has all threads. */
static size_t together_of(const lrr_shards *s)
{
    const size_t threads = s->g->work_threads;
    const bool even = threads > 0 && s->local >= threads &&
                      (s->local % threads == 0 || s->local >= 4 * threads);
    return even ? threads : 1;
}

static lrr_status new_block(lrr_shards *s, size_t n, size_t size, void *out,
                            lrr_error *err)
{
    s->bytes = lrr_size_add(s->bytes, lrr_size_mul(n, size));
    return lrr_mem_new(n, size, "the shards of a batch", out, err);
}

static lrr_status new_blocks(lrr_shards *s, const share *each, lrr_error *err)
{
    const lrr_graph *g = s->g;
    lrr_status st;

    s->together = together_of(s);
    s->work_each = 0;
    for (size_t i = 0; i < g->n_kept; i++) {
        const size_t work = lrr_size_align(need_of(s, i).work);
        s->work_each = work > s->work_each ? work : s->work_each;
    }
    st = new_block(s, s->n_of, sizeof *s->of, &s->of, err);
    if (st == LRR_OK)
        st = new_block(s, lrr_size_mul(s->n_of, g->n_kept), sizeof *s->nodes, &s->nodes,
                       err);
    if (st == LRR_OK)
        st = new_block(s, lrr_size_mul(s->n_of, each->inputs), sizeof *s->inputs,
                       &s->inputs, err);
    if (st == LRR_OK)
        st = new_block(s, s->n_of, each->aux, &s->aux, err);
    if (st == LRR_OK)
        st = new_block(s, lrr_size_mul(s->count, widest(g)), sizeof *s->rows, &s->rows,
                       err);
    if (st == LRR_OK && s->together > 1)
        st = new_block(s, s->together, s->work_each, &s->work, err);
    if (st == LRR_OK)
        st = lrr__grads_new(g, s->count, s->together, &s->peers, &s->grads, err);
    if (st == LRR_OK)
        s->bytes = lrr_size_add(s->bytes, lrr__grads_bytes(s->grads));
    return st;
}

/* The nodes of a shard: those of the graph, but for what is its own. */
static void make_nodes(lrr_shards *s, size_t i, lrr_node **inputs, char *aux)
{
    const lrr_graph *g = s->g;
    shard *h = &s->of[i];

    h->node = s->nodes + i * g->n_kept;
    lrr__graph_copy_nodes(g, h->node, inputs);
    for (size_t k = 0; k < g->n_kept; k++) {
        h->node[k].aux = aux_bytes(s, k) > 0 ? aux : NULL;
        aux += aux_bytes(s, k);
    }
}

lrr_status lrr_shards_renew(lrr_shards *s, lrr_error *err)
{
    const share each = share_of(s);
    lrr_status st;

    drop_blocks(s);
    st = new_blocks(s, &each, err);
    for (size_t i = 0; st == LRR_OK && i < s->n_of; i++)
        make_nodes(s, i, s->inputs + i * each.inputs, s->aux + i * each.aux);
    if (st != LRR_OK)
        drop_blocks(s);
    return st;
}

lrr_status lrr_shards_new(lrr_graph *g, size_t count, const lrr_peers *peers,
                          lrr_shards **out, lrr_error *err)
{
    lrr_shards *s = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *s, "the shards of a batch", &s, err);

    *out = NULL;
    if (st != LRR_OK)
        return st;
    s->g = g;
    s->count = count;
    s->peers = peers != NULL ? *peers : (lrr_peers){ .n = 1 };
    s->first = lrr_tree_cut(count, s->peers.n, s->peers.self);
    s->local = lrr_tree_cut(count, s->peers.n, s->peers.self + 1) - s->first;
    s->n_of = s->local > 0 ? s->local : 1;
    st = lrr_shards_renew(s, err);
    if (st != LRR_OK) {
        lrr_shards_free(s);
        return st;
    }
    *out = s;
    return LRR_OK;
}

size_t lrr_shards_bytes(const lrr_shards *s)
{
    return s->bytes;
}

/* ---- a batch ---- */

static void *behind(void *data, size_t n, lrr_dtype dtype)
{
    return data == NULL ? NULL : (char *)data + lrr_dtype_bytes(dtype, n);
}

/* Points the nodes of a shard at its samples. */
static void point(const lrr_shards *s, shard *h, const lrr_run *run)
{
    const lrr_graph *g = s->g;
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_node *from = g->node[i];
        const bool batched = from->kind == LRR_NODE_INPUT || from->kind == LRR_NODE_OP;
        if (!g->kept[i] || !batched)
            continue;
        const size_t n = lrr_node_count(from, run) / run->n * h->run.first;
        h->node[i].y = behind(from->y, n, from->dtype);
        h->node[i].dy = behind(from->dy, n, from->dy_dtype);
    }
}

/* The place among those here of the shard that moves running statistics. */
static size_t mover(const lrr_shards *s)
{
    for (size_t i = 0; i < s->local; i++)
        if (s->of[i].n > 0)
            return i;
    return 0;
}

static void begin(lrr_shards *s, const lrr_run *run)
{
    for (size_t i = 0; i < s->n_of; i++) {
        shard *h = &s->of[i];
        const size_t at = s->first + i, from = lrr_tree_cut(run->n, s->count, at);
        h->n = s->local == 0 ? 0 : lrr_tree_cut(run->n, s->count, at + 1) - from;
        h->run = *run;
        h->run.n = h->n;
        h->run.first = from;
        h->run.fresh = true;
        h->run.statistics = false;
        h->run.loss = h->run.weight = h->run.targets = 0;
        memset(h->run.count, 0, sizeof h->run.count);
        for (size_t k = 0; k < LRR_AXES_MAX; k++)
            if (run->axis[k].len != NULL)
                h->run.axis[k].len = run->axis[k].len + from;
        if (h->n > 0)
            point(s, h, run);
    }
    s->moves = run->statistics;
}

/* The sums of the batch of a stage of a node, for all its shards here: in one of them running
** statistics move. */
static void hand_on(lrr_shards *s, size_t id, int stage, const double *sums)
{
    const lrr_over *over = s->g->node[id]->op->over;
    const size_t one = mover(s);
    for (size_t i = 0; i < s->n_of; i++) {
        shard *h = &s->of[i];
        h->run.statistics = s->moves && i == one;
        if (h->n > 0 || i == one)
            over->whole(&h->node[id], &h->run, stage, sums);
        h->run.statistics = false;
    }
}

/* Those of a shard, into row. */
static void take_part(shard *h, size_t id, int stage, double *row)
{
    h->run.sums = row;
    h->node[id].op->over->part(&h->node[id], &h->run, stage);
    h->run.sums = NULL;
}

/* rows (count, n) of sums, of which those here are filled: row 0 becomes the batch's. */
static void add_up(const lrr_shards *s, size_t n)
{
    if (s->peers.n > 1)
        s->peers.share(s->peers.ud, s->rows, s->count, n);
    lrr_tree_sum(s->rows, s->count, n);
}

/* An operator's turn: what the shards do, and of which stage, of how many sums. */
typedef struct turn {
    lrr_shards *s;
    size_t id, from, to; /* the shards that go together */
    int stage;
    size_t k;
    bool
        down; /* the last first: what it was looked at for before may still be in the cache */
    void (*f)(const struct turn *t, size_t i);
    bool been[LRR_THREADS_MAX]; /* the thread had one of this turn, and nothing since */
} turn;

static void turn_chunk(void *arg, size_t i)
{
    turn *t = arg;
    lrr_shards *s = t->s;
    const size_t at = t->down ? t->to - 1 - i : t->from + i, self = lrr_threads_self();
    if (s->work != NULL)
        s->of[at].run.work = s->work + self * s->work_each;
    s->of[at].run.again = t->been[self];
    t->f(t, at);
    t->been[self] = t->been[self] || s->of[at].n > 0;
}

/* f of shards from .. to - 1, of which as many go together as may. Within one, and so in any case,
** tiny results become 0 (base/threads.h): it is not to be seen who is on how many threads. */
static void take_turns(turn *t, size_t from, size_t to)
{
    const size_t n = to - from;
    t->from = from;
    t->to = to;
    if (t->s->together > 1) {
        lrr_parallel(n, turn_chunk, t);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        t->from = t->down ? to - 1 - i : from + i;
        t->to = t->from + 1;
        lrr_parallel(1, turn_chunk, t);
    }
}

/* Where shard i writes the gradients of an operator's parameters. */
static void aim(lrr_shards *s, size_t id, size_t i)
{
    const lrr_node *op = s->g->node[id];
    for (int j = 0; j < op->n_in; j++)
        if (op->in[j]->kind == LRR_NODE_PARAM && op->in[j]->dy != NULL)
            s->of[i].node[op->in[j]->id].dy = lrr__grads_place(s->grads, op->in[j], i);
}

/* A turn in which the shards write gradients of parameters, which are added up. */
static void take_turns_back(turn *t)
{
    lrr_shards *s = t->s;
    for (size_t i = 0; i < s->local; i += s->together) {
        const size_t end = s->local - i < s->together ? s->local : i + s->together;
        for (size_t k = i; k < end; k++)
            aim(s, t->id, k);
        take_turns(t, i, end);
        for (size_t k = i; k < end; k++)
            lrr__grads_add(s->grads, s->g->node[t->id], k, s->of[k].n == 0);
    }
}

static void part(const turn *t, size_t i)
{
    shard *h = &t->s->of[i];
    if (h->n > 0)
        take_part(h, t->id, t->stage, t->s->rows + (t->s->first + i) * t->k);
}

/* A stage of an operator that takes k sums of the whole batch. */
static void take_whole(lrr_shards *s, size_t id, int stage, size_t k)
{
    turn t = { .s = s, .id = id, .stage = stage, .k = k, .f = part };

    memset(s->rows, 0, s->count * k * sizeof *s->rows);
    if (stage == s->g->node[id]->op->over->forward)
        take_turns_back(&t);
    else
        take_turns(&t, 0, s->local);
    add_up(s, k);
    hand_on(s, id, stage, s->rows);
}

static size_t sums_of(const lrr_node *node, const lrr_run *run)
{
    return node->op->over == NULL ? 0 : node->op->over->count(node, run);
}

static int left_stage(const lrr_node *node)
{
    return node->op->over->forward + node->op->over->backward;
}

/* What the nodes leave behind of a shard, into row; and what it came to, from sum. */
static void leave(const lrr_shards *s, shard *h, const lrr_run *run, double *row)
{
    for (size_t id = 0; id < s->g->n_kept; id++) {
        const size_t k = left_of(s->g, id, run);
        if (k > 0)
            take_part(h, id, left_stage(s->g->node[id]), row);
        row += k;
    }
}

static void settle_left(lrr_shards *s, const lrr_run *run, const double *sum)
{
    for (size_t id = 0; id < s->g->n_kept; id++) {
        const size_t k = left_of(s->g, id, run);
        if (k > 0)
            hand_on(s, id, left_stage(s->g->node[id]), sum);
        sum += k;
    }
}

static void sum_loss(lrr_shards *s, lrr_run *run)
{
    const size_t n = loss_sums(s->g, run);
    double *sum = s->rows;

    memset(s->rows, 0, s->count * n * sizeof *s->rows);
    for (size_t i = 0; i < s->local; i++) {
        const lrr_run *of = &s->of[i].run;
        double *row = s->rows + (s->first + i) * n;
        row[LOSS] = s->of[i].n == 0 ? 0 : of->loss * of->weight;
        row[WEIGHT] = of->weight;
        row[TARGETS] = of->targets;
        memcpy(row + COUNTS, of->count, sizeof of->count);
        if (s->of[i].n > 0)
            leave(s, &s->of[i], run, row + LOSS_SUMS);
    }
    add_up(s, n);
    run->loss = sum[TARGETS] > 0 ? sum[LOSS] / sum[WEIGHT] : 0;
    run->weight = sum[WEIGHT];
    run->targets = sum[TARGETS];
    memcpy(run->count, sum + COUNTS, sizeof run->count);
    settle_left(s, run, sum + LOSS_SUMS);
}

static void forward(const turn *t, size_t i)
{
    shard *h = &t->s->of[i];
    h->run.whole = t->k > 0;
    if (h->n > 0)
        lrr__forward(&h->node[t->id], &h->run);
}

void lrr_shards_forward(lrr_shards *s, lrr_run *run)
{
    const lrr_graph *g = s->g;
    turn t;

    lrr__graph_set_joined(g, run);
    lrr__again_rewind(g);
    begin(s, run);
    for (size_t id = 0; id < g->n_kept; id++) {
        const lrr_node *node = g->node[id];
        size_t k;
        if (!g->kept[id] || node->kind != LRR_NODE_OP)
            continue;
        k = sums_of(node, run);
        for (int stage = 0; k > 0 && stage < node->op->over->forward; stage++)
            take_whole(s, id, stage, k);
        t = (turn){ .s = s, .id = id, .k = k, .down = k > 0, .f = forward };
        take_turns(&t, 0, s->local);
    }
    sum_loss(s, run);
}

void lrr_shards_here(const lrr_shards *s, size_t n, size_t *from, size_t *to)
{
    *from = lrr_tree_cut(n, s->count, s->first);
    *to = lrr_tree_cut(n, s->count, s->first + s->local);
}

const lrr_peers *lrr_shards_peers(const lrr_shards *s)
{
    return &s->peers;
}

void lrr_shards_fill(const lrr_shards *s, const lrr_run *run, const lrr_node *node)
{
    const size_t each = lrr_node_count(node, run) / run->n;
    size_t at[LRR_TREE_MAX + 1];

    LRR_ASSERT(s->peers.n <= LRR_TREE_MAX);
    if (s->peers.n == 1)
        return;
    for (size_t p = 0; p <= s->peers.n; p++) {
        const size_t of = lrr_tree_cut(s->count, s->peers.n, p);
        at[p] = lrr_dtype_bytes(node->dtype, each * lrr_tree_cut(run->n, s->count, of));
    }
    s->peers.fill(s->peers.ud, node->y, at);
}

static void backward(const turn *t, size_t i)
{
    shard *h = &t->s->of[i];
    h->run.whole = t->k > 0;
    if (h->n > 0)
        lrr__backward(&h->node[t->id], &h->run);
}

static void back(lrr_shards *s, const lrr_run *run, size_t id)
{
    const lrr_node *node = s->g->node[id];
    const size_t k = sums_of(node, run);
    turn t = { .s = s, .id = id, .k = k, .down = k > 0, .f = backward };

    for (size_t i = 0; i < s->local; i++)
        s->of[i].run.whole = false;
    for (int stage = 0; k > 0 && stage < node->op->over->backward; stage++)
        take_whole(s, id, node->op->over->forward + stage, k);
    if (k > 0)
        take_turns(&t, 0, s->local);
    else
        take_turns_back(&t);
}

/* Makes a value again, each shard's where the graph's node points now. */
static void make_again(lrr_shards *s, const lrr_run *run, const lrr_node *made)
{
    const size_t each = lrr_node_count(made, run) / run->n, id = (size_t)made->id;
    turn t = { .s = s, .id = id, .f = forward };

    for (size_t i = 0; i < s->local; i++)
        s->of[i].node[id].y = behind(made->y, each * s->of[i].run.first, made->dtype);
    take_turns(&t, 0, s->local);
}

void lrr_shards_backward(lrr_shards *s, lrr_run *run)
{
    const lrr_graph *g = s->g;
    const lrr_node *made;
    size_t at = 0;

    LRR_ASSERT(g->train && g->loss != NULL);
    for (size_t i = 0; i < s->local; i++)
        s->of[i].run.loss_scale = run->loss_scale * s->of[i].run.weight / run->weight;
    lrr__grads_begin(s->grads, run);
    for (size_t id = g->n_kept; id-- > 0;) {
        const lrr_node *node = g->node[id];
        while ((made = lrr__again_next(g, id, &at)) != NULL)
            make_again(s, run, made);
        if (node->kind == LRR_NODE_OP && (node->dy != NULL || node == g->loss))
            back(s, run, id);
        lrr__grads_done(s->grads, id);
    }
    lrr__grads_end(s->grads);
    lrr__touched_all(g);
}
