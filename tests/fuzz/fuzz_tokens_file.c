/* fuzz_tokens_file.c -- any bytes as the file that keeps tokens: as they are, which its sum refuses
** nearly always, and with the sum that they should have, which asks the rest of the reader. The
** key is the file's own; its first two letters say which kind of tokens is expected. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "readers/corpus_tokens_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { KEY = 16, SUM = 32, MOST = 1 << 17 };

/* What was read has tokens that its vocabulary knows, and windows that are a data set. */
static void use(lrr_corpus_tokens *k, const lrr_tokenizer *t, size_t n)
{
    const lrr_corpus_windows_cfg cfg = { 1 + n % 5, 1 + n % 3 };
    lrr_corpus_counts counts;
    lrr_dataset *d = NULL;
    lrr_error err;
    size_t bytes;

    if (lrr_tokenizer_decode(t, k->token.id, k->token.n, NULL, &bytes, &err) != LRR_OK)
        __builtin_trap();
    if (lrr_corpus_tokens_windows(k, t, &cfg, &counts, &d, &err) == LRR_OK &&
        lrr_dataset_check(d, false, &err) != LRR_OK)
        __builtin_trap();
    lrr_dataset_free(d);
}

static void load(const uint8_t *data, size_t n)
{
    FILE *f = tmpfile();
    lrr_corpus_tokens *k = NULL;
    lrr_tokenizer *t = NULL;
    lrr_error err;
    char path[64], key[65] = { 0 };

    if (f == NULL)
        return;
    (void)fwrite(data, 1, n, f);
    (void)fflush(f);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(f));
    memset(key, 'b', 64);
    if (n >= KEY + 64)
        memcpy(key, data + KEY, 64);
    if (lrr_tokenizer_new((lrr_token_kind)((unsigned char)key[0] % 4), key[1] % 2 != 0, &t,
                          &err) == LRR_OK &&
        lrr_corpus_tokens_load(path, key, t, &k, &err) == LRR_OK)
        use(k, t, n);
    lrr_corpus_tokens_free(k);
    lrr_tokenizer_free(t);
    (void)fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t sealed[MOST];

    lrr_mem_limit((size_t)1 << 28);
    load(data, n);
    if (n < SUM || n > sizeof sealed)
        return 0;
    memcpy(sealed, data, n);
    lrr_sha256 s;
    lrr_sha256_init(&s);
    lrr_sha256_add(&s, sealed, n - SUM);
    lrr_sha256_end(&s, sealed + n - SUM);
    load(sealed, n);
    return 0;
}
