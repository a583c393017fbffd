/*
** conv_tiles.c -- convolution in bfloat16 in the order of AMX's tiles (LRR_GEMM_TILES): for each tap
** of the kernel a product of its weights with the channels' planes from another place on, added to
** those before; no unfolded copy is made. dx is a convolution of dy with the kernel turned round;
** dweight of a tap is a product along all places of x from there on and dy.
**
** A piece is some images whose planes lie behind each other, or some rows of a large one, about PLACES
** in all. Without AMX the products are lrr_gemm's over planes of floats: the same bits.
*/
#include <string.h>

#include "base/threads.h"
#include "kernels/conv_algo.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"
#include "kernels/sizes.h"
#include "os/cpu.h"

#ifndef LRR_F64

/* PLACES: by measurement; the planes of 64 channels take 150 KB. Fewer channels than CHANNELS waste
** most of the 32 depths of a tap, which conv_gemm.c's unfolded pieces do not. */
enum { PLACES = 704, MOST = 2048, CHANNELS = 16, TAPS = 25, ROWS = 32, EDGE = 15 };

/* One direction: forward as it is, or dx as a convolution of dy. */
typedef struct side {
    size_t c, h, w, out, oh, ow, pt, pl;
    size_t w_out, w_in; /* of the weights: between outputs, between inputs */
    bool turned;        /* taps in reverse */
} side;

/* How a side lies flat. */
typedef struct flat {
    size_t images; /* of a piece */
    size_t rows;   /* rows of output of a piece; oh where images are whole */
    size_t each;   /* rows of an image in the planes */
    size_t step;   /* between rows */
    size_t pieces; /* of an image, or 1 */
    size_t plane;
    size_t shift[TAPS];
} flat;

static side side_of(const lrr_conv *s, bool back)
{
    const size_t taps = s->kh * s->kw;
    if (!back)
        return (side){ s->c,  s->h,  s->w,        s->out, s->oh, s->ow,
                       s->pt, s->pl, s->c * taps, taps,   false };
    return (side){ s->out,
                   s->oh,
                   s->ow,
                   s->c,
                   s->h,
                   s->w,
                   (s->kh - 1) * s->dh - s->pt,
                   (s->kw - 1) * s->dw - s->pl,
                   taps,
                   s->c * taps,
                   true };
}

/* Zeros behind what is n long, so that n_out windows `wide` long end there, `before` from its
** start on. */
static size_t zeros_behind(size_t n, size_t n_out, size_t wide, size_t before)
{
    const size_t end = n_out - 1 + wide;
    return end > n + before ? end - n - before : 0;
}

static flat flat_of(const lrr_conv *s, const side *d)
{
    const size_t tall = (s->kh - 1) * s->dh + 1, wide = (s->kw - 1) * s->dw + 1;
    flat f = { .images = 1, .rows = d->oh };
    f.step = lrr_larger(
        d->w + lrr_larger(d->pl, zeros_behind(d->w, d->ow, wide, d->pl)), d->ow);
    f.each = lrr_larger(
        d->h + lrr_larger(d->pt, zeros_behind(d->h, d->oh, tall, d->pt)), d->oh);
    if (f.each * f.step > MOST) {
        f.rows = lrr_larger(PLACES / f.step, 1);
        f.rows = f.rows < d->oh ? f.rows : d->oh;
        f.each = f.rows + tall - 1;
    }
    while (f.rows == d->oh && 2 * f.images * f.each * f.step <= PLACES)
        f.images *= 2;
    f.pieces = (d->oh + f.rows - 1) / f.rows;
    for (size_t y = 0, tap = 0; y < s->kh; y++)
        for (size_t x = 0; x < s->kw; x++)
            f.shift[tap++] = y * s->dh * f.step + x * s->dw;
    /* an odd number of lines: planes do not share the cache's places */
    f.plane =
        lrr_round_up(f.images * f.each * f.step + f.shift[s->kh * s->kw - 1] + 80, 64) +
        32;
    return f;
}

/* One piece: n images from i on, output rows r0..r1-1. */
typedef struct piece {
    size_t i, n, r0, r1;
    size_t places;
} piece;

static piece piece_at(const flat *f, const side *d, size_t first, size_t end, size_t j)
{
    piece q = { .i = first + j / f->pieces * f->images, .r0 = j % f->pieces * f->rows };
    q.n = end - q.i < f->images ? end - q.i : f->images;
    q.r1 = q.r0 + f->rows < d->oh ? q.r0 + f->rows : d->oh;
    q.places = f->rows == d->oh ? q.n * f->each * f->step : (q.r1 - q.r0) * f->step;
    return q;
}

static size_t pieces_in(const flat *f, size_t images)
{
    return (images + f->images - 1) / f->images * f->pieces;
}

