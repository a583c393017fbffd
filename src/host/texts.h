/*
** texts.h -- the long texts (strings of Lua) that are alive, as the allocator sees them.
**
** How long a single instruction can take (a comparison, a join) depends on the longest one.
** Threads: the one that runs Lua.
*/
#ifndef LRR_HOST_TEXTS_H
#define LRR_HOST_TEXTS_H

#include <stddef.h>

/* Bytes from which a text is long, and how many are told apart: of those beyond, the
** longest one counts as alive for good. */
enum { LRR_TEXT_LONG = 512 * 1024, LRR_TEXTS = 256 };

typedef struct lrr_texts {
    size_t longest; /* bytes of the longest one alive; 0: no long one */
    size_t beyond;  /* the longest one that had no place */
    size_t n;
    struct {
        const void *at;
        size_t size;
    } text[LRR_TEXTS];
} lrr_texts;

/* A text of size bytes is at `at` from now on. */
void lrr_texts_add(lrr_texts *t, const void *at, size_t size);

/* The block at `at` is let go of: a long text, or something else. */
void lrr_texts_drop(lrr_texts *t, const void *at);

#endif
