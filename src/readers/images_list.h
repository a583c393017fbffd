/* images_list.h -- what images.c lists and images_load.c decodes. */
#ifndef LRR_READERS_IMAGES_LIST_H
#define LRR_READERS_IMAGES_LIST_H

#include "readers/images.h"
#include "readers/intern.h"
#include "readers/picture_cache.h"

struct lrr_images {
    lrr_intern *paths, *labels; /* paths in order of adding; a path is added once */
    lrr_intern *others; /* names in the folder added last that are no picture's */
    uint32_t *label;    /* (room) of each path */
    uint8_t *fate; /* (paths) lrr__fate of each, once they are decoded; else NULL */
    uint32_t *
        sum; /* (paths) lrr__images_sum of each, where pictures stay in their files; else NULL */
    lrr__picture_cache *cache; /* of these, or NULL */
    size_t room;
    size_t part[LRR_SPLITS];
};

/* Bits of what became of a file. */
enum lrr__fate { LRR__BROKEN = 1, LRR__TURNED = 2, LRR__RESIZED = 4, LRR__DEEP = 8 };

#endif
