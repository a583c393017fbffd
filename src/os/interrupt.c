/* interrupt.c -- see interrupt.h. */
#include "os/interrupt.h"

#include <signal.h>
#include <stdatomic.h>

static atomic_int pending;
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
    return atomic_load_explicit(&pending, memory_order_relaxed);
}

bool lrr_interrupt_take_save(void)
{
    return atomic_load_explicit(&save, memory_order_relaxed) &&
           atomic_exchange(&save, false);
}
