/* text_input.c -- see text_input.h. */
#include "readers/text_input.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "readers/source.h"

/* RAW bytes become at most twice as many (Latin-1), or 1.5 times (UTF-16). */
enum { RAW = 32 * 1024, TEXT = 2 * RAW, LOOKED_AT = 512 };

typedef enum form { FORM_PLAIN, FORM_LATIN1, FORM_UTF16_LE, FORM_UTF16_BE } form;

struct lrr_text_input {
    lrr_source *source;
    bool latin1, begun;
    form form;
    size_t left;       /* bytes at the start of raw that wait for more */
    uint64_t done;     /* bytes converted */
    uint64_t given;    /* bytes that they became */
    lrr_scratch *copy; /* or NULL */
    uint64_t most;     /* bytes of it */
    unsigned char raw[RAW + LRR_TEXT_SLACK], text[TEXT + 4 + LRR_TEXT_SLACK];
};

lrr_status lrr_text_input_wrap(FILE *f, const char *name, bool latin1,
                               lrr_text_input **out, lrr_error *err)
{
    lrr_text_input *t = NULL;
    lrr_source *source = NULL;
    lrr_status st = lrr_source_wrap(f, name, &source, err);
    *out = NULL;
    if (st == LRR_OK)
        st = lrr_mem_new(1, sizeof *t, "a file's buffer", &t, err);
    if (st != LRR_OK) {
        lrr_source_close(source);
        return st;
    }
    t->source = source;
    t->latin1 = latin1;
    *out = t;
    return LRR_OK;
}

void lrr_text_input_close(lrr_text_input *t)
{
    if (t == NULL)
        return;
    lrr_source_close(t->source);
    lrr_mem_free(t);
}

const char *lrr_text_input_name(const lrr_text_input *t)
{
    return lrr_source_name(t->source);
}

lrr_status lrr_text_input_rewind(lrr_text_input *t, lrr_error *err)
{
    t->begun = false;
    t->left = 0;
    t->done = 0;
    t->given = 0;
    return lrr_source_rewind(t->source, err);
}

const char *lrr_text_input_why_unplaced(const lrr_text_input *t)
{
    uint64_t at;
    if (!lrr_source_plain(t->source, &at))
        return "is packed, and rows are read at their places: unpack it";
    if (t->form == FORM_LATIN1)
        return "is read as Latin-1, and rows are read at their places: save it as "
               "UTF-8 and leave encoding = \"latin1\" away";
    return t->form == FORM_PLAIN ? NULL
                                 : "is not UTF-8, and rows are read at their places: "
                                   "save it as UTF-8";
}

uint64_t lrr_text_input_place(const lrr_text_input *t)
{
    uint64_t at;
    return lrr_source_plain(t->source, &at) && t->form == FORM_PLAIN ? at : t->given;
}

void lrr_text_input_copy(lrr_text_input *t, lrr_scratch *to)
{
    t->copy = to;
    t->most = t->given;
}

uint64_t lrr_text_input_given(const lrr_text_input *t)
{
    return t->given;
}

/* UTF-16 without a mark: every second byte of nearly all is 0, and of the others none, as no text
** of bytes has it. */
static bool is_utf16(const unsigned char *b, size_t n, size_t zero)
{
    size_t zeros = 0, others = 0;
    n = (n < LOOKED_AT ? n : LOOKED_AT) & ~(size_t)1;
    for (size_t i = 0; i < n; i += 2) {
        zeros += b[i + zero] == 0;
        others += b[i + 1 - zero] == 0;
    }
    return n >= 4 && others == 0 && zeros >= n / 2 - n / 16;
}

/* What the file begins with says what it is; *skip bytes of raw are a mark. */
static void begin(lrr_text_input *t, size_t n, size_t *skip)
{
    const unsigned char *b = t->raw;
    t->begun = true;
    t->form = t->latin1 ? FORM_LATIN1 : FORM_PLAIN;
    *skip = 0;
    if (n >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf) {
        t->form = FORM_PLAIN;
        *skip = 3;
    } else if (n >= 2 && b[0] == 0xff && b[1] == 0xfe) {
        t->form = FORM_UTF16_LE;
        *skip = t->done = 2;
    } else if (n >= 2 && b[0] == 0xfe && b[1] == 0xff) {
        t->form = FORM_UTF16_BE;
        *skip = t->done = 2;
    } else if (is_utf16(b, n, 1)) {
        t->form = FORM_UTF16_LE;
    } else if (is_utf16(b, n, 0)) {
        t->form = FORM_UTF16_BE;
    }
}

