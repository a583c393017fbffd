/* csv.c -- see csv.h. */
#include "readers/csv.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/mem.h"
#include "readers/csv_dialect.h"
#include "readers/csv_private.h"
#include "readers/foreign.h"
#include "readers/source.h"
#include "readers/text_input.h"

enum { FIELDS_START = 64, END = -1 };

enum { SHORT = LRR__CSV_SHORT };

/* Quotes and blanks, which are no part of a record, take room as well. */
#define RAW_MAX (4 * LRR_CSV_RECORD_MAX)

/* What was taken of buf since raw_from. */
static void keep_taken(lrr_csv *c)
{
    size_t n = c->buf_at - c->raw_from;
    if (n > RAW_MAX - c->raw_n) {
        n = RAW_MAX - c->raw_n;
        c->raw_cut = true;
    }
    if (n > 0)
        memcpy(c->raw + c->raw_n, c->buf + c->raw_from, n);
    c->raw_n += n;
    c->raw_from = c->buf_at;
}

/* Where the next byte will be in raw. */
static size_t raw_at(const lrr_csv *c)
{
    return c->raw_n + (c->buf_at - c->raw_from);
}

/* The next byte where none is at hand, or END. Once for some thousand bytes: kept out of peek. */
static __attribute__((noinline)) int refill(lrr_csv *c)
{
    if (c->failed != LRR_OK)
        return END;
    if (c->raw_on)
        keep_taken(c);
    c->buf_at = c->buf_n = c->raw_from = 0;
    if (c->fed)
        return END;
    c->failed = lrr_text_input_next(c->input, &c->buf, &c->buf_n, &c->why);
    c->buf_place = lrr_text_input_place(c->input) - c->buf_n;
    return c->failed != LRR_OK || c->buf_n == 0 ? END : c->buf[0];
}

/* The next byte without taking it, or END. */
static inline int peek(lrr_csv *c)
{
    return c->buf_at < c->buf_n ? c->buf[c->buf_at] : refill(c);
}

static void take(lrr_csv *c)
{
    c->buf_at++;
    c->column++;
}

static lrr_status fault(const lrr_csv *c, uint64_t line, uint64_t column,
                        const char *what, lrr_error *err)
{
    return lrr_fail(err, LRR_EFORMAT, "%s:%llu:%llu: %s", lrr_csv_name(c),
                    (unsigned long long)line, (unsigned long long)column, what);
}

static bool is_blank(int b)
{
    return b == ' ' || b == '\t';
}

static bool is_end(int b)
{
    return b == END || b == '\n' || b == '\r';
}

static bool is_delimiter(const lrr_csv *c, int b)
{
    return c->written.delimiter == ' ' ? is_blank(b) : b == c->written.delimiter;
}

/* The line end at hand, of any kind; the next byte is on a new line. */
static void take_line_end(lrr_csv *c)
{
    int first = peek(c);
    take(c);
    if (first == '\r' && peek(c) == '\n')
        take(c);
    c->line++;
    c->column = 1;
}

static void take_line(lrr_csv *c)
{
    while (!is_end(peek(c)))
        take(c);
    if (peek(c) != END)
        take_line_end(c);
}

static void take_blanks(lrr_csv *c)
{
    int b;
    while (is_blank(b = peek(c)) &&
           (c->written.delimiter == ' ' || !is_delimiter(c, b)))
        take(c);
}

/* At the first line that is a record. */
static lrr_status begin(lrr_csv *c, lrr_error *err)
{
    c->line = c->column = 1;
    for (size_t i = 0; i < c->written.skip && peek(c) != END; i++)
        take_line(c);
    if (c->failed != LRR_OK)
        *err = c->why;
    return c->failed;
}

lrr_status lrr_csv_rewind(lrr_csv *c, lrr_error *err)
{
    lrr_status st = lrr_text_input_rewind(c->input, err);
    c->buf_at = c->buf_n = c->raw_from = c->raw_n = 0;
    c->failed = LRR_OK;
    return st == LRR_OK ? begin(c, err) : st;
}

const char *lrr_csv_why_unplaced(const lrr_csv *c)
{
    return lrr_text_input_why_unplaced(c->input);
}

uint64_t lrr_csv_record_place(const lrr_csv *c)
{
    return c->record;
}

uint64_t lrr_csv_place(const lrr_csv *c)
{
    return c->buf_place + c->buf_at;
}

/* What a byte is, as tables of each byte and of blocks. */
static void fill_tables(lrr_csv *c)
{
    const char delimiter = c->written.delimiter;
    const char stop[LRR__CSV_STOPS] = { delimiter, delimiter == ' ' ? '\t' : delimiter,
                                        '\n', '\r', '\0' };
    for (size_t i = 0; i < LRR__CSV_STOPS; i++)
        memset(c->stop[i], stop[i], LRR__CSV_BLOCK);
    for (int b = 0; b < 256; b++) {
        c->plain[b] = b != 0 && !is_end(b) && !is_delimiter(c, b);
        c->quiet[b] = b != 0 && !is_end(b) && b != (unsigned char)c->written.quote &&
                      b != (unsigned char)c->written.escape;
    }
}

