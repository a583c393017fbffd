/*
** gain.h -- how close to instability an optimizer is on a loss of known curvature.
**
** Near a point the loss is a quadratic with the Hessian H. An update that moves each weight by
** rate * g_i times its gradient, with momentum, keeps still there as long as the largest
** eigenvalue of G^1/2 H G^1/2 stays below c / rate, where G = diag(g) and c is 2 without
** momentum. Sources: Cohen et al., "Gradient descent on neural networks typically occurs at
** the edge of stability", arXiv 2103.00065; of Adam and its kin, whose g are 1 / (sqrt(v) + eps)
** with bias corrections, "Adaptive gradient methods at the edge of stability", arXiv 2207.14484.
*/
#ifndef LRR_OPTIM_GAIN_H
#define LRR_OPTIM_GAIN_H

#include "optim/optim.h"

typedef enum lrr_gain_kind {
    LRR_GAIN_UNKNOWN, /* of such an optimizer no such limit is known */
    LRR_GAIN_LATER,   /* before the first update there is no second moment */
    LRR_GAIN_UNIFORM, /* all weights alike */
    LRR_GAIN_EACH     /* one for each weight */
} lrr_gain_kind;

typedef struct lrr_gain {
    lrr_gain_kind kind;
    double factor; /* c of group 0: 2 without momentum, 38 for Adam with beta1 0.9 */
    double unit;   /* UNIFORM: the square of d of every weight that trains */
    double
        unseen; /* EACH: that of a weight which has had no gradient yet, so that eps alone
                      is its second moment: the first gradient will change it. 0: of none */
} lrr_gain;

/* With hyperparameters and state as they are: d (size) = sqrt(r g / c), where r is the rate of
** a weight's group as a multiple of group 0's; 0 for frozen weights. So with D = diag(d) the
** largest rate of group 0 that stays stable is 1 / (largest eigenvalue of D H D). d is left
** alone where the kind is UNKNOWN or LATER. Weight decay is left out. */
lrr_gain lrr_optim_gain(lrr_optim *o, lrr_real *d);

#endif
