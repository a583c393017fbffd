/* norm_planes.c -- see norm_planes.h. */
#include "ops/norm_planes.h"

#include <string.h>

#include "base/threads.h"
#include "kernels/past.h"
#include "kernels/simd.h"
#include "ops/ops.h"
#include "ops/plane_mean.h"
#include "ops/pool_window.h"

bool lrr__planes_lead(const lrr_node *y, const lrr_node *next)
{
    if (y->shape.rank <= 2)
        return false;
    if (y->then == NULL)
        return next->op == &lrr_op_relu;
    return y->then->then == NULL &&
           (next->op == &lrr_op_maxpool2d || next->op == &lrr_op_global_avgpool);
}

lrr__planes lrr__planes_of(const lrr_node *y, const lrr_run *run)
{
    lrr__planes p = { .y = y, .last = y, .run = run };
    p.step = lrr_shape_count(&y->shape);
    p.size = p.step / y->shape.d[0];
    p.past = lrr_past_pays(lrr_node_count(y, run));
    p.relu = run->joined && y->then != NULL;
    p.pools = p.relu && y->then->then != NULL;
    if (p.relu)
        p.last = y->then;
    if (p.pools) {
        p.last = y->then->then;
        p.mean = p.last->op == &lrr_op_global_avgpool;
        if (!p.mean)
            p.pool = lrr__pool_geometry(p.last);
        p.pooled = p.mean ? 1 : p.pool.oh * p.pool.ow;
    }
    return p;
}

/* Where image i of feature c of the pool is. */
static size_t pooled_at(const lrr__planes *p, size_t i, size_t c)
{
    return (i * p->y->shape.d[0] + c) * p->pooled;
}

enum { LINE = 64 / sizeof(lrr_real) };

static void ask(const lrr_real *p, size_t n)
{
    for (size_t k = 0; k < n; k += LINE)
        __builtin_prefetch(p + k, 0, 2);
}

/* Asks for what image i has of feature c, all but the taps of a pool: each plane lies in pages of
** its own, into which no hardware looks ahead. */
static void ask_for(const lrr__planes *p, size_t i, size_t c)
{
    const size_t at = i * p->step + c * p->size;
    ask(lrr_node_real(p->y->in[0]) + at, p->size);
    if (p->pools)
        ask(lrr_node_grad(p->last) + pooled_at(p, i, c), p->pooled);
    else
        ask(lrr_node_grad(p->last) + at, p->size);
}

static void forward_pooled(const lrr__planes *p, size_t i, size_t c, const lrr_real *x,
                           lrr_norm_map m)
{
    const size_t at = pooled_at(p, i, c);
    lrr_real *plane = p->run->work_thread[lrr_threads_self()];
    lrr_real *y = lrr_node_real(p->last) + at;
    lrr_k->norm_relu(x, plane, p->size, m, false);
    if (p->mean)
        *y = lrr__plane_mean(plane, p->size);
    else
        lrr_k->maxpool_forward(&p->pool, 1, plane, y, (uint16_t *)p->last->aux + at);
}

/* Both maps take planes that the sums before them have brought into the cache, and ask for those of
** the next feature meanwhile, which otherwise its sums would wait for. */

void lrr__planes_forward(const lrr__planes *p, size_t c, lrr_norm_map m)
{
    const bool next = c + 1 < p->y->shape.d[0];
    for (size_t i = 0; i < p->run->n; i++) {
        const size_t at = i * p->step + c * p->size;
        const lrr_real *x = lrr_node_real(p->y->in[0]) + at;
        if (next)
            ask(x + p->size, p->size);
        if (p->pools)
            forward_pooled(p, i, c, x, m);
        else if (p->relu)
            lrr_k->norm_relu(x, lrr_node_real(p->last) + at, p->size, m, p->past);
        else
            lrr_k->norm_plane(x, lrr_node_real(p->last) + at, p->size, m);
    }
}

/* The gradient of image i of feature c as it comes to the map, or a ReLU of it. */
static const lrr_real *plane_dy(const lrr__planes *p, size_t i, size_t c)
{
    const size_t at = pooled_at(p, i, c);
    lrr_real *plane = p->run->work_thread[lrr_threads_self()];
    if (!p->pools)
        return lrr_node_grad(p->last) + i * p->step + c * p->size;
    const lrr_real *dy = lrr_node_grad(p->last) + at;
    if (p->mean)
        lrr__plane_mean_back(*dy, plane, p->size, false);
    else
        lrr_k->maxpool_backward(&p->pool, 1, (const uint16_t *)p->last->aux + at, dy,
                                plane, 0);
    return plane;
}

void lrr__planes_sums(const lrr__planes *p, size_t c, lrr_norm_map m, double sums[2])
{
    const lrr_real *x = lrr_node_real(p->y->in[0]) + c * p->size;
    sums[0] = sums[1] = 0;
    for (size_t i = 0; i < p->run->n; i++) {
        lrr_real of[2];
        if (i + 1 < p->run->n)
            ask_for(p, i + 1, c);
        lrr_k->norm_sums_back(x + i * p->step, plane_dy(p, i, c), p->size, m, p->relu,
                              of);
        sums[0] += (double)of[0];
        sums[1] += (double)of[1];
    }
}

/* dx behind a pool, for which nothing has been read where it goes. */
static void backward_past(const lrr__planes *p, const lrr_real *x, lrr_real *plane,
                          lrr_real *dx, lrr_norm_back m, lrr_real b)
{
    const size_t bytes = p->size * sizeof *dx, lines = bytes / 64 * 64;
    lrr_k->norm_relu_back(x, plane, plane, p->size, m, b, false);
    lrr_past_lines(dx, plane, lines);
    memcpy((char *)dx + lines, (const char *)plane + lines, bytes - lines);
}

void lrr__planes_backward(const lrr__planes *p, size_t c, lrr_norm_back m, lrr_real b)
{
    const bool adds = lrr_node_adds(p->y, 0, p->run);
    const bool next = c + 1 < p->y->shape.d[0];
    for (size_t i = 0; i < p->run->n; i++) {
        const size_t at = i * p->step + c * p->size;
        const lrr_real *x = lrr_node_real(p->y->in[0]) + at, *dy = plane_dy(p, i, c);
        lrr_real *dx = lrr_node_grad(p->y->in[0]) + at;
        if (next)
            ask_for(p, i, c + 1);
        if (p->pools && p->past && !adds && lrr_past_fits(dx, p->size))
            backward_past(p, x, p->run->work_thread[lrr_threads_self()], dx, m, b);
        else if (p->relu)
            lrr_k->norm_relu_back(x, dy, dx, p->size, m, b, adds);
        else
            lrr_k->norm_plane_back(x, dy, dx, p->size, m, adds);
    }
}