/* What the beginning of the file says. */
static lrr_status find_out(lrr_csv *c, lrr_error *err)
{
    bool text;
    (void)peek(c);
    if (c->failed != LRR_OK) {
        *err = c->why;
        return c->failed;
    }
    c->looks = lrr_foreign_kind(c->buf, c->buf_n, &text);
    if (c->looks != NULL && !text)
        return lrr_fail(err, LRR_EFORMAT,
                        "%s is no table of separated values: it is %s", lrr_csv_name(c),
                        c->looks);
    lrr_csv_dialect_find((const char *)c->buf, c->buf_n, &c->written);
    fill_tables(c);
    return begin(c, err);
}

lrr_status lrr_csv_wrap(FILE *f, const char *name, const lrr_csv_dialect *dialect,
                        lrr_csv **out, lrr_error *err)
{
    lrr_csv *c = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *c, "a file's buffer", &c, err);
    *out = NULL;
    if (st != LRR_OK) {
        fclose(f);
        return st;
    }
    if (dialect != NULL)
        c->written = *dialect;
    st = lrr_text_input_wrap(f, name, c->written.latin1, &c->input, err);
    if (st == LRR_OK)
        c->name = lrr_text_input_name(c->input);
    c->most = LRR_CSV_RECORD_MAX;
    if (st == LRR_OK)
        st = lrr_mem_new(c->most + 1 + SHORT, 1, "a line", &c->text, err);
    c->room = FIELDS_START;
    if (st == LRR_OK)
        st = lrr_mem_new(c->room, sizeof *c->field, "a line", &c->field, err);
    if (st == LRR_OK)
        st = find_out(c, err);
    if (st != LRR_OK) {
        lrr_csv_close(c);
        return st;
    }
    *out = c;
    return LRR_OK;
}

lrr_status lrr_csv_open(const char *path, const lrr_csv_dialect *dialect, lrr_csv **out,
                        lrr_error *err)
{
    FILE *f;
    lrr_status st = lrr_source_file(path, &f, err);
    *out = NULL;
    return st == LRR_OK ? lrr_csv_wrap(f, path, dialect, out, err) : st;
}

void lrr_csv_close(lrr_csv *c)
{
    if (c == NULL)
        return;
    lrr_text_input_close(c->input);
    lrr_mem_free(c->text);
    lrr_mem_free(c->field);
    lrr_mem_free(c->raw);
    lrr_mem_free(c->span);
    lrr_mem_free(c);
}

static lrr_status too_long(const lrr_csv *c, lrr_error *err)
{
    return fault(c, c->line, c->column, "the line is longer than 1 MiB", err);
}

static lrr_status put(lrr_csv *c, int byte, lrr_error *err)
{
    if (c->used >= c->most)
        return too_long(c, err);
    if (byte == 0)
        return fault(
            c, c->line, c->column,
            "a NUL byte: this is no text file, or UTF-16 without its mark: save "
            "it as UTF-8",
            err);
    c->text[c->used++] = (char)byte;
    return LRR_OK;
}

static lrr_status new_field(lrr_csv *c, lrr_error *err)
{
    if (c->n == LRR_CSV_FIELDS_MAX)
        return fault(c, c->line, c->column, "more than 65536 fields", err);
    if (c->n == c->room) {
        const lrr_status st =
            lrr_mem_grow(&c->field, c->n, &c->room, sizeof *c->field, "a line", err);
        if (st != LRR_OK)
            return st;
    }
    c->field[c->n++] =
        (lrr_csv_field){ .s = c->text + c->used, .line = c->line, .column = c->column };
    return LRR_OK;
}

/* What is in quotes, the opening one at hand, up to behind the closing one. */
static lrr_status inside_quotes(lrr_csv *c, lrr_error *err)
{
    const uint64_t line = c->line, column = c->column;
    const int quote = (unsigned char)c->written.quote;
    const int escape = (unsigned char)c->written.escape;
    lrr_status st = LRR_OK;
    take(c);
    while (st == LRR_OK) {
        int b = peek(c);
        if (b == END)
            return fault(
                c, line, column,
                "this quote is never closed; quote = \"\" takes quotes as text", err);
        if (b == quote) {
            take(c);
            if (peek(c) != quote)
                break;
            take(c);
            st = put(c, quote, err);
        } else if (b == '\n' || b == '\r') {
            take_line_end(c);
            st = put(c, '\n', err);
        } else {
            if (escape != 0 && b == escape) {
                take(c);
                b = peek(c) == END ? escape : peek(c);
            }
            st = put(c, b, err);
            take(c);
        }
    }
    return st;
}

