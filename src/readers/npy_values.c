/* npy_values.c -- values of NumPy's arrays; see npy.h. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "readers/npy.h"
#include "readers/text_input.h"

enum { BLOCK = 1024 }; /* numbers that are decoded at a time */

static const bool host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

/* decode_x: n numbers at p, as doubles. */
#define DECODE(name, bits, type)                                                \
    static void decode_##name(const uint8_t *p, size_t n, bool swap, double *v) \
    {                                                                           \
        for (size_t i = 0; i < n; i++) {                                        \
            uint##bits##_t u;                                                   \
            type x;                                                             \
            memcpy(&u, p + i * sizeof u, sizeof u);                             \
            u = swap ? __builtin_bswap##bits(u) : u;                            \
            memcpy(&x, &u, sizeof x);                                           \
            v[i] = (double)x;                                                   \
        }                                                                       \
    }
DECODE(f4, 32, float)
DECODE(f8, 64, double)
DECODE(i2, 16, int16_t)
DECODE(i4, 32, int32_t)
DECODE(i8, 64, int64_t)
DECODE(u2, 16, uint16_t)
DECODE(u4, 32, uint32_t)
DECODE(u8, 64, uint64_t)

static void decode_i1(const uint8_t *p, size_t n, bool swap, double *v)
{
    (void)swap;
    for (size_t i = 0; i < n; i++)
        v[i] = (double)(int8_t)p[i];
}

static void decode_u1(const uint8_t *p, size_t n, bool swap, double *v)
{
    (void)swap;
    for (size_t i = 0; i < n; i++)
        v[i] = (double)p[i];
}

/* IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
static void decode_f2(const uint8_t *p, size_t n, bool swap, double *v)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t u;
        int exponent, fraction;
        double x;
        memcpy(&u, p + 2 * i, 2);
        u = swap ? __builtin_bswap16(u) : u;
        exponent = u >> 10 & 31;
        fraction = u & 1023;
        if (exponent == 31)
            x = fraction == 0 ? (double)INFINITY : (double)NAN;
        else if (exponent == 0)
            x = ldexp(fraction, -24);
        else
            x = ldexp(fraction + 1024, exponent - 25);
        v[i] = (u & 0x8000) != 0 ? -x : x;
    }
}

typedef void (*decode_fn)(const uint8_t *p, size_t n, bool swap, double *v);

static decode_fn decoder(const lrr_npy *h)
{
    static const struct {
        char type;
        size_t item;
        decode_fn f;
    } list[] = {
        { 'f', 2, decode_f2 }, { 'f', 4, decode_f4 }, { 'f', 8, decode_f8 },
        { 'i', 1, decode_i1 }, { 'i', 2, decode_i2 }, { 'i', 4, decode_i4 },
        { 'i', 8, decode_i8 }, { 'u', 1, decode_u1 }, { 'u', 2, decode_u2 },
        { 'u', 4, decode_u4 }, { 'u', 8, decode_u8 }, { 'b', 1, decode_u1 },
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (list[i].type == h->type && list[i].item == h->item)
            return list[i].f;
    return NULL;
}

/* Where element i of the payload goes in row-major order. */
static size_t row_major(const lrr_npy *h, size_t i)
{
    const lrr_shape *s = &h->shape;
    size_t at = 0, stride = lrr_shape_count(s), place[LRR_RANK_MAX];
    if (!h->fortran)
        return i;
    for (int a = 0; a < s->rank; a++) {
        place[a] = i % s->d[a];
        i /= s->d[a];
    }
    for (int a = 0; a < s->rank; a++) {
        stride /= s->d[a];
        at += place[a] * stride;
    }
    return at;
}

/* Numbers [at, at + n) of the payload are in v, words as NaN already. */
typedef void (*visit_fn)(void *ud, const lrr_npy *h, size_t at, const double *v,
                         size_t n);

static void mark_words(const lrr_npy_out *out, double *v, size_t n)
{
    for (size_t w = 0; w < out->words; w++) {
        const bool all = isinf(out->word[w]);
        for (size_t i = 0; i < n; i++)
            if (all ? fabs(v[i]) > (double)FLT_MAX : v[i] == out->word[w])
                v[i] = (double)NAN;
    }
}

static lrr_status visit_all(lrr_source *s, const lrr_npy *h, const lrr_npy_out *out,
                            visit_fn visit, void *ud, lrr_error *err)
{
    const size_t count = lrr_shape_count(&h->shape);
    const bool swap = h->big != host_is_big;
    const decode_fn decode = decoder(h);
    uint8_t raw[8 * BLOCK];
    double v[BLOCK];
    lrr_status st = LRR_OK;
    LRR_ASSERT(decode != NULL);
    for (size_t at = 0, n; st == LRR_OK && at < count; at += n) {
        n = count - at < BLOCK ? count - at : BLOCK;
        st = lrr_source_read(s, raw, n * h->item, err);
        if (st != LRR_OK)
            break;
        decode(raw, n, swap, v);
        if (out->words > 0)
            mark_words(out, v, n);
        visit(ud, h, at, v, n);
    }
    return st == LRR_OK ? lrr_source_end(s, err) : st;
}

/* A number as float, of column `place` modulo out's width. */
static float real(const lrr_npy_out *out, size_t place, double v)
{
    return out->offset == NULL ? (float)v
                               : (float)(v - out->offset[place % out->width]);
}

