/*
** conv_gemm.c -- convolution as matrix products over unfolded pieces (im2col).
**
** A piece is some output rows of one image, or several small images: so many columns
** that the unfolded piece (c / groups * kh * kw, columns) stays in a core's L2 cache.
** Source: Chellapilla, Puri, Simard, "High performance convolutional neural networks
** for document processing", 2006.
*/
#include "base/threads.h"
#include "kernels/conv_algo.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"

#include <string.h>

enum { PIECE_REALS = 96 << 10, COLUMNS_MIN = 64, COLUMNS_MAX = 2048 };

/* How n images are cut into pieces. */
typedef struct cut {
    size_t depth;  /* rows of an unfolded piece */
    size_t area;   /* oh * ow */
    size_t images; /* in a piece; 1 where an image is cut itself */
    size_t rows;   /* output rows in a piece; oh where images are whole */
    size_t pieces; /* per image, or 1 */
    size_t ld;     /* columns of the largest piece */
    bool direct;   /* x itself is the unfolded image: 1x1, stride 1, no padding */
} cut;

static cut cut_of(const lrr_conv *s)
{
    cut k = { .depth = s->c / s->groups * s->kh * s->kw, .area = s->oh * s->ow };
    size_t cols = PIECE_REALS / k.depth;
    cols = cols < COLUMNS_MIN ? COLUMNS_MIN : cols > COLUMNS_MAX ? COLUMNS_MAX : cols;
    k.images = k.area >= COLUMNS_MIN ? 1 : cols / k.area;
    k.rows = k.images > 1 || cols >= k.area ? s->oh : cols < s->ow ? 1 : cols / s->ow;
    k.pieces = (s->oh + k.rows - 1) / k.rows;
    k.ld = k.images * k.rows * s->ow;
    k.direct = s->kh * s->kw == 1 && s->sh * s->sw == 1 && s->h == s->oh &&
               s->w == s->ow && s->pt + s->pl == 0;
    return k;
}

/* One piece: images i..i+n-1, output rows r0..r1-1. */
typedef struct piece {
    size_t i, n, r0, r1;
    size_t cols;
} piece;

/* Piece j of images first..end-1. */
static piece piece_at(const lrr_conv *s, const cut *k, size_t first, size_t end,
                      size_t j)
{
    piece q = { .i = first + j / k->pieces * k->images, .r0 = j % k->pieces * k->rows };
    q.n = end - q.i < k->images ? end - q.i : k->images;
    q.r1 = q.r0 + k->rows < s->oh ? q.r0 + k->rows : s->oh;
    q.cols = q.n * (q.r1 - q.r0) * s->ow;
    return q;
}

static size_t pieces_in(const cut *k, size_t images)
{
    return (images + k->images - 1) / k->images * k->pieces;
}

static lrr_conv_rows rows_of(const lrr_conv *s, const piece *q)
{
    return (lrr_conv_rows){ s->c / s->groups, q->r0, q->r1, q->cols };
}

/* The unfolded piece of group g, as a matrix (depth, cols). */
static lrr_mat unfold(const lrr_conv *s, const cut *k, const piece *q,
                      const lrr_real *x, size_t g, lrr_real *col)
{
    size_t c = s->c / s->groups, plane = s->h * s->w;
    const lrr_real *from = x + (q->i * s->c + g * c) * plane;
    if (k->direct && q->n == 1)
        return (lrr_mat){ from + q->r0 * s->w, plane, false };
    lrr_conv_rows r = rows_of(s, q);
    for (size_t i = 0; i < q->n; i++)
        lrr_k->conv_unfold(s, &r, from + i * s->c * plane,
                           col + i * (q->r1 - q->r0) * s->ow);
    return (lrr_mat){ col, q->cols, false };
}

/* ---- forward ---- */

typedef struct job {
    const lrr_conv *s;
    const lrr_conv_pass *p;
    cut k;
    size_t parts;
    lrr_real *dw; /* (parts, weights) */
    double *db;   /* (parts, out) */
} job;

/* y of several images from a (channels, cols) result, with bias. */
static void spread(const job *j, const piece *q, size_t o0, size_t n,
                   const lrr_real *from)
{
    size_t area = j->k.area;
    for (size_t o = 0; o < n; o++) {
        lrr_real b = j->p->bias ? j->p->bias[o0 + o] : 0;
        for (size_t i = 0; i < q->n; i++)
            lrr_k->conv_shift(from + o * q->cols + i * area,
                              j->p->y + ((q->i + i) * j->s->out + o0 + o) * area, area,
                              b);
    }
}

static void forward_piece(void *arg, size_t index)
{
    const job *j = (const job *)arg;
    const lrr_conv *s = j->s;
    const cut *k = &j->k;
    piece q = piece_at(s, k, 0, j->p->n, index);
    lrr_real *col = (lrr_real *)j->p->work_thread[lrr_threads_self()];
    lrr_real *tmp = col + lrr_real_pad(k->depth * k->ld);
    size_t o = s->out / s->groups;
    for (size_t g = 0; g < s->groups; g++) {
        lrr_mat m = unfold(s, k, &q, j->p->x, g, col);
        lrr_mat w = { j->p->weight + g * o * k->depth, k->depth, false };
        if (k->images > 1) {
            lrr_gemm_serial(j->p->gemm, o, q.cols, k->depth, 1, w, m, 0, tmp, q.cols);
            spread(j, &q, g * o, o, tmp);
            continue;
        }
        lrr_real *y = j->p->y + (q.i * s->out + g * o) * k->area + q.r0 * s->ow;
        lrr_gemm_serial(j->p->gemm, o, q.cols, k->depth, 1, w, m, 0, y, k->area);
        for (size_t i = 0; j->p->bias && i < o; i++)
            lrr_k->conv_shift(y + i * k->area, y + i * k->area, q.cols,
                              j->p->bias[g * o + i]);
    }
}

