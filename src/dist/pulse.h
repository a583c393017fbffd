/*
** pulse.h -- how the carriers of a job (carrier.h) know that the others are there, however long
** their ranks take for what they do: each gives the next one a sign of life every second, in a
** ring. One that hears nothing from the rank before it for a while takes it for lost and says so
** on, around the ring. A connection that is cut tells of nothing by itself, and MPI would wait
** for good.
*/
#ifndef LRR_DIST_PULSE_H
#define LRR_DIST_PULSE_H

#include <stdbool.h>

#include "dist/mpi.h"

typedef struct lrr_pulse {
    const lrr_mpi *mpi; /* NULL: there is nobody yet */
    int rank, size;
    double
        sign; /* seconds from one sign of life to the next: a tenth of the limit, at most 1 */
    double limit;        /* seconds of silence that are its end */
    double looked, said; /* clock at the last look, the last sign to the next */
    double silent;       /* seconds without one from the rank before */
    double waits;        /* clock at the first idle of a wait */
    int lost;            /* a rank; -1: none */
    bool found;          /* here, not told by another rank */
} lrr_pulse;

/* The limit: LRRUN_SILENCE in seconds, or 20. */
void lrr__pulse_init(lrr_pulse *p);

/* From here on the others are there. */
void lrr__pulse_begin(lrr_pulse *p, const lrr_mpi *mpi, int rank, int size);

/* To be called often, at least twice a second. False: a rank is lost, and the next one knows. */
bool lrr__pulse_look(lrr_pulse *p);

/* The same in a wait, of which it takes a little more the longer it is (lrr_mpi_idle). */
bool lrr__pulse_idle(void *p, bool first);

/* The process that trains waits for others: it is alive (os/watch.h). */
void lrr__pulse_others(void);

#endif
