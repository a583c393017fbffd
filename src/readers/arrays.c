/* arrays.c -- see arrays.h. */
#include "readers/arrays.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "data/goal.h"
#include "data/scale.h"
#include "readers/labels.h"
#include "readers/npy_rows.h"
#include "readers/zip.h"

enum { BASES = 65536 }; /* columns that may have a base */

/* The files of a load, open, with their headers. */
typedef struct files {
    lrr_source *x[LRR_SPLITS], *y[LRR_SPLITS];
    lrr_npy hx[LRR_SPLITS], hy[LRR_SPLITS];
    bool classes, texts;
} files;

static lrr_status no_key(const lrr_zip *z, const char *key, lrr_error *err)
{
    char names[300] = "";
    size_t used = 0;
    for (size_t i = 0; i < z->n && used < sizeof names - 80; i++) {
        const size_t n = strlen(z->part[i].name);
        const bool npy = n > 4 && strcmp(z->part[i].name + n - 4, ".npy") == 0;
        used += (size_t)snprintf(
            names + used, sizeof names - used, "%s%.*s", used > 0 ? ", " : "",
            (int)(npy ? n - 4 : n) < 60 ? (int)(npy ? n - 4 : n) : 60, z->part[i].name);
    }
    return lrr_fail(err, LRR_EFORMAT, "%s has no array '%.60s': it has %s%s", z->name,
                    key, names[0] != '\0' ? names : "none",
                    used >= sizeof names - 80 ? ", ..." : "");
}

/* Whether a part of an archive is the array `key`: its name is that, with or without ".npy". */
static bool is_key(const char *part, const char *key)
{
    const size_t n = strlen(key);
    return strncmp(part, key, n) == 0 &&
           (part[n] == '\0' || strcmp(part + n, ".npy") == 0);
}

lrr_status lrr_array_open(const lrr_array *a, lrr_source **out, lrr_error *err)
{
    lrr_zip *z = NULL;
    FILE *f;
    size_t i = 0;
    lrr_status st;
    *out = NULL;
    if (a->key == NULL)
        return lrr_source_open(a->path, out, err);
    if ((st = lrr_source_file(a->path, &f, err)) != LRR_OK)
        return st;
    if ((st = lrr_zip_read(f, a->path, &z, err)) != LRR_OK) {
        fclose(f);
        return st;
    }
    while (i < z->n && !is_key(z->part[i].name, a->key))
        i++;
    if (i < z->n) {
        st = lrr_zip_source(z, i, f, out, err);
    } else {
        fclose(f);
        st = no_key(z, a->key, err);
    }
    lrr_zip_free(z);
    return st;
}

static lrr_status open_one(const lrr_array *a, lrr_source **s, lrr_npy *h,
                           lrr_error *err)
{
    lrr_status st = lrr_array_open(a, s, err);
    if (st == LRR_OK)
        st = lrr_npy_header_read(*s, h, err);
    if (st == LRR_OK && h->shape.rank == 0)
        st = lrr_fail(err, LRR_EFORMAT, "%s holds one number, want an array",
                      lrr_source_name(*s));
    return st;
}

static bool is_bytes(const lrr_npy *h)
{
    return h->item == 1 && (h->type == 'u' || h->type == 'b');
}

static lrr_shape sample_shape(const lrr_shape *all)
{
    lrr_shape s = lrr_shape_of1(1);
    for (int i = 1; i < all->rank; i++)
        s.d[i - 1] = all->d[i];
    s.rank = all->rank > 1 ? all->rank - 1 : 1;
    return s;
}

