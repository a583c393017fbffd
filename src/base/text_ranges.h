/* text_ranges.h -- tables of code points for text.c: ranges in rising order, the last one
** { 0, 0 }. */
#ifndef LRR_BASE_TEXT_RANGES_H
#define LRR_BASE_TEXT_RANGES_H

#include <stdint.h>

typedef struct lrr__text_range {
    uint32_t first, last;
} lrr__text_range;

extern const lrr__text_range lrr__text_hidden[];
extern const lrr__text_range lrr__text_zero[];
extern const lrr__text_range lrr__text_wide[];

#endif
