/* table_run.c -- records as they are looked through: one by one, or runs of plain ones column by
** column, which gives the same; see table_survey.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/cpu.h"
#include "readers/number_wide.h"
#include "readers/table_see.h"
#include "readers/table_survey.h"

/* Records whose columns are looked at one after the other: their text stays in the cache. */
enum { TOGETHER = 128, LONG_KEY = 16 };

/* Bytes of a number that is worth a second look as one, up to where field.c takes any form. */
enum { LONG_LEAST = 3, LONG_MOST = 64 };

_Static_assert(LRR_CSV_SLACK >= 16, "lrr_number_wide reads sixteen bytes");

/* What is made once for each processor's instructions. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#if defined(LRR_WITH_AVX2)
#define NUMBER_WIDE lrr_number_wide
#else
#define NUMBER_WIDE lrr_number_swift
#endif

static bool is_first_again(const lrr__survey *r, size_t j, const lrr_csv_field *f)
{
    size_t n;
    const char *first = lrr_intern_text(r->names, r->id[j], &n);
    return f->n == n && memcmp(first, f->s, n) == 0;
}

/* Whether it is a word of the first line in its column for the first time. */
static bool recurs_now(lrr__survey *r, size_t j, const lrr_csv_field *f)
{
    lrr_first_field *first = &r->first[j];
    if (first->kind != LRR_FIELD_WORD || first->recurs)
        return false;
    first->recurs = is_first_again(r, j, f);
    return first->recurs;
}

/* ---- what is kept ---- */

/* Whether the hint says of column j that it is going to be ignored. */
static bool is_ignored(const lrr__survey *r, size_t j)
{
    const char *name = lrr_intern_text(r->names, r->id[j], NULL);
    char place[24], back[24];
    snprintf(place, sizeof place, "%zu", j + 1);
    snprintf(back, sizeof back, "-%zu", r->t->columns - j);
    for (size_t i = 0; i < r->hint->n; i++) {
        const char *given = r->hint->ignored[i];
        if (strcmp(given, name) == 0 || strcmp(given, place) == 0 ||
            strcmp(given, back) == 0)
            return true;
    }
    return false;
}

/* Columns of which nothing will be wanted, as far as that can be said, are not kept: those that are
** empty, row names (columns.lua), and those that the hint names. */
lrr_status lrr__table_keep(lrr__survey *r, bool *there, lrr_error *err)
{
    size_t wanted = 0;
    bool names = false;
    lrr_status st;
    for (size_t j = 0; j < r->t->columns; j++)
        names |= r->first[j].kind == LRR_FIELD_WORD;
    for (size_t j = 0; j < r->t->columns; j++) {
        size_t n;
        (void)lrr_intern_text(r->names, r->id[j], &n);
        there[j] = there[j] && (n > 0 || !names) && !is_ignored(r, j) &&
                   !(j == 0 && r->t->names_short);
        wanted += there[j];
    }
    if (wanted == 0)
        return LRR_OK;
    st = lrr__stash_new(there, r->t->columns, &r->t->stash, err);
    if (st == LRR_OK)
        r->t->stash->most = r->hint->most;
    return st;
}

/* Room for the values of the rows from the one at hand on, `skip` behind it; *left rows of it. */
static lrr_status kept_row(lrr__survey *r, size_t skip, float **out, size_t *left,
                           lrr_error *err)
{
    lrr_table *t = r->t;
    lrr_status st = LRR_OK;
    *out = NULL;
    *left = SIZE_MAX;
    if (t->stash == NULL)
        return LRR_OK;
    st = lrr__stash_row(t->stash, r->row + skip, out, left, err);
    if (st == LRR_OK && *out == NULL) {
        lrr__stash_free(t->stash);
        t->stash = NULL;
        *left = SIZE_MAX;
    }
    return st;
}

