/* pulse.c -- see pulse.h. */
#define _GNU_SOURCE
#include "dist/pulse.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "os/clock.h"
#include "os/watch.h"

/* Seconds. */
static const double LIMIT = 20;
static const double SIGN = 1;       /* from one sign of life to the next */
static const double LOOK = 0.01;    /* between looks that ask MPI */
static const double FAREWELL = 0.2; /* for the word of a loss to leave */
static const double SPIN = 50e-6; /* of a wait, in which it lets only others go first */
static const double REST = 1e-3;  /* the longest rest in a wait */

/* Words: a sign of life, or 1 + the rank that is lost. */
enum { ALIVE = 0 };

/* LRRUN_SILENCE's where that is a number of seconds. */
static double limit(void)
{
    const char *text = getenv("LRRUN_SILENCE");
    char *end = NULL;
    const double x = text != NULL ? strtod(text, &end) : 0;
    return text != NULL && *end == '\0' && x > 0 ? x : LIMIT;
}

void lrr__pulse_init(lrr_pulse *p)
{
    *p = (lrr_pulse){ .limit = limit(), .lost = -1 };
    p->sign = p->limit / 10 < SIGN ? p->limit / 10 : SIGN;
}

void lrr__pulse_begin(lrr_pulse *p, const lrr_mpi *mpi, int rank, int size)
{
    p->mpi = mpi;
    p->rank = rank;
    p->size = size;
    p->looked = lrr_clock_now();
}

static void rest(double seconds)
{
    const struct timespec t = { .tv_nsec = (long)(seconds * 1e9) };
    nanosleep(&t, NULL);
}

static void lose(lrr_pulse *p, int rank, bool found)
{
    const double until = lrr_clock_now() + FAREWELL;
    int word;

    p->lost = rank;
    p->found = found;
    p->mpi->tell(1 + rank);
    while (lrr_clock_now() < until) {
        (void)p->mpi->told(&word); /* MPI works on when it is called */
        rest(REST);
    }
}

static void listen(lrr_pulse *p)
{
    int word;
    while (p->lost < 0 && p->mpi->told(&word)) {
        p->silent = 0;
        if (word != ALIVE)
            lose(p, word - 1, false);
    }
}

bool lrr__pulse_look(lrr_pulse *p)
{
    const double now = lrr_clock_now(), passed = now - p->looked;

    if (p->mpi == NULL || p->size < 2 || p->lost >= 0 || passed < LOOK)
        return p->lost < 0;
    p->looked = now;
    p->silent +=
        passed < SIGN ? passed : SIGN; /* one who was stopped has not seen it pass */
    listen(p);
    if (now - p->said >= p->sign && p->lost < 0) {
        p->said = now;
        p->mpi->tell(ALIVE);
    }
    if (p->silent > p->limit && p->lost < 0)
        lose(p, (p->rank + p->size - 1) % p->size, true);
    return p->lost < 0;
}

void lrr__pulse_others(void)
{
    atomic_fetch_add(&lrr_watch_page()->beats, 1);
}

bool lrr__pulse_idle(void *pulse, bool first)
{
    lrr_pulse *p = pulse;
    const double now = lrr_clock_now();
    double waited;

    if (first)
        p->waits = now;
    waited = now - p->waits;
    if (waited < SPIN)
        sched_yield();
    else
        rest(waited / 10 < REST ? waited / 10 : REST);
    lrr__pulse_others();
    return lrr__pulse_look(p);
}
