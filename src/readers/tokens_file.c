/* tokens_file.c -- the file of lrr_corpus_tokens (corpus_tokens.h).
**
** A head, then sections that each begin at a multiple of 8: the vocabulary (merges as pairs of
** int32_t; else each text behind its length, uint32_t), lists, tokens, lengths (of kinds that have
** them); at the end SHA-256 of all before. Numbers are this machine's: the key says which program
** wrote it. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "readers/corpus_private.h"
#include "readers/corpus_tokens_private.h"

static const char MAGIC[16] = "lrrun tokens 1\n";
enum { DIGEST = 32 };

typedef struct head {
    char magic[16], key[64];
    uint64_t vocab_bytes, lists, tokens, lengths;
    uint64_t separator_n, documents[LRR_SPLITS];
} head;

void lrr_corpus_key(const lrr_corpus *c, const char *also, size_t n, char out[65])
{
    const uint64_t sizes[2] = { n, c->separator_n };
    lrr_sha256 s;

    lrr_sha256_init(&s);
    lrr_sha256_add(&s, sizes, sizeof sizes);
    lrr_sha256_add(&s, also, n);
    lrr_sha256_add(&s, c->separator, c->separator_n);
    for (int i = 0; i < LRR_SPLITS; i++) {
        const uint64_t documents = c->n_index[i];
        lrr_sha256_add(&s, &documents, sizeof documents);
        for (size_t k = 0; k < c->n_index[i]; k++) {
            const document *d = &c->document[c->index[i][k]];
            const uint64_t bytes = d->n;
            lrr_sha256_add(&s, &bytes, sizeof bytes);
            lrr_sha256_add(&s, c->bytes.s + d->from, d->n);
        }
    }
    lrr_sha256_end_hex(&s, out);
}

/* ---- writing ---- */

typedef struct writer {
    lrr_outfile *out;
    lrr_sha256 sum;
} writer;

/* A section: n bytes, up to a multiple of 8. */
static lrr_status put(writer *w, const void *data, size_t n, lrr_error *err)
{
    static const char none[8];
    const size_t more = -n & 7;
    lrr_status st = n > 0 ? lrr_outfile_write(w->out, data, n, err) : LRR_OK;
    lrr_sha256_add(&w->sum, data, n);
    lrr_sha256_add(&w->sum, none, more);
    return st == LRR_OK && more > 0 ? lrr_outfile_write(w->out, none, more, err) : st;
}

/* The first id that the vocabulary's section has, and the one behind its last. */
static void reach(const lrr_tokenizer *t, int32_t *from, int32_t *to)
{
    const lrr_token_kind kind = lrr_tokenizer_kind(t);
    *to = (int32_t)lrr_tokenizer_vocab(t) - (lrr_tokenizer_end(t) >= 0);
    *from = kind == LRR_TOKENS_BPE ? LRR_BPE_BYTES : kind == LRR_TOKENS_BYTES ? *to : 1;
}

/* The vocabulary into s, or NULL: how many bytes it takes. */
static size_t vocabulary(const lrr_tokenizer *t, char *s)
{
    const lrr_bpe *b = lrr_tokenizer_bpe(t);
    int32_t from, to, pair[2];
    size_t at = 0;

    reach(t, &from, &to);
    for (int32_t id = from; id < to; id++) {
        size_t n;
        const char *text = lrr_tokenizer_text(t, id, &n);
        const uint32_t bytes = (uint32_t)n;
        if (b != NULL) {
            lrr_bpe_parts(b, id, &pair[0], &pair[1]);
            text = (const char *)pair;
            n = sizeof pair;
        } else {
            if (s != NULL)
                memcpy(s + at, &bytes, sizeof bytes);
            at += sizeof bytes;
        }
        if (s != NULL)
            memcpy(s + at, text, n);
        at += n;
    }
    return at;
}