static lrr_status behind_quote(const lrr_csv *c, uint64_t column, lrr_error *err)
{
    if (c->looks != NULL)
        return lrr_fail(err, LRR_EFORMAT,
                        "%s:%llu:%llu: text after a closing quote: the file looks like "
                        "%s, which is no table of separated values",
                        lrr_csv_name(c), (unsigned long long)c->line,
                        (unsigned long long)column, c->looks);
    return fault(c, c->line, column,
                 c->used > 0 && c->text[c->used - 1] == '\\' && c->written.escape == 0
                     ? "text after a closing quote; escape = \"\\\\\" reads \\\" as a "
                       "quote inside quotes"
                     : "text after a closing quote; quote = \"\" takes quotes as text",
                 err);
}

static lrr_status quoted(lrr_csv *c, lrr_error *err)
{
    lrr_status st = inside_quotes(c, err);
    uint64_t column = c->column;
    int b;
    if (st != LRR_OK)
        return st;
    if (c->raw_on)
        c->field[c->n - 1].raw_n = raw_at(c) - c->field[c->n - 1].raw;
    if (c->written.delimiter != ' ')
        take_blanks(c);
    b = peek(c);
    if (!is_end(b) && !is_delimiter(c, b))
        return behind_quote(c, column, err);
    return LRR_OK;
}

/* How many of the LRR__CSV_BLOCK bytes at s come before one that may end a field. */
static inline size_t text_bytes(const lrr_csv *c, const unsigned char *s)
{
#if defined(__SSE2__)
    const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
    __m128i stops = _mm_setzero_si128();
    for (size_t i = 0; i < LRR__CSV_STOPS; i++)
        stops = _mm_or_si128(
            stops, _mm_cmpeq_epi8(
                       v, _mm_loadu_si128((const __m128i *)(const void *)c->stop[i])));
    return (size_t)__builtin_ctz((unsigned)_mm_movemask_epi8(stops) |
                                 1U << LRR__CSV_BLOCK);
#else
    size_t n = 0;
    while (n < LRR__CSV_BLOCK && c->plain[s[n]])
        n++;
    return n;
#endif
}

/* The same of n bytes, which are any number. */
static size_t text_run(const lrr_csv *c, const unsigned char *s, size_t n)
{
    size_t i = 0, k = LRR__CSV_BLOCK;
    for (; k == LRR__CSV_BLOCK && n - i >= LRR__CSV_BLOCK; i += k)
        k = text_bytes(c, s + i);
    while (i < n && c->plain[s[i]])
        i++;
    return i;
}

/* Text up to a delimiter or the line's end, in as large pieces as there are. */
static lrr_status unquoted(lrr_csv *c, lrr_error *err)
{
    const size_t start = c->used;
    int b;
    while (!is_end(b = peek(c)) && !is_delimiter(c, b)) {
        const unsigned char *from = c->buf + c->buf_at;
        const size_t n = text_run(c, from, c->buf_n - c->buf_at);
        if (n == 0)
            return put(c, b, err); /* a NUL byte */
        if (n > c->most - c->used)
            return too_long(c, err);
        memcpy(c->text + c->used, from, n);
        c->used += n;
        c->buf_at += n;
        c->column += n;
    }
    while (c->used > start && is_blank(c->text[c->used - 1]))
        c->used--;
    return LRR_OK;
}

/* The field of n bytes that begins `quote` (0 or 1) bytes after the next one, as a whole. */
static inline bool keep_field(lrr_csv *c, size_t n, size_t quote)
{
    char *to = c->text + c->used;
    memcpy(to, c->buf + c->buf_at + quote, SHORT);
    to[n] = '\0';
    c->field[c->n++] = (lrr_csv_field){ .s = to,
                                        .n = n,
                                        .line = c->line,
                                        .column = c->column,
                                        .raw = c->raw_on ? raw_at(c) : 0,
                                        .raw_n = n + 2 * quote,
                                        .quoted = quote > 0 };
    c->used += n + 1;
    c->buf_at += n + 2 * quote;
    c->column += n + 2 * quote;
    return true;
}

