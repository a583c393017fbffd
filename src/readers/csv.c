/* csv.c -- see csv.h. */
#include "readers/csv.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "readers/source.h"

enum { BUFFER = 64 * 1024, FIELDS_START = 64 };

struct lrr_csv {
    FILE *f;
    char name[256]; /* the longest that a folder holds */
    char delimiter;
    bool quotes;
    unsigned char *buf; /* (BUFFER) */
    size_t buf_at, buf_n;
    uint64_t line, column; /* of the next byte */
    char *text;            /* (LRR_CSV_RECORD_MAX + 1) of the record */
    size_t used;
    lrr_csv_field *field;
    size_t n, room;
};

/* The next byte without taking it, or EOF. */
static int peek(lrr_csv *c)
{
    if (c->buf_at == c->buf_n) {
        c->buf_n = fread(c->buf, 1, BUFFER, c->f);
        c->buf_at = 0;
        if (c->buf_n == 0)
            return EOF;
    }
    return c->buf[c->buf_at];
}

static void take(lrr_csv *c)
{
    c->buf_at++;
    c->column++;
}

static lrr_status fault(const lrr_csv *c, uint64_t line, uint64_t column,
                        const char *what, lrr_error *err)
{
    return lrr_fail(err, LRR_EFORMAT, "%s:%llu:%llu: %s", c->name,
                    (unsigned long long)line, (unsigned long long)column, what);
}

static void find_delimiter(lrr_csv *c)
{
    static const char candidates[] = ",;\t|";
    size_t count[4] = { 0 }, best = 0;
    bool quoted = false;
    (void)peek(c);
    for (size_t i = 0; i < c->buf_n; i++) {
        const char *at;
        if (c->buf[i] == '"')
            quoted = !quoted;
        if (!quoted && (c->buf[i] == '\n' || c->buf[i] == '\r'))
            break;
        at = c->buf[i] == '\0' ? NULL : strchr(candidates, c->buf[i]);
        if (at != NULL && !quoted)
            count[at - candidates]++;
    }
    for (size_t i = 1; i < 4; i++)
        if (count[i] > count[best])
            best = i;
    c->delimiter = candidates[best];
}

lrr_status lrr_csv_rewind(lrr_csv *c, lrr_error *err)
{
    static const unsigned char mark[] = { 0xef, 0xbb, 0xbf };
    if (fseek(c->f, 0, SEEK_SET) != 0)
        return lrr_fail(err, LRR_EIO, "%s is not a plain file", c->name);
    c->buf_at = c->buf_n = 0;
    c->line = c->column = 1;
    (void)peek(c);
    if (c->buf_n >= 3 && memcmp(c->buf, mark, 3) == 0)
        c->buf_at = 3;
    return LRR_OK;
}

lrr_status lrr_csv_wrap(FILE *f, const char *name, char delimiter, lrr_csv **out,
                        lrr_error *err)
{
    lrr_csv *c = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *c, "a file's buffer", &c, err);
    *out = NULL;
    if (st != LRR_OK) {
        fclose(f);
        return st;
    }
    c->f = f;
    snprintf(c->name, sizeof c->name, "%s", lrr_base_name(name));
    st = lrr_mem_new(BUFFER, 1, "a file's buffer", &c->buf, err);
    if (st == LRR_OK)
        st = lrr_mem_new(LRR_CSV_RECORD_MAX + 1, 1, "a line", &c->text, err);
    c->room = FIELDS_START;
    if (st == LRR_OK)
        st = lrr_mem_new(c->room, sizeof *c->field, "a line", &c->field, err);
    if (st == LRR_OK)
        st = lrr_csv_rewind(c, err);
    if (st != LRR_OK) {
        lrr_csv_close(c);
        return st;
    }
    c->delimiter = delimiter;
    if (delimiter == '\0')
        find_delimiter(c);
    c->quotes = c->delimiter != '\t';
    *out = c;
    return LRR_OK;
}

lrr_status lrr_csv_open(const char *path, char delimiter, lrr_csv **out, lrr_error *err)
{
    FILE *f;
    lrr_status st = lrr_source_file(path, &f, err);
    *out = NULL;
    return st == LRR_OK ? lrr_csv_wrap(f, path, delimiter, out, err) : st;
}

