/*
** interrupt.h -- the flags that signals set and the training loop polls.
**
** SIGINT and SIGTERM ask the run to stop at the next step with a checkpoint written;
** SIGUSR1 asks for a checkpoint and goes on. host/signal.c installs the handlers.
*/
#ifndef LRR_OS_INTERRUPT_H
#define LRR_OS_INTERRUPT_H

#include <stdbool.h>

/* From a signal handler only: notes the signal. */
void lrr_interrupt_note(int signo);

/* The first of SIGINT and SIGTERM that came, 0 where none did. Stays. */
int lrr_interrupt_pending(void);

/*
** Where several processes have to stop at the same place (dist/ranks.h), a signal that came is
** not pending until they agree: after `defer` what came is told by `asked` alone, 0 or the
** signal, and is pending once `accept` is called, in those to which none came, too.
*/
void lrr_interrupt_defer(void);
int lrr_interrupt_asked(void);
void lrr_interrupt_accept(int signo);

/* True once after each SIGUSR1. */
bool lrr_interrupt_take_save(void);

#endif
