/*
** windows.h -- samples of one length on one array of tokens: nothing is copied before a batch
** is made. Windows may overlap. Their data set has shape (context) and no offset.
*/
#ifndef LRR_DATA_WINDOWS_H
#define LRR_DATA_WINDOWS_H

#include "data/dataset.h"

/* The class of target t, of a data set with classes. Windows with a target at each step have no
** y_class: the target of a token is the next one. */
static inline int32_t lrr_windows_class(const lrr_dataset *d, size_t t)
{
    return d->y_class != NULL
               ? d->y_class[t]
               : d->x.tokens[d->start[t / d->shape.d[0]] + t % d->shape.d[0] + 1];
}

typedef struct lrr_windows_cfg {
    size_t part[LRR_SPLITS]; /* windows that come as train, val, test */
    size_t context;          /* tokens of a window, >= 1 */
    size_t n_tokens, vocab;
    size_t classes; /* 0: the target of each token is the next one, one of vocab; else a
                       class for each window, in y_class */
    bool bytes;     /* with target_bytes */
    int32_t *
        tokens; /* (n_tokens) of lrr_mem_new, which x.tokens takes; NULL: room for them */
} lrr_windows_cfg;

/* Memory for them, all zero but tokens, which are taken where this does not fail; the maker fills x.tokens, start, and where there are any y_class
** and target_bytes. A window needs context tokens from its start on, and one more for its last
** target where that is the next token. Errors: EINVAL (no window), ENOMEM. */
lrr_status lrr_windows_new(const lrr_windows_cfg *cfg, lrr_dataset **out,
                           lrr_error *err);

/* Targets of a split, and bytes of text that they are; false: not known. Cannot fail. */
bool lrr_windows_bytes(const lrr_dataset *d, lrr_split split, uint64_t *targets,
                       uint64_t *bytes);

#endif
