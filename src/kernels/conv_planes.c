/* conv_planes.c -- see conv_planes.h. */
#include "kernels/conv_planes.h"

#include "kernels/simd.h"
#include "kernels/sizes.h"

enum { PIECE_REALS = 96 << 10 };

static size_t common(size_t a, size_t b)
{
    while (b != 0) {
        const size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static conv_axis axis_of(size_t size, size_t outs, size_t taps, size_t stride,
                         size_t dilation, size_t pad)
{
    const size_t planes = stride / common(stride, dilation);
    conv_axis a = { size, outs, taps, stride, dilation, pad, 0, 0, 0, 0 };
    a.planes = planes < taps ? planes : taps;
    a.reach = (taps - 1) * dilation / stride;
    a.low = pad / stride;
    a.places = (size - 1 + pad) / stride - a.low + 1;
    return a;
}

conv_runs lrr__planes_runs(size_t rows, size_t cols, size_t width)
{
    const size_t whole = lrr_round_up((rows - 1) * width + cols, LRR_CONV_UNIT),
                 pitch = lrr_round_up(cols, LRR_CONV_UNIT);
    const bool one = whole < rows * pitch;
    const size_t n = one ? whole : rows * pitch;
    return (conv_runs){ n / LRR_CONV_UNIT, (one ? whole : pitch) / LRR_CONV_UNIT,
                        one ? width : pitch, lrr_round_up(n, 16) };
}

static size_t forward_reals(const conv_cut *k, size_t rows)
{
    const size_t planes =
        k->c * k->y.planes * k->x.planes * (rows + k->y.reach) * k->width;
    const size_t results = k->out_up * lrr__planes_runs(rows, k->x.outs, k->width).ld,
                 turned = rows * k->x.outs * k->ld;
    return lrr_real_pad(planes + LRR_CONV_SLACK) + (lrr_larger(results, turned));
}

static size_t back_reals(const conv_cut *k, size_t rows)
{
    return lrr_real_pad(k->out * (rows + k->y.reach) * k->back_width + LRR_CONV_SLACK) +
           k->c_up * lrr__planes_runs(rows, k->x.places, k->back_width).ld;
}

/* As many of n rows as leave the piece in its room; at least one. */
static size_t rows_in(const conv_cut *k, size_t n,
                      size_t (*reals)(const conv_cut *, size_t))
{
    size_t rows = n, pieces = 1;
    while (rows > 1 && reals(k, rows) > PIECE_REALS)
        rows = (n + pieces) / (pieces + 1), pieces++;
    return rows;
}

static conv_cut cut_of(const lrr_conv *s)
{
    conv_cut k = { .y = axis_of(s->h, s->oh, s->kh, s->sh, s->dh, s->pt),
                   .x = axis_of(s->w, s->ow, s->kw, s->sw, s->dw, s->pl),
                   .c = s->c / s->groups,
                   .out = s->out / s->groups,
                   .taps = s->kh * s->kw };
    k.depth = k.c * k.taps;
    k.back = k.out * k.taps;
    k.depth_up = lrr_round_up(k.depth, LRR_CONV_PANEL);
    k.c_up = lrr_round_up(k.c, LRR_CONV_PANEL);
    k.out_up = lrr_round_up(k.out, LRR_CONV_PANEL);
    k.ld = lrr_round_up(k.out, 16);
    k.width = k.x.outs + k.x.reach;
    k.back_width = k.x.places + k.x.reach;
    k.rows = rows_in(&k, k.y.outs, forward_reals);
    k.back_rows = rows_in(&k, k.y.places, back_reals);
    k.plane = (k.rows + k.y.reach) * k.width;
    k.back_plane = (k.back_rows + k.y.reach) * k.back_width;
    return k;
}

/* Where in work what is shared begins, and how much it takes, in bytes. Forward has no sums. */
typedef struct places {
    size_t tap, back, weight, db, dw, all;
} places;

static size_t behind(size_t at, size_t n, size_t size)
{
    return at + lrr_round_up(n * size, 64);
}

static places places_of(const conv_job *j)
{
    const conv_cut *k = &j->k;
    const size_t forward = planes_packed(k, false), back = planes_packed(k, true);
    places p = { .tap = 0 };
    p.back = behind(p.tap, k->depth_up, sizeof *j->a.tap);
    p.weight = behind(p.back, k->back, sizeof *j->a.back);
    p.db = behind(p.weight, j->s->groups * (lrr_larger(forward, back)),
                  sizeof *j->a.weight);
    p.dw = behind(p.db, j->parts * j->s->out, sizeof *j->a.db);
    p.all = behind(p.dw, j->parts * planes_grads(j), sizeof *j->a.dw);
    return p;
}

static void lay(conv_job *j)
{
    const places at = places_of(j);
    char *work = j->p->work;
    j->a.tap = (size_t *)(void *)(work + at.tap);
    j->a.back = (size_t *)(void *)(work + at.back);
    j->a.weight = (lrr_real *)(void *)(work + at.weight);
    j->a.db = (double *)(void *)(work + at.db);
    j->a.dw = (lrr_real *)(void *)(work + at.dw);
}

static conv_job job_of(const lrr_conv *s, const lrr_conv_pass *p, size_t batch)
{
    conv_job j = { .s = s, .p = p, .k = cut_of(s) };
    j.parts = lrr__conv_parts(batch, planes_grads(&j));
    return j;
}

void lrr__planes_need(const lrr_conv *s, size_t batch, size_t *work,
                      size_t *work_thread)
{
    const conv_job j = job_of(s, NULL, batch);
    const size_t forward = forward_reals(&j.k, j.k.rows),
                 back = back_reals(&j.k, j.k.back_rows);
    *work = places_of(&j).all;
    *work_thread = lrr_round_up((lrr_larger(forward, back)) * sizeof(lrr_real), 64);
}

conv_job lrr__planes_job(const lrr_conv *s, const lrr_conv_pass *p)
{
    conv_job j = job_of(s, p, p->n);
    lay(&j);
    return j;
}

void lrr__planes_taps(const conv_job *j)
{
    const conv_cut *k = &j->k;
    for (size_t i = 0; i < k->depth_up; i++) {
        const size_t at = i < k->depth ? i : 0, ty = at % k->taps / j->s->kw,
                     tx = at % j->s->kw,
                     plane =
                         (at / k->taps * k->y.planes + ty % k->y.planes) * k->x.planes +
                         tx % k->x.planes;
        j->a.tap[i] = plane * k->plane + planes_distance(&k->y, ty) * k->width +
                      planes_distance(&k->x, tx);
    }
}

void lrr__planes_fill(const conv_job *j, const lrr_real *x, size_t r0, lrr_real *planes)
{
    const conv_cut *k = &j->k;
    const size_t each = k->y.planes * k->x.planes;
    for (size_t i = 0; i < each; i++) {
        const size_t ty = i / k->x.planes, tx = i % k->x.planes;
        const lrr_conv_fill f = {
            .channels = k->c,
            .h = k->y.size,
            .w = k->x.size,
            .rows = k->rows + k->y.reach,
            .cols = k->width,
            .distance = each * k->plane,
            .step_y = k->y.stride,
            .step_x = k->x.stride,
            .first_y = (ptrdiff_t)(r0 * k->y.stride + planes_remainder(&k->y, ty)) -
                       (ptrdiff_t)k->y.pad,
            .first_x = (ptrdiff_t)planes_remainder(&k->x, tx) - (ptrdiff_t)k->x.pad,
        };
        lrr_k->conv_fill(&f, x, planes + i * k->plane);
    }
}
