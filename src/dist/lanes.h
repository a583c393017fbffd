/*
** lanes.h -- the lanes of a mailbox, as its carrier sees them: requests that are begun, and looked
** after until they are done.
*/
#ifndef LRR_DIST_LANES_H
#define LRR_DIST_LANES_H

#include <stdbool.h>

#include "dist/mailbox.h"
#include "dist/mpi.h"

typedef struct lrr__lanes {
    struct {
        bool busy;
        int n[LRR_RANKS_MAX], at[LRR_RANKS_MAX]; /* MPI's until it is done */
        int to_n[LRR_RANKS_MAX], to_at[LRR_RANKS_MAX];
    } of[LRR_MAIL_LANES];
} lrr__lanes;

/* Copies the places of each rank's bytes; false where one is not within `room`. */
bool lrr__mail_places(const int32_t *n, const int32_t *at, int size, int room,
                      int *n_out, int *at_out);

typedef enum lrr__lanes_found {
    LRR__LANES_NONE,  /* asks */
    LRR__LANES_BEGUN, /* one was */
    LRR__LANES_WRONG  /* what is asked for is none */
} lrr__lanes_found;

/* Begins what one of them asks for. */
lrr__lanes_found lrr__lanes_take(lrr__lanes *s, lrr_mailbox *m, const lrr_mpi *mpi,
                                 int size);

/* Tells of all that are done. Whether any is still under way. */
bool lrr__lanes_look(lrr__lanes *s, lrr_mailbox *m, const lrr_mpi *mpi);

#endif
