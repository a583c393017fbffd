/* names.h -- which parameter or buffer of a graph has a name. */
#ifndef LRR_GRAPH_NAMES_H
#define LRR_GRAPH_NAMES_H

#include "graph/node.h"

/* A table of nodes, open addressing; all zero: empty. The nodes are somebody else's. */
typedef struct lrr_names {
    lrr_node **at; /* (room) a power of 2, at least twice n; NULL: nobody */
    size_t n, room;
} lrr_names;

/* FNV-1a (Fowler, Noll, Vo): a parameter's random stream follows it, too. */
uint64_t lrr__name_hash(const char *name);

/* The node of that name; NULL: there is none. */
lrr_node *lrr__names_find(const lrr_names *names, const char *name);

/* Makes room for one more. Errors: ENOMEM. */
lrr_status lrr__names_room(lrr_names *names, lrr_error *err);

/* Adds a node whose name is not there yet, for which there is room. Cannot fail. */
void lrr__names_add(lrr_names *names, lrr_node *node);

void lrr__names_fini(lrr_names *names);

#endif