static void gemm_forward(const lrr_conv *s, const lrr_conv_pass *p)
{
    job j = { .s = s, .p = p, .k = cut_of(s) };
    lrr_parallel(pieces_in(&j.k, p->n), forward_piece, &j);
}

/* ---- backward ---- */

/* dy of a piece as a matrix (out / groups, cols). */
static lrr_mat piece_dy(const job *j, const piece *q, size_t g, lrr_real *tmp)
{
    size_t o = j->s->out / j->s->groups, area = j->k.area;
    const lrr_real *dy = j->p->dy + (q->i * j->s->out + g * o) * area;
    if (j->k.images == 1)
        return (lrr_mat){ dy + q->r0 * j->s->ow, area, false };
    for (size_t c = 0; c < o; c++)
        for (size_t i = 0; i < q->n; i++)
            memcpy(tmp + c * q->cols + i * area, dy + (i * j->s->out + c) * area,
                   area * sizeof *tmp);
    return (lrr_mat){ tmp, q->cols, false };
}

static void piece_bias(const job *j, const piece *q, size_t g, lrr_mat dy, double *db)
{
    size_t o = j->s->out / j->s->groups;
    for (size_t c = 0; c < o; c++)
        db[g * o + c] += lrr_k->conv_sum(dy.p + c * dy.ld, q->cols);
}

static void piece_dx(const job *j, const piece *q, size_t g, lrr_mat dy, lrr_real *col)
{
    const lrr_conv *s = j->s;
    size_t o = s->out / s->groups, c = s->c / s->groups, plane = s->h * s->w;
    lrr_mat w = { j->p->weight + g * o * j->k.depth, j->k.depth, true };
    lrr_real *dx = j->p->dx + (q->i * s->c + g * c) * plane;
    if (j->k.direct && q->n == 1) {
        lrr_gemm_serial(j->p->gemm, c, q->cols, o, 1, w, dy, j->p->add_x ? 1 : 0,
                        dx + q->r0 * s->w, plane);
        return;
    }
    lrr_gemm_serial(j->p->gemm, j->k.depth, q->cols, o, 1, w, dy, 0, col, q->cols);
    lrr_conv_rows r = rows_of(s, q);
    for (size_t i = 0; i < q->n; i++) {
        lrr_real *to = dx + i * s->c * plane;
        if (q->r0 == 0 && !j->p->add_x)
            memset(to, 0, c * plane * sizeof *to);
        lrr_k->conv_fold(s, &r, col + i * (q->r1 - q->r0) * s->ow, to);
    }
}

/* One part of the batch; its pieces in order, so that rows of dx that two pieces share
** are added in order too. */
static void backward_part(void *arg, size_t part)
{
    const job *j = (const job *)arg;
    const lrr_conv *s = j->s;
    const cut *k = &j->k;
    size_t first = lrr__conv_part_at(j->p->n, j->parts, part);
    size_t end = lrr__conv_part_at(j->p->n, j->parts, part + 1);
    lrr_real *col = (lrr_real *)j->p->work_thread[lrr_threads_self()];
    lrr_real *tmp = col + lrr_real_pad(k->depth * k->ld);
    size_t o = s->out / s->groups, weights = lrr_conv_weights(s);
    double *db = j->db + part * s->out;
    memset(db, 0, s->out * sizeof *db);
    for (size_t i = 0; i < pieces_in(k, end - first); i++) {
        piece q = piece_at(s, k, first, end, i);
        for (size_t g = 0; g < s->groups; g++) {
            lrr_mat dy = piece_dy(j, &q, g, tmp);
            if (j->p->dbias)
                piece_bias(j, &q, g, dy, db);
            if (j->p->dweight) {
                lrr_mat m = unfold(s, k, &q, j->p->x, g, col);
                m.t = true;
                lrr_gemm_serial(j->p->gemm, o, k->depth, q.cols, 1, dy, m, i > 0,
                                j->dw + part * weights + g * o * k->depth, k->depth);
            }
            if (j->p->dx)
                piece_dx(j, &q, g, dy, col);
        }
    }
}

static void gemm_backward(const lrr_conv *s, const lrr_conv_pass *p)
{
    size_t weights = lrr_conv_weights(s);
    job j = { .s = s, .p = p, .k = cut_of(s), .parts = lrr__conv_parts(p->n, weights) };
    j.db = (double *)p->work;
    j.dw = (lrr_real *)(j.db + lrr_real_pad(j.parts * s->out));
    lrr_parallel(j.parts, backward_part, &j);
    if (p->dweight)
        lrr__conv_reduce(j.dw, j.parts, weights, p->dweight, weights, p->add_weight);
    if (p->dbias)
        lrr__conv_reduce_bias(j.db, j.parts, s->out, p->dbias, p->add_bias);
}

static bool gemm_fits(const lrr_conv *s)
{
    (void)s;
    return true;
}

static void gemm_need(const lrr_conv *s, size_t batch, size_t *work,
                      size_t *work_thread)
{
    cut k = cut_of(s);
    size_t weights = lrr_conv_weights(s), parts = lrr__conv_parts(batch, weights);
    *work = lrr_real_pad(parts * s->out) * sizeof(double) +
            lrr_real_pad(parts * weights) * sizeof(lrr_real);
    *work_thread =
        (lrr_real_pad(k.depth * k.ld) + lrr_real_pad(s->out / s->groups * k.ld)) *
        sizeof(lrr_real);
}

const lrr__conv_algo lrr__conv_gemm = { gemm_fits, gemm_need, gemm_forward,
                                        gemm_backward };
