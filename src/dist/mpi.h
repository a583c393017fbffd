/*
** mpi.h -- what a plug-in that speaks MPI gives: one is built from plugin/mpi.c for each MPI that
** is there, and loaded at run time, so that the program itself needs none.
**
** All calls but init, tell, told and those of messages are made by all ranks in the same order, from the thread that
** called init. A call that fails ends the job (MPI_ERRORS_ARE_FATAL), and its MPI says why. One that
** has to wait for others asks `idle` again and again what to do, and returns, undone, when that says
** false: then no call but tell and told may follow.
*/
#ifndef LRR_DIST_MPI_H
#define LRR_DIST_MPI_H

#include <stdbool.h>

#define LRR_MPI_VERSION 5
#define LRR_MPI_SYMBOL  "lrr_mpi_plugin"

/* Called with `first` for the first time in a wait; takes the time that a wait may take. */
typedef bool (*lrr_mpi_idle)(void *arg, bool first);

typedef struct lrr_mpi {
    int version;         /* LRR_MPI_VERSION of the program that it was built with */
    const char *library; /* "Open MPI v4.1.4" */
    void (*init)(int *rank, int *size, lrr_mpi_idle idle, void *arg);
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
    /* A word to the next rank (after the last comes 0), beside all else. Never waits: where the
    ** one before has not left yet it is dropped. */
    void (*tell)(int word);
    /* One that has come from the rank before; false: none has. */
    bool (*told)(int *word);
    /* A message of n bytes to one rank. */
    void (*send)(const void *data, int n, int to);
    /* The rank of which a message is here, and its bytes; -1: none is. */
    int (*probe)(int *n);
    void (*receive)(void *data, int n, int from);
    void (*meet)(void);   /* all are here */
    void (*finish)(void); /* after it */
} lrr_mpi;

typedef const lrr_mpi *(*lrr_mpi_fn)(void);

#endif
