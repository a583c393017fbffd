/* npy.c -- headers of NumPy's arrays; see npy.h. */
#include "readers/npy.h"

#include <string.h>

#include "base/mem.h"

/* TEXT_MAX: characters of one text. */
enum { HEADER_MAX = 10000, TEXT_MAX = 1 << 20 };

/* Reading the header's dict: where we are in it, and its end. */
typedef struct cursor {
    const char *p, *end;
} cursor;

static void skip_blanks(cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t'))
        c->p++;
}

/* True, and past it, where `text` comes next (after blanks). */
static bool eat(cursor *c, const char *text)
{
    size_t n = strlen(text);
    skip_blanks(c);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n) != 0)
        return false;
    c->p += n;
    return true;
}

/* A quoted word without escapes, at most room - 1 bytes. */
static bool eat_word(cursor *c, char *out, size_t room)
{
    size_t n = 0;
    char quote;
    skip_blanks(c);
    if (c->p == c->end || (*c->p != '\'' && *c->p != '"'))
        return false;
    quote = *c->p++;
    while (c->p < c->end && *c->p != quote && n + 1 < room)
        out[n++] = *c->p++;
    out[n] = '\0';
    return c->p < c->end && *c->p++ == quote;
}

static bool eat_size(cursor *c, size_t *out)
{
    bool any = false;
    *out = 0;
    skip_blanks(c);
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        if (*out > SIZE_MAX / 10 - 10)
            return false;
        *out = *out * 10 + (size_t)(*c->p++ - '0');
        any = true;
    }
    (void)(c->p < c->end && *c->p == 'L' && c->p++); /* Python 2 wrote 3L */
    return any;
}

/* NULL, or what is wrong. */
static const char *parse_shape(cursor *c, lrr_shape *shape)
{
    static const char *const form = "'shape' is not a tuple of sizes";
    bool empty = false;
    *shape = (lrr_shape){ 0 };
    if (!eat(c, "("))
        return form;
    while (!eat(c, ")")) {
        size_t size;
        if (!eat_size(c, &size))
            return form;
        if (shape->rank == LRR_RANK_MAX)
            return "'shape' has more than 5 sizes";
        empty |= size == 0;
        shape->d[shape->rank++] = size;
        if (!eat(c, ",")) {
            if (!eat(c, ")"))
                return form;
            break;
        }
    }
    return empty ? "'shape' has a size of 0: the array is empty" : NULL;
}

static bool is_number_type(const char *s)
{
    static const char *const known[] = { "f2", "f4", "f8", "i1", "i2", "i4",
                                         "i8", "u1", "u2", "u4", "u8", "b1" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], s) == 0)
            return true;
    return false;
}

bool lrr_npy_is_text(const lrr_npy *h)
{
    return h->type == 'S' || h->type == 'U';
}

/* What a type is that is not read; kind: its letter. */
static const char *refused(char kind)
{
    switch (kind) {
    case 'O':
        return "it holds Python objects ('descr' is |O), which are not unpickled: save "
               "numbers, "
               "as in a.astype('float32')";
    case 'c':
        return "it holds complex numbers: save real and imaginary parts as two arrays";
    case 'M':
    case 'm':
        return "it holds dates or spans of time: save them as numbers, as in "
               "a.astype('int64')";
    case 'V':
        return "it holds raw bytes ('descr' is V): save numbers";
    case 'f':
        return "it holds floats that are wider than 8 bytes: save a.astype('float64')";
    default:
        return "'descr' is not one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 S U";
    }
}

/* "<f4": byte order, kind, bytes (of U characters). NULL, or what is wrong. */
static const char *parse_type(cursor *c, lrr_npy *h)
{
    char word[32] = "";
    cursor digits;
    skip_blanks(c);
    if (c->p < c->end && *c->p == '[')
        return "it has a structured type ('descr' is a list of fields): save an array "
               "of "
               "numbers for each field, or one of their columns";
    if (!eat_word(c, word, sizeof word) || strlen(word) < 2 ||
        strchr("<>|=", word[0]) == NULL)
        return refused(0);
    h->big = word[0] == '>';
    h->type = word[1];
    digits = (cursor){ word + 2, word + strlen(word) };
    if (!eat_size(&digits, &h->item) || digits.p != digits.end)
        return refused(h->type == 'f' ? 0 : h->type);
    if (lrr_npy_is_text(h) && h->item > 0 && h->item <= TEXT_MAX) {
        h->item *= h->type == 'U' ? 4 : 1;
        return NULL;
    }
    return is_number_type(word + 1) ? NULL : refused(h->type);
}

/* Which keys the dict has had. */
typedef struct seen {
    bool descr, order, shape;
} seen;

