/*
** intern.h -- texts to numbers: each different text once, numbered in order of arrival.
**
** Open addressing over FNV-1a; the numbers do not depend on the hash. Not for threads.
*/
#ifndef LRR_READERS_INTERN_H
#define LRR_READERS_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct lrr_intern lrr_intern;

/* At most max texts. Errors: ENOMEM. */
lrr_status lrr_intern_new(size_t max, lrr_intern **out, lrr_error *err);
void lrr_intern_free(lrr_intern *t);

/* *id of the n bytes at s, a new one where they are new. Errors: ENOMEM, EINVAL (max). */
lrr_status lrr_intern_add(lrr_intern *t, const char *s, size_t n, uint32_t *id,
                          lrr_error *err);

/* Whether the text is there; *id is its number then. Cannot fail. */
bool lrr_intern_find(const lrr_intern *t, const char *s, size_t n, uint32_t *id);

size_t lrr_intern_count(const lrr_intern *t);

/* Text id < count: NUL-terminated, *n bytes (n may be NULL); valid until the next add. */
const char *lrr_intern_text(const lrr_intern *t, uint32_t id, size_t *n);

/* -1, 0, 1: texts a and b as bytes, a prefix first. */
int lrr_intern_compare(const lrr_intern *t, uint32_t a, uint32_t b);

/* rank (count): the place of each text in bytewise order. Errors: ENOMEM. */
lrr_status lrr_intern_rank(const lrr_intern *t, uint32_t *rank, lrr_error *err);

#endif
