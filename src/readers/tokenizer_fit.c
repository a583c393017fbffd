/* tokenizer_fit.c -- lrr_tokenizer_fit (tokenizer.h): a vocabulary from texts. */
#include <stdlib.h>
#include <string.h>

#include "base/halt.h"
#include "base/mem.h"
#include "readers/pieces.h"
#include "readers/tokenizer_private.h"
#include "readers/words.h"

enum { CODES = 0x110000, WORDS_MAX = 1 << 30, UTF8_MOST = 4 };

/* Texts, and how often each is there. */
typedef struct tally {
    lrr_intern *text;
    uint64_t *count; /* (room) */
    size_t room;
    size_t added;
} tally;

static lrr_status tally_add(tally *w, const char *s, size_t n, lrr_error *err)
{
    uint32_t id;
    lrr_status st = lrr_mem_grow(&w->count, lrr_intern_count(w->text), &w->room,
                                 sizeof *w->count, "a vocabulary", err);
    if (st == LRR_OK)
        st = lrr_intern_add(w->text, s, n, &id, err);
    if (st != LRR_OK)
        return st;
    w->count[id]++;
    return lrr_halt_count(&w->added, err);
}

static void tally_free(tally *w)
{
    lrr_intern_free(w->text);
    lrr_mem_free(w->count);
}

/* What takes a place in the vocabulary, by count and then by rank, which is unique. */
typedef struct counted {
    uint64_t count;
    uint32_t rank, id;
} counted;

static int by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static int by_rank(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static size_t put_utf8(uint32_t code, char out[UTF8_MOST])
{
    const size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (n == 1) {
        out[0] = (char)code;
        return 1;
    }
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((0xf00U >> n & 0xff) | code);
    return n;
}

static lrr_status count_chars(const lrr_span *text, size_t n, uint64_t *count,
                              lrr_fit_place *bad, lrr_error *err)
{
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < text[k].n;) {
            uint32_t code = 0;
            const size_t len = lrr__utf8_take(text[k].s + i, text[k].n - i, &code);
            if (len == 0) {
                *bad = (lrr_fit_place){ k, i };
                return lrr_fail(err, LRR_EFORMAT,
                                "0x%02x is no UTF-8; tokens = \"bytes\" and "
                                "\"bpe\" take any byte",
                                (unsigned char)text[k].s[i]);
            }
            count[code]++;
            i += len;
        }
    }
    return LRR_OK;
}

static lrr_status fit_chars(lrr_tokenizer *t, const lrr_span *text, size_t n,
                            size_t most, lrr_fit_place *bad, lrr_error *err)
{
    uint64_t *count = NULL;
    counted *list = NULL;
    size_t used = 0;
    lrr_status st = lrr_mem_new(CODES, sizeof *count, "a vocabulary", &count, err);
    if (st == LRR_OK)
        st = count_chars(text, n, count, bad, err);
    for (uint32_t c = 0; st == LRR_OK && c < CODES; c++)
        used += count[c] > 0;
    if (st == LRR_OK)
        st = lrr_mem_new(used, sizeof *list, "a vocabulary", &list, err);
    used = 0;
    for (uint32_t c = 0; st == LRR_OK && c < CODES; c++)
        if (count[c] > 0)
            list[used++] = (counted){ count[c], c, c };
    if (st == LRR_OK && most > 0 && used > most) {
        qsort(list, used, sizeof *list, by_count);
        used = most;
        qsort(list, used, sizeof *list, by_rank);
    }
    for (size_t i = 0; st == LRR_OK && i < used; i++) {
        char s[UTF8_MOST];
        const size_t len = put_utf8(list[i].id, s);
        st = lrr_tokenizer_add(t, s, len, err);
    }
    lrr_mem_free(count);
    lrr_mem_free(list);
    return st;
}

static lrr_status add_ranked(lrr_tokenizer *t, const tally *w, size_t most,
                             lrr_error *err)
{
    const size_t words = lrr_intern_count(w->text);
    counted *list = NULL;
    uint32_t *rank = NULL;
    lrr_status st = lrr_mem_new(words, sizeof *list, "a vocabulary", &list, err);
    if (st == LRR_OK)
        st = lrr_mem_new(words, sizeof *rank, "a vocabulary", &rank, err);
    if (st == LRR_OK)
        st = lrr_intern_rank(w->text, rank, err);
    for (uint32_t i = 0; st == LRR_OK && i < words; i++)
        list[i] = (counted){ w->count[i], rank[i], i };
    if (st == LRR_OK)
        qsort(list, words, sizeof *list, by_count);
    for (size_t i = 0; st == LRR_OK && i < words && (most == 0 || i < most); i++) {
        size_t n;
        const char *s = lrr_intern_text(w->text, list[i].id, &n);
        st = lrr_tokenizer_add(t, s, n, err);
    }
    lrr_mem_free(list);
    lrr_mem_free(rank);
    return st;
}

static lrr_status fit_words(lrr_tokenizer *t, const lrr_span *text, size_t n,
                            size_t most, lrr_error *err)
{
    tally w = { 0 };
    lrr_status st = lrr_intern_new(WORDS_MAX, &w.text, err);
    for (size_t k = 0; st == LRR_OK && k < n; k++) {
        for (size_t i = 0; st == LRR_OK && i < text[k].n;) {
            lrr_word_found word;
            lrr_word_find(text[k].s + i, text[k].n - i, &word);
            if (word.n > 0)
                st = tally_add(&w, word.text, word.n, err);
            i += word.taken;
        }
    }
    if (st == LRR_OK)
        st = add_ranked(t, &w, most, err);
    tally_free(&w);
    return st;
}

static lrr_status fit_bpe(lrr_tokenizer *t, const lrr_span *text, size_t n,
                          size_t tokens, lrr_error *err)
{
    tally w = { 0 };
    lrr_status st = lrr_intern_new(WORDS_MAX, &w.text, err);
    for (size_t k = 0; st == LRR_OK && k < n; k++) {
        for (size_t i = 0; st == LRR_OK && i < text[k].n;) {
            const size_t len = lrr_piece(text[k].s + i, text[k].n - i);
            st = tally_add(&w, text[k].s + i, len, err);
            i += len;
        }
    }
    if (st == LRR_OK)
        st = lrr_bpe_train(t->bpe, w.text, w.count, tokens, err);
    tally_free(&w);
    return st;
}

lrr_status lrr_tokenizer_fit(lrr_tokenizer *t, const lrr_span *text, size_t n,
                             size_t most, lrr_fit_place *bad, lrr_error *err)
{
    const size_t there = lrr_tokenizer_vocab(t);
    if (most > 0 && most < there + (t->words != NULL))
        return lrr_fail(err, LRR_EINVAL, "vocab = %zu, and the least is %zu%s", most,
                        there + (t->words != NULL),
                        t->bpe != NULL ? ": each byte is a token" : "");
    if (t->kind == LRR_TOKENS_CHARS)
        return fit_chars(t, text, n, most > 0 ? most - there : 0, bad, err);
    if (t->kind == LRR_TOKENS_WORDS)
        return fit_words(t, text, n, most > 0 ? most - there : 0, err);
    if (t->kind == LRR_TOKENS_BPE)
        return fit_bpe(t, text, n, most > 0 ? most - t->ends : SIZE_MAX, err);
    return LRR_OK;
}
