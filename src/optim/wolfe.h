/*
** wolfe.h -- a line search, one trial at a time: steps along a direction until loss and slope
** meet the strong Wolfe conditions. Private to optim/.
**
** Whoever searches has loss and slope at 0, computes them at t, and hands them over until the
** search is done. Gradients are the caller's: of the trials the search remembers up to two, and
** says in which of two places each is to be kept.
**
** Source: Nocedal and Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6, in the form
** of PyTorch's L-BFGS: its brackets, cubic interpolation and guards, c1 = 1e-4, c2 = 0.9.
*/
#ifndef LRR_OPTIM_WOLFE_H
#define LRR_OPTIM_WOLFE_H

#include <stdbool.h>

#define LRR_WOLFE_START (-1) /* in the place of a trial's gradient: that at 0 */

typedef struct lrr_wolfe_end {
    double t, loss, slope;
    int grad; /* 0 or 1: where its gradient is kept; or LRR_WOLFE_START */
} lrr_wolfe_end;

typedef struct lrr_wolfe {
    double loss, slope; /* at 0 */
    double length;      /* largest element of the direction, by size */
    double tolerance;   /* of a bracket's length times that */
    int most, trials;   /* trials behind the first: at most, made */
    double t;           /* the next trial */
    bool zooming, stuck;
    lrr_wolfe_end end[2]; /* of the bracket; before zooming the second is unused */
    int low;              /* which of them is lower, and at last the answer */
} lrr_wolfe;

/* Begins at loss, slope, length, tolerance and most, which are set, with a first trial at t. */
void lrr_wolfe_begin(lrr_wolfe *w, double t);

/* Takes loss and slope at w->t, whose gradient goes to place *grad. True: w->t is the next
** trial; false: w->end[w->low] is the answer. */
bool lrr_wolfe_take(lrr_wolfe *w, double loss, double slope, int *grad);

#endif
