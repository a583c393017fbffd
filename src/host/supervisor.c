/* supervisor.c -- see supervisor.h. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "host/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/threads.h"
#include "dist/ranks.h"
#include "host/broker.h"
#include "host/carrier.h"
#include "host/say.h"
#include "os/clock.h"
#include "os/control.h"
#include "os/lock.h"
#include "os/watch.h"

/* Seconds. */
static const double LOOK = 0.1;   /* between looks at a child that has a limit */
static const double ANSWER = 1.0; /* over its limit, until a child is killed */
static const double GRACE = 2.0;  /* after an interrupt, where nothing is to be saved */
static const double PATIENCE =
    30; /* with one that is to save and gives no sign of life */
static const double TWICE = 0.1;   /* two signals within it are one request */
static const double ORPHANS = 1.0; /* for descendants to be gone */

typedef struct supervisor {
    pid_t child, parent;         /* parent: the supervisor's own, at the start */
    pid_t carrier;               /* that calls MPI for the child; 0: nobody does */
    lrr_mailbox *mailbox;        /* theirs */
    int signals, stops, control; /* stops: SIGTSTP, which is never read from it */
    sigset_t mask;               /* signals that were blocked before */
    lrr_broker *broker;          /* NULL until it is asked for something */
    bool stopping;               /* the child was told to stop */
    bool limited;                /* the recipe's code has a limit */
    unsigned ticks;              /* as seen at the last look */
    double looked;               /* clock then */
    double silent;               /* seconds without a tick, native calls left out */
    double idle;     /* seconds since an interrupt with nothing to be saved */
    unsigned signs;  /* of life, at the last look */
    double still;    /* seconds since an interrupt without one, where work is held */
    double patience; /* with that */
    int asked;       /* the signal that asked the child to end; 0: none */
    double sigint, sigterm; /* when the first of them came; 0: none did */
} supervisor;

/* Whatever ends this process from here on, its carrier need not say so. */
static void end_is_known(const supervisor *s)
{
    if (s->mailbox != NULL)
        atomic_store(&s->mailbox->known, true);
}

/* Without the duties of exit: leaks are looked for in the child. */
_Noreturn static void leave(const supervisor *s, int code)
{
    end_is_known(s);
    lrr_broker_tidy(s->broker);
#ifdef LRR_COVER
    exit(code); /* which writes down what lines were run */
#else
    _exit(code);
#endif
}

/* Ends as the child did, by signal signo. */
_Noreturn static void die_of(const supervisor *s, int signo)
{
    const struct rlimit none = { 0, 0 };
    sigset_t set;

    end_is_known(s);
    lrr_broker_tidy(s->broker);
    setrlimit(RLIMIT_CORE, &none); /* the child has written its own */
    signal(signo, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, signo);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(signo);
    leave(s, 128 + signo); /* process 1 of a container does not die of it */
}

static bool is_crash(int signo)
{
    return signo == SIGSEGV || signo == SIGBUS || signo == SIGILL || signo == SIGFPE ||
           signo == SIGABRT || signo == SIGSYS || signo == SIGTRAP;
}

_Noreturn static void end_as(const supervisor *s, int status)
{
    const int signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

    if (signo == 0)
        leave(s, WEXITSTATUS(status));
    if (is_crash(signo)) {
        lrr_say("crashed, a fault of lrrun's own: ", strsignal(signo));
        leave(s, 128 + signo);
    }
    if (signo == SIGKILL)
        lrr_say("was killed: by a person, or because memory ran out", "");
    die_of(s, signo);
}

/* Sends signo to the children of process `of`; false where there was none. */
static bool tell_children(pid_t of, int signo)
{
    char path[64], text[4096];
    bool any = false;
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)of, (long)of);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    for (char *at = text, *end; *at != '\0'; at = end) {
        const long pid = strtol(at, &end, 10);
        if (end == at || pid <= 1)
            break;
        any = kill((pid_t)pid, signo) == 0 || any;
    }
    return any;
}

