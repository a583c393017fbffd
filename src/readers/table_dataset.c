/* table_dataset.c -- see table_dataset.h. */
#include "readers/table_dataset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "readers/intern.h"
#include "readers/table_parts.h"
#include "readers/table_stored.h"

/* LOOK: rows in their file that are looked at at a time. */
enum { CLASSES_MAX = 65536, NAME_SIZE = 40, LOOK = 256 };

typedef struct making {
    lrr_table *t;
    const lrr_table_cfg *cfg;
    lrr_table_counts *counts;
    bool *keep;    /* (rows) */
    float *number; /* (classes) values of a numeric target, ascending; or NULL */
    int32_t **
        place; /* (n_feature) of a category's levels among the training data's, or -1 */
    int32_t *class_place; /* the same of the target's levels or numbers; or NULL */
    size_t *slot;         /* (n_feature) in a row of the table */
    bool numbers;         /* features are numbers, each one input */
    bool stored;          /* rows stay in the file: */
    lrr__table_rows *in_file;
    size_t width, classes, found, rows;
} making;

static const lrr_column *column_of(const making *m, size_t j)
{
    return &m->t->column[m->cfg->feature[j].column];
}

/* The place of each of n names among the known ones, or -1; sorted or not. */
static lrr_status place_names(const char *const *name, size_t n,
                              const lrr_levels *known, int32_t **out, lrr_error *err)
{
    lrr_intern *table = NULL;
    uint32_t id;
    lrr_status st = lrr_intern_new(lrr_size_add(known->n, n), &table, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n > 0 ? n : 1, sizeof **out, "levels", out, err);
    for (size_t i = 0; st == LRR_OK && i < known->n; i++)
        st = lrr_intern_add(table, known->name[i], strlen(known->name[i]), &id, err);
    for (size_t i = 0; st == LRR_OK && i < n; i++) {
        st = lrr_intern_add(table, name[i], strlen(name[i]), &id, err);
        (*out)[i] = id < known->n ? (int32_t)id : -1;
    }
    lrr_intern_free(table);
    return st;
}

static lrr_status place_levels(making *m, lrr_error *err)
{
    lrr_status st =
        lrr_mem_new(m->cfg->n_feature + 1, sizeof *m->place, "levels", &m->place, err);
    for (size_t j = 0; st == LRR_OK && j < m->cfg->n_feature; j++) {
        const lrr_feature *f = &m->cfg->feature[j];
        const lrr_column *c = column_of(m, j);
        if (f->kind != c->kind)
            return lrr_fail(err, LRR_EINVAL, "column %s is loaded as another kind",
                            c->name);
        if (f->kind == LRR_COLUMN_CATEGORY)
            st = place_names((const char *const *)c->level, c->levels, &f->levels,
                             &m->place[j], err);
    }
    return st;
}

static void number_name(const making *m, size_t i, char text[NAME_SIZE])
{
    const lrr_column *c = &m->t->column[m->cfg->target[0]];
    const double v = (double)m->number[i] + c->offset;
    const int digits = c->offset != 0 ? 17 : 9;
    snprintf(text, NAME_SIZE, "%.*g", digits, v);
}

/* Names of the classes that are found here, as a list in one block. */
static lrr_status names_found(const making *m, char (**text)[NAME_SIZE],
                              const char ***name, lrr_error *err)
{
    const lrr_column *c = &m->t->column[m->cfg->target[0]];
    lrr_status st = lrr_mem_new(m->found + 1, sizeof **name, "names", name, err);
    if (st == LRR_OK && m->number != NULL)
        st = lrr_mem_new(m->found + 1, sizeof **text, "names", text, err);
    for (size_t i = 0; st == LRR_OK && i < m->found; i++) {
        if (m->number != NULL) {
            number_name(m, i, (*text)[i]);
            (*name)[i] = (*text)[i];
        } else {
            (*name)[i] = c->level[i];
        }
    }
    return st;
}

