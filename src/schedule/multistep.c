/*
** multistep.c -- a new rate from each given update on: base factor^#{m <= t}, a repeated
** m counting twice (PyTorch MultiStepLR); or values[#{m <= t}] (optax's boundaries).
** list: n updates, then n + 1 values where values are given.
*/
#include "base/dmath.h"
#include "schedule/form.h"

enum { FACTOR, N };

static const lrr_param PARAMS[] = {
    [FACTOR] = { "factor", LRR_PARAM_NUMBER, NULL },
    [N] = { "n", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    double t = lrr__held_jump(a) * a->node->unit;
    size_t n = (size_t)a->p[N], passed = 0;
    for (size_t i = 0; i < n; i++)
        passed += a->list[i] <= t;
    if (a->n_list > n)
        return a->list[n + passed];
    return a->base * lrr_dpow(a->p[FACTOR], (double)passed);
}

const lrr__form lrr__schedule_multistep = {
    .name = "multistep",
    .params = PARAMS,
    .at = at,
};
