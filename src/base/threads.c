/* threads.c -- see threads.h. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define RELAX() _mm_pause()
#else
#define RELAX() ((void)0)
#endif

/*
** Inside a chunk, numbers too small to be normal count as 0. Gradients over long
** sequences vanish below 1e-38 as a matter of course, and arithmetic on such numbers is
** up to 100 times slower (an LSTM's backward over 200 steps: 740 ms against 10). The
** caller does so as well, for the length of the loop: the bits are the same for any
** number of threads. Returns what restore_tiny takes.
*/
static unsigned flush_tiny(void)
{
#if defined(__x86_64__)
    const unsigned flush = 0x8040; /* FTZ and DAZ of MXCSR */
    unsigned was = _mm_getcsr();
    _mm_setcsr(was | flush);
    return was;
#else
    return 0;
#endif
}

static void restore_tiny(unsigned was)
{
#if defined(__x86_64__)
    _mm_setcsr(was);
#else
    (void)was;
#endif
}

/* Rounds of waiting before a thread sleeps: some 300 us, as waking takes 60 and loops of one
** training step are that far apart, and far shorter than an epoch's end. After each but the FIRST,
** some 50 us, the CPU is offered to whoever wants it: nobody stands still for one that waits. */
enum { ROUNDS = 200, FIRST = 40, PAUSES = 64 };

/*
** A job is cut into as many shares as there are threads, each published as one 64-bit ticket:
** the share's end and its next chunk. Taking a chunk is one fetch-and-add that yields both at
** once, so a thread that wakes late either gets a chunk of the job that there is or sees that
** nothing is left; the caller never waits for a thread that took no chunk. Each thread begins
** with its own share, so that from loop to loop it meets what of an array is in its cache, and
** goes on with what is left of the others'.
*/
#define CHUNK_BITS 24
#define CHUNK_MASK (((uint64_t)1 << CHUNK_BITS) - 1)
#define CHUNKS_MAX ((size_t)1 << (CHUNK_BITS - 1)) /* the rest is room for late adds */

