/*
** average.h -- averages of the weights, beside those that train.
**
**   EMA   e = beta e + (1 - beta) x after each update
**   SWA   the mean of x after every so many updates, from some update on
**   LAWA  the mean of the last few of these
** The first value is x itself. With warmup an EMA is the plain mean as long as that counts
** what is new for more: beta is at most t / (t + 1) after t values.
**
** Sources: Polyak and Juditsky (1992), in the exponential form, whose first value PyTorch's
** AveragedModel takes so, too; Izmailov et al., UAI 2018, arXiv 1803.05407 (SWA); Kaddour,
** 2022, arXiv 2209.14981 (LAWA).
**
** Ownership: an average owns its values. Threads: one at a time (it uses the pool inside).
*/
#ifndef LRR_OPTIM_AVERAGE_H
#define LRR_OPTIM_AVERAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/range.h"
#include "base/real.h"

/* What beta may be. */
#define LRR_AVERAGE_DECAY LRR_FROM_BELOW(0, 1)

typedef enum lrr_average_kind {
    LRR_AVERAGE_NONE,
    LRR_AVERAGE_EMA,
    LRR_AVERAGE_SWA,
    LRR_AVERAGE_LAWA
} lrr_average_kind;

typedef struct lrr_average_cfg {
    lrr_average_kind kind;
    double decay; /* EMA: beta, LRR_AVERAGE_DECAY; may change between updates */
    bool warmup;  /* EMA */
    double start; /* the first so many updates are left out, >= 0 */
    double every; /* SWA, LAWA: x counts after so many updates, whole, >= 1 */
    size_t last;  /* LAWA: how many, >= 1 */
} lrr_average_cfg;

typedef struct lrr_average lrr_average;

/* For a block of n parameters. Errors: ENOMEM; EINVAL (a number outside its range). */
lrr_status lrr_average_new(const lrr_average_cfg *cfg, size_t n, lrr_average **out,
                           lrr_error *err);
void lrr_average_free(lrr_average *a);

/* Whether params count as they are after `updates` updates; and takes them in. Cannot fail,
** do not allocate. */
bool lrr_average_takes(const lrr_average_cfg *cfg, double updates);
void lrr_average_take(lrr_average *a, const lrr_average_cfg *cfg,
                      const lrr_real *params);

/* The average and params (n) change places: once before an evaluation, once after. Does
** nothing and gives false before anything was taken in. Cannot fail. */
bool lrr_average_swap(lrr_average *a, lrr_real *params);

/* The average becomes params (n), which were set from outside. Cannot fail. */
void lrr_average_set(lrr_average *a, const lrr_real *params);

/* For checkpoints: the average (n); how often something was taken in; with LAWA what it is
** the mean of, value i (n) of cfg.last. */
lrr_real *lrr_average_values(lrr_average *a);
double *lrr_average_count(lrr_average *a);
lrr_real *lrr_average_kept(lrr_average *a, size_t i);

#endif
