/* array_look.c -- see array_look.h. */
#include "readers/array_look.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Keeps v among the different values, ascending, while there is room. */
static void see_distinct(lrr_array_seen *s, double v)
{
    size_t lo = 0, hi = s->distinct;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (s->value[mid] < v)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < s->distinct && s->value[lo] == v)
        return;
    if (s->distinct == LRR_LOOK_DISTINCT) {
        s->more = true;
        return;
    }
    memmove(s->value + lo + 1, s->value + lo, (s->distinct - lo) * sizeof *s->value);
    s->value[lo] = v;
    s->distinct++;
}

static void see(void *ud, const double *v, size_t n)
{
    lrr_array_seen *s = ud;
    for (size_t i = 0; i < n; i++) {
        if (isnan(v[i])) {
            s->missing++;
            continue;
        }
        if (isinf(v[i])) {
            s->infinite++;
        } else {
            s->lo = v[i] < s->lo ? v[i] : s->lo;
            s->hi = v[i] > s->hi ? v[i] : s->hi;
        }
        if (!s->more)
            see_distinct(s, v[i]);
    }
}

/* A text's first bytes, in whole characters. */
static void cut(char out[LRR_LOOK_TEXT], const char *s, size_t n)
{
    size_t keep = n < LRR_LOOK_TEXT - 1 ? n : LRR_LOOK_TEXT - 1;
    while (keep > 0 && keep < n && (s[keep] & 0xc0) == 0x80)
        keep--;
    memcpy(out, s, keep);
    out[keep] = '\0';
}

static lrr_status look_texts(lrr_source *s, lrr_array_seen *out, lrr_error *err)
{
    lrr_intern *t = NULL;
    uint32_t *id = NULL;
    lrr_status st = lrr_intern_new(LRR_LOOK_TEXTS, &t, err);
    if (st == LRR_OK)
        st = lrr_mem_new(out->n + 1, sizeof *id, "texts", &id, err);
    if (st == LRR_OK)
        st = lrr_npy_texts_read(s, &out->header, t, id, err);
    if (st == LRR_EINVAL) { /* more than are counted */
        out->more = true;
        st = LRR_OK;
    }
    out->distinct = st == LRR_OK ? lrr_intern_count(t) : 0;
    for (uint32_t i = 0; i < LRR_LOOK_EXAMPLES && i < out->distinct; i++) {
        size_t n;
        const char *text = lrr_intern_text(t, i, &n);
        cut(out->text[i], text, n);
    }
    lrr_mem_free(id);
    lrr_intern_free(t);
    return st;
}

lrr_status lrr_array_look(const lrr_array *a, lrr_array_seen *out, lrr_error *err)
{
    lrr_source *s;
    lrr_status st = lrr_array_open(a, &s, err);
    memset(out, 0, sizeof *out);
    out->lo = (double)INFINITY;
    out->hi = -(double)INFINITY;
    if (st != LRR_OK)
        return st;
    st = lrr_npy_header_read(s, &out->header, err);
    if (st == LRR_OK) {
        out->n = lrr_shape_count(&out->header.shape);
        st = lrr_npy_is_text(&out->header)
                 ? look_texts(s, out, err)
                 : lrr_npy_each(s, &out->header, see, out, err);
    }
    lrr_source_close(s);
    return st;
}
