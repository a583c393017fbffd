/* pool_window.h -- what maxpool2d and avgpool2d share: attributes, shapes, the loop. */
#ifndef LRR_OPS_POOL_WINDOW_H
#define LRR_OPS_POOL_WINDOW_H

#include "graph/op.h"
#include "kernels/pool.h"

typedef struct lrr__pool_attr {
    int64_t kernel_h, kernel_w; /* >= 1 */
    int64_t stride_h, stride_w; /* >= 1 */
    int64_t pad_h, pad_w;       /* 0 .. kernel / 2 */
} lrr__pool_attr;

extern const lrr_attr_def lrr__pool_attrs[];

/* Checks in[0] (c, h, w) and the attributes; y is (c, oh, ow), floor rounding. */
lrr_status lrr__pool_infer(lrr_node *y, lrr_error *err);

lrr_pool lrr__pool_geometry(const lrr_node *y);

/* What a pool does with planes (images' channels) `first` to `first + n - 1` of a run. */
typedef void (*lrr__pool_planes)(const lrr_node *y, const lrr_run *run,
                                 const lrr_pool *s, size_t first, size_t n);

/* Calls it for all planes of the run, cut into chunks by their number and size. */
void lrr__pool_parallel(const lrr_node *y, const lrr_run *run, lrr__pool_planes work);

#endif
