/*
** threads.h -- one pool of threads, and loops cut into chunks by shape.
**
** lrr_parallel(n, f, arg) calls f(arg, i) once for each i in 0..n-1, in any order, on
** any thread, and returns when all are done. The caller chooses n from the shape of the
** work alone, never from the number of threads, and combines partial results in the
** order of i: that is how the bits stay the same for any number of threads. Within f,
** results too small to be normal floating-point numbers (below 1e-38) become 0.
**
** Threads: lrr_parallel is called from one thread at a time (the one that trains), with n = 1
** from any. A call from inside a chunk runs its chunks in line.
*/
#ifndef LRR_BASE_THREADS_H
#define LRR_BASE_THREADS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define LRR_THREADS_MAX 64

typedef void (*lrr_chunk_fn)(void *arg, size_t chunk);

/*
** Says how many threads the pool has: n in all, the caller counted; 0 takes the CPUs that
** this process may use. Called again, it ends the pool that there is. Errors: EINVAL (n >
** LRR_THREADS_MAX).
*/
lrr_status lrr_threads_init(size_t n, lrr_error *err);

/* Starts them, where that was not done: to be called by whoever prepares work that they are to
** share, which may be nobody in a process. Until then the caller does everything. Errors:
** ENOMEM (no thread to be had: the pool has one then). */
lrr_status lrr_threads_begin(lrr_error *err);

/* From now on *count, which others may read, moves whenever a chunk is done that is not within
** another, or a loop that is: a sign that a long one goes on. Before any thread is there. */
void lrr_threads_beat(atomic_uint *count);

/* CPUs that this process may use: 1 .. LRR_THREADS_MAX. */
size_t lrr_threads_allowed(void);

/* Ends the pool's threads. */
void lrr_threads_fini(void);

/* Threads in the pool, the caller counted: 1 or more. */
size_t lrr_threads_count(void);

/* The pool's number of the thread that asks: 0 (the caller) .. count-1. For scratch
** memory only; a result must never depend on it. */
size_t lrr_threads_self(void);

/* See above. n = 0 does nothing; n = 1 runs in line. Cannot fail, does not allocate. Before
** lrr_threads_begin all runs in line. */
void lrr_parallel(size_t n, lrr_chunk_fn f, void *arg);

/* Whether lrr_parallel runs in line here: within a chunk, or with one thread. Of use only for what
** gives the same bits however it is cut. */
bool lrr_threads_alone(void);

/* Whether the caller is within a chunk. */
bool lrr_threads_inside(void);

/* How many chunks of about `grain` elements n elements make: at least 1, at most max.
** Depends on n and grain only. */
size_t lrr_chunks(size_t n, size_t grain, size_t max);

/* First element of chunk i when n elements are cut into `chunks` (i = chunks: n), on a
** multiple of 16 elements so that no two chunks share a cache line. */
size_t lrr_chunk_at(size_t n, size_t chunks, size_t i);

#endif
