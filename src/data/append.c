/* append.c -- a data set of one part becomes another part of one; see append.h. */
#include "data/append.h"

#include <string.h>

#include "data/stored.h"

static lrr_status check_alike(const lrr_dataset *d, lrr_split part,
                              const lrr_dataset *p, lrr_error *err)
{
    static const char *const name[LRR_SPLITS] = { "train", "val", "test" };
    if (p->kind != LRR_DATA_F32 || (p->stored != NULL) != (d->stored != NULL) ||
        p->offset != NULL || p->per_step || p->part[0] != p->n || d->kind != p->kind ||
        d->offset != NULL || d->per_step)
        return lrr_fail(err, LRR_EINVAL, "the %s part is not of rows", name[part]);
    if (p->width != d->width || p->classes != d->classes || p->k != d->k)
        return lrr_fail(
            err, LRR_EINVAL,
            "the %s part has %zu inputs, %zu classes and %zu targets, the train "
            "part %zu, %zu and %zu",
            name[part], p->width, p->classes, p->k, d->width, d->classes, d->k);
    for (size_t j = 0; j < d->k; j++)
        if (p->y_scale[j].offset != d->y_scale[j].offset)
            return lrr_fail(err, LRR_EINVAL,
                            "targets of the %s part are read with another offset",
                            name[part]);
    for (int i = (int)part; i < LRR_SPLITS; i++)
        if (d->part[i] > 0)
            return lrr_fail(err, LRR_EINVAL, "there is a %s part already", name[i]);
    if (p->n > d->room - d->n)
        return lrr_fail(err, LRR_EINVAL,
                        "the %s part has %zu samples, there is room for %zu",
                        name[part], p->n, d->room - d->n);
    return LRR_OK;
}

lrr_status lrr_dataset_append(lrr_dataset *d, lrr_split part, lrr_dataset *p,
                              lrr_error *err)
{
    const size_t at = d->n;
    lrr_status st = check_alike(d, part, p, err);
    if (st == LRR_OK && d->stored != NULL)
        st = lrr_stored_join(d, p, err);
    if (st == LRR_OK) {
        if (d->stored == NULL)
            memcpy(d->x.f32 + at * d->width, p->x.f32, p->n * p->width * sizeof(float));
        if (p->y_class != NULL)
            memcpy(d->y_class + at, p->y_class, p->n * sizeof *p->y_class);
        if (p->y_real != NULL)
            memcpy(d->y_real + at * p->k, p->y_real, p->n * p->k * sizeof(float));
        d->complete = d->complete && p->complete;
        d->part[part] = p->n;
        d->n += p->n;
    }
    lrr_dataset_free(p);
    return st;
}
