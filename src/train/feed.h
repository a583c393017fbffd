/*
** feed.h -- a batch at the network's inputs, whole or in parts. For train/ alone.
**
** Where the graph is planned for fewer samples than a batch has (graph/parts.h), its parts go
** through one after another, cfg.part samples of it each and the last the rest.
*/
#ifndef LRR_TRAIN_FEED_H
#define LRR_TRAIN_FEED_H

#include "data/batch.h"
#include "train/session.h"

/* Points the graph's inputs at a batch, and gives what a run over it has to say. */
lrr_run lrr__session_feed(const lrr_session *s, const lrr_batch *b);

/* The same for n samples of it from `from` on. */
lrr_run lrr__session_feed_part(const lrr_session *s, const lrr_batch *b, size_t from,
                               size_t n);

/* How many samples go through at once from `from` on, 1 or more. */
size_t lrr__session_part(const lrr_session *s, const lrr_batch *b, size_t from);

#endif
