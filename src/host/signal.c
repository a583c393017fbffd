/* signal.c -- see signal.h. */
#include "host/signal.h"

#include <signal.h>
#include <stddef.h>

#include "base/halt.h"
#include "os/control.h"
#include "os/interrupt.h"

static void note(int signo)
{
    if (signo != SIGUSR1 && lrr_interrupt_asked() == 0)
        lrr_control_note(LRR_CONTROL_ASKED, signo);
    lrr_interrupt_note(signo);
}

static bool is_pending(void)
{
    return lrr_interrupt_pending() != 0;
}

void lrr_signal_init(void)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
    lrr_halt_watch(is_pending);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}
