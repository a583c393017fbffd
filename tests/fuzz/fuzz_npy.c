/* fuzz_npy.c -- any bytes as a .npy file, plain or gzip. */
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"
#include "readers/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    FILE *f = tmpfile();
    lrr_source *s;
    lrr_npy h;
    lrr_error err;
    if (f == NULL)
        return 0;
    (void)fwrite(data, 1, n, f);
    if (lrr_source_wrap(f, "fuzz.npy", &s, &err) != LRR_OK)
        return 0;
    if (lrr_npy_header_read(s, &h, &err) == LRR_OK) {
        const size_t count = lrr_shape_count(&h.shape);
        lrr_npy_out out = { 0 };
        lrr_intern *labels = NULL;
        lrr_mem_limit((size_t)1 << 28);
        if (lrr_mem_new(count, sizeof *out.floats, "values", &out.floats, &err) !=
            LRR_OK) {
            lrr_source_close(s);
            return 0;
        }
        if (!lrr_npy_is_text(&h))
            (void)lrr_npy_payload_read(s, &h, &out, &err);
        else if (lrr_intern_new(count, &labels, &err) == LRR_OK)
            (void)lrr_npy_texts_read(s, &h, labels, (uint32_t *)out.floats, &err);
        lrr_intern_free(labels);
        lrr_mem_free(out.floats);
    }
    lrr_source_close(s);
    return 0;
}
