/*
** collect_share.c -- what peers collect of an evaluation whose batches they share, made whole on
** each. See collect.h.
**
** Words that are whole numbers add up; rows are put one behind another, in the order of the
** peers, which is that of their batches. Of a kind with sums of other numbers, whose bits go by
** the order, each batch's part is sent, and all are added as one process adds them.
*/
#include <string.h>

#include "base/mem.h"
#include "base/tree.h"
#include "train/collect_kind.h"

enum { BLOCK = 4096 }; /* words of a peer at a time */

static const char WHAT[] = "an evaluation that ranks share";

static size_t block_of(const lrr_collect *c)
{
    return c->n_words < BLOCK ? c->n_words : BLOCK;
}

static lrr_status reserve_parts(lrr_collect *c, size_t batches, lrr_error *err)
{
    double *parts = NULL;
    lrr_status st;
    if (batches <= c->n_parts)
        return LRR_OK;
    st = lrr_mem_new(lrr_size_mul(batches, c->def->part(&c->cfg)), sizeof *parts, WHAT,
                     &parts, err);
    if (st != LRR_OK)
        return st;
    lrr_mem_free(c->parts);
    c->parts = parts;
    c->n_parts = batches;
    return LRR_OK;
}

lrr_status lrr_collect_share_reserve(lrr_collect *c, size_t batches, size_t peers,
                                     lrr_error *err)
{
    lrr_word *others = NULL;
    const size_t n = lrr_size_mul(block_of(c), peers);
    lrr_status st;
    if (c->def->part != NULL)
        return reserve_parts(c, batches, err);
    if (n <= c->n_others)
        return LRR_OK;
    st = lrr_mem_new(n, sizeof *others, WHAT, &others, err);
    if (st != LRR_OK)
        return st;
    lrr_mem_free(c->others);
    c->others = others;
    c->n_others = n;
    return LRR_OK;
}

void lrr_collect_share_begin(lrr_collect *c)
{
    lrr_collect_reset(c);
    if (c->def->part != NULL)
        memset(c->parts, 0, c->n_parts * c->def->part(&c->cfg) * sizeof *c->parts);
}

void lrr_collect_share_run(lrr_collect *c, size_t i, const lrr_node *x,
                           const lrr_node *y, const lrr_run *run)
{
    const lrr_rows rows = lrr__collect_rows(c, x, y, run);
    if (c->def->part != NULL)
        c->def->measure(c, &rows, c->parts + i * c->def->part(&c->cfg));
    else
        lrr_collect_add(c, &rows);
}

static void share_parts(lrr_collect *c, const lrr_peers *peers, size_t batches)
{
    const size_t n = c->def->part(&c->cfg);
    peers->share(peers->ud, c->parts, batches, n);
    for (size_t i = 0; i < batches; i++)
        c->def->fold(c, c->parts + i * n);
}

/* How many rows there are before those of peer p, for p of 0 .. peers. */
static void find_rows(const lrr_collect *c, const lrr_peers *peers,
                      size_t before[LRR_TREE_MAX + 1])
{
    double rows[LRR_TREE_MAX] = { 0 };
    rows[peers->self] = (double)c->word[LRR__ROWS].i;
    peers->share(peers->ud, rows, peers->n, 1);
    before[0] = 0;
    for (size_t p = 0; p < peers->n; p++)
        before[p + 1] = before[p] + (size_t)rows[p];
}

static void share_rows(lrr_collect *c, const lrr_peers *peers)
{
    const size_t size = c->width * sizeof *c->row;
    size_t at[LRR_TREE_MAX + 1];

    find_rows(c, peers, at);
    if (at[peers->n] > c->cap) { /* of all alike */
        c->word[LRR__BROKEN].i = 1;
        c->word[LRR__ROWS].i = 0;
        return;
    }
    memmove(c->row + at[peers->self] * c->width, c->row,
            (size_t)c->word[LRR__ROWS].i * size);
    for (size_t p = 0; p <= peers->n; p++)
        at[p] *= size;
    peers->fill(peers->ud, c->row, at);
}

static void share_words(lrr_collect *c, const lrr_peers *peers)
{
    size_t at[LRR_TREE_MAX + 1];
    for (size_t from = 0; from < c->n_words; from += BLOCK) {
        const size_t n = c->n_words - from < BLOCK ? c->n_words - from : BLOCK;
        lrr_word *word = c->word + from;
        for (size_t p = 0; p <= peers->n; p++)
            at[p] = p * n * sizeof *word;
        memcpy(c->others + peers->self * n, word, n * sizeof *word);
        peers->fill(peers->ud, c->others, at);
        memcpy(word, c->others, n * sizeof *word);
        for (size_t i = n; i < peers->n * n; i++)
            word[i % n].i += c->others[i].i;
    }
}

void lrr_collect_share(lrr_collect *c, const lrr_peers *peers, size_t batches)
{
    LRR_ASSERT(peers->n <= LRR_TREE_MAX);
    if (c->def->part != NULL) {
        share_parts(c, peers, batches);
        return;
    }
    if (c->width > 0)
        share_rows(c, peers);
    share_words(c, peers);
}
