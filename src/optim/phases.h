/*
** phases.h -- optimizers whose gradients or results are not at the weights that they are
** given: those that take several gradients for one update, each at other weights, and
** those that train at one place and answer at another.
**
** Sources: Foret et al., ICLR 2021 (a second gradient); Defazio et al., 2024, arXiv
** 2405.15682 (an average within the optimizer). For others all of this does nothing.
*/
#ifndef LRR_OPTIM_PHASES_H
#define LRR_OPTIM_PHASES_H

#include "optim/optim.h"

typedef struct lrr_optim_point {
    lrr_real *params;
    const lrr_real *grads;
    double loss;
} lrr_optim_point;

/*
** lrr_optim_move takes the p-th gradient of an update (from 0) and the loss, both at params,
** and moves these to where the next gradient is wanted, of the same samples; false: none is,
** lrr_optim_step takes this one, and updates params from where they were before the first
** move. lrr_optim_unmove puts them back there without an update. lrr_optim_moves: how many
** there are; SIZE_MAX where the optimizer finds that on the way. Cannot fail, do not allocate.
*/
size_t lrr_optim_moves(const lrr_optim *o);
bool lrr_optim_move(lrr_optim *o, size_t p, const lrr_optim_point *at);
void lrr_optim_unmove(lrr_optim *o, lrr_real *params);

/* Between two updates: params become the weights that are to be evaluated and, with leave,
** what they were, to the bit. settle: params were set from outside, and are now both. */
bool lrr_optim_is_apart(const lrr_optim *o); /* whether they ever differ */
void lrr_optim_enter(lrr_optim *o, lrr_real *params);
void lrr_optim_leave(lrr_optim *o, lrr_real *params);
void lrr_optim_settle(lrr_optim *o, lrr_real *params);

#endif
