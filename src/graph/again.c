/* again.c -- see again.h. */
#include "graph/again.h"

#include "graph/internal.h"

/* Whether y is gone when backward comes unless somebody makes it again: no backward call reads
** it, or an operator that works in its place has overwritten it. */
static bool is_gone(const lrr_again *a, const lrr_node *y)
{
    return y->kind == LRR_NODE_OP && a->read_by[y->id] == 0 && !a->output[y->id];
}

static bool is_choice(const lrr_again *a, size_t i, lrr_again_cost cost)
{
    return a->read_by[i] > 0 && !a->output[i] && a->cost[i] == cost;
}

void lrr__again_costs(lrr_again *a)
{
    for (size_t i = 0; i < a->n; i++) {
        const lrr_node *y = a->g->node[i];
        lrr_again_cost *cost = &a->cost[i];
        *cost = a->g->kept[i] && y->kind == LRR_NODE_OP ? a->need[i].again
                                                        : LRR_AGAIN_NEVER;
        for (int j = 0; *cost != LRR_AGAIN_NEVER && j < y->n_in; j++) {
            const lrr_again_cost more = a->cost[y->in[j]->id];
            if (is_gone(a, y->in[j]) && (more > *cost || more == LRR_AGAIN_NEVER))
                *cost = more;
        }
    }
}

size_t lrr__again_count(const lrr_again *a, lrr_again_cost cost)
{
    size_t count = 0;
    for (size_t i = 0; i < a->n; i++)
        count += is_choice(a, i, cost);
    return count;
}

/* Whether of operators node i's backward call is the first to read in[0]->y, and neither of the
** two is made again. */
static bool reads_x_first(const lrr_again *a, size_t i)
{
    const lrr_node *x = a->g->node[i]->in[0];
    return x->kind == LRR_NODE_OP && a->read_by[x->id] == i + 1 && !a->output[x->id] &&
           !a->need[x->id].reads_y && a->before[i] == 0 && a->before[x->id] == 0;
}

/* Says which nodes have in[0]->y for themselves, so that a slope may stand there. */
static void give_slopes(const lrr_again *a)
{
    lrr_node *const *node = a->g->node;
    for (size_t i = 0; i < a->n; i++)
        node[i]->slope =
            a->g->kept[i] && a->need[i].slope_over_x && reads_x_first(a, i);
    for (size_t i = 0; i < a->n; i++)
        for (int j = 0; a->g->kept[i] && j < node[i]->n_in; j++) {
            const lrr_node *x = node[i]->in[j];
            const size_t by = a->read_by[x->id];
            if (by > 0 && by != i + 1 && node[by - 1]->in[0] == x)
                node[by - 1]->slope = false;
        }
}

void lrr__again_resolve(lrr_again *a, const size_t count[LRR_AGAIN_COSTS])
{
    size_t made[LRR_AGAIN_COSTS] = { 0 };
    for (size_t i = 0; i < a->n; i++) {
        const lrr_again_cost cost = a->cost[i];
        a->before[i] = 0;
        if (cost != LRR_AGAIN_NEVER && is_choice(a, i, cost) &&
            made[cost]++ < count[cost])
            a->before[i] = a->read_by[i];
    }
    for (size_t i = a->n; i-- > 0;) {
        const lrr_node *y = a->g->node[i];
        for (int j = 0; a->before[i] > 0 && j < y->n_in; j++) {
            const lrr_node *x = y->in[j];
            size_t *before = &a->before[x->id];
            if ((*before > 0 || is_gone(a, x)) && *before < a->before[i])
                *before = a->before[i];
        }
    }
    give_slopes(a);
}

void lrr__again_rewind(const lrr_graph *g)
{
    for (size_t i = 0; i < g->n_again; i++)
        g->again[i].node->y = g->again[i].first;
}

const lrr_node *lrr__again_next(const lrr_graph *g, size_t before, size_t *at)
{
    const struct lrr_made *made;
    if (*at >= g->n_again || g->again[*at].before < before)
        return NULL;
    made = &g->again[(*at)++];
    made->node->y = made->second;
    return made->node;
}
