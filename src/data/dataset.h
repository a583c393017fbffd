/*
** dataset.h -- samples by index, in memory or (stored.h) in their files, with targets and splits.
**
** Samples are rows of bytes (images; a quarter of the memory of floats), rows of floats,
** or sequences: ragged lists of tokens, or of rows of floats; or windows of one length on one array
** of tokens (windows.h). A sample has one target, or one at each step (per_step). Bytes and floats
** become (x - mean) * inv when a batch is made, a pair of numbers for each channel or column.
**
** Making one: lrr_dataset_new, fill x and y (readers do), lrr_dataset_check,
** lrr_dataset_split, then lrr_dataset_fill_missing (missing.h) or lrr_dataset_fit (scale.h).
** Ownership: everything pointed to is the data set's. Threads: read-only once made.
*/
#ifndef LRR_DATA_DATASET_H
#define LRR_DATA_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/real.h"
#include "tensor/shape.h"

typedef enum lrr_data_kind { LRR_DATA_U8, LRR_DATA_F32, LRR_DATA_TOKENS } lrr_data_kind;

typedef enum lrr_split { LRR_SPLIT_TRAIN, LRR_SPLIT_VAL, LRR_SPLIT_TEST } lrr_split;
enum { LRR_SPLITS = 3 };

/* Of targets: y_real is value - offset (0 where float keeps it), a scaled batch (value - mean) / deviation. */
typedef struct lrr_target_scale {
    double offset, mean, deviation;
} lrr_target_scale;

typedef struct lrr_dataset {
    lrr_data_kind kind;
    size_t n;                /* samples; those of part 0, then 1, then 2 */
    size_t room;             /* samples that there is memory for */
    size_t part[LRR_SPLITS]; /* samples that came as train, val, test; sum n */
    lrr_shape shape; /* of one sample, or one step of a sequence; tokens: rank 0 */
    size_t width;    /* product of shape; 1 for tokens */
    union {
        uint8_t *u8;     /* (n, width) */
        float *f32;      /* (n, width), of sequences (steps, width), one sample after
                            another; NaN: missing, before fill_missing */
        int32_t *tokens; /* all tokens, one sample after another */
        void *any;
    } x;
    struct lrr_stored *stored; /* x is NULL, and its rows are here; or NULL */
    void (*let_go)(void *);    /* x is part of owner, which it frees; or NULL */
    void *owner;
    uint64_t *offset; /* sequences: (n + 1), where a sample's steps are; else NULL */
    uint64_t *start;  /* windows: (n) where in x.tokens, of n_tokens; else NULL */
    size_t n_tokens;
    uint32_t *target_bytes; /* windows: (n) bytes of text of the targets, or NULL */
    size_t vocab;           /* tokens: ids are below it */
    size_t length_max;      /* sequences: steps of the longest sample */
    bool per_step; /* a target at each step: of a sequence, or of shape's first axis */
    int32_t *y_class; /* (targets) in 0..classes-1, or NULL; targets: n, or all steps */
    float *y_real;    /* (targets, k), or NULL */
    lrr_target_scale *y_scale; /* (k), or NULL */
    size_t classes, k;         /* one of them 0; both: no targets */
    char **class_name;         /* (classes), or NULL: named by number */
    size_t channels;           /* of mean and inv: shape[0] of images, width of rows */
    lrr_real *mean, *inv;      /* (channels) */
    double *base; /* (width) what was taken off values as they were read, or NULL: 0 */
    float *fill;  /* (width) what missing values become, or NULL: not known */
    uint32_t *index[LRR_SPLITS]; /* (n_index) samples of a split, ascending */
    size_t n_index[LRR_SPLITS];
    bool complete; /* lrr_dataset_check has seen that no value is missing */
    bool in_use;   /* a loader reads it: it stays as it is */
} lrr_dataset;

