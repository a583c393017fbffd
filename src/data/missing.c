/* missing.c -- values that are not there, of a data set; see missing.h. */
#include "data/missing.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "data/goal.h"
#include "data/select.h"

/* Calls visit for the rows of the training split in sample order. */
typedef struct rows {
    const lrr_dataset *d;
    size_t sample, row, end;
} rows;

static const float *next_row(rows *r)
{
    const lrr_dataset *d = r->d;
    while (r->row == r->end) {
        size_t i;
        if (r->sample == d->n_index[LRR_SPLIT_TRAIN])
            return NULL;
        i = d->index[LRR_SPLIT_TRAIN][r->sample++];
        r->row = lrr_dataset_row(d, i);
        r->end = lrr_dataset_row(d, i + 1);
    }
    return d->x.f32 + r->row++ * d->width;
}

static lrr_status find_means(lrr_dataset *d, lrr_error *err)
{
    rows r = { .d = d };
    double *sum = NULL, *n = NULL;
    const float *x;
    lrr_status st = lrr_mem_new(d->width, sizeof *sum, "means", &sum, err);
    if (st == LRR_OK)
        st = lrr_mem_new(d->width, sizeof *n, "means", &n, err);
    while (st == LRR_OK && (x = next_row(&r)) != NULL)
        for (size_t c = 0; c < d->width; c++) { /* nothing to branch on */
            const double more = sum[c] + (double)x[c];
            const bool there = !isnan(x[c]);
            sum[c] = there ? more : sum[c];
            n[c] += there ? 1 : 0;
        }
    for (size_t c = 0; st == LRR_OK && c < d->width; c++)
        d->fill[c] = n[c] > 0 ? (float)(sum[c] / n[c]) : 0;
    lrr_mem_free(sum);
    lrr_mem_free(n);
    return st;
}

static lrr_status find_medians(lrr_dataset *d, lrr_error *err)
{
    float *v = NULL;
    const size_t most = lrr_dataset_row(d, d->n);
    lrr_status st = lrr_mem_new(most, sizeof *v, "a column", &v, err);
    for (size_t c = 0; st == LRR_OK && c < d->width; c++) {
        rows r = { .d = d };
        const float *x;
        size_t n = 0;
        while ((x = next_row(&r)) != NULL)
            if (!isnan(x[c]))
                v[n++] = x[c];
        d->fill[c] = n == 0 ? 0 : lrr_select(v, n, n / 2);
        if (n > 0 && n % 2 == 0)
            d->fill[c] =
                (float)(((double)d->fill[c] + (double)lrr_select(v, n, n / 2 - 1)) / 2);
    }
    lrr_mem_free(v);
    return st;
}

void lrr_dataset_fill_known(lrr_dataset *d, const float *fill, size_t *filled)
{
    const size_t all = lrr_dataset_row(d, d->n);
    *filled = 0;
    for (size_t r = 0; r < all; r++) {
        float *x = d->x.f32 + r * d->width;
        size_t gaps = 0;
        for (size_t c = 0; c < d->width; c++)
            gaps += isnan(x[c]) ? 1 : 0;
        for (size_t c = 0; gaps > 0 && c < d->width; c++)
            x[c] = isnan(x[c]) ? fill[c] : x[c];
        *filled += gaps;
    }
}

lrr_status lrr_dataset_fill_missing(lrr_dataset *d, bool median, size_t *filled,
                                    lrr_error *err)
{
    lrr_status st = LRR_OK;
    *filled = 0;
    if (d->fill == NULL)
        st = lrr_mem_new(d->width, sizeof *d->fill, "means of the data", &d->fill, err);
    if (st == LRR_OK)
        st = median ? find_medians(d, err) : find_means(d, err);
    if (st == LRR_OK)
        lrr_dataset_fill_known(d, d->fill, filled);
    return st;
}

void lrr_dataset_missing(const lrr_dataset *d, lrr_split part, size_t *count,
                         size_t *samples, size_t *first)
{
    size_t begin = 0;
    for (int i = 0; i < (int)part; i++)
        begin += d->part[i];
    *samples = *first = 0;
    memset(count, 0, d->width * sizeof *count);
    for (size_t i = begin; i < begin + d->part[part]; i++) {
        const size_t end = lrr_dataset_row(d, i + 1);
        bool any = false;
        for (size_t r = lrr_dataset_row(d, i); r < end; r++)
            for (size_t c = 0; c < d->width; c++)
                if (isnan(d->x.f32[r * d->width + c])) {
                    count[c]++;
                    any = true;
                }
        if (any && ++*samples == 1)
            *first = i - begin;
    }
}

/* Samples as lrr_dataset_drop moves them: those kept go to `sample`, their rows and targets to
** row and target. */
typedef struct moving {
    lrr_dataset *d;
    size_t sample, row, target;
} moving;

typedef enum verdict { KEEP, NO_VALUE, NO_TARGET, NO_CLASS } verdict;

static verdict judge(const lrr_dataset *d, size_t i, size_t row, size_t end,
                     bool values)
{
    const size_t last = lrr_dataset_target(d, i + 1);
    for (size_t t = lrr_dataset_target(d, i); t < last; t++) {
        if (d->y_class != NULL && d->y_class[t] == LRR_CLASS_UNSEEN)
            return NO_CLASS;
        if (d->y_class != NULL && d->y_class[t] < 0)
            return NO_TARGET;
        for (size_t k = 0; d->y_real != NULL && k < d->k; k++)
            if (isnan(d->y_real[t * d->k + k]))
                return NO_TARGET;
    }
    for (size_t j = row * d->width; values && j < end * d->width; j++)
        if (isnan(d->x.f32[j]))
            return NO_VALUE;
    return KEEP;
}

