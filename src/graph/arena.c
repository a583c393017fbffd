/* arena.c -- blocks of activations, each for one plan (memory.c) or more. */
#include <string.h>

#include "base/mem.h"
#include "graph/internal.h"

/* A block of activations. All live as long as the graph: scripts hold views of them, and a
** view must never dangle. Those of an earlier plan that fits into its last block see the
** new plan's values, as they see each new forward's. */
struct arena {
    struct arena *before;
    size_t bytes; /* behind the header, which is LRR_ALIGN long */
};

lrr_status lrr__graph_new_arena(lrr_graph *g, lrr_error *err)
{
    struct arena *a = g->arenas;
    if (a == NULL || a->bytes < g->arena_bytes) {
        lrr_status st = lrr_mem_new(1, lrr_size_add(g->arena_bytes, LRR_ALIGN),
                                    "activations", &a, err);
        if (st != LRR_OK)
            return st;
        *a = (struct arena){ g->arenas, g->arena_bytes };
        g->arenas = a;
    } else {
        memset((char *)a + LRR_ALIGN, 0, g->arena_bytes);
    }
    g->arena = (char *)a + LRR_ALIGN;
    return LRR_OK;
}

void lrr__graph_free_arenas(lrr_graph *g)
{
    while (g->arenas != NULL) {
        struct arena *a = g->arenas;
        g->arenas = a->before;
        lrr_mem_free(a);
    }
}
