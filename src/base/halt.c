/* halt.c -- see halt.h. */
#include "base/halt.h"

#include <stdatomic.h>

static bool (*_Atomic asked)(void);
static atomic_bool met;

void lrr_halt_watch(bool (*f)(void))
{
    atomic_store(&asked, f);
}

lrr_status lrr_halt_check(lrr_error *err)
{
    bool (*f)(void) = atomic_load_explicit(&asked, memory_order_relaxed);
    if (f == NULL || !f())
        return LRR_OK;
    atomic_store(&met, true);
    return lrr_fail(err, LRR_EINVAL, "interrupted");
}

bool lrr_halt_met(void)
{
    return atomic_load_explicit(&met, memory_order_relaxed);
}
