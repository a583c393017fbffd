/*
** conv_direct.c -- convolution over planes, forward; see conv_direct.h for what they are.
**
** It takes fused multiply-add. Rounded products and those of --portable are conv_gemm.c's.
*/
#include "base/threads.h"
#include "kernels/conv_planes.h"
#include "kernels/simd.h"

enum { AREA_MIN = 64 };

static size_t pieces_of(size_t n, size_t rows)
{
    return (n + rows - 1) / rows;
}

/* A panel: depth by depth, the weights of its results. */
static void pack_forward(void *arg, size_t index)
{
    const conv_job *j = (const conv_job *)arg;
    const conv_cut *k = &j->k;
    const size_t panels = k->out_up / LRR_CONV_PANEL, g = index / panels,
                 o = index % panels * LRR_CONV_PANEL;
    const lrr_real *from = j->p->weight + (g * k->out + o) * k->depth;
    lrr_real *to = j->a.weight + g * planes_packed(k, false) + o * k->depth;
    for (size_t p = 0; p < k->depth; p++)
        for (size_t i = 0; i < LRR_CONV_PANEL; i++)
            *to++ = o + i < k->out ? from[i * k->depth + p] : 0;
}

static void forward_piece(void *arg, size_t index)
{
    const conv_job *j = (const conv_job *)arg;
    const conv_cut *k = &j->k;
    const size_t pieces = pieces_of(k->y.outs, k->rows), image = index / pieces,
                 r0 = index % pieces * k->rows, area = k->y.outs * k->x.outs,
                 rows = k->y.outs - r0 < k->rows ? k->y.outs - r0 : k->rows;
    lrr_real *planes = (lrr_real *)j->p->work_thread[lrr_threads_self()],
             *y = planes + planes_reals(k);
    const conv_runs r = lrr__planes_runs(rows, k->x.outs, k->width);
    for (size_t g = 0; g < j->s->groups; g++) {
        const size_t o = image * j->s->out + g * k->out;
        const lrr_conv_slide s = { .planes = planes,
                                   .tap = j->a.tap,
                                   .weight = j->a.weight + g * planes_packed(k, false),
                                   .m = k->out,
                                   .k = k->depth,
                                   .ld = r.ld,
                                   .units = r.units,
                                   .each = r.each,
                                   .step = k->width };
        const lrr_conv_spread to = { .from = y,
                                     .m = k->out,
                                     .rows = rows,
                                     .cols = k->x.outs,
                                     .ld = r.ld,
                                     .pitch = r.pitch,
                                     .bias =
                                         j->p->bias ? j->p->bias + g * k->out : NULL,
                                     .plane = area,
                                     .row = k->x.outs,
                                     .step = 1 };
        lrr__planes_fill(j,
                         j->p->x + (image * j->s->c + g * k->c) * k->y.size * k->x.size,
                         r0, planes);
        lrr_k->conv_slide(&s, y);
        lrr_k->conv_spread(&to, j->p->y + o * area + r0 * k->x.outs);
    }
}

static void direct_forward(const lrr_conv *s, const lrr_conv_pass *p)
{
    conv_job j = lrr__planes_job(s, p);
    if (!p->again) {
        lrr__planes_taps(&j);
        lrr_parallel(s->groups * j.k.out_up / LRR_CONV_PANEL, pack_forward, &j);
    }
    lrr_parallel(p->n * pieces_of(j.k.y.outs, j.k.rows), forward_piece, &j);
}

/* Of smaller results several images side by side make longer products. Where x is the unfolded image
** itself nothing is gained; of 3x3 kernels that have too few channels for Winograd's method, as first
** layers have, a twelfth of what is little: they keep their bits. */
static bool direct_fits(const lrr_conv *s)
{
    const bool plain = s->sh * s->sw * s->dh * s->dw == 1,
               is_product = s->kh * s->kw == 1 && plain,
               is_first = s->kh == 3 && s->kw == 3 && plain;
    return s->oh * s->ow >= AREA_MIN && !is_product && !is_first;
}

const lrr__conv_algo lrr__conv_direct = { direct_fits, lrr__planes_need, direct_forward,
                                          lrr__direct_backward };