/* Classes that are given: where each that is found here is among them. */
static lrr_status place_classes(making *m, lrr_error *err)
{
    char(*text)[NAME_SIZE] = NULL;
    const char **name = NULL;
    lrr_status st = names_found(m, &text, &name, err);
    if (st == LRR_OK)
        st = place_names(name, m->found, &m->cfg->class_names, &m->class_place, err);
    lrr_mem_free(text);
    lrr_mem_free(name);
    return st;
}

static lrr_status find_classes(making *m, lrr_error *err)
{
    const lrr_column *c = &m->t->column[m->cfg->target[0]];
    lrr_status st = LRR_OK;
    if (c->kind == LRR_COLUMN_CATEGORY) {
        m->found = c->levels;
    } else {
        st = lrr_mem_new(CLASSES_MAX, sizeof *m->number, "classes", &m->number, err);
        if (st != LRR_OK)
            return st;
        lrr_table_distinct(m->t, m->cfg->target[0], CLASSES_MAX, m->number, &m->found);
        if (m->found > CLASSES_MAX)
            return lrr_fail(err, LRR_EINVAL,
                            "the target column %s has more than %d classes", c->name,
                            CLASSES_MAX);
    }
    m->classes = m->cfg->class_names.n > 0 ? m->cfg->class_names.n : m->found;
    return m->cfg->class_names.n > 0 ? place_classes(m, err) : st;
}

static lrr_status check_targets(making *m, lrr_error *err)
{
    for (size_t j = 0; j < m->cfg->n_target; j++) {
        const lrr_column *c = &m->t->column[m->cfg->target[j]];
        if (!c->loaded)
            return lrr_fail(err, LRR_EINVAL, "the target column %s is not loaded",
                            c->name);
        if (c->kind == LRR_COLUMN_CATEGORY && !m->cfg->classes)
            return lrr_fail(err, LRR_EINVAL, "the target column %s holds texts",
                            c->name);
    }
    return m->cfg->classes && m->cfg->n_target > 0 ? find_classes(m, err) : LRR_OK;
}

static int32_t class_of(const making *m, float v)
{
    size_t lo = 0, hi = m->found;
    if (m->number == NULL)
        lo = (size_t)v;
    while (m->number != NULL && hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (m->number[mid] <= v)
            lo = mid;
        else
            hi = mid;
    }
    return m->class_place != NULL ? m->class_place[lo] : (int32_t)lo;
}

/* Whether some row lacks a feature, or has a text that is no level. */
static bool any_gaps(const making *m)
{
    bool any = false;
    for (size_t j = 0; j < m->cfg->n_feature; j++) {
        const lrr_column *c = column_of(m, j);
        any |= c->missing > 0;
        for (size_t i = 0; m->place[j] != NULL && i < c->levels; i++)
            any |= m->place[j][i] < 0;
    }
    return any;
}

/* Whether row i becomes a sample, and why not. */
static void choose_row(making *m, size_t i, const lrr__table_gaps *gaps)
{
    const lrr_table_cfg *cfg = m->cfg;
    const float *v = lrr_table_row(m->t, i);
    bool target = true, known = true;
    for (size_t j = 0; j < cfg->n_target; j++)
        target &= !isnan(v[m->t->column[cfg->target[j]].slot]);
    if (target && m->class_place != NULL)
        known = class_of(m, v[m->t->column[cfg->target[0]].slot]) >= 0;
    m->keep[i] = target && known && (gaps->missing == 0 || !cfg->drop);
    m->rows += m->keep[i];
    m->counts->untargeted += !target;
    m->counts->unknown += !known;
    m->counts->dropped += target && known && !m->keep[i];
    m->counts->missing += m->keep[i] ? gaps->missing : 0;
    m->counts->unseen += m->keep[i] ? gaps->unseen : 0;
}

static void choose_in_memory(making *m)
{
    for (size_t i = 0; i < m->t->rows; i++) {
        const float *v = lrr_table_row(m->t, i);
        lrr__table_gaps gaps = { 0 }; /* unseen: told as rows are filled */
        for (size_t j = 0; j < m->cfg->n_feature; j++)
            gaps.missing += isnan(v[m->slot[j]]) ? 1U : 0U;
        choose_row(m, i, &gaps);
    }
}

