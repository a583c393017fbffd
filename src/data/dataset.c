/* dataset.c -- see dataset.h. */
#include "data/dataset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "data/stored.h"
#include "data/walk.h"

static size_t element_size(lrr_data_kind kind)
{
    return kind == LRR_DATA_U8 ? 1 : 4;
}

static size_t count_targets(const lrr_dataset *d, const lrr_dataset_cfg *cfg)
{
    const bool seq = cfg->seq || d->kind == LRR_DATA_TOKENS;
    if (cfg->per_step)
        return seq ? cfg->steps : lrr_size_mul(d->room, d->shape.d[0]);
    return d->room;
}

static lrr_status new_targets(lrr_dataset *d, size_t targets, lrr_error *err)
{
    lrr_status st = LRR_OK;
    if (d->classes > 0)
        st = lrr_mem_new(targets, sizeof *d->y_class, "labels", &d->y_class, err);
    if (st == LRR_OK && d->k > 0)
        st = lrr_mem_new(lrr_size_mul(targets, d->k), sizeof *d->y_real, "targets",
                         &d->y_real, err);
    if (st == LRR_OK && d->k > 0)
        st = lrr_mem_new(d->k, sizeof *d->y_scale, "scales of targets", &d->y_scale,
                         err);
    for (size_t j = 0; st == LRR_OK && j < d->k; j++)
        d->y_scale[j].deviation = 1;
    return st;
}

static lrr_status new_scale(lrr_dataset *d, lrr_error *err)
{
    lrr_status st;
    d->channels = d->shape.rank >= 3 ? d->shape.d[0] : d->width;
    st = lrr_mem_new(d->channels, sizeof *d->mean, "means of the data", &d->mean, err);
    if (st == LRR_OK)
        st = lrr_mem_new(d->channels, sizeof *d->inv, "scales of the data", &d->inv,
                         err);
    for (size_t c = 0; st == LRR_OK && c < d->channels; c++)
        d->inv[c] = d->kind == LRR_DATA_U8 ? (lrr_real)1 / 255 : 1;
    return st;
}

lrr_status lrr_dataset_new(const lrr_dataset_cfg *cfg, lrr_dataset **out,
                           lrr_error *err)
{
    lrr_dataset *d = NULL;
    lrr_status st;
    size_t n = lrr_size_add(lrr_size_add(cfg->part[0], cfg->part[1]), cfg->part[2]);
    size_t elements, room = lrr_size_add(n, cfg->spare);
    const bool seq = cfg->seq || cfg->kind == LRR_DATA_TOKENS;

    *out = NULL;
    if (n == 0)
        return lrr_fail(err, LRR_EINVAL, "there is no sample in the data");
    if (room > INT32_MAX)
        return lrr_fail(err, LRR_EINVAL, "%zu samples are more than 2147483647", room);
    if (seq && cfg->shape.rank >= LRR_RANK_MAX)
        return lrr_fail(err, LRR_EINVAL, "a step has at most %d axes",
                        LRR_RANK_MAX - 1);
    if ((st = lrr_mem_new(1, sizeof *d, "a data set", &d, err)) != LRR_OK)
        return st;
    d->kind = cfg->kind;
    d->n = n;
    d->room = room;
    memcpy(d->part, cfg->part, sizeof d->part);
    d->shape = cfg->shape;
    d->width = cfg->kind == LRR_DATA_TOKENS ? 1 : lrr_shape_count(&cfg->shape);
    d->classes = cfg->classes;
    d->k = cfg->k;
    d->per_step = cfg->per_step;
    elements = lrr_size_mul(seq ? cfg->steps : room, d->width);
    st = cfg->stored
             ? LRR_OK
             : lrr_mem_new(elements, element_size(d->kind), "the data", &d->x.any, err);
    if (st == LRR_OK && seq)
        st = lrr_mem_new(n + 1, sizeof *d->offset, "offsets of the data", &d->offset,
                         err);
    if (st == LRR_OK)
        st = new_targets(d, count_targets(d, cfg), err);
    if (st == LRR_OK && d->kind != LRR_DATA_TOKENS)
        st = new_scale(d, err);
    if (st != LRR_OK) {
        lrr_dataset_free(d);
        return st;
    }
    *out = d;
    return LRR_OK;
}

void lrr_dataset_free(lrr_dataset *d)
{
    if (d == NULL)
        return;
    if (d->let_go != NULL)
        d->let_go(d->owner);
    else
        lrr_mem_free(d->x.any);
    lrr_stored_free(d->stored);
    lrr_mem_free(d->offset);
    lrr_mem_free(d->start);
    lrr_mem_free(d->target_bytes);
    lrr_mem_free(d->y_class);
    lrr_mem_free(d->y_real);
    lrr_mem_free(d->y_scale);
    lrr_mem_free(d->mean);
    lrr_mem_free(d->inv);
    lrr_mem_free(d->base);
    lrr_mem_free(d->fill);
    lrr_mem_free(d->class_name);
    for (int i = 0; i < LRR_SPLITS; i++)
        lrr_mem_free(d->index[i]);
    lrr_mem_free(d);
}

