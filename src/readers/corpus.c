/* corpus.c -- see corpus.h: collecting documents, and their splits. */
#include "readers/corpus.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "readers/corpus_private.h"
#include "readers/csv.h"
#include "readers/folder.h"
#include "readers/source.h"

lrr_status lrr_corpus_new(const char *separator, size_t n, lrr_corpus **out,
                          lrr_error *err)
{
    lrr_corpus *c = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *c, "texts", &c, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    st = lrr_mem_new(n + 1, 1, "texts", &c->separator, err);
    if (st != LRR_OK) {
        lrr_corpus_free(c);
        return st;
    }
    if (n > 0)
        memcpy(c->separator, separator, n);
    c->separator_n = n;
    *out = c;
    return LRR_OK;
}

void lrr_corpus_free(lrr_corpus *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->texts; i++)
        lrr_mem_free(c->text[i].name);
    for (int i = 0; i < LRR_SPLITS; i++)
        lrr_mem_free(c->index[i]);
    lrr_mem_free(c->text);
    lrr_mem_free(c->document);
    lrr_mem_free(c->bytes.s);
    lrr_mem_free(c->separator);
    lrr_mem_free(c);
}

static lrr_status add_text(lrr_corpus *c, const char *name, lrr_error *err)
{
    text_of *text;
    lrr_status st =
        lrr_mem_grow(&c->text, c->texts, &c->text_room, sizeof *c->text, "texts", err);
    if (st != LRR_OK)
        return st;
    text = &c->text[c->texts];
    *text = (text_of){ c->bytes.n, NULL };
    if (name != NULL) {
        const size_t n = strlen(name) + 1;
        if ((st = lrr_mem_new(n, 1, "texts", &text->name, err)) != LRR_OK)
            return st;
        memcpy(text->name, name, n);
    }
    c->texts++;
    return LRR_OK;
}

static lrr_status more_documents(lrr_corpus *c, lrr_error *err)
{
    return lrr_mem_grow(&c->document, c->documents, &c->document_room,
                        sizeof *c->document, "texts", err);
}

static lrr_status add_document(lrr_corpus *c, size_t from, size_t n, lrr_split part,
                               lrr_error *err)
{
    lrr_status st;
    if (n == 0)
        return LRR_OK;
    st = more_documents(c, err);
    if (st != LRR_OK)
        return st;
    c->document[c->documents++] = (document){ from, n, c->texts - 1 };
    c->part[part]++;
    return LRR_OK;
}

/* Where the next separator is in the n bytes at s; n: nowhere. */
static size_t find_separator(const lrr_corpus *c, const char *s, size_t n)
{
    const size_t m = c->separator_n;
    size_t at = 0;
    while (m > 0 && m <= n - at) {
        const char *hit = memchr(s + at, c->separator[0], n - at - m + 1);
        if (hit == NULL)
            return n;
        at = (size_t)(hit - s);
        if (memcmp(hit, c->separator, m) == 0)
            return at;
        at++;
    }
    return n;
}

/* The documents of the last text, which ends with the bytes. */
static lrr_status add_documents(lrr_corpus *c, lrr_split part, lrr_error *err)
{
    size_t from = c->text[c->texts - 1].from;
    lrr_status st = LRR_OK;
    while (st == LRR_OK && from < c->bytes.n) {
        const size_t left = c->bytes.n - from;
        const size_t n = find_separator(c, c->bytes.s + from, left);
        st = add_document(c, from, n, part, err);
        from += n < left ? n + c->separator_n : left;
    }
    return st;
}

lrr_status lrr_corpus_add(lrr_corpus *c, const char *name, const char *s, size_t n,
                          lrr_split part, lrr_error *err)
{
    lrr_status st = add_text(c, name, err);
    if (st == LRR_OK)
        st = lrr__buffer_add(&c->bytes, s, n, name, err);
    return st == LRR_OK ? add_documents(c, part, err) : st;
}

lrr_status lrr_corpus_add_file(lrr_corpus *c, const char *path, const char *name,
                               lrr_split part, lrr_error *err)
{
    const char *said = name != NULL ? name : lrr_base_name(path);
    const size_t before = c->documents;
    lrr_status st = add_text(c, said, err);
    if (st == LRR_OK)
        st = lrr__text_read(path, &c->bytes, err);
    if (st == LRR_OK)
        st = add_documents(c, part, err);
    if (st == LRR_OK && c->documents == before)
        st = lrr_fail(err, LRR_EFORMAT, "%s is empty", said);
    return st;
}

lrr_status lrr_corpus_add_folder(lrr_corpus *c, const char *path, lrr_split part,
                                 lrr_error *err)
{
    lrr_folder *list;
    lrr_status st = lrr_folder_list(path, &list, err);
    if (st != LRR_OK)
        return st;
    if (list->n == 0)
        st = lrr_fail(err, LRR_EFORMAT, "the folder %s is empty", path);
    for (size_t i = 0; st == LRR_OK && i < list->n; i++) {
        char *full = NULL;
        st = lrr_folder_path(list, i, &full, err);
        if (st == LRR_OK)
            st = lrr_corpus_add_file(c, full, NULL, part, err);
        lrr_mem_free(full);
    }
    lrr_folder_free(list);
    return st;
}

