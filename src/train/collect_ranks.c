/*
** collect_ranks.c -- the area under the curve of true against false positives, exactly: the
** share of pairs of a positive and a negative of which the positive has the higher score, a
** pair of equal scores counted half (Mann and Whitney, 1947; Hanley and McNeil, Radiology
** 143, 1982, as scikit-learn's roc_auc_score).
**
** A problem is one against the rest: of two classes the second one, of more each of them,
** of BINARY each question. Its score rises with the probability and keeps what that loses
** near 1: of two classes the difference of their logits, of more the logarithm of the
** probability, of a question its logit; in single precision. Not defined (NaN) where one
** side has no row, or a score is NaN.
*/
#include <string.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "train/collect_kind.h"

enum { BITS = 8, BUCKETS = 1 << BITS, FIRST_BIT = 1, LAST_BIT = 33 };

static size_t problems_of(const lrr_collect_cfg *cfg)
{
    return cfg->of == LRR_COLLECT_CLASSES && cfg->cols == 2 ? 1 : cfg->cols;
}

/* A row: a score for each problem, then targets: the class, or of BINARY each answer. */
static size_t width_of(const lrr_collect_cfg *cfg)
{
    const size_t targets = cfg->of == LRR_COLLECT_BINARY ? cfg->cols : 1;
    return lrr_size_add(problems_of(cfg), targets);
}

static size_t words(const lrr_collect_cfg *cfg)
{
    return lrr_size_add(LRR__ROW_WORDS, problems_of(cfg));
}

/* Logarithms of softmax(x (n)) into row (n): that of the largest is -log1p of what the others
** have, which is exact where the probability itself is 1 to the last digit. */
static void log_softmax(const lrr_real *x, size_t n, lrr_real *row)
{
    size_t top = 0;
    double rest = 0, log_sum;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[top])
            top = i;
    for (size_t i = 0; i < n; i++)
        if (i != top)
            rest += lrr_dexp((double)x[i] - (double)x[top]);
    log_sum = lrr_dlog1p(rest);
    for (size_t i = 0; i < n; i++)
        row[i] = (lrr_real)(float)((double)x[i] - (double)x[top] - log_sum);
}

static void score_classes(const lrr_collect *c, const lrr_real *x, lrr_real *row)
{
    if (c->cfg.cols == 2)
        row[0] = (lrr_real)(float)((double)x[1] - (double)x[0]);
    else
        log_softmax(x, c->cfg.cols, row);
}

/* Fills one row of what is kept; false where there is no such class. */
static bool fill_row(const lrr_collect *c, const lrr_rows *rows, size_t i,
                     lrr_real *row)
{
    const size_t cols = c->cfg.cols, problems = problems_of(&c->cfg);
    const lrr_real *x = rows->x + i * cols;
    if (c->cfg.of == LRR_COLLECT_CLASSES) {
        const size_t target = lrr__rows_class(rows, i, cols);
        if (target == cols)
            return false;
        score_classes(c, x, row);
        row[problems] = (lrr_real)target;
        return true;
    }
    for (size_t k = 0; k < cols; k++) {
        row[k] = (lrr_real)(float)x[k];
        row[problems + k] = (lrr_real)lrr__rows_yes(rows, i * cols + k);
    }
    return true;
}

static void add(lrr_collect *c, const lrr_rows *rows)
{
    const size_t problems = problems_of(&c->cfg);
    for (size_t i = 0; i < rows->n * rows->t; i++) {
        lrr_real *row = c->row + (size_t)c->word[LRR__ROWS].i * c->width;
        if (!lrr__rows_has(rows, i) || !fill_row(c, rows, i, row))
            continue;
        for (size_t k = 0; k < problems; k++)
            if (isnan(row[k]))
                c->word[LRR__BROKEN].i = 1;
        c->word[LRR__ROWS].i++;
    }
}

/* A whole number that has the order of the score x, equal ones the same, above a bit that
** says whether the row is positive. */
static uint64_t key_of(lrr_real x, bool is_positive)
{
    float score = (float)x + 0; /* -0 is 0 */
    uint32_t bits;
    memcpy(&bits, &score, sizeof bits);
    bits = bits >> 31 != 0 ? ~bits : bits | UINT32_C(1) << 31;
    return (uint64_t)bits << FIRST_BIT | is_positive;
}

/* Sorts a (n) by its scores, with b (n) as scratch; after an even number of passes it
** stands in a again. Radix: McIlroy, Bostic and McIlroy, Computing Systems 6, 1993. */
static void sort_keys(uint64_t *a, uint64_t *b, size_t n)
{
    for (unsigned bit = FIRST_BIT; bit < LAST_BIT; bit += BITS) {
        size_t at[BUCKETS + 1] = { 0 };
        uint64_t *old = a;
        for (size_t i = 0; i < n; i++)
            at[(a[i] >> bit) % BUCKETS + 1]++;
        for (size_t k = 1; k < BUCKETS; k++)
            at[k] += at[k - 1];
        for (size_t i = 0; i < n; i++)
            b[at[(a[i] >> bit) % BUCKETS]++] = a[i];
        a = b;
        b = old;
    }
}

/* Of keys in order: pairs with the positive above, equal ones half, as a share of all. */
static double area(const uint64_t *key, size_t n)
{
    double won = 0, below = 0, positives = 0; /* twice the pairs: whole numbers */
    for (size_t i = 0, end; i < n; i = end) {
        double positive = 0, negative = 0;
        for (end = i; end < n && key[end] >> FIRST_BIT == key[i] >> FIRST_BIT; end++) {
            positive += (double)(key[end] & 1);
            negative += (double)(~key[end] & 1);
        }
        won += positive * (2 * below + negative);
        below += negative;
        positives += positive;
    }
    if (positives == 0 || below == 0)
        return (double)NAN;
    return won / (2 * positives * below);
}

static bool is_positive(const lrr_collect *c, const lrr_real *row, size_t problem)
{
    const size_t problems = problems_of(&c->cfg);
    if (c->cfg.of == LRR_COLLECT_BINARY)
        return row[problems + problem] > 0;
    return row[problems] == (lrr_real)(problems == 1 ? 1 : problem);
}

static void settle(lrr_collect *c)
{
    const size_t n = (size_t)c->word[LRR__ROWS].i;
    for (size_t k = 0; k < problems_of(&c->cfg); k++) {
        lrr_word *out = &c->word[LRR__ROW_WORDS + k];
        out->d = (double)NAN;
        if (c->word[LRR__BROKEN].i != 0)
            continue;
        for (size_t i = 0; i < n; i++) {
            const lrr_real *row = c->row + i * c->width;
            c->scratch[0][i] = key_of(row[k], is_positive(c, row, k));
        }
        sort_keys(c->scratch[0], c->scratch[1], n);
        out->d = area(c->scratch[0], n);
    }
}

static size_t fields(const lrr_collect *c,
                     lrr_collect_field out[LRR_COLLECT_FIELDS_MAX])
{
    const size_t n = problems_of(&c->cfg);
    out[0] = (lrr_collect_field){ "areas", c->word + LRR__ROW_WORDS, n, false };
    return 1;
}

const lrr_collect_def lrr__collect_ranks = {
    .name = "ranks",
    .of = 1U << LRR_COLLECT_CLASSES | 1U << LRR_COLLECT_BINARY,
    .words = words,
    .row = width_of,
    .add = add,
    .settle = settle,
    .fields = fields,
};
