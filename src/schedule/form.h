/*
** form.h -- inside src/schedule: what one kind of schedule provides.
**
** Adding a kind: one file with `const lrr__form lrr__schedule_<kind>`, one line in
** LRR_SCHEDULE_MAP, one file in lua/lrrun/schedule.
*/
#ifndef LRR_SCHEDULE_FORM_H
#define LRR_SCHEDULE_FORM_H

#include "schedule/schedule.h"

#define LRR_SCHEDULE_MAP(X) \
    X(constant)             \
    X(linear)               \
    X(polynomial)           \
    X(hold)                 \
    X(warmup)               \
    X(step)                 \
    X(multistep)            \
    X(exponential)          \
    X(inverse_time)         \
    X(inverse_sqrt)         \
    X(wsd)                  \
    X(cosine)               \
    X(cyclic)               \
    X(one_cycle)            \
    X(rex)                  \
    X(power)                \
    X(infinite)             \
    X(plateau)              \
    X(fn)                   \
    X(seq)                  \
    X(product)              \
    X(scale)

enum { LRR__SCHEDULE_STATE = 6 }; /* doubles of state of one node */

typedef struct lrr__node lrr__node;

/* One node asked about one update. Times are in the node's unit (updates or epochs). */
typedef struct lrr__at {
    const lrr_schedule *tree;
    const lrr__node *node;
    const double *p;
    const double *list;
    size_t n_list;
    const double *state;
    double t;      /* since its start, whole, >= 0 */
    double length; /* its own, or what is left of the run; > 0 */
    bool bounded;  /* the length is its own */
    double base;
} lrr__at;

typedef struct lrr__form {
    const char *name;
    const lrr_param *params; /* ended by a NULL name */
    double (*at)(const lrr__at *a);
    /* Whether child i is in use at a->t, and at which a->t it starts. NULL: a leaf. */
    bool (*enter)(const lrr__at *a, int i, double *start);
    /* Updates that the phase lasts by its state: 0 is the rest of the run, INFINITY
    ** until a metric ends it. NULL: cfg.length. */
    double (*span)(const lrr__at *a);
    /* Takes a validation made while in use. NULL: it knows no metrics. */
    void (*observe)(const lrr__at *a, double *state, const lrr_metrics *m);
} lrr__form;

struct lrr__node {
    const lrr__form *form;
    double p[LRR_PARAM_MAX];
    double length, unit;
    double *list;
    size_t n_list;
    int *children;
    int n_children;
    char monitor[LRR_METRIC_NAME_MAX];
    lrr_stop *ends;
    double state[LRR__SCHEDULE_STATE];
};

#define X(name) extern const lrr__form lrr__schedule_##name;
LRR_SCHEDULE_MAP(X)
#undef X

/* Value of child i, `start` updates after a's own start. */
double lrr__schedule_child(const lrr__at *a, int i, double start);

/* Updates that child i lasts when it starts `start` updates after a's own start; 0 and
** INFINITY as in lrr__form.span. */
double lrr__schedule_child_span(const lrr__at *a, int i, double start);

/* x, or base where a recipe left the parameter out (NaN). */
double lrr__or_base(double x, double base);

/* t for forms that end where their length ends: at most length, if that is their own. */
double lrr__held(const lrr__at *a);

/* t for forms that jump: past the length they keep the value of its last update. */
double lrr__held_jump(const lrr__at *a);

/* t / length in [0, 1]. */
double lrr__progress(const lrr__at *a);

#endif