void lrr_npy_floats(const lrr_npy *h, const lrr_npy_out *out, const uint8_t *raw,
                    size_t at, size_t n, float *v)
{
    const decode_fn decode = decoder(h);
    double as_read[BLOCK];
    LRR_ASSERT(decode != NULL);
    for (size_t some; n > 0; n -= some) {
        some = n < BLOCK ? n : BLOCK;
        decode(raw, some, h->big != host_is_big, as_read);
        if (out->words > 0)
            mark_words(out, as_read, some);
        for (size_t i = 0; i < some; i++)
            v[i] = real(out, at + i, as_read[i]);
        raw += some * h->item;
        at += some;
        v += some;
    }
}

static void put(void *ud, const lrr_npy *h, size_t at, const double *v, size_t n)
{
    const lrr_npy_out *out = ud;
    for (size_t i = 0; i < n; i++) {
        const size_t to = row_major(h, at + i);
        if (out->doubles != NULL)
            out->doubles[to] = v[i];
        else if (out->floats != NULL)
            out->floats[to] = real(out, to, v[i]);
        else if (out->bytes != NULL)
            out->bytes[to] = (uint8_t)v[i];
    }
}

bool lrr_npy_is_plain(const lrr_npy *h, const lrr_npy_out *out)
{
    if (h->fortran)
        return false;
    return out->bytes != NULL ||
           (out->doubles == NULL && out->offset == NULL && out->words == 0 &&
            h->type == 'f' && h->item == 4 && h->big == host_is_big);
}

lrr_status lrr_npy_payload_read(lrr_source *s, const lrr_npy *h, const lrr_npy_out *out,
                                lrr_error *err)
{
    lrr_npy_out to = *out;
    lrr_status st;
    if ((out->bytes == NULL && out->floats == NULL) || !lrr_npy_is_plain(h, out))
        return visit_all(s, h, out, put, &to, err);
    st = lrr_source_read(s, out->bytes != NULL ? (void *)out->bytes : out->floats,
                         lrr_shape_count(&h->shape) * h->item, err);
    return st == LRR_OK ? lrr_source_end(s, err) : st;
}

typedef struct survey {
    lrr_npy_column *column;
    size_t width;
} survey;

static void look(void *ud, const lrr_npy *h, size_t at, const double *v, size_t n)
{
    const survey *s = ud;
    for (size_t i = 0; i < n; i++) {
        lrr_npy_column *c = &s->column[row_major(h, at + i) % s->width];
        if (!isfinite(v[i]))
            continue;
        c->lo = v[i] < c->lo ? v[i] : c->lo;
        c->hi = v[i] > c->hi ? v[i] : c->hi;
        c->exact &= (double)(float)v[i] == v[i];
    }
}

lrr_status lrr_npy_survey(lrr_source *s, const lrr_npy *h, const lrr_npy_out *words,
                          size_t width, lrr_npy_column *column, lrr_error *err)
{
    survey ud = { column, width };
    LRR_ASSERT(width > 0);
    for (size_t i = 0; i < width; i++)
        column[i] = (lrr_npy_column){ (double)INFINITY, -(double)INFINITY, true };
    return visit_all(s, h, words, look, &ud, err);
}

typedef struct given {
    lrr_npy_each_fn each;
    void *ud;
} given;

static void give(void *ud, const lrr_npy *h, size_t at, const double *v, size_t n)
{
    const given *g = ud;
    (void)h;
    (void)at;
    g->each(g->ud, v, n);
}

lrr_status lrr_npy_each(lrr_source *s, const lrr_npy *h, lrr_npy_each_fn each, void *ud,
                        lrr_error *err)
{
    const lrr_npy_out none = { 0 };
    given g = { each, ud };
    return visit_all(s, h, &none, give, &g, err);
}

static size_t put_utf8(uint32_t c, char *out)
{
    static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    const size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(first[n] | c);
    return n;
}

/* The text at p as UTF-8; false where it is none. */
static bool decode_text(const lrr_npy *h, const uint8_t *p, char *out, size_t *n)
{
    const size_t unit = h->type == 'U' ? 4 : 1;
    size_t units = h->item / unit;
    *n = 0;
    while (units > 0 && memcmp(p + (units - 1) * unit, "\0\0\0", unit) == 0)
        units--;
    if (unit == 1) {
        memcpy(out, p, units);
        *n = units;
    }
    for (size_t i = 0; unit == 4 && i < units; i++) {
        uint32_t c;
        memcpy(&c, p + 4 * i, 4);
        c = h->big != host_is_big ? __builtin_bswap32(c) : c;
        if (c > 0x10ffff)
            return false;
        *n += put_utf8(c, out + *n);
    }
    return memchr(out, 0, *n) == NULL && lrr_is_utf8(out, *n);
}

lrr_status lrr_npy_texts_read(lrr_source *s, const lrr_npy *h, lrr_intern *t,
                              uint32_t *id, lrr_error *err)
{
    const size_t count = lrr_shape_count(&h->shape);
    uint8_t *raw = NULL;
    char *text = NULL;
    size_t n;
    lrr_status st = lrr_mem_new(h->item, 1, "a label", &raw, err);
    if (st == LRR_OK)
        st = lrr_mem_new(h->item, 1, "a label", &text, err);
    for (size_t i = 0; st == LRR_OK && i < count; i++) {
        st = lrr_source_read(s, raw, h->item, err);
        if (st == LRR_OK && !decode_text(h, raw, text, &n))
            st = lrr_fail(err, LRR_EFORMAT, "%s: label %zu is no text in UTF-8",
                          lrr_source_name(s), i + 1);
        if (st == LRR_OK)
            st = lrr_intern_add(t, text, n, &id[row_major(h, i)], err);
    }
    lrr_mem_free(raw);
    lrr_mem_free(text);
    return st == LRR_OK ? lrr_source_end(s, err) : st;
}
