/*
** workers.h -- trials of a search as processes, started by the supervisor: `lrrun trial STUDY
** N` of this very program, with words that were noted before the recipe ran.
**
** Ownership: whoever holds the struct. Gives errnos; 0 is success.
*/
#ifndef LRR_HOST_WORKERS_H
#define LRR_HOST_WORKERS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/broker.h"
#include "os/errands.h"

typedef struct lrr_workers {
    struct {
        pid_t pid; /* 0: nobody */
        bool ended;
        int code; /* 128 + n for signal n */
    } at[LRR_WORKERS];
    char *
        words; /* the last of a worker's command line, each ends in 0; NULL: none starts */
    size_t n;       /* bytes of them */
    int64_t memory; /* most bytes of memory that one is given */
    sigset_t mask;
} lrr_workers;

/* What one is to do. */
typedef struct lrr_work {
    const char *study; /* path of the study's folder */
    const char *trial; /* its folder's name in `trials`, under LRR_TRIAL_BYTES */
    int folder; /* the trial's folder, open: what the worker says goes to worker.log */
    int threads;
    int64_t memory; /* bytes */
} lrr_work;

void lrr_workers_init(lrr_workers *w, const sigset_t *mask);

/* Notes the words, and the most memory; without them nothing is started. ENOMEM, EINVAL. */
int lrr_workers_note(lrr_workers *w, const char *words, size_t n, int64_t memory);

/* Starts one; *id is its number. EPERM (no words, too much memory), EAGAIN (as many run as
** may), and what open and posix_spawn say. */
int lrr_workers_start(lrr_workers *w, const lrr_work *work, int *id);

/* 0: it has ended, with *code, and is forgotten; EAGAIN: it runs; ESRCH: there is none. */
int lrr_workers_ended(lrr_workers *w, int64_t id, int *code);

/* Asks one of them to end by this signal, or with LRR_ALL_WORKERS all. */
void lrr_workers_stop(lrr_workers *w, int64_t id, int signo);

/* Takes note of a child that has ended. */
void lrr_workers_reaped(lrr_workers *w, pid_t pid, int status);

#endif
