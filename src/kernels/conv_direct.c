/*
** conv_direct.c -- convolution over planes; see conv_direct.h for what they are.
**
** Forward, a piece is rows of results of one image, so many that their planes stay in a core's
** second cache. dx is the same with dy's planes between zeros: of the numbers of an image, those
** with one remainder of (place + padding) by the stride are reached by the taps with that remainder,
** and of these each is one distance. dW multiplies planes by dy, turned so that its channels are
** neighbours.
**
** It takes fused multiply-add. Rounded products and those of --portable are conv_gemm.c's.
*/
#include <string.h>

#include "base/error.h"
#include "base/threads.h"
#include "kernels/conv_algo.h"
#include "kernels/simd.h"
#include "kernels/sizes.h"

enum { PIECE_REALS = 96 << 10, AREA_MIN = 64, GATHER = 64 };

/* One axis of the images. */
typedef struct axis {
    size_t size, outs;
    size_t taps, stride, dilation, pad;
    size_t planes; /* remainders of taps by the stride; tap t is of plane t % planes */
    size_t reach;  /* the last tap's distance */
    size_t low;    /* the image's first number is low * stride - pad + its remainder */
    size_t places; /* such multiples of the stride that its numbers have */
} axis;

static size_t common(size_t a, size_t b)
{
    while (b != 0) {
        const size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static axis axis_of(size_t size, size_t outs, size_t taps, size_t stride,
                    size_t dilation, size_t pad)
{
    const size_t planes = stride / common(stride, dilation);
    axis a = { size, outs, taps, stride, dilation, pad, 0, 0, 0, 0 };
    a.planes = planes < taps ? planes : taps;
    a.reach = (taps - 1) * dilation / stride;
    a.low = pad / stride;
    a.places = (size - 1 + pad) / stride - a.low + 1;
    return a;
}

static size_t remainder_of(const axis *a, size_t t)
{
    return t * a->dilation % a->stride;
}

static size_t distance_of(const axis *a, size_t t)
{
    return t * a->dilation / a->stride;
}

/* Taps of a plane. */
static size_t taps_of(const axis *a, size_t plane)
{
    return (a->taps - plane + a->planes - 1) / a->planes;
}

/* Places of results in units (conv_direct.h): rows of their own, or all in one go with what lies
** between the rows, where that takes fewer. */
typedef struct runs {
    size_t units, each;
    size_t pitch; /* of the results' rows */
    size_t ld;
} runs;

static runs runs_of(size_t rows, size_t cols, size_t width)
{
    const size_t whole = lrr_round_up((rows - 1) * width + cols, LRR_CONV_UNIT),
                 pitch = lrr_round_up(cols, LRR_CONV_UNIT);
    const bool one = whole < rows * pitch;
    const size_t n = one ? whole : rows * pitch;
    return (runs){ n / LRR_CONV_UNIT, (one ? whole : pitch) / LRR_CONV_UNIT,
                   one ? width : pitch, lrr_round_up(n, 16) };
}

/* How images are cut, of one group. */
typedef struct cut {
    axis y, x;
    size_t c, out, taps;
    size_t depth, back; /* c * taps, and padded to panels; out * taps */
    size_t depth_up, c_up, out_up;
    size_t ld;         /* of turned dy */
    size_t rows;       /* results' rows in a piece */
    size_t width;      /* of a plane of x */
    size_t plane;      /* its numbers */
    size_t back_rows;  /* places in a piece of dx */
    size_t back_width; /* of a plane of dy */
    size_t back_plane;
} cut;

static size_t forward_reals(const cut *k, size_t rows)
{
    const size_t planes =
        k->c * k->y.planes * k->x.planes * (rows + k->y.reach) * k->width;
    const size_t results = k->out_up * runs_of(rows, k->x.outs, k->width).ld,
                 turned = rows * k->x.outs * k->ld;
    return lrr_real_pad(planes + LRR_CONV_SLACK) +
           (results > turned ? results : turned);
}

static size_t back_reals(const cut *k, size_t rows)
{
    return lrr_real_pad(k->out * (rows + k->y.reach) * k->back_width + LRR_CONV_SLACK) +
           k->c_up * runs_of(rows, k->x.places, k->back_width).ld;
}

/* As many of n rows as leave the piece in its room; at least one. */
static size_t rows_in(const cut *k, size_t n, size_t (*reals)(const cut *, size_t))
{
    size_t rows = n, pieces = 1;
    while (rows > 1 && reals(k, rows) > PIECE_REALS)
        rows = (n + pieces) / (pieces + 1), pieces++;
    return rows;
}

static cut cut_of(const lrr_conv *s)
{
    cut k = { .y = axis_of(s->h, s->oh, s->kh, s->sh, s->dh, s->pt),
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

static size_t pieces_of(size_t n, size_t rows)
{
    return (n + rows - 1) / rows;
}

/* What a call keeps for all threads. */
typedef struct shared {
    size_t *tap;  /* (depth_up) of x's planes */
    size_t *back; /* (back) of dy's, plane by plane */
    lrr_real *weight;
    double *db;   /* (parts, s->out) */
    lrr_real *dw; /* (parts, groups, depth_up, ld) */
} shared;

typedef struct job {
    const lrr_conv *s;
    const lrr_conv_pass *p;
    cut k;
    shared a;
    size_t parts;
} job;

static size_t grads(const job *j)
{
    return j->s->groups * j->k.depth_up * j->k.ld;
}

/* Numbers of the packed weights of a group: forward's, and backward's. */
static size_t packed(const cut *k, bool back)
{
    return back ? k->c_up * k->back : k->out_up * k->depth;
}

/* Where in work what is shared begins, and how much it takes, in bytes. Forward has no sums. */
typedef struct places {
    size_t tap, back, weight, db, dw, all;
} places;

static size_t behind(size_t at, size_t n, size_t size)
{
    return at + lrr_round_up(n * size, 64);
}

static places places_of(const job *j)
{
    const cut *k = &j->k;
    const size_t forward = packed(k, false), back = packed(k, true);
    places p = { .tap = 0 };
    p.back = behind(p.tap, k->depth_up, sizeof *j->a.tap);
    p.weight = behind(p.back, k->back, sizeof *j->a.back);
    p.db = behind(p.weight, j->s->groups * (forward > back ? forward : back),
                  sizeof *j->a.weight);
    p.dw = behind(p.db, j->parts * j->s->out, sizeof *j->a.db);
    p.all = behind(p.dw, j->parts * grads(j), sizeof *j->a.dw);
    return p;
}

static void lay(job *j)
{
    const places at = places_of(j);
    char *work = j->p->work;
    j->a.tap = (size_t *)(void *)(work + at.tap);
    j->a.back = (size_t *)(void *)(work + at.back);
    j->a.weight = (lrr_real *)(void *)(work + at.weight);
    j->a.db = (double *)(void *)(work + at.db);
    j->a.dw = (lrr_real *)(void *)(work + at.dw);
}

static job job_of(const lrr_conv *s, const lrr_conv_pass *p, size_t batch)
{
    job j = { .s = s, .p = p, .k = cut_of(s) };
    j.parts = lrr__conv_parts(batch, grads(&j));
    return j;
}

/* ---- forward ---- */

static void set_taps(const job *j)
{
    const cut *k = &j->k;
    for (size_t i = 0; i < k->depth_up; i++) {
        const size_t at = i < k->depth ? i : 0, ty = at % k->taps / j->s->kw,
                     tx = at % j->s->kw,
                     plane =
                         (at / k->taps * k->y.planes + ty % k->y.planes) * k->x.planes +
                         tx % k->x.planes;
        j->a.tap[i] = plane * k->plane + distance_of(&k->y, ty) * k->width +
                      distance_of(&k->x, tx);
    }
}

/* A panel: depth by depth, the weights of its results. */
static void pack_forward(void *arg, size_t index)
{
    const job *j = (const job *)arg;
    const cut *k = &j->k;
    const size_t panels = k->out_up / LRR_CONV_PANEL, g = index / panels,
                 o = index % panels * LRR_CONV_PANEL;
    const lrr_real *from = j->p->weight + (g * k->out + o) * k->depth;
    lrr_real *to = j->a.weight + g * packed(k, false) + o * k->depth;
    for (size_t p = 0; p < k->depth; p++)
        for (size_t i = 0; i < LRR_CONV_PANEL; i++)
            *to++ = o + i < k->out ? from[i * k->depth + p] : 0;
}

/* Planes of rows r0.. of the results of one image's group. */
static void fill_planes(const job *j, const lrr_real *x, size_t r0, lrr_real *planes)
{
    const cut *k = &j->k;
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
            .first_y = (ptrdiff_t)(r0 * k->y.stride + remainder_of(&k->y, ty)) -
                       (ptrdiff_t)k->y.pad,
            .first_x = (ptrdiff_t)remainder_of(&k->x, tx) - (ptrdiff_t)k->x.pad,
        };
        lrr_k->conv_fill(&f, x, planes + i * k->plane);
    }
}

static size_t planes_reals(const cut *k)
{
    return lrr_real_pad(k->c * k->y.planes * k->x.planes * k->plane + LRR_CONV_SLACK);
}

static void forward_piece(void *arg, size_t index)
{
    const job *j = (const job *)arg;
    const cut *k = &j->k;
    const size_t pieces = pieces_of(k->y.outs, k->rows), image = index / pieces,
                 r0 = index % pieces * k->rows, area = k->y.outs * k->x.outs,
                 rows = k->y.outs - r0 < k->rows ? k->y.outs - r0 : k->rows;
    lrr_real *planes = (lrr_real *)j->p->work_thread[lrr_threads_self()],
             *y = planes + planes_reals(k);
    const runs r = runs_of(rows, k->x.outs, k->width);
    for (size_t g = 0; g < j->s->groups; g++) {
        const size_t o = image * j->s->out + g * k->out;
        const lrr_conv_slide s = { .planes = planes,
                                   .tap = j->a.tap,
                                   .weight = j->a.weight + g * packed(k, false),
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
        fill_planes(j, j->p->x + (image * j->s->c + g * k->c) * k->y.size * k->x.size,
                    r0, planes);
        lrr_k->conv_slide(&s, y);
        lrr_k->conv_spread(&to, j->p->y + o * area + r0 * k->x.outs);
    }
}

static void direct_forward(const lrr_conv *s, const lrr_conv_pass *p)
{
    job j = job_of(s, p, p->n);
    lay(&j);
    if (!p->again) {
        set_taps(&j);
        lrr_parallel(s->groups * j.k.out_up / LRR_CONV_PANEL, pack_forward, &j);
    }
    lrr_parallel(p->n * pieces_of(j.k.y.outs, j.k.rows), forward_piece, &j);
}

/* ---- backward ---- */

/* The taps of one remainder in each axis. */
typedef struct reached {
    size_t y, x;   /* their first */
    size_t ny, nx; /* how many */
    size_t before; /* taps of the remainders before it */
} reached;

static reached reached_of(const cut *k, size_t index)
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
static size_t tap_at(const cut *k, const reached *r, size_t i, size_t *tx)
{
    *tx = r->x + i % r->nx * k->x.planes;
    return r->y + i / r->nx * k->y.planes;
}

static void set_back(const job *j)
{
    const cut *k = &j->k;
    for (size_t index = 0; index < k->y.planes * k->x.planes; index++) {
        const reached r = reached_of(k, index);
        size_t *to = j->a.back + r.before * k->out;
        for (size_t o = 0; o < k->out; o++)
            for (size_t i = 0; i < r.ny * r.nx; i++) {
                size_t tx;
                const size_t ty = tap_at(k, &r, i, &tx);
                *to++ = o * k->back_plane +
                        (k->y.reach - distance_of(&k->y, ty)) * k->back_width +
                        k->x.reach - distance_of(&k->x, tx);
            }
    }
}

/* A panel of each remainder's. */
static void pack_back(void *arg, size_t index)
{
    const job *j = (const job *)arg;
    const cut *k = &j->k;
    const size_t panels = k->c_up / LRR_CONV_PANEL, g = index / panels,
                 c = index % panels * LRR_CONV_PANEL;
    const lrr_real *from = j->p->weight + g * k->out * k->depth;
    for (size_t plane = 0; plane < k->y.planes * k->x.planes; plane++) {
        const reached r = reached_of(k, plane);
        const size_t taps = r.ny * r.nx;
        lrr_real *to = j->a.weight + g * packed(k, true) +
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

static span span_of(const axis *a, size_t at, size_t n, size_t rest)
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
static void back_plane(const job *j, size_t g, size_t index, size_t at, size_t rows,
                       const lrr_real *planes, lrr_real *result, lrr_real *dx)
{
    const cut *k = &j->k;
    const reached r = reached_of(k, index);
    const span y = span_of(&k->y, at, rows, remainder_of(&k->y, r.y)),
               x = span_of(&k->x, k->x.low, k->x.places, remainder_of(&k->x, r.x));
    if (y.n == 0 || x.n == 0)
        return;
    const runs run = runs_of(y.n, x.n, k->back_width);
    const lrr_conv_slide s = { .planes = planes + y.a * k->back_width + x.a,
                               .tap = j->a.back + r.before * k->out,
                               .weight = j->a.weight + g * packed(k, true) +
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
static void back_image(const job *j, size_t image, size_t g, lrr_real *planes)
{
    const cut *k = &j->k;
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
static void grad_image(const job *j, size_t image, size_t g, lrr_real *planes,
                       lrr_real *dw)
{
    const cut *k = &j->k;
    const size_t area = k->y.outs * k->x.outs;
    const lrr_real *x = j->p->x + (image * j->s->c + g * k->c) * k->y.size * k->x.size;
    const lrr_real *dy = j->p->dy + (image * j->s->out + g * k->out) * area;
    lrr_real *turned = planes + planes_reals(k);
    for (size_t r0 = 0; r0 < k->y.outs; r0 += k->rows) {
        const size_t rows = k->y.outs - r0 < k->rows ? k->y.outs - r0 : k->rows;
        const lrr_conv_grad d = { planes,    j->a.tap, turned,      rows,
                                  k->x.outs, k->width, k->depth_up, k->ld };
        fill_planes(j, x, r0, planes);
        lrr_k->conv_turn(dy + r0 * k->x.outs, area, k->out, rows * k->x.outs, k->ld,
                         turned);
        lrr_k->conv_grad(&d, dw + g * k->depth_up * k->ld);
    }
}

static void backward_part(void *arg, size_t part)
{
    const job *j = (const job *)arg;
    const size_t end = lrr__conv_part_at(j->p->n, j->parts, part + 1),
                 area = j->k.y.outs * j->k.x.outs;
    lrr_real *scratch = (lrr_real *)j->p->work_thread[lrr_threads_self()];
    lrr_real *dw = j->a.dw + part * grads(j);
    double *db = j->a.db + part * j->s->out;
    memset(db, 0, j->s->out * sizeof *db);
    if (j->p->dweight)
        memset(dw, 0, grads(j) * sizeof *dw);
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
    const job *j = (const job *)arg;
    const cut *k = &j->k;
    const size_t chunks = (k->depth + GATHER - 1) / GATHER, g = index / chunks,
                 from = index % chunks * GATHER,
                 n = k->depth - from < GATHER ? k->depth - from : GATHER;
    lrr_real *sum = j->a.dw + (g * k->depth_up + from) * k->ld;
    if (j->parts > 1)
        lrr_k->conv_reduce(sum + grads(j), j->parts - 1, grads(j), sum, n * k->ld,
                           true);
    for (size_t o = 0; o < k->out; o++) {
        lrr_real *to = j->p->dweight + (g * k->out + o) * k->depth + from;
        for (size_t i = 0; i < n; i++)
            to[i] = j->p->add_weight ? to[i] + sum[i * k->ld + o] : sum[i * k->ld + o];
    }
}

static void direct_backward(const lrr_conv *s, const lrr_conv_pass *p)
{
    job j = job_of(s, p, p->n);
    lay(&j);
    if (!p->again) {
        set_taps(&j);
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

static void direct_need(const lrr_conv *s, size_t batch, size_t *work,
                        size_t *work_thread)
{
    const job j = job_of(s, NULL, batch);
    const size_t forward = forward_reals(&j.k, j.k.rows),
                 back = back_reals(&j.k, j.k.back_rows);
    *work = places_of(&j).all;
    *work_thread =
        lrr_round_up((forward > back ? forward : back) * sizeof(lrr_real), 64);
}

const lrr__conv_algo lrr__conv_direct = { direct_fits, direct_need, direct_forward,
                                          direct_backward };
