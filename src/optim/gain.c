/* gain.c -- see gain.h. */
#include "optim/gain.h"

#include <math.h>
#include <string.h>

#include "optim/internal.h"

/* Of one group: its constants, and r / c. */
typedef struct share {
    lrr_optim_k k;
    double c, unit;
} share;

/* The rate of group g as a multiple of the first one's, which has no factor. */
static double ratio(const lrr_optim *o, size_t g)
{
    const double first = o->groups[0].hyper[LRR_HYPER_LR];
    const double base = o->groups[0].base[LRR_HYPER_LR];
    const double factor = o->groups[g].factor[LRR_HYPER_LR];
    if (g == 0)
        return 1;
    if (first > 0)
        return factor * o->groups[g].hyper[LRR_HYPER_LR] / first;
    return base > 0 ? factor * o->groups[g].base[LRR_HYPER_LR] / base : factor;
}

/* Of a copy, as what prepare multiplies is the group's own. */
static share share_of(const lrr_optim *o, size_t g)
{
    lrr_optim_group group = o->groups[g];
    lrr_optim_now now = lrr__optim_now_of(o, &group, o->steps);
    share s = { .k = { .scale = 1, .keep = 1 } };
    group.now[LRR_HYPER_LR] = 1;
    o->def->prepare(&now, &s.k);
    s.c = o->def->steady(&now, &s.k);
    s.unit = ratio(o, g) / s.c;
    return s;
}

/* d^2 of a weight whose whole state is 0. */
static double unseen_of(const lrr_optim *o, const share *s)
{
    lrr_real zero[LRR_STATES_MAX] = { 0 }, *state[LRR_STATES_MAX], out = 0;
    for (size_t i = 0; i < LRR_STATES_MAX; i++)
        state[i] = &zero[i];
    if (o->def->gain != NULL)
        o->def->gain(&o->flags, &s->k, state, &out, 1);
    return (double)out * s->unit;
}

static void fill(const lrr_optim *o, const lrr_segment *seg, const share *s,
                 lrr_real *d)
{
    lrr_real *state[LRR_STATES_MAX];
    lrr__optim_state_at(o, seg->at, state);
    for (size_t i = 0; i < seg->n; i++)
        d[i] = 1;
    if (o->def->gain != NULL)
        o->def->gain(&o->flags, &s->k, state, d, seg->n);
    for (size_t i = 0; i < seg->n; i++)
        d[i] = (lrr_real)sqrt((double)d[i] * s->unit);
}

lrr_gain lrr_optim_gain(lrr_optim *o, lrr_real *d)
{
    lrr_gain out = { .kind = o->def->gain != NULL ? LRR_GAIN_EACH : LRR_GAIN_UNIFORM };
    if (o->def->steady == NULL || o->flags.cautious || o->n_moves > 0 ||
        o->def->evaluate != NULL)
        return (lrr_gain){ .kind = LRR_GAIN_UNKNOWN };
    if (o->def->gain != NULL && o->steps < 1)
        return (lrr_gain){ .kind = LRR_GAIN_LATER };
    memset(d, 0, o->size * sizeof *d);
    for (size_t i = 0; i < o->parts.n_segments; i++) {
        const lrr_segment *seg = &o->parts.segments[i];
        const lrr_optim_group *g = &o->groups[o->group_of[i]];
        share s;
        if (!seg->trains || lrr__optim_holds(g, o->steps + 1))
            continue;
        s = share_of(o, o->group_of[i]);
        fill(o, seg, &s, d + seg->at);
        out.factor = out.factor == 0 ? s.c : out.factor;
        if (out.factor != s.c || (out.unit != 0 && out.unit != s.unit))
            out.kind = LRR_GAIN_EACH;
        out.unit = s.unit;
        out.unseen = fmax(out.unseen, unseen_of(o, &s));
    }
    return out;
}
