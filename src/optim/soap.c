/*
** soap.c -- Adam in the eigenbasis of a matrix's gradients, Adam for everything else.
**
** Of a matrix with gradient g, L and R are moving averages (share beta2) of g g^T and g^T g, and
** QL, QR bases near their eigenvectors; m is the average of g, v that of (QL^T g QR)^2.
**   u = QL [ (QL^T m QR) / (sqrt(v) + eps) ] QR^T
**   x = (1 - lr lambda) (x - lr sqrt(1 - beta2^k) / (1 - beta1^k) u)
** The first update starts L, R and their eigenvectors and makes no step, so that k counts from
** the second. After each `every` of the others one power step, L QL with the columns sorted by
** QL^T L QL, and QR of it make the next QL; v is permuted with it. A side with more than max_dim
** rows keeps the identity.
** Source: Vyas et al., arXiv 2409.11321, in the form of pytorch_optimizer 3; what is no matrix
** there waits in the first update, too, and so it does here.
**
** QL and QR are kept transposed: a row is a vector. Products are in lrr_real, bases in double.
*/
#include <math.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/gemm.h"
#include "linalg/basis.h"
#include "optim/def.h"
#include "optim/whole.h"

/* Elements of a piece of a pass over a matrix, and the most pieces. */
enum { GRAIN = 32768, PIECES = 1024 };

/* Multiplications of both bases, by the cube of rows, shared out among the updates between. */
static const double BASES = 4;

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg";
    names[1] = "exp_avg_sq"; /* of a matrix: in its bases */
    return 2;
}

/* The first update is none: products begin with the second. */
static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double lr = now->h[LRR_HYPER_LR], *h = now->h;
    const bool first = now->k <= 1;
    k->w1 = (lrr_real)(1 - h[LRR_HYPER_BETA1]);
    k->w2 = (lrr_real)(1 - h[LRR_HYPER_BETA2]);
    k->root = 1;
    if (!first) {
        const double shrunk = 1 - lr * h[LRR_HYPER_WEIGHT_DECAY];
        k->eps = (lrr_real)h[LRR_HYPER_EPS];
        k->lr =
            (lrr_real)(shrunk * lr * sqrt(1 - now->product[1]) / (1 - now->product[0]));
        return;
    }
    now->product[0] = now->product[1] = 1;
    k->lr = 0;
    k->keep = k->eps = 1;
    if (!now->whole)
        k->w1 = k->w2 = 0;
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_adam;
}

/* One side of a matrix: n is 0 where it keeps the identity. */
typedef struct side {
    size_t n;
    lrr_real *square, *basis; /* (n, n) */
} side;

typedef struct work {
    const lrr_optim_matrix_now *m;
    size_t n, pieces;
    side left, right;
    lrr_real *g, *y, *z; /* (rows, cols): the gradient, and what is being made of it */
    lrr_real *power;     /* (n, n) of the larger side, as are the doubles */
    double *a, *v, *numbers;
} work;

static size_t kept(size_t n, const double *base)
{
    return (double)n <= base[LRR_HYPER_MAX_DIM] ? n : 0;
}

static size_t larger(size_t rows, size_t cols, const double *base)
{
    const size_t l = kept(rows, base), r = kept(cols, base);
    return l > r ? l : r;
}

static double cost(double rows, double cols, const double *base)
{
    const double l = rows <= base[LRR_HYPER_MAX_DIM] ? rows : 0;
    const double r = cols <= base[LRR_HYPER_MAX_DIM] ? cols : 0;
    return 4 * rows * cols * (l + r) +
           BASES * (l * l * l + r * r * r) / fmax(base[LRR_HYPER_EVERY], 1);
}

static size_t own(size_t rows, size_t cols, const double *base)
{
    const size_t l = kept(rows, base), r = kept(cols, base);
    return 2 * (l * l + r * r);
}

