/* answers.c -- see answers.h. */
#include "record/answers.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "record/real_text.h"

enum { ROOM_START = 1 << 16 };

/* A part of a line that is the same in each: "p_yes": or a class's name, quoted. */
typedef struct part {
    char *s;
    size_t n;
} part;

struct lrr_answers {
    lrr_answers_form form;
    char separator, quote;
    part *column; /* (columns) as the header has them, or as keys with their colon */
    part *label;  /* (width), or NULL */
    size_t columns, width;
    double *scale; /* (2 width) means, deviations; or NULL */
    char *text;
    size_t n, room;
};

static lrr_status reserve(lrr_answers *a, size_t n, lrr_error *err)
{
    size_t room = a->room;
    lrr_status st;
    if (n <= a->room - a->n)
        return LRR_OK;
    while (room < lrr_size_add(a->n, n))
        room = lrr_size_mul(room, 2);
    st = lrr_mem_resize(&a->text, a->n, room, 1, "answers", err);
    if (st == LRR_OK)
        a->room = room;
    return st;
}

/* There is room for these. */
static void put(lrr_answers *a, const char *s, size_t n)
{
    if (n > 0)
        memcpy(a->text + a->n, s, n);
    a->n += n;
}

static void put_byte(lrr_answers *a, char c)
{
    a->text[a->n++] = c;
}

static bool wants_quotes(const lrr_answers *a, const char *s, size_t n)
{
    if (n == 0 || s[0] == ' ' || s[n - 1] == ' ')
        return n > 0;
    for (size_t i = 0; i < n; i++)
        if (s[i] == a->separator || s[i] == a->quote || s[i] == '\n' || s[i] == '\r' ||
            s[i] == '"')
            return true;
    return false;
}

/* s as a field or as a JSON text. */
static lrr_status put_text(lrr_answers *a, const char *s, size_t n, lrr_error *err)
{
    const bool json = a->form == LRR_ANSWERS_JSONL;
    const size_t most =
        json ? lrr_text_escape(s, n, LRR_TEXT_JSON, NULL) : lrr_size_mul(n, 2);
    lrr_status st = reserve(a, lrr_size_add(most, 2), err);
    if (st != LRR_OK)
        return st;
    if (!json && !wants_quotes(a, s, n)) {
        put(a, s, n);
        return LRR_OK;
    }
    put_byte(a, json ? '"' : a->quote);
    if (json) {
        (void)lrr_text_escape(s, n, LRR_TEXT_JSON, a->text + a->n);
        a->n += most;
    }
    for (size_t i = 0; !json && i < n; i++) {
        if (s[i] == a->quote)
            put_byte(a, s[i]);
        put_byte(a, s[i]);
    }
    put_byte(a, json ? '"' : a->quote);
    return LRR_OK;
}

/* What put_text makes of s, with `end` behind it, as a part of its own. */
static lrr_status make_part(lrr_answers *a, const char *s, const char *end, part *out,
                            lrr_error *err)
{
    const size_t from = a->n;
    lrr_status st = put_text(a, s, strlen(s), err);
    if (st == LRR_OK)
        st = reserve(a, strlen(end), err);
    if (st == LRR_OK)
        put(a, end, strlen(end));
    if (st == LRR_OK)
        st = lrr_mem_new(a->n - from + 1, 1, "answers", &out->s, err);
    if (st == LRR_OK) {
        out->n = a->n - from;
        memcpy(out->s, a->text + from, out->n);
    }
    a->n = from;
    return st;
}

static lrr_status make_parts(lrr_answers *a, const lrr_answers_cfg *cfg, lrr_error *err)
{
    const char *colon = cfg->form == LRR_ANSWERS_JSONL ? ":" : "";
    lrr_status st =
        lrr_mem_new(cfg->columns, sizeof *a->column, "answers", &a->column, err);
    for (size_t i = 0; st == LRR_OK && i < cfg->columns; i++) {
        st = make_part(a, cfg->column[i], colon, &a->column[i], err);
        a->columns = i + 1;
    }
    if (st == LRR_OK && cfg->label != NULL)
        st = lrr_mem_new(cfg->width, sizeof *a->label, "answers", &a->label, err);
    for (size_t i = 0; st == LRR_OK && cfg->label != NULL && i < cfg->width; i++)
        st = make_part(a, cfg->label[i], "", &a->label[i], err);
    return st;
}

