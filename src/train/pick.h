/*
** pick.h -- which token comes next: one of the classes that a network gave scores for.
**
** The scores (logits) divided by the temperature are log-probabilities but for a constant. Of
** the classes in order of their scores, equal ones by number, the first top_k are left, of
** these again the first that together have at least top_p of what those have, and one of these
** is drawn in proportion. Temperature 0 takes the first. All of it is in double, in a fixed
** order, with functions of base/dmath.h: the same on any CPU for the same scores.
** Sources: Fan et al., "Hierarchical neural story generation", 2018 (top_k); Holtzman et al.,
** "The curious case of neural text degeneration", 2020 (top_p).
*/
#ifndef LRR_TRAIN_PICK_H
#define LRR_TRAIN_PICK_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

typedef struct lrr_pick_cfg {
    double temperature; /* 0 or more */
    size_t top_k;       /* 0: all */
    double top_p;       /* above 0; 1 or more: all */
    size_t from;        /* classes before this one are never taken (padding, unknown) */
    uint64_t seed;
} lrr_pick_cfg;

/* Reals and places of n classes, for lrr_pick's scratch: bytes. */
size_t lrr_pick_work(size_t n);

/* A class of 0..n - 1 by its scores; n where there is none to take: a score is NaN or infinite
** upwards, or none is finite. index: which token this is, so that each has a random number of
** its own. work: lrr_pick_work bytes, aligned for a double. Cannot fail; allocates nothing. */
size_t lrr_pick(const lrr_pick_cfg *cfg, const lrr_real *score, size_t n,
                uint64_t index, void *work);

#endif