/* Whether y holds a target for each step of x: by its sizes, unless cfg says. */
static lrr_status find_steps(const lrr_arrays_cfg *cfg, const files *f, int i,
                             bool *per_step, lrr_error *err)
{
    const lrr_shape *x = &f->hx[i].shape, *y = &f->hy[i].shape;
    const bool has_steps = x->rank == (cfg->vocab > 0 ? 2 : 3);
    const bool fits = has_steps && y->rank >= 2 && y->rank <= 3 && y->d[1] == x->d[1];
    char text[LRR_SHAPE_TEXT];

    *per_step = cfg->per_step != 0 && fits;
    if (cfg->per_step > 0 && !has_steps)
        return lrr_fail(err, LRR_EFORMAT,
                        "%s is %s, and a target for each step wants (samples, steps, "
                        "features), or with 'vocab' (samples, steps)",
                        lrr_source_name(f->x[i]), lrr_shape_text(x, text));
    if (!fits && (cfg->per_step > 0 || y->rank == 3))
        return lrr_fail(err, LRR_EFORMAT,
                        "%s is %s, and a target for each of %zu steps is (%zu, %zu) or "
                        "(%zu, %zu, targets)",
                        lrr_source_name(f->y[i]), lrr_shape_text(y, text),
                        has_steps ? x->d[1] : 0, x->d[0], has_steps ? x->d[1] : 0,
                        x->d[0], has_steps ? x->d[1] : 0);
    return LRR_OK;
}

/* The labels of part i, which are to be classes where f->classes. */
static lrr_status plan_labels(const lrr_arrays_cfg *cfg, files *f, int i, size_t k,
                              bool first, lrr_error *err)
{
    const bool texts = lrr_npy_is_text(&f->hy[i]);
    if (texts && cfg->classes == 0)
        return lrr_fail(err, LRR_EFORMAT,
                        "%s holds texts, and task = \"regression\" wants numbers",
                        lrr_source_name(f->y[i]));
    if (!first && texts != f->texts)
        return lrr_fail(err, LRR_EFORMAT, "%s holds %s, the training labels are %s",
                        lrr_source_name(f->y[i]), texts ? "texts" : "numbers",
                        f->texts ? "texts" : "numbers");
    f->texts = texts;
    if (first) /* the others are what the training part is: its labels may be floats */
        f->classes =
            cfg->classes > 0 || (cfg->classes < 0 && k == 1 && f->hy[i].type != 'f');
    if (f->classes && k != 1)
        return lrr_fail(err, LRR_EFORMAT, "%s: labels are one column, not %zu",
                        lrr_source_name(f->y[i]), k);
    return LRR_OK;
}

static lrr_status plan_y(const lrr_arrays_cfg *cfg, files *f, int i, bool first,
                         lrr_dataset_cfg *made, lrr_error *err)
{
    const lrr_npy *h = &f->hy[i];
    bool per_step;
    size_t k;
    lrr_status st = open_one(&cfg->y[i], &f->y[i], &f->hy[i], err);
    if (st != LRR_OK)
        return st;
    if (h->shape.rank > 3 || h->shape.d[0] != f->hx[i].shape.d[0])
        return lrr_fail(
            err, LRR_EFORMAT,
            "%s: %zu rows of rank %d, want %zu of rank 1 or 2, as %s has rows",
            lrr_source_name(f->y[i]), h->shape.d[0], h->shape.rank, f->hx[i].shape.d[0],
            lrr_source_name(f->x[i]));
    if ((st = find_steps(cfg, f, i, &per_step, err)) != LRR_OK)
        return st;
    k = h->shape.rank == 2 + per_step ? h->shape.d[1 + per_step] : 1;
    if ((st = plan_labels(cfg, f, i, k, first, err)) != LRR_OK)
        return st;
    if (!first && (made->k != (f->classes ? 0 : k) || made->per_step != per_step))
        return lrr_fail(err, LRR_EFORMAT,
                        "%s: %zu target%s for each row%s, the training part has %zu%s",
                        lrr_source_name(f->y[i]), k, k == 1 ? "" : "s",
                        per_step ? "'s steps" : "", f->classes ? 1 : made->k,
                        made->per_step ? " for each step" : "");
    made->per_step = per_step;
    made->classes = f->classes; /* counted later */
    made->k = f->classes ? 0 : k;
    return LRR_OK;
}