static void move_sample(moving *m, size_t row, size_t end, size_t target, size_t last)
{
    lrr_dataset *d = m->d;
    const size_t bytes = d->width * (d->kind == LRR_DATA_U8 ? 1 : 4);
    char *x = d->x.any;
    memmove(x + m->row * bytes, x + row * bytes, (end - row) * bytes);
    if (d->y_class != NULL)
        memmove(d->y_class + m->target, d->y_class + target,
                (last - target) * sizeof *d->y_class);
    if (d->y_real != NULL)
        memmove(d->y_real + m->target * d->k, d->y_real + target * d->k,
                (last - target) * d->k * sizeof *d->y_real);
    m->row += end - row;
    m->target += last - target;
}

/* what (n) = the verdict on each sample. */
static lrr_status judge_all(const lrr_dataset *d, bool values, uint8_t *what,
                            lrr_dropped dropped[LRR_SPLITS], lrr_error *err)
{
    static const char *const name[LRR_SPLITS] = { "train", "val", "test" };
    for (size_t part = 0, i = 0; part < LRR_SPLITS; part++) {
        lrr_dropped *out = &dropped[part];
        size_t n = 0;
        *out = (lrr_dropped){ 0 };
        for (size_t j = 0; j < d->part[part]; j++, i++) {
            what[i] = (uint8_t)judge(d, i, lrr_dataset_row(d, i),
                                     lrr_dataset_row(d, i + 1), values);
            n += what[i] == KEEP;
            out->values += what[i] == NO_VALUE;
            out->untargeted += what[i] == NO_TARGET;
            out->unseen += what[i] == NO_CLASS;
        }
        if (n == 0 && d->part[part] > 0)
            return lrr_fail(
                err, LRR_EINVAL,
                "no sample is left of the %s part: %zu have no target, %zu a "
                "class that the training data have not, %zu miss something",
                name[part], out->untargeted, out->unseen, out->values);
    }
    return LRR_OK;
}

static void move_all(lrr_dataset *d, const uint8_t *what)
{
    const bool sequences = d->offset != NULL;
    moving m = { .d = d };
    size_t row = 0, target = 0, i = 0;
    for (size_t part = 0; part < LRR_SPLITS; part++) {
        const size_t all = d->part[part];
        for (size_t j = 0; j < all; j++, i++) {
            const size_t end = lrr_dataset_row(d, i + 1);
            const size_t last = lrr_dataset_target(d, i + 1);
            if (what[i] == KEEP) {
                move_sample(&m, row, end, target, last);
                m.sample++;
                if (sequences)
                    d->offset[m.sample] = m.row; /* at most i + 1, which is read */
            } else {
                d->part[part]--;
            }
            row = end;
            target = last;
        }
    }
    d->n = m.sample;
}

lrr_status lrr_dataset_drop(lrr_dataset *d, bool values,
                            lrr_dropped dropped[LRR_SPLITS], lrr_error *err)
{
    uint8_t *what = NULL;
    lrr_status st = lrr_mem_new(d->n, 1, "rows", &what, err);
    if (st == LRR_OK)
        st = judge_all(d, values && d->kind == LRR_DATA_F32, what, dropped, err);
    if (st == LRR_OK)
        move_all(d, what);
    lrr_mem_free(what);
    return st;
}

lrr_status lrr_dataset_flag(lrr_dataset *d, const bool *column, lrr_error *err)
{
    lrr_dataset_cfg cfg = { .kind = LRR_DATA_F32, .shape = lrr_shape_of1(d->width) };
    lrr_dataset *wide = NULL, swap;
    double *base = NULL;
    lrr_status st;
    LRR_ASSERT(d->kind == LRR_DATA_F32 && d->offset == NULL && d->shape.rank == 1);
    for (size_t c = 0; c < d->width; c++)
        cfg.shape.d[0] += column[c] ? 1U : 0U;
    memcpy(cfg.part, d->part, sizeof cfg.part);
    st = lrr_dataset_new(&cfg, &wide, err);
    if (st == LRR_OK && d->base != NULL)
        st = lrr_mem_new(wide->width, sizeof *base, "offsets of the data", &base, err);
    if (st != LRR_OK) {
        lrr_dataset_free(wide);
        return st;
    }
    if (base != NULL)
        memcpy(base, d->base, d->width * sizeof *base);
    for (size_t i = 0; i < d->n; i++) {
        const float *x = d->x.f32 + i * d->width;
        float *to = wide->x.f32 + i * wide->width;
        memcpy(to, x, d->width * sizeof *x);
        to += d->width;
        for (size_t c = 0; c < d->width; c++)
            if (column[c])
                *to++ = isnan(x[c]) ? 1.0F : 0.0F;
    }
    /* The targets and names stay d's; values, sizes and scale are the wider ones. */
    swap = *d;
    d->x = wide->x;
    d->room = d->n;
    d->shape = wide->shape;
    d->width = wide->width;
    d->channels = wide->channels;
    d->mean = wide->mean;
    d->inv = wide->inv;
    d->base = base;
    wide->base = swap.base;
    wide->x = swap.x;
    wide->mean = swap.mean;
    wide->inv = swap.inv;
    lrr_dataset_free(wide);
    return LRR_OK;
}
