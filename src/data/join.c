/* join.c -- data sets of one part each as the parts of one; see dataset.h. */
#include <string.h>

#include "data/dataset.h"

static lrr_status check_alike(const lrr_dataset *a, const lrr_dataset *b, int part,
                              lrr_error *err)
{
    static const char *const name[LRR_SPLITS] = { "train", "val", "test" };
    if (b->kind != LRR_DATA_F32 || b->offset != NULL || b->part[0] != b->n)
        return lrr_fail(err, LRR_EINVAL, "the %s part is not of rows", name[part]);
    if (b->width != a->width || b->classes != a->classes || b->k != a->k)
        return lrr_fail(
            err, LRR_EINVAL,
            "the %s part has %zu inputs, %zu classes and %zu targets, the train "
            "part %zu, %zu and %zu",
            name[part], b->width, b->classes, b->k, a->width, a->classes, a->k);
    for (size_t j = 0; j < a->k; j++)
        if (b->y_scale[j].offset != a->y_scale[j].offset)
            return lrr_fail(err, LRR_EINVAL,
                            "targets of the %s part are read with another offset",
                            name[part]);
    return LRR_OK;
}

lrr_status lrr_dataset_join(const lrr_dataset *const d[LRR_SPLITS], lrr_dataset **out,
                            lrr_error *err)
{
    const lrr_dataset *a = d[0];
    lrr_dataset_cfg cfg = {
        .kind = LRR_DATA_F32, .shape = a->shape, .classes = a->classes, .k = a->k
    };
    lrr_dataset *all = NULL;
    lrr_status st = LRR_OK;
    *out = NULL;
    for (int i = 0; st == LRR_OK && i < LRR_SPLITS; i++)
        if (d[i] != NULL) {
            st = check_alike(a, d[i], i, err);
            cfg.part[i] = d[i]->n;
        }
    if (st == LRR_OK)
        st = lrr_dataset_new(&cfg, &all, err);
    for (size_t i = 0, at = 0; st == LRR_OK && i < LRR_SPLITS; i++) {
        const lrr_dataset *p = d[i];
        if (p == NULL)
            continue;
        memcpy(all->x.f32 + at * all->width, p->x.f32, p->n * p->width * sizeof(float));
        if (p->y_class != NULL)
            memcpy(all->y_class + at, p->y_class, p->n * sizeof *p->y_class);
        if (p->y_real != NULL)
            memcpy(all->y_real + at * p->k, p->y_real, p->n * p->k * sizeof(float));
        for (size_t j = 0; j < p->k; j++)
            all->y_scale[j].offset = p->y_scale[j].offset;
        at += p->n;
    }
    if (st == LRR_OK && a->class_name != NULL)
        st = lrr_dataset_name_classes(all, (const char *const *)a->class_name, err);
    if (st != LRR_OK) {
        lrr_dataset_free(all);
        return st;
    }
    *out = all;
    return LRR_OK;
}
