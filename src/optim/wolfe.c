/* wolfe.c -- see wolfe.h. */
#include "optim/wolfe.h"

#include <math.h>

static const double C1 = 1e-4, C2 = 0.9;

/* Where the cubic through a and b with their slopes is lowest, within [low, high]; the middle
** where it has no minimum. */
static double lowest_between(const lrr_wolfe_end *a, const lrr_wolfe_end *b, double low,
                             double high)
{
    const double d1 = a->slope + b->slope - 3 * (a->loss - b->loss) / (a->t - b->t);
    const double square = d1 * d1 - a->slope * b->slope, d2 = sqrt(square);
    double t;
    if (!(square >= 0))
        return (low + high) / 2;
    if (a->t <= b->t)
        t = b->t -
            (b->t - a->t) * ((b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2));
    else
        t = a->t -
            (a->t - b->t) * ((a->slope + d2 - d1) / (a->slope - b->slope + 2 * d2));
    t = low > t ? low : t;
    return high < t ? high : t;
}

/* A place for a gradient beside that of `other`. */
static int free_place(const lrr_wolfe_end *other)
{
    return other->grad == 0 ? 1 : 0;
}

static bool too_high(const lrr_wolfe *w, double loss)
{
    return loss > w->loss + C1 * w->t * w->slope;
}

static bool is_flat(const lrr_wolfe *w, double slope)
{
    return fabs(slope) <= -C2 * w->slope;
}

static void find_low(lrr_wolfe *w)
{
    w->low = w->end[0].loss <= w->end[1].loss ? 0 : 1;
}

/* Away from the bracket's ends, where a trial near them was of no use. */
static double guarded(lrr_wolfe *w, double t, double low, double high)
{
    const double margin = 0.1 * (high - low);
    if (!(fmin(high - t, t - low) < margin)) {
        w->stuck = false;
        return t;
    }
    if (!w->stuck && t < high && t > low) {
        w->stuck = true;
        return t;
    }
    w->stuck = false;
    return fabs(t - high) < fabs(t - low) ? high - margin : low + margin;
}

/* False: there are no more trials. */
static bool next_trial(lrr_wolfe *w)
{
    const double low = fmin(w->end[0].t, w->end[1].t);
    const double high = fmax(w->end[0].t, w->end[1].t);
    if (w->trials >= w->most || (high - low) * w->length < w->tolerance)
        return false;
    w->t = guarded(w, lowest_between(&w->end[0], &w->end[1], low, high), low, high);
    return true;
}

static bool begin_zoom(lrr_wolfe *w, const lrr_wolfe_end *now)
{
    w->end[1] = *now;
    w->zooming = true;
    find_low(w);
    return next_trial(w);
}

static bool bracket(lrr_wolfe *w, lrr_wolfe_end now)
{
    const lrr_wolfe_end before = w->end[0];
    if (w->trials >= w->most) {
        w->end[0] = (lrr_wolfe_end){ 0, w->loss, w->slope, LRR_WOLFE_START };
        return begin_zoom(w, &now); /* which has no trial left */
    }
    if (too_high(w, now.loss) || (w->trials > 1 && now.loss >= before.loss))
        return begin_zoom(w, &now);
    if (is_flat(w, now.slope)) {
        w->end[0] = now;
        w->low = 0;
        return false;
    }
    if (now.slope >= 0)
        return begin_zoom(w, &now);
    w->t = lowest_between(&before, &now, now.t + 0.01 * (now.t - before.t), now.t * 10);
    w->end[0] = now;
    w->trials++;
    return true;
}

static bool zoom(lrr_wolfe *w, lrr_wolfe_end now, int *grad)
{
    lrr_wolfe_end *low = &w->end[w->low], *high = &w->end[1 - w->low];
    const bool flat = is_flat(w, now.slope);
    w->trials++;
    if (too_high(w, now.loss) || now.loss >= low->loss) {
        now.grad = *grad = free_place(low);
        *high = now;
        find_low(w);
        return next_trial(w);
    }
    if (!flat && now.slope * (high->t - low->t) >= 0)
        *high = *low;
    now.grad = *grad = free_place(high);
    *low = now;
    return flat ? false : next_trial(w);
}

void lrr_wolfe_begin(lrr_wolfe *w, double t)
{
    w->t = t;
    w->trials = 0;
    w->zooming = w->stuck = false;
    w->low = 0;
    w->end[0] = (lrr_wolfe_end){ 0, w->loss, w->slope, LRR_WOLFE_START };
}

bool lrr_wolfe_take(lrr_wolfe *w, double loss, double slope, int *grad)
{
    lrr_wolfe_end now = { w->t, loss, slope, 0 };
    if (w->zooming)
        return zoom(w, now, grad);
    now.grad = *grad = free_place(&w->end[0]);
    return bracket(w, now);
}
