/*
** array_look.h -- what a NumPy array holds, without keeping it: for people who look at a file.
*/
#ifndef LRR_READERS_ARRAY_LOOK_H
#define LRR_READERS_ARRAY_LOOK_H

#include "readers/arrays.h"

/* Different values are counted up to LRR_LOOK_DISTINCT, texts up to LRR_LOOK_TEXTS; examples are
** of at most LRR_LOOK_TEXT - 1 bytes. */
enum { LRR_LOOK_DISTINCT = 1000, LRR_LOOK_TEXTS = 65536, LRR_LOOK_TEXT = 40 };
enum { LRR_LOOK_EXAMPLES = 3 };

typedef struct lrr_array_seen {
    lrr_npy header;
    size_t n;                 /* values */
    size_t missing, infinite; /* of them; missing: NaN */
    double lo, hi;            /* of the finite ones; lo > hi: there is none */
    size_t distinct;          /* different values that are there, as far as counted */
    bool more;                /* than these */
    double value[LRR_LOOK_DISTINCT]; /* of numbers: ascending */
    char text[LRR_LOOK_EXAMPLES]
             [LRR_LOOK_TEXT]; /* of texts: the first, cut; "": none */
} lrr_array_seen;

/* Reads all of it once. Errors: those of lrr_array_open, lrr_npy_header_read and of the payload. */
lrr_status lrr_array_look(const lrr_array *a, lrr_array_seen *out, lrr_error *err);

#endif
