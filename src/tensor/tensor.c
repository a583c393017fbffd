/* tensor.c -- see tensor.h. */
#include "tensor/tensor.h"

#include "base/mem.h"

lrr_status lrr_tensor_view(lrr_dtype dtype, const lrr_shape *shape, void *data,
                           lrr_tensor **out, lrr_error *err)
{
    lrr_tensor *t = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *t, "a tensor", &t, err);
    *out = t;
    if (st != LRR_OK)
        return st;
    t->dtype = dtype;
    t->shape = *shape;
    t->n = lrr_shape_count(shape);
    t->data = data;
    return LRR_OK;
}

lrr_status lrr_tensor_new(lrr_dtype dtype, const lrr_shape *shape, lrr_tensor **out,
                          lrr_error *err)
{
    lrr_status st = lrr_tensor_view(dtype, shape, NULL, out, err);
    if (st != LRR_OK)
        return st;
    st = lrr_mem_new((*out)->n, lrr_dtype_size(dtype), "a tensor's values",
                     &(*out)->data, err);
    if (st != LRR_OK) {
        lrr_tensor_free(*out);
        *out = NULL;
        return st;
    }
    (*out)->owner = true;
    return LRR_OK;
}

void lrr_tensor_free(lrr_tensor *t)
{
    if (t != NULL && t->owner)
        lrr_mem_free(t->data);
    lrr_mem_free(t);
}

size_t lrr_tensor_bytes(const lrr_tensor *t)
{
    return lrr_dtype_bytes(t->dtype, t->n);
}

lrr_real *lrr_tensor_real(const lrr_tensor *t)
{
    LRR_ASSERT(t->dtype == LRR_DTYPE_REAL);
    return (lrr_real *)t->data;
}
