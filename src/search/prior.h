/*
** prior.h -- where the best point is believed to lie.
**
** A dimension with a prior has a density over the unit interval: SHARE of it normal around
** the prior, SIGMA wide and cut to the interval, the rest even. So a wrong prior makes
** nothing unlikely by more than 1 / (1 - SHARE), and its weight fades with evidence:
**
** - points that no model proposes (random, sobol, and the first ones of bayes and tpe): number
**   0 stands on the prior, of the others a share that falls as 1 / number is drawn from it
**   (after Mallik et al., "PriorBand", NeurIPS 2023, whose share falls with the rungs);
** - bayes adds weight log(density) to the log acquisition, weight = BETA / finished trials
**   (piBO: Hvarfner et al., ICLR 2022, eq. 6), tpe to its log ratio of densities (BOPrO:
**   Souza et al., ECML PKDD 2021).
**
** Pure functions, no allocation, cannot fail.
*/
#ifndef LRR_SEARCH_PRIOR_H
#define LRR_SEARCH_PRIOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "search/search.h"
#include "search/space.h"

/* Whether any dimension has a prior. */
bool lrr_prior_any(const lrr_space *space);

/* The unit coordinate at quantile q, in [0, 1), of the normal part. */
double lrr_prior_quantile(const lrr_dim *dim, double q);

/* u (n), an even point of the unit cube, moves onto the prior for a share of the numbers. */
void lrr_prior_draw(const lrr_search_cfg *cfg, const lrr_space *space, uint64_t number,
                    double *u);

/* What the log density counts in a model of the history: 0 without a prior. */
double lrr_prior_weight(const lrr_space *space, const lrr_history *history);

/* The log density of unit coordinate u of a dimension with a prior; *du, unless NULL, its
** derivative. */
double lrr_prior_log(const lrr_dim *dim, double u, double *du);

/* The sum over the active dimensions of point x (n) that have one. */
double lrr_prior_log_at(const lrr_space *space, const double *x);

#endif
