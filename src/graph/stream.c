/* stream.c -- see stream.h. */
#include "graph/stream.h"

#include <string.h>

#include "base/mem.h"
#include "graph/internal.h"

struct lrr_stream {
    lrr_graph *g;
    uint64_t plans; /* of the graph when the stream was made */
    lrr_node *input;
    const lrr_node *output;
    void **carry;     /* (nodes) of each operator; NULL: it keeps nothing */
    char *block;      /* all of them */
    size_t bytes;     /* of it */
    int32_t *ids;     /* (most) what input points to */
    size_t at, fresh; /* steps so far; how many of them came last */
    size_t bound;
    lrr_run run;
};

lrr_status lrr_stream_each(const lrr_node *y, lrr_stream_need *need, lrr_error *err)
{
    (void)y;
    (void)need;
    (void)err;
    return LRR_OK;
}

/* Whether one of y's inputs is a sequence: of all else a run sees what it saw before. */
static bool sees_steps(const lrr_node *y)
{
    for (int i = 0; i < y->n_in; i++)
        if (y->in[i]->seq)
            return true;
    return false;
}

static lrr_status ask(const lrr_node *y, lrr_stream_need *need, lrr_error *err)
{
    *need = (lrr_stream_need){ 0 };
    if (!sees_steps(y))
        return LRR_OK;
    if (y->op->stream == NULL)
        return lrr_node_fail(y, err,
                             "looks at more steps than the ones so far, or is "
                             "not known to do without");
    return y->op->stream(y, need, err);
}

lrr_status lrr_stream_check(const lrr_graph *g, const lrr_node *output,
                            const lrr_node **who, lrr_error *err)
{
    *who = NULL;
    for (int i = 0; i <= output->id; i++) {
        lrr_stream_need need;
        if (g->node[i]->kind == LRR_NODE_OP && ask(g->node[i], &need, err) != LRR_OK) {
            *who = g->node[i];
            return LRR_ESHAPE;
        }
    }
    return LRR_OK;
}

/* Adds up what all kept operators need; *who is one that cannot. */
static lrr_status measure(lrr_stream *s, const lrr_node **who, lrr_error *err)
{
    lrr_status st = LRR_OK;
    s->bound = SIZE_MAX;
    for (size_t i = 0; st == LRR_OK && i < s->g->n_kept; i++) {
        const lrr_node *y = s->g->node[i];
        lrr_stream_need need;
        if (!s->g->kept[i] || y->kind != LRR_NODE_OP)
            continue;
        st = ask(y, &need, err);
        if (st != LRR_OK)
            *who = y;
        s->bytes = lrr_size_add(s->bytes, lrr_size_align(need.carry));
        if (need.bounded && s->input->shape.d[0] < s->bound)
            s->bound = s->input->shape.d[0];
    }
    return st;
}

static void place(lrr_stream *s)
{
    char *at = s->block;
    for (size_t i = 0; i < s->g->n_kept; i++) {
        const lrr_node *y = s->g->node[i];
        lrr_stream_need need;
        lrr_error err;
        if (!s->g->kept[i] || y->kind != LRR_NODE_OP || ask(y, &need, &err) != LRR_OK ||
            need.carry == 0)
            continue;
        s->carry[i] = at;
        at += lrr_size_align(need.carry);
    }
}

static lrr_status check(const lrr_graph *g, const lrr_node *input, lrr_error *err)
{
    if (!g->planned || g->batch != 1)
        return lrr_fail(err, LRR_EINVAL, "a stream wants a plan of one sample");
    if (input->kind != LRR_NODE_INPUT || input->dtype != LRR_DTYPE_I32 || !input->seq ||
        input->shape.rank != 1)
        return lrr_fail(err, LRR_EINVAL, "a stream wants a sequence of tokens");
    for (size_t i = 0; i < g->n_kept; i++)
        if (g->kept[i] && g->node[i]->kind == LRR_NODE_INPUT && g->node[i] != input)
            return lrr_fail(err, LRR_EINVAL,
                            "a stream feeds one input, and '%s' is another",
                            g->node[i]->name);
    return LRR_OK;
}

lrr_status lrr_stream_new(lrr_graph *g, lrr_node *input, const lrr_node *output,
                          const lrr_node **who, lrr_stream **out, lrr_error *err)
{
    lrr_stream *s = NULL;
    lrr_status st = check(g, input, err);
    *who = NULL;
    *out = NULL;
    if (st == LRR_OK)
        st = lrr_mem_new(1, sizeof *s, "a stream", &s, err);
    if (st != LRR_OK)
        return st;
    *s = (lrr_stream){ .g = g, .plans = g->plans, .input = input, .output = output };
    st = measure(s, who, err);
    if (st == LRR_OK)
        st = lrr_mem_new(g->n_kept, sizeof *s->carry, "a stream", &s->carry, err);
    if (st == LRR_OK)
        st = lrr_mem_new(s->bytes, 1, "what a stream keeps of the steps before",
                         &s->block, err);
    if (st == LRR_OK)
        st = lrr_mem_new(input->shape.d[0], sizeof *s->ids, "a stream", &s->ids, err);
    if (st != LRR_OK) {
        lrr_stream_free(s);
        return st;
    }
    place(s);
    *out = s;
    return LRR_OK;
}

void lrr_stream_free(lrr_stream *s)
{
    if (s == NULL)
        return;
    lrr_mem_free(s->carry);
    lrr_mem_free(s->block);
    lrr_mem_free(s->ids);
    lrr_mem_free(s);
}

void lrr_stream_feed(lrr_stream *s, const int32_t *ids, size_t n)
{
    lrr_graph *g = s->g;
    LRR_ASSERT(lrr_stream_holds(s) && n >= 1 && n <= lrr_stream_most(s) &&
               n <= s->bound - s->at);
    memcpy(s->ids, ids, n * sizeof *ids);
    s->run = (lrr_run){ .n = 1, .at = s->at, .streams = true };
    s->run.axis[s->input->axis].t = n;
    s->input->y = s->ids;
    lrr__graph_set_own(g, &s->run);
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_node *y = g->node[i];
        if (!g->kept[i] || y->kind != LRR_NODE_OP)
            continue;
        if (y->op->step != NULL && sees_steps(y))
            y->op->step(y, &s->run, s->carry[i]);
        else
            y->op->forward(y, &s->run);
    }
    s->at += n;
    s->fresh = n;
}

lrr_real *lrr_stream_output(const lrr_stream *s, size_t *n)
{
    const lrr_node *y = s->output;
    *n = lrr_shape_count(&y->shape);
    if (s->fresh == 0)
        return NULL;
    if (!y->seq)
        return lrr_node_real(y);
    *n /= y->shape.d[0];
    return lrr_node_real(y) + (s->fresh - 1) * *n;
}

void lrr_stream_reset(lrr_stream *s)
{
    memset(s->block, 0, s->bytes);
    s->at = s->fresh = 0;
}

size_t lrr_stream_at(const lrr_stream *s)
{
    return s->at;
}

size_t lrr_stream_most(const lrr_stream *s)
{
    return s->input->shape.d[0];
}

size_t lrr_stream_bound(const lrr_stream *s)
{
    return s->bound;
}

size_t lrr_stream_bytes(const lrr_stream *s)
{
    return s->bytes;
}

bool lrr_stream_holds(const lrr_stream *s)
{
    return lrr_graph_plans(s->g) == s->plans && s->g->planned;
}
