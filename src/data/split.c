/* split.c -- lrr_dataset_split (dataset.h): which samples train, validate and test. */
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "data/strata.h"

static const char *const split_name[LRR_SPLITS] = { "train", "val", "test" };

/* Splitting works on a list of one part's samples in drawn order. */
typedef struct draw {
    uint32_t *list;
    size_t n;
} draw;

/* One splitting. list, taken: (n of the data set), seen: a bit of each sample, all 0; of the strata
** there are k, 0 where their shares are left to chance: have, take, key (k). */
typedef struct splitter {
    lrr_dataset *d;
    const lrr_split_cfg *cfg;
    uint32_t *list, *taken;
    uint64_t *seen;
    size_t k, *have, *take;
    uint64_t *key;
} splitter;

static size_t seen_words(const lrr_dataset *d)
{
    return (d->n + 63) / 64;
}

/* list (n different samples) becomes ascending: marked in `seen`, then read off it. */
static void put_in_order(splitter *s, uint32_t *list, size_t n)
{
    const size_t words = seen_words(s->d);
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        s->seen[list[i] / 64] |= (uint64_t)1 << list[i] % 64;
    for (size_t w = 0; w < words; w++) {
        for (uint64_t bits = s->seen[w]; bits != 0; bits &= bits - 1)
            list[at++] = (uint32_t)(w * 64 + (size_t)__builtin_ctzll(bits));
        s->seen[w] = 0;
    }
}

static lrr_status keep(splitter *s, int split, const uint32_t *list, size_t n,
                       lrr_error *err)
{
    uint32_t *copy = NULL;
    lrr_status st;
    if (n == 0)
        return LRR_OK;
    if ((st = lrr_mem_new(n, sizeof *copy, "a split", &copy, err)) != LRR_OK)
        return st;
    memcpy(copy, list, n * sizeof *copy);
    put_in_order(s, copy, n);
    lrr_mem_free(s->d->index[split]);
    s->d->index[split] = copy;
    s->d->n_index[split] = n;
    return LRR_OK;
}

static void count(const splitter *s, const draw *w)
{
    if (s->k > 0)
        memset(s->have, 0, s->k * sizeof *s->have);
    /* Of all samples in the order that they have in memory. */
    if (w->n == s->d->n)
        for (size_t i = 0; s->k > 0 && i < w->n; i++)
            s->have[lrr_stratum_of(s->d, i)]++;
    else
        for (size_t i = 0; s->k > 0 && i < w->n; i++)
            s->have[lrr_stratum_of(s->d, w->list[i])]++;
}

/* Moves n of w's samples to s->taken: of each stratum the first ones of its share, without
** strata the last ones. The others stay in their order. */
static void move_out(splitter *s, draw *w, size_t n, bool keep_last)
{
    size_t left = 0, gone = 0;
    if (n == 0)
        return;
    if (s->k == 0) {
        memcpy(s->taken, w->list + w->n - n, n * sizeof *s->taken);
        w->n -= n;
        return;
    }
    count(s, w);
    lrr_strata_quota(s->have, s->k, w->n, n, keep_last, s->key, s->take);
    for (size_t i = 0; i < w->n; i++) {
        size_t *quota = &s->take[lrr_stratum_of(s->d, w->list[i])];
        if (*quota > 0) {
            --*quota;
            s->taken[gone++] = w->list[i];
        } else {
            w->list[left++] = w->list[i];
        }
    }
    w->n = left;
}

/* The part's samples in drawn order, at most limit of them. */
static draw draw_part(splitter *s, int part)
{
    const lrr_split_cfg *cfg = s->cfg;
    draw w = { s->list, s->d->part[part] };
    uint32_t first = 0;
    for (int i = 0; i < part; i++)
        first += (uint32_t)s->d->part[i];
    lrr_rng_permute(lrr_rng_key(cfg->seed, LRR_STREAM_SPLIT, (uint64_t)part), 0, w.list,
                    w.n);
    for (size_t i = 0; i < w.n; i++)
        w.list[i] += first;
    if (cfg->limit > 0 && cfg->limit < w.n && s->k > 0) {
        move_out(s, &w, cfg->limit, false);
        memcpy(w.list, s->taken, cfg->limit * sizeof *w.list);
    }
    if (cfg->limit > 0 && cfg->limit < w.n)
        w.n = cfg->limit;
    if (cfg->last)
        put_in_order(s, w.list, w.n);
    return w;
}

static lrr_status share(const lrr_dataset *d, int split, double part, size_t n,
                        size_t *taken, lrr_error *err)
{
    *taken = 0;
    if (!(part > 0))
        return LRR_OK;
    if (d->part[split] > 0)
        return lrr_fail(err, LRR_EINVAL, "%s = %g, but the data come with a %s part",
                        split_name[split], part, split_name[split]);
    *taken = (size_t)((double)n * part + 0.5);
    if (*taken == 0)
        return lrr_fail(err, LRR_EINVAL, "%s = %g of %zu sample%s is an empty split",
                        split_name[split], part, n, lrr_s(n));
    return LRR_OK;
}