/* The child and all that it has started. */
static void kill_all(const supervisor *s)
{
    const struct timespec pause = { 0, 1000000 };
    const double until = lrr_clock_now() + ORPHANS;

    prctl(PR_SET_CHILD_SUBREAPER, 1); /* the children of what ends come here */
    kill(s->child, SIGKILL);
    while (waitpid(s->child, NULL, 0) < 0 && errno == EINTR)
        ;
    while (tell_children(getpid(), SIGKILL) && lrr_clock_now() < until) {
        nanosleep(&pause, NULL);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

/* ---- signals ---- */

/* Asks the child to end: once, and the second time it is not asked. */
static void ask(supervisor *s, int signo)
{
    const double now = lrr_clock_now();
    double *first = signo == SIGINT ? &s->sigint : &s->sigterm;

    if (*first != 0 && now - *first < TWICE)
        return;
    if (*first != 0) {
        kill_all(s);
        lrr_say("interrupted twice: ended at once", "");
        leave(s, 128 + s->asked);
    }
    *first = now;
    if (s->asked == 0)
        s->asked = signo;
    end_is_known(s); /* mpirun kills what it asked soon after */
    kill(s->child, signo);
}

/*
** Stopping. Whoever continues this process must not find that it stops a moment later, for
** what was asked before: nobody would continue it again. Between a look whether it was
** continued and a signal that stops it there would always be such a moment. So what stops it
** is there before, blocked: when the process is continued the system drops it, and when it
** is let through it stops the process, or there is none.
**
** Where a person or a shell stops it that is their SIGTSTP, which nobody takes from `stops`:
** that only says that there is one. Where the child alone was stopped it is a SIGTTOU that
** waits for that from the start.
*/
static bool is_pending(int signo)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, signo) == 1;
}

/* To be called before what came of a SIGCONT that was taken: an earlier one is none any
** more. */
static void be_ready_to_stop(supervisor *s)
{
    s->stopping = false;
    raise(SIGTTOU);
}

/* Stops as the child has, which the shell that waits for this process sees, unless it was
** continued since. */
static void stop(supervisor *s)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, is_pending(SIGTSTP) ? SIGTSTP : SIGTTOU);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    sigprocmask(SIG_BLOCK, &set, NULL);
    s->looked = lrr_clock_now();
}

/* What the child has started, and the broker for it: workers of a search. */
static void tell_workers(const supervisor *s, int signo)
{
    tell_children(s->child, signo);
    tell_children(getpid(), signo);
}

/* The child has stopped: what works for it stops before this process does. */
static void stop_with(supervisor *s)
{
    if (is_pending(SIGTSTP))
        tell_workers(s, SIGTSTP);
    stop(s);
}

/* Whether the child's first thread is in one of these states. */
static bool is_in_state(pid_t child, const char *states)
{
    char path[64], text[512], *at;
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/stat", (long)child);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    at = strrchr(text, ')'); /* of the program's name */
    return at != NULL && at[1] == ' ' && at[2] != '\0' && strchr(states, at[2]) != NULL;
}

/* There is a SIGTSTP, unless the process was continued since. The child stops first. */
static void pass_stop_on(supervisor *s)
{
    if (!is_pending(SIGTSTP))
        return;
    s->stopping = true;
    if (is_in_state(s->child, "T"))
        stop_with(s);
    else
        kill(s->child, SIGTSTP);
}

/* This process was continued: so are those that it stopped. */
static void go_on(supervisor *s)
{
    be_ready_to_stop(s);
    kill(s->child, SIGCONT);
    tell_workers(s, SIGCONT);
}

/* The child waits for the other ranks, and nobody would answer any more. */
static void lose_carrier(supervisor *s, int status)
{
    s->carrier = 0;
    if (atomic_load(&s->mailbox->finished))
        return;
    kill_all(s);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != LRR_CARRIER_SAID)
        lrr_say("lost the other ranks: one of them ended, or cannot be reached", "");
    leave(s, EXIT_FAILURE);
}

static void reap(supervisor *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (pid == s->carrier)
            lose_carrier(s, status);
        if (pid != s->child) {
            if (s->broker != NULL)
                lrr_broker_reaped(s->broker, pid, status);
            continue;
        }
        if (!WIFSTOPPED(status))
            end_as(s, status);
        stop_with(s);
    }
}

static void take_signals(supervisor *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        const int signo = (int)info.ssi_signo;
        if (signo == SIGCHLD)
            reap(s);
        else if (signo == SIGINT || signo == SIGTERM)
            ask(s, signo);
        else if (signo == SIGCONT)
            go_on(s);
        else
            kill(s->child, signo);
    }
}

/* ---- what the child says and asks for ---- */

/* A handler gives the value of the answer, or NOTE where there is none. */
enum { NOTE = -1 };

static int on_watch(supervisor *s, const lrr_control *m)
{
    (void)m;
    s->limited = true;
    s->looked = lrr_clock_now();
    s->silent = 0;
    return NOTE;
}

