/* conv_window.c -- see conv_window.h. */
#include "ops/conv_window.h"

enum { SIZE_LIMIT = 1 << 30 }; /* of an attribute */

lrr_status lrr__conv_check_numbers(const lrr_node *y, const lrr__conv_number *list,
                                   size_t n, lrr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].value < list[i].min || list[i].value > SIZE_LIMIT)
            return lrr_node_fail(y, err, "%s is %lld, want %lld or more", list[i].name,
                                 (long long)list[i].value, (long long)list[i].min);
    return LRR_OK;
}

lrr_status lrr__conv_check_weight(const lrr_node *y, size_t channels, int64_t groups,
                                  int rank, const char *form, lrr_error *err)
{
    char text[LRR_SHAPE_TEXT], wants[LRR_SHAPE_TEXT];
    const lrr_shape *w = &y->in[1]->shape;
    const size_t g = (size_t)groups;
    if (w->rank != rank)
        return lrr_node_fail(y, err, "weight is %s, want %s", lrr_shape_text(w, text),
                             form);
    if (channels % g != 0 || w->d[0] % g != 0)
        return lrr_node_fail(y, err,
                             "groups is %zu, want a divisor of the %zu input and %zu "
                             "output channels",
                             g, channels, w->d[0]);
    if (w->d[1] != channels / g)
        return lrr_node_fail(y, err,
                             "input is %s, weight is %s: want weight's axis 2 %zu",
                             lrr_shape_text(&y->in[0]->shape, text),
                             lrr_shape_text(w, wants), channels / g);
    if (y->n_in == 3 && (y->in[2]->shape.rank != 1 || y->in[2]->shape.d[0] != w->d[0]))
        return lrr_node_fail(y, err, "bias is %s, want (%zu)",
                             lrr_shape_text(&y->in[2]->shape, text), w->d[0]);
    return LRR_OK;
}

size_t lrr__conv_reach(const lrr__conv_axis *a)
{
    return (size_t)a->dilation * (a->kernel - 1) + 1;
}

size_t lrr__conv_padded(const lrr__conv_axis *a)
{
    return a->size + (size_t)a->before + (size_t)a->after;
}

size_t lrr__conv_outputs(const lrr__conv_axis *a)
{
    const size_t padded = lrr__conv_padded(a), reach = lrr__conv_reach(a);
    return padded < reach ? 0 : (padded - reach) / (size_t)a->stride + 1;
}
