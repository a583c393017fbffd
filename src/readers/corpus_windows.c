/* corpus_windows.c -- tokens of a corpus, and the windows on them (corpus.h, corpus_tokens.h). */
#include <string.h>

#include "base/mem.h"
#include "data/windows.h"
#include "readers/corpus_private.h"
#include "readers/corpus_tokens_private.h"
#include "readers/text_input.h"

enum { UNKNOWN = 0 };

/* ---- tokens ---- */

typedef struct maker {
    const lrr_corpus *c;
    const lrr_tokenizer *t;
    lrr_corpus_tokens *k;
} maker;

static lrr_status check_utf8(const maker *m, uint32_t i, lrr_error *err)
{
    const document *d = &m->c->document[i];
    const char *s = m->c->bytes.s + d->from;
    size_t good = 0;
    char why[64];
    if (lrr_is_utf8(s, d->n))
        return LRR_OK;
    while (good < d->n) { /* the longest beginning that is UTF-8 */
        size_t len = 1;
        while (len <= 4 && good + len <= d->n && !lrr_is_utf8(s + good, len))
            len++;
        if (len > 4 || good + len > d->n)
            break;
        good += len;
    }
    snprintf(why, sizeof why, "0x%02x is no UTF-8",
             good < d->n ? (unsigned char)s[good] : 0U);
    return lrr__corpus_fail(m->c, i, good, why, err);
}

static lrr_status add_end(const maker *m, lrr_error *err)
{
    lrr_status st = lrr_ids_add(&m->k->token, lrr_tokenizer_end(m->t), err);
    if (st == LRR_OK && !lrr_tokenizer_exact(m->t))
        st = lrr_ids_add(&m->k->length, (int32_t)m->c->separator_n, err);
    return st;
}

static lrr_status add_document(const maker *m, uint32_t i, lrr_error *err)
{
    const document *d = &m->c->document[i];
    lrr_status st = LRR_OK;
    if (lrr_tokenizer_kind(m->t) == LRR_TOKENS_CHARS)
        st = check_utf8(m, i, err);
    if (st == LRR_OK)
        st =
            lrr_tokenizer_encode(m->t, m->c->bytes.s + d->from, d->n, &m->k->token,
                                 lrr_tokenizer_exact(m->t) ? NULL : &m->k->length, err);
    return st;
}

static void end_list(lrr_corpus_tokens *k, size_t from, lrr_split split)
{
    k->list[k->lists++] = (lrr__token_list){ from, k->token.n - from, split };
}

static lrr_status add_split(const maker *m, lrr_split split, lrr_error *err)
{
    const bool joined = lrr_tokenizer_end(m->t) >= 0;
    const size_t begin = m->k->token.n, n = m->c->n_index[split];
    lrr_status st = n > 0 && joined ? add_end(m, err) : LRR_OK;
    for (size_t k = 0; st == LRR_OK && k < n; k++) {
        const size_t from = m->k->token.n;
        st = add_document(m, m->c->index[split][k], err);
        if (st == LRR_OK && joined)
            st = add_end(m, err);
        else if (st == LRR_OK)
            end_list(m->k, from, split);
    }
    if (st == LRR_OK && n > 0 && joined)
        end_list(m->k, begin, split);
    m->k->documents[split] = n;
    return st;
}

/* How many tokens there will be, each of which is a byte or an end. */
static size_t tokens_of_bytes(const lrr_corpus *c)
{
    size_t all = 0;
    for (int i = 0; i < LRR_SPLITS; i++) {
        all += c->n_index[i] + 1;
        for (size_t k = 0; k < c->n_index[i]; k++)
            all += c->document[c->index[i][k]].n;
    }
    return all;
}

