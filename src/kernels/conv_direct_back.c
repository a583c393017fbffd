/*
** conv_direct_back.c -- gradients of a convolution over planes (conv_direct.h).
**
** dx is forward's product again, with dy's planes between zeros: of the numbers of an image, those
** with one remainder of (place + padding) by the stride are reached by the taps with that remainder,
** and of these each is one distance. dW multiplies planes by dy, turned so that its channels are
** neighbours.
*/
#include <string.h>

#include "base/threads.h"
#include "kernels/conv_planes.h"
#include "kernels/simd.h"

enum { GATHER = 64 };

/* Taps of a plane. */
static size_t taps_of(const conv_axis *a, size_t plane)
{
    return (a->taps - plane + a->planes - 1) / a->planes;
}

/* The taps of one remainder in each axis. */
typedef struct reached {
    size_t y, x;   /* their first */
    size_t ny, nx; /* how many */
    size_t before; /* taps of the remainders before it */
} reached;

static reached reached_of(const conv_cut *k, size_t index)
{
    reached r = { .y = index / k->x.planes, .x = index % k->x.planes };
    r.ny = taps_of(&k->y, r.y);
    r.nx = taps_of(&k->x, r.x);
    for (size_t i = 0; i < r.y; i++)
        r.before += taps_of(&k->y, i) * k->x.taps;
    for (size_t i = 0; i < r.x; i++)
        r.before += r.ny * taps_of(&k->x, i);
    return r;
}

/* Tap i of those. */
static size_t tap_at(const conv_cut *k, const reached *r, size_t i, size_t *tx)
{
    *tx = r->x + i % r->nx * k->x.planes;
    return r->y + i / r->nx * k->y.planes;
}

static void set_back(const conv_job *j)
{
    const conv_cut *k = &j->k;
    for (size_t index = 0; index < k->y.planes * k->x.planes; index++) {
        const reached r = reached_of(k, index);
        size_t *to = j->a.back + r.before * k->out;
        for (size_t o = 0; o < k->out; o++)
            for (size_t i = 0; i < r.ny * r.nx; i++) {
                size_t tx;
                const size_t ty = tap_at(k, &r, i, &tx);
                *to++ = o * k->back_plane +
                        (k->y.reach - planes_distance(&k->y, ty)) * k->back_width +
                        k->x.reach - planes_distance(&k->x, tx);
            }
    }
}

/* A panel of each remainder's. */
static void pack_back(void *arg, size_t index)
{
    const conv_job *j = (const conv_job *)arg;
    const conv_cut *k = &j->k;
    const size_t panels = k->c_up / LRR_CONV_PANEL, g = index / panels,
                 c = index % panels * LRR_CONV_PANEL;
    const lrr_real *from = j->p->weight + g * k->out * k->depth;
    for (size_t plane = 0; plane < k->y.planes * k->x.planes; plane++) {
        const reached r = reached_of(k, plane);
        const size_t taps = r.ny * r.nx;
        lrr_real *to = j->a.weight + g * planes_packed(k, true) +
                       k->out * (r.before * k->c_up + c * taps);
        for (size_t o = 0; o < k->out; o++)
            for (size_t i = 0; i < taps; i++) {
                size_t tx;
                const size_t ty = tap_at(k, &r, i, &tx);
                for (size_t n = 0; n < LRR_CONV_PANEL; n++)
                    *to++ =
                        c + n < k->c
                            ? from[(o * k->c + c + n) * k->taps + ty * k->x.taps + tx]
                            : 0;
            }
    }
}

/* Of n multiples of the stride from `at` on, those that have a number of this remainder in the
** image: from a on, how many, and where the first's is. */
typedef struct span {
    size_t a, n, first;
} span;

static span span_of(const conv_axis *a, size_t at, size_t n, size_t rest)
{
    span s = { .a = 0, .n = n };
    while (s.n > 0 && (at + s.a) * a->stride + rest < a->pad)
        s.a++, s.n--;
    while (s.n > 0 && (at + s.a + s.n - 1) * a->stride + rest >= a->pad + a->size)
        s.n--;
    s.first = s.n > 0 ? (at + s.a) * a->stride + rest - a->pad : 0;
    return s;
}

/* The numbers of one remainder in rows `at`.. of places. */
static void back_plane(const conv_job *j, size_t g, size_t index, size_t at,
                       size_t rows, const lrr_real *planes, lrr_real *result,
                       lrr_real *dx)
{
    const conv_cut *k = &j->k;
    const reached r = reached_of(k, index);
    const span y = span_of(&k->y, at, rows, planes_remainder(&k->y, r.y)),
               x = span_of(&k->x, k->x.low, k->x.places, planes_remainder(&k->x, r.x));
    if (y.n == 0 || x.n == 0)
        return;
    const conv_runs run = lrr__planes_runs(y.n, x.n, k->back_width);
    const lrr_conv_slide s = { .planes = planes + y.a * k->back_width + x.a,
                               .tap = j->a.back + r.before * k->out,
                               .weight = j->a.weight + g * planes_packed(k, true) +
                                         k->out * r.before * k->c_up,
                               .m = k->c,
                               .k = k->out * r.ny * r.nx,
                               .ld = run.ld,
                               .units = run.units,
                               .each = run.each,
                               .step = k->back_width };
    const lrr_conv_spread to = { .from = result,
                                 .m = k->c,
                                 .rows = y.n,
                                 .cols = x.n,
                                 .ld = run.ld,
                                 .pitch = run.pitch,
                                 .plane = k->y.size * k->x.size,
                                 .row = k->y.stride * k->x.size,
                                 .step = k->x.stride,
                                 .add = j->p->add_x };
    lrr_k->conv_slide(&s, result);
    lrr_k->conv_spread(&to, dx + y.first * k->x.size + x.first);
}