/* The file is looked through where some row may lack something. */
static lrr_status choose_in_file(making *m, lrr_error *err)
{
    const bool any = any_gaps(m);
    const size_t rows = m->t->rows;
    lrr__table_gaps gaps[LOOK] = { 0 };
    lrr_status st =
        lrr__table_rows_new(m->t, m->cfg->feature, m->cfg->n_feature, &m->in_file, err);
    for (size_t at = 0, n; st == LRR_OK && at < rows; at += n) {
        n = rows - at < LOOK ? rows - at : LOOK;
        if (any)
            st = lrr__table_rows_gaps(m->in_file, at, n, gaps, err);
        for (size_t i = 0; st == LRR_OK && i < n; i++)
            choose_row(m, at + i, &gaps[i]);
    }
    return st;
}

/* Which rows become samples. */
static lrr_status choose_rows(making *m, lrr_error *err)
{
    if (m->stored)
        return choose_in_file(m, err);
    choose_in_memory(m);
    return LRR_OK;
}

static float *fill_feature(const making *m, size_t j, const float *row, float *x)
{
    const lrr_feature *f = &m->cfg->feature[j];
    const lrr_column *c = column_of(m, j);
    const float v = row[c->slot];
    int32_t level = -1;
    if (f->kind == LRR_COLUMN_CATEGORY && !isnan(v)) {
        level = m->place[j][(size_t)v];
        m->counts->unseen += level < 0 ? 1U : 0U;
    }
    return lrr_feature_fill(f, v, c->offset, level, x);
}

static void fill_row(const making *m, size_t row, lrr_dataset *d, size_t at)
{
    const lrr_table_cfg *cfg = m->cfg;
    const float *v = lrr_table_row(m->t, row);
    float *x = m->stored ? NULL : d->x.f32 + at * d->width;
    for (size_t j = 0; x != NULL && m->numbers && j < cfg->n_feature; j++)
        x[j] = v[m->slot[j]];
    for (size_t j = 0; x != NULL && !m->numbers && j < cfg->n_feature; j++)
        x = fill_feature(m, j, v, x);
    if (d->y_class != NULL)
        d->y_class[at] = class_of(m, v[m->t->column[cfg->target[0]].slot]);
    for (size_t j = 0; d->y_real != NULL && j < cfg->n_target; j++)
        d->y_real[at * d->k + j] = v[m->t->column[cfg->target[j]].slot];
}

/* The rows that are kept, in their order. */
static void fill_rows(making *m, lrr_dataset *d)
{
    lrr_table *t = m->t;
    for (size_t row = 0, at = 0; row < t->rows; row++) {
        if (m->keep[row])
            fill_row(m, row, d, at++);
        if (m->cfg->release && (row + t->lead + 1) % t->block_rows == 0) {
            const size_t done = (row + t->lead) / t->block_rows;
            lrr_mem_free(t->block[done]);
            t->block[done] = NULL;
        }
    }
}

static lrr_status name_classes(const making *m, lrr_dataset *d, lrr_error *err)
{
    char(*text)[NAME_SIZE] = NULL;
    const char **name = NULL;
    lrr_status st;
    if (m->cfg->class_names.n > 0)
        return lrr_dataset_name_classes(d, m->cfg->class_names.name, err);
    st = names_found(m, &text, &name, err);
    if (st == LRR_OK)
        st = lrr_dataset_name_classes(d, name, err);
    lrr_mem_free(text);
    lrr_mem_free(name);
    return st;
}

static lrr_status place_slots(making *m, lrr_error *err)
{
    lrr_status st =
        lrr_mem_new(m->cfg->n_feature + 1, sizeof *m->slot, "columns", &m->slot, err);
    m->numbers = true;
    for (size_t j = 0; st == LRR_OK && j < m->cfg->n_feature; j++) {
        m->slot[j] = column_of(m, j)->slot;
        m->numbers &=
            m->cfg->feature[j].kind == LRR_COLUMN_NUMBER && !m->cfg->feature[j].flag;
    }
    return st;
}

