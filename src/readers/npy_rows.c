/* npy_rows.c -- see npy_rows.h. */
#include "readers/npy_rows.h"

#include <string.h>

#include "base/mem.h"

/* What it takes to decode numbers. */
typedef struct numbers {
    lrr_npy h;
    lrr_npy_out out;
    double word[]; /* (out.words) */
} numbers;

const char *lrr_npy_why_not(const lrr_source *s, const lrr_npy *h,
                            char text[LRR_NPY_WHY])
{
    uint64_t at;
    const char *why = NULL;
    if (!lrr_source_plain(s, &at))
        why = "is packed, and samples are read at their places: unpack it, or save it "
              "with "
              "numpy.save or numpy.savez";
    else if (h->fortran)
        why =
            "is in Fortran order, where the values of a sample are not together: save "
            "numpy.ascontiguousarray(x)";
    if (why == NULL)
        return NULL;
    snprintf(text, LRR_NPY_WHY, "%.200s %s", lrr_source_name(s), why);
    return text;
}

static void decode(const void *ud, const uint8_t *raw, size_t at, size_t n, float *v)
{
    const numbers *k = ud;
    lrr_npy_out out = k->out;
    out.word = k->word;
    lrr_npy_floats(&k->h, &out, raw, at, n, v);
}

static lrr_status new_numbers(const lrr_npy *h, const lrr_npy_out *out, numbers **made,
                              lrr_error *err)
{
    const size_t bytes = sizeof **made + out->words * sizeof *out->word;
    lrr_status st = lrr_mem_new(bytes, 1, "a data set's files", made, err);
    if (st != LRR_OK)
        return st;
    (*made)->h = *h;
    (*made)->out = *out;
    if (out->words > 0)
        memcpy((*made)->word, out->word, out->words * sizeof *out->word);
    return LRR_OK;
}

/* To the end, where the sum of a part of an archive is checked. */
static lrr_status read_through(lrr_source *s, lrr_error *err)
{
    uint8_t some[8192];
    size_t got = 1;
    lrr_status st = LRR_OK;
    while (st == LRR_OK && got > 0)
        st = lrr_source_some(s, some, sizeof some, &got, err);
    return st == LRR_OK ? lrr_source_end(s, err) : st;
}

lrr_status lrr_npy_piece(const lrr_array *a, lrr_source *s, const lrr_npy *h,
                         const lrr_npy_out *out, lrr_file_piece *piece, lrr_error *err)
{
    numbers *k = NULL;
    lrr_status st = LRR_OK;
    *piece =
        (lrr_file_piece){ .path = a->path,
                          .step = lrr_shape_count(&h->shape) / h->shape.d[0] * h->item,
                          .n = h->shape.d[0],
                          .item = h->item };
    (void)lrr_source_plain(s, &piece->at);
    if (!lrr_npy_is_plain(h, out)) {
        if ((st = new_numbers(h, out, &k, err)) != LRR_OK)
            return st;
        piece->decode = decode;
        piece->ud = k;
    }
    st = a->key == NULL ? LRR_OK : read_through(s, err);
    if (st != LRR_OK) {
        lrr_mem_free(k);
        piece->ud = NULL;
    }
    return st;
}
