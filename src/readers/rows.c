/* rows.c -- see rows.h. */
#include "readers/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "readers/rows_private.h"
#include "readers/source.h"
#include "readers/table_parts.h"

enum { ROWS_START = 256 };

/* ---- the columns ---- */

static lrr_status name_one(lrr_rows *r, lrr_intern *used, size_t j,
                           const lrr_csv_field *f, lrr_error *err)
{
    lrr_column_name name = { .at = j, .header = r->header, .csv = r->csv };
    bool renamed;
    if (f != NULL) {
        name.s = f->s;
        name.n = f->n;
    }
    return lrr_table_name(&name, used, &r->name[j], &renamed, err);
}

/* Names of n columns, of f where there is a header; the first of `short_by` has none there. */
static lrr_status name_columns(lrr_rows *r, const lrr_csv_field *f, size_t n,
                               size_t short_by, lrr_error *err)
{
    lrr_intern *used = NULL;
    lrr_status st = lrr_mem_new(n, sizeof *r->name, "columns", &r->name, err);
    r->columns = st == LRR_OK ? n : 0;
    if (st == LRR_OK)
        st = lrr_intern_new(LRR_CSV_FIELDS_MAX + 1, &used, err);
    for (size_t j = 0; st == LRR_OK && j < n; j++)
        st = name_one(r, used, j, f != NULL && j >= short_by ? &f[j - short_by] : NULL,
                      err);
    lrr_intern_free(used);
    return st;
}

static bool is_word(const lrr_rows *r, const lrr_csv_field *f)
{
    lrr_field value;
    return lrr_field_parse(f->s, f->n, &r->field, &value) == LRR_FIELD_WORD;
}

/* The header as it is written, until the first row's width is known. */
typedef struct header_line {
    lrr_csv_field *f; /* (n) */
    size_t n;
    char *text;
} header_line;

static lrr_status keep_header(lrr_rows *r, const lrr_csv_field *f, size_t n,
                              header_line *h, lrr_error *err)
{
    size_t raw_n, bytes = 0, at = 0;
    const char *raw = lrr_csv_raw(r->csv, &raw_n);
    lrr_status st = lrr_mem_new(n, sizeof *h->f, "columns", &h->f, err);
    for (size_t j = 0; j < n; j++)
        bytes += f[j].n + 1;
    if (st == LRR_OK)
        st = lrr_mem_new(bytes, 1, "columns", &h->text, err);
    if (st == LRR_OK)
        st = lrr_mem_new(raw_n + 1, 1, "columns", &r->header_raw, err);
    if (st != LRR_OK)
        return st;
    memcpy(r->header_raw, raw, raw_n);
    h->n = n;
    for (size_t j = 0; j < n; j++) {
        h->f[j] = f[j];
        h->f[j].s = memcpy(h->text + at, f[j].s, f[j].n + 1);
        at += f[j].n + 1;
    }
    return LRR_OK;
}

/* Where the names stand in the header as it is written. */
static lrr_status place_names(lrr_rows *r, const header_line *h, size_t short_by,
                              lrr_error *err)
{
    lrr_status st = lrr_mem_new(r->columns, sizeof *r->written_name, "columns",
                                &r->written_name, err);
    for (size_t j = short_by; st == LRR_OK && j < r->columns; j++)
        r->written_name[j] =
            (slice){ r->header_raw + h->f[j - short_by].raw, h->f[j - short_by].raw_n };
    return st;
}

static lrr_status read_header(lrr_rows *r, int asked, lrr_error *err)
{
    header_line h = { 0 };
    const lrr_csv_field *f;
    size_t n, short_by = 0;
    lrr_status st = lrr_csv_next(r->csv, &f, &n, err);
    if (st == LRR_OK && n == 0)
        return lrr_csv_no_record(r->csv, err);
    if (st != LRR_OK)
        return st;
    r->header = asked > 0;
    for (size_t j = 0; asked < 0 && j < n; j++)
        r->header |= is_word(r, &f[j]);
    if (!r->header) {
        r->pending = f;
        r->pending_n = n;
        return name_columns(r, NULL, n, 0, err);
    }
    st = keep_header(r, f, n, &h, err);
    if (st == LRR_OK)
        st = lrr_csv_next(r->csv, &r->pending, &r->pending_n, err);
    if (st == LRR_OK && r->pending_n == 0)
        st = lrr_fail(err, LRR_EINVAL, "%s has a header and no row",
                      lrr_csv_name(r->csv));
    /* One name less than there are fields, as R writes row names. */
    if (st == LRR_OK && r->pending_n == n + 1 && n > 1 &&
        (r->pending[n].n > 0 || r->pending[n].quoted))
        short_by = 1;
    if (st == LRR_OK && r->pending_n == n - 1 && n > 1 && h.f[n - 1].n == 0)
        h.n = --n; /* the header ends in a delimiter too many */
    if (st == LRR_OK)
        st = name_columns(r, h.f, n + short_by, short_by, err);
    if (st == LRR_OK)
        st = place_names(r, &h, short_by, err);
    lrr_mem_free(h.f);
    lrr_mem_free(h.text);
    return st;
}