/* Planes that a piece reads. */
static lrr_flat planes_of(const flat *f, const side *d, const piece *q)
{
    return (lrr_flat){ .c = d->c,
                       .h = d->h,
                       .w = d->w,
                       .area = d->h * d->w,
                       .images = q->n,
                       .image = d->c * d->h * d->w,
                       .first = (ptrdiff_t)q->r0 - (ptrdiff_t)d->pt,
                       .rows = f->each,
                       .step = f->step,
                       .left = d->pl,
                       .plane = f->plane };
}

/* Planes of outputs at a piece's places, with zeros where there is none. */
static lrr_flat results_of(const flat *f, const side *d, const piece *q)
{
    const bool cut = f->rows < d->oh;
    return (lrr_flat){ .c = d->out,
                       .h = q->r1,
                       .w = d->ow,
                       .area = d->oh * d->ow,
                       .images = q->n,
                       .image = d->out * d->oh * d->ow,
                       .first = (ptrdiff_t)q->r0,
                       .rows = cut ? q->r1 - q->r0 : f->each,
                       .step = f->step,
                       .left = 0,
                       .plane = f->plane };
}

/* As conv_tiles_halves, of floats. */
static void lay_floats(const lrr_flat *f, const lrr_real *x, lrr_real *to)
{
    memset(to, 0, f->c * f->plane * sizeof *to);
    for (size_t c = 0; c < f->c; c++)
        for (size_t g = 0; g < f->images; g++)
            for (size_t r = 0; r < f->rows; r++) {
                const ptrdiff_t at = f->first + (ptrdiff_t)r;
                if (at >= 0 && (size_t)at < f->h)
                    memcpy(to + c * f->plane + (g * f->rows + r) * f->step + f->left,
                           x + g * f->image + c * f->area + (size_t)at * f->w,
                           f->w * sizeof *to);
            }
}

/* ---- weights ---- */

/* Reals of the packed weights of a side: 32 outputs, tap by tap, or (taps, out, c). */
static size_t weight_reals(const side *d, size_t taps)
{
    return taps * lrr_round_up(d->out, ROWS) * lrr_round_up(d->c, ROWS);
}

typedef struct weight_job {
    const side *d;
    const lrr_real *from;
    lrr_real *to;
    size_t taps;
} weight_job;

/* 32 outputs. */
static void pack_weight(void *arg, size_t panel)
{
    const weight_job *j = arg;
    const side *d = j->d;
    const size_t at = panel * ROWS, m = d->out - at < ROWS ? d->out - at : ROWS;
    for (size_t tap = 0; tap < j->taps; tap++) {
        const size_t own = d->turned ? j->taps - 1 - tap : tap;
        const lrr_real *from = j->from + at * d->w_out + own;
        if (lrr_cpu_tiles()) {
            lrr_k->conv_tiles_weight(from, m, d->c, d->w_out, d->w_in,
                                     j->to + (panel * j->taps + tap) * ROWS / 2 *
                                                 lrr_round_up(d->c, ROWS));
            continue;
        }
        for (size_t i = 0; i < m; i++)
            for (size_t c = 0; c < d->c; c++)
                j->to[(tap * d->out + at + i) * d->c + c] =
                    from[i * d->w_out + c * d->w_in];
    }
}

/* ---- forward, and dx ---- */

typedef struct job {
    const lrr_conv *s;
    const lrr_conv_pass *p;
    side d;
    flat f;
    size_t taps;
    const lrr_real *x;
    lrr_real *y, *w;
    const lrr_real *bias;
    bool adds;
    /* dweight's alone */
    size_t parts, c_ld; /* channels rounded up, of dw's rows */
    size_t out_ld;
    lrr_real *dw; /* (parts, taps, c_ld, out_ld) */
    double *db;   /* (parts, out) */
} job;

/* Outputs m0..m0+m-1 of a piece, flat. */
static void outputs_of(const job *j, const piece *q, size_t m0, size_t m,
                       const lrr_real *planes, lrr_real *to, size_t ld)
{
    const size_t c = j->d.c;
    if (lrr_cpu_tiles()) {
        const lrr_taps t = { .m = m,
                             .n = q->places,
                             .c = c,
                             .taps = j->taps,
                             .shift = j->f.shift,
                             .w = j->w + m0 / 2 * j->taps * lrr_round_up(c, ROWS),
                             .planes = planes,
                             .plane = j->f.plane,
                             .y = to,
                             .ldy = ld };
        lrr_k->conv_tiles_taps(&t);
        return;
    }
    for (size_t tap = 0; tap < j->taps; tap++)
        lrr_gemm_serial(LRR_GEMM_TILES, m, q->places, c, 1,
                        (lrr_mat){ j->w + (tap * j->d.out + m0) * c, c, false },
                        (lrr_mat){ planes + j->f.shift[tap], j->f.plane, false },
                        tap > 0, to, ld);
}

