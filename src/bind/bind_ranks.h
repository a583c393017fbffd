/* bind_ranks.h -- the other ranks, as a training session needs them (bind_ranks.c). */
#ifndef LRR_BIND_RANKS_H
#define LRR_BIND_RANKS_H

#include "graph/shards.h"

/* Those that this process has met; none where it is alone. */
lrr_peers lrr_bind_peers(void);

#endif
