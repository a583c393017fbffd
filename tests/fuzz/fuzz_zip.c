/* fuzz_zip.c -- any bytes as an archive: its directory, and each part to its end. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "readers/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_part(const lrr_zip *z, size_t i, FILE *f)
{
    uint8_t buf[4096];
    size_t got = 1, all = 0;
    lrr_source *s;
    lrr_error err;
    FILE *again = fdopen(dup(fileno(f)), "rb");
    if (again == NULL || lrr_zip_source(z, i, again, &s, &err) != LRR_OK)
        return;
    while (got > 0 && all < (size_t)1 << 20 &&
           lrr_source_some(s, buf, sizeof buf, &got, &err) == LRR_OK)
        all += got;
    (void)lrr_source_end(s, &err);
    lrr_source_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    FILE *f = tmpfile();
    lrr_zip *z;
    lrr_error err;
    if (f == NULL)
        return 0;
    (void)fwrite(data, 1, n, f);
    (void)fflush(f);
    lrr_mem_limit((size_t)1 << 28);
    if (lrr_zip_read(f, "fuzz.npz", &z, &err) == LRR_OK) {
        for (size_t i = 0; i < z->n && i < 16; i++)
            read_part(z, i, f);
        lrr_zip_free(z);
    }
    (void)fclose(f);
    return 0;
}