static size_t up8(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

/* All of it is in memory: no sum overflows. */
size_t lrr_corpus_tokens_bytes(const lrr_corpus_tokens *k, const lrr_tokenizer *t)
{
    return sizeof(head) + up8(vocabulary(t, NULL)) + k->lists * sizeof *k->list +
           up8(k->token.n * sizeof *k->token.id) +
           up8(k->length.n * sizeof *k->length.id) + DIGEST;
}

lrr_status lrr_corpus_tokens_save(const lrr_corpus_tokens *k, const lrr_tokenizer *t,
                                  const char key[65], lrr_outfile *out, lrr_error *err)
{
    head h = { .vocab_bytes = vocabulary(t, NULL),
               .lists = k->lists,
               .tokens = k->token.n,
               .lengths = k->length.n,
               .separator_n = k->separator_n };
    writer w = { .out = out };
    uint8_t digest[DIGEST];
    char *words = NULL;
    lrr_status st = lrr_mem_new(h.vocab_bytes + 1, 1, "a vocabulary", &words, err);

    if (st != LRR_OK)
        return st;
    memcpy(h.magic, MAGIC, sizeof h.magic);
    memcpy(h.key, key, sizeof h.key);
    memcpy(h.documents, k->documents, sizeof h.documents);
    vocabulary(t, words);
    lrr_sha256_init(&w.sum);
    st = put(&w, &h, sizeof h, err);
    if (st == LRR_OK)
        st = put(&w, words, h.vocab_bytes, err);
    if (st == LRR_OK)
        st = put(&w, k->list, k->lists * sizeof *k->list, err);
    if (st == LRR_OK)
        st = put(&w, k->token.id, k->token.n * sizeof *k->token.id, err);
    if (st == LRR_OK)
        st = put(&w, k->length.id, k->length.n * sizeof *k->length.id, err);
    lrr_sha256_end(&w.sum, digest);
    lrr_mem_free(words);
    return st == LRR_OK ? lrr_outfile_write(out, digest, sizeof digest, err) : st;
}

/* ---- reading ---- */

typedef struct reader {
    const lrr_map *map;
    size_t at; /* of the next section */
} reader;

static lrr_status damaged(const char *path, lrr_error *err)
{
    return lrr_fail(err, LRR_EFORMAT, "%s is damaged", lrr_path_end(path));
}

/* Whether the bytes before the last 32 have that sum. */
static bool has_sum(const lrr_map *m)
{
    uint8_t digest[DIGEST];
    lrr_sha256 s;

    lrr_sha256_init(&s);
    lrr_sha256_add(&s, m->data, m->size - DIGEST);
    lrr_sha256_end(&s, digest);
    return memcmp(digest, m->data + m->size - DIGEST, DIGEST) == 0;
}

/* The next section, of n things of `size` bytes; NULL: it does not fit. */
static void *take(reader *r, uint64_t n, size_t size)
{
    const size_t left = r->map->size - DIGEST - r->at;
    unsigned char *p = r->map->data + r->at;
    if (n > left / size)
        return NULL;
    r->at += up8((size_t)n * size);
    return r->at > r->map->size - DIGEST ? NULL : p;
}

typedef struct sections {
    const head *h;
    const char *words;
    void *list, *token, *length;
} sections;

/* Where they are, by the head. False: it is none, or they are not all of the file. */
static bool find_sections(const lrr_map *m, sections *s)
{
    reader r = { .map = m };

    if (m->size < sizeof(head) + DIGEST || memcmp(m->data, MAGIC, sizeof MAGIC) != 0)
        return false;
    s->h = take(&r, 1, sizeof *s->h);
    s->words = take(&r, s->h->vocab_bytes, 1);
    s->list = s->words == NULL ? NULL : take(&r, s->h->lists, sizeof(lrr__token_list));
    s->token = s->list == NULL ? NULL : take(&r, s->h->tokens, sizeof(int32_t));
    s->length = s->token == NULL ? NULL : take(&r, s->h->lengths, sizeof(int32_t));
    return s->length != NULL && r.at + DIGEST == m->size;
}

static lrr_status add_words(lrr_tokenizer *t, const char *s, size_t n, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t at = 0; st == LRR_OK && at < n;) {
        uint32_t bytes;
        if (n - at < sizeof bytes)
            return LRR_EFORMAT;
        memcpy(&bytes, s + at, sizeof bytes);
        at += sizeof bytes;
        if (bytes > n - at)
            return LRR_EFORMAT;
        st = lrr_tokenizer_add(t, s + at, bytes, err);
        at += bytes;
    }
    return st;
}

