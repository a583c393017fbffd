/*
** watch.h -- what this process tells the one that watches over it (host/supervisor.h): a page
** that both see. The watched process writes, the other reads; nobody waits for anybody.
**
** The watcher has to know when the code of a recipe has gone on for too long without coming
** by, also inside a C function that polls nothing. It counts the time in which `ticks` does
** not move and no native call runs: our own C code, called from Lua (bind/bind.h), may take
** as long as its work is. Without a watcher the page is this process's own.
** Threads: the one that runs Lua writes.
*/
#ifndef LRR_OS_WATCH_H
#define LRR_OS_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* No limit on the recipe's code is in force. */
#define LRR_WATCH_FREE INT64_MAX

typedef struct lrr_watch {
    atomic_uint ticks;  /* moves whenever Lua's guard has looked (host/guard.h) */
    atomic_uint native; /* 1 while a native call runs */
    atomic_uint calls;  /* moves with every native call */
    atomic_uint holds; /* works under way that end themselves when asked to, and save */
    atomic_int_fast64_t
        left; /* microseconds that the recipe's code had at the last tick */
    _Alignas(64)
        atomic_uint beats; /* moves with every chunk of work (base/threads.h) */
} lrr_watch;

/* The page. Never NULL. */
lrr_watch *lrr_watch_page(void);

/* A page that processes forked from now on share with this one; used from now on. False:
** there is no memory for it. */
bool lrr_watch_share(void);

/* A look of the guard, from Lua code: no native call runs. `left`: seconds that the recipe's
** code may still take, or a negative number for no limit. */
void lrr_watch_tick(double left);

/* Begins a native call; gives what lrr_watch_leave takes. */
unsigned lrr_watch_enter(void);

/* Ends it. Where a call ended by an error, the next tick or lrr_watch_recover does. */
void lrr_watch_leave(unsigned before);

/* After an error that was caught: whatever native call it left has ended. */
void lrr_watch_recover(void);

/* Work that ends itself when asked to, and saves, begins and ends: it is given the time. */
void lrr_watch_hold(void);
void lrr_watch_release(void);
bool lrr_watch_held(void);

#endif
