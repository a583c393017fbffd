/* conv1d.c -- see conv1d.h. */
#include "kernels/conv1d.h"

#include <string.h>

#include "base/threads.h"
#include "kernels/conv_algo.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"

enum { PIECE_REALS = 96 << 10, ROWS_MIN = 32, ROWS_MAX = 1024 };

typedef struct job {
    const lrr_conv1d *s;
    const lrr_conv1d_pass *p;
    size_t depth; /* k * c / groups: columns of an unfolded piece */
    size_t rows;  /* output steps in a piece */
    size_t parts;
    lrr_real
        *wt; /* (groups, k, c / groups, out / groups): the weight as products want it */
    lrr_real *dw; /* (parts, ...) likewise */
    double *db;   /* (parts, out) */
} job;

static size_t weights_of(const lrr_conv1d *s)
{
    return s->out * (s->c / s->groups) * s->k;
}

static job job_of(const lrr_conv1d *s, const lrr_conv1d_pass *p, size_t n)
{
    job j = { .s = s, .p = p, .depth = s->k * (s->c / s->groups) };
    size_t rows = PIECE_REALS / j.depth;
    j.rows = rows < ROWS_MIN ? ROWS_MIN : rows > ROWS_MAX ? ROWS_MAX : rows;
    j.parts = lrr__conv_parts(n, weights_of(s));
    return j;
}

static void place(job *j, void *work)
{
    size_t weights = weights_of(j->s);
    j->db = (double *)work;
    j->wt = (lrr_real *)(j->db + lrr_real_pad(j->parts * j->s->out));
    j->dw = j->wt + lrr_real_pad(weights);
}

/* Moves between (out, c / groups, k) and (groups, k, c / groups, out / groups). */
static void permute(const lrr_conv1d *s, const lrr_real *w, lrr_real *wt)
{
    size_t c = s->c / s->groups, n = s->out / s->groups;
    for (size_t o = 0; o < s->out; o++)
        for (size_t i = 0; i < c; i++)
            for (size_t k = 0; k < s->k; k++)
                wt[((o / n * s->k + k) * c + i) * n + o % n] =
                    w[(o * c + i) * s->k + k];
}

static void permute_back(const lrr_conv1d *s, const lrr_real *wt, lrr_real *w, bool add)
{
    size_t c = s->c / s->groups, n = s->out / s->groups;
    for (size_t o = 0; o < s->out; o++) {
        for (size_t i = 0; i < c; i++) {
            for (size_t k = 0; k < s->k; k++) {
                lrr_real v = wt[((o / n * s->k + k) * c + i) * n + o % n];
                lrr_real *to = w + (o * c + i) * s->k + k;
                *to = add ? *to + v : v;
            }
        }
    }
}

static size_t length_of(const job *j, size_t sample)
{
    return j->p->len ? (size_t)j->p->len[sample] : j->s->t;
}

/* The step of x that tap k of row (sample * ot + step) reads, counted over the batch;
** SIZE_MAX where that is outside the sample. */
static size_t source(const job *j, size_t row, size_t k)
{
    const lrr_conv1d *s = j->s;
    size_t sample = row / s->ot, at = row % s->ot * s->stride + k * s->dilation;
    return at < s->pad || at - s->pad >= length_of(j, sample)
               ? SIZE_MAX
               : sample * s->t + at - s->pad;
}

/* col (rows, k, c / groups) of group g. */
static void unfold(const job *j, size_t row, size_t n, size_t g, lrr_real *col)
{
    size_t c = j->s->c / j->s->groups;
    for (size_t r = row; r < row + n; r++) {
        for (size_t k = 0; k < j->s->k; k++, col += c) {
            size_t from = source(j, r, k);
            if (from == SIZE_MAX)
                memset(col, 0, c * sizeof *col);
            else
                memcpy(col, j->p->x + from * j->s->c + g * c, c * sizeof *col);
        }
    }
}

static void fold(const job *j, size_t row, size_t n, size_t g, const lrr_real *col)
{
    size_t c = j->s->c / j->s->groups;
    for (size_t r = row; r < row + n; r++) {
        for (size_t k = 0; k < j->s->k; k++, col += c) {
            size_t to = source(j, r, k);
            if (to != SIZE_MAX)
                lrr_k->accumulate(col, j->p->dx + to * j->s->c + g * c, c);
        }
    }
}