static lrr_status add_merges(lrr_tokenizer *t, const char *s, size_t n, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t at = 0; st == LRR_OK && n - at >= 2 * sizeof(int32_t);
         at += 2 * sizeof(int32_t)) {
        int32_t pair[2];
        memcpy(pair, s + at, sizeof pair);
        st = lrr_tokenizer_merge(t, pair[0], pair[1], err);
    }
    return st;
}

/* Lists one after another that are all of the tokens, whose ids t has. */
static bool fits(const lrr_corpus_tokens *k, const lrr_tokenizer *t)
{
    const size_t vocab = lrr_tokenizer_vocab(t);
    uint64_t end = 0;
    for (size_t i = 0; i < k->lists; i++) {
        const lrr__token_list *l = &k->list[i];
        if (l->from != end || l->n > k->token.n - end || l->split >= LRR_SPLITS)
            return false;
        end += l->n;
    }
    for (size_t i = 0; i < k->token.n; i++)
        if (k->token.id[i] < 0 || (size_t)k->token.id[i] >= vocab)
            return false;
    return end == k->token.n &&
           k->length.n == (lrr_tokenizer_exact(t) ? 0 : k->token.n);
}

/* The sections of k's map into k, and the vocabulary into t. */
static lrr_status take_over(const char *path, const sections *s, lrr_corpus_tokens *k,
                            lrr_tokenizer *t, lrr_error *err)
{
    const head *h = s->h;
    lrr_status st =
        lrr_mem_new((size_t)h->lists + 1, sizeof *k->list, "texts", &k->list, err);

    if (st == LRR_OK)
        st = (lrr_tokenizer_bpe(t) != NULL ? add_merges : add_words)(
            t, s->words, (size_t)h->vocab_bytes, err);
    if (st != LRR_OK)
        return st == LRR_ENOMEM ? st : damaged(path, err);
    k->lists = (size_t)h->lists;
    memcpy(k->list, s->list, k->lists * sizeof *k->list);
    k->token = (lrr_ids){ .id = s->token, .n = (size_t)h->tokens };
    k->length =
        (lrr_ids){ .id = h->lengths > 0 ? s->length : NULL, .n = (size_t)h->lengths };
    k->separator_n = h->separator_n;
    memcpy(k->documents, h->documents, sizeof k->documents);
    return fits(k, t) ? LRR_OK : damaged(path, err);
}

/* The size comes first: a file of a terabyte would be summed for hours. */
static lrr_status read_map(const char *path, const char key[65], lrr_corpus_tokens *k,
                           lrr_tokenizer *t, lrr_error *err)
{
    sections s;
    if (!find_sections(k->map, &s) || !has_sum(k->map))
        return damaged(path, err);
    if (memcmp(s.h->key, key, 64) != 0)
        return lrr_fail(err, LRR_EFORMAT, "%s is of another text", lrr_path_end(path));
    return take_over(path, &s, k, t, err);
}

lrr_status lrr_corpus_tokens_load(const char *path, const char key[65],
                                  lrr_tokenizer *t, lrr_corpus_tokens **out,
                                  lrr_error *err)
{
    lrr_corpus_tokens *k;
    lrr_status st = lrr_mem_new(1, sizeof *k, "tokens", &k, err);

    *out = NULL;
    if (st != LRR_OK)
        return st;
    st = lrr_map_open(path, &k->map, err);
    if (st == LRR_OK)
        st = read_map(path, key, k, t, err);
    if (st == LRR_OK)
        *out = k;
    else
        lrr_corpus_tokens_free(k);
    return st;
}
