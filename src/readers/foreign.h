/*
** foreign.h -- what a file is that is no table of separated values, by how it begins: for messages.
*/
#ifndef LRR_READERS_FOREIGN_H
#define LRR_READERS_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/* What the first n bytes are of, as in "this is ...", or NULL where nothing is known. *text: they
** are text, and might be a table's all the same. */
const char *lrr_foreign_kind(const unsigned char *s, size_t n, bool *text);

#endif
