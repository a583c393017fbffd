/* labels.h -- classes of a data set from labels that are texts. */
#ifndef LRR_READERS_LABELS_H
#define LRR_READERS_LABELS_H

#include "data/dataset.h"
#include "readers/intern.h"

/* Names the classes of d as the labels, in bytewise order. y_class holds each sample's number in
** `labels` and gets its class. Errors: ENOMEM. */
lrr_status lrr_labels_to_classes(const lrr_intern *labels, lrr_dataset *d,
                                 lrr_error *err);

#endif