lrr_status lrr_answers_new(const lrr_answers_cfg *cfg, lrr_answers **out,
                           lrr_error *err)
{
    lrr_answers *a = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *a, "answers", &a, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    LRR_ASSERT(cfg->width > 0 &&
               cfg->columns == cfg->width + (cfg->label != NULL ? 2 : 0));
    a->form = cfg->form;
    a->separator = cfg->separator;
    a->quote = cfg->quote;
    a->width = cfg->width;
    a->room = ROOM_START;
    st = lrr_mem_new(a->room, 1, "answers", &a->text, err);
    if (st == LRR_OK && cfg->mean != NULL)
        st = lrr_mem_new(lrr_size_mul(cfg->width, 2), sizeof *a->scale, "answers",
                         &a->scale, err);
    for (size_t i = 0; st == LRR_OK && cfg->mean != NULL && i < cfg->width; i++) {
        a->scale[i] = cfg->mean[i];
        a->scale[a->width + i] = cfg->deviation[i];
    }
    if (st == LRR_OK)
        st = make_parts(a, cfg, err);
    if (st != LRR_OK) {
        lrr_answers_free(a);
        return st;
    }
    *out = a;
    return LRR_OK;
}

void lrr_answers_free(lrr_answers *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < a->columns; i++)
        lrr_mem_free(a->column[i].s);
    for (size_t i = 0; a->label != NULL && i < a->width; i++)
        lrr_mem_free(a->label[i].s);
    lrr_mem_free(a->column);
    lrr_mem_free(a->scale);
    lrr_mem_free(a->label);
    lrr_mem_free(a->text);
    lrr_mem_free(a);
}

size_t lrr_answers_width(const lrr_answers *a)
{
    return a->width;
}

lrr_status lrr_answers_header(lrr_answers *a, const char *lead, size_t n,
                              lrr_error *err)
{
    size_t bytes = lrr_size_add(n, 1);
    lrr_status st;
    if (a->form != LRR_ANSWERS_CSV)
        return LRR_OK;
    for (size_t i = 0; i < a->columns; i++)
        bytes = lrr_size_add(bytes, a->column[i].n + 1);
    if ((st = reserve(a, bytes, err)) != LRR_OK)
        return st;
    put(a, lead, n);
    for (size_t i = 0; i < a->columns; i++) {
        put(a, a->column[i].s, a->column[i].n);
        put_byte(a, i + 1 < a->columns ? a->separator : '\n');
    }
    return LRR_OK;
}

/* Number i of y in the targets' units. */
static double scaled(const lrr_answers *a, const lrr_real *y, size_t i)
{
    return (double)y[i] * a->scale[a->width + i] + a->scale[i];
}

static void put_number(lrr_answers *a, const lrr_real *y, size_t i)
{
    const double x = a->scale != NULL ? scaled(a, y, i) : (double)y[i];
    if (isfinite(x))
        a->n += a->scale != NULL ? lrr_double_text(x, a->text + a->n)
                                 : lrr_real_text(y[i], a->text + a->n);
    else if (a->form == LRR_ANSWERS_JSONL)
        put(a, "null", 4);
    else if (isnan(x))
        put(a, "nan", 3);
    else
        put(a, x < 0 ? "-inf" : "inf", x < 0 ? 4 : 3);
}

static void put_bits(lrr_answers *a, uint64_t bits, int n)
{
    for (int shift = 0; shift < n; shift += 8)
        put_byte(a, (char)(unsigned char)(bits >> shift));
}

