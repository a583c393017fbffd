/* sort.h -- heap sort, ascending: no allocation, and no dependence on the C library's qsort.
** Cannot fail. */
#ifndef LRR_DATA_SORT_H
#define LRR_DATA_SORT_H

#include <stddef.h>
#include <stdint.h>

void lrr_sort_u64(uint64_t *a, size_t n);

#endif