static lrr_status add_field(void *of, const lrr_text_sample *x, lrr_error *err)
{
    lrr_corpus *c = of;
    return lrr_corpus_add(c, NULL, x->s, x->n, x->part, err);
}

lrr_status lrr_corpus_add_table(lrr_corpus *c, const lrr_text_file_cfg *cfg,
                                lrr_error *err)
{
    const size_t before = c->documents;
    lrr_status st = lrr__text_records(cfg, add_field, c, err);
    if (st == LRR_OK && c->documents == before)
        st = lrr_fail(err, LRR_EFORMAT, "%s has no text", lrr_base_name(cfg->path));
    return st;
}

size_t lrr_corpus_documents(const lrr_corpus *c, lrr_split part)
{
    return c->part[part];
}

size_t lrr_corpus_bytes(const lrr_corpus *c, lrr_split part)
{
    size_t first = 0, all = 0;
    for (int i = 0; i < (int)part; i++)
        first += c->part[i];
    for (size_t i = 0; i < c->part[part]; i++)
        all += c->document[first + i].n;
    return all;
}

static lrr_status keep(lrr_corpus *c, int split, const uint32_t *list, size_t n,
                       lrr_error *err)
{
    uint32_t *copy = NULL;
    lrr_status st = LRR_OK;
    if (n > 0)
        st = lrr_mem_new(n, sizeof *copy, "a split", &copy, err);
    if (st != LRR_OK)
        return st;
    if (n > 0)
        memcpy(copy, list, n * sizeof *copy);
    lrr_mem_free(c->index[split]);
    c->index[split] = copy;
    c->n_index[split] = n;
    return LRR_OK;
}

lrr_status lrr_corpus_split(lrr_corpus *c, const lrr_split_cfg *cfg, lrr_error *err)
{
    /* Documents are split as samples are: those of a data set that has nothing else. */
    lrr_dataset_cfg of = { .kind = LRR_DATA_U8, .shape = lrr_shape_of1(1) };
    lrr_dataset *d;
    lrr_status st;
    memcpy(of.part, c->part, sizeof of.part);
    if ((st = lrr_dataset_new(&of, &d, err)) != LRR_OK)
        return st;
    st = lrr_dataset_split(d, cfg, err);
    for (int i = 0; st == LRR_OK && i < LRR_SPLITS; i++)
        st = keep(c, i, d->index[i], d->n_index[i], err);
    lrr_dataset_free(d);
    return st;
}

lrr_status lrr_corpus_mix(lrr_corpus *c, uint64_t seed, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (int i = 0; st == LRR_OK && i < LRR_SPLITS; i++) {
        const size_t n = c->n_index[i];
        uint32_t *order = NULL, *mixed = NULL;
        if (n == 0)
            continue;
        st = lrr_mem_new(n, sizeof *order, "documents", &order, err);
        if (st == LRR_OK)
            st = lrr_mem_new(n, sizeof *mixed, "documents", &mixed, err);
        if (st == LRR_OK) {
            lrr_rng_permute(lrr_rng_key(seed, LRR_STREAM_DATA, (uint64_t)i), 0, order,
                            n);
            for (size_t k = 0; k < n; k++)
                mixed[k] = c->index[i][order[k]];
            memcpy(c->index[i], mixed, n * sizeof *mixed);
        }
        lrr_mem_free(order);
        lrr_mem_free(mixed);
    }
    return st;
}

