/* course.c -- the course of a run's losses and gradient norms. See watch.h. */
#include <math.h>
#include <string.h>

#include "train/watched.h"

static double larger(double a, double b)
{
    return b > a ? b : a;
}

/* Bin a takes in the one that follows it. */
static void join(lrr_course_bin *a, const lrr_course_bin *b)
{
    a->loss += b->loss;
    a->loss_peak = larger(a->loss_peak, b->loss_peak);
    a->jump += b->jump;
    a->turns += b->turns;
    a->norm += b->norm;
    a->norm_peak = larger(a->norm_peak, b->norm_peak);
    a->clipped += b->clipped;
    a->lr = b->lr;
}

/* All bins are full: half as many, of twice the width. */
static void halve(lrr_course *c)
{
    enum { HALF = LRR_COURSE_BINS / 2 };
    for (size_t i = 0; i < HALF; i++) {
        c->bin[i] = c->bin[2 * i];
        join(&c->bin[i], &c->bin[2 * i + 1]);
    }
    memset(&c->bin[HALF], 0, sizeof c->bin / 2);
    c->full = HALF;
    c->width *= 2;
}

void lrr__course_add(lrr_course *c, const lrr_step_result *r, bool clipped)
{
    lrr_course_bin *b = &c->bin[(size_t)c->full];
    const bool is_first = c->full + c->n == 0; /* nothing before it to differ from */
    const double d = is_first ? 0 : r->loss - c->loss;
    if (is_first)
        c->first = r->loss;
    b->loss += r->loss;
    b->loss_peak = c->n > 0 ? larger(b->loss_peak, r->loss) : r->loss;
    b->jump += d * d;
    b->turns += d * c->distance < 0 ? 1 : 0;
    b->norm += r->grad_norm;
    b->norm_peak = larger(b->norm_peak, r->grad_norm);
    b->clipped += clipped ? 1 : 0;
    b->lr = r->lr;
    c->loss = r->loss;
    c->distance = d;
    if (++c->n < c->width)
        return;
    c->n = 0;
    if (++c->full == LRR_COURSE_BINS)
        halve(c);
}

const double *lrr_session_course(const lrr_session *s)
{
    return s->watch != NULL ? &s->watch->course.width : NULL;
}

static bool is_whole(double x, double from, double below)
{
    return x >= from && x < below && floor(x) == x;
}

lrr_status lrr_session_set_course(lrr_session *s, const double *numbers, lrr_error *err)
{
    lrr_course c;
    memcpy(&c, numbers, sizeof c);
    if (s->watch == NULL || !is_whole(c.width, 1, 0x1p53) ||
        !is_whole(c.full, 0, LRR_COURSE_BINS) || !is_whole(c.n, 0, c.width))
        return lrr_fail(err, LRR_EINVAL, "the state's course of the run is none");
    s->watch->course = c;
    return LRR_OK;
}
