/*
** collect_errors.c -- of each of a row's numbers: sums of |x - y| and (x - y)^2, and of the
** targets the sum of squares about their mean. In double, in the order of rows; a batch is
** centred about its own mean first, then added by the update of Chan, Golub and LeVeque,
** "Updating formulae and a pairwise algorithm for computing sample variances", 1979,
** equation 2.1, so that large targets cost no precision.
*/
#include "base/mem.h"
#include "train/collect_kind.h"

/* Word 0 is how many rows; then lists of (cols). The last two are of the batch at hand. */
enum { ABSOLUTE, SQUARED, SPREAD, MEAN, BATCH_MEAN, BATCH_SPREAD, LISTS };

static size_t words(const lrr_collect_cfg *cfg)
{
    return lrr_size_add(1, lrr_size_mul(LISTS, cfg->cols));
}

static lrr_word *list(const lrr_collect *c, size_t i)
{
    return c->word + 1 + i * c->cfg.cols;
}

static void add_errors(lrr_collect *c, const lrr_rows *rows)
{
    const size_t cols = c->cfg.cols;
    lrr_word *absolute = list(c, ABSOLUTE), *squared = list(c, SQUARED);
    lrr_word *sum = list(c, BATCH_MEAN);
    for (size_t i = 0; i < rows->n * rows->t; i++) {
        const lrr_real *x = rows->x + i * cols, *y = rows->y + i * cols;
        if (!lrr__rows_has(rows, i))
            continue;
        for (size_t k = 0; k < cols; k++) {
            const double want = (double)y[k], off = (double)x[k] - want;
            absolute[k].d += fabs(off);
            squared[k].d += off * off;
            sum[k].d += want;
        }
    }
}

/* The batch's own spread, about the mean that its sum has become. */
static void spread_batch(lrr_collect *c, const lrr_rows *rows)
{
    const size_t cols = c->cfg.cols;
    const lrr_word *mean = list(c, BATCH_MEAN);
    lrr_word *spread = list(c, BATCH_SPREAD);
    for (size_t i = 0; i < rows->n * rows->t; i++) {
        const lrr_real *y = rows->y + i * cols;
        if (!lrr__rows_has(rows, i))
            continue;
        for (size_t k = 0; k < cols; k++) {
            const double off = (double)y[k] - mean[k].d;
            spread[k].d += off * off;
        }
    }
}

static void add(lrr_collect *c, const lrr_rows *rows)
{
    const double m = (double)lrr__rows_count(rows), n = (double)c->word[0].i;
    lrr_word *mean = list(c, MEAN), *spread = list(c, SPREAD);
    lrr_word *its_mean = list(c, BATCH_MEAN), *its_spread = list(c, BATCH_SPREAD);
    if (m == 0)
        return;
    for (size_t k = 0; k < c->cfg.cols; k++)
        its_mean[k].d = its_spread[k].d = 0;
    add_errors(c, rows);
    for (size_t k = 0; k < c->cfg.cols; k++)
        its_mean[k].d /= m;
    spread_batch(c, rows);
    for (size_t k = 0; k < c->cfg.cols; k++) {
        const double delta = its_mean[k].d - mean[k].d;
        mean[k].d += delta * (m / (n + m));
        spread[k].d += its_spread[k].d + delta * delta * (n * (m / (n + m)));
    }
    c->word[0].i += (int64_t)m;
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
};