/* A place near `at` in document d where it can be cut, from its beginning. */
static size_t cut_at(const lrr_corpus *c, const document *d, size_t at)
{
    const char *s = c->bytes.s + d->from;
    const size_t left = d->n - at;
    const char *line =
        memchr(s + at, '\n', left < LRR_CUT_REACH ? left : LRR_CUT_REACH);
    if (at == 0 || s[at - 1] == '\n')
        return at;
    if (line != NULL && (size_t)(line - s) + 1 < d->n)
        return (size_t)(line - s) + 1;
    while (at < d->n && ((unsigned char)s[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Stretch [from, to) of the only training document becomes a document of a split. */
static lrr_status stretch(lrr_corpus *c, const document *whole, size_t from, size_t to,
                          int split, lrr_error *err)
{
    uint32_t *index = NULL;
    lrr_status st;
    if (to <= from)
        return LRR_OK;
    st = more_documents(c, err);
    if (st == LRR_OK)
        st = lrr_mem_new(c->n_index[split] + 1, sizeof *index, "a split", &index, err);
    if (st != LRR_OK)
        return st;
    if (c->n_index[split] > 0)
        memcpy(index, c->index[split], c->n_index[split] * sizeof *index);
    index[c->n_index[split]++] = (uint32_t)c->documents;
    lrr_mem_free(c->index[split]);
    c->index[split] = index;
    c->document[c->documents++] =
        (document){ whole->from + from, to - from, whole->text };
    return LRR_OK;
}

/* val and test that came as parts of their own. */
static lrr_status keep_parts(lrr_corpus *c, const lrr_split_cfg *cfg, lrr_error *err)
{
    uint32_t first = (uint32_t)c->part[LRR_SPLIT_TRAIN];
    lrr_status st = LRR_OK;
    for (int split = LRR_SPLIT_VAL; st == LRR_OK && split < LRR_SPLITS; split++) {
        if (c->part[split] > 0)
            st = keep(c, split, &first, 1, err);
        first += (uint32_t)c->part[split];
    }
    if (st == LRR_OK && cfg->test_is_val)
        st = keep(c, LRR_SPLIT_VAL, c->index[LRR_SPLIT_TEST],
                  c->n_index[LRR_SPLIT_TEST], err);
    return st;
}

static lrr_status check_cut(const lrr_corpus *c, const lrr_split_cfg *cfg,
                            lrr_error *err)
{
    if (cfg->val > 0 && c->part[LRR_SPLIT_VAL] > 0)
        return lrr_fail(err, LRR_EINVAL, "val = %g, but the data come with a val part",
                        cfg->val);
    if (cfg->test > 0 && c->part[LRR_SPLIT_TEST] > 0)
        return lrr_fail(err, LRR_EINVAL,
                        "test = %g, but the data come with a test part", cfg->test);
    if (cfg->val + cfg->test >= 1)
        return lrr_fail(err, LRR_EINVAL,
                        "val = %g and test = %g leave no text to train", cfg->val,
                        cfg->test);
    if (cfg->test_is_val && c->part[LRR_SPLIT_TEST] == 0)
        return lrr_fail(err, LRR_EINVAL, "val = \"test\": the data have no test part");
    return LRR_OK;
}

lrr_status lrr_corpus_cut(lrr_corpus *c, const lrr_split_cfg *cfg, lrr_error *err)
{
    const document whole = c->document[0];
    const double n = (double)whole.n;
    size_t test, from, to;
    lrr_status st = check_cut(c, cfg, err);
    LRR_ASSERT(c->part[LRR_SPLIT_TRAIN] == 1 && c->n_index[LRR_SPLIT_TRAIN] == 0);
    if (st == LRR_OK)
        st = keep_parts(c, cfg, err);
    if (st != LRR_OK)
        return st;
    test = cfg->test > 0 ? cut_at(c, &whole, (size_t)(n * (1 - cfg->test))) : whole.n;
    from = cfg->val > 0 ? cut_at(c, &whole, (size_t)(n * (1 - cfg->test - cfg->val)))
                        : test;
    to = test;
    if (cfg->folds > 0) {
        const double all = (double)test / (double)cfg->folds;
        from = cut_at(c, &whole, (size_t)(all * (double)cfg->fold));
        if (cfg->fold + 1 < cfg->folds)
            to = cut_at(c, &whole, (size_t)(all * (double)(cfg->fold + 1)));
    }
    st = stretch(c, &whole, 0, from < test ? from : test, LRR_SPLIT_TRAIN, err);
    if (st == LRR_OK)
        st = stretch(c, &whole, to, test, LRR_SPLIT_TRAIN, err);
    if (st == LRR_OK && (cfg->val > 0 || cfg->folds > 0))
        st = stretch(c, &whole, from, to, LRR_SPLIT_VAL, err);
    if (st == LRR_OK)
        st = stretch(c, &whole, test, whole.n, LRR_SPLIT_TEST, err);
    return st;
}

lrr_status lrr__corpus_fail(const lrr_corpus *c, size_t document_, size_t at,
                            const char *why, lrr_error *err)
{
    const document *d = &c->document[document_];
    const text_of *text = &c->text[d->text];
    if (text->name == NULL)
        return lrr_fail(err, LRR_EFORMAT, "text %zu: byte %zu: %s", d->text + 1,
                        d->from - text->from + at + 1, why);
    return lrr_fail(err, LRR_EFORMAT, "%s: byte %zu: %s", text->name,
                    d->from - text->from + at + 1, why);
}

lrr_status lrr_corpus_fit(const lrr_corpus *c, lrr_tokenizer *t, size_t most,
                          lrr_error *err)
{
    const size_t n = c->n_index[LRR_SPLIT_TRAIN];
    lrr_span *text = NULL;
    lrr_fit_place bad = { 0 };
    lrr_error why;
    lrr_status st = lrr_mem_new(n, sizeof *text, "texts", &text, err);
    for (size_t i = 0; st == LRR_OK && i < n; i++) {
        const document *d = &c->document[c->index[LRR_SPLIT_TRAIN][i]];
        text[i] = (lrr_span){ c->bytes.s + d->from, d->n };
    }
    if (st != LRR_OK)
        return st;
    st = lrr_tokenizer_fit(t, text, n, most, &bad, &why);
    if (st == LRR_EFORMAT)
        st = lrr__corpus_fail(c, c->index[LRR_SPLIT_TRAIN][bad.span], bad.at, why.msg,
                              err);
    else if (st != LRR_OK)
        lrr_fail(err, st, "%s", why.msg);
    lrr_mem_free(text);
    return st;
}