lrr_status lrr_dataset_add_targets(lrr_dataset *d, size_t classes, size_t k,
                                   lrr_error *err)
{
    LRR_ASSERT(d->y_class == NULL && d->y_real == NULL);
    d->classes = classes;
    d->k = k;
    d->room = d->n;
    return new_targets(d, lrr_dataset_target(d, d->n), err);
}

lrr_status lrr_dataset_name_classes(lrr_dataset *d, const char *const *names,
                                    lrr_error *err)
{
    /* One block: the pointers, then the texts. */
    size_t bytes = d->classes * sizeof(char *);
    char **list = NULL, *at;
    lrr_status st;
    for (size_t i = 0; i < d->classes; i++)
        bytes += strlen(names[i]) + 1;
    if ((st = lrr_mem_new(bytes, 1, "names of classes", &list, err)) != LRR_OK)
        return st;
    at = (char *)(list + d->classes);
    for (size_t i = 0; i < d->classes; i++) {
        size_t n = strlen(names[i]) + 1;
        memcpy(at, names[i], n);
        list[i] = at;
        at += n;
    }
    lrr_mem_free(d->class_name);
    d->class_name = list;
    return LRR_OK;
}

/* Where row `row` is, for messages: "sample 3", or "step 2 of sample 3" with `at`. */
static const char *place_of(const lrr_dataset *d, size_t row,
                            size_t (*at)(const lrr_dataset *, size_t), char text[64])
{
    size_t lo = 0, hi = d->n;
    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;
        *(at(d, middle) <= row ? &lo : &hi) = middle;
    }
    if (at(d, d->n) == d->n)
        snprintf(text, 64, "sample %zu", lo + 1);
    else
        snprintf(text, 64, "step %zu of sample %zu", row - at(d, lo) + 1, lo + 1);
    return text;
}

static lrr_status not_finite(const char *what, size_t column, const char *place,
                             float value, lrr_error *err)
{
    return lrr_fail(err, LRR_ENONFINITE, "%s %zu of %s is %s", what, column + 1, place,
                    isnan(value) ? "nan" : "infinite");
}

/* Rows of x looked at; what is at (row, column) must not be there. */
typedef struct looked {
    size_t width, row, column;
    float value;
    bool missing, any_missing, bad;
} looked;

static bool look_at_row(void *ud, size_t row, const void *x)
{
    looked *k = ud;
    const float *v = x;
    for (size_t c = 0; c < k->width; c++) {
        if (isfinite(v[c]))
            continue;
        k->any_missing = true;
        k->bad = !(k->missing && isnan(v[c]));
        if (!k->bad)
            continue;
        k->row = row;
        k->column = c;
        k->value = v[c];
        return false;
    }
    return true;
}

static lrr_status check_values(lrr_dataset *d, bool missing, lrr_error *err)
{
    looked k = { .width = d->width, .missing = missing };
    const lrr_walk all = { .d = d, .n = d->n };
    char place[64];
    lrr_status st = lrr_walk_rows(&all, look_at_row, &k, err);
    d->complete = st == LRR_OK && !k.any_missing;
    return st == LRR_OK && k.bad
               ? not_finite("value", k.column,
                            place_of(d, k.row, lrr_dataset_row, place), k.value, err)
               : st;
}

static lrr_status check_reals(const lrr_dataset *d, bool missing, lrr_error *err)
{
    const size_t n = lrr_dataset_target(d, d->n) * d->k;
    char place[64];
    for (size_t i = 0; i < n; i++)
        if (!isfinite(d->y_real[i]) && !(missing && isnan(d->y_real[i])))
            return not_finite("target", i % d->k,
                              place_of(d, i / d->k, lrr_dataset_target, place),
                              d->y_real[i], err);
    return LRR_OK;
}

static lrr_status check_labels(const lrr_dataset *d, bool missing, lrr_error *err)
{
    const size_t targets = lrr_dataset_target(d, d->n);
    char place[64];
    for (size_t i = 0; i < targets; i++)
        if ((d->y_class[i] < 0 && !missing) ||
            (d->y_class[i] >= 0 && (size_t)d->y_class[i] >= d->classes))
            return lrr_fail(err, LRR_EFORMAT, "label of %s is %d, want 0..%zu",
                            place_of(d, i, lrr_dataset_target, place), d->y_class[i],
                            d->classes - 1);
    return LRR_OK;
}

static lrr_status check_windows(const lrr_dataset *d, lrr_error *err)
{
    const size_t reach = d->shape.d[0] + d->per_step;
    for (size_t i = 0; i < d->n; i++)
        if (d->n_tokens < reach || d->start[i] > d->n_tokens - reach)
            return lrr_fail(err, LRR_EFORMAT, "window %zu ends behind the text", i + 1);
    for (size_t i = 0; i < d->n_tokens; i++)
        if (d->x.tokens[i] < 0 || (size_t)d->x.tokens[i] >= d->vocab)
            return lrr_fail(err, LRR_EFORMAT, "token %zu is %d, want 0..%zu", i + 1,
                            d->x.tokens[i], d->vocab - 1);
    return LRR_OK;
}