static int on_asked(supervisor *s, const lrr_control *m)
{
    if (s->asked == 0)
        s->asked = m->value == SIGTERM ? SIGTERM : SIGINT;
    return NOTE;
}

static int on_end_with(supervisor *s, const lrr_control *m)
{
    if (m->value != s->parent || !lrr_end_with(s->parent))
        return ESRCH;
    return 0;
}

/* What a locked process has done for it. Gives the descriptor for the answer, or -1. */
static int run_errand(supervisor *s, const lrr_control *m, lrr_control *back)
{
    if (s->broker == NULL)
        s->broker = lrr_broker_new(&s->mask);
    if (s->broker != NULL)
        return lrr_broker_answer(s->broker, m, back);
    back->value = ENOMEM;
    return -1;
}

static void answer(supervisor *s, const lrr_control *m)
{
    static int (*const handlers[])(supervisor *, const lrr_control *) = {
        [LRR_CONTROL_WATCH] = on_watch,
        [LRR_CONTROL_ASKED] = on_asked,
        [LRR_CONTROL_END_WITH] = on_end_with,
    };
    const int n = sizeof handlers / sizeof *handlers;
    lrr_control back = { .kind = LRR_CONTROL_ANSWER };
    int fd = -1;

    if (m->kind > 0 && m->kind < n && handlers[m->kind] != NULL) {
        back.value = handlers[m->kind](s, m);
        if (back.value == NOTE)
            return;
    } else {
        fd = run_errand(s, m, &back);
    }
    lrr_control_send(s->control, &back, fd); /* a child that has gone needs none */
    if (fd >= 0)
        close(fd);
}

static void take_message(supervisor *s)
{
    lrr_control m;
    if (lrr_control_receive(s->control, &m, NULL)) {
        answer(s, &m);
    } else if (errno == 0) {
        close(s->control);
        s->control = -1;
    }
}

/* ---- the clock ---- */

/* How long a child that is to save its work has given no sign of life: a step may take
** minutes, but it is made of many chunks, and of calls. */
static void look_for_life(supervisor *s, const lrr_watch *page, double passed)
{
    const unsigned signs = atomic_load_explicit(&page->ticks, memory_order_relaxed) +
                           atomic_load_explicit(&page->calls, memory_order_relaxed) +
                           atomic_load_explicit(&page->beats, memory_order_relaxed);

    if (signs != s->signs || is_in_state(s->child, "DTt")) /* a disk, a person */
        s->still = 0;
    else
        s->still += passed;
    s->signs = signs;
}

/* Adds up the time since the last look. One who was stopped has not seen it pass. */
static void look(supervisor *s)
{
    const lrr_watch *page = lrr_watch_page();
    const unsigned ticks = atomic_load_explicit(&page->ticks, memory_order_acquire);
    const double now = lrr_clock_now();
    double passed = now - s->looked;

    s->looked = now;
    if (passed > 2 * LOOK)
        passed = 2 * LOOK;
    if (ticks != s->ticks)
        s->silent = 0;
    else if (s->limited && atomic_load(&page->native) == 0)
        s->silent += passed;
    s->ticks = ticks;
    if (s->asked != 0 && atomic_load(&page->holds) == 0)
        s->idle += passed;
    else if (s->asked != 0)
        look_for_life(s, page, passed);
}

/* Kills a child that is over its time. */
static void judge(supervisor *s)
{
    const int64_t left = atomic_load(&lrr_watch_page()->left);

    if (s->asked != 0 && (s->idle > GRACE || s->silent > GRACE)) {
        kill_all(s);
        lrr_say("interrupted; it did not end by itself and was killed", "");
        leave(s, 128 + s->asked);
    }
    if (s->asked != 0 && s->still > s->patience) {
        kill_all(s);
        lrr_say("interrupted; it gave no sign of life and was killed, unsaved",
                " (LRRUN_PATIENCE)");
        leave(s, 128 + s->asked);
    }
    if (left != LRR_WATCH_FREE && s->silent > (double)left * 1e-6 + ANSWER) {
        kill_all(s);
        lrr_say(
            "the recipe's Lua code took longer than its limit, did not answer and was "
            "killed",
            " (--lua-seconds)");
        leave(s, EXIT_FAILURE);
    }
}

