/* labels.h -- classes of a data set from labels that are texts. */
#ifndef LRR_READERS_LABELS_H
#define LRR_READERS_LABELS_H

#include "data/dataset.h"
#include "readers/intern.h"

/* Names the classes of d as the first d->classes labels, in bytewise order. y_class holds each
** target's number in `labels` and gets its class, or what goal.h says where the label is none of
** them or an empty text. Errors: ENOMEM. */
lrr_status lrr_labels_to_classes(const lrr_intern *labels, lrr_dataset *d,
                                 lrr_error *err);

#endif