/* Moves fold `fold` of w to s->taken and gives how many that are. Dealt out like cards: with
** strata one stratum after another, so that of each, and of all, no fold has two more than
** another; of `last` a block of the file. */
static size_t move_fold(splitter *s, draw *w)
{
    const size_t folds = s->cfg->folds, n = w->n;
    size_t left = 0, gone = 0, first = 0;
    count(s, w);
    for (size_t c = 0; c < s->k; c++) { /* take: the place of a stratum's next sample */
        s->take[c] = first;
        first += s->have[c];
    }
    for (size_t i = 0; i < n; i++) {
        const uint32_t sample = w->list[i];
        const size_t place = s->k > 0 ? s->take[lrr_stratum_of(s->d, sample)]++ : i;
        const size_t fold =
            s->cfg->last ? (size_t)((uint64_t)place * folds / n) : place % folds;
        if (fold == s->cfg->fold)
            s->taken[gone++] = sample;
        else
            w->list[left++] = sample;
    }
    w->n = left;
    return gone;
}

/* The training part as train, val and test: test off its end, val before it. */
static lrr_status split_train(splitter *s, lrr_error *err)
{
    const lrr_split_cfg *cfg = s->cfg;
    const bool no_val = cfg->test_is_val || cfg->folds > 0;
    draw w = draw_part(s, LRR_SPLIT_TRAIN);
    size_t n_val, n_test, all = w.n;
    lrr_status st = share(s->d, LRR_SPLIT_VAL, no_val ? 0 : cfg->val, all, &n_val, err);

    if (st == LRR_OK)
        st = share(s->d, LRR_SPLIT_TEST, cfg->test, all, &n_test, err);
    if (st != LRR_OK)
        return st;
    if (n_val + n_test >= all)
        return lrr_fail(
            err, LRR_EINVAL,
            "of %zu sample%s %zu go to val and %zu to test: none is left to "
            "train on",
            all, lrr_s(all), n_val, n_test);
    if (cfg->folds > all - n_test)
        return lrr_fail(
            err, LRR_EINVAL,
            "%zu folds of %zu sample%s: each wants one; want at most %zu fold%s",
            cfg->folds, all - n_test, lrr_s(all - n_test), all - n_test,
            lrr_s(all - n_test));
    move_out(s, &w, n_test, true);
    st = keep(s, LRR_SPLIT_TEST, s->taken, n_test, err);
    if (cfg->folds > 0)
        n_val = move_fold(s, &w);
    else
        move_out(s, &w, n_val, true);
    if (st == LRR_OK)
        st = keep(s, LRR_SPLIT_VAL, s->taken, n_val, err);
    return st == LRR_OK ? keep(s, LRR_SPLIT_TRAIN, w.list, w.n, err) : st;
}

static lrr_status split_parts(splitter *s, lrr_error *err)
{
    for (int part = 1; part < LRR_SPLITS; part++) {
        lrr_status st;
        draw w;
        if (s->d->part[part] == 0)
            continue;
        w = draw_part(s, part);
        st = keep(s, part, w.list, w.n, err);
        if (st == LRR_OK && part == LRR_SPLIT_TEST && s->cfg->test_is_val)
            st = keep(s, LRR_SPLIT_VAL, w.list, w.n, err);
        if (st != LRR_OK)
            return st;
    }
    return split_train(s, err);
}

static lrr_status check(const lrr_dataset *d, const lrr_split_cfg *cfg, lrr_error *err)
{
    if (cfg->test_is_val && d->part[LRR_SPLIT_TEST] == 0)
        return lrr_fail(err, LRR_EINVAL,
                        "val = \"test\", but the data have no test part");
    if (cfg->test_is_val && d->part[LRR_SPLIT_VAL] > 0)
        return lrr_fail(err, LRR_EINVAL,
                        "val = \"test\", but the data come with a val part");
    if (cfg->folds > 0 && (cfg->test_is_val || d->part[LRR_SPLIT_VAL] > 0))
        return lrr_fail(
            err, LRR_EINVAL,
            "folds of the training data are to validate, but there is a val "
            "part beside them");
    return LRR_OK;
}

static lrr_status new_strata(splitter *s, lrr_error *err)
{
    lrr_status st;
    s->k = s->cfg->stratified ? lrr_strata_count(s->d) : 0;
    if (s->k == 0)
        return LRR_OK;
    st = lrr_mem_new(s->k, sizeof *s->have, "shares of classes", &s->have, err);
    if (st == LRR_OK)
        st = lrr_mem_new(s->k, sizeof *s->take, "shares of classes", &s->take, err);
    if (st == LRR_OK)
        st = lrr_mem_new(s->k, sizeof *s->key, "shares of classes", &s->key, err);
    return st;
}

lrr_status lrr_dataset_split(lrr_dataset *d, const lrr_split_cfg *cfg, lrr_error *err)
{
    splitter s = { .d = d, .cfg = cfg };
    lrr_status st = check(d, cfg, err);
    if (st == LRR_OK)
        st = lrr_mem_new(d->n, sizeof *s.list, "a split", &s.list, err);
    if (st == LRR_OK)
        st = lrr_mem_new(d->n, sizeof *s.taken, "a split", &s.taken, err);
    if (st == LRR_OK)
        st = lrr_mem_new(seen_words(d), sizeof *s.seen, "a split", &s.seen, err);
    if (st == LRR_OK)
        st = new_strata(&s, err);
    if (st == LRR_OK)
        st = split_parts(&s, err);
    lrr_mem_free(s.list);
    lrr_mem_free(s.taken);
    lrr_mem_free(s.seen);
    lrr_mem_free(s.have);
    lrr_mem_free(s.take);
    lrr_mem_free(s.key);
    return st;
}