/* dx of one image's group. */
static void back_image(const conv_job *j, size_t image, size_t g, lrr_real *planes)
{
    const conv_cut *k = &j->k;
    const size_t size = k->y.size * k->x.size, each = k->y.planes * k->x.planes;
    const lrr_real *dy =
        j->p->dy + (image * j->s->out + g * k->out) * k->y.outs * k->x.outs;
    lrr_real *dx = j->p->dx + (image * j->s->c + g * k->c) * size;
    lrr_real *result = planes + lrr_real_pad(k->out * k->back_plane + LRR_CONV_SLACK);
    if (!j->p->add_x && each < k->y.stride * k->x.stride)
        memset(dx, 0, k->c * size * sizeof *dx);
    for (size_t at = 0; at < k->y.places; at += k->back_rows) {
        const size_t rows =
            k->y.places - at < k->back_rows ? k->y.places - at : k->back_rows;
        const lrr_conv_fill f = {
            .channels = k->out,
            .h = k->y.outs,
            .w = k->x.outs,
            .rows = k->back_rows + k->y.reach,
            .cols = k->back_width,
            .distance = k->back_plane,
            .step_y = 1,
            .step_x = 1,
            .first_y = (ptrdiff_t)(k->y.low + at) - (ptrdiff_t)k->y.reach,
            .first_x = (ptrdiff_t)k->x.low - (ptrdiff_t)k->x.reach,
        };
        lrr_k->conv_fill(&f, dy, planes);
        for (size_t i = 0; i < each; i++)
            back_plane(j, g, i, k->y.low + at, rows, planes, result, dx);
    }
}

/* dW of one image's group. */
static void grad_image(const conv_job *j, size_t image, size_t g, lrr_real *planes,
                       lrr_real *dw)
{
    const conv_cut *k = &j->k;
    const size_t area = k->y.outs * k->x.outs;
    const lrr_real *x = j->p->x + (image * j->s->c + g * k->c) * k->y.size * k->x.size;
    const lrr_real *dy = j->p->dy + (image * j->s->out + g * k->out) * area;
    lrr_real *turned = planes + planes_reals(k);
    for (size_t r0 = 0; r0 < k->y.outs; r0 += k->rows) {
        const size_t rows = k->y.outs - r0 < k->rows ? k->y.outs - r0 : k->rows;
        const lrr_conv_grad d = { planes,    j->a.tap, turned,      rows,
                                  k->x.outs, k->width, k->depth_up, k->ld };
        lrr__planes_fill(j, x, r0, planes);
        lrr_k->conv_turn(dy + r0 * k->x.outs, area, k->out, rows * k->x.outs, k->ld,
                         turned);
        lrr_k->conv_grad(&d, dw + g * k->depth_up * k->ld);
    }
}

static void backward_part(void *arg, size_t part)
{
    const conv_job *j = (const conv_job *)arg;
    const size_t end = lrr__conv_part_at(j->p->n, j->parts, part + 1),
                 area = j->k.y.outs * j->k.x.outs;
    lrr_real *scratch = (lrr_real *)j->p->work_thread[lrr_threads_self()];
    lrr_real *dw = j->a.dw + part * planes_grads(j);
    double *db = j->a.db + part * j->s->out;
    memset(db, 0, j->s->out * sizeof *db);
    if (j->p->dweight)
        memset(dw, 0, planes_grads(j) * sizeof *dw);
    for (size_t i = lrr__conv_part_at(j->p->n, j->parts, part); i < end; i++) {
        for (size_t o = 0; j->p->dbias && o < j->s->out; o++)
            db[o] += lrr_k->conv_sum(j->p->dy + (i * j->s->out + o) * area, area);
        for (size_t g = 0; g < j->s->groups; g++) {
            if (j->p->dweight)
                grad_image(j, i, g, scratch, dw);
            if (j->p->dx)
                back_image(j, i, g, scratch);
        }
    }
}

/* Some depths of a group: the sum of the parts, and these as columns of dW. */
static void gather(void *arg, size_t index)
{
    const conv_job *j = (const conv_job *)arg;
    const conv_cut *k = &j->k;
    const size_t chunks = (k->depth + GATHER - 1) / GATHER, g = index / chunks,
                 from = index % chunks * GATHER,
                 n = k->depth - from < GATHER ? k->depth - from : GATHER;
    lrr_real *sum = j->a.dw + (g * k->depth_up + from) * k->ld;
    if (j->parts > 1)
        lrr_k->conv_reduce(sum + planes_grads(j), j->parts - 1, planes_grads(j), sum,
                           n * k->ld, true);
    for (size_t o = 0; o < k->out; o++) {
        lrr_real *to = j->p->dweight + (g * k->out + o) * k->depth + from;
        for (size_t i = 0; i < n; i++)
            to[i] = j->p->add_weight ? to[i] + sum[i * k->ld + o] : sum[i * k->ld + o];
    }
}

void lrr__direct_backward(const lrr_conv *s, const lrr_conv_pass *p)
{
    conv_job j = lrr__planes_job(s, p);
    if (!p->again) {
        lrr__planes_taps(&j);
        set_back(&j);
        if (p->dx)
            lrr_parallel(s->groups * j.k.c_up / LRR_CONV_PANEL, pack_back, &j);
    }
    lrr_parallel(j.parts, backward_part, &j);
    if (p->dweight)
        lrr_parallel(s->groups * ((j.k.depth + GATHER - 1) / GATHER), gather, &j);
    if (p->dbias)
        lrr__conv_reduce_bias(j.a.db, j.parts, s->out, p->dbias, p->add_bias);
}