/* One key and its value; NULL, or what is wrong. */
static const char *parse_item(cursor *c, lrr_npy *h, seen *had)
{
    char word[32] = "";
    const char *wrong = NULL;
    if (!eat_word(c, word, sizeof word) || !eat(c, ":"))
        return "the header has a key that is no word";
    if (strcmp(word, "descr") == 0 && !had->descr) {
        had->descr = true;
        wrong = parse_type(c, h);
    } else if (strcmp(word, "fortran_order") == 0 && !had->order) {
        had->order = true;
        h->fortran = eat(c, "True");
        if (!h->fortran && !eat(c, "False"))
            wrong = "'fortran_order' is not True or False";
    } else if (strcmp(word, "shape") == 0 && !had->shape) {
        had->shape = true;
        wrong = parse_shape(c, &h->shape);
    } else {
        return "the header has a key that is unknown or given twice";
    }
    (void)eat(c, ",");
    return wrong;
}

/* NULL, or what is wrong. */
static const char *parse_dict(cursor *c, lrr_npy *h)
{
    seen had = { false, false, false };
    const char *wrong = NULL;
    if (!eat(c, "{"))
        return "the header is no dict";
    while (wrong == NULL && !eat(c, "}"))
        wrong = parse_item(c, h, &had);
    if (wrong != NULL)
        return wrong;
    skip_blanks(c);
    if (c->p != c->end)
        return "something follows the header's dict";
    return had.descr && had.order && had.shape
               ? NULL
               : "the header lacks descr, fortran_order or shape";
}

static lrr_status read_length(lrr_source *s, size_t *length, lrr_error *err)
{
    uint8_t b[8], n[4] = { 0 };
    lrr_status st = lrr_source_read(s, b, 8, err);
    if (st != LRR_OK)
        return st;
    if (memcmp(b, "\x93NUMPY", 6) != 0 || b[6] < 1 || b[6] > 3)
        return lrr_fail(err, LRR_EFORMAT, "%s is not a .npy file of version 1, 2 or 3",
                        lrr_source_name(s));
    st = lrr_source_read(s, n, b[6] == 1 ? 2 : 4, err);
    *length =
        (size_t)n[0] | (size_t)n[1] << 8 | (size_t)n[2] << 16 | (size_t)n[3] << 24;
    if (st == LRR_OK && *length > HEADER_MAX)
        return lrr_fail(err, LRR_EFORMAT, "%s: a header of %zu bytes, the most is %d",
                        lrr_source_name(s), *length, HEADER_MAX);
    return st;
}

lrr_status lrr_npy_header_read(lrr_source *s, lrr_npy *h, lrr_error *err)
{
    char text[HEADER_MAX];
    size_t n = 0;
    uint64_t bytes;
    const char *wrong;
    cursor c;
    lrr_status st = read_length(s, &n, err);
    if (st == LRR_OK)
        st = lrr_source_read(s, text, n, err);
    if (st != LRR_OK)
        return st;
    *h = (lrr_npy){ 0 };
    c = (cursor){ text, text + n };
    wrong = parse_dict(&c, h);
    if (wrong != NULL)
        return lrr_fail(err, LRR_EFORMAT, "%s: %s", lrr_source_name(s), wrong);
    bytes = lrr_size_mul(lrr_shape_count(&h->shape), h->item);
    if (bytes > lrr_source_most(s) ||
        (!lrr_source_gzip(s) && bytes != lrr_source_most(s))) {
        char shape[LRR_SHAPE_TEXT];
        return lrr_fail(
            err, LRR_EFORMAT,
            "%s: %s of %zu bytes each does not fit the %llu bytes that follow",
            lrr_source_name(s), lrr_shape_text(&h->shape, shape), h->item,
            (unsigned long long)lrr_source_most(s));
    }
    return LRR_OK;
}

const char *lrr_npy_type(const lrr_npy *h, char text[LRR_NPY_TYPE])
{
    const char *name = h->type == 'f'   ? "float"
                       : h->type == 'i' ? "int"
                       : h->type == 'u' ? "uint"
                                        : "bool";
    if (lrr_npy_is_text(h))
        snprintf(text, LRR_NPY_TYPE, "text of %zu character%s",
                 h->type == 'U' ? h->item / 4 : h->item,
                 h->item == (h->type == 'U' ? 4 : 1) ? "" : "s");
    else if (h->type == 'b')
        snprintf(text, LRR_NPY_TYPE, "bool");
    else
        snprintf(text, LRR_NPY_TYPE, "%s%s%zu", h->big ? "big-endian " : "", name,
                 h->item * 8);
    return text;
}
