/*
** rotation.h -- angles of positions: those of sinusoidal positions (Vaswani et al. 2017,
** section 3.5) and of rotary ones, RoPE (Su et al. 2021, arXiv 2104.09864).
**
** Pair i of `size` features turns by t base^(-2 i / size) radians at position t. Angles are
** double: at t = 4000 a float's is off by 1e-4. Cannot fail.
*/
#ifndef LRR_KERNELS_ROTATION_H
#define LRR_KERNELS_ROTATION_H

#include <stddef.h>

#include "base/real.h"

typedef struct lrr_rotation {
    double base; /* above 1; 10000 in both papers */
    size_t size; /* features; pairs: (size + 1) / 2 */
} lrr_rotation;

static inline size_t lrr_rotation_pairs(const lrr_rotation *r)
{
    return (r->size + 1) / 2;
}

/* table (rows, 2 pairs) of positions from `at` on: the cosines, then the sines. What a row
** holds does not hang on where a call begins. */
void lrr_rotation_table(const lrr_rotation *r, size_t at, size_t rows, lrr_real *table);

/* table (rows, size) of positions from `at` on: sine at even features, cosine at odd ones. */
void lrr_rotation_waves(const lrr_rotation *r, size_t at, size_t rows, lrr_real *table);

#endif
