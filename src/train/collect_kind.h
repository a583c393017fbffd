/* collect_kind.h -- the inside of a collector, for collect.c and the kinds, collect_*.c. */
#ifndef LRR_TRAIN_COLLECT_KIND_H
#define LRR_TRAIN_COLLECT_KIND_H

#include <math.h>

#include "train/collect.h"

/* What a kind is. fields, settle and row may be NULL or 0. */
typedef struct lrr_collect_def {
    const char *name;
    unsigned of; /* bits: 1 << lrr_collect_of that it counts */
    bool tags;   /* only where classes are tags */
    /* Words (lrr_word) that it counts in, all 0 to begin with; SIZE_MAX: too many. */
    size_t (*words)(const lrr_collect_cfg *cfg);
    /* Reals that it keeps of each row; NULL: none. */
    size_t (*row)(const lrr_collect_cfg *cfg);
    /* Adds all rows; of a kind that keeps rows there is room. */
    void (*add)(lrr_collect *c, const lrr_rows *rows);
    /* Before fields are asked for: what has to be worked out of the rows. */
    void (*settle)(lrr_collect *c);
    size_t (*fields)(const lrr_collect *c,
                     lrr_collect_field out[LRR_COLLECT_FIELDS_MAX]);
    /* Of a kind whose words are no whole numbers that add up, whatever the order: what a batch
    ** comes to, in so many numbers, without its part in the words; and that part. add is both.
    ** NULL: words add up, and rows stand one behind another. */
    size_t (*part)(const lrr_collect_cfg *cfg);
    void (*measure)(const lrr_collect *c, const lrr_rows *rows, double *part);
    void (*fold)(lrr_collect *c, double *part);
} lrr_collect_def;

struct lrr_collect {
    const lrr_collect_def *def;
    lrr_collect_cfg cfg;
    lrr_collect_tag *tag; /* (cols), or NULL */
    lrr_word *word;       /* (n_words) */
    size_t n_words;
    lrr_real *row; /* (cap, width), used of them the first `rows` of row_count() */
    size_t width, cap;
    uint64_t *scratch[2]; /* (cap) each, for settle */
    lrr_real *saved;      /* (3 n_words); NULL: its state is not asked for */
    /* Of collect_share.c, where peers share an evaluation. */
    double *parts; /* (n_parts, part) of batches; NULL: words add up */
    size_t n_parts;
    lrr_word *others; /* (n_others) words of all peers */
    size_t n_others;
};

#define X(kind) extern const lrr_collect_def lrr__collect_##kind;
LRR_COLLECT_MAP(X)
#undef X

/* collect.c: what a run has to say, as rows. */
lrr_rows lrr__collect_rows(const lrr_collect *c, const lrr_node *x, const lrr_node *y,
                           const lrr_run *run);

/* In word 0 of kinds that keep rows: how many; in word 1: 1 where one was left out or has
** no score. */
enum { LRR__ROWS, LRR__BROKEN, LRR__ROW_WORDS };

/* Whether row i of the batch counts. */
static inline bool lrr__rows_has(const lrr_rows *r, size_t i)
{
    return r->len == NULL || i % r->t < (size_t)r->len[i / r->t];
}

/* How many count. */
static inline size_t lrr__rows_count(const lrr_rows *r)
{
    size_t count = 0;
    if (r->len == NULL)
        return r->n * r->t;
    for (size_t i = 0; i < r->n; i++)
        count += (size_t)r->len[i];
    return count;
}

/* The first of the largest of x (n); NaN is never the largest; n where nothing is above
** -infinity. */
static inline size_t lrr__rows_largest(const lrr_real *x, size_t n)
{
    size_t at = 0;
    while (at < n && !(x[at] > (lrr_real)-INFINITY))
        at++;
    for (size_t i = at + 1; i < n; i++)
        if (x[i] > x[at])
            at = i;
    return at;
}

/* The class that row i of CLASSES has as its target; cols where it is none. */
static inline size_t lrr__rows_class(const lrr_rows *r, size_t i, size_t cols)
{
    if (r->id == NULL)
        return lrr__rows_largest(r->y + i * cols, cols);
    return r->id[i] >= 0 && (size_t)r->id[i] < cols ? (size_t)r->id[i] : cols;
}

/* Whether target i (row times cols, and column) of BINARY is yes. */
static inline bool lrr__rows_yes(const lrr_rows *r, size_t i)
{
    return r->id != NULL ? r->id[i] > 0 : r->y[i] > (lrr_real)0.5;
}

#endif
