/* fuzz_image.c -- any bytes as a PNG or JPEG, and resizing what comes out. */
#include <stdint.h>

#include "base/mem.h"
#include "readers/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    lrr_mem_limit((size_t)1 << 26);
    for (size_t channels = 1; channels <= 3; channels += 2) {
        lrr_image image;
        lrr_error err;
        uint8_t planes[3 * 7 * 5];
        if (lrr_image_decode(data, n, channels, "fuzz", &image, &err) != LRR_OK)
            continue;
        lrr_image_planes(&image, 7, 5, planes);
        lrr_image_fini(&image);
    }
    return 0;
}
