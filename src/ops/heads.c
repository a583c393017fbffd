/* heads.c -- see heads.h. */
#include "ops/heads.h"

lrr_status lrr__heads_check(const lrr_node *y, const lrr_heads *h, bool even,
                            lrr_error *err)
{
    const lrr_node *x = y->in[0];
    char text[LRR_SHAPE_TEXT];
    size_t parts;
    if (x->shape.rank != 2)
        return lrr_node_fail(y, err, "input is %s, want (time, features)",
                             lrr_shape_text(&x->shape, text));
    if (h->heads < 1 || h->kv_heads < 1 || h->heads > INT32_MAX ||
        h->heads % h->kv_heads != 0)
        return lrr_node_fail(
            y, err,
            "heads is %lld, kv_heads is %lld: want the second to divide the first",
            (long long)h->heads, (long long)h->kv_heads);
    parts = (size_t)(h->heads + 2 * h->kv_heads);
    if (x->shape.d[1] == 0 || x->shape.d[1] % parts != 0)
        return lrr_node_fail(y, err,
                             "input is %s, heads is %lld, kv_heads is %lld: want "
                             "(time, %zu times a head's size)",
                             lrr_shape_text(&x->shape, text), (long long)h->heads,
                             (long long)h->kv_heads, parts);
    if (even && x->shape.d[1] / parts % 2 != 0)
        return lrr_node_fail(y, err,
                             "a head has %zu features, which go in pairs: want an even "
                             "number",
                             x->shape.d[1] / parts);
    return LRR_OK;
}
