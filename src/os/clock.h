/* clock.h -- time that only goes forward, for speeds and time limits; never for results. */
#ifndef LRR_OS_CLOCK_H
#define LRR_OS_CLOCK_H

/* Seconds since some moment before the program started. Cannot fail. */
double lrr_clock_now(void);

/* Processor seconds that this process has used, all threads together. */
double lrr_clock_cpu(void);

/* Processor seconds that the calling thread has used. */
double lrr_clock_thread(void);

#endif
