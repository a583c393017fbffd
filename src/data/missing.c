/* missing.c -- values that are not there, of a data set; see missing.h. */
#include "data/missing.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "data/goal.h"
#include "data/select.h"
#include "data/stored.h"
#include "data/walk.h"

typedef struct means {
    size_t width;
    double *sum, *n; /* (width) */
} means;

/* Adds the values of a row that are there, and one to the count of each. What is missing is as likely
** anywhere: there is nothing to branch on. */
static void add_there(const float *restrict x, size_t width, double *restrict sum,
                      double *restrict n)
{
    for (size_t c = 0; c < width; c++) {
        uint32_t bits, there; /* all bits, or none */
        float v;
        memcpy(&bits, &x[c], sizeof bits);
        there = 0U - (uint32_t)((bits & INT32_MAX) <= 0x7f800000);
        bits &= there;
        memcpy(&v, &bits, sizeof v);
        sum[c] += (double)v; /* of nothing 0, which a sum that began with it keeps */
        n[c] += (double)(int32_t)(there & 1);
    }
}

static bool add_row(void *ud, size_t row, const void *row_x)
{
    const means *k = ud;
    const float *x = row_x;
    (void)row;
    add_there(x, k->width, k->sum, k->n);
    return true;
}

static lrr_status find_means(lrr_dataset *d, lrr_error *err)
{
    const lrr_walk train = lrr_walk_train(d);
    means k = { .width = d->width };
    lrr_status st = lrr_mem_new(d->width, sizeof *k.sum, "means", &k.sum, err);
    if (st == LRR_OK)
        st = lrr_mem_new(d->width, sizeof *k.n, "means", &k.n, err);
    if (st == LRR_OK)
        st = lrr_walk_rows(&train, add_row, &k, err);
    for (size_t c = 0; st == LRR_OK && c < d->width; c++)
        d->fill[c] = k.n[c] > 0 ? (float)(k.sum[c] / k.n[c]) : 0;
    lrr_mem_free(k.sum);
    lrr_mem_free(k.n);
    return st;
}

/* A column of the training split; n (0 before): how many of it are there. */
typedef struct one_column {
    size_t at, n;
    float *v;
} one_column;

static bool copy_value(void *ud, size_t row, const void *x)
{
    one_column *k = ud;
    const float v = ((const float *)x)[k->at];
    (void)row;
    if (!isnan(v))
        k->v[k->n++] = v;
    return true;
}

static lrr_status find_medians(lrr_dataset *d, lrr_error *err)
{
    const lrr_walk train = lrr_walk_train(d);
    float *v = NULL;
    const size_t most = lrr_dataset_row(d, d->n);
    lrr_status st;
    if (d->stored != NULL)
        return lrr_fail(err, LRR_EINVAL, "medians are of samples in memory");
    st = lrr_mem_new(most, sizeof *v, "a column", &v, err);
    for (size_t c = 0; st == LRR_OK && c < d->width; c++) {
        one_column k = { .at = c, .v = v };
        st = lrr_walk_rows(&train, copy_value, &k, err);
        d->fill[c] = k.n == 0 ? 0 : lrr_select(v, k.n, k.n / 2);
        if (k.n > 0 && k.n % 2 == 0)
            d->fill[c] =
                (float)(((double)d->fill[c] + (double)lrr_select(v, k.n, k.n / 2 - 1)) /
                        2);
    }
    lrr_mem_free(v);
    return st;
}

static void fill_row(float *restrict x, size_t width, const float *restrict fill)
{
    for (size_t c = 0; c < width; c++) {
        const float v = x[c], other = fill[c];
        x[c] = v == v ? v : other;
    }
}

/* NaN of rows in memory becomes d->fill; how many. */
static size_t fill_rows(lrr_dataset *d)
{
    const size_t all = lrr_dataset_row(d, d->n);
    size_t filled = 0;
    for (size_t r = 0; r < all; r++) {
        float *x = d->x.f32 + r * d->width;
        size_t gaps = 0;
        for (size_t c = 0; c < d->width; c++)
            gaps += isnan(x[c]) ? 1 : 0;
        if (gaps > 0)
            fill_row(x, d->width, d->fill);
        filled += gaps;
    }
    return filled;
}

static lrr_status new_fill(lrr_dataset *d, lrr_error *err)
{
    return d->fill != NULL ? LRR_OK
                           : lrr_mem_new(d->width, sizeof *d->fill, "means of the data",
                                         &d->fill, err);
}

lrr_status lrr_dataset_fill_known(lrr_dataset *d, const float *fill, size_t *filled,
                                  lrr_error *err)
{
    lrr_status st = new_fill(d, err);
    *filled = 0;
    if (st != LRR_OK)
        return st;
    memcpy(d->fill, fill, d->width * sizeof *fill);
    if (d->stored != NULL)
        d->stored->fills = true;
    else
        *filled = fill_rows(d);
    return LRR_OK;
}

