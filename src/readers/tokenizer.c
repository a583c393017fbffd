/* tokenizer.c -- see tokenizer.h. */
#include "readers/tokenizer.h"

#include <string.h>

#include "base/halt.h"
#include "base/mem.h"
#include "readers/pieces.h"
#include "readers/text_input.h"
#include "readers/tokenizer_private.h"
#include "readers/words.h"

enum { WORDS_MAX = 1 << 30, UNKNOWN = 0, FIRST = 1 };

/* Pieces that are remembered with their tokens while a long text is encoded. */
enum { CACHED_PIECES = 1 << 18, CACHED_BYTES = 64, CACHE_FROM = 4096 };

lrr_status lrr_tokenizer_new(lrr_token_kind kind, bool ends, lrr_tokenizer **out,
                             lrr_error *err)
{
    lrr_tokenizer *t = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *t, "a vocabulary", &t, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    t->kind = kind;
    t->ends = ends;
    st = lrr_tokenizer_exact(t) ? lrr_bpe_new(&t->bpe, err)
                                : lrr_intern_new(WORDS_MAX, &t->words, err);
    if (st != LRR_OK) {
        lrr_tokenizer_free(t);
        return st;
    }
    *out = t;
    return LRR_OK;
}

void lrr_tokenizer_free(lrr_tokenizer *t)
{
    if (t == NULL)
        return;
    lrr_intern_free(t->words);
    lrr_bpe_free(t->bpe);
    lrr_mem_free(t);
}

lrr_token_kind lrr_tokenizer_kind(const lrr_tokenizer *t)
{
    return t->kind;
}

bool lrr_tokenizer_exact(const lrr_tokenizer *t)
{
    return t->kind == LRR_TOKENS_BYTES || t->kind == LRR_TOKENS_BPE;
}

/* Ids but for the end. */
static size_t count_of(const lrr_tokenizer *t)
{
    return t->bpe != NULL ? lrr_bpe_count(t->bpe) : FIRST + lrr_intern_count(t->words);
}

size_t lrr_tokenizer_vocab(const lrr_tokenizer *t)
{
    return count_of(t) + t->ends;
}

int32_t lrr_tokenizer_end(const lrr_tokenizer *t)
{
    return t->ends ? (int32_t)count_of(t) : -1;
}

const lrr_bpe *lrr_tokenizer_bpe(const lrr_tokenizer *t)
{
    return t->kind == LRR_TOKENS_BPE ? t->bpe : NULL;
}

const char *lrr_tokenizer_text(const lrr_tokenizer *t, int32_t id, size_t *n)
{
    LRR_ASSERT(id >= 0 && (size_t)id < lrr_tokenizer_vocab(t));
    *n = 0;
    if (id == lrr_tokenizer_end(t) || (t->bpe == NULL && id == UNKNOWN))
        return "";
    return t->bpe != NULL ? lrr_bpe_text(t->bpe, id, n)
                          : lrr_intern_text(t->words, (uint32_t)id - FIRST, n);
}

size_t lrr__utf8_take(const char *s, size_t n, uint32_t *code)
{
    const unsigned char c = (unsigned char)s[0];
    const size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (len > n || !lrr_is_utf8(s, len))
        return 0;
    *code = len == 1 ? c : c & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++)
        *code = *code << 6 | ((unsigned char)s[i] & 0x3fU);
    return len;
}

lrr_status lrr_tokenizer_add(lrr_tokenizer *t, const char *s, size_t n, lrr_error *err)
{
    uint32_t id;
    if (t->words == NULL)
        return lrr_fail(err, LRR_EINVAL, "this kind of tokens has no words");
    if (n == 0 || (t->kind == LRR_TOKENS_CHARS && lrr__utf8_take(s, n, &id) != n))
        return lrr_fail(err, LRR_EINVAL, "token %zu is no %s", count_of(t),
                        t->kind == LRR_TOKENS_CHARS ? "character" : "word");
    if (lrr_intern_find(t->words, s, n, &id))
        return lrr_fail(err, LRR_EINVAL, "token %zu is the same as token %u",
                        count_of(t), id + FIRST);
    return lrr_intern_add(t->words, s, n, &id, err);
}