/* Where column j of the row at `row` is kept; NULL: it is not. */
static float *kept_value(const lrr__survey *r, float *row, size_t j)
{
    const lrr__stash *s = r->t->stash;
    return row != NULL && s->column[j].kind != LRR__STASH_NOT ? row + s->column[j].slot
                                                              : NULL;
}

static lrr_status see(lrr__survey *r, size_t j, const lrr_csv_field *f, float *out,
                      lrr_error *err)
{
    lrr_table *t = r->t;
    lrr_field v;
    const lrr_field_kind kind =
        lrr__table_see(&t->column[j].seen, f, &t->field, &r->last[j], &v);
    return out == NULL ? LRR_OK : lrr__stash_put(t->stash, j, f, kind, &v, out, err);
}

lrr_status lrr__table_see_record(lrr__survey *r, const lrr_csv_field *f, size_t n,
                                 lrr_error *err)
{
    const lrr_csv_field nothing = { .s = "", .line = f[0].line, .column = 1 };
    bool again = false;
    float *row;
    size_t left;
    lrr_status st = kept_row(r, 0, &row, &left, err);
    for (size_t j = 0; st == LRR_OK && j < r->t->columns; j++) {
        st = see(r, j, j < n ? &f[j] : &nothing, kept_value(r, row, j), err);
        again |= j < n && recurs_now(r, j, &f[j]);
    }
    for (size_t j = 0; again && j < r->t->columns; j++)
        again = is_first_again(r, j, j < n ? &f[j] : &nothing);
    if (again)
        r->t->again_line = f[0].line;
    r->row++;
    return st;
}

lrr_status lrr__table_see_first(lrr__survey *r, lrr_error *err)
{
    float *row;
    size_t left;
    lrr_status st;
    r->row = 0;
    st = kept_row(r, 0, &row, &left, err);
    for (size_t j = 0; st == LRR_OK && j < r->t->columns; j++) {
        size_t n;
        const char *s = lrr_intern_text(r->names, r->id[j], &n);
        const lrr_csv_field f = { .s = s, .n = n, .line = r->line, .column = 1 };
        lrr_column_seen *seen = &r->t->column[j].seen;
        const uint64_t missing_line = seen->missing_line;
        st = see(r, j, &f, kept_value(r, row, j), err);
        if (seen->missing_line != 0 && missing_line != 0 && n == 0)
            seen->missing_line = r->line;
        seen->rising = seen->steps = false; /* seen out of order */
    }
    return st;
}

/* ---- runs ---- */

/* Column j of the records from..to of a run; out: where its first value is kept, or NULL. */
typedef struct stretch {
    const lrr_csv_run *run;
    size_t from, to, j;
    float *out;
    size_t step; /* from a value that is kept to the next */
} stretch;

/* A field that is no plain number: as if its record were alone. */
static lrr_status see_other(lrr__survey *r, const stretch *k, size_t i, float *out,
                            lrr_error *err)
{
    const lrr_csv_run *run = k->run;
    const lrr_csv_field f = lrr_csv_run_field(run, i, k->j);
    if (recurs_now(r, k->j, &f)) {
        bool again = true;
        for (size_t j = 0; again && j < run->columns; j++) {
            const lrr_csv_field other = lrr_csv_run_field(run, i, j);
            again = is_first_again(r, j, &other);
        }
        if (again && run->line + i > r->t->again_line)
            r->t->again_line = run->line + i;
    }
    return see(r, k->j, &f, out, err);
}

static void see_nothing(lrr_column_seen *s, uint64_t line)
{
    if (s->missing++ == 0)
        s->missing_line = line;
}

/* Whether n bytes at s are a number as most are: less than 2^53, and nothing around it. */
static ALWAYS_INLINE bool is_plain_number(const lrr_field_cfg *cfg, const char *s,
                                          size_t n, bool wide, double *v)
{
    const char point = lrr_field_point(cfg);
    if (!(wide ? NUMBER_WIDE(s, n, point, v) : lrr_number_swift(s, n, point, v)) &&
        (n < LONG_LEAST || n > LONG_MOST || !lrr_number_long(s, n, point, v) ||
         !(fabs(*v) < LRR__EXACT_END)))
        return false;
    return cfg->words == 0 || !lrr_field_is_given(s, n, cfg);
}

