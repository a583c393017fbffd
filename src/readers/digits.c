/* digits.c -- see digits.h. */
#include "readers/digits.h"

lrr_status lrr_digits_new(bool images, lrr_dataset **out, lrr_error *err)
{
    const lrr_dataset_cfg cfg = {
        .kind = LRR_DATA_U8,
        .part = { LRR_DIGITS },
        .shape = images ? lrr_shape_of3(1, 8, 8) : lrr_shape_of1(LRR_DIGITS_WIDTH),
        .classes = 10,
    };
    lrr_status st = lrr_dataset_new(&cfg, out, err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < LRR_DIGITS; i++) {
        for (size_t j = 0; j < LRR_DIGITS_WIDTH; j++)
            (*out)->x.u8[i * LRR_DIGITS_WIDTH + j] =
                (uint8_t)(lrr_digits_table[i][j] - 'A');
        (*out)->y_class[i] = lrr_digits_table[i][LRR_DIGITS_WIDTH] - '0';
    }
    (*out)->channels = 1; /* an image also as a row: pixels share their scale */
    (*out)->inv[0] = (lrr_real)1 / 16;
    return LRR_OK;
}
