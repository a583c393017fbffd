/* signal.c -- see signal.h. */
#include "host/signal.h"

#include <signal.h>
#include <stddef.h>

#include "os/control.h"
#include "os/interrupt.h"

static void note(int signo)
{
    if (signo != SIGUSR1 && lrr_interrupt_asked() == 0)
        lrr_control_note(LRR_CONTROL_ASKED, signo);
    lrr_interrupt_note(signo);
}

void lrr_signal_init(void)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}
