/* watch.c -- see watch.h. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "os/watch.h"

#include <stddef.h>
#include <sys/mman.h>
static lrr_watch own = { .left = LRR_WATCH_FREE };
static lrr_watch *shared = &own;

lrr_watch *lrr_watch_page(void)
{
    return shared;
}

bool lrr_watch_share(void)
{
    lrr_watch *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    atomic_init(&page->left, LRR_WATCH_FREE);
    shared = page;
    return true;
}

void lrr_watch_tick(double left)
{
    unsigned ticks;

    lrr_watch_recover();
    atomic_store_explicit(&shared->left,
                          left < 0 ? LRR_WATCH_FREE : (int64_t)(left * 1e6),
                          memory_order_relaxed);
    ticks = atomic_load_explicit(&shared->ticks, memory_order_relaxed); /* ours alone */
    atomic_store_explicit(&shared->ticks, ticks + 1, memory_order_release);
}

unsigned lrr_watch_enter(void)
{
    const unsigned before = atomic_load_explicit(&shared->native, memory_order_relaxed);
    const unsigned calls = atomic_load_explicit(&shared->calls, memory_order_relaxed);
    atomic_store_explicit(&shared->native, 1, memory_order_relaxed);
    atomic_store_explicit(&shared->calls, calls + 1, memory_order_relaxed);
    return before;
}

void lrr_watch_leave(unsigned before)
{
    if (before == 0)
        lrr_watch_recover();
}

void lrr_watch_recover(void)
{
    atomic_store_explicit(&shared->native, 0, memory_order_relaxed);
}

void lrr_watch_hold(void)
{
    atomic_fetch_add_explicit(&shared->holds, 1, memory_order_relaxed);
}

void lrr_watch_release(void)
{
    atomic_fetch_sub_explicit(&shared->holds, 1, memory_order_relaxed);
}

bool lrr_watch_held(void)
{
    return atomic_load_explicit(&shared->holds, memory_order_relaxed) != 0;
}