static lrr_status prepare(making *m, lrr_error *err)
{
    lrr_status st = check_targets(m, err);
    if (st == LRR_OK)
        st = place_levels(m, err);
    if (st == LRR_OK)
        st = place_slots(m, err);
    for (size_t j = 0; j < m->cfg->n_feature; j++)
        m->width = lrr_size_add(m->width, lrr_feature_width(&m->cfg->feature[j]));
    if (st == LRR_OK && m->width == 0)
        st = lrr_fail(err, LRR_EINVAL, "no column is left to learn from");
    if (st == LRR_OK)
        st = lrr_mem_new(m->t->rows, sizeof *m->keep, "rows", &m->keep, err);
    if (st == LRR_OK)
        st = choose_rows(m, err);
    if (st == LRR_OK && m->rows == 0)
        st = lrr_fail(err, LRR_EINVAL,
                      "no row is left: %zu have no target, %zu are of a class "
                      "that the training data have not, %zu miss something",
                      m->counts->untargeted, m->counts->unknown, m->counts->dropped);
    return st;
}

static void free_making(making *m)
{
    for (size_t j = 0; m->place != NULL && j < m->cfg->n_feature; j++)
        lrr_mem_free(m->place[j]);
    lrr_mem_free(m->place);
    lrr_mem_free(m->class_place);
    lrr_mem_free(m->slot);
    lrr_mem_free(m->keep);
    lrr_mem_free(m->number);
    lrr__table_rows_free(m->in_file);
}

/* The rows that are kept are those of d. */
static lrr_status store_rows(making *m, lrr_dataset *d, lrr_error *err)
{
    lrr__table_rows *rows = m->in_file;
    uint32_t *keep = NULL;
    size_t n = 0;
    lrr_status st;
    m->in_file = NULL;
    st = lrr__table_rows_store(rows, d, err);
    if (st != LRR_OK || m->rows == m->t->rows)
        return st;
    st = lrr_mem_new(m->rows, sizeof *keep, "the places of samples", &keep, err);
    for (size_t i = 0; st == LRR_OK && i < m->t->rows; i++)
        if (m->keep[i])
            keep[n++] = (uint32_t)i;
    if (st == LRR_OK)
        st = lrr_stored_keep(d, keep, n, err);
    lrr_mem_free(keep);
    return st;
}

lrr_status lrr_table_dataset(lrr_table *t, const lrr_table_cfg *cfg, lrr_dataset **out,
                             lrr_table_counts *counts, lrr_error *err)
{
    making m = { .t = t, .cfg = cfg, .counts = counts, .stored = t->at != NULL };
    lrr_dataset *d = NULL;
    lrr_status st;
    *out = NULL;
    *counts = (lrr_table_counts){ 0 };
    st = prepare(&m, err);
    if (st == LRR_OK) {
        const lrr_dataset_cfg made = {
            .kind = LRR_DATA_F32,
            .part = { m.rows },
            .spare = cfg->spare,
            .stored = m.stored,
            .shape = lrr_shape_of1(m.width),
            .classes = m.classes,
            .k = cfg->classes ? 0 : cfg->n_target,
        };
        st = lrr_dataset_new(&made, &d, err);
    }
    for (size_t j = 0; st == LRR_OK && j < d->k; j++)
        d->y_scale[j].offset = t->column[cfg->target[j]].offset;
    if (st == LRR_OK)
        fill_rows(&m, d);
    if (st == LRR_OK && m.stored)
        st = store_rows(&m, d, err);
    if (st == LRR_OK && m.classes > 0)
        st = name_classes(&m, d, err);
    if (cfg->release)
        lrr_table_release(t);
    free_making(&m);
    if (st != LRR_OK) {
        lrr_dataset_free(d);
        return st;
    }
    *out = d;
    return LRR_OK;
}