/* Takes a field as nearly all are: short, without blanks around it or quotes in it, and at hand as
** a whole. False: it is another one, and nothing is taken. */
static inline bool plain_field(lrr_csv *c)
{
    const unsigned char *from = c->buf + c->buf_at;
    size_t n = 0;
    if (c->buf_n - c->buf_at <= SHORT + 2 || c->n == c->room ||
        c->used > c->most - SHORT)
        return false;
    if (from[0] == (unsigned char)c->written.quote &&
        c->written.quote != LRR_CSV_NONE) {
        while (n < SHORT && c->quiet[from[1 + n]])
            n++;
        return n < SHORT && from[1 + n] == from[0] && from[2 + n] != '\0' &&
               !c->plain[from[2 + n]] && keep_field(c, n, 1);
    }
    n = text_bytes(c, from);
    if (n == LRR__CSV_BLOCK)
        n += text_bytes(c, from + LRR__CSV_BLOCK);
    return n < SHORT && from[n] != '\0' && !is_blank(from[0]) &&
           !is_blank(from[n > 0 ? n - 1 : 0]) && keep_field(c, n, 0);
}

static lrr_status one_field(lrr_csv *c, lrr_error *err)
{
    lrr_csv_field *f;
    lrr_status st;
    if (plain_field(c))
        return LRR_OK;
    take_blanks(c);
    if ((st = new_field(c, err)) != LRR_OK)
        return st;
    f = &c->field[c->n - 1];
    if (c->raw_on)
        f->raw = raw_at(c);
    f->quoted =
        c->written.quote != LRR_CSV_NONE && peek(c) == (unsigned char)c->written.quote;
    st = f->quoted ? quoted(c, err) : unquoted(c, err);
    if (st != LRR_OK)
        return st;
    f->n = (size_t)(c->text + c->used - f->s);
    if (!f->quoted)
        f->raw_n = f->n;
    if (c->used >= c->most)
        return too_long(c, err);
    c->text[c->used++] = '\0';
    return LRR_OK;
}

/* Up to a line that has something. */
static void take_empty(lrr_csv *c)
{
    const int comment = (unsigned char)c->written.comment;
    int b;
    for (;;) {
        b = peek(c);
        if (b == '\n' || b == '\r')
            take_line_end(c);
        else if (comment != 0 && comment != LRR_CSV_NONE && b == comment)
            take_line(c);
        else if (c->written.delimiter == ' ' && is_blank(b))
            take(c);
        else
            return;
    }
}

/* The fields of the line at hand. */
static lrr_status record(lrr_csv *c, lrr_error *err)
{
    lrr_status st = LRR_OK;
    int b = peek(c);
    c->n = c->used = 0;
    c->raw_n = 0;
    c->raw_from = c->buf_at;
    c->raw_on = c->raw != NULL;
    while (st == LRR_OK && b != END) {
        st = one_field(c, err);
        b = peek(c);
        if (st != LRR_OK || b == END || !is_delimiter(c, b))
            break;
        take(c);
        if (c->written.delimiter == ' ') {
            take_blanks(c);
            if (is_end(b = peek(c)))
                break; /* blanks at the end of a line begin no field */
        }
        b = 0; /* another delimiter at the very end still begins one */
    }
    if (st == LRR_OK && c->failed != LRR_OK) {
        *err = c->why;
        st = c->failed;
    }
    if (c->raw_on)
        keep_taken(c);
    c->raw_on = false;
    if (st == LRR_OK && c->raw_cut)
        st = too_long(c, err);
    if (st == LRR_OK && b != END)
        take_line_end(c);
    return st;
}

lrr_status lrr_csv_next(lrr_csv *c, const lrr_csv_field **fields, size_t *n,
                        lrr_error *err)
{
    lrr_status st;
    *n = 0;
    do { /* a line of blanks is empty too */
        take_empty(c);
        c->record = lrr_csv_place(c);
        st = record(c, err);
    } while (st == LRR_OK && c->n == 1 && c->field[0].n == 0 && !c->field[0].quoted);
    if (st != LRR_OK)
        return st;
    *fields = c->field;
    *n = c->n;
    return LRR_OK;
}

lrr_status lrr_csv_keep_raw(lrr_csv *c, lrr_error *err)
{
    return c->raw != NULL ? LRR_OK : lrr_mem_new(RAW_MAX, 1, "a line", &c->raw, err);
}

const char *lrr_csv_raw(const lrr_csv *c, size_t *n)
{
    *n = c->raw_n;
    return c->raw;
}

const lrr_csv_dialect *lrr_csv_written(const lrr_csv *c)
{
    return &c->written;
}

const char *lrr_csv_looks(const lrr_csv *c)
{
    return c->looks;
}

const char *lrr_csv_name(const lrr_csv *c)
{
    return c->name;
}

lrr_status lrr_csv_no_record(const lrr_csv *c, lrr_error *err)
{
    if (c->written.skip > 0)
        return lrr_fail(
            err, LRR_EINVAL,
            "%s has nothing behind its first %zu line%s, which skip leaves out",
            lrr_csv_name(c), c->written.skip, c->written.skip == 1 ? "" : "s");
    return lrr_fail(err, LRR_EINVAL, "%s is empty", lrr_csv_name(c));
}
