/*
** collect_top5.c -- how many targets are among the five largest logits, of equal ones the
** first; a logit that is NaN is not.
*/
#include "train/collect_kind.h"

enum { N, HITS, WORDS };
enum { TOP = 5 };

static size_t words(const lrr_collect_cfg *cfg)
{
    (void)cfg;
    return WORDS;
}

static bool is_hit(const lrr_real *x, size_t n, size_t target)
{
    size_t before = 0;
    for (size_t i = 0; i < n; i++)
        before += x[i] > x[target] || (x[i] == x[target] && i < target);
    return before < TOP && !isnan(x[target]);
}

static void add(lrr_collect *c, const lrr_rows *rows)
{
    const size_t cols = c->cfg.cols;
    for (size_t i = 0; i < rows->n * rows->t; i++) {
        size_t target;
        if (!lrr__rows_has(rows, i))
            continue;
        target = lrr__rows_class(rows, i, cols);
        if (target == cols)
            continue;
        c->word[N].i++;
        c->word[HITS].i += is_hit(rows->x + i * cols, cols, target);
    }
}

static size_t fields(const lrr_collect *c,
                     lrr_collect_field out[LRR_COLLECT_FIELDS_MAX])
{
    out[0] = (lrr_collect_field){ "n", c->word + N, 1, true };
    out[1] = (lrr_collect_field){ "hits", c->word + HITS, 1, true };
    return 2;
}

const lrr_collect_def lrr__collect_top5 = {
    .name = "top5",
    .of = 1U << LRR_COLLECT_CLASSES,
    .words = words,
    .add = add,
    .fields = fields,
};
