/*
** schedule.h -- schedules as values: the rate of update t, for any t.
**
** A schedule is a tree: leaves are closed forms of t (0-based count of updates made),
** `seq` runs one after another, `product` and `scale` combine. Evaluating changes
** nothing, so any t may be asked in any order. What a metric decided (cuts of `plateau`,
** the end of a `hold`) is explicit state, changed only by lrr_schedule_observe.
**
** A training session, with one schedule per scheduled hyperparameter:
**
**     lrr_schedule_clock clock = { base, total_steps };
**     lr = lrr_schedule_at(s, t, &clock);        before update t = 0, 1, 2, ...
**     lrr_schedule_observe(s, &metrics, &clock); after each validation
**
** base is what the schedule starts from (the optimizer's lr, or a group's own); the same
** schedule may be asked with several. Past its end a schedule holds its last value.
** `fn` is the one form that C does not know: Lua puts its value into a slot before each
** step (lrr_schedule_slots > 0 says that it has to).
**
** Evaluating and observing neither allocate nor fail. Values are the same bits on any
** machine (base/dmath.h). NULL is not a schedule.
** Ownership: the caller owns what lrr_schedule_new gives, others who share it too. Threads: one at a time.
*/
#ifndef LRR_SCHEDULE_SCHEDULE_H
#define LRR_SCHEDULE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "stop/metrics.h"
#include "stop/param.h"
#include "stop/stop.h"

typedef struct lrr_schedule lrr_schedule;

typedef struct lrr_schedule_clock {
    double base;  /* NaN for a schedule in place of a number that is no rate */
    double total; /* updates of the run; what a phase without length fills. > 0 */
} lrr_schedule_clock;

/* One node of the tree. p is in the order of lrr_schedule_params(kind). */
typedef struct lrr_schedule_cfg {
    const char *kind;        /* "cosine", "seq", ... */
    double p[LRR_PARAM_MAX]; /* complete and in range: Lua checked them */
    double length;           /* updates it lasts; 0: the rest of the run */
    double unit;        /* 1, or updates per epoch: it changes at whole epochs only */
    const double *list; /* n_list numbers, copied (multistep) */
    size_t n_list;
    const int *children; /* ids of lrr_schedule_add, copied (seq, product, scale) */
    size_t n_children;
    const char *monitor; /* metric of plateau; NULL elsewhere */
    lrr_stop *ends;      /* rule that ends a hold; taken over on success; NULL: none */
} lrr_schedule_cfg;

/* The parameters of a kind, ended by a NULL name; NULL for an unknown kind. */
const lrr_param *lrr_schedule_params(const char *kind);

/* *out = an empty schedule. Errors: ENOMEM. */
lrr_status lrr_schedule_new(lrr_schedule **out, lrr_error *err);

/* One owner more of s, which goes with the last of them. Returns s. Cannot fail. */
lrr_schedule *lrr_schedule_share(lrr_schedule *s);
void lrr_schedule_free(lrr_schedule *s); /* by one of its owners; NULL is fine */

/*
** Adds a node, children first; the last one added is the root. *id is its number.
** Errors: ENOMEM; EINVAL (unknown kind, a child that does not exist, name too long).
*/
lrr_status lrr_schedule_add(lrr_schedule *s, const lrr_schedule_cfg *cfg, int *id,
                            lrr_error *err);

/* Nodes added so far. */
int lrr_schedule_nodes(const lrr_schedule *s);

/* Value of update t. The schedule has at least one node. */
double lrr_schedule_at(const lrr_schedule *s, uint64_t t,
                       const lrr_schedule_clock *clock);

/* After a validation; m->step updates have been made. Tells it to the phases that update
** m->step - 1 belonged to: a plateau counts, and a hold ends, only while active. */
void lrr_schedule_observe(lrr_schedule *s, const lrr_metrics *m,
                          const lrr_schedule_clock *clock);

/* A phase of the tree at update t: a node of seq, or the whole schedule. */
typedef struct lrr_schedule_span {
    bool active; /* the form is what update t uses */
    double step; /* updates since its own start; < 0 before it */
    double
        length; /* updates it lasts from its start; INFINITY until a metric ends it */
} lrr_schedule_span;

/* Where node id stands at update t. */
void lrr_schedule_where(const lrr_schedule *s, int id, uint64_t t,
                        const lrr_schedule_clock *clock, lrr_schedule_span *span);

/* Number of `fn` nodes, and the node id of the i-th. */
int lrr_schedule_slots(const lrr_schedule *s);
int lrr_schedule_slot(const lrr_schedule *s, int i);

/* Sets the value that the fn node id gives until it is set again. */
void lrr_schedule_set(lrr_schedule *s, int id, double value);

/* The i-th monitored metric's name, NULL past the last. */
const char *lrr_schedule_monitor(const lrr_schedule *s, int i);

/* State as flat doubles for a checkpoint: size is fixed once the tree is built. */
size_t lrr_schedule_state_size(const lrr_schedule *s);
void lrr_schedule_state_save(const lrr_schedule *s, double *out);
void lrr_schedule_state_load(lrr_schedule *s, const double *in);

#endif
