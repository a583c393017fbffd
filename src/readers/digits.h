/*
** digits.h -- the data set that is built in: 1,797 digits of 8 x 8 pixels, 0..16.
**
** Source: UCI, Optical Recognition of Handwritten Digits, Alpaydin and Kaynak, CC BY 4.0.
*/
#ifndef LRR_READERS_DIGITS_H
#define LRR_READERS_DIGITS_H

#include "data/dataset.h"

#define LRR_DIGITS       1797
#define LRR_DIGITS_WIDTH 64

/* 64 letters, 'A' + pixel, the label as a digit, NUL. */
extern const char lrr_digits_table[LRR_DIGITS][LRR_DIGITS_WIDTH + 2];

/* The digits as rows of 64 bytes, or images of (1, 8, 8); one part; scaled to 0..1.
** Errors: ENOMEM. */
lrr_status lrr_digits_new(bool images, lrr_dataset **out, lrr_error *err);

#endif
