/*
** cores.h -- how many threads this process is to have where nobody says: one for each processor
** that it was given.
**
** What was given is the least of: the processors that it may use (cpuset, affinity), what Slurm
** gave each task (SLURM_CPUS_PER_TASK), what OMP_NUM_THREADS says, and, where mpirun started
** several ranks on this machine, its share of all processors that are there.
*/
#ifndef LRR_OS_CORES_H
#define LRR_OS_CORES_H

#include <stddef.h>

typedef struct lrr_cores {
    size_t n; /* 1 .. LRR_THREADS_MAX */
    const char
        *by; /* the variable that says so; NULL: the processors that it may use */
} lrr_cores;

/* Never fails. */
lrr_cores lrr_cores_given(void);

#endif