/* Number i of y, or NaN, as an array holds it. */
static void put_element(lrr_answers *a, const lrr_real *y, size_t i)
{
    const double wide = y == NULL          ? (double)NAN
                        : a->scale != NULL ? scaled(a, y, i)
                                           : (double)y[i];
    const float narrow = (float)wide;
    uint64_t bits64;
    uint32_t bits32;
    memcpy(&bits64, &wide, sizeof bits64);
    memcpy(&bits32, &narrow, sizeof bits32);
    if (a->scale != NULL)
        put_bits(a, bits64, 64);
    else
        put_bits(a, bits32, 32);
}

/* Column i of an answer, of JSON with its key. */
static void put_key(lrr_answers *a, size_t i)
{
    if (i > 0)
        put_byte(a, a->form == LRR_ANSWERS_JSONL ? ',' : a->separator);
    if (a->form == LRR_ANSWERS_JSONL)
        put(a, a->column[i].s, a->column[i].n);
}

static void put_none(lrr_answers *a)
{
    for (size_t i = 0; i < a->columns; i++) {
        put_key(a, i);
        if (a->form == LRR_ANSWERS_JSONL)
            put(a, "null", 4);
    }
}

static void put_answer(lrr_answers *a, const lrr_real *y)
{
    size_t best = 0, at = 0;
    if (a->label != NULL) {
        for (size_t i = 1; i < a->width; i++)
            if (y[i] > y[best])
                best = i;
        put_key(a, at++);
        put(a, a->label[best].s, a->label[best].n);
        put_key(a, at++);
        put_number(a, y, best);
    }
    for (size_t i = 0; i < a->width; i++) {
        put_key(a, at++);
        put_number(a, y, i);
    }
}

/* Bytes that a line has at the most. */
static size_t longest(const lrr_answers *a, size_t n_lead)
{
    size_t n = lrr_size_add(n_lead, 8);
    for (size_t i = 0; i < a->columns; i++)
        n = lrr_size_add(n, a->column[i].n + LRR_REAL_TEXT + 1);
    for (size_t i = 0; a->label != NULL && i < a->width; i++)
        n = lrr_size_add(n, a->label[i].n);
    return n;
}

lrr_status lrr_answers_add(lrr_answers *a, const lrr_real *y, const char *lead,
                           size_t n, lrr_error *err)
{
    const bool json = a->form == LRR_ANSWERS_JSONL;
    lrr_status st = reserve(a, longest(a, n), err);
    if (st != LRR_OK)
        return st;
    if (a->form == LRR_ANSWERS_NPY) {
        for (size_t i = 0; i < a->width; i++)
            put_element(a, y, i);
        return LRR_OK;
    }
    if (json)
        put_byte(a, '{');
    put(a, lead, n);
    if (y != NULL)
        put_answer(a, y);
    else
        put_none(a);
    if (!json && n == 0 && y == NULL && a->columns == 1) { /* an empty line is no row */
        put_byte(a, a->quote);
        put_byte(a, a->quote);
    }
    if (json)
        put_byte(a, '}');
    put_byte(a, '\n');
    return LRR_OK;
}

lrr_status lrr_answers_field(lrr_answers *a, const char *key, const char *s, size_t n,
                             lrr_error *err)
{
    const bool json = a->form == LRR_ANSWERS_JSONL;
    lrr_status st = json ? put_text(a, key, strlen(key), err) : LRR_OK;
    if (st == LRR_OK && json && (st = reserve(a, 1, err)) == LRR_OK)
        put_byte(a, ':');
    if (st == LRR_OK)
        st = put_text(a, s, n, err);
    if (st == LRR_OK && (st = reserve(a, 1, err)) == LRR_OK)
        put_byte(a, json ? ',' : a->separator);
    return st;
}

const char *lrr_answers_text(const lrr_answers *a, size_t *n)
{
    *n = a->n;
    return a->text;
}

void lrr_answers_clear(lrr_answers *a)
{
    a->n = 0;
}
