/* labels.c -- see labels.h. */
#include "readers/labels.h"

#include "base/mem.h"
#include "data/goal.h"

/* place (all labels) = the class of each; *classes: how many there are. */
static lrr_status place_labels(const lrr_intern *labels, size_t known, int32_t *place,
                               size_t *classes, lrr_error *err)
{
    const size_t all = lrr_intern_count(labels);
    uint32_t *rank = NULL, *sorted = NULL;
    lrr_status st = lrr_mem_new(all, sizeof *rank, "classes", &rank, err);
    if (st == LRR_OK)
        st = lrr_mem_new(all, sizeof *sorted, "classes", &sorted, err);
    if (st == LRR_OK)
        st = lrr_intern_rank(labels, rank, err);
    *classes = 0;
    for (uint32_t i = 0; st == LRR_OK && i < all; i++)
        sorted[rank[i]] = i;
    for (size_t i = 0; st == LRR_OK && i < all; i++) {
        const uint32_t id = sorted[i];
        const bool empty = lrr_intern_text(labels, id, NULL)[0] == '\0';
        if (empty)
            place[id] = LRR_CLASS_MISSING;
        else
            place[id] = id < known ? (int32_t)(*classes)++ : LRR_CLASS_UNSEEN;
    }
    lrr_mem_free(rank);
    lrr_mem_free(sorted);
    return st;
}

lrr_status lrr_labels_to_classes(const lrr_intern *labels, lrr_dataset *d,
                                 lrr_error *err)
{
    const size_t all = lrr_intern_count(labels), targets = lrr_dataset_target(d, d->n);
    const char **name = NULL;
    int32_t *place = NULL;
    lrr_status st = lrr_mem_new(all, sizeof *place, "classes", &place, err);
    if (st == LRR_OK)
        st = lrr_mem_new(all, sizeof *name, "classes", &name, err);
    if (st == LRR_OK)
        st = place_labels(labels, d->classes, place, &d->classes, err);
    for (uint32_t i = 0; st == LRR_OK && i < all; i++)
        if (place[i] >= 0)
            name[place[i]] = lrr_intern_text(labels, i, NULL);
    if (st == LRR_OK)
        st = lrr_dataset_name_classes(d, name, err);
    for (size_t i = 0; st == LRR_OK && i < targets; i++)
        d->y_class[i] = place[d->y_class[i]];
    lrr_mem_free(place);
    lrr_mem_free(name);
    return st;
}
