/*
** patience.h -- the test that early stopping, phase ends and the plateau schedule share:
** is a value better than the best so far, and how many were not, in a row.
*/
#ifndef LRR_STOP_PATIENCE_H
#define LRR_STOP_PATIENCE_H

#include <stdbool.h>

typedef struct lrr_patience_cfg {
    bool max;         /* larger is better */
    double min_delta; /* >= 0, absolute */
    double rel_delta; /* >= 0, share of |best| */
} lrr_patience_cfg;

/* State is LRR_PATIENCE_STATE doubles, all 0 before the first value. */
enum { LRR_PATIENCE_SEEN, LRR_PATIENCE_BEST, LRR_PATIENCE_BAD, LRR_PATIENCE_STATE };

/*
** Takes one value: better resets the count of bad ones, anything else (NaN, and an
** infinity in the wrong direction) adds to it. Returns the count. Cannot fail.
*/
double lrr_patience_see(double state[LRR_PATIENCE_STATE], const lrr_patience_cfg *cfg,
                        double value);

#endif