static void forward_piece(void *arg, size_t index)
{
    const job *j = arg;
    const side *d = &j->d;
    const piece q = piece_at(&j->f, d, 0, j->p->n, index);
    const lrr_flat f = planes_of(&j->f, d, &q);
    lrr_real *planes = j->p->work_thread[lrr_threads_self()];
    lrr_real *to = planes + lrr_round_up(d->c, ROWS) * f.plane;
    const lrr_real *x = j->x + q.i * f.image;
    const size_t ld = f.plane, area = d->oh * d->ow;
    if (lrr_cpu_tiles())
        lrr_k->conv_tiles_pairs(&f, x, planes);
    else
        lay_floats(&f, x, planes);
    for (size_t m = 0; m < d->out; m += ROWS) {
        lrr_spread s = { .from = to,
                         .ld = ld,
                         .rows = j->f.each,
                         .step = j->f.step,
                         .m = d->out - m < ROWS ? d->out - m : ROWS,
                         .images = q.n,
                         .oh = q.r1 - q.r0,
                         .ow = d->ow,
                         .image = d->out * area,
                         .area = area,
                         .bias = j->bias != NULL ? j->bias + m : NULL,
                         .adds = j->adds };
        s.y = j->y + (q.i * d->out + m) * area + q.r0 * d->ow;
        outputs_of(j, &q, m, s.m, planes, to, ld);
        lrr_k->conv_tiles_spread(&s);
    }
}

static job job_of(const lrr_conv *s, const lrr_conv_pass *p, bool back)
{
    job j = { .s = s, .p = p, .d = side_of(s, back), .taps = s->kh * s->kw };
    j.f = flat_of(s, &j.d);
    j.w = p->work;
    return j;
}

/* A side's convolution; its weights are packed first. */
static void convolve(job *j)
{
    weight_job w = { &j->d, j->p->weight, j->w, j->taps };
    if (!j->p->again)
        lrr_parallel((j->d.out + ROWS - 1) / ROWS, pack_weight, &w);
    lrr_parallel(pieces_in(&j->f, j->p->n), forward_piece, j);
}

static void tiles_forward(const lrr_conv *s, const lrr_conv_pass *p)
{
    job j = job_of(s, p, false);
    j.x = p->x;
    j.y = p->y;
    j.bias = p->bias;
    convolve(&j);
}

/* ---- dweight ---- */

static void add_share(const job *j, const piece *q, lrr_real *dw, bool adds)
{
    const side *d = &j->d;
    const lrr_flat fx = planes_of(&j->f, d, q), fy = results_of(&j->f, d, q);
    const lrr_real *x = j->p->x + q->i * fx.image, *dy = j->p->dy + q->i * fy.image;
    lrr_real *planes = j->p->work_thread[lrr_threads_self()];
    lrr_real *grads = planes + j->c_ld * fx.plane;
    if (lrr_cpu_tiles()) {
        /* halves: the other half of each place is what turned ones go to */
        lrr_real *turned = grads + j->out_ld * fy.plane / 2;
        const lrr_taps_back t = { .m = d->out,
                                  .n = q->places,
                                  .c = d->c,
                                  .taps = j->taps,
                                  .shift = j->f.shift,
                                  .dy = turned,
                                  .planes = planes,
                                  .plane = fx.plane,
                                  .dw = dw,
                                  .ld = j->out_ld,
                                  .tap = j->c_ld * j->out_ld,
                                  .adds = adds };
        lrr_k->conv_tiles_halves(&fx, x, planes);
        lrr_k->conv_tiles_halves(&fy, dy, grads);
        lrr_k->conv_tiles_turned(grads, fy.plane, d->out, q->places, turned);
        lrr_k->conv_tiles_back(&t);
        return;
    }
    lay_floats(&fx, x, planes);
    lay_floats(&fy, dy, grads);
    for (size_t tap = 0; tap < j->taps; tap++)
        lrr_gemm_serial(LRR_GEMM_TILES, d->c, d->out, lrr_round_up(q->places, ROWS), 1,
                        (lrr_mat){ planes + j->f.shift[tap], fx.plane, false },
                        (lrr_mat){ grads, fy.plane, true }, adds,
                        dw + tap * j->c_ld * j->out_ld, j->out_ld);
}