typedef struct pool {
    size_t count;   /* threads in all, the caller counted */
    size_t running; /* of them: none but the caller, until there is work for more */
    atomic_uint *beats;
    pthread_t thread[LRR_THREADS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t wake, finished;
    lrr_chunk_fn f;
    void *arg;
    struct {
        _Alignas(64) _Atomic uint64_t ticket;
    } share[LRR_THREADS_MAX];
    _Alignas(64) atomic_size_t job;  /* how many there were, this one counted */
    _Alignas(64) atomic_size_t done; /* chunks finished of this one */
    atomic_size_t sleeping;
    atomic_bool awaited; /* the caller sleeps until all are done */
    atomic_bool quit;
} pool;

static atomic_uint unread;
static pool p = { .count = 1,
                  .running = 1,
                  .beats = &unread,
                  .lock = PTHREAD_MUTEX_INITIALIZER,
                  .wake = PTHREAD_COND_INITIALIZER,
                  .finished = PTHREAD_COND_INITIALIZER };
static _Thread_local size_t self_index;
static _Thread_local bool inside;

static bool has_chunk(uint64_t ticket)
{
    return (ticket & CHUNK_MASK) < (ticket >> CHUNK_BITS & CHUNK_MASK);
}

/* Two threads may make one move of theirs together. It moves. */
static void beat(void)
{
    atomic_store_explicit(p.beats,
                          atomic_load_explicit(p.beats, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

static void tell_caller(void)
{
    pthread_mutex_lock(&p.lock);
    pthread_cond_signal(&p.finished);
    pthread_mutex_unlock(&p.lock);
}

static void take_share(_Atomic uint64_t *ticket)
{
    while (has_chunk(atomic_load_explicit(ticket, memory_order_relaxed))) {
        uint64_t t = atomic_fetch_add(ticket, 1);
        if (!has_chunk(t))
            break;
        p.f(p.arg, (size_t)(t & CHUNK_MASK));
        beat();
        atomic_fetch_add(&p.done, 1);
        if (atomic_load(&p.awaited))
            tell_caller();
    }
}

static void take_chunks(void)
{
    unsigned was = flush_tiny();
    inside = true;
    for (size_t i = 0; i < p.count; i++)
        take_share(&p.share[(self_index + i) % p.count].ticket);
    inside = false;
    restore_tiny(was);
}

/* Whether what is waited for comes before it is time to sleep. */
static inline __attribute__((always_inline)) bool comes_soon(bool (*has_come)(size_t n),
                                                             size_t n)
{
    for (int i = 0; i < ROUNDS; i++) {
        for (int j = 0; j < PAUSES; j++) {
            if (has_come(n))
                return true;
            RELAX();
        }
        if (i >= FIRST)
            sched_yield();
    }
    return false;
}

static bool has_job(size_t seen)
{
    return atomic_load_explicit(&p.job, memory_order_acquire) != seen;
}

static bool is_done(size_t n)
{
    return atomic_load_explicit(&p.done, memory_order_acquire) == n;
}

/* Gives the number of a job behind `seen`. */
static size_t wait_for_job(size_t seen)
{
    if (comes_soon(has_job, seen))
        return atomic_load(&p.job);
    pthread_mutex_lock(&p.lock);
    atomic_fetch_add(&p.sleeping, 1);
    while (atomic_load(&p.job) == seen && !atomic_load(&p.quit))
        pthread_cond_wait(&p.wake, &p.lock);
    atomic_fetch_sub(&p.sleeping, 1);
    pthread_mutex_unlock(&p.lock);
    return atomic_load(&p.job);
}

/* For n chunks, some of which others are at. */
static void wait_until_done(size_t n)
{
    if (comes_soon(is_done, n))
        return;
    pthread_mutex_lock(&p.lock);
    atomic_store(&p.awaited, true);
    while (atomic_load(&p.done) != n)
        pthread_cond_wait(&p.finished, &p.lock);
    atomic_store(&p.awaited, false);
    pthread_mutex_unlock(&p.lock);
}

static void *worker(void *arg)
{
    size_t seen = 0;
    self_index = (size_t)(uintptr_t)arg;
    while (!atomic_load(&p.quit)) {
        seen = wait_for_job(seen);
        take_chunks();
    }
    return NULL;
}

static void wake_sleepers(void)
{
    if (atomic_load(&p.sleeping) > 0) {
        pthread_mutex_lock(&p.lock);
        pthread_cond_broadcast(&p.wake);
        pthread_mutex_unlock(&p.lock);
    }
}

void lrr_threads_fini(void)
{
    if (p.running > 1) {
        atomic_store(&p.quit, true);
        wake_sleepers();
        for (size_t i = 1; i < p.running; i++)
            pthread_join(p.thread[i], NULL);
    }
    atomic_store(&p.quit, false);
    p.count = p.running = 1;
}

void lrr_threads_beat(atomic_uint *count)
{
    p.beats = count;
}

size_t lrr_threads_allowed(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : n > LRR_THREADS_MAX ? LRR_THREADS_MAX : (size_t)n;
}

lrr_status lrr_threads_init(size_t n, lrr_error *err)
{
    lrr_threads_fini();
    if (n == 0)
        n = lrr_threads_allowed();
    if (n > LRR_THREADS_MAX)
        return lrr_fail(err, LRR_EINVAL, "%zu threads, want 1..%d", n, LRR_THREADS_MAX);
    p.count = n;
    return LRR_OK;
}

lrr_status lrr_threads_begin(lrr_error *err)
{
    const size_t n = p.count;
    for (; p.running < n; p.running++)
        if (pthread_create(&p.thread[p.running], NULL, worker,
                           (void *)(uintptr_t)p.running) != 0) {
            const size_t missing = p.running + 1;
            lrr_threads_fini();
            return lrr_fail(err, LRR_ENOMEM, "cannot start thread %zu of %zu", missing,
                            n);
        }
    return LRR_OK;
}

size_t lrr_threads_count(void)
{
    return p.count;
}

size_t lrr_threads_self(void)
{
    return self_index;
}

bool lrr_threads_alone(void)
{
    return inside || p.running == 1;
}

bool lrr_threads_inside(void)
{
    return inside;
}

static void run_in_line(size_t n, lrr_chunk_fn f, void *arg)
{
    unsigned was = flush_tiny();
    for (size_t i = 0; i < n; i++) {
        f(arg, i);
        if (!inside)
            beat();
    }
    if (inside)
        beat();
    restore_tiny(was);
}

/* Where share i of n chunks begins: the caller's has one. */
static size_t share_at(size_t n, size_t i)
{
    return (n * i + p.count - 1) / p.count;
}

void lrr_parallel(size_t n, lrr_chunk_fn f, void *arg)
{
    if (n <= 1 || p.running == 1 || inside || n > CHUNKS_MAX) {
        run_in_line(n, f, arg);
        return;
    }
    p.f = f;
    p.arg = arg;
    atomic_store(&p.done, 0);
    for (size_t i = 0; i < p.count; i++)
        atomic_store_explicit(&p.share[i].ticket,
                              (uint64_t)share_at(n, i + 1) << CHUNK_BITS |
                                  share_at(n, i),
                              memory_order_release);
    atomic_fetch_add(&p.job, 1);
    wake_sleepers();
    take_chunks();
    wait_until_done(n);
}

size_t lrr_chunks(size_t n, size_t grain, size_t max)
{
    size_t c = n / grain;
    return c < 1 ? 1 : c > max ? max : c;
}

size_t lrr_chunk_at(size_t n, size_t chunks, size_t i)
{
    size_t per = (n + chunks - 1) / chunks, at;
    per = (per + 15) / 16 * 16;
    at = per * i;
    return at < n && i < chunks ? at : n;
}
