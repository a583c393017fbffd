/*
** tree.h -- sums over a fixed number of leaves, in one order whoever holds which leaves.
**
** The leaves 0 .. leaves - 1 are added in a binary tree that follows from their number alone:
** the left half of a range is the largest power of two below its length. A sum of leaves that
** somebody holds side by side is so made of whole subtrees of that tree, and what is left to
** do is the rest of it: the bits are the same for any number of holders. A sum stands where the
** first of its leaves stood.
*/
#ifndef LRR_BASE_TREE_H
#define LRR_BASE_TREE_H

#include <stddef.h>

enum { LRR_TREE_MAX = 1024 }; /* leaves */

/* One addition: what stands at leaf `to` += what stands at leaf `from`, a later one. */
typedef struct lrr_merge {
    size_t to, from;
} lrr_merge;

/* Where share i of n things begins that are cut into `shares` (i = shares: n). */
size_t lrr_tree_cut(size_t n, size_t shares, size_t i);

/* The additions, in order, that leaves from .. to - 1 alone are enough for: out (leaves - 1) at
** most. Returns how many. */
size_t lrr_tree_within(size_t leaves, size_t from, size_t to, lrr_merge *out);

/* Those that are left where each of `holders` has made its own; its leaves are lrr_tree_cut's. */
size_t lrr_tree_across(size_t leaves, size_t holders, lrr_merge *out);

/* Leaves that stand for a sum, in order, once `holder` has made its own: out (leaves). */
size_t lrr_tree_tops(size_t leaves, size_t holders, size_t holder, size_t *out);

/* rows (leaves, n): row 0 becomes the sum of all; the others are used up. */
void lrr_tree_sum(double *rows, size_t leaves, size_t n);

#endif