_Noreturn static void supervise(supervisor *s)
{
    for (;;) {
        struct pollfd sources[] = { { .fd = s->signals, .events = POLLIN },
                                    { .fd = s->control, .events = POLLIN },
                                    { .fd = s->stopping ? -1 : s->stops,
                                      .events = POLLIN } };
        const bool timed = s->limited || s->asked != 0;

        poll(sources, 3, timed ? (int)(LOOK * 1000) : -1);
        if (sources[1].revents != 0)
            take_message(s);
        if (sources[2].revents != 0)
            pass_stop_on(s);
        if (sources[0].revents != 0)
            take_signals(s);
        look(s);
        judge(s);
    }
}

/* ---- the start ---- */

/* Adds signo unless whoever started us ignores it (nohup, shells without job control). */
static void add_unless_ignored(sigset_t *set, int signo)
{
    struct sigaction action;
    if (sigaction(signo, NULL, &action) != 0 || action.sa_handler != SIG_IGN)
        sigaddset(set, signo);
}

/* Seconds, LRRUN_PATIENCE's where that is a number of them. */
static double patience(void)
{
    const char *text = getenv("LRRUN_PATIENCE");
    char *end = NULL;
    const double x = text != NULL ? strtod(text, &end) : 0;
    return text != NULL && end != text && *end == '\0' && x > 0 ? x : PATIENCE;
}

/* Where a standard descriptor is closed nothing else may come to stand in its place: what
** is read from it, or written to it, goes on to be an error. */
static bool keep_places(void)
{
    static const int access[] = { O_WRONLY, O_RDONLY, O_RDONLY };
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", access[fd]) != fd)
            return false;
    return true;
}

/* The other end of pipes is to see that the child has closed them. */
static void let_go_of_pipes(void)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return;
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (null > STDERR_FILENO)
        close(null);
}

/* What the child does first: it ends when its supervisor does. */
static void begin_work(pid_t watcher, int control, const sigset_t *mask)
{
    if (!lrr_end_with(watcher))
        _exit(128 + SIGKILL);
    lrr_control_set(control);
    sigprocmask(SIG_SETMASK, mask, NULL);
}

static lrr_status fail(lrr_error *err, const char *what)
{
    return lrr_fail(err, LRR_EIO, "cannot start: %s: %s", what, strerror(errno));
}

/* The signals that are taken one by one, and those that wait to stop this process. */
static void block_signals(supervisor *s, sigset_t *taken, sigset_t *stops)
{
    sigset_t all;

    sigemptyset(taken);
    sigaddset(taken, SIGCHLD);
    sigaddset(taken, SIGINT);
    sigaddset(taken, SIGTERM);
    sigaddset(taken, SIGUSR1);
    sigaddset(taken, SIGCONT);
    add_unless_ignored(taken, SIGHUP);
    add_unless_ignored(taken, SIGQUIT);
    sigemptyset(stops);
    add_unless_ignored(stops, SIGTSTP);
    sigorset(&all, taken, stops);
    sigaddset(&all, SIGTTOU);
    sigprocmask(SIG_BLOCK, &all, &s->mask);
}

static void open_signals(supervisor *s, const sigset_t *taken, const sigset_t *stops)
{
    s->signals = signalfd(-1, taken, SFD_CLOEXEC | SFD_NONBLOCK);
    s->stops = signalfd(-1, stops, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0 || s->stops < 0) { /* the child ends with this process */
        lrr_say("cannot start: no signals: ", strerror(errno));
        leave(s, EXIT_FAILURE);
    }
    signal(SIGTTOU, SIG_DFL);
    be_ready_to_stop(s);
}

lrr_status lrr_supervisor_start(lrr_error *err)
{
    supervisor s = { .parent = getppid(),
                     .control = -1,
                     .looked = lrr_clock_now(),
                     .patience = patience() };
    const pid_t self = getpid();
    sigset_t taken, stops;
    int ends[2];

    if (!keep_places())
        return fail(err, "no /dev/null");
    if (!lrr_watch_share())
        return fail(err, "no page to share");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return fail(err, "no sockets");
    block_signals(&s, &taken, &stops);
    signal(SIGCHLD,
           SIG_DFL); /* where it was ignored, nobody learns how a child ended */
    if (!lrr_carrier_start(&s.mailbox, &s.carrier))
        return fail(err, "no process for MPI");
    s.child = fork();
    if (s.child < 0)
        return fail(err, "no process");
    if (s.child == 0) {
        close(ends[0]);
        begin_work(self, ends[1], &s.mask);
        lrr_threads_beat(&lrr_watch_page()->beats);
        return LRR_OK;
    }
    close(ends[1]);
    s.control = ends[0];
    open_signals(&s, &taken, &stops);
    let_go_of_pipes();
    supervise(&s);
}
