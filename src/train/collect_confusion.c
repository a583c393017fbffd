/*
** collect_confusion.c -- of each class, how often which class was the answer: a matrix with
** a row for each target's class. Answers are those of collect_classes.c; of BINARY the
** classes are no and yes of all its questions. What has no answer is in no column.
*/
#include "base/mem.h"
#include "train/collect_kind.h"

static size_t classes_of(const lrr_collect_cfg *cfg)
{
    return cfg->of == LRR_COLLECT_BINARY ? 2 : cfg->cols;
}

static size_t words(const lrr_collect_cfg *cfg)
{
    return lrr_size_mul(classes_of(cfg), classes_of(cfg));
}

static void add(lrr_collect *c, const lrr_rows *rows)
{
    const size_t cols = c->cfg.cols;
    for (size_t i = 0; i < rows->n * rows->t; i++) {
        const lrr_real *x = rows->x + i * cols;
        if (!lrr__rows_has(rows, i))
            continue;
        if (c->cfg.of == LRR_COLLECT_CLASSES) {
            const size_t target = lrr__rows_class(rows, i, cols);
            const size_t answer = lrr__rows_largest(x, cols);
            if (target < cols && answer < cols)
                c->word[target * cols + answer].i++;
            continue;
        }
        for (size_t k = 0; k < cols; k++)
            if (!isnan(x[k]))
                c->word[2 * lrr__rows_yes(rows, i * cols + k) + (x[k] > 0)].i++;
    }
}

static size_t fields(const lrr_collect *c,
                     lrr_collect_field out[LRR_COLLECT_FIELDS_MAX])
{
    out[0] = (lrr_collect_field){ "counts", c->word, c->n_words, true };
    return 1;
}

const lrr_collect_def lrr__collect_confusion = {
    .name = "confusion",
    .of = 1U << LRR_COLLECT_CLASSES | 1U << LRR_COLLECT_BINARY,
    .words = words,
    .add = add,
    .fields = fields,
};
