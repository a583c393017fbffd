/*
** whole.h -- updates of whole matrices, for optimizers that look at a weight as a map from
** inputs to outputs. Private to optim/.
**
** A group whose tensors are matrices (lrr_optim_cfg.matrices) is updated by these, the others
** by the optimizer's kernel. Small matrices are shared out among lanes, each of which one
** thread works off; one large matrix after the other is worked on by all threads. Which is
** which hangs on the shapes alone.
*/
#ifndef LRR_OPTIM_WHOLE_H
#define LRR_OPTIM_WHOLE_H

#include "kernels/simd.h"
#include "optim/optim.h"

/* One matrix in one update. */
typedef struct lrr_optim_matrix_now {
    const lrr_optim_flags *flags;
    const lrr_optim_k *k; /* as prepare left it */
    const double *h;      /* (LRR_HYPER_COUNT) the group's */
    const double *base;   /* likewise, as configured */
    lrr_gemm_kind gemm;
    size_t rows, cols; /* x and g are (rows, cols), and so is each state tensor in s */
    lrr_real *x;
    const lrr_real *g;
    lrr_real *const *s;
    lrr_real *own; /* of the matrix alone, see below */
    double number; /* of this update, from 1 */
    lrr_real *scratch;
} lrr_optim_matrix_now;

/* base: (LRR_HYPER_COUNT) the configured hyperparameters of the matrix's group. */
typedef struct lrr_optim_whole {
    /* Products of two factors in an update: what it costs. */
    double (*cost)(double rows, double cols, const double *base);
    /* Reals that an update needs. */
    size_t (*scratch)(size_t rows, size_t cols, const double *base);
    /* Reals of state besides that of the block's size, 0 at first; and the name of that state
    ** of all matrices. NULL: there is none. */
    size_t (*own)(size_t rows, size_t cols, const double *base);
    const char *own_name;
    void (*update)(const lrr_optim_matrix_now *m);
} lrr_optim_whole;

typedef struct lrr_whole_matrix {
    size_t at, rows, cols; /* at: first element in the block */
    size_t segment;
    size_t own; /* where its own state is */
    double cost;
} lrr_whole_matrix;

typedef struct lrr_wholes {
    lrr_gemm_kind gemm;
    lrr_whole_matrix *matrix; /* (n) large ones first */
    size_t n, n_large;
    size_t lanes, lane_reals; /* of small ones */
    size_t n_scratch;
    lrr_real *scratch;
    size_t n_own;
    lrr_real *own; /* in the block's order of matrices */
} lrr_wholes;

/* whole (n_groups) says which groups these are. Errors: ENOMEM; EINVAL (an optimizer without
** such updates, no such tensor, pieces of a tensor that leave rows out or are out of order, a
** tensor of such a group that has none). */
lrr_status lrr__wholes_init(lrr_wholes *w, const lrr_optim_whole *how,
                            const lrr_optim_cfg *cfg, const lrr_segment *segments,
                            size_t n_segments, bool *whole, lrr_error *err);

/* Releases what w holds; a zeroed w is fine. */
void lrr__wholes_fini(lrr_wholes *w);

/* Updates all of them. */
void lrr__wholes_step(lrr_optim *o, lrr_real *params, const lrr_real *grads);

#endif
