/* blas.c -- see blas.h. */
#define _GNU_SOURCE /* RTLD_DEEPBIND */
#include "os/blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/threads.h"
#include "os/cpu.h"

/*
** A product takes a buffer from a pool of the library's, which maps one where all are in use:
** 128 MiB of addresses (32 << 22 on x86-64 and arm64, common_x86_64.h and common_arm64.h of
** OpenBLAS 0.3), of which few pages are touched. Where that fails the library tries again, for
** ever (memory.c, blas_memory_alloc). So the pool is filled, for as many threads as there are,
** before the first product and after a look whether there is room.
*/
#define BUFFER ((size_t)129 << 20) /* with what it adds to align it */
#define SPARE  ((size_t)8 << 20)   /* for all else that is mapped meanwhile */
#define CODE   ((size_t)48 << 20)  /* the library itself, and those that it needs */

static lrr_blas blas;
static bool loaded;

/* The library's pool of buffers; NULL where it does not let others use it: then it is only
** asked whether there is room. */
static struct {
    void *(*take)(int procpos);
    void (*give)(void *buffer);
    size_t count; /* buffers in it */
} buffers;

/* The thread that opens the library ahead of its first use. */
static struct {
    bool begun;
    pthread_t thread;
    void *lib; /* NULL: it could not be opened, as the next attempt will say */
} ahead;

/* How the library is opened. Its 12,700 symbols are found in itself, before nine other
** libraries are asked for each: 1.7 ms in the place of 2.9. Sanitizers cannot have that. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOW (RTLD_LAZY | RTLD_LOCAL)
#else
#define HOW (RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

/* dlsym gives a data pointer; C has no cast from it to a function, copying has. */
#define SYMBOL(lib, field, name)                                                \
    do {                                                                        \
        void *at = dlsym(lib, name);                                            \
        if (at == NULL)                                                         \
            return lrr_fail(err, LRR_EIO, "OpenBLAS has no function %s", name); \
        memcpy(&blas.field, &at, sizeof at);                                    \
    } while (0)

/* NULL where there is none. */
#define FIND(lib, function, name)                   \
    do {                                            \
        void *at = dlsym(lib, name);                \
        memcpy(&(function), &at, sizeof(function)); \
    } while (0)

static lrr_status find_symbols(void *lib, lrr_error *err)
{
    SYMBOL(lib, sgemm, "cblas_sgemm");
    SYMBOL(lib, dgemm, "cblas_dgemm");
    SYMBOL(lib, dpotrf, "dpotrf_");
    SYMBOL(lib, dpotri, "dpotri_");
    SYMBOL(lib, dpotrs, "dpotrs_");
    SYMBOL(lib, dtrtrs, "dtrtrs_");
    SYMBOL(lib, corename, "openblas_get_corename");
    SYMBOL(lib, config, "openblas_get_config");
    return LRR_OK;
}

static const char *const names[] = { "libopenblas.so.0", "libopenblas.so" };

static void *open_library(void)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *lib = dlopen(names[i], HOW);
        if (lib != NULL)
            return lib;
    }
    return NULL;
}

/* What the library reads when it is opened. */
static void set_environment(void)
{
    if (lrr_cpu_coretype() != NULL)
        setenv("OPENBLAS_CORETYPE", lrr_cpu_coretype(), 0); /* 0: the user's wins */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
}

static void *open_ahead(void *arg)
{
    (void)arg;
    ahead.lib = open_library();
    return NULL;
}

void lrr_blas_begin(void)
{
    sigset_t all, before;

    if (loaded || ahead.begun)
        return;
    set_environment();
    sigfillset(&all); /* signals are for the thread that works */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ahead.begun = pthread_create(&ahead.thread, NULL, open_ahead, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void lrr_blas_end(void)
{
    if (ahead.begun)
        pthread_join(ahead.thread, NULL);
    ahead.begun = false;
}

/* Whether `n` blocks of `size` bytes can be mapped at once. */
static bool is_room(size_t n, size_t size)
{
    void *blocks[LRR_THREADS_MAX + 1];
    size_t got = 0;

    blocks[n] =
        mmap(NULL, SPARE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (blocks[n] == MAP_FAILED)
        return false;
    while (got < n) {
        blocks[got] = mmap(NULL, size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (blocks[got] == MAP_FAILED)
            break;
        got++;
    }
    for (size_t i = 0; i < got; i++)
        munmap(blocks[i], size);
    munmap(blocks[n], SPARE);
    return got == n;
}

/* Fills the pool for all threads. Errors: ENOMEM. */
static lrr_status reserve(lrr_error *err)
{
    const size_t n = lrr_threads_count();
    void *taken[LRR_THREADS_MAX];

    if (n <= buffers.count)
        return LRR_OK;
    if (!is_room(n - buffers.count, BUFFER)) {
        lrr_fail(err, LRR_ENOMEM,
                 "no room for OpenBLAS: it wants 129 MB of addresses for each of %zu "
                 "thread%s (%smore room: ulimit -v)",
                 n, n == 1 ? "" : "s", n == 1 ? "" : "fewer: --threads; ");
        lrr_mem_refuse(err);
        return LRR_ENOMEM;
    }
    if (buffers.take != NULL && buffers.give != NULL) {
        for (size_t i = 0; i < n; i++)
            taken[i] = buffers.take(0);
        for (size_t i = n; i > 0; i--)
            buffers.give(taken[i - 1]);
    }
    buffers.count = n;
    return LRR_OK;
}

/* The library did not open. Errors: ENOMEM, EIO. */
static lrr_status not_opened(lrr_error *err)
{
    const char *why = NULL;

    if (!is_room(1, CODE)) {
        lrr_fail(err, LRR_ENOMEM,
                 "no room for OpenBLAS: the library wants 48 MB of addresses (more "
                 "room: ulimit -v)");
        lrr_mem_refuse(err);
        return LRR_ENOMEM;
    }
    if (dlopen(names[0], HOW) == NULL)
        why = dlerror();
    return lrr_fail(err, LRR_EIO, "cannot load OpenBLAS: %s",
                    why != NULL ? why : "it cannot be opened");
}

lrr_status lrr_blas_load(lrr_error *err)
{
    void *lib;
    void (*set_threads)(int) = NULL;
    lrr_status st;

    if (loaded)
        return reserve(err);
    lrr_blas_end();
    set_environment();
    lib = ahead.lib != NULL ? ahead.lib : open_library();
    ahead.lib = NULL;
    if (lib == NULL)
        return not_opened(err);
    st = find_symbols(lib, err);
    if (st != LRR_OK) {
        dlclose(lib);
        return st;
    }
    FIND(lib, set_threads, "openblas_set_num_threads");
    FIND(lib, buffers.take, "blas_memory_alloc");
    FIND(lib, buffers.give, "blas_memory_free");
    if (set_threads != NULL)
        set_threads(1);
    loaded = true;
    return reserve(err);
}

const lrr_blas *lrr_blas_get(void)
{
    LRR_ASSERT(loaded);
    return &blas;
}