static size_t scratch(size_t rows, size_t cols, const double *base)
{
    const size_t q = larger(rows, cols, base);
    const double in_double = 0;
    const lrr_real in_real = 0;
    return lrr_real_pad(3 * rows * cols + q * q) +
           (2 * q * q + q + LRR_BASIS_WORK(q)) * (sizeof in_double / sizeof in_real);
}

static work lay_out(const lrr_optim_matrix_now *m)
{
    const size_t n = m->rows * m->cols, q = larger(m->rows, m->cols, m->base);
    work w = { .m = m, .n = n, .pieces = lrr_chunks(n, GRAIN, PIECES) };
    lrr_real *at = m->own;
    w.left.n = kept(m->rows, m->base);
    w.right.n = kept(m->cols, m->base);
    for (int i = 0; i < 2; i++) {
        side *s = i == 0 ? &w.left : &w.right;
        s->square = at;
        s->basis = at + s->n * s->n;
        at += 2 * s->n * s->n;
    }
    w.g = m->scratch;
    w.y = w.g + n;
    w.z = w.y + n;
    w.power = w.z + n;
    w.a = (double *)(void *)(m->scratch + lrr_real_pad(3 * n + q * q));
    w.v = w.a + q * q;
    w.numbers = w.v + q * q;
    return w;
}

static void piece_of(const work *w, size_t i, size_t *at, size_t *end)
{
    *at = lrr_chunk_at(w->n, w->pieces, i);
    *end = lrr_chunk_at(w->n, w->pieces, i + 1);
}

static void take_gradient(void *arg, size_t piece)
{
    const work *w = arg;
    const lrr_real scale = w->m->k->scale;
    size_t at, end;
    piece_of(w, piece, &at, &end);
    for (size_t i = at; i < end; i++)
        w->y[i] = w->g[i] = scale * w->m->g[i];
}

static void average(void *arg, size_t piece)
{
    const work *w = arg;
    lrr_real *m = w->m->s[0];
    size_t at, end;
    piece_of(w, piece, &at, &end);
    for (size_t i = at; i < end; i++)
        m[i] += w->m->k->w1 * (w->g[i] - m[i]);
}

/* v, by y in the bases; y becomes m. */
static void average_square(void *arg, size_t piece)
{
    const work *w = arg;
    lrr_real *v = w->m->s[1];
    size_t at, end;
    piece_of(w, piece, &at, &end);
    for (size_t i = at; i < end; i++) {
        v[i] += w->m->k->w2 * (w->y[i] * w->y[i] - v[i]);
        w->y[i] = w->m->s[0][i];
    }
}

static void divide(void *arg, size_t piece)
{
    const work *w = arg;
    const lrr_real *v = w->m->s[1];
    size_t at, end;
    piece_of(w, piece, &at, &end);
    for (size_t i = at; i < end; i++)
        w->y[i] /= (lrr_real)sqrt((double)v[i]) + w->m->k->eps;
}

static void take_step(void *arg, size_t piece)
{
    const work *w = arg;
    const lrr_optim_k *k = w->m->k;
    size_t at, end;
    piece_of(w, piece, &at, &end);
    for (size_t i = at; i < end; i++)
        w->m->x[i] = k->keep * w->m->x[i] - k->lr * w->y[i];
}

static void pass(work *w, lrr_chunk_fn f)
{
    lrr_parallel(w->pieces, f, w);
}

static void swap(work *w)
{
    lrr_real *was = w->y;
    w->y = w->z;
    w->z = was;
}

/* y into the bases, or back from them. */
static void turn(work *w, bool back)
{
    const size_t rows = w->m->rows, cols = w->m->cols;
    if (w->left.n > 0) {
        lrr_gemm(w->m->gemm, rows, cols, rows, 1,
                 (lrr_mat){ w->left.basis, rows, back }, (lrr_mat){ w->y, cols, false },
                 0, w->z, cols);
        swap(w);
    }
    if (w->right.n > 0) {
        lrr_gemm(w->m->gemm, rows, cols, cols, 1, (lrr_mat){ w->y, cols, false },
                 (lrr_mat){ w->right.basis, cols, !back }, 0, w->z, cols);
        swap(w);
    }
}

