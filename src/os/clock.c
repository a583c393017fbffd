/* clock.c -- see clock.h. */
#include "os/clock.h"

#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec t = { 0, 0 };
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double lrr_clock_now(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double lrr_clock_cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double lrr_clock_thread(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}
