/* conv_window.h -- what conv1d and conv2d share: checks of numbers, weight and bias, and how
** many outputs an axis has. */
#ifndef LRR_OPS_CONV_WINDOW_H
#define LRR_OPS_CONV_WINDOW_H

#include "graph/op.h"

/* An attribute of the node: its name for people, its value and the least it may be. */
typedef struct lrr__conv_number {
    const char *name;
    int64_t value, min;
} lrr__conv_number;

/* Every number is at least its min and small enough that sums of a few cannot overflow. */
lrr_status lrr__conv_check_numbers(const lrr_node *y, const lrr__conv_number *list,
                                   size_t n, lrr_error *err);

/* in[1] is a weight (out, channels / groups, ...) of this rank, `form` says so to people; groups
** divides channels and out; in[2], where there is one, is a bias (out). */
lrr_status lrr__conv_check_weight(const lrr_node *y, size_t channels, int64_t groups,
                                  int rank, const char *form, lrr_error *err);

/* One axis: `size` values, with `before` and `after` zeros at its ends. */
typedef struct lrr__conv_axis {
    size_t size, kernel;
    int64_t before, after, dilation, stride;
} lrr__conv_axis;

/* Values that one output reads over, and values there are with the zeros. */
size_t lrr__conv_reach(const lrr__conv_axis *a);
size_t lrr__conv_padded(const lrr__conv_axis *a);

/* floor((padded - reach) / stride) + 1; 0 where the kernel does not fit. */
size_t lrr__conv_outputs(const lrr__conv_axis *a);

#endif
