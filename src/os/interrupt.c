/* interrupt.c -- see interrupt.h. */
#include "os/interrupt.h"

#include <signal.h>
#include <stdatomic.h>

static atomic_int pending; /* what came first */
static atomic_int agreed;  /* what all take it for, where that is another thing */
static atomic_bool deferred;
static atomic_bool save;

void lrr_interrupt_note(int signo)
{
    int none = 0;
    if (signo == SIGUSR1)
        atomic_store(&save, true);
    else
        atomic_compare_exchange_strong(&pending, &none,
                                       signo); /* the first one counts */
}

int lrr_interrupt_pending(void)
{
    if (atomic_load_explicit(&deferred, memory_order_relaxed))
        return atomic_load_explicit(&agreed, memory_order_relaxed);
    return atomic_load_explicit(&pending, memory_order_relaxed);
}

void lrr_interrupt_defer(void)
{
    atomic_store(&deferred, true);
}

int lrr_interrupt_asked(void)
{
    return atomic_load_explicit(&pending, memory_order_relaxed);
}

void lrr_interrupt_accept(int signo)
{
    atomic_store(&agreed, signo);
}

bool lrr_interrupt_take_save(void)
{
    return atomic_load_explicit(&save, memory_order_relaxed) &&
           atomic_exchange(&save, false);
}