static size_t put_utf8(uint32_t c, unsigned char *out)
{
    if (c < 0x80) {
        out[0] = (unsigned char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (unsigned char)(0xc0 | c >> 6);
        out[1] = (unsigned char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (unsigned char)(0xe0 | c >> 12);
        out[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (unsigned char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (unsigned char)(0xf0 | c >> 18);
    out[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (unsigned char)(0x80 | (c & 0x3f));
    return 4;
}

static uint32_t unit_at(const lrr_text_input *t, size_t i)
{
    const unsigned lo = t->raw[i + (t->form == FORM_UTF16_BE)];
    const unsigned hi = t->raw[i + (t->form == FORM_UTF16_LE)];
    return hi << 8 | lo;
}

/* raw[from..to) of UTF-16 as UTF-8; what is cut off at the end waits, unless `last`. */
static lrr_status convert_utf16(lrr_text_input *t, size_t from, size_t to, bool last,
                                size_t *n, lrr_error *err)
{
    size_t i = from;
    *n = 0;
    while (i + 2 <= to) {
        uint32_t c = unit_at(t, i), low;
        size_t units = 1;
        if (c >= 0xd800 && c < 0xdc00) {
            if (i + 4 > to)
                break;
            low = unit_at(t, i + 2);
            c = low >= 0xdc00 && low < 0xe000
                    ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00)
                    : 0xdc00;
            units = 2;
        }
        if (c >= 0xdc00 && c < 0xe000)
            return lrr_fail(err, LRR_EFORMAT, "%s: broken UTF-16 at byte %llu",
                            lrr_source_name(t->source),
                            (unsigned long long)(t->done + i - from));
        *n += put_utf8(c, t->text + *n);
        i += 2 * units;
    }
    if (last && i < to)
        return lrr_fail(err, LRR_EFORMAT, "%s: cut off in UTF-16",
                        lrr_source_name(t->source));
    t->done += i - from;
    t->left = to - i;
    memmove(t->raw, t->raw + i, t->left);
    return LRR_OK;
}

static lrr_status convert_some(lrr_text_input *t, const unsigned char **bytes,
                               size_t *n, lrr_error *err)
{
    size_t got, skip = 0, end;
    bool last;
    lrr_status st =
        lrr_source_some(t->source, t->raw + t->left, RAW - t->left, &got, err);
    *n = 0;
    if (st != LRR_OK)
        return st;
    end = t->left + got;
    last = end < RAW;
    if (!t->begun)
        begin(t, end, &skip);
    t->left = 0;
    *bytes = t->text;
    if (t->form == FORM_UTF16_LE || t->form == FORM_UTF16_BE)
        return convert_utf16(t, skip, end, last, n, err);
    if (t->form == FORM_LATIN1) {
        for (size_t i = 0; i < end; i++)
            *n += put_utf8(t->raw[i], t->text + *n);
        return LRR_OK;
    }
    *bytes = t->raw + skip;
    *n = end - skip;
    if (*n == 0 && !last) /* a mark alone: what follows is text all the same */
        return convert_some(t, bytes, n, err);
    return LRR_OK;
}

static lrr_status copy_some(lrr_text_input *t, const unsigned char *bytes, size_t n,
                            lrr_error *err)
{
    if (n > t->most - t->given)
        return lrr_fail(err, LRR_EIO, "%s changed while it was read",
                        lrr_source_name(t->source));
    if (!lrr_scratch_write(t->copy, t->given, bytes, n))
        return lrr_fail(err, LRR_EIO, "%s: its copy on the disk cannot be written: %s",
                        lrr_source_name(t->source), strerror(errno));
    return LRR_OK;
}

lrr_status lrr_text_input_next(lrr_text_input *t, const unsigned char **bytes,
                               size_t *n, lrr_error *err)
{
    lrr_status st = convert_some(t, bytes, n, err);
    if (st == LRR_OK && t->copy != NULL && *n > 0)
        st = copy_some(t, *bytes, *n, err);
    t->given += *n;
    return st;
}

/* Bytes of the character that begins at s, at most n; 0 where there is none. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t k = s[0] < 0x80   ? 1
               : s[0] < 0xc2 ? 0
               : s[0] < 0xe0 ? 2
               : s[0] < 0xf0 ? 3
                             : 4;
    uint32_t c = s[0] & (0xffu >> (k + 1));
    if (k == 0 || k > n || s[0] > 0xf4)
        return 0;
    if (k == 1)
        return 1;
    for (size_t i = 1; i < k; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    return c < least[k] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : k;
}

bool lrr_is_utf8(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    while (n > 0) {
        size_t k = utf8_length(p, n);
        if (k == 0)
            return false;
        p += k;
        n -= k;
    }
    return true;
}
