/* fuzz_base64.c -- any bytes as base64, and as what is to become base64: there and back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const size_t most = lrr_base64_size(n);
    /* As much as the contract says and no byte more: the sanitizer sees what stands behind. */
    unsigned char *plain = malloc(3 * n / 4 + (n == 0));
    char *text = malloc(most + (most == 0));
    unsigned char *back = malloc(3 * most / 4 + (most == 0));
    size_t size;
    if (plain != NULL && text != NULL && back != NULL) {
        if (lrr_base64_decode((const char *)data, n, plain, &size) && size > 3 * n / 4)
            __builtin_trap();
        lrr_base64_encode(data, n, text);
        if (!lrr_base64_decode(text, most, back, &size) || size != n ||
            (n > 0 && memcmp(back, data, n) != 0))
            __builtin_trap();
    }
    free(plain);
    free(text);
    free(back);
    return 0;
}
