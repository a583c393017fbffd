/* corpus_windows.c -- lrr_corpus_windows (corpus.h). */
#include <string.h>

#include "base/mem.h"
#include "data/windows.h"
#include "readers/corpus_private.h"
#include "readers/text_input.h"

enum { UNKNOWN = 0 };

/* Tokens side by side on which windows are laid. */
typedef struct list {
    size_t from, n; /* of all tokens */
    lrr_split split;
} list;

typedef struct maker {
    const lrr_corpus *c;
    const lrr_tokenizer *t;
    const lrr_corpus_windows_cfg *cfg;
    lrr_ids token;
    lrr_ids length; /* bytes of each, where the token does not say it */
    list *list;
    size_t lists;
    size_t windows[LRR_SPLITS];
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

static lrr_status add_end(maker *m, lrr_error *err)
{
    lrr_status st = lrr_ids_add(&m->token, lrr_tokenizer_end(m->t), err);
    if (st == LRR_OK && !lrr_tokenizer_exact(m->t))
        st = lrr_ids_add(&m->length, (int32_t)m->c->separator_n, err);
    return st;
}

static lrr_status add_document(maker *m, uint32_t i, lrr_error *err)
{
    const document *d = &m->c->document[i];
    lrr_status st = LRR_OK;
    if (lrr_tokenizer_kind(m->t) == LRR_TOKENS_CHARS)
        st = check_utf8(m, i, err);
    if (st == LRR_OK)
        st = lrr_tokenizer_encode(m->t, m->c->bytes.s + d->from, d->n, &m->token,
                                  lrr_tokenizer_exact(m->t) ? NULL : &m->length, err);
    return st;
}

static void end_list(maker *m, size_t from, lrr_split split)
{
    const size_t n = m->token.n - from, context = m->cfg->context;
    if (n > context)
        m->windows[split] += (n - context - 1) / m->cfg->stride + 1;
    m->list[m->lists++] = (list){ from, n, split };
}

static lrr_status add_split(maker *m, lrr_split split, lrr_corpus_counts *counts,
                            lrr_error *err)
{
    const bool joined = lrr_tokenizer_end(m->t) >= 0;
    const size_t begin = m->token.n, n = m->c->n_index[split];
    lrr_status st = n > 0 && joined ? add_end(m, err) : LRR_OK;
    for (size_t k = 0; st == LRR_OK && k < n; k++) {
        const size_t from = m->token.n;
        st = add_document(m, m->c->index[split][k], err);
        if (st == LRR_OK && joined)
            st = add_end(m, err);
        else if (st == LRR_OK)
            end_list(m, from, split);
    }
    if (st == LRR_OK && n > 0 && joined)
        end_list(m, begin, split);
    counts->all[split] = m->token.n - begin;
    counts->unknown[split] = 0;
    for (size_t i = begin; !lrr_tokenizer_exact(m->t) && i < m->token.n; i++)
        counts->unknown[split] += m->token.id[i] == UNKNOWN;
    return st;
}

/* Bytes of the text that token i stands for. */
static uint64_t bytes_at(const maker *m, size_t i)
{
    size_t bytes;
    if (m->length.id != NULL)
        return (uint64_t)m->length.id[i];
    if (m->token.id[i] == lrr_tokenizer_end(m->t))
        return m->c->separator_n;
    lrr_tokenizer_text(m->t, m->token.id[i], &bytes);
    return bytes;
}

static uint64_t bytes_of(const maker *m, size_t from, size_t n)
{
    uint64_t all = 0;
    for (size_t i = from; i < from + n; i++)
        all += bytes_at(m, i);
    return all;
}

/* Windows that overlap share what they have in common: each token is looked at once as it comes
** into one and once as it goes, however long they are. */
static void fill(const maker *m, lrr_dataset *d)
{
    const size_t context = m->cfg->context, stride = m->cfg->stride;
    size_t at = 0;
    for (size_t i = 0; i < m->lists; i++) {
        const list *l = &m->list[i];
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

static lrr_status check(const maker *m, const lrr_corpus_counts *counts, lrr_error *err)
{
    static const char *const of[LRR_SPLITS] = { "to train", "to validate", "to test" };
    for (int i = 0; i < LRR_SPLITS; i++)
        if (m->c->n_index[i] > 0 && m->windows[i] == 0)
            return lrr_fail(
                err, LRR_EINVAL,
                "context = %zu is longer than the text %s, which has %zu "
                "token%s%s: want one below that, or more text",
                m->cfg->context, of[i], counts->all[i], counts->all[i] == 1 ? "" : "s",
                m->c->n_index[i] > 1 && lrr_tokenizer_end(m->t) < 0 ? " in pieces"
                                                                    : "");
    return LRR_OK;
}

/* How many tokens there will be, each of which is a byte or an end. */
static size_t tokens_of_bytes(const maker *m)
{
    size_t all = 0;
    for (int i = 0; i < LRR_SPLITS; i++) {
        all += m->c->n_index[i] + 1;
        for (size_t k = 0; k < m->c->n_index[i]; k++)
            all += m->c->document[m->c->index[i][k]].n;
    }
    return all;
}

static lrr_status make(maker *m, lrr_corpus_counts *counts, lrr_dataset **out,
                       lrr_error *err)
{
    lrr_windows_cfg cfg = { .context = m->cfg->context,
                            .vocab = lrr_tokenizer_vocab(m->t),
                            .bytes = true };
    size_t lists = LRR_SPLITS;
    lrr_status st;
    for (int i = 0; i < LRR_SPLITS; i++)
        lists += m->c->n_index[i];
    st = lrr_mem_new(lists, sizeof *m->list, "texts", &m->list, err);
    if (st == LRR_OK && lrr_tokenizer_kind(m->t) == LRR_TOKENS_BYTES)
        st = lrr_ids_reserve(&m->token, tokens_of_bytes(m), err);
    for (int i = 0; st == LRR_OK && i < LRR_SPLITS; i++)
        st = add_split(m, (lrr_split)i, counts, err);
    if (st == LRR_OK)
        st = check(m, counts, err);
    if (st != LRR_OK)
        return st;
    memcpy(cfg.part, m->windows, sizeof cfg.part);
    cfg.n_tokens = m->token.n;
    cfg.tokens = m->token.id;
    if ((st = lrr_windows_new(&cfg, out, err)) != LRR_OK)
        return st;
    fill(m, *out);
    m->token = (lrr_ids){ 0 }; /* the data set's now */
    return LRR_OK;
}

lrr_status lrr_corpus_windows(const lrr_corpus *c, const lrr_tokenizer *t,
                              const lrr_corpus_windows_cfg *cfg,
                              lrr_corpus_counts *counts, lrr_dataset **out,
                              lrr_error *err)
{
    maker m = { .c = c, .t = t, .cfg = cfg };
    lrr_status st;
    *out = NULL;
    LRR_ASSERT(cfg->context > 0 && cfg->stride > 0);
    st = make(&m, counts, out, err);
    lrr_ids_free(&m.token);
    lrr_ids_free(&m.length);
    lrr_mem_free(m.list);
    return st;
}
