/*
** collect.h -- what metrics need of every output and its target, beside the sums that a
** loss counts: right answers by class, a confusion matrix, scores to rank, errors.
**
** A collector is of one kind (collect_KIND.c, a line of LRR_COLLECT_MAP) and is fed with the
** rows of one batch after another, in order and on the caller's thread: the same bits for
** any number of threads. A row is a sample, or a step of one. Whoever does not ask for a
** metric has no collector, and pays nothing.
**
** Ownership: the collector's memory is its own. Adding does not allocate and cannot fail
** where there is room (lrr_collect_reserve). Threads: one collector, one thread.
*/
#ifndef LRR_TRAIN_COLLECT_H
#define LRR_TRAIN_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/real.h"
#include "graph/node.h"
#include "graph/shards.h"

#define LRR_COLLECT_MAP(X) \
    X(classes) X(confusion) X(ranks) X(top5) X(errors) X(entities)

enum { LRR_COLLECTORS_MAX = 6, LRR_COLLECT_FIELDS_MAX = 4 };

/* What the targets of a row are. */
typedef enum lrr_collect_of {
    LRR_COLLECT_CLASSES, /* one of cols classes, each with a logit; or shares of them, of
                         ** which the largest is meant */
    LRR_COLLECT_BINARY, /* cols questions, each with a logit: yes where that is above 0;
                         ** the target is, where it is above 0.5 */
    LRR_COLLECT_NUMBERS /* cols numbers */
} lrr_collect_of;

/* What a class is as a tag: B, I, E or S of an entity of a type, or O. */
typedef struct lrr_collect_tag {
    char kind;
    int32_t type; /* from 0; of O -1 */
} lrr_collect_tag;

typedef struct lrr_collect_cfg {
    lrr_collect_of of;
    size_t cols;                /* of a row of outputs, >= 1 */
    const lrr_collect_tag *tag; /* (cols), copied; NULL: classes are no tags */
} lrr_collect_cfg;

/* One batch: n samples of t steps, of which sample i has len[i]. */
typedef struct lrr_rows {
    const lrr_real *x; /* (n, t, cols) outputs */
    /* Targets: one of the two. Reals (n, t, cols); classes from 0, (n, t) of CLASSES and
    ** (n, t, cols) of BINARY. */
    const lrr_real *y;
    const int32_t *id;
    size_t n, t;
    const int32_t *len; /* (n), 0..t; NULL: all are t */
} lrr_rows;

typedef struct lrr_collect lrr_collect;

/* Of that kind, or for it to be NULL where there is none of that name: "classes". Errors:
** ENOMEM; EINVAL (the kind does not count such targets). */
lrr_status lrr_collect_new(const char *kind, const lrr_collect_cfg *cfg,
                           lrr_collect **out, lrr_error *err);
void lrr_collect_free(lrr_collect *c);

const char *lrr_collect_name(const lrr_collect *c);
const lrr_collect_cfg *lrr_collect_config(const lrr_collect *c);

/* The kind of place i, of which it says whether it counts such targets; NULL behind the
** last one. */
const char *lrr_collect_kind(size_t i, const lrr_collect_cfg *cfg, bool *counts);

/* Room for `rows` rows in all. Errors: ENOMEM; then it is as before. */
lrr_status lrr_collect_reserve(lrr_collect *c, size_t rows, lrr_error *err);

/* Room for that many more, and in the long run for twice as many as there are, so that
** adding batches takes time in proportion to them. Errors: as above. */
lrr_status lrr_collect_grow(lrr_collect *c, size_t rows, lrr_error *err);

/* Adds the rows of a batch that count. A target that is no class of the cfg is left out,
** and so is a batch for which there is no room: the collector then knows that it is not
** whole. Neither allocates nor fails. */
void lrr_collect_add(lrr_collect *c, const lrr_rows *rows);

/* Whether outputs `x` and targets `y` of a graph are such rows; and those of a run. */
bool lrr_collect_fits(const lrr_collect *c, const lrr_node *x, const lrr_node *y);
void lrr_collect_run(lrr_collect *c, const lrr_node *x, const lrr_node *y,
                     const lrr_run *run);

/* As if nothing had been added. */
void lrr_collect_reset(lrr_collect *c);

/* Of an evaluation that peers share by whole batches: room for what they send each other; batch
** i, which is run here; then on all peers, what all batches come to: the same bits as where one
** runs them all. Errors of reserve: ENOMEM; then it is as before. */
lrr_status lrr_collect_share_reserve(lrr_collect *c, size_t batches, size_t peers,
                                     lrr_error *err);
void lrr_collect_share_begin(lrr_collect *c);
void lrr_collect_share_run(lrr_collect *c, size_t i, const lrr_node *x,
                           const lrr_node *y, const lrr_run *run);
void lrr_collect_share(lrr_collect *c, const lrr_peers *peers, size_t batches);

/* A list of what was collected, by its name: whole numbers or others. NaN is "not
** defined". */
typedef union lrr_word {
    int64_t i;
    double d;
} lrr_word;

typedef struct lrr_collect_field {
    const char *name;
    const lrr_word *words;
    size_t n;
    bool is_whole;
} lrr_collect_field;

/* Fields of what was collected so far, and how many; valid until the next add. Ranks sort
** here, in memory that they have. */
size_t lrr_collect_fields(lrr_collect *c,
                          lrr_collect_field out[LRR_COLLECT_FIELDS_MAX]);

/* What was collected as state for a checkpoint, all in reals: words (*n), each as three
** reals of 22 bits, which lrr_real holds exactly, and rows (*m) as they are. `save` puts the
** words there, `load` takes them back. Errors: ENOMEM. */
lrr_status lrr_collect_state(lrr_collect *c, lrr_real **words, size_t *n,
                             lrr_real **rows, size_t *m, lrr_error *err);
void lrr_collect_save(lrr_collect *c);
void lrr_collect_load(lrr_collect *c);

#endif
