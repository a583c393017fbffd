/* batch.c -- see batch.h. */
#include "data/batch.h"

#include <string.h>

const lrr_feed *lrr_batch_find(const lrr_batch *b, const char *name)
{
    for (size_t i = 0; i < b->n_feeds; i++)
        if (strcmp(b->feed[i].name, name) == 0)
            return &b->feed[i];
    return NULL;
}
