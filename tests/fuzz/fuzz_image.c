/* fuzz_image.c -- any bytes as a PNG or JPEG, turned as its EXIF says, and what comes out resized in
** each way. */
#include <stdint.h>

#include "base/mem.h"
#include "readers/exif.h"
#include "readers/image_fit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const lrr_image_fit fits[] = {
        { .resize = LRR_RESIZE_EXACT, .h = 7, .w = 5 },
        { .resize = LRR_RESIZE_SHORTER, .h = 6, .crop_h = 5, .crop_w = 6 },
        { .resize = LRR_RESIZE_BLOCKS, .h = 7, .w = 5 },
        { .crop_h = 2, .crop_w = 3 },
    };
    const int orientation = lrr_exif_orientation(data, n);
    LRR_ASSERT(orientation >= 1 && orientation <= 8);
    lrr_mem_limit((size_t)1 << 26);
    for (size_t i = 0; i < 2 * sizeof fits / sizeof *fits; i++) {
        const lrr_image_how how = { .channels = 1 + 2 * (i % 2) };
        lrr_image image;
        lrr_error err;
        uint8_t planes[3 * 7 * 5];
        if (lrr_image_decode(data, n, &how, "fuzz", &image, &err) != LRR_OK)
            return 0;
        if (lrr_image_fit_to(&image, &fits[i / 2], "fuzz", &err) == LRR_OK)
            lrr_image_planes(&image, planes);
        lrr_image_fini(&image);
    }
    return 0;
}
