/* blas.c -- see blas.h. */
#define _GNU_SOURCE /* RTLD_DEEPBIND */
#include "os/blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "os/cpu.h"

static lrr_blas blas;
static bool loaded;

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

static void *open_library(void)
{
    static const char *const names[] = { "libopenblas.so.0", "libopenblas.so" };
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

lrr_status lrr_blas_load(lrr_error *err)
{
    void *lib;
    void (*set_threads)(int) = NULL;
    lrr_status st;

    if (loaded)
        return LRR_OK;
    lrr_blas_end();
    set_environment();
    lib = ahead.lib != NULL ? ahead.lib : open_library();
    ahead.lib = NULL;
    if (lib == NULL)
        return lrr_fail(err, LRR_EIO, "cannot load OpenBLAS: %s", dlerror());
    st = find_symbols(lib, err);
    if (st != LRR_OK) {
        dlclose(lib);
        return st;
    }
    {
        void *at = dlsym(lib, "openblas_set_num_threads");
        memcpy(&set_threads, &at, sizeof at);
    }
    if (set_threads != NULL)
        set_threads(1);
    loaded = true;
    return LRR_OK;
}

const lrr_blas *lrr_blas_get(void)
{
    LRR_ASSERT(loaded);
    return &blas;
}
