/*
** signal.h -- Ctrl-C and friends: a flag (os/interrupt.h).
**
** SIGINT or SIGTERM is noted, and the run ends at its next step with a checkpoint; however
** often it comes, it is one request: counting is the supervisor's (supervisor.h). SIGUSR1
** asks for a checkpoint. SIGPIPE and SIGXFSZ are ignored, so that writing reports an error instead.
*/
#ifndef LRR_HOST_SIGNAL_H
#define LRR_HOST_SIGNAL_H

/* Installs the handlers; once, at the start. Cannot fail. */
void lrr_signal_init(void);

#endif
