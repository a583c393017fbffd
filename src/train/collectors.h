/* collectors.h -- what a session collects for metrics, for the files of train/ alone. */
#ifndef LRR_TRAIN_COLLECTORS_H
#define LRR_TRAIN_COLLECTORS_H

#include "graph/graph.h"
#include "train/collect.h"

/* None in most runs: feeding them is then one comparison. */
typedef struct lrr_collectors {
    lrr_collect *of[LRR_COLLECTORS_MAX];
    size_t n;
} lrr_collectors;

/* Feeds them with what a forward of g, whose loss they fit, gave in `run`; as if they had
** not been fed. Cannot fail. */
void lrr__collectors_run(const lrr_collectors *all, const lrr_graph *g,
                         const lrr_run *run);
void lrr__collectors_reset(const lrr_collectors *all);

/* Of an evaluation that peers share: see collect.h. */
lrr_status lrr__collectors_share_reserve(const lrr_collectors *all, size_t batches,
                                         size_t peers, lrr_error *err);
void lrr__collectors_share_begin(const lrr_collectors *all);
void lrr__collectors_share_run(const lrr_collectors *all, size_t i, const lrr_graph *g,
                               const lrr_run *run);
void lrr__collectors_share(const lrr_collectors *all, const lrr_peers *peers,
                           size_t batches);

#endif
