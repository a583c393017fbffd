/*
** halt.h -- whether work that takes long is to end: reading data, drawing weights, learning the
** pairs of a vocabulary. Work before a run's first update asks now and then, as nothing of it has
** to be saved; what trains, measures or saves never does, as it ends itself where it is whole.
** Threads: any.
*/
#ifndef LRR_BASE_HALT_H
#define LRR_BASE_HALT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Elements of a loop between two looks: less than a tenth of a second of any. */
enum { LRR_HALT_EVERY = 1 << 18 };

/* From now on f says it; from any thread. Before, and after NULL, nothing is to end. */
void lrr_halt_watch(bool (*f)(void));

/* OK, or EINVAL ("interrupted") where it is to end. */
lrr_status lrr_halt_check(lrr_error *err);

/* The same once in LRR_HALT_EVERY calls, which *count counts: for loops over what is small. */
static inline lrr_status lrr_halt_count(size_t *count, lrr_error *err)
{
    return ++*count % LRR_HALT_EVERY != 0 ? LRR_OK : lrr_halt_check(err);
}

/* Whether something has ended for that. Stays. */
bool lrr_halt_met(void);

#endif