lrr_status lrr_tokenizer_merge(lrr_tokenizer *t, int32_t left, int32_t right,
                               lrr_error *err)
{
    if (t->kind != LRR_TOKENS_BPE)
        return lrr_fail(err, LRR_EINVAL, "this kind of tokens has no merges");
    return lrr_bpe_merge(t->bpe, left, right, err);
}

/* One token that stands for `bytes` bytes. */
static lrr_status put(const lrr_tokenizer *t, const char *s, size_t n, size_t bytes,
                      lrr_ids *out, lrr_ids *length, lrr_error *err)
{
    uint32_t id;
    const bool known = n > 0 && lrr_intern_find(t->words, s, n, &id);
    lrr_status st = lrr_ids_add(out, known ? (int32_t)id + FIRST : UNKNOWN, err);
    if (st == LRR_OK && length != NULL)
        st = lrr_ids_add(length, (int32_t)bytes, err);
    return st == LRR_OK && out->n % LRR_HALT_EVERY == 0 ? lrr_halt_check(err) : st;
}

static lrr_status encode_chars(const lrr_tokenizer *t, const char *s, size_t n,
                               lrr_ids *out, lrr_ids *length, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < n;) {
        uint32_t code;
        const size_t len = lrr__utf8_take(s + i, n - i, &code);
        st = put(t, s + i, len, len > 0 ? len : 1, out, length, err);
        i += len > 0 ? len : 1;
    }
    return st;
}

static lrr_status encode_words(const lrr_tokenizer *t, const char *s, size_t n,
                               lrr_ids *out, lrr_ids *length, lrr_error *err)
{
    const size_t from = out->n;
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < n;) {
        lrr_word_found word;
        lrr_word_find(s + i, n - i, &word);
        if (word.n > 0)
            st = put(t, word.text, word.n, word.taken, out, length, err);
        else if (length != NULL && out->n > from)
            length->id[length->n - 1] += (int32_t)word.taken; /* blanks at the end */
        i += word.taken;
    }
    return st;
}

/* Texts of tokens, and where in a list their tokens are. */
typedef struct cache {
    lrr_intern *piece;
    lrr_ids tokens, first; /* first (pieces + 1) */
} cache;

static lrr_status encode_cached(const lrr_tokenizer *t, cache *c, const char *s,
                                size_t n, lrr_ids *out, lrr_error *err)
{
    const size_t known = lrr_intern_count(c->piece);
    uint32_t id = 0;
    lrr_status st;
    if (n == 1)
        return lrr_ids_add(out, (unsigned char)s[0], err);
    if (n > CACHED_BYTES ||
        (known == CACHED_PIECES && !lrr_intern_find(c->piece, s, n, &id)))
        return lrr_bpe_encode(t->bpe, s, n, out, err);
    if ((st = lrr_intern_add(c->piece, s, n, &id, err)) != LRR_OK)
        return st;
    if (id == known) {
        st = lrr_bpe_encode(t->bpe, s, n, &c->tokens, err);
        if (st == LRR_OK)
            st = lrr_ids_add(&c->first, (int32_t)c->tokens.n, err);
    }
    if (st == LRR_OK) {
        const size_t from = (size_t)c->first.id[id];
        const size_t count = (size_t)c->first.id[id + 1] - from;
        st = lrr_ids_reserve(out, count, err);
        if (st == LRR_OK)
            memcpy(out->id + out->n, c->tokens.id + from, count * sizeof *out->id);
        out->n += st == LRR_OK ? count : 0;
    }
    return st;
}

