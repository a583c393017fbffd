/* collect.c -- what all kinds of collectors share. See collect.h. */
#include "train/collect.h"

#include <string.h>

#include "base/mem.h"
#include "train/collect_kind.h"

enum { PARTS = 3, PART_BITS = 22 }; /* of a word in state */

static const lrr_collect_def *const kinds[] = {
#define X(kind) &lrr__collect_##kind,
    LRR_COLLECT_MAP(X)
#undef X
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static const lrr_collect_def *find(const char *name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

const char *lrr_collect_kind(size_t i, const lrr_collect_cfg *cfg, bool *counts)
{
    if (i >= KINDS)
        return NULL;
    *counts =
        (kinds[i]->of >> cfg->of & 1) != 0 && (cfg->tag != NULL || !kinds[i]->tags);
    return kinds[i]->name;
}

lrr_status lrr_collect_new(const char *kind, const lrr_collect_cfg *cfg,
                           lrr_collect **out, lrr_error *err)
{
    const lrr_collect_def *def = find(kind);
    lrr_collect *c = NULL;
    lrr_status st;

    *out = NULL;
    if (def == NULL || (def->of >> cfg->of & 1) == 0 || cfg->cols < 1 ||
        (def->tags && cfg->tag == NULL))
        return lrr_fail(err, LRR_EINVAL, "there is no collector '%s' of such targets",
                        kind);
    st = lrr_mem_new(1, sizeof *c, "a collector", &c, err);
    if (st != LRR_OK)
        return st;
    c->def = def;
    c->cfg = *cfg;
    c->n_words = def->words(cfg);
    c->width = def->row != NULL ? def->row(cfg) : 0;
    st = lrr_mem_new(c->n_words, sizeof *c->word, def->name, &c->word, err);
    if (st == LRR_OK && def->tags)
        st = lrr_mem_new(cfg->cols, sizeof *c->tag, def->name, &c->tag, err);
    if (st == LRR_OK && def->tags)
        memcpy(c->tag, cfg->tag, cfg->cols * sizeof *c->tag);
    c->cfg.tag = c->tag;
    if (st != LRR_OK) {
        lrr_collect_free(c);
        return st;
    }
    *out = c;
    return LRR_OK;
}

void lrr_collect_free(lrr_collect *c)
{
    if (c == NULL)
        return;
    lrr_mem_free(c->tag);
    lrr_mem_free(c->word);
    lrr_mem_free(c->row);
    lrr_mem_free(c->scratch[0]);
    lrr_mem_free(c->scratch[1]);
    lrr_mem_free(c->saved);
    lrr_mem_free(c->parts);
    lrr_mem_free(c->others);
    lrr_mem_free(c);
}

const char *lrr_collect_name(const lrr_collect *c)
{
    return c->def->name;
}

const lrr_collect_cfg *lrr_collect_config(const lrr_collect *c)
{
    return &c->cfg;
}

static size_t used(const lrr_collect *c)
{
    return c->width > 0 ? (size_t)c->word[LRR__ROWS].i : 0;
}

lrr_status lrr_collect_reserve(lrr_collect *c, size_t rows, lrr_error *err)
{
    static const char what[] = "the scores of all samples, which auc ranks";
    lrr_real *row = NULL;
    uint64_t *scratch[2] = { NULL, NULL };
    lrr_status st;

    if (c->width == 0 || rows <= c->cap)
        return LRR_OK;
    st = lrr_mem_new(lrr_size_mul(rows, c->width), sizeof *row, what, &row, err);
    for (int i = 0; st == LRR_OK && i < 2; i++)
        st = lrr_mem_new(rows, sizeof *scratch[i], what, &scratch[i], err);
    if (st != LRR_OK) {
        lrr_mem_free(row);
        lrr_mem_free(scratch[0]);
        return st;
    }
    if (c->row != NULL)
        memcpy(row, c->row, used(c) * c->width * sizeof *row);
    lrr_mem_free(c->row);
    c->row = row;
    c->cap = rows;
    for (int i = 0; i < 2; i++) {
        lrr_mem_free(c->scratch[i]);
        c->scratch[i] = scratch[i];
    }
    return LRR_OK;
}

static bool has_room(const lrr_collect *c, size_t rows)
{
    return c->width == 0 || rows <= c->cap - used(c);
}

lrr_status lrr_collect_grow(lrr_collect *c, size_t rows, lrr_error *err)
{
    const size_t need = lrr_size_add(used(c), rows);
    if (has_room(c, rows))
        return LRR_OK;
    return lrr_collect_reserve(c, need > 2 * c->cap ? need : 2 * c->cap, err);
}

void lrr_collect_add(lrr_collect *c, const lrr_rows *rows)
{
    if (has_room(c, lrr__rows_count(rows)))
        c->def->add(c, rows);
    else
        c->word[LRR__BROKEN].i = 1;
}

/* Numbers of a node in one row: of a sequence a step's. */
static size_t in_row(const lrr_node *x)
{
    const size_t n = lrr_shape_count(&x->shape);
    return x->seq ? n / x->shape.d[0] : n;
}

bool lrr_collect_fits(const lrr_collect *c, const lrr_node *x, const lrr_node *y)
{
    const size_t cols = c->cfg.cols;
    const bool by_id = y->dtype == LRR_DTYPE_I32 && c->cfg.of == LRR_COLLECT_CLASSES;
    return x->dtype == LRR_DTYPE_REAL && x->seq == y->seq && in_row(x) % cols == 0 &&
           (!x->seq || in_row(x) == cols) &&
           in_row(y) == (by_id ? in_row(x) / cols : in_row(x)) &&
           (y->dtype == LRR_DTYPE_REAL || c->cfg.of != LRR_COLLECT_NUMBERS);
}

lrr_rows lrr__collect_rows(const lrr_collect *c, const lrr_node *x, const lrr_node *y,
                           const lrr_run *run)
{
    const bool is_real = y->dtype == LRR_DTYPE_REAL;
    lrr_rows rows = { .x = lrr_node_real(x),
                      .y = is_real ? lrr_node_real(y) : NULL,
                      .id = is_real ? NULL : lrr_node_ids(y),
                      .n = run->n,
                      .t = in_row(x) / c->cfg.cols };
    if (x->seq) {
        rows.t *= lrr_node_time(x, run);
        rows.len = lrr_node_len(x, run);
    }
    return rows;
}

void lrr_collect_run(lrr_collect *c, const lrr_node *x, const lrr_node *y,
                     const lrr_run *run)
{
    const lrr_rows rows = lrr__collect_rows(c, x, y, run);
    lrr_collect_add(c, &rows);
}

void lrr_collect_reset(lrr_collect *c)
{
    memset(c->word, 0, c->n_words * sizeof *c->word);
}

size_t lrr_collect_fields(lrr_collect *c, lrr_collect_field out[LRR_COLLECT_FIELDS_MAX])
{
    if (c->def->settle != NULL)
        c->def->settle(c);
    return c->def->fields(c, out);
}

lrr_status lrr_collect_state(lrr_collect *c, lrr_real **words, size_t *n,
                             lrr_real **rows, size_t *m, lrr_error *err)
{
    if (c->saved == NULL) {
        lrr_status st = lrr_mem_new(lrr_size_mul(PARTS, c->n_words), sizeof *c->saved,
                                    c->def->name, &c->saved, err);
        if (st != LRR_OK)
            return st;
    }
    *words = c->saved;
    *n = PARTS * c->n_words;
    *rows = c->row;
    *m = c->cap * c->width;
    return LRR_OK;
}

void lrr_collect_save(lrr_collect *c)
{
    for (size_t i = 0; i < c->n_words; i++) {
        uint64_t bits;
        memcpy(&bits, &c->word[i], sizeof bits);
        for (size_t k = 0; k < PARTS; k++)
            c->saved[PARTS * i + k] =
                (lrr_real)(bits >> k * PART_BITS & ((UINT64_C(1) << PART_BITS) - 1));
    }
}

/* A file may hold anything: what is no part of a word is 0. */
static uint64_t part_of(lrr_real x)
{
    return x >= 0 && x < (lrr_real)(UINT64_C(1) << PART_BITS) ? (uint64_t)x : 0;
}

void lrr_collect_load(lrr_collect *c)
{
    for (size_t i = 0; i < c->n_words; i++) {
        uint64_t bits = 0;
        for (size_t k = 0; k < PARTS; k++)
            bits |= part_of(c->saved[PARTS * i + k]) << k * PART_BITS;
        memcpy(&c->word[i], &bits, sizeof bits);
    }
    if (c->width > 0 && (c->word[LRR__ROWS].i < 0 ||
                         (uint64_t)c->word[LRR__ROWS].i > (uint64_t)c->cap)) {
        c->word[LRR__ROWS].i = 0;
        c->word[LRR__BROKEN].i = 1;
    }
}