/* What samples are, from the header of part i. */
static lrr_status plan_x(const lrr_arrays_cfg *cfg, const files *f, int i,
                         lrr_dataset_cfg *made, lrr_error *err)
{
    const lrr_npy *h = &f->hx[i];
    char text[LRR_SHAPE_TEXT];

    if (lrr_npy_is_text(h))
        return lrr_fail(
            err, LRR_EFORMAT,
            "%s holds texts, and samples are numbers; texts are labels (y), or "
            "data.text reads them from a file of text",
            lrr_source_name(f->x[i]));
    made->shape = sample_shape(&h->shape);
    made->kind = is_bytes(h) ? LRR_DATA_U8 : LRR_DATA_F32;
    made->part[i] = h->shape.d[0];
    if (cfg->seq && cfg->vocab == 0) {
        if (h->shape.rank != 3)
            return lrr_fail(err, LRR_EFORMAT,
                            "%s is %s, want sequences (samples, steps, features)",
                            lrr_source_name(f->x[i]), lrr_shape_text(&h->shape, text));
        made->kind = LRR_DATA_F32;
        made->shape = lrr_shape_of1(h->shape.d[2]);
        made->seq = true;
        made->steps = lrr_size_add(made->steps, h->shape.d[0] * h->shape.d[1]);
    }
    if (cfg->vocab == 0)
        return LRR_OK;
    if (h->shape.rank != 2 || (h->type != 'i' && h->type != 'u'))
        return lrr_fail(err, LRR_EFORMAT,
                        "%s is %s of %s, and tokens are whole numbers (samples, steps)",
                        lrr_source_name(f->x[i]), lrr_shape_text(&h->shape, text),
                        h->type == 'f' ? "reals" : "numbers");
    made->shape = (lrr_shape){ 0 };
    made->kind = LRR_DATA_TOKENS;
    made->steps = lrr_size_add(made->steps, lrr_shape_count(&h->shape));
    return LRR_OK;
}

static lrr_status other_sizes(const files *f, int i, int before, lrr_error *err)
{
    char here[LRR_SHAPE_TEXT], there[LRR_SHAPE_TEXT], a[LRR_NPY_TYPE], b[LRR_NPY_TYPE];
    return lrr_fail(err, LRR_EFORMAT,
                    "%s is %s of %s, and %s %s of %s: other sizes, or bytes "
                    "in one of them only",
                    lrr_source_name(f->x[i]), lrr_shape_text(&f->hx[i].shape, here),
                    lrr_npy_type(&f->hx[i], a), lrr_source_name(f->x[before]),
                    lrr_shape_text(&f->hx[before].shape, there),
                    lrr_npy_type(&f->hx[before], b));
}

static lrr_status plan(const lrr_arrays_cfg *cfg, files *f, lrr_dataset_cfg *made,
                       lrr_error *err)
{
    int before = -1;
    for (int i = 0; i < LRR_SPLITS; i++) {
        const lrr_shape shape = made->shape;
        const lrr_data_kind kind = made->kind;
        lrr_status st;
        if (cfg->x[i].path == NULL)
            continue;
        if ((st = open_one(&cfg->x[i], &f->x[i], &f->hx[i], err)) != LRR_OK ||
            (st = plan_x(cfg, f, i, made, err)) != LRR_OK)
            return st;
        if (before >= 0 &&
            (!lrr_shape_equal(&shape, &made->shape) || kind != made->kind))
            return other_sizes(f, i, before, err);
        if (cfg->y[i].path != NULL &&
            (st = plan_y(cfg, f, i, before < 0, made, err)) != LRR_OK)
            return st;
        before = i;
    }
    return LRR_OK;
}

