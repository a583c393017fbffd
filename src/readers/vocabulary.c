/* vocabulary.c -- final ids of tokens, and windows of them; see text.h. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/windows.h"
#include "readers/text_private.h"

enum { UNKNOWN = 1, FIRST = 2 };

/* Sorting by count, then bytes: ranks are unique, so any sort gives this order. */
typedef struct counted {
    uint64_t count;
    uint32_t rank, id;
} counted;

static int compare(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static lrr_status count_words(const lrr_text *t, const lrr_dataset *d, counted *list,
                              lrr_error *err)
{
    const size_t words = lrr_intern_count(t->words);
    uint32_t *rank = NULL;
    lrr_status st = lrr_mem_new(words, sizeof *rank, "a vocabulary", &rank, err);
    if (st == LRR_OK)
        st = lrr_intern_rank(t->words, rank, err);
    for (uint32_t i = 0; st == LRR_OK && i < words; i++)
        list[i] = (counted){ 0, rank[i], i };
    lrr_mem_free(rank);
    if (st != LRR_OK)
        return st;
    for (size_t k = 0; k < d->n_index[LRR_SPLIT_TRAIN]; k++) {
        uint32_t i = d->index[LRR_SPLIT_TRAIN][k];
        for (uint64_t at = d->offset[i]; at < d->offset[i + 1]; at++)
            list[d->x.tokens[at]].count++;
    }
    for (uint32_t i = 0; i < words; i++)
        if (lrr_intern_text(t->words, i, NULL)[0] == '\0')
            list[i].count = 0; /* stands for a text without tokens */
    return LRR_OK;
}

/* Tokens of d from ids of words to final[id], each text cut after length (0: not). */
static void renumber(lrr_dataset *d, const int32_t *final, size_t length)
{
    uint64_t to = 0, from = 0;
    d->length_max = 1;
    for (size_t i = 0; i < d->n; i++) {
        uint64_t n = d->offset[i + 1] - from, kept = n;
        if (length > 0 && kept > length)
            kept = length;
        for (uint64_t j = 0; j < kept; j++)
            d->x.tokens[to + j] = final[d->x.tokens[from + j]];
        if (d->per_step)
            memmove(d->y_class + to, d->y_class + from, kept * sizeof *d->y_class);
        from = d->offset[i + 1];
        to += kept;
        d->offset[i + 1] = to;
        if (kept > d->length_max)
            d->length_max = (size_t)kept;
    }
}

static lrr_status apply(lrr_text *t, lrr_dataset *d, size_t length, lrr_error *err)
{
    const size_t words = lrr_intern_count(t->words);
    int32_t *final = NULL;
    lrr_status st = lrr_mem_new(words, sizeof *final, "a vocabulary", &final, err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < words; i++)
        final[i] = UNKNOWN;
    for (size_t i = 0; i < t->vocabulary_n; i++)
        final[t->vocabulary[i]] = (int32_t)(i + FIRST);
    renumber(d, final, length);
    d->vocab = t->vocabulary_n + FIRST;
    lrr_mem_free(final);
    return LRR_OK;
}

lrr_status lrr_text_vocabulary(lrr_text *t, lrr_dataset *d, size_t size, size_t length,
                               lrr_error *err)
{
    const size_t words = lrr_intern_count(t->words);
    counted *list = NULL;
    size_t n = 0;
    lrr_status st = lrr_mem_new(words, sizeof *list, "a vocabulary", &list, err);
    if (st == LRR_OK)
        st = count_words(t, d, list, err);
    if (st == LRR_OK) {
        qsort(list, words, sizeof *list, compare);
        while (n < words && list[n].count > 0 && (size == 0 || n + FIRST < size))
            n++;
        lrr_mem_free(t->vocabulary);
        t->vocabulary = NULL;
        t->vocabulary_n = 0;
        st = lrr_mem_new(n, sizeof *t->vocabulary, "a vocabulary", &t->vocabulary, err);
    }
    if (st == LRR_OK) {
        for (size_t i = 0; i < n; i++)
            t->vocabulary[i] = list[i].id;
        t->vocabulary_n = n;
        st = apply(t, d, length, err);
    }
    lrr_mem_free(list);
    return st;
}

lrr_status lrr_text_vocabulary_given(lrr_text *t, lrr_dataset *d,
                                     const char *const *word, size_t words,
                                     size_t length, lrr_error *err)
{
    lrr_status st;
    lrr_mem_free(t->vocabulary);
    t->vocabulary = NULL;
    t->vocabulary_n = 0;
    st = lrr_mem_new(words, sizeof *t->vocabulary, "a vocabulary", &t->vocabulary, err);
    for (size_t i = 0; st == LRR_OK && i < words; i++)
        st = lrr_intern_add(t->words, word[i], strlen(word[i]), &t->vocabulary[i], err);
    if (st != LRR_OK)
        return st;
    t->vocabulary_n = words;
    return apply(t, d, length, err);
}

/* Windows of text i of d, as samples `at` and up of w: its tokens behind `context` times padding,
** from w's token *to on, so that each token has as many before it. Returns their number. */
static size_t fill_windows(const lrr_dataset *d, size_t i, lrr_dataset *w, size_t at,
                           size_t *to)
{
    const int32_t *text = d->x.tokens + d->offset[i];
    const size_t n = (size_t)(d->offset[i + 1] - d->offset[i]);
    const size_t context = w->shape.d[0];
    memcpy(w->x.tokens + *to + context, text, n * sizeof *text);
    for (size_t k = 0; k <= n; k++) {
        w->start[at + k] = *to + k;
        w->y_class[at + k] = k < n ? text[k] : (int32_t)d->vocab;
    }
    *to += context + n;
    return n + 1;
}

lrr_status lrr_text_windows(const lrr_dataset *d, size_t context, lrr_dataset **out,
                            lrr_error *err)
{
    lrr_windows_cfg cfg = { .context = context,
                            .vocab = d->vocab,
                            .classes = d->vocab + 1 };
    lrr_dataset *w;
    size_t at = 0, to = 0, texts = 0;
    lrr_status st;
    *out = NULL;
    for (int split = 0; split < LRR_SPLITS; split++) {
        for (size_t k = 0; k < d->n_index[split]; k++) {
            uint32_t i = d->index[split][k];
            cfg.part[split] += (size_t)(d->offset[i + 1] - d->offset[i]) + 1;
        }
        cfg.n_tokens += cfg.part[split] - d->n_index[split];
        texts += d->n_index[split];
    }
    cfg.n_tokens = lrr_size_add(cfg.n_tokens, lrr_size_mul(texts, context));
    if ((st = lrr_windows_new(&cfg, &w, err)) != LRR_OK)
        return st;
    for (int split = 0; split < LRR_SPLITS; split++)
        for (size_t k = 0; k < d->n_index[split]; k++)
            at += fill_windows(d, d->index[split][k], w, at, &to);
    *out = w;
    return LRR_OK;
}

void lrr_text_unknown(const lrr_dataset *d, lrr_split split, size_t *unknown,
                      size_t *all)
{
    *unknown = *all = 0;
    for (size_t k = 0; k < d->n_index[split]; k++) {
        const uint32_t i = d->index[split][k];
        for (uint64_t at = d->offset[i]; at < d->offset[i + 1]; at++) {
            *unknown += d->x.tokens[at] == UNKNOWN;
            ++*all;
        }
    }
}

size_t lrr_text_words(const lrr_text *t)
{
    return t->vocabulary_n;
}

const char *lrr_text_token(const lrr_text *t, int32_t token, size_t *n)
{
    if (token < 0 || (uint32_t)token >= lrr_intern_count(t->words))
        return NULL;
    return lrr_intern_text(t->words, (uint32_t)token, n);
}

const char *lrr_text_word(const lrr_text *t, size_t i, size_t *n)
{
    LRR_ASSERT(i < t->vocabulary_n);
    return lrr_intern_text(t->words, t->vocabulary[i], n);
}
