/*
** collect_errors.c -- of each of a row's numbers: sums of |x - y| and (x - y)^2, and of the
** targets the sum of squares about their mean. In double; those of a batch in the order of its
** rows, then of the batches. A batch is centred about its own mean first, then added by the update of Chan, Golub and LeVeque,
** "Updating formulae and a pairwise algorithm for computing sample variances", 1979,
** equation 2.1, so that large targets cost no precision.
*/
#include "base/mem.h"
#include "train/collect_kind.h"

/* Word 0 is how many rows; then lists of (cols). The last two are empty: checkpoints of 1.0 have
** them. */
enum { ABSOLUTE, SQUARED, SPREAD, MEAN, LISTS = 6 };

enum { COLUMNS = 64 }; /* at a time */

static size_t words(const lrr_collect_cfg *cfg)
{
    return lrr_size_add(1, lrr_size_mul(LISTS, cfg->cols));
}

static lrr_word *list(const lrr_collect *c, size_t i)
{
    return c->word + 1 + i * c->cfg.cols;
}

/* Sums of a batch, of n columns from `at` on; mean is that of the targets, spread about it. */
typedef struct batch {
    double rows;
    size_t at, n;
    double *absolute, *squared, *mean, *spread; /* (n) */
} batch;

static void add_errors(const lrr_collect *c, const lrr_rows *rows, const batch *b)
{
    const size_t cols = c->cfg.cols;
    for (size_t k = 0; k < b->n; k++)
        b->absolute[k] = b->squared[k] = b->mean[k] = b->spread[k] = 0;
    for (size_t i = 0; i < rows->n * rows->t; i++) {
        const lrr_real *x = rows->x + i * cols + b->at, *y = rows->y + i * cols + b->at;
        if (!lrr__rows_has(rows, i))
            continue;
        for (size_t k = 0; k < b->n; k++) {
            const double want = (double)y[k], off = (double)x[k] - want;
            b->absolute[k] += fabs(off);
            b->squared[k] += off * off;
            b->mean[k] += want;
        }
    }
}

/* The batch's own spread, about the mean that its sum becomes. */
static void spread_batch(const lrr_collect *c, const lrr_rows *rows, const batch *b)
{
    for (size_t k = 0; k < b->n; k++)
        b->mean[k] /= b->rows;
    for (size_t i = 0; i < rows->n * rows->t; i++) {
        const lrr_real *y = rows->y + i * c->cfg.cols + b->at;
        if (!lrr__rows_has(rows, i))
            continue;
        for (size_t k = 0; k < b->n; k++) {
            const double off = (double)y[k] - b->mean[k];
            b->spread[k] += off * off;
        }
    }
}

static void fold_columns(lrr_collect *c, const batch *b)
{
    const double m = b->rows, n = (double)c->word[0].i;
    lrr_word *absolute = list(c, ABSOLUTE) + b->at, *squared = list(c, SQUARED) + b->at;
    lrr_word *mean = list(c, MEAN) + b->at, *spread = list(c, SPREAD) + b->at;
    for (size_t k = 0; k < b->n; k++) {
        const double delta = b->mean[k] - mean[k].d;
        absolute[k].d += b->absolute[k];
        squared[k].d += b->squared[k];
        mean[k].d += delta * (m / (n + m));
        spread[k].d += b->spread[k] + delta * delta * (n * (m / (n + m)));
    }
}

/* Columns from `at` on of lists of `cols` numbers each, one behind another. */
static batch columns_of(double rows, double *lists, size_t cols, size_t at)
{
    return (batch){ .rows = rows,
                    .at = at,
                    .n = cols - at < COLUMNS ? cols - at : COLUMNS,
                    .absolute = lists + at,
                    .squared = lists + cols + at,
                    .mean = lists + 2 * cols + at,
                    .spread = lists + 3 * cols + at };
}

static void add(lrr_collect *c, const lrr_rows *rows)
{
    const size_t m = lrr__rows_count(rows);
    double lists[4 * COLUMNS];
    for (size_t at = 0; m > 0 && at < c->cfg.cols; at += COLUMNS) {
        batch b = columns_of((double)m, lists, COLUMNS, 0);
        b.at = at;
        b.n = c->cfg.cols - at < COLUMNS ? c->cfg.cols - at : COLUMNS;
        add_errors(c, rows, &b);
        spread_batch(c, rows, &b);
        fold_columns(c, &b);
    }
    c->word[0].i += (int64_t)m;
}

/* A batch's part: how many rows it has, and its lists. */
static size_t part(const lrr_collect_cfg *cfg)
{
    return lrr_size_add(1, lrr_size_mul(4, cfg->cols));
}

static void measure(const lrr_collect *c, const lrr_rows *rows, double *part)
{
    part[0] = (double)lrr__rows_count(rows);
    for (size_t at = 0; part[0] > 0 && at < c->cfg.cols; at += COLUMNS) {
        const batch b = columns_of(part[0], part + 1, c->cfg.cols, at);
        add_errors(c, rows, &b);
        spread_batch(c, rows, &b);
    }
}

static void fold(lrr_collect *c, double *part)
{
    for (size_t at = 0; part[0] > 0 && at < c->cfg.cols; at += COLUMNS) {
        const batch b = columns_of(part[0], part + 1, c->cfg.cols, at);
        fold_columns(c, &b);
    }
    c->word[0].i += (int64_t)part[0];
}

static size_t fields(const lrr_collect *c,
                     lrr_collect_field out[LRR_COLLECT_FIELDS_MAX])
{
    const size_t cols = c->cfg.cols;
    out[0] = (lrr_collect_field){ "n", c->word, 1, true };
    out[1] = (lrr_collect_field){ "absolute", list(c, ABSOLUTE), cols, false };
    out[2] = (lrr_collect_field){ "squared", list(c, SQUARED), cols, false };
    out[3] = (lrr_collect_field){ "spread", list(c, SPREAD), cols, false };
    return 4;
}

const lrr_collect_def lrr__collect_errors = {
    .name = "errors",
    .of = 1U << LRR_COLLECT_NUMBERS,
    .words = words,
    .add = add,
    .fields = fields,
    .part = part,
    .measure = measure,
    .fold = fold,
};
