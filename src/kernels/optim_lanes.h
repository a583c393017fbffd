/*
** optim_lanes.h -- averages and sums of optimizers' kernels, for the files simd_optim*.c.
*/
#ifndef LRR_KERNELS_OPTIM_LANES_H
#define LRR_KERNELS_OPTIM_LANES_H

#include "base/real.h"

/* old + w (now - old), written so that w = 1 gives exactly now, and a small w loses
** nothing of a value that stays the same. */
static inline lrr_real average(lrr_real old, lrr_real now, lrr_real w)
{
    return (old - w * old) + w * now;
}

/* Sums keep 16 partial sums, lane l taking elements l, l + 16, ..., so that their bits do
** not depend on the width of a register. */
enum { LANES = 16 };

static inline double tree(double *lane)
{
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0];
}

#endif