lrr_status lrr_corpus_tokens_new(const lrr_corpus *c, const lrr_tokenizer *t,
                                 lrr_corpus_tokens **out, lrr_error *err)
{
    maker m = { .c = c, .t = t };
    size_t lists = LRR_SPLITS;
    lrr_status st = lrr_mem_new(1, sizeof *m.k, "tokens", &m.k, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    m.k->separator_n = c->separator_n;
    for (int i = 0; i < LRR_SPLITS; i++)
        lists += c->n_index[i];
    st = lrr_mem_new(lists, sizeof *m.k->list, "texts", &m.k->list, err);
    if (st == LRR_OK && lrr_tokenizer_kind(t) == LRR_TOKENS_BYTES)
        st = lrr_ids_reserve(&m.k->token, tokens_of_bytes(c), err);
    for (int i = 0; st == LRR_OK && i < LRR_SPLITS; i++)
        st = add_split(&m, (lrr_split)i, err);
    if (st == LRR_OK)
        *out = m.k;
    else
        lrr_corpus_tokens_free(m.k);
    return st;
}

static void free_map(void *map)
{
    lrr_map_free(map);
}

void lrr_corpus_tokens_free(lrr_corpus_tokens *k)
{
    if (k == NULL)
        return;
    if (k->map == NULL) {
        lrr_ids_free(&k->token);
        lrr_ids_free(&k->length);
    }
    lrr_map_free(k->map);
    lrr_mem_free(k->list);
    lrr_mem_free(k);
}

/* ---- windows ---- */

typedef struct layer {
    const lrr_corpus_tokens *k;
    const lrr_tokenizer *t;
    const lrr_corpus_windows_cfg *cfg;
    size_t windows[LRR_SPLITS];
} layer;

static void count(layer *m, lrr_corpus_counts *counts)
{
    const size_t context = m->cfg->context;
    memset(counts, 0, sizeof *counts);
    for (size_t i = 0; i < m->k->lists; i++) {
        const lrr__token_list *l = &m->k->list[i];
        if (l->n > context)
            m->windows[l->split] += (l->n - context - 1) / m->cfg->stride + 1;
        counts->all[l->split] += l->n;
        for (size_t j = l->from; !lrr_tokenizer_exact(m->t) && j < l->from + l->n; j++)
            counts->unknown[l->split] += m->k->token.id[j] == UNKNOWN;
    }
}

/* Bytes of the text that token i stands for. */
static uint64_t bytes_at(const layer *m, size_t i)
{
    size_t bytes;
    if (m->k->length.id != NULL)
        return (uint64_t)m->k->length.id[i];
    if (m->k->token.id[i] == lrr_tokenizer_end(m->t))
        return m->k->separator_n;
    lrr_tokenizer_text(m->t, m->k->token.id[i], &bytes);
    return bytes;
}

static uint64_t bytes_of(const layer *m, size_t from, size_t n)
{
    uint64_t all = 0;
    for (size_t i = from; i < from + n; i++)
        all += bytes_at(m, i);
    return all;
}

/* Windows that overlap share what they have in common: each token is looked at once as it comes
** into one and once as it goes, however long they are. */
static void fill(const layer *m, lrr_dataset *d)
{
    const size_t context = m->cfg->context, stride = m->cfg->stride;
    size_t at = 0;
    for (size_t i = 0; i < m->k->lists; i++) {
        const lrr__token_list *l = &m->k->list[i];
        uint64_t bytes = 0;
        for (size_t k = 0; k + context < l->n; k += stride) {
            const size_t target = l->from + k + 1; /* the first */
            if (k == 0 || stride >= context)
                bytes = bytes_of(m, target, context);
            else
                bytes += bytes_of(m, target + context - stride, stride) -
                         bytes_of(m, target - stride, stride);
            d->start[at] = l->from + k;
            d->target_bytes[at++] = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
        }
    }
    LRR_ASSERT(at == d->n);
}

static lrr_status check(const layer *m, const lrr_corpus_counts *counts, lrr_error *err)
{
    static const char *const of[LRR_SPLITS] = { "to train", "to validate", "to test" };
    for (int i = 0; i < LRR_SPLITS; i++)
        if (m->k->documents[i] > 0 && m->windows[i] == 0)
            return lrr_fail(
                err, LRR_EINVAL,
                "context = %zu is longer than the text %s, which has %zu "
                "token%s%s: want one below that, or more text",
                m->cfg->context, of[i], counts->all[i], counts->all[i] == 1 ? "" : "s",
                m->k->documents[i] > 1 && lrr_tokenizer_end(m->t) < 0 ? " in pieces"
                                                                      : "");
    return LRR_OK;
}

lrr_status lrr_corpus_tokens_windows(lrr_corpus_tokens *k, const lrr_tokenizer *t,
                                     const lrr_corpus_windows_cfg *cfg,
                                     lrr_corpus_counts *counts, lrr_dataset **out,
                                     lrr_error *err)
{
    layer m = { .k = k, .t = t, .cfg = cfg };
    lrr_windows_cfg of = { .context = cfg->context,
                           .n_tokens = k->token.n,
                           .vocab = lrr_tokenizer_vocab(t),
                           .bytes = true,
                           .tokens = k->token.id };
    lrr_status st;
    *out = NULL;
    LRR_ASSERT(cfg->context > 0 && cfg->stride > 0);
    count(&m, counts);
    if ((st = check(&m, counts, err)) != LRR_OK)
        return st;
    memcpy(of.part, m.windows, sizeof of.part);
    if ((st = lrr_windows_new(&of, out, err)) != LRR_OK)
        return st;
    fill(&m, *out);
    if (k->map != NULL) {
        (*out)->let_go = free_map;
        (*out)->owner = k->map;
        k->length = (lrr_ids){ 0 };
        k->map = NULL;
    }
    k->token = (lrr_ids){ 0 }; /* the data set's now */
    return LRR_OK;
}

lrr_status lrr_corpus_windows(const lrr_corpus *c, const lrr_tokenizer *t,
                              const lrr_corpus_windows_cfg *cfg,
                              lrr_corpus_counts *counts, lrr_dataset **out,
                              lrr_error *err)
{
    lrr_corpus_tokens *k;
    lrr_status st = lrr_corpus_tokens_new(c, t, &k, err);
    *out = NULL;
    if (st == LRR_OK)
        st = lrr_corpus_tokens_windows(k, t, cfg, counts, out, err);
    lrr_corpus_tokens_free(k);
    return st;
}
