/*
** supervisor.h -- the process that watches over the one that does the work.
**
** lrrun is two processes. The first, which its user knows the pid of, forks at the start,
** before there are threads or a Lua state, and does nothing but wait: it is the supervisor.
** The second, its child, does all work, and is killed by the kernel when the supervisor ends.
** What one promises the other:
**
** - Signals that come to the supervisor reach the child: SIGINT and SIGTERM once (what the
**   terminal sends to both is one request; so are two that come within 0.1 s, as timeout(1)
**   sends them), SIGUSR1, SIGHUP, SIGQUIT, SIGTSTP and SIGCONT as they come. The second
**   SIGINT, or SIGTERM, kills. A child that stops stops its supervisor; where SIGTSTP came to
**   that, what the child has started stops with it and goes on with it. Whoever sends SIGCONT
**   to the supervisor has all of them go on, at whatever moment.
** - A child that was asked to end and has not 2 s later is killed, unless work is under way
**   that ends itself and saves (lrr_watch_hold); there only a recipe's code is not waited for.
** - Such work is waited for as long as it gives signs of life: Lua code and native calls that
**   go on, chunks of a long loop (lrr_threads_beat), waiting for a disk. After 30 s without one
**   (LRRUN_PATIENCE, in seconds) it is killed.
** - A child in which the recipe's code (--lua-seconds) is 1 s over its limit without having
**   come by is killed, in whatever C function it is; time in native calls does not count.
** - It is killed with SIGKILL, and so are its descendants. Run folders stand that at any time.
** - Where mpirun or srun started it as one of several ranks (dist/ranks.h) there is a third
**   process, which calls MPI (dist/carrier.h). A child whose way to the others ends is killed.
** - The child's exit status or signal becomes the supervisor's. A crash is said in one line.
**
** The loop is a poll over signals, the control socket (os/control.h) and a timeout. What the
** child may ask for is a table of handlers in supervisor.c; what a handler needs to keep is a
** field of the struct there. The page (os/watch.h) and requests come from a process that runs
** strangers' code: nothing in them is trusted.
*/
#ifndef LRR_HOST_SUPERVISOR_H
#define LRR_HOST_SUPERVISOR_H

#include "base/error.h"

/*
** Forks. Gives LRR_OK in the child, with the page, the socket and the signals' handlers of
** before in place; the supervisor never comes back: it ends as the child does. To be called
** first, with lrr_signal_init before it. Errors: EIO (no process, page or socket).
*/
lrr_status lrr_supervisor_start(lrr_error *err);

#endif
