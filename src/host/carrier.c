/* carrier.c -- see carrier.h. */
#include "host/carrier.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "dist/carrier.h"
#include "dist/ranks.h"
#include "os/lock.h"

/* Signals that end or stop a run are for the one that runs, which may save, and speak with the
** others, after them. */
static void ignore_signals(void)
{
    static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGQUIT, SIGTSTP };
    sigset_t none;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool lrr_carrier_start(lrr_mailbox **mailbox, pid_t *carrier)
{
    const pid_t self = getpid();

    if (lrr_ranks_found()->kind == NULL)
        return true;
    *mailbox = lrr_mailbox_new();
    if (*mailbox == NULL)
        return false;
    *carrier = fork();
    if (*carrier == 0) {
        ignore_signals();
        if (lrr_end_with(self))
            lrr_carrier_run(*mailbox);
        _exit(EXIT_SUCCESS);
    }
    lrr_ranks_reach(*mailbox);
    return *carrier > 0;
}