/* Memory for part[0] + part[1] + part[2] samples, and of rows for `spare` more that are appended
** later, all zero. stored: none for x, the maker sets `stored`. seq: they are sequences, as
** tokens always are, with `steps` in all; the maker fills offset and length_max.
** classes > 0 gives y_class, k > 0 gives y_real. mean is 0; inv is 1, for bytes 1/255. Targets
** have offset 0, mean 0 and deviation 1.
** Errors: ENOMEM, EINVAL (no sample, or above 2^31 - 1; steps with as many axes as a shape can
** have). */
typedef struct lrr_dataset_cfg {
    lrr_data_kind kind;
    size_t part[LRR_SPLITS];
    lrr_shape shape;
    bool seq, per_step, stored;
    size_t spare, steps, classes, k;
} lrr_dataset_cfg;
lrr_status lrr_dataset_new(const lrr_dataset_cfg *cfg, lrr_dataset **out,
                           lrr_error *err);
void lrr_dataset_free(lrr_dataset *d);

/* Where sample i's rows of x begin, and its targets; of i = n, how many there are. */
static inline size_t lrr_dataset_row(const lrr_dataset *d, size_t i)
{
    return d->offset != NULL ? (size_t)d->offset[i] : i;
}

static inline size_t lrr_dataset_row_bytes(const lrr_dataset *d)
{
    return d->width * (d->kind == LRR_DATA_U8 ? 1 : 4);
}

static inline size_t lrr_dataset_target(const lrr_dataset *d, size_t i)
{
    return d->per_step && d->offset == NULL ? i * d->shape.d[0]
           : d->per_step                    ? (size_t)d->offset[i]
                                            : i;
}

/* Copies the names of the classes: classes strings. Errors: ENOMEM. */
lrr_status lrr_dataset_name_classes(lrr_dataset *d, const char *const *names,
                                    lrr_error *err);

/* Gives d, which has no targets, room for them, all 0: classes, or k numbers, for each sample
** (or at each step). Errors: ENOMEM. */
lrr_status lrr_dataset_add_targets(lrr_dataset *d, size_t classes, size_t k,
                                   lrr_error *err);

/* Values and targets finite (NaN and labels below 0 allowed where `missing`: missing.h says what
** becomes of them), labels below classes, tokens below vocab, a step in each sequence that is not
** text. Errors: ENONFINITE, EFORMAT, naming sample and place from 1; of stored rows EIO, ENOMEM. */
lrr_status lrr_dataset_check(lrr_dataset *d, bool missing, lrr_error *err);

/*
** Draws the splits. limit > 0 first keeps so many samples of each part. A part that came as
** val or test stays that, and asking for a share is an error; else val and test (shares of the
** first, in [0, 1)) are taken off it. test_is_val makes the given test part val too.
** folds > 0: of what is left after test, val is fold `fold` (from 0) of so many, which
** together are all of it, and a share of it is not drawn.
** stratified: they keep the share of each stratum (strata.h), if any, to one sample.
** last: val and test are the end of the part in file order, and folds its blocks.
** Random numbers: stream SPLIT of seed. Errors: EINVAL (a split asked for is empty or
** there already, nothing is left to train on), ENOMEM.
*/
typedef struct lrr_split_cfg {
    uint64_t seed;
    double val, test;
    size_t limit;
    size_t folds, fold;
    bool stratified, last, test_is_val;
} lrr_split_cfg;
lrr_status lrr_dataset_split(lrr_dataset *d, const lrr_split_cfg *cfg, lrr_error *err);

/* SHA-256 over kind, shape, sizes, x and y, as 64 hexadecimal digits: the same data give
** the same, however they were stored on disk. 0.1 s for CIFAR-10. Errors, of stored rows alone:
** EIO, ENOMEM. */
lrr_status lrr_dataset_fingerprint(const lrr_dataset *d, char out[65], lrr_error *err);

/* Bytes that the data set holds in memory. */
size_t lrr_dataset_bytes(const lrr_dataset *d);

#endif
