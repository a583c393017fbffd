/* shape.c -- see shape.h. */
#include "tensor/shape.h"

#include <stdio.h>

#include "base/mem.h"

lrr_shape lrr_shape_of1(size_t a)
{
    lrr_shape s = { 1, { a } };
    return s;
}

lrr_shape lrr_shape_of2(size_t a, size_t b)
{
    lrr_shape s = { 2, { a, b } };
    return s;
}

lrr_shape lrr_shape_of3(size_t a, size_t b, size_t c)
{
    lrr_shape s = { 3, { a, b, c } };
    return s;
}

size_t lrr_shape_count(const lrr_shape *s)
{
    size_t n = 1;
    for (int i = 0; i < s->rank; i++)
        n = lrr_size_mul(n, s->d[i]);
    return n;
}

bool lrr_shape_equal(const lrr_shape *a, const lrr_shape *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->d[i] != b->d[i])
            return false;
    return true;
}

const char *lrr_shape_text(const lrr_shape *s, char buf[LRR_SHAPE_TEXT])
{
    size_t at = 0;
    at += (size_t)snprintf(buf, LRR_SHAPE_TEXT, "(");
    for (int i = 0; i < s->rank && at < LRR_SHAPE_TEXT; i++)
        at += (size_t)snprintf(buf + at, LRR_SHAPE_TEXT - at, i == 0 ? "%zu" : ", %zu",
                               s->d[i]);
    if (at < LRR_SHAPE_TEXT)
        snprintf(buf + at, LRR_SHAPE_TEXT - at, ")");
    return buf;
}