/* The averages L and R. */
static void observe(work *w)
{
    const size_t rows = w->m->rows, cols = w->m->cols;
    const double share = 1 - w->m->h[LRR_HYPER_BETA2];
    const lrr_mat straight = { w->g, cols, false }, turned = { w->g, cols, true };
    if (w->left.n > 0)
        lrr_gemm(w->m->gemm, rows, rows, cols, share, straight, turned, 1 - share,
                 w->left.square, rows);
    if (w->right.n > 0)
        lrr_gemm(w->m->gemm, cols, cols, rows, share, turned, straight, 1 - share,
                 w->right.square, cols);
}

static void begin_basis(const work *w, const side *s)
{
    for (size_t i = 0; i < s->n * s->n; i++)
        w->a[i] = (double)s->square[i];
    lrr_basis_eigen(w->a, w->v, w->numbers, w->numbers + s->n, s->n);
    for (size_t i = 0; i < s->n * s->n; i++)
        s->basis[i] = (lrr_real)w->v[i];
}

/* The rows of the basis by their estimates, the largest first: their numbers, in `order`. What is
** not a number comes last. */
static void sort(const work *w, const side *s, double *order, double *estimate)
{
    for (size_t i = 0; i < s->n; i++) {
        const lrr_real *x = s->basis + i * s->n, *y = w->power + i * s->n;
        double sum = 0;
        size_t at = i;
        for (size_t c = 0; c < s->n; c++)
            sum += (double)x[c] * (double)y[c];
        for (; at > 0 && sum > estimate[at - 1]; at--) {
            estimate[at] = estimate[at - 1];
            order[at] = order[at - 1];
        }
        estimate[at] = isnan(sum) ? -HUGE_VAL : sum;
        order[at] = (double)i;
    }
}

/* v by rows or columns in that order, with g as room. */
static void permute(const work *w, const double *order, bool columns)
{
    const size_t rows = w->m->rows, cols = w->m->cols;
    lrr_real *v = w->m->s[1];
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            w->g[r * cols + c] = columns ? v[r * cols + (size_t)order[c]]
                                         : v[(size_t)order[r] * cols + c];
    memcpy(v, w->g, w->n * sizeof *v);
}

static void next_basis(const work *w, const side *s, bool columns)
{
    const size_t n = s->n;
    double *order = w->numbers;
    if (n == 0)
        return;
    lrr_gemm(w->m->gemm, n, n, n, 1, (lrr_mat){ s->basis, n, false },
             (lrr_mat){ s->square, n, false }, 0, w->power, n);
    sort(w, s, order, w->numbers + n);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < n; c++)
            w->a[i * n + c] = (double)w->power[(size_t)order[i] * n + c];
    permute(w, order, columns);
    lrr_basis_rows(w->a, w->v, w->numbers + n, n);
    for (size_t i = 0; i < n * n; i++)
        s->basis[i] = (lrr_real)w->v[i];
}

static void update(const lrr_optim_matrix_now *m)
{
    work w = lay_out(m);
    pass(&w, take_gradient);
    if (m->number <= 1) {
        observe(&w);
        begin_basis(&w, &w.left);
        begin_basis(&w, &w.right);
        return;
    }
    pass(&w, average);
    turn(&w, false);
    pass(&w, average_square);
    turn(&w, false);
    pass(&w, divide);
    turn(&w, true);
    pass(&w, take_step);
    observe(&w);
    if (fmod(m->number - 1, m->h[LRR_HYPER_EVERY]) == 0) {
        next_basis(&w, &w.left, false);
        next_basis(&w, &w.right, true);
    }
}

static const lrr_optim_whole whole = { .cost = cost,
                                       .scratch = scratch,
                                       .own = own,
                                       .own_name = "preconditioner",
                                       .update = update };

const lrr_optim_def lrr__optim_soap = {
    .name = "soap", /* flags.decoupled is always set */
    .n_products = 2,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .whole = &whole,
};
