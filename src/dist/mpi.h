/*
** mpi.h -- what a plug-in that speaks MPI gives: one is built from plugin/mpi.c for each MPI that
** is there, and loaded at run time, so that the program itself needs none.
**
** All calls but init are made by all ranks in the same order, from the thread that called init.
** A call that fails ends the job (MPI_ERRORS_ARE_FATAL), and its MPI says why.
*/
#ifndef LRR_DIST_MPI_H
#define LRR_DIST_MPI_H

#include <stdbool.h>

#define LRR_MPI_VERSION 3
#define LRR_MPI_SYMBOL  "lrr_mpi_plugin"

typedef struct lrr_mpi {
    int version;         /* LRR_MPI_VERSION of the program that it was built with */
    const char *library; /* "Open MPI v4.1.4" */
    void (*init)(int *rank, int *size);
    /* n bytes of rank 0 go to all. */
    void (*broadcast)(void *data, int n);
    /* data: rank r has filled n[r] bytes at at[r], and gets the others'. */
    void (*gather)(void *data, const int *n, const int *at);
    /* n[r] bytes at at[r] of `from` go to rank r, whose come to `to`, likewise. */
    void (*exchange)(const void *from, const int *n, const int *at, void *to,
                     const int *to_n, const int *to_at);
    /* The same two on a lane, 0 .. LRR_MAIL_LANES - 1, on which nothing else is under way: begun,
    ** and done when `done` says so. All ranks begin the same on a lane, in the same order. */
    void (*begin_gather)(int lane, void *data, const int *n, const int *at);
    void (*begin_exchange)(int lane, const void *from, const int *n, const int *at,
                           void *to, const int *to_n, const int *to_at);
    bool (*done)(int lane);
    void (*finish)(void);
} lrr_mpi;

typedef const lrr_mpi *(*lrr_mpi_fn)(void);

#endif