static lrr_status encode_pieces(const lrr_tokenizer *t, const char *s, size_t n,
                                lrr_ids *out, lrr_error *err)
{
    cache c = { 0 };
    size_t pieces = 0;
    lrr_status st = LRR_OK;
    if (n >= CACHE_FROM) {
        st = lrr_intern_new(CACHED_PIECES, &c.piece, err);
        if (st == LRR_OK)
            st = lrr_ids_add(&c.first, 0, err);
    }
    for (size_t i = 0; st == LRR_OK && i < n;) {
        const size_t len = lrr_piece(s + i, n - i);
        st = c.piece != NULL ? encode_cached(t, &c, s + i, len, out, err)
                             : lrr_bpe_encode(t->bpe, s + i, len, out, err);
        if (st == LRR_OK)
            st = lrr_halt_count(&pieces, err);
        i += len;
    }
    lrr_intern_free(c.piece);
    lrr_ids_free(&c.tokens);
    lrr_ids_free(&c.first);
    return st;
}

static lrr_status encode_bytes(const char *s, size_t n, lrr_ids *out, lrr_error *err)
{
    lrr_status st = lrr_ids_reserve(out, n, err);
    for (size_t i = 0; st == LRR_OK && i < n; i++)
        out->id[out->n++] = (unsigned char)s[i];
    return st;
}

lrr_status lrr_tokenizer_encode(const lrr_tokenizer *t, const char *s, size_t n,
                                lrr_ids *out, lrr_ids *length, lrr_error *err)
{
    const size_t from = out->n;
    lrr_status st;
    if (t->kind == LRR_TOKENS_CHARS)
        return encode_chars(t, s, n, out, length, err);
    if (t->kind == LRR_TOKENS_WORDS)
        return encode_words(t, s, n, out, length, err);
    st = t->kind == LRR_TOKENS_BPE ? encode_pieces(t, s, n, out, err)
                                   : encode_bytes(s, n, out, err);
    for (size_t i = from; st == LRR_OK && length != NULL && i < out->n; i++) {
        size_t bytes;
        lrr_bpe_text(t->bpe, out->id[i], &bytes);
        st = lrr_ids_add(length, (int32_t)bytes, err);
    }
    return st;
}

static bool is_one_of(const char *s, size_t n, const char *set)
{
    return n == 1 && strchr(set, s[0]) != NULL;
}

/* What stands before token i of a text: a blank between words, or nothing. */
static bool has_blank(const lrr_tokenizer *t, const int32_t *id, size_t i)
{
    const char *s;
    size_t n;
    if (t->kind != LRR_TOKENS_WORDS || i == 0)
        return false;
    s = lrr_tokenizer_text(t, id[i - 1], &n);
    if (is_one_of(s, n, "([{"))
        return false;
    s = lrr_tokenizer_text(t, id[i], &n);
    return !is_one_of(s, n, ".,;:!?)]}");
}

lrr_status lrr_tokenizer_decode(const lrr_tokenizer *t, const int32_t *id, size_t n,
                                char *out, size_t *bytes, lrr_error *err)
{
    static const char unknown[] = "\xef\xbf\xbd"; /* U+FFFD */
    size_t all = 0;
    *bytes = 0;
    for (size_t i = 0; i < n; i++) {
        const char *s;
        size_t m;
        if (id[i] < 0 || (size_t)id[i] >= lrr_tokenizer_vocab(t))
            return lrr_fail(err, LRR_EINVAL, "token %zu is %d, want 0..%zu", i + 1,
                            id[i], lrr_tokenizer_vocab(t) - 1);
        if (id[i] == lrr_tokenizer_end(t))
            continue;
        s = lrr_tokenizer_text(t, id[i], &m);
        if (m == 0) {
            s = unknown;
            m = sizeof unknown - 1;
        }
        if (has_blank(t, id, i) && out != NULL)
            out[all] = ' ';
        all += has_blank(t, id, i);
        if (out != NULL)
            memcpy(out + all, s, m);
        all = lrr_size_add(all, m);
    }
    *bytes = all;
    return LRR_OK;
}
