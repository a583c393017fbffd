/*
** optim.h -- optimizers over a block of parameters.
**
** An optimizer is made for a list of tensors within one block (tensor/segment.h; a graph's
** lrr_graph_blocks gives both). Each tensor belongs to a group, and each group has an
** array of hyperparameters that its owner may overwrite before every update: that is all
** a schedule does. Frozen tensors are left alone.
**
** Formulas, with their sources, are in <name>.c. Kept state (moments) is exposed by name
** for checkpoints. phases.h has what few need: further gradients for an update, and other
** weights to evaluate. One optimizer is one file <name>.c, one line of map.h and
** one file lua/lrrun/optim/<name>.lua.
**
** Ownership: an optimizer owns its state; parameters and gradients are the caller's.
** Threads: one optimizer, one thread at a time (it uses the pool inside).
*/
#ifndef LRR_OPTIM_OPTIM_H
#define LRR_OPTIM_OPTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/gemm_kind.h"
#include "base/real.h"
#include "optim/map.h"
#include "tensor/segment.h"

/* Each hyperparameter, (LRR_HYPER_COUNT); and the one of that name, or -1. */
typedef struct lrr_hyper_row {
    const char *name;
    lrr_range range;
} lrr_hyper_row;
extern const lrr_hyper_row lrr_hypers[];
int lrr_hyper_find(const char *name);

/* Names of all optimizers, in the map's order; NULL ends them. */
extern const char *const lrr_optim_names[];

/* Rows row .. row + rows - 1 of a tensor (first axis, all others as columns) as a matrix. */
typedef struct lrr_optim_matrix {
    size_t segment, row, rows;
} lrr_optim_matrix;

typedef struct lrr_optim_cfg {
    const char *name; /* of LRR_OPTIM_MAP */
    const char
        *around; /* one whose moves come before this one's update (phases.h), with
                           hyperparameters of its own in the same groups; NULL: none */
    lrr_optim_flags flags;
    const double (
        *groups)[LRR_HYPER_COUNT]; /* (n_groups) start values; 0 where unused */
    size_t n_groups;               /* >= 1; group 0 is the rest */
    const uint32_t *group_of;      /* (n_segments), or NULL: all in group 0 */
    /* (n_groups) what hyperparameters are multiplied by in each update, whoever has set
    ** them; NULL: by 1. Finite and not below 0. */
    const double (*factors)[LRR_HYPER_COUNT];
    const lrr_optim_matrix
        *matrices; /* (n_matrices) in order: what is updated as a whole,
                                         each tensor of its groups with all rows */
    size_t n_matrices;
    lrr_gemm_kind gemm; /* products of matrices (kernels/gemm.h) */
} lrr_optim_cfg;

typedef struct lrr_optim lrr_optim;

/* An optimizer with fresh state for a block of these tensors. Errors: EINVAL (unknown
** name, `around` one without moves, a hyperparameter outside its range, matrices that are not as
** said), ENOMEM. */
lrr_status lrr_optim_new(const lrr_optim_cfg *cfg, const lrr_segment *segments,
                         size_t n_segments, lrr_optim **out, lrr_error *err);

/* Releases o; NULL is fine. */
void lrr_optim_free(lrr_optim *o);

/* Hyperparameters of a group, (LRR_HYPER_COUNT): as the next update will use them (to be
** overwritten), as configured, and the factors on the former. */
size_t lrr_optim_groups(const lrr_optim *o);
double *lrr_optim_hyper(lrr_optim *o, size_t group);
const double *lrr_optim_base(const lrr_optim *o, size_t group);
const double *lrr_optim_factors(const lrr_optim *o, size_t group);

/* Sets every group's lr to what it would be if group 0's were lr: rates of groups keep
** their ratio. A group's own lr is taken as it is where group 0's base is 0: whoever knows
** more sets it. */
void lrr_optim_set_lr(lrr_optim *o, double lr);

/* The group's tensors are held until `updates` were made: left as they are, with fresh
** state. Their updates count from there. To be said before the first update, and again
** after a state is put back. */
void lrr_optim_hold(lrr_optim *o, size_t group, double updates);

/* The rate of the group's last update, the factor in it; 0 where its tensors were held. */
double lrr_optim_rate(const lrr_optim *o, size_t group);

/* Sets the gradients of tensors to 0 that the update to come holds; whether any are held,
** now or later. */
void lrr_optim_hush(const lrr_optim *o, lrr_real *grads);
bool lrr_optim_ever_holds(const lrr_optim *o);

/* Updates done so far; elements of the block. */
uint64_t lrr_optim_steps(const lrr_optim *o);
size_t lrr_optim_size(const lrr_optim *o);

/*
** One update, in place. params and grads are (size), of the segments' layout; grads is
** left as it was; touched: which rows of it may be other than 0 (lrr_blocks), or NULL. Every
** gradient is multiplied by scale on the way: 1, or what lrr_clip (clip.h) gives. Cannot fail,
** does not allocate.
*/
void lrr_optim_step(lrr_optim *o, lrr_real *params, const lrr_real *grads,
                    const uint8_t *const *touched, double scale);

/* State tensors, each (size) in the parameters' layout: "exp_avg", ... */
size_t lrr_optim_state_count(const lrr_optim *o);
const char *lrr_optim_state_name(const lrr_optim *o, size_t i);
lrr_real *lrr_optim_state(lrr_optim *o, size_t i);

/* State of other sizes than the block's, which some keep for matrices: *n reals and their name;
** NULL where there is none. */
lrr_real *lrr_optim_own(const lrr_optim *o, size_t *n, const char **name);

/* Reals of that state and of what updates of matrices are computed in. */
size_t lrr_optim_matrix_reals(const lrr_optim *o);

/* Scalar state: "steps", then for group g (from 1) "beta1_product.g", ... and what its
** file names. Writing all scalars, tensors and the state above back restores an optimizer exactly. */
#define LRR_SCALAR_NAME 40
size_t lrr_optim_scalar_count(const lrr_optim *o);
const char *lrr_optim_scalar_name(const lrr_optim *o, size_t i,
                                  char buf[LRR_SCALAR_NAME]);
double *lrr_optim_scalar(lrr_optim *o, size_t i);

/* What the last update multiplied lr by, where an optimizer finds that itself; else NULL. */
const double *lrr_optim_d(const lrr_optim *o);

/* Tensors that such an optimizer keeps, its state and held weights, for `lrrun plan`. */
size_t lrr_optim_state_tensors(const lrr_optim_cfg *cfg);

#endif