static void forward_piece(void *arg, size_t i)
{
    const job *j = (const job *)arg;
    const lrr_conv1d *s = j->s;
    size_t row = i * j->rows, total = j->p->n * s->ot, n = s->out / s->groups;
    size_t rows = total - row < j->rows ? total - row : j->rows;
    lrr_real *col = (lrr_real *)j->p->work_thread[lrr_threads_self()];
    lrr_real *y = j->p->y + row * s->out;
    for (size_t r = 0; j->p->bias && r < rows; r++)
        memcpy(y + r * s->out, j->p->bias, s->out * sizeof *y);
    for (size_t g = 0; g < s->groups; g++) {
        lrr_mat a = { col, j->depth, false },
                b = { j->wt + g * j->depth * n, n, false };
        unfold(j, row, rows, g, col);
        lrr_gemm_serial(j->p->gemm, rows, n, j->depth, 1, a, b, j->p->bias ? 1 : 0,
                        y + g * n, s->out);
    }
}

void lrr_conv1d_forward(const lrr_conv1d *s, const lrr_conv1d_pass *p)
{
    job j = job_of(s, p, p->n);
    place(&j, p->work);
    permute(s, p->weight, j.wt);
    lrr_parallel((p->n * s->ot + j.rows - 1) / j.rows, forward_piece, &j);
}

static void backward_rows(const job *j, size_t row, size_t rows, bool first,
                          size_t part)
{
    const lrr_conv1d *s = j->s;
    size_t n = s->out / s->groups;
    lrr_real *col = (lrr_real *)j->p->work_thread[lrr_threads_self()];
    for (size_t g = 0; g < s->groups; g++) {
        lrr_mat dy = { j->p->dy + row * s->out + g * n, s->out, false };
        if (j->p->dweight) {
            lrr_mat a = { col, j->depth, true };
            unfold(j, row, rows, g, col);
            lrr_gemm_serial(j->p->gemm, j->depth, n, rows, 1, a, dy, first ? 0 : 1,
                            j->dw + part * weights_of(s) + g * j->depth * n, n);
        }
        if (j->p->dx) {
            lrr_mat w = { j->wt + g * j->depth * n, n, true };
            lrr_gemm_serial(j->p->gemm, rows, j->depth, n, 1, dy, w, 0, col, j->depth);
            fold(j, row, rows, g, col);
        }
    }
}

static void backward_part(void *arg, size_t part)
{
    const job *j = (const job *)arg;
    const lrr_conv1d *s = j->s;
    size_t first = lrr__conv_part_at(j->p->n, j->parts, part);
    size_t end = lrr__conv_part_at(j->p->n, j->parts, part + 1);
    double *db = j->db + part * s->out;
    memset(db, 0, s->out * sizeof *db);
    if (j->p->dx && !j->p->add_x)
        memset(j->p->dx + first * s->t * s->c, 0,
               (end - first) * s->t * s->c * sizeof *j->p->dx);
    for (size_t row = first * s->ot; row < end * s->ot; row += j->rows) {
        size_t rows = end * s->ot - row < j->rows ? end * s->ot - row : j->rows;
        backward_rows(j, row, rows, row == first * s->ot, part);
    }
    for (size_t row = first * s->ot; j->p->dbias && row < end * s->ot; row++)
        for (size_t o = 0; o < s->out; o++)
            db[o] += (double)j->p->dy[row * s->out + o];
}

void lrr_conv1d_backward(const lrr_conv1d *s, const lrr_conv1d_pass *p)
{
    job j = job_of(s, p, p->n);
    place(&j, p->work);
    permute(s, p->weight, j.wt);
    lrr_parallel(j.parts, backward_part, &j);
    if (p->dweight) {
        lrr__conv_reduce(j.dw, j.parts, weights_of(s), j.wt, weights_of(s), false);
        permute_back(s, j.wt, p->dweight, p->add_weight);
    }
    if (p->dbias)
        lrr__conv_reduce_bias(j.db, j.parts, s->out, p->dbias, p->add_bias);
}

void lrr_conv1d_need(const lrr_conv1d *s, size_t batch, size_t *work,
                     size_t *work_thread)
{
    job j = job_of(s, NULL, batch);
    *work = lrr_real_pad(j.parts * s->out) * sizeof(double) +
            (lrr_real_pad(weights_of(s)) + lrr_real_pad(j.parts * weights_of(s))) *
                sizeof(lrr_real);
    *work_thread = lrr_real_pad(j.rows * j.depth) * sizeof(lrr_real);
}
