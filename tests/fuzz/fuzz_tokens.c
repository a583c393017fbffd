/* fuzz_tokens.c -- any bytes as texts of a language model: documents, vocabularies of all kinds,
** tokens that come back, and windows. */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "readers/corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is encoded has to come back, where tokens are exact. */
static void there_and_back(const lrr_tokenizer *t, const char *s, size_t n)
{
    lrr_ids ids = { 0 }, length = { 0 };
    lrr_error err;
    char *back = NULL;
    size_t bytes, all = 0;
    if (lrr_tokenizer_encode(t, s, n, &ids, &length, &err) != LRR_OK)
        __builtin_trap();
    for (size_t i = 0; i < length.n; i++)
        all += (size_t)length.id[i];
    if (length.n != ids.n || (ids.n > 0 && all != n))
        __builtin_trap();
    if (lrr_tokenizer_decode(t, ids.id, ids.n, NULL, &bytes, &err) != LRR_OK ||
        lrr_mem_new(bytes + 1, 1, "a text", &back, &err) != LRR_OK ||
        lrr_tokenizer_decode(t, ids.id, ids.n, back, &bytes, &err) != LRR_OK)
        __builtin_trap();
    if (lrr_tokenizer_exact(t) && (bytes != n || (n > 0 && memcmp(back, s, n) != 0)))
        __builtin_trap();
    lrr_mem_free(back);
    lrr_ids_free(&ids);
    lrr_ids_free(&length);
}

static void read_as(lrr_token_kind kind, lrr_corpus *c, size_t most, const char *s,
                    size_t n)
{
    const lrr_corpus_windows_cfg cfg = { 1 + n % 5, 1 + n % 3 };
    lrr_corpus_counts counts;
    lrr_dataset *d = NULL;
    lrr_tokenizer *t;
    lrr_error err;
    if (lrr_tokenizer_new(kind, n % 2 == 1, &t, &err) != LRR_OK)
        return;
    if (lrr_corpus_fit(c, t, most, &err) == LRR_OK) {
        there_and_back(t, s, n);
        if (lrr_corpus_windows(c, t, &cfg, &counts, &d, &err) == LRR_OK &&
            lrr_dataset_check(d, false, &err) != LRR_OK)
            __builtin_trap();
    }
    lrr_dataset_free(d);
    lrr_tokenizer_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *s = n > 0 ? (const char *)data : "";
    const size_t separator = n > 3 ? (size_t)data[0] % 3 : 0;
    const lrr_split_cfg split = { .seed = 1, .val = n % 3 == 0 ? 0.3 : 0 };
    lrr_corpus *c;
    lrr_error err;
    lrr_status st;
    if (lrr_corpus_new(s, separator, &c, &err) != LRR_OK)
        return 0;
    st = lrr_corpus_add(c, "a", s, n, LRR_SPLIT_TRAIN, &err);
    if (st == LRR_OK && lrr_corpus_documents(c, LRR_SPLIT_TRAIN) == 1)
        st = lrr_corpus_cut(c, &split, &err);
    else if (st == LRR_OK)
        st = lrr_corpus_split(c, &split, &err);
    if (st == LRR_OK) {
        read_as(LRR_TOKENS_BYTES, c, 0, s, n);
        read_as(LRR_TOKENS_CHARS, c, n % 7 == 0 ? 4 : 0, s, n);
        read_as(LRR_TOKENS_WORDS, c, n % 5 == 0 ? 4 : 0, s, n);
        read_as(LRR_TOKENS_BPE, c, 258 + n % 50, s, n);
    }
    lrr_corpus_free(c);
    return 0;
}