static lrr_status check_tokens(const lrr_dataset *d, lrr_error *err)
{
    if (d->start != NULL)
        return check_windows(d, err);
    for (size_t i = 0; i < d->n; i++)
        for (uint64_t j = d->offset[i]; j < d->offset[i + 1]; j++)
            if (d->x.tokens[j] < 0 || (size_t)d->x.tokens[j] >= d->vocab)
                return lrr_fail(err, LRR_EFORMAT,
                                "a token of sample %zu is %d, want 0..%zu", i + 1,
                                d->x.tokens[j], d->vocab - 1);
    return LRR_OK;
}

static lrr_status check_steps(const lrr_dataset *d, lrr_error *err)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->offset[i + 1] == d->offset[i])
            return lrr_fail(err, LRR_EFORMAT, "sample %zu has no step", i + 1);
    return LRR_OK;
}

lrr_status lrr_dataset_check(lrr_dataset *d, bool missing, lrr_error *err)
{
    lrr_status st = LRR_OK;
    if (d->kind == LRR_DATA_F32)
        st = check_values(d, missing, err);
    if (st == LRR_OK && d->y_real != NULL)
        st = check_reals(d, missing, err);
    if (st == LRR_OK && d->y_class != NULL)
        st = check_labels(d, missing, err);
    if (st == LRR_OK && d->kind == LRR_DATA_TOKENS)
        st = check_tokens(d, err);
    if (st == LRR_OK && d->offset != NULL && (d->per_step || d->kind == LRR_DATA_F32))
        st = check_steps(d, err);
    return st;
}

static size_t x_bytes(const lrr_dataset *d)
{
    const size_t rows = d->stored != NULL  ? 0
                        : d->start != NULL ? d->n_tokens
                                           : lrr_dataset_row(d, d->n);
    return rows * d->width * element_size(d->kind);
}

typedef struct summed {
    lrr_sha256 *s;
    size_t bytes;
} summed;

static bool sum_row(void *ud, size_t row, const void *x)
{
    const summed *k = ud;
    (void)row;
    lrr_sha256_add(k->s, x, k->bytes);
    return true;
}

/* x, in one piece where it is in memory. */
static lrr_status sum_x(const lrr_dataset *d, lrr_sha256 *s, lrr_error *err)
{
    summed k = { s, lrr_dataset_row_bytes(d) };
    const lrr_walk all = { .d = d, .n = d->n };
    if (d->stored != NULL)
        return lrr_walk_rows(&all, sum_row, &k, err);
    lrr_sha256_add(s, d->x.any, x_bytes(d));
    return LRR_OK;
}

lrr_status lrr_dataset_fingerprint(const lrr_dataset *d, char out[65], lrr_error *err)
{
    const size_t targets = lrr_dataset_target(d, d->n);
    lrr_sha256 s;
    lrr_status st;
    uint64_t head[16] = { (uint64_t)d->kind, d->n,       d->part[0], d->part[1],
                          d->part[2],        d->classes, d->k,       d->vocab };
    for (int i = 0; i < LRR_RANK_MAX; i++)
        head[8 + i] = d->shape.d[i];
    lrr_sha256_init(&s);
    lrr_sha256_add(&s, head, sizeof head);
    if (d->offset != NULL)
        lrr_sha256_add(&s, d->offset, (d->n + 1) * sizeof *d->offset);
    if (d->start != NULL)
        lrr_sha256_add(&s, d->start, d->n * sizeof *d->start);
    st = sum_x(d, &s, err);
    if (d->y_class != NULL)
        lrr_sha256_add(&s, d->y_class, targets * sizeof *d->y_class);
    if (d->y_real != NULL)
        lrr_sha256_add(&s, d->y_real, targets * d->k * sizeof *d->y_real);
    for (size_t j = 0; j < d->k; j++) /* only where one is: others keep theirs */
        if (d->y_scale[j].offset != 0)
            lrr_sha256_add(&s, &d->y_scale[j].offset, sizeof d->y_scale[j].offset);
    if (d->per_step) /* its own word, so that other data sets keep their fingerprint */
        lrr_sha256_add(&s, "steps", 5);
    if (d->base != NULL)
        lrr_sha256_add(&s, d->base, d->width * sizeof *d->base);
    lrr_sha256_end_hex(&s, out);
    return st;
}

size_t lrr_dataset_bytes(const lrr_dataset *d)
{
    size_t targets = lrr_dataset_target(d, d->n);
    size_t bytes = x_bytes(d) + targets * 4 * (d->k + (d->y_class != NULL));
    bytes += lrr_stored_bytes(d->stored, d->n);
    if (d->start != NULL)
        bytes += d->n * (sizeof *d->start + (d->target_bytes != NULL ? 4 : 0));
    return bytes + (d->offset != NULL ? (d->n + 1) * sizeof *d->offset : 0);
}
