/* odd.c -- see odd.h. */
#include "graph/odd.h"

#include <math.h>

#include "graph/internal.h"

/* Whether all n numbers of x are finite; else what the first other one is goes to out.
** *most: the largest size among those before it, where it is wanted. */
static bool is_finite(const lrr_real *x, size_t n, double *most, lrr_odd *out)
{
    for (size_t i = 0; i < n; i++) {
        const double size = fabs((double)x[i]);
        if (!isfinite(size)) {
            out->is_nan = isnan(size);
            return false;
        }
        if (most != NULL && size > *most)
            *most = size;
    }
    return true;
}

static bool found(lrr_odd *out, lrr_odd_kind kind, const lrr_node *node)
{
    out->kind = kind;
    out->node = node;
    return true;
}

static bool look_at_leaf(const lrr_graph *g, const lrr_node *x, const lrr_run *run,
                         lrr_odd *out)
{
    const bool is_target = g->loss->n_in > 1 && g->loss->in[1] == x;
    double *most = NULL;
    if (x->dtype != LRR_DTYPE_REAL || x->y == NULL)
        return false;
    if (x->kind == LRR_NODE_INPUT)
        most = is_target ? &out->targets : &out->inputs;
    if (is_finite(lrr_node_real(x), lrr_node_count(x, run), most, out))
        return false;
    return found(out, x->kind == LRR_NODE_INPUT ? LRR_ODD_INPUT : LRR_ODD_PARAMETER, x);
}

/* Inputs first, of which the sizes are wanted in any case; then parameters: where one is not
** finite, the update before made it so. */
static bool look_at_leaves(const lrr_graph *g, const lrr_run *run, lrr_odd *out)
{
    const size_t n = g->n_kept;
    for (size_t i = 0; i < 2 * n; i++) {
        const size_t at = i < n ? i : i - n;
        const lrr_node *x = g->node[at];
        const bool is_input = x->kind == LRR_NODE_INPUT;
        if (g->kept[at] && x->kind != LRR_NODE_OP && is_input == (i < n) &&
            look_at_leaf(g, x, run, out))
            return true;
    }
    return false;
}

static bool look_forward(const lrr_graph *g, lrr_run *run, lrr_odd *out)
{
    lrr__again_rewind(g);
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_node *y = g->node[i];
        double *most = g->loss->in[0] == y ? &out->outputs : NULL;
        if (!g->kept[i] || y->kind != LRR_NODE_OP)
            continue;
        y->op->forward(y, run);
        if (y == g->loss || y->dtype != LRR_DTYPE_REAL)
            continue;
        if (!is_finite(lrr_node_real(y), lrr_node_count(y, run), most, out))
            return found(out, LRR_ODD_OUTPUT, y);
    }
    out->is_nan = isnan(run->loss);
    return !isfinite(run->loss) && found(out, LRR_ODD_LOSS, g->loss);
}

static bool look_back(const lrr_graph *g, lrr_run *run, lrr_odd *out)
{
    const lrr_node *made;
    size_t at = 0;
    for (size_t i = g->n_kept; i-- > 0;) {
        const lrr_node *y = g->node[i];
        while ((made = lrr__again_next(g, i, &at)) != NULL)
            made->op->forward(made, run);
        if (y->kind != LRR_NODE_OP || (y->dy == NULL && y != g->loss))
            continue;
        y->op->backward(y, run);
        for (int j = 0; j < y->n_in; j++) {
            const lrr_node *x = y->in[j];
            if (x->dy != NULL && x->dy_dtype == LRR_DTYPE_REAL && x->wants_grad &&
                !is_finite(lrr_node_grad(x), lrr_node_count(x, run), NULL, out))
                return found(out, LRR_ODD_GRADIENT, x);
        }
    }
    return false;
}

void lrr_graph_find_odd(lrr_graph *g, lrr_run *run, lrr_odd *out)
{
    *out = (lrr_odd){ .kind = LRR_ODD_NONE };
    LRR_ASSERT(g->train && g->loss != NULL);
    lrr__graph_set_own(g, run);
    if (!look_at_leaves(g, run, out) && !look_forward(g, run, out))
        (void)look_back(g, run, out);
}
