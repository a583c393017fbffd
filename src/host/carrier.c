/* carrier.c -- see carrier.h. */
#include "host/carrier.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "dist/carrier.h"
#include "dist/ranks.h"
#include "host/say.h"

enum { LINE = 256 };

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

static const char *note; /* what is said when the supervisor was killed */
static atomic_bool *is_known;

static void on_orphaned(int signo)
{
    (void)signo;
    if (!atomic_load(is_known) && write(STDERR_FILENO, note, strlen(note)) < 0)
        _exit(EXIT_FAILURE);
    _exit(EXIT_SUCCESS);
}

/* False: the supervisor has ended before. */
static bool end_with(pid_t supervisor, atomic_bool *known)
{
    static char line[LINE];

    lrr_say_into(line, sizeof line,
                 "was killed: by a person, or because memory ran out", "");
    note = line;
    is_known = known;
    signal(SIGUSR2, on_orphaned);
    return prctl(PR_SET_PDEATHSIG, SIGUSR2) == 0 && getppid() == supervisor;
}

_Noreturn static void carry(pid_t supervisor, lrr_mailbox *m)
{
    char why[LRR_CARRIER_TEXT] = "";
    bool lost = false;

    ignore_signals();
    dup2(STDERR_FILENO, STDOUT_FILENO); /* UCX writes its log there, among results */
    prctl(PR_SET_TIMERSLACK, 1UL);      /* rests are as short as they are meant */
    if (end_with(supervisor, &m->known))
        lost = lrr_carrier_run(m, why);
    if (why[0] != '\0')
        lrr_say(why, "; lrrun resume goes on");
    _exit(lost ? LRR_CARRIER_SAID : EXIT_SUCCESS);
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
    if (*carrier == 0)
        carry(self, *mailbox);
    lrr_ranks_reach(*mailbox);
    return *carrier > 0;
}