static void bias_share(const job *j, const piece *q, double *db)
{
    const side *d = &j->d;
    const size_t area = d->oh * d->ow;
    for (size_t i = 0; i < q->n; i++)
        for (size_t o = 0; o < d->out; o++)
            db[o] += lrr_k->conv_sum(j->p->dy + ((q->i + i) * d->out + o) * area +
                                         q->r0 * d->ow,
                                     (q->r1 - q->r0) * d->ow);
}

static void weight_part(void *arg, size_t part)
{
    const job *j = arg;
    const size_t first = lrr__conv_part_at(j->p->n, j->parts, part),
                 end = lrr__conv_part_at(j->p->n, j->parts, part + 1);
    double *db = j->db + part * j->d.out;
    lrr_real *dw = j->dw + part * j->taps * j->c_ld * j->out_ld;
    memset(db, 0, j->d.out * sizeof *db);
    for (size_t i = 0; i < pieces_in(&j->f, end - first); i++) {
        const piece q = piece_at(&j->f, &j->d, first, end, i);
        if (j->p->dweight != NULL)
            add_share(j, &q, dw, i > 0);
        if (j->p->dbias != NULL)
            bias_share(j, &q, db);
    }
}

/* dweight (out, c, kh, kw) of one output from the sum of all parts. */
static void gather_weight(void *arg, size_t o)
{
    const job *j = arg;
    const size_t c = j->d.c, taps = j->taps;
    lrr_real *to = j->p->dweight + o * c * taps;
    for (size_t i = 0; i < c; i++)
        for (size_t tap = 0; tap < taps; tap++) {
            const lrr_real g = j->dw[(tap * j->c_ld + i) * j->out_ld + o];
            lrr_real *place = to + i * taps + tap;
            *place = j->p->add_weight ? *place + g : g;
        }
}

static void weight_gradient(job *j)
{
    const size_t size = j->taps * j->c_ld * j->out_ld;
    lrr_parallel(j->parts, weight_part, j);
    if (j->p->dweight != NULL) {
        if (j->parts > 1)
            lrr__conv_reduce(j->dw, j->parts, size, j->dw, size, false);
        lrr_parallel(j->d.out, gather_weight, j);
    }
    if (j->p->dbias != NULL)
        lrr__conv_reduce_bias(j->db, j->parts, j->d.out, j->p->dbias, j->p->add_bias);
}

static size_t larger_weight(const lrr_conv *s)
{
    const side d = side_of(s, false);
    return weight_reals(&d, s->kh * s->kw); /* as many as of dx */
}

static size_t part_reals(const lrr_conv *s)
{
    return s->kh * s->kw * lrr_round_up(s->c, ROWS) * lrr_round_up(s->out, ROWS);
}

static void tiles_backward(const lrr_conv *s, const lrr_conv_pass *p)
{
    if (p->dx != NULL) {
        job j = job_of(s, p, true);
        j.x = p->dy;
        j.y = p->dx;
        j.adds = p->add_x;
        convolve(&j);
    }
    if (p->dweight == NULL && p->dbias == NULL)
        return;
    job j = job_of(s, p, false);
    j.c_ld = lrr_round_up(s->c, ROWS);
    j.out_ld = lrr_round_up(s->out, ROWS);
    j.parts = lrr__conv_parts(p->n, part_reals(s));
    j.dw = (lrr_real *)p->work + larger_weight(s);
    j.db = (double *)(void *)(j.dw + j.parts * part_reals(s));
    weight_gradient(&j);
}

/* Without holes between windows, and no more zeros around than windows reach over. */
static bool tiles_fits(const lrr_conv *s)
{
    const size_t tall = (s->kh - 1) * s->dh, wide = (s->kw - 1) * s->dw;
    return s->groups * s->sh * s->sw == 1 && s->kh * s->kw <= TAPS &&
           s->c >= CHANNELS && s->out >= CHANNELS && s->pt <= tall && s->pl <= wide &&
           wide <= EDGE;
}

static size_t planes_reals(const lrr_conv *s, bool back)
{
    const side d = side_of(s, back);
    const flat f = flat_of(s, &d);
    const size_t own = lrr_round_up(d.c, ROWS), more = lrr_round_up(d.out, ROWS);
    return (own + (back ? ROWS : more)) * f.plane;
}

static void tiles_need(const lrr_conv *s, size_t batch, size_t *work,
                       size_t *work_thread)
{
    const size_t parts = lrr__conv_parts(batch, part_reals(s));
    *work = (larger_weight(s) + parts * part_reals(s)) * sizeof(lrr_real) +
            lrr_real_pad(parts * s->out) * sizeof(double);
    *work_thread =
        lrr_larger(planes_reals(s, false), planes_reals(s, true)) * sizeof(lrr_real);
}

const lrr__conv_algo lrr__conv_tiles = { tiles_fits, tiles_need, tiles_forward,
                                         tiles_backward };

#endif
