/*
** collect_classes.c -- of each class: targets, right answers, answers. Of BINARY each
** question is a group of the classes no and yes; an answer is yes above 0. Of CLASSES an
** answer is the largest logit, of equal ones the first; where all are NaN there is none.
*/
#include "base/mem.h"
#include "train/collect_kind.h"

/* Lists of words, one after another, each (groups, classes). */
enum { N, RIGHT, ANSWERED, LISTS };

static size_t list_of(const lrr_collect_cfg *cfg)
{
    return lrr_size_mul(cfg->cols, cfg->of == LRR_COLLECT_BINARY ? 2 : 1);
}

static size_t words(const lrr_collect_cfg *cfg)
{
    return lrr_size_mul(LISTS, list_of(cfg));
}

static void count(lrr_collect *c, size_t target, size_t answer, size_t none)
{
    const size_t list = list_of(&c->cfg);
    c->word[N * list + target].i++;
    c->word[RIGHT * list + target].i += answer == target;
    if (answer != none)
        c->word[ANSWERED * list + answer].i++;
}

static void add(lrr_collect *c, const lrr_rows *rows)
{
    const size_t cols = c->cfg.cols, none = SIZE_MAX;
    for (size_t i = 0; i < rows->n * rows->t; i++) {
        const lrr_real *x = rows->x + i * cols;
        if (!lrr__rows_has(rows, i))
            continue;
        if (c->cfg.of == LRR_COLLECT_CLASSES) {
            const size_t target = lrr__rows_class(rows, i, cols);
            if (target < cols)
                count(c, target, lrr__rows_largest(x, cols), cols);
            continue;
        }
        for (size_t k = 0; k < cols; k++)
            count(c, 2 * k + lrr__rows_yes(rows, i * cols + k),
                  isnan(x[k]) ? none : 2 * k + (x[k] > 0), none);
    }
}

static size_t fields(const lrr_collect *c,
                     lrr_collect_field out[LRR_COLLECT_FIELDS_MAX])
{
    static const char *const names[LISTS] = { "n", "right", "answered" };
    const size_t list = list_of(&c->cfg);
    for (size_t i = 0; i < LISTS; i++)
        out[i] = (lrr_collect_field){ names[i], c->word + i * list, list, true };
    return LISTS;
}

const lrr_collect_def lrr__collect_classes = {
    .name = "classes",
    .of = 1U << LRR_COLLECT_CLASSES | 1U << LRR_COLLECT_BINARY,
    .words = words,
    .add = add,
    .fields = fields,
};
