/*
** muon.c -- the momentum of a matrix, made orthogonal; AdamW for everything else.
**
** m: moving average of d, as Adam's;  u = nesterov ? (1 - mu) d + mu m : m;
** x = (1 - lr lambda) x - lr s O, where O is u with its singular values near 1
** (kernels/polar.h) and s, of a matrix of r rows (outputs) and c columns,
**   original  sqrt(max(1, r / c)),
**   rms       0.2 sqrt(max(r, c)): a step as large as Adam's usually is,
**   spectral  sqrt(r / c).
** Source: Jordan et al. 2024; torch.optim.Muon 2.15, which does it in bfloat16; rms: Liu et
** al., arXiv 2502.16982; spectral: Bernstein and Newhouse, arXiv 2410.21265.
*/
#include <math.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/polar.h"
#include "optim/def.h"
#include "optim/whole.h"

/* Elements of a piece of a pass over a matrix, and the most pieces. */
enum { GRAIN = 32768, PIECES = 1024 };

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg";
    names[1] = "exp_avg_sq"; /* of what AdamW takes */
    return 2;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double mu = now->h[LRR_HYPER_MOMENTUM];
    if (!now->whole) {
        lrr__optim_adamw.prepare(now, k);
        return;
    }
    k->lr = (lrr_real)now->h[LRR_HYPER_LR];
    k->mu = (lrr_real)mu;
    k->part = (lrr_real)(1 - mu);
    k->a = now->flags->nesterov ? k->part : 0;
    k->b = now->flags->nesterov ? k->mu : 1;
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    return lrr__optim_adamw.kernel(f);
}

static double scale_of(const lrr_optim_flags *f, double rows, double cols)
{
    if (f->rms_scale)
        return 0.2 * sqrt(rows > cols ? rows : cols);
    return sqrt(f->spectral_scale || rows > cols ? rows / cols : 1);
}

/* A kernel over all elements of a matrix. */
typedef struct pass {
    lrr_optim_kernel kernel;
    lrr_optim_k k;
    lrr_real *x;
    const lrr_real *g;
    lrr_real *const *s;
    size_t n, pieces;
} pass;

static void run_piece(void *arg, size_t i)
{
    const pass *p = arg;
    const size_t at = lrr_chunk_at(p->n, p->pieces, i);
    const size_t end = lrr_chunk_at(p->n, p->pieces, i + 1);
    lrr_real *s[LRR_STATES_MAX] = { p->s[0] + at };
    p->kernel(&p->k, p->x + at, p->g + at, s, end - at);
}

static void run(pass *p, size_t n)
{
    p->n = n;
    p->pieces = lrr_chunks(n, GRAIN, PIECES);
    lrr_parallel(p->pieces, run_piece, p);
}

static double cost(double rows, double cols, const double *base)
{
    (void)base;
    return rows * cols * (rows < cols ? rows : cols);
}

static size_t scratch(size_t rows, size_t cols, const double *base)
{
    (void)base;
    return rows * cols + lrr_polar_scratch(rows, cols);
}

static void update(const lrr_optim_matrix_now *m)
{
    const size_t n = m->rows * m->cols;
    pass look = { .kernel = lrr_k->optim_momentum, .k = *m->k, .g = m->g, .s = m->s };
    pass step = { .kernel = lrr_k->optim_sgd, .k = *m->k, .x = m->x, .s = m->s };

    memset(m->scratch, 0, n * sizeof *m->scratch);
    look.x = m->scratch; /* becomes u */
    look.k.keep = 1;
    look.k.lr = -1;
    run(&look, n);
    step.g = lrr_polar(m->gemm, (int)m->h[LRR_HYPER_NS_STEPS], m->rows, m->cols,
                       m->scratch, m->scratch + n);
    step.k.scale = 1;
    step.k.lr = (lrr_real)(m->h[LRR_HYPER_LR] *
                           scale_of(m->flags, (double)m->rows, (double)m->cols));
    run(&step, n);
}

static const lrr_optim_whole whole = { .cost = cost,
                                       .scratch = scratch,
                                       .update = update };

const lrr_optim_def lrr__optim_muon = {
    .name = "muon", /* flags.decoupled keeps weight decay out of d */
    .n_products = 2,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .whole = &whole,
};
