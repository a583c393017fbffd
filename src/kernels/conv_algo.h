/* conv_algo.h -- what conv.c and the ways of convolution share; private to them. */
#ifndef LRR_KERNELS_CONV_ALGO_H
#define LRR_KERNELS_CONV_ALGO_H

#include "kernels/conv.h"

/* One way. fits: whether it can and should be used (by shape alone). dbias is the way's
** duty too. need: in bytes, each a multiple of 64. */
typedef struct lrr__conv_algo {
    bool (*fits)(const lrr_conv *s);
    void (*need)(const lrr_conv *s, size_t batch, size_t *work, size_t *work_thread);
    void (*forward)(const lrr_conv *s, const lrr_conv_pass *p);
    void (*backward)(const lrr_conv *s, const lrr_conv_pass *p);
} lrr__conv_algo;

extern const lrr__conv_algo lrr__conv_wino, lrr__conv_depth, lrr__conv_gemm;
extern const lrr__conv_algo lrr__conv_direct; /* of LRR_GEMM_FUSED */
#ifndef LRR_F64
extern const lrr__conv_algo lrr__conv_tiles; /* of LRR_GEMM_TILES */
#endif

/* Into how many parts a batch of n images is cut where each part holds its own sum of
** `size` reals: enough for many threads, yet not more memory than 16 MiB or two sums. */
size_t lrr__conv_parts(size_t n, size_t size);

/* First image of a part (part = parts: n). */
static inline size_t lrr__conv_part_at(size_t n, size_t parts, size_t part)
{
    return n * part / parts;
}

/* dst (size) = or += the sum of parts, `stride` reals apart, in their order, by all
** threads. */
void lrr__conv_reduce(const lrr_real *part, size_t parts, size_t stride, lrr_real *dst,
                      size_t size, bool add);

/* dbias from (parts, out) partial sums. */
void lrr__conv_reduce_bias(const double *part, size_t parts, size_t out,
                           lrr_real *dbias, bool add);

#endif
