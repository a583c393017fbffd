/* labels.c -- see labels.h. */
#include "readers/labels.h"

#include "base/mem.h"

lrr_status lrr_labels_to_classes(const lrr_intern *labels, lrr_dataset *d,
                                 lrr_error *err)
{
    const char **name = NULL;
    uint32_t *rank = NULL;
    lrr_status st = lrr_mem_new(d->classes, sizeof *rank, "classes", &rank, err);
    if (st == LRR_OK)
        st = lrr_mem_new(d->classes, sizeof *name, "classes", &name, err);
    if (st == LRR_OK)
        st = lrr_intern_rank(labels, rank, err);
    for (uint32_t i = 0; st == LRR_OK && i < d->classes; i++)
        name[rank[i]] = lrr_intern_text(labels, i, NULL);
    if (st == LRR_OK)
        st = lrr_dataset_name_classes(d, name, err);
    for (size_t i = 0; st == LRR_OK && i < d->n; i++)
        d->y_class[i] = (int32_t)rank[d->y_class[i]];
    lrr_mem_free(rank);
    lrr_mem_free(name);
    return st;
}