/* Whether x stays in its files. */
static lrr_status plan_stored(const lrr_arrays_cfg *cfg, const files *f,
                              lrr_dataset_cfg *made, lrr_error *err)
{
    char text[LRR_NPY_WHY];
    const char *why = cfg->vocab > 0 || made->seq
                          ? "samples that are tokens or sequences are in memory"
                          : NULL;
    for (int i = 0; why == NULL && i < LRR_SPLITS; i++)
        if (f->x[i] != NULL)
            why = lrr_npy_why_not(f->x[i], &f->hx[i], text);
    return lrr_storing_choose(&cfg->stream, why, made, err);
}

/* Whether float may lose what numbers of this type differ by. */
static bool is_wide(const lrr_npy *h)
{
    return h->item == 8 || (h->item == 4 && h->type != 'f');
}

/* The base of each of s's `width` columns (its place modulo width); NULL where none has one. s
** is read, and then again behind its header. */
static lrr_status find_base(const lrr_arrays_cfg *cfg, lrr_source *s, const lrr_npy *h,
                            size_t width, double **out, lrr_error *err)
{
    const lrr_npy_out words = { .word = cfg->word, .words = cfg->words };
    lrr_npy_column *column = NULL;
    double *base = NULL;
    bool any = false;
    lrr_npy again;
    lrr_status st;
    *out = NULL;
    if (!is_wide(h) || width > BASES)
        return LRR_OK;
    st = lrr_mem_new(width, sizeof *column, "columns", &column, err);
    if (st == LRR_OK)
        st = lrr_mem_new(width, sizeof *base, "offsets of the data", &base, err);
    if (st == LRR_OK)
        st = lrr_npy_survey(s, h, &words, width, column, err);
    for (size_t i = 0; st == LRR_OK && i < width; i++) {
        base[i] = lrr_scale_offset(column[i].lo, column[i].hi, column[i].exact);
        any |= base[i] != 0;
    }
    lrr_mem_free(column);
    if (st == LRR_OK)
        st = lrr_source_rewind(s, err);
    if (st == LRR_OK)
        st = lrr_npy_header_read(s, &again, err);
    if (st != LRR_OK || !any)
        lrr_mem_free(base);
    else
        *out = base;
    return st;
}

static lrr_status set_base(const lrr_arrays_cfg *cfg, files *f, lrr_dataset *d,
                           lrr_error *err)
{
    lrr_status st;
    if (cfg->base == NULL)
        return d->kind == LRR_DATA_F32 && f->x[0] != NULL && f->hx[0].shape.rank <= 2
                   ? find_base(cfg, f->x[0], &f->hx[0], d->width, &d->base, err)
                   : LRR_OK;
    if (cfg->bases != d->width || d->kind != LRR_DATA_F32)
        return lrr_fail(err, LRR_EINVAL, "%zu values in each sample, want %zu",
                        d->width, cfg->bases);
    st = lrr_mem_new(d->width, sizeof *d->base, "offsets of the data", &d->base, err);
    if (st == LRR_OK)
        memcpy(d->base, cfg->base, d->width * sizeof *d->base);
    return st;
}

/* The tokens of part i, the first of which is number `from`. */
static lrr_status read_tokens(const files *f, int i, lrr_dataset *d, size_t from,
                              lrr_error *err)
{
    const size_t n = lrr_shape_count(&f->hx[i].shape);
    lrr_npy_out out = { 0 };
    lrr_status st = lrr_mem_new(n, sizeof *out.floats, "tokens", &out.floats, err);

    if (st == LRR_OK)
        st = lrr_npy_payload_read(f->x[i], &f->hx[i], &out, err);
    for (size_t k = 0; st == LRR_OK && k < n; k++)
        d->x.tokens[from + k] =
            fabsf(out.floats[k]) <= 0x1p24f ? (int32_t)out.floats[k] : -1;
    lrr_mem_free(out.floats);
    return st;
}

static void mark_steps(lrr_dataset *d, size_t at, size_t n, size_t t)
{
    for (size_t k = 0; k < n; k++)
        d->offset[at + k + 1] = d->offset[at + k] + t;
    d->length_max = t > d->length_max ? t : d->length_max;
}

