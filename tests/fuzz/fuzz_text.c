/* fuzz_text.c -- any bytes as texts: tokens, a vocabulary, and windows. */
#include <stdint.h>

#include "readers/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_text(const char *s, size_t n, bool chars)
{
    const lrr_split_cfg split = { .seed = 1 };
    lrr_text_sample x = { .s = s, .n = n / 2 };
    lrr_text *t;
    lrr_dataset *d = NULL, *w;
    lrr_error err;
    if (lrr_text_new(chars, &t, &err) != LRR_OK)
        return;
    if (lrr_text_add(t, &x, &err) == LRR_OK) {
        x.s = s + n / 2;
        x.n = n - n / 2;
        if (lrr_text_add(t, &x, &err) == LRR_OK &&
            lrr_text_dataset(t, &d, &err) == LRR_OK &&
            lrr_dataset_split(d, &split, &err) == LRR_OK &&
            lrr_text_vocabulary(t, d, 3 + n % 50, chars ? 0 : n % 7, &err) == LRR_OK) {
            if (lrr_dataset_check(d, false, &err) != LRR_OK)
                __builtin_trap();
            if (lrr_text_windows(d, 1 + n % 5, &w, &err) == LRR_OK)
                lrr_dataset_free(w);
        }
    }
    lrr_dataset_free(d);
    lrr_text_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *s = n > 0 ? (const char *)data : "";
    read_text(s, n, false);
    read_text(s, n, true);
    return 0;
}
