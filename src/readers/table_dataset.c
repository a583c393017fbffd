/* table_dataset.c -- columns as a data set; see table.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "readers/table.h"

enum { CLASSES_MAX = 65536 };

typedef struct making {
    const lrr_table *t;
    const lrr_table_cfg *cfg;
    bool *keep;    /* (rows) */
    float *number; /* (classes) values of a numeric target, ascending; or NULL */
    size_t width, classes, rows;
} making;

static lrr_status choose_rows(making *m, lrr_error *err)
{
    const lrr_table *t = m->t;
    const lrr_table_cfg *cfg = m->cfg;
    lrr_status st = lrr_mem_new(t->rows, sizeof *m->keep, "rows", &m->keep, err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < t->rows; i++) {
        bool all = true;
        for (size_t j = 0; j < cfg->n_feature; j++)
            all &= !isnan(t->column[cfg->feature[j]].v[i]);
        for (size_t j = 0; j < cfg->n_target; j++)
            all &= !isnan(t->column[cfg->target[j]].v[i]);
        m->keep[i] = all || !cfg->drop;
        m->rows += m->keep[i];
    }
    return LRR_OK;
}

static lrr_status check_targets(making *m, lrr_error *err)
{
    lrr_status st;
    for (size_t j = 0; j < m->cfg->n_target; j++) {
        const lrr_column *c = &m->t->column[m->cfg->target[j]];
        if (c->missing > 0 && !m->cfg->drop)
            return lrr_fail(err, LRR_EFORMAT,
                            "line %llu has nothing in the target column %s",
                            (unsigned long long)c->missing_line, c->name);
        if (c->text && !m->cfg->classes)
            return lrr_fail(err, LRR_EINVAL, "the target column %s holds texts",
                            c->name);
    }
    if (!m->cfg->classes || m->cfg->n_target == 0)
        return LRR_OK;
    if (m->t->column[m->cfg->target[0]].text) {
        m->classes = m->t->column[m->cfg->target[0]].levels;
        return LRR_OK;
    }
    st = lrr_mem_new(CLASSES_MAX, sizeof *m->number, "classes", &m->number, err);
    if (st != LRR_OK)
        return st;
    lrr_table_distinct(m->t, m->cfg->target[0], CLASSES_MAX, m->number, &m->classes);
    if (m->classes > CLASSES_MAX)
        return lrr_fail(err, LRR_EINVAL,
                        "the target column %s has more than %d classes",
                        m->t->column[m->cfg->target[0]].name, CLASSES_MAX);
    return LRR_OK;
}

static size_t class_of(const making *m, float v)
{
    size_t lo = 0, hi = m->classes;
    if (m->number == NULL)
        return (size_t)v;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (m->number[mid] <= v)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* Inputs that feature j takes. */
static size_t feature_width(const lrr_table *t, const lrr_table_cfg *cfg, size_t j)
{
    const lrr_column *c = &t->column[cfg->feature[j]];
    if (cfg->levels != NULL)
        return cfg->levels[j].n > 0 ? cfg->levels[j].n : 1;
    return c->text ? c->levels : 1;
}

/* The place of a level among those of the training data, or their number. */
static size_t known_level(const lrr_levels *known, const char *name)
{
    size_t lo = 0, hi = known->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strcmp(known->name[mid], name);
        if (c == 0)
            return mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return known->n;
}

/* Whether columns are of the kinds they were in the training data. */
static lrr_status check_levels(const lrr_table *t, const lrr_table_cfg *cfg,
                               lrr_error *err)
{
    for (size_t j = 0; cfg->levels != NULL && j < cfg->n_feature; j++) {
        const lrr_column *c = &t->column[cfg->feature[j]];
        if (c->missing < t->rows && c->text != (cfg->levels[j].n > 0))
            return lrr_fail(
                err, LRR_EFORMAT, "column %s holds %s, the training data's %s", c->name,
                c->text ? "texts" : "numbers", c->text ? "numbers" : "texts");
    }
    return LRR_OK;
}

static void fill_row(const making *m, size_t row, lrr_dataset *d, size_t at)
{
    const lrr_table_cfg *cfg = m->cfg;
    float *x = d->x.f32 + at * d->width;
    for (size_t j = 0; j < cfg->n_feature; j++) {
        const lrr_column *c = &m->t->column[cfg->feature[j]];
        const size_t width = feature_width(m->t, cfg, j);
        size_t level;
        if (!c->text && (cfg->levels == NULL || cfg->levels[j].n == 0)) {
            *x++ = c->v[row];
            continue;
        }
        level = isnan(c->v[row]) ? width : (size_t)c->v[row];
        if (level < c->levels && cfg->levels != NULL)
            level = known_level(&cfg->levels[j], c->level[level]);
        if (level < width)
            x[level] = 1;
        x += width;
    }
    if (d->y_class != NULL)
        d->y_class[at] = (int32_t)class_of(m, m->t->column[cfg->target[0]].v[row]);
    for (size_t j = 0; d->y_real != NULL && j < cfg->n_target; j++)
        d->y_real[at * d->k + j] = m->t->column[cfg->target[j]].v[row];
}

static lrr_status name_classes(const making *m, lrr_dataset *d, lrr_error *err)
{
    char(*text)[32] = NULL;
    const char **name = NULL;
    lrr_status st;
    if (m->number == NULL)
        return lrr_dataset_name_classes(
            d, (const char *const *)m->t->column[m->cfg->target[0]].level, err);
    st = lrr_mem_new(m->classes, sizeof *text, "names of classes", &text, err);
    if (st == LRR_OK)
        st = lrr_mem_new(m->classes, sizeof *name, "names of classes", &name, err);
    for (size_t i = 0; st == LRR_OK && i < m->classes; i++) {
        snprintf(text[i], sizeof text[i], "%.9g", (double)m->number[i]);
        name[i] = text[i];
    }
    if (st == LRR_OK)
        st = lrr_dataset_name_classes(d, name, err);
    lrr_mem_free(text);
    lrr_mem_free(name);
    return st;
}

lrr_status lrr_table_dataset(const lrr_table *t, const lrr_table_cfg *cfg,
                             lrr_dataset **out, lrr_error *err)
{
    making m = { .t = t, .cfg = cfg };
    lrr_dataset *d = NULL;
    lrr_status st = check_targets(&m, err);
    *out = NULL;
    for (size_t j = 0; j < cfg->n_feature; j++)
        m.width += feature_width(t, cfg, j);
    if (st == LRR_OK)
        st = check_levels(t, cfg, err);
    if (st == LRR_OK && m.width == 0)
        st = lrr_fail(err, LRR_EINVAL, "no column is left to learn from");
    if (st == LRR_OK)
        st = choose_rows(&m, err);
    if (st == LRR_OK) {
        const lrr_dataset_cfg made = {
            .kind = LRR_DATA_F32,
            .part = { m.rows },
            .shape = lrr_shape_of1(m.width),
            .classes = m.classes,
            .k = cfg->classes ? 0 : cfg->n_target,
        };
        st = lrr_dataset_new(&made, &d, err);
    }
    for (size_t row = 0, at = 0; st == LRR_OK && row < t->rows; row++)
        if (m.keep[row])
            fill_row(&m, row, d, at++);
    if (st == LRR_OK && m.classes > 0)
        st = name_classes(&m, d, err);
    lrr_mem_free(m.keep);
    lrr_mem_free(m.number);
    if (st != LRR_OK) {
        lrr_dataset_free(d);
        return st;
    }
    *out = d;
    return LRR_OK;
}
