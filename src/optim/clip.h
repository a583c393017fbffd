/*
** clip.h -- limits on gradients, and their norm.
**
** In order: each value, each tensor's norm, each unit's norm relative to its weights
** (adaptive clipping), the norm of them all. The first three change the gradients; the
** last gives a factor for lrr_optim_step, which costs no pass of its own.
*/
#ifndef LRR_OPTIM_CLIP_H
#define LRR_OPTIM_CLIP_H

#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "base/real.h"
#include "tensor/segment.h"

/* Limits; 0 or below: none. */
typedef struct lrr_clip_cfg {
    double value;       /* g within [-value, value] */
    double tensor_norm; /* g min(1, c / |g|) for each tensor */
    double norm;        /* g min(1, c / |G|), G all gradients together; no 1e-6 added.
                           Source: Pascanu, Mikolov and Bengio, ICML 2013 */
    double agc; /* |g| of a unit at most agc max(|w|, agc_eps). A unit is a row of a
                           weight (all but the first axis), or a whole vector. Source:
                           Brock et al., ICML 2021, section 4.1; units as in timm */
    double agc_eps;
} lrr_clip_cfg;

/* What each limit may be where there is one. name, range. */
#define LRR_LIMIT_MAP(X)         \
    X(value, LRR_ABOVE(0))       \
    X(tensor_norm, LRR_ABOVE(0)) \
    X(norm, LRR_ABOVE(0))        \
    X(agc, LRR_ABOVE(0))         \
    X(agc_eps, LRR_ABOVE(0))

typedef struct lrr_clip lrr_clip;

/* Room to clip the gradients of these tensors. Errors: ENOMEM. */
lrr_status lrr_clip_new(const lrr_segment *segments, size_t n_segments, lrr_clip **out,
                        lrr_error *err);
void lrr_clip_free(lrr_clip *c);

/* Norm of all gradients of tensors that train, summed in double; not finite where a
** gradient is not. grads: the block; touched: rows of it (lrr_blocks), or NULL. Cannot fail. */
double lrr_clip_norm(lrr_clip *c, const lrr_real *grads, const uint8_t *const *touched);

/*
** Clips. Gives the norm before any clipping, and in *scale the factor that is left to
** apply. Where the norm is not finite nothing is changed and *scale is 1: the caller must
** not make this update. Cannot fail, does not allocate.
*/
double lrr_clip_apply(lrr_clip *c, const lrr_clip_cfg *cfg, const lrr_real *params,
                      lrr_real *grads, const uint8_t *const *touched, double *scale);

#endif