void lrr_csv_close(lrr_csv *c)
{
    if (c == NULL)
        return;
    fclose(c->f);
    lrr_mem_free(c->buf);
    lrr_mem_free(c->text);
    lrr_mem_free(c->field);
    lrr_mem_free(c);
}

static lrr_status put(lrr_csv *c, int byte, lrr_error *err)
{
    if (c->used >= LRR_CSV_RECORD_MAX)
        return fault(c, c->line, c->column, "the line is longer than 1 MiB", err);
    if (byte == 0)
        return fault(c, c->line, c->column, "a NUL byte: this is not a text file", err);
    c->text[c->used++] = (char)byte;
    return LRR_OK;
}

static lrr_status new_field(lrr_csv *c, lrr_error *err)
{
    if (c->n == LRR_CSV_FIELDS_MAX)
        return fault(c, c->line, c->column, "more than 65536 fields", err);
    if (c->n == c->room) {
        lrr_csv_field *more = NULL;
        lrr_status st = lrr_mem_new(c->room * 2, sizeof *more, "a line", &more, err);
        if (st != LRR_OK)
            return st;
        memcpy(more, c->field, c->n * sizeof *more);
        lrr_mem_free(c->field);
        c->field = more;
        c->room *= 2;
    }
    c->field[c->n++] =
        (lrr_csv_field){ .s = c->text + c->used, .line = c->line, .column = c->column };
    return LRR_OK;
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

/* A quoted field, the opening quote at hand. */
static lrr_status quoted(lrr_csv *c, lrr_error *err)
{
    const uint64_t line = c->line, column = c->column;
    lrr_status st = LRR_OK;
    int b;
    take(c);
    while (st == LRR_OK) {
        b = peek(c);
        if (b == EOF)
            return fault(c, line, column, "this quote is never closed", err);
        if (b == '"') {
            take(c);
            if (peek(c) != '"')
                break;
            take(c);
            st = put(c, '"', err);
        } else if (b == '\n' || b == '\r') {
            take_line_end(c);
            st = put(c, '\n', err);
        } else {
            st = put(c, b, err);
            take(c);
        }
    }
    b = peek(c);
    if (st == LRR_OK && b != EOF && b != c->delimiter && b != '\n' && b != '\r')
        return fault(c, c->line, c->column, "text after a closing quote", err);
    return st;
}

static lrr_status one_field(lrr_csv *c, lrr_error *err)
{
    lrr_csv_field *f;
    lrr_status st = new_field(c, err);
    if (st != LRR_OK)
        return st;
    f = &c->field[c->n - 1];
    if (c->quotes && peek(c) == '"') {
        f->quoted = true;
        st = quoted(c, err);
    }
    while (st == LRR_OK && !f->quoted) {
        int b = peek(c);
        if (b == EOF || b == c->delimiter || b == '\n' || b == '\r')
            break;
        st = put(c, b, err);
        take(c);
    }
    if (st != LRR_OK)
        return st;
    f->n = (size_t)(c->text + c->used - f->s);
    if (c->used >= LRR_CSV_RECORD_MAX)
        return fault(c, c->line, c->column, "the line is longer than 1 MiB", err);
    c->text[c->used++] = '\0';
    return LRR_OK;
}

lrr_status lrr_csv_next(lrr_csv *c, const lrr_csv_field **fields, size_t *n,
                        lrr_error *err)
{
    lrr_status st = LRR_OK;
    int b;
    *n = 0;
    c->n = c->used = 0;
    while ((b = peek(c)) == '\n' || b == '\r')
        take_line_end(c);
    while (st == LRR_OK && b != EOF) {
        st = one_field(c, err);
        b = peek(c);
        if (st != LRR_OK || b != c->delimiter)
            break;
        take(c);
        b = 0; /* a delimiter at the very end still begins a field */
    }
    if (st == LRR_OK && ferror(c->f))
        st = lrr_fail(err, LRR_EIO, "%s: %s", c->name, strerror(errno));
    if (st != LRR_OK)
        return st;
    if (b == '\n' || b == '\r')
        take_line_end(c);
    *fields = c->field;
    *n = c->n;
    return LRR_OK;
}

char lrr_csv_delimiter(const lrr_csv *c)
{
    return c->delimiter;
}

const char *lrr_csv_name(const lrr_csv *c)
{
    return c->name;
}
