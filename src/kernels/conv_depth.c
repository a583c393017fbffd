/* conv_depth.c -- convolution where each group has one input channel (depthwise): a
** direct loop, since matrix products with one row of weights would only move memory. */
#include "base/threads.h"
#include "kernels/conv_algo.h"
#include "kernels/simd.h"

#include <string.h>

typedef struct job {
    const lrr_conv *s;
    const lrr_conv_pass *p;
    size_t parts;
    double *dw; /* (parts, weights) */
    double *db; /* (parts, out) */
} job;

static bool depth_fits(const lrr_conv *s)
{
    return s->groups == s->c && s->c > 1;
}

static void depth_need(const lrr_conv *s, size_t batch, size_t *work,
                       size_t *work_thread)
{
    size_t weights = lrr_conv_weights(s), parts = lrr__conv_parts(batch, weights);
    *work = lrr_real_pad(parts * (weights + s->out)) * sizeof(double);
    *work_thread = 0;
}

static void forward_image(void *arg, size_t i)
{
    const job *j = (const job *)arg;
    const lrr_conv *s = j->s;
    size_t each = s->out / s->c, taps = s->kh * s->kw;
    for (size_t o = 0; o < s->out; o++)
        lrr_k->conv_plane(s, j->p->x + (i * s->c + o / each) * s->h * s->w,
                          j->p->weight + o * taps, j->p->bias ? j->p->bias[o] : 0,
                          j->p->y + (i * s->out + o) * s->oh * s->ow);
}

static void depth_forward(const lrr_conv *s, const lrr_conv_pass *p)
{
    job j = { .s = s, .p = p };
    lrr_parallel(p->n, forward_image, &j);
}

static void backward_image(const job *j, size_t i, double *dw, double *db)
{
    const lrr_conv *s = j->s;
    const lrr_conv_pass *p = j->p;
    size_t each = s->out / s->c, taps = s->kh * s->kw, area = s->oh * s->ow;
    if (p->dx && !p->add_x)
        memset(p->dx + i * s->c * s->h * s->w, 0, s->c * s->h * s->w * sizeof *p->dx);
    for (size_t o = 0; o < s->out; o++) {
        size_t from = (i * s->c + o / each) * s->h * s->w;
        const lrr_real *dy = p->dy + (i * s->out + o) * area;
        if (p->dbias)
            db[o] += lrr_k->conv_sum(dy, area);
        if (p->dweight)
            lrr_k->conv_plane_dw(s, p->x + from, dy, dw + o * taps);
        if (p->dx)
            lrr_k->conv_plane_dx(s, dy, p->weight + o * taps, p->dx + from);
    }
}

static void backward_part(void *arg, size_t part)
{
    const job *j = (const job *)arg;
    size_t weights = lrr_conv_weights(j->s);
    double *dw = j->dw + part * weights, *db = j->db + part * j->s->out;
    memset(dw, 0, weights * sizeof *dw);
    memset(db, 0, j->s->out * sizeof *db);
    size_t end = lrr__conv_part_at(j->p->n, j->parts, part + 1);
    for (size_t i = lrr__conv_part_at(j->p->n, j->parts, part); i < end; i++)
        backward_image(j, i, dw, db);
}

static void depth_backward(const lrr_conv *s, const lrr_conv_pass *p)
{
    size_t weights = lrr_conv_weights(s);
    job j = { .s = s, .p = p, .parts = lrr__conv_parts(p->n, weights) };
    j.dw = (double *)p->work;
    j.db = j.dw + j.parts * weights;
    lrr_parallel(j.parts, backward_part, &j);
    if (p->dweight)
        lrr__conv_reduce_bias(j.dw, j.parts, weights, p->dweight, p->add_weight);
    if (p->dbias)
        lrr__conv_reduce_bias(j.db, j.parts, s->out, p->dbias, p->add_bias);
}

const lrr__conv_algo lrr__conv_depth = { depth_fits, depth_need, depth_forward,
                                         depth_backward };