static lrr_status read_x(const lrr_arrays_cfg *cfg, const files *f, int i,
                         lrr_dataset *d, size_t at, lrr_error *err)
{
    lrr_npy_out out = {
        .width = d->width, .offset = d->base, .word = cfg->word, .words = cfg->words
    };
    if (d->offset != NULL) {
        mark_steps(d, at, f->hx[i].shape.d[0], f->hx[i].shape.d[1]);
        at = (size_t)d->offset[at];
    }
    if (d->kind == LRR_DATA_TOKENS)
        return read_tokens(f, i, d, at, err);
    if (d->kind == LRR_DATA_U8)
        out.bytes = d->x.u8 + at * d->width;
    else
        out.floats = d->x.f32 + at * d->width;
    return lrr_npy_payload_read(f->x[i], &f->hx[i], &out, err);
}

/* The samples of all parts, which stay in their files. */
static lrr_status store_x(const lrr_arrays_cfg *cfg, const files *f, lrr_dataset *d,
                          lrr_error *err)
{
    uint8_t byte; /* stands for the bytes that are wanted */
    const lrr_npy_out out = { .bytes = d->kind == LRR_DATA_U8 ? &byte : NULL,
                              .width = d->width,
                              .offset = d->base,
                              .word = cfg->word,
                              .words = cfg->words };
    lrr_file_piece piece[LRR_SPLITS];
    size_t n = 0;
    lrr_status st = LRR_OK;
    for (int i = 0; st == LRR_OK && i < LRR_SPLITS; i++)
        if (f->x[i] != NULL)
            st = lrr_npy_piece(&cfg->x[i], f->x[i], &f->hx[i], &out, &piece[n++], err);
    if (st == LRR_OK)
        return lrr_file_rows_open(d, piece, n, err);
    for (size_t i = 0; i < n; i++)
        lrr_mem_free(piece[i].ud);
    return st;
}

/* Labels that are texts: their numbers in `labels`, then the classes of the training part's. */
static lrr_status read_texts(const files *f, lrr_dataset *d, lrr_error *err)
{
    lrr_intern *labels = NULL;
    lrr_status st = lrr_intern_new(LRR_CLASSES_MOST, &labels, err);
    for (size_t i = 0, at = 0; st == LRR_OK && i < LRR_SPLITS; at += d->part[i++]) {
        if (f->y[i] == NULL)
            continue;
        st =
            lrr_npy_texts_read(f->y[i], &f->hy[i], labels,
                               (uint32_t *)d->y_class + lrr_dataset_target(d, at), err);
        if (i == LRR_SPLIT_TRAIN)
            d->classes = lrr_intern_count(labels);
    }
    if (st == LRR_EINVAL)
        st = lrr_fail(err, LRR_EFORMAT, "%s: more than %d different labels: no classes",
                      lrr_source_name(f->y[0]), LRR_CLASSES_MOST);
    if (st == LRR_OK)
        st = lrr_labels_to_classes(labels, d, err);
    if (st == LRR_OK && d->classes == 0)
        st = lrr_fail(err, LRR_EFORMAT, "%s: every label is empty",
                      lrr_source_name(f->y[0]));
    lrr_intern_free(labels);
    return st;
}

static lrr_status read_numbers(const lrr_arrays_cfg *cfg, const files *f,
                               lrr_dataset *d, size_t *seen, lrr_error *err)
{
    const lrr_npy_out words = { .word = cfg->word, .words = cfg->words };
    double *v = NULL;
    lrr_status st =
        lrr_mem_new(lrr_dataset_target(d, d->n), sizeof *v, "labels", &v, err);
    for (size_t i = 0, at = 0; st == LRR_OK && i < LRR_SPLITS; at += d->part[i++]) {
        lrr_npy_out out = words;
        if (f->y[i] == NULL)
            continue;
        out.doubles = v + lrr_dataset_target(d, at);
        st = lrr_npy_payload_read(f->y[i], &f->hy[i], &out, err);
    }
    if (st == LRR_OK)
        st = lrr_goal_classes(d, v, lrr_source_name(f->y[0]), seen, err);
    lrr_mem_free(v);
    return st;
}