/* Whether what stands between groups of three can be part of no number that has none. */
static bool is_apart(const lrr_field_cfg *cfg)
{
    const char t = cfg->thousands, point = lrr_field_point(cfg);
    return t == '\0' || (t != point && strchr(",.' ", t) != NULL);
}

/* Whether what is kept of column j, if anything, is its numbers. */
static bool is_of_numbers(const lrr__survey *r, const stretch *k)
{
    return k->out == NULL || r->t->stash->column[k->j].kind == LRR__STASH_NUMBER ||
           r->t->stash->column[k->j].kind == LRR__STASH_NOT;
}

/* Columns of numbers: those that are plain ones are seen together. */
static ALWAYS_INLINE lrr_status see_numbers_by(lrr__survey *r, const stretch *k,
                                               bool wide, lrr_error *err)
{
    const lrr_field_cfg *cfg = &r->t->field;
    const lrr_csv_run *run = k->run;
    lrr_column_seen *seen = &r->t->column[k->j].seen;
    double v[TOGETHER];
    float sink, *out = k->out != NULL ? k->out : &sink;
    size_t n = 0;
    const bool apart = is_apart(cfg);
    bool direct = apart && is_of_numbers(r, k);
    lrr_status st = LRR_OK;
    for (size_t i = k->from; st == LRR_OK && i < k->to; i++, out += k->step) {
        const lrr_csv_span f = run->span[i * run->columns + k->j];
        const char *s = run->s + f.at;
        if (direct && is_plain_number(cfg, s, f.n & ~LRR_CSV_QUOTED, wide, &v[n])) {
            *out = (float)v[n++];
            if (*s == '0' && s[1] >= '0' && s[1] <= '9' &&
                (f.n & ~LRR_CSV_QUOTED) > 1) {
                const lrr_csv_field whole = lrr_csv_run_field(run, i, k->j);
                lrr__table_see_padded(seen, &whole);
            }
        } else if (f.n == 0) {
            see_nothing(seen, run->line + i);
            *out = NAN;
        } else {
            lrr__table_see_numbers(seen, v, n, &r->last[k->j]);
            n = 0;
            st = see_other(r, k, i, k->out != NULL ? out : NULL, err);
            direct = apart && is_of_numbers(r, k);
        }
    }
    lrr__table_see_numbers(seen, v, n, &r->last[k->j]);
    return st;
}

static lrr_status see_numbers(lrr__survey *r, const stretch *k, lrr_error *err)
{
    return see_numbers_by(r, k, false, err);
}

#if defined(LRR_WITH_AVX2)
LRR_WITH_AVX2 static lrr_status see_numbers_wide(lrr__survey *r, const stretch *k,
                                                 lrr_error *err)
{
    return see_numbers_by(r, k, true, err);
}
#else
#define see_numbers_wide see_numbers
#endif

/* The place of a text of n > 0 bytes among those that are known. */
static inline size_t key_of(const char *s, uint32_t n, uint64_t *first, uint64_t *last)
{
    const uint32_t size = n & ~LRR_CSV_QUOTED;
    memcpy(first, s, sizeof *first);
    *last = 0;
    if (size < 8)
        *first <<= 64 - 8 * size;
    else
        memcpy(last, s + size - 8, sizeof *last);
    return (size_t)(((*first ^ (*last << 7 | *last >> 57)) + size) *
                        0x9e3779b97f4a7c15 >>
                    56);
}

_Static_assert(LRR__STASH_TEXTS == 256, "key_of gives eight bits");