lrr_status lrr_rows_open(const char *path, const lrr_csv_dialect *dialect, int header,
                         const lrr_field_cfg *field, lrr_rows **out, lrr_error *err)
{
    FILE *f;
    lrr_rows *r = NULL;
    lrr_status st =
        path != NULL ? lrr_source_file(path, &f, err) : lrr_source_stdin(&f, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    if ((st = lrr_mem_new(1, sizeof *r, "rows", &r, err)) != LRR_OK) {
        fclose(f);
        return st;
    }
    st = lrr_csv_wrap(f, path != NULL ? path : "standard input", dialect, &r->csv, err);
    if (st == LRR_OK)
        st = lrr_field_copy(field, &r->field, &r->words, err);
    if (st == LRR_OK)
        st = lrr_csv_keep_raw(r->csv, err);
    if (st == LRR_OK)
        st = read_header(r, header, err);
    if (st != LRR_OK) {
        lrr_rows_free(r);
        return st;
    }
    *out = r;
    return LRR_OK;
}

void lrr_rows_free(lrr_rows *r)
{
    if (r == NULL)
        return;
    for (size_t j = 0; r->name != NULL && j < r->columns; j++)
        lrr_mem_free(r->name[j]);
    for (size_t j = 0; r->input != NULL && j < r->n_input; j++)
        lrr_intern_free(r->input[j].levels);
    lrr_csv_close(r->csv);
    lrr_intern_free(r->classes);
    lrr_mem_free(r->name);
    lrr_mem_free(r->words);
    lrr_mem_free(r->header_raw);
    lrr_mem_free(r->written_name);
    lrr_mem_free(r->input);
    lrr_mem_free(r->target);
    lrr_mem_free(r->target_offset);
    lrr_mem_free(r->keep);
    lrr_mem_free(r->padded);
    lrr_mem_free(r->x);
    lrr_mem_free(r->y);
    lrr_mem_free(r->state);
    lrr_mem_free(r->end);
    lrr_mem_free(r->text_end);
    lrr_mem_free(r->lead.s);
    lrr_mem_free(r->text.s);
    lrr_mem_free(r->head.s);
    lrr_mem_free(r);
}

size_t lrr_rows_columns(const lrr_rows *r)
{
    return r->columns;
}

const char *lrr_rows_column(const lrr_rows *r, size_t j)
{
    return r->name[j];
}

bool lrr_rows_header(const lrr_rows *r)
{
    return r->header;
}

const lrr_csv_dialect *lrr_rows_written(const lrr_rows *r)
{
    return lrr_csv_written(r->csv);
}

/* ---- what is wanted of them ---- */

static lrr_status intern_all(const lrr_levels *names, lrr_intern **out, lrr_error *err)
{
    uint32_t id;
    lrr_status st = lrr_intern_new(names->n, out, err);
    for (size_t i = 0; st == LRR_OK && i < names->n; i++)
        st = lrr_intern_add(*out, names->name[i], strlen(names->name[i]), &id, err);
    return st;
}

static lrr_status copy_places(const size_t *from, size_t n, size_t **out,
                              lrr_error *err)
{
    lrr_status st = lrr_mem_new(n + 1, sizeof **out, "columns", out, err);
    if (st == LRR_OK && n > 0)
        memcpy(*out, from, n * sizeof **out);
    return st;
}

static lrr_status begin_inputs(lrr_rows *r, const lrr_rows_cfg *cfg, lrr_error *err)
{
    lrr_status st =
        lrr_mem_new(cfg->n_feature + 1, sizeof *r->input, "columns", &r->input, err);
    for (size_t j = 0; st == LRR_OK && j < cfg->n_feature; j++) {
        row_input *in = &r->input[j];
        in->feature = cfg->feature[j];
        in->offset = cfg->offset[j];
        r->n_input = j + 1;
        r->width = lrr_size_add(r->width, lrr_feature_width(&in->feature));
        if (in->feature.kind == LRR_COLUMN_CATEGORY)
            st = intern_all(&in->feature.levels, &in->levels, err);
        in->feature.levels.name = NULL; /* they are the caller's */
    }
    if (st == LRR_OK && !cfg->texts && (r->width == 0 || r->width > INT32_MAX))
        st = lrr_fail(err, LRR_EINVAL, "no column is left to learn from");
    return st;
}

lrr_status lrr_rows_begin(lrr_rows *r, const lrr_rows_cfg *cfg, lrr_error *err)
{
    lrr_status st;
    LRR_ASSERT(r->input == NULL);
    r->drop = cfg->drop;
    r->texts = cfg->texts;
    r->text_column = cfg->text;
    r->form = cfg->form;
    r->separator = cfg->separator;
    r->n_keep = cfg->n_keep;
    r->n_target = cfg->n_target;
    r->target_kind = cfg->target_kind;
    r->target_strip = cfg->target_strip;
    r->n_classes = cfg->class_names.n;
    st = begin_inputs(r, cfg, err);
    if (st == LRR_OK)
        st = copy_places(cfg->keep, cfg->n_keep, &r->keep, err);
    if (st == LRR_OK)
        st = lrr_mem_new(r->columns, sizeof *r->padded, "columns", &r->padded, err);
    if (st == LRR_OK)
        st = copy_places(cfg->target, cfg->n_target, &r->target, err);
    if (st == LRR_OK)
        st = lrr_mem_new(cfg->n_target + 1, sizeof *r->target_offset, "columns",
                         &r->target_offset, err);
    for (size_t j = 0; st == LRR_OK && j < cfg->n_target; j++)
        r->target_offset[j] = cfg->target_offset[j];
    if (st == LRR_OK && r->n_classes > 0)
        st = intern_all(&cfg->class_names, &r->classes, err);
    return st == LRR_OK ? lrr__rows_header_lead(r, err) : st;
}

/* ---- rows ---- */

static const char ROWS[] = "rows";

/* Room for another row. */
static lrr_status grow(lrr_rows *r, lrr_error *err)
{
    const size_t room = r->room == 0 ? ROWS_START : lrr_size_mul(r->room, 2);
    lrr_status st;
    if (r->n < r->room)
        return LRR_OK;
    st = lrr_mem_resize(&r->x, r->n, room, lrr_size_mul(r->width, sizeof *r->x), ROWS,
                        err);
    if (st == LRR_OK)
        st = lrr_mem_resize(&r->y, r->n, room, lrr_size_mul(r->n_target, sizeof *r->y),
                            ROWS, err);
    if (st == LRR_OK)
        st = lrr_mem_resize(&r->state, r->n, room, sizeof *r->state, ROWS, err);
    if (st == LRR_OK)
        st = lrr_mem_resize(&r->end, r->n, room, sizeof *r->end, ROWS, err);
    if (st == LRR_OK)
        st = lrr_mem_resize(&r->text_end, r->n, room, sizeof *r->text_end, ROWS, err);
    if (st == LRR_OK)
        r->room = room;
    return st;
}

/* The text of f, cut, unless there is one. */
static void keep_word(char word[LRR_EXAMPLE_SIZE], const lrr_csv_field *f)
{
    size_t n = f->n < LRR_EXAMPLE_SIZE - 1 ? f->n : LRR_EXAMPLE_SIZE - 1;
    while (n > 0 && n < f->n && (f->s[n] & 0xc0) == 0x80) /* not within a character */
        n--;
    if (word[0] == '\0')
        memcpy(word, f->s, n);
}

/* The inputs of one field into x, which is zero; false: the row is of no use. */
static float *put_field(lrr_rows *r, row_input *in, const lrr_csv_field *f, float *x,
                        lrr_row_state *state)
{
    float v;
    bool whole = false;
    uint32_t id = 0;
    int32_t level = -1;
    const lrr_value is =
        lrr_table_value(f, &r->field, in->feature.kind, in->offset, &v, &whole);
    in->gaps += is == LRR_VALUE_MISSING;
    if (is == LRR_VALUE_INFINITE) {
        *state = LRR_ROW_INFINITE;
    } else if (is == LRR_VALUE_UNFIT) {
        if (in->unfit++ == 0)
            snprintf(in->word, sizeof in->word, "%.*s", (int)sizeof in->word - 1, f->s);
        r->unfit++;
    } else if (is == LRR_VALUE_THERE && in->feature.kind == LRR_COLUMN_CATEGORY) {
        v = 0;
        if (lrr_intern_find(in->levels, f->s, f->n, &id)) {
            level = (int32_t)id;
        } else {
            keep_word(r->counts.unseen_word, f);
            r->counts.unseen++;
        }
    }
    if (is == LRR_VALUE_MISSING || is == LRR_VALUE_UNFIT) {
        r->missing++;
        if (r->drop && *state == LRR_ROW_USED)
            *state = LRR_ROW_DROPPED;
    }
    return lrr_feature_fill(&in->feature, v, in->offset, level, x);
}

static lrr_row_state put_inputs(lrr_rows *r, const lrr_csv_field *f, float *x)
{
    lrr_row_state state = LRR_ROW_USED;
    r->missing = r->unfit = 0;
    for (size_t j = 0; j < r->n_input; j++)
        x = put_field(r, &r->input[j], &f[r->input[j].feature.column], x, &state);
    return state;
}

/* The class of a target: by its text, or as numbers are named (table_dataset.c). */
static bool find_class(const lrr_rows *r, const lrr_csv_field *f, float v, uint32_t *id)
{
    lrr_field value;
    char text[40];
    int n;
    if (r->target_kind == LRR_COLUMN_CATEGORY)
        return lrr_intern_find(r->classes, f->s,
                               lrr_strip_end(f->s, f->n, r->target_strip), id);
    n = snprintf(text, sizeof text, r->target_offset[0] != 0 ? "%.17g" : "%.9g",
                 (double)v + r->target_offset[0]);
    if (lrr_intern_find(r->classes, text, (size_t)n, id))
        return true;
    lrr_field_parse(f->s, f->n, &r->field, &value);
    n = snprintf(text, sizeof text, "%.17g", value.value);
    return lrr_intern_find(r->classes, text, (size_t)n, id);
}

static lrr_row_state put_targets(lrr_rows *r, const lrr_csv_field *f, float *y)
{
    for (size_t j = 0; j < r->n_target; j++) {
        const lrr_csv_field *field = &f[r->target[j]];
        float v;
        bool whole = false;
        uint32_t id;
        const lrr_value is = lrr_table_value(field, &r->field, r->target_kind,
                                             r->target_offset[j], &v, &whole);
        if (is != LRR_VALUE_THERE && (is != LRR_VALUE_UNFIT || r->n_classes == 0))
            return LRR_ROW_UNTARGETED;
        if (r->n_classes > 0 &&
            (is == LRR_VALUE_UNFIT || !find_class(r, field, v, &id))) {
            keep_word(r->counts.unknown_word, field);
            return LRR_ROW_UNKNOWN;
        }
        y[j] = r->n_classes > 0 ? (float)id : v;
    }
    return LRR_ROW_USED;
}

static void count_row(lrr_rows *r, lrr_row_state state, uint64_t line, size_t fields)
{
    lrr_rows_counts *c = &r->counts;
    c->rows++;
    if (c->state[state]++ == 0) {
        c->line[state] = line;
        if (state == LRR_ROW_WIDTH)
            c->fields = fields;
    }
    if (state == LRR_ROW_USED) {
        c->missing += r->missing;
        c->unfit += r->unfit;
    }
}

/* n fields, and for the columns behind them fields without anything. */
static const lrr_csv_field *pad(lrr_rows *r, const lrr_csv_field *f, size_t n)
{
    memcpy(r->padded, f, n * sizeof *f);
    for (size_t j = n; j < r->columns; j++)
        r->padded[j] = (lrr_csv_field){ .s = "", .line = f[0].line, .column = 1 };
    if (r->counts.shorts++ == 0)
        r->counts.short_line = f[0].line;
    return r->padded;
}

static lrr_status put_row(lrr_rows *r, const lrr_csv_field *f, size_t n, lrr_error *err)
{
    lrr_row_state state = LRR_ROW_WIDTH;
    float *x;
    lrr_status st = grow(r, err);
    if (st != LRR_OK)
        return st;
    if (n == r->columns + 1 && f[n - 1].n == 0 && !f[n - 1].quoted)
        n--; /* a delimiter too many at the line's end */
    x = r->x + r->n * r->width;
    memset(x, 0, r->width * sizeof *x);
    r->missing = r->unfit = 0;
    if (n <= r->columns && (!r->texts || r->text_column < n)) {
        const lrr_csv_field *all = n < r->columns ? pad(r, f, n) : f;
        state = put_inputs(r, all, x);
        if (state == LRR_ROW_USED)
            state = put_targets(r, all, r->y + r->n * r->n_target);
    }
    if (state != LRR_ROW_USED)
        memset(x, 0, r->width * sizeof *x);
    count_row(r, state, f[0].line, n);
    r->state[r->n] = (unsigned char)state;
    st = lrr__rows_lead(r, f, n, err);
    if (st == LRR_OK && r->texts && state == LRR_ROW_USED)
        st = lrr__rows_put(&r->text, f[r->text_column].s, f[r->text_column].n, err);
    r->text_end[r->n] = r->text.n;
    r->end[r->n++] = r->lead.n;
    return st;
}

lrr_status lrr_rows_next(lrr_rows *r, size_t max, size_t *n, lrr_error *err)
{
    lrr_status st = LRR_OK;
    LRR_ASSERT(r->input != NULL);
    r->n = 0;
    r->lead.n = r->text.n = 0;
    for (size_t j = 0; j < r->n_input; j++)
        r->input[j].gaps = r->input[j].unfit = 0;
    while (st == LRR_OK && r->n < max) {
        const lrr_csv_field *f = r->pending;
        size_t fields = r->pending_n;
        if (f == NULL)
            st = lrr_csv_next(r->csv, &f, &fields, err);
        r->pending = NULL;
        if (st != LRR_OK || fields == 0)
            break;
        st = put_row(r, f, fields, err);
    }
    *n = r->n;
    return st;
}

bool lrr_rows_begun(const lrr_rows *r)
{
    return r->input != NULL;
}

size_t lrr_rows_count(const lrr_rows *r)
{
    return r->n;
}

lrr_row_state lrr_rows_state(const lrr_rows *r, size_t i)
{
    return (lrr_row_state)r->state[i];
}

const lrr_rows_counts *lrr_rows_counted(const lrr_rows *r)
{
    return &r->counts;
}

size_t lrr_rows_all_unfit(const lrr_rows *r, const char **word)
{
    *word = NULL;
    for (size_t j = 0; j < r->n_input; j++) {
        if (r->input[j].unfit > 0 && r->input[j].unfit + r->input[j].gaps == r->n) {
            *word = r->input[j].word;
            return j;
        }
    }
    return r->n_input;
}

const char *lrr_rows_text(const lrr_rows *r, size_t i, size_t *n)
{
    const size_t from = i > 0 ? r->text_end[i - 1] : 0;
    *n = r->text_end[i] - from;
    return *n > 0 ? r->text.s + from : "";
}

size_t lrr_rows_targets(const lrr_rows *r)
{
    return r->n_target;
}

bool lrr_rows_wanted(const lrr_rows *r, size_t i)
{
    return r->n_target == 0 || r->state[i] == LRR_ROW_USED;
}

static size_t count_wanted(const lrr_rows *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += lrr_rows_wanted(r, i);
    return n;
}

lrr_status lrr_rows_label(const lrr_rows *r, lrr_dataset *d, lrr_error *err)
{
    lrr_status st;
    LRR_ASSERT(r->n_target > 0 && d->n == count_wanted(r));
    st = lrr_dataset_add_targets(d, r->n_classes, r->n_classes > 0 ? 0 : r->n_target,
                                 err);
    for (size_t i = 0, at = 0; st == LRR_OK && i < r->n; i++) {
        const float *y = r->y + i * r->n_target;
        if (!lrr_rows_wanted(r, i))
            continue;
        if (d->y_class != NULL)
            d->y_class[at] = (int32_t)y[0];
        for (size_t j = 0; d->y_real != NULL && j < r->n_target; j++)
            d->y_real[at * d->k + j] = y[j];
        at++;
    }
    for (size_t j = 0; st == LRR_OK && j < d->k; j++)
        d->y_scale[j].offset = r->target_offset[j];
    return st;
}

lrr_status lrr_rows_dataset(const lrr_rows *r, lrr_dataset **out, lrr_error *err)
{
    const lrr_dataset_cfg cfg = { .kind = LRR_DATA_F32,
                                  .part = { count_wanted(r) },
                                  .shape = lrr_shape_of1(r->width) };
    lrr_status st;
    *out = NULL;
    if (cfg.part[0] == 0 || r->texts)
        return LRR_OK;
    if ((st = lrr_dataset_new(&cfg, out, err)) != LRR_OK)
        return st;
    for (size_t i = 0, at = 0; i < r->n; i++)
        if (lrr_rows_wanted(r, i))
            memcpy((*out)->x.f32 + at++ * r->width, r->x + i * r->width,
                   r->width * sizeof *r->x);
    if (r->n_target > 0 && (st = lrr_rows_label(r, *out, err)) != LRR_OK) {
        lrr_dataset_free(*out);
        *out = NULL;
    }
    return st;
}