/* Targets that are numbers; what is taken off them is kept with their scale. */
static lrr_status read_reals(const lrr_arrays_cfg *cfg, const files *f, lrr_dataset *d,
                             lrr_error *err)
{
    double *base = NULL;
    lrr_status st = find_base(cfg, f->y[0], &f->hy[0], d->k, &base, err);
    for (size_t j = 0; st == LRR_OK && base != NULL && j < d->k; j++)
        d->y_scale[j].offset = base[j];
    for (size_t i = 0, at = 0; st == LRR_OK && i < LRR_SPLITS; at += d->part[i++]) {
        const lrr_npy_out out = { .floats =
                                      d->y_real + lrr_dataset_target(d, at) * d->k,
                                  .offset = base,
                                  .width = d->k,
                                  .word = cfg->word,
                                  .words = cfg->words };
        if (f->y[i] != NULL)
            st = lrr_npy_payload_read(f->y[i], &f->hy[i], &out, err);
    }
    lrr_mem_free(base);
    return st;
}

static lrr_status read_y(const lrr_arrays_cfg *cfg, const files *f, lrr_dataset *d,
                         size_t *seen, lrr_error *err)
{
    if (f->y[0] == NULL)
        return LRR_OK;
    if (!f->classes)
        return read_reals(cfg, f, d, err);
    return f->texts ? read_texts(f, d, err) : read_numbers(cfg, f, d, seen, err);
}

static lrr_status read_all(const lrr_arrays_cfg *cfg, files *f, lrr_dataset *d,
                           size_t *seen, lrr_error *err)
{
    lrr_status st = set_base(cfg, f, d, err);
    if (st == LRR_OK && d->x.any == NULL)
        st = store_x(cfg, f, d, err);
    for (size_t i = 0, at = 0; st == LRR_OK && i < LRR_SPLITS; at += d->part[i++])
        if (f->x[i] != NULL && d->stored == NULL)
            st = read_x(cfg, f, (int)i, d, at, err);
    if (st == LRR_OK)
        st = read_y(cfg, f, d, seen, err);
    d->vocab = cfg->vocab;
    for (size_t c = 0; st == LRR_OK && d->shape.rank != 3 && c < d->channels; c++)
        d->inv[c] = 1; /* only the bytes of images stand for 0..1 */
    if (st == LRR_OK)
        st = lrr_dataset_check(d, true, err);
    if (st == LRR_ENONFINITE) {
        const lrr_error why = *err;
        st = lrr_fail(err, st, "%s; missing_words = { \"inf\" } takes it as missing",
                      why.msg);
    }
    return st;
}

lrr_status lrr_arrays_load(const lrr_arrays_cfg *cfg, lrr_dataset **out, size_t *seen,
                           lrr_error *err)
{
    files f = { 0 };
    lrr_dataset_cfg made = { 0 };
    lrr_dataset *d = NULL;
    lrr_status st = plan(cfg, &f, &made, err);
    *out = NULL;
    *seen = 0;
    if (st == LRR_OK)
        st = plan_stored(cfg, &f, &made, err);
    if (st == LRR_OK)
        st = lrr_dataset_new(&made, &d, err);
    if (st == LRR_OK)
        st = read_all(cfg, &f, d, seen, err);
    for (int i = 0; i < LRR_SPLITS; i++) {
        lrr_source_close(f.x[i]);
        lrr_source_close(f.y[i]);
    }
    if (st != LRR_OK) {
        lrr_dataset_free(d);
        return st;
    }
    *out = d;
    return LRR_OK;
}