/* Whether a text of which n, first and last are those of `slot` is that one. */
static inline bool is_known(const lrr__stash_column *c, const lrr__stash_text *slot,
                            const char *s, uint32_t n)
{
    const size_t size = n & ~LRR_CSV_QUOTED;
    return size <= LONG_KEY ||
           memcmp(lrr_intern_text(c->text, slot->number, NULL), s, size) == 0;
}

/* Texts that were not met lately. */
static lrr_status see_new_text(lrr__survey *r, const stretch *k, size_t i, float *out,
                               lrr__stash_text *slot, lrr_error *err)
{
    const lrr_column_seen *seen = &r->t->column[k->j].seen;
    const size_t words = seen->words, missing = seen->missing;
    const lrr_csv_span f = k->run->span[i * k->run->columns + k->j];
    const size_t size = f.n & ~LRR_CSV_QUOTED;
    lrr_status st = see_other(r, k, i, out, err);
    if (st != LRR_OK || r->t->stash->column[k->j].kind != LRR__STASH_TEXT ||
        (seen->words == words && seen->missing == missing) ||
        (size > LONG_KEY &&
         (seen->missing > missing || lrr_csv_run_field(k->run, i, k->j).n != size)))
        return st;
    slot->n = f.n;
    slot->missing = seen->missing > missing;
    slot->number = slot->missing ? 0 : (uint32_t)*out;
    (void)key_of(k->run->s + f.at, f.n, &slot->first, &slot->last);
    return st;
}

/* Columns of texts that are kept. */
static lrr_status see_texts(lrr__survey *r, const stretch *k, lrr_error *err)
{
    const lrr_csv_run *run = k->run;
    const lrr__stash_column *c = &r->t->stash->column[k->j];
    lrr_column_seen *seen = &r->t->column[k->j].seen;
    float *out = k->out;
    lrr_status st = LRR_OK;
    for (size_t i = k->from; st == LRR_OK && i < k->to; i++, out += k->step) {
        const lrr_csv_span f = run->span[i * run->columns + k->j];
        uint64_t first, last;
        size_t key;
        if ((f.n & ~LRR_CSV_QUOTED) == 0) {
            see_nothing(seen, run->line + i);
            *out = NAN;
            continue;
        }
        if (c->kind != LRR__STASH_TEXT) {
            st = see_other(r, k, i, NULL, err);
            continue;
        }
        key = key_of(run->s + f.at, f.n, &first, &last);
        if (c->known[key].n == f.n && c->known[key].first == first &&
            c->known[key].last == last &&
            is_known(c, &c->known[key], run->s + f.at, f.n)) {
            const bool missing = c->known[key].missing;
            *out = missing ? NAN : (float)c->known[key].number;
            *(missing ? &seen->missing : &seen->words) += 1;
        } else {
            st = see_new_text(r, k, i, out, &c->known[key], err);
        }
    }
    return st;
}

lrr_status lrr__table_see_run(lrr__survey *r, const lrr_csv_run *run, lrr_error *err)
{
    lrr_table *t = r->t;
    const bool wide = lrr_cpu_isa() >= LRR_ISA_AVX2;
    lrr_status st = LRR_OK;
    size_t left;
    float *row;
    for (size_t i = 0; st == LRR_OK && i < run->records; i += left) {
        st = kept_row(r, i, &row, &left, err);
        left = left < TOGETHER ? left : TOGETHER;
        left = left < run->records - i ? left : run->records - i;
        for (size_t j = 0; st == LRR_OK && j < t->columns; j++) {
            const stretch k = { .run = run,
                                .from = i,
                                .to = i + left,
                                .j = j,
                                .out = kept_value(r, row, j),
                                .step = kept_value(r, row, j) != NULL ? t->stash->slots
                                                                      : 0 };
            st = k.out != NULL && t->stash->column[j].kind == LRR__STASH_TEXT
                     ? see_texts(r, &k, err)
                 : wide ? see_numbers_wide(r, &k, err)
                        : see_numbers(r, &k, err);
        }
    }
    r->row += run->records;
    return st;
}