lrr_status lrr_dataset_fill_missing(lrr_dataset *d, bool median, size_t *filled,
                                    lrr_error *err)
{
    lrr_status st = new_fill(d, err);
    *filled = 0;
    if (st == LRR_OK)
        st = median ? find_medians(d, err) : find_means(d, err);
    if (st == LRR_OK && d->stored != NULL)
        d->stored->fills = true;
    else if (st == LRR_OK)
        *filled = fill_rows(d);
    return st;
}

/* Rows looked at for what is missing. */
typedef struct gaps {
    const lrr_dataset *d;
    size_t *count; /* (width), or NULL */
    uint8_t *what; /* (n) NO_VALUE of samples that miss something, or NULL */
    size_t sample, samples, first; /* first, last: of those that miss something */
    size_t last;
} gaps;

/* Samples as lrr_dataset_drop moves them: those kept go to `sample`, their rows and targets to
** row and target. */
typedef struct moving {
    lrr_dataset *d;
    size_t sample, row, target;
} moving;

typedef enum verdict { KEEP, NO_VALUE, NO_TARGET, NO_CLASS } verdict;

static bool look_for_gaps(void *ud, size_t row, const void *row_x)
{
    gaps *k = ud;
    const float *x = row_x;
    bool any = false;
    for (size_t c = 0; c < k->d->width; c++) {
        if (!isnan(x[c]))
            continue;
        any = true;
        if (k->count != NULL)
            k->count[c]++;
    }
    while (lrr_dataset_row(k->d, k->sample + 1) <= row)
        k->sample++;
    if (!any || (k->samples > 0 && k->last == k->sample))
        return true;
    k->first = k->samples++ == 0 ? k->sample : k->first;
    k->last = k->sample;
    if (k->what != NULL)
        k->what[k->sample] = NO_VALUE;
    return true;
}

lrr_status lrr_dataset_missing(const lrr_dataset *d, lrr_split part, size_t *count,
                               size_t *samples, size_t *first, lrr_error *err)
{
    gaps k = { .d = d, .count = count };
    lrr_walk w = { .d = d, .n = d->part[part] };
    lrr_status st = LRR_OK;
    for (int i = 0; i < (int)part; i++)
        w.from += d->part[i];
    memset(count, 0, d->width * sizeof *count);
    if (!d->complete)
        st = lrr_walk_rows(&w, look_for_gaps, &k, err);
    *samples = k.samples;
    *first = k.samples > 0 ? k.first - w.from : 0;
    return st;
}

/* Of a sample's targets. */
static verdict judge(const lrr_dataset *d, size_t i)
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
    return KEEP;
}

static void move_sample(moving *m, size_t row, size_t end, size_t target, size_t last)
{
    lrr_dataset *d = m->d;
    const size_t bytes = lrr_dataset_row_bytes(d);
    char *x = d->x.any;
    if (d->stored == NULL)
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

/* what (n, zero) = the verdict on each sample. */
static lrr_status judge_all(const lrr_dataset *d, bool values, uint8_t *what,
                            lrr_dropped dropped[LRR_SPLITS], lrr_error *err)
{
    static const char *const name[LRR_SPLITS] = { "train", "val", "test" };
    const lrr_walk all = { .d = d, .n = d->n };
    gaps k = { .d = d, .what = what };
    lrr_status st =
        values && !d->complete ? lrr_walk_rows(&all, look_for_gaps, &k, err) : LRR_OK;
    if (st != LRR_OK)
        return st;
    for (size_t part = 0, i = 0; part < LRR_SPLITS; part++) {
        lrr_dropped *out = &dropped[part];
        size_t n = 0;
        *out = (lrr_dropped){ 0 };
        for (size_t j = 0; j < d->part[part]; j++, i++) {
            const verdict found = judge(d, i);
            what[i] = found != KEEP ? (uint8_t)found : what[i];
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

/* The samples that are kept, of rows that stay in their files. */
static lrr_status keep_stored(lrr_dataset *d, const uint8_t *what, lrr_error *err)
{
    uint32_t *keep = NULL;
    size_t n = 0;
    lrr_status st =
        lrr_mem_new(d->n, sizeof *keep, "the places of samples", &keep, err);
    for (size_t i = 0; st == LRR_OK && i < d->n; i++)
        if (what[i] == KEEP)
            keep[n++] = (uint32_t)i;
    if (st == LRR_OK && n < d->n)
        st = lrr_stored_keep(d, keep, n, err);
    lrr_mem_free(keep);
    return st;
}

lrr_status lrr_dataset_drop(lrr_dataset *d, bool values,
                            lrr_dropped dropped[LRR_SPLITS], lrr_error *err)
{
    uint8_t *what = NULL;
    lrr_status st = lrr_mem_new(d->n, 1, "rows", &what, err);
    if (st == LRR_OK)
        st = judge_all(d, values && d->kind == LRR_DATA_F32, what, dropped, err);
    if (st == LRR_OK && d->stored != NULL)
        st = keep_stored(d, what, err);
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
    LRR_ASSERT(d->kind == LRR_DATA_F32 && d->offset == NULL && d->shape.rank == 1 &&
               d->stored == NULL);
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
