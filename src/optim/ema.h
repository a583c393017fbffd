/*
** ema.h -- a moving average of the weights: e = beta e + (1 - beta) x after each update,
** the first value being x itself.
**
** Source: Polyak and Juditsky (1992) in the exponential form; PyTorch's AveragedModel
** takes the first value so.
*/
#ifndef LRR_OPTIM_EMA_H
#define LRR_OPTIM_EMA_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "base/real.h"

/* What beta may be. */
#define LRR_EMA_DECAY LRR_FROM_BELOW(0, 1)

typedef struct lrr_ema lrr_ema;

/* For a block of n parameters. Errors: ENOMEM. */
lrr_status lrr_ema_new(size_t n, lrr_ema **out, lrr_error *err);
void lrr_ema_free(lrr_ema *e);

/* After an update: params (n); beta: LRR_EMA_DECAY. Cannot fail. */
void lrr_ema_update(lrr_ema *e, const lrr_real *params, double beta);

/* The averages and params (n) change places: once before an evaluation, once after. Does
** nothing before the first update. Cannot fail. */
void lrr_ema_swap(lrr_ema *e, lrr_real *params);

/* The averages become params (n), which were set from outside. Cannot fail. */
void lrr_ema_set(lrr_ema *e, const lrr_real *params);

/* For checkpoints: the averages (n), and how many updates they have seen. */
lrr_real *lrr_ema_values(lrr_ema *e);
double *lrr_ema_updates(lrr_ema *e);

#endif
