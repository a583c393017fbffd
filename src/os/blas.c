/* blas.c -- see blas.h. */
#include "os/blas.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "os/cpu.h"

static lrr_blas blas;
static bool loaded;

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
        void *lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (lib != NULL)
            return lib;
    }
    return NULL;
}

lrr_status lrr_blas_load(lrr_error *err)
{
    void *lib;
    void (*set_threads)(int) = NULL;
    lrr_status st;

    if (loaded)
        return LRR_OK;
    if (lrr_cpu_coretype() != NULL)
        setenv("OPENBLAS_CORETYPE", lrr_cpu_coretype(), 0); /* 0: the user's wins */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    lib = open_library();
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
