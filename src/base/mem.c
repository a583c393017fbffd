/* mem.c -- see mem.h. */
#define _GNU_SOURCE /* madvise, MAP_ANONYMOUS */
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Blocks from LARGE bytes on are whole pages of HUGE bytes, mapped one by one: a pass over
** an optimizer's state otherwise waits for page tables, 4 KiB at a time. They are zero as the
** system gives them, go back to it when freed, and take what they are counted as. */
enum { HUGE = 2 << 20, LARGE = 2 * HUGE };

/* Under a sanitizer every block has its own surroundings watched. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MAPS 0
#else
#define MAPS 1
#endif

/* What may come into use between two collections of garbage, at the least. */
#define PACE ((size_t)256 << 20)

/* In front of each block, so that freeing knows the size; as long as the alignment. */
typedef struct header {
    size_t bytes; /* as counted */
    void *start;  /* what malloc gave; NULL: mapped */
} header;

/* In front of a block of lrr_mem_get: as long as malloc's alignment. */
enum { SMALL_HEADER = 16 };

enum { ROOM_FIRST = 16 }; /* of a block that grows */

static atomic_size_t used;
static atomic_size_t limit;
static atomic_size_t mark = PACE; /* bytes in use at which garbage is collected */
static atomic_long fail_in = -1;
static atomic_bool fail_sticky;

static void (*on_full)(void *ud);
static void *on_full_ud;
static _Thread_local bool may_collect; /* the thread that gave on_full, outside of it */

static pthread_mutex_t refusal_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool refused;
static char refusal[LRR_ERROR_TEXT];

size_t lrr_size_mul(size_t a, size_t b)
{
    size_t c;
    if (a == SIZE_MAX || b == SIZE_MAX || __builtin_mul_overflow(a, b, &c))
        return SIZE_MAX;
    return c;
}

size_t lrr_size_add(size_t a, size_t b)
{
    size_t c;
    if (a == SIZE_MAX || b == SIZE_MAX || __builtin_add_overflow(a, b, &c))
        return SIZE_MAX;
    return c;
}

size_t lrr_size_align(size_t bytes)
{
    size_t up = lrr_size_add(bytes, LRR_ALIGN - 1);
    return up == SIZE_MAX ? SIZE_MAX : up / LRR_ALIGN * LRR_ALIGN;
}

bool lrr_mem_fault(void)
{
    long n = atomic_load(&fail_in);
    if (n < 0)
        return false;
    if (n > 0) {
        atomic_store(&fail_in, n - 1);
        return false;
    }
    if (!atomic_load(&fail_sticky))
        atomic_store(&fail_in, -1);
    return true;
}

void lrr_mem_fail_after(long n, bool sticky)
{
    atomic_store(&fail_sticky, sticky);
    atomic_store(&fail_in, n);
}

long lrr_mem_fail_left(void)
{
    return atomic_load(&fail_in);
}

/* What of the limit is left to Lua, whose own collector frees no native objects while it
** allocates. */
static size_t reserve(size_t cap)
{
    size_t r = cap / 16;
    return r < PACE / 4 ? r : PACE / 4;
}

/* When to collect next: when what is in use has doubled, or little is left. */
static void set_mark(void)
{
    size_t now = atomic_load(&used), cap = atomic_load(&limit);
    size_t next = lrr_size_add(now, now > PACE ? now : PACE);
    if (cap != 0 && next > cap - reserve(cap)) {
        size_t little = lrr_size_add(now, reserve(cap) / 2);
        next = cap - reserve(cap) > little ? cap - reserve(cap) : little;
    }
    atomic_store(&mark, next);
}

void lrr_mem_limit(size_t bytes)
{
    atomic_store(&limit, bytes);
    atomic_store(&refused, false);
    set_mark();
}

void lrr_mem_on_full(void (*f)(void *ud), void *ud)
{
    on_full = f;
    on_full_ud = ud;
    may_collect = f != NULL;
}

size_t lrr_mem_used(void)
{
    return atomic_load(&used);
}

size_t lrr_mem_left(void)
{
    size_t cap = atomic_load(&limit), now = atomic_load(&used);
    if (cap == 0)
        return SIZE_MAX;
    return cap > now ? cap - now : 0;
}

bool lrr_mem_take(size_t bytes)
{
    size_t cap = atomic_load(&limit), now = atomic_load(&used);
    do {
        if (cap != 0 && (now > cap || bytes > cap - now))
            return false;
    } while (!atomic_compare_exchange_weak(&used, &now, now + bytes));
    return true;
}

void lrr_mem_give(size_t bytes)
{
    atomic_fetch_sub(&used, bytes);
}

/* False where nothing can be given back from here. */
static bool collect(void)
{
    if (!may_collect)
        return false;
    may_collect = false; /* what is freed meanwhile may allocate */
    on_full(on_full_ud);
    may_collect = true;
    set_mark();
    return true;
}

/* Counts bytes, those of garbage given back first where they would not fit. */
static bool take(size_t bytes)
{
    bool collected = lrr_size_add(atomic_load(&used), bytes) > atomic_load(&mark) &&
                     bytes != SIZE_MAX && collect();
    if (bytes == SIZE_MAX)
        return false;
    return lrr_mem_take(bytes) || (!collected && collect() && lrr_mem_take(bytes));
}

const char *lrr_size_text(size_t bytes, char out[LRR_SIZE_TEXT])
{
    static const char *const units[] = { "bytes", "KB", "MB", "GB", "TB", "PB", "EB" };
    double x = (double)bytes;
    size_t u = 0;
    if (bytes == SIZE_MAX) {
        snprintf(out, LRR_SIZE_TEXT, "more than there can be");
        return out;
    }
    while (x >= 1000 && u + 1 < sizeof units / sizeof *units) {
        x /= 1024;
        u++;
    }
    snprintf(out, LRR_SIZE_TEXT, u > 0 && x < 100 ? "%.1f %s" : "%.0f %s", x, units[u]);
    return out;
}

/* bytes were not to be had. Where the limit is the reason, the first such text is kept. */
static lrr_status refuse(const char *what, size_t bytes, lrr_error *err)
{
    char asked[LRR_SIZE_TEXT], in_use[LRR_SIZE_TEXT], most[LRR_SIZE_TEXT];
    size_t cap = atomic_load(&limit);
    lrr_error own;

    if (err == NULL)
        err = &own;
    lrr_size_text(bytes, asked);
    lrr_size_text(atomic_load(&used), in_use);
    if (cap == 0)
        return lrr_fail(err, LRR_ENOMEM, "no memory for %s: %s asked for, %s in use",
                        what, asked, in_use);
    lrr_fail(err, LRR_ENOMEM,
             "no memory for %s: %s asked for, %s of %s in use (--memory)", what, asked,
             in_use, lrr_size_text(cap, most));
    lrr_mem_refuse(err);
    return LRR_ENOMEM;
}

void lrr_mem_refuse(const lrr_error *err)
{
    pthread_mutex_lock(&refusal_lock);
    if (!atomic_load(&refused))
        memcpy(refusal, err->msg, sizeof refusal);
    atomic_store(&refused, true);
    pthread_mutex_unlock(&refusal_lock);
}

const char *lrr_mem_refusal(void)
{
    return atomic_load(&refused) ? refusal : NULL;
}

/* bytes rounded up to pages of HUGE, or SIZE_MAX. */
static size_t huge_pages(size_t bytes)
{
    size_t up = lrr_size_add(bytes, HUGE - 1);
    return up == SIZE_MAX ? SIZE_MAX : up / HUGE * HUGE;
}

/* bytes (a multiple of HUGE) at an address that is one too, or NULL. */
static void *map(size_t bytes)
{
    size_t all = lrr_size_add(bytes, HUGE);
    char *p, *start;
    if (all == SIZE_MAX)
        return NULL;
    p = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    start = p + (HUGE - (uintptr_t)p % HUGE) % HUGE;
    if (start > p)
        munmap(p, (size_t)(start - p));
    if (start + bytes < p + all)
        munmap(start + bytes, (size_t)(p + all - start) - bytes);
    madvise(start, bytes, MADV_HUGEPAGE); /* a wish: not granting it changes nothing */
    return start;
}

/* A zeroed block of `whole` bytes with its header, or NULL. Aligned by hand: malloc finds
** freed blocks again for sizes, and hardly for alignments (1 MB buffers of a reader between
** small blocks that stay took a new MB each time). */
static header *block_new(size_t whole)
{
    header *block;
    char *start = NULL;
    if (MAPS && whole >= LARGE) {
        block = map(whole);
    } else {
        start = calloc(1, whole);
        block = start == NULL
                    ? NULL
                    : (void *)(start +
                               (LRR_ALIGN - (uintptr_t)start % LRR_ALIGN) % LRR_ALIGN);
    }
    if (block == NULL)
        return NULL;
    block->bytes = whole;
    block->start = start;
    return block;
}

/* Of a block for `bytes`: with its header, and what it takes to align or map it. */
static size_t whole_size(size_t bytes)
{
    size_t whole = lrr_size_align(lrr_size_add(bytes, (size_t)2 * LRR_ALIGN));
    return MAPS && whole >= LARGE ? huge_pages(whole) : whole;
}

lrr_status lrr_mem_new(size_t n, size_t size, const char *what, void *out_ptr,
                       lrr_error *err)
{
    size_t bytes = lrr_size_mul(n, size);
    size_t whole = whole_size(bytes);
    header *block;
    char *p;

    if (lrr_mem_fault())
        return lrr_fail(err, LRR_ENOMEM, "no memory for %s: %zu bytes", what, bytes);
    if (!take(whole))
        return refuse(what, bytes, err);
    block = block_new(whole);
    if (block == NULL && collect())
        block = block_new(whole);
    if (block == NULL) {
        lrr_mem_give(whole);
        return refuse(what, bytes, err);
    }
    p = (char *)block + LRR_ALIGN;
    memcpy(out_ptr, &p, sizeof p); /* out_ptr is the address of a pointer of any type */
    return LRR_OK;
}

lrr_status lrr_mem_resize(void *block_ptr, size_t n, size_t room, size_t size,
                          const char *what, lrr_error *err)
{
    void *old, *block = NULL;
    lrr_status st = lrr_mem_new(room, size, what, &block, err);
    if (st != LRR_OK)
        return st;
    memcpy(&old, block_ptr, sizeof old);
    LRR_ASSERT(block != NULL && n <= room);
    if (n > 0)
        memcpy(block, old, n * size);
    lrr_mem_free(old);
    memcpy(block_ptr, &block, sizeof block);
    return LRR_OK;
}

lrr_status lrr_mem_grow(void *block_ptr, size_t n, size_t *room, size_t size,
                        const char *what, lrr_error *err)
{
    const size_t more = *room == 0 ? ROOM_FIRST : lrr_size_mul(*room, 2);
    lrr_status st = LRR_OK;
    if (n < *room)
        return LRR_OK;
    st = lrr_mem_resize(block_ptr, n, more, size, what, err);
    if (st == LRR_OK)
        *room = more;
    return st;
}

void lrr_mem_free(void *p)
{
    header *block;
    size_t bytes;
    if (p == NULL)
        return;
    block = (void *)((char *)p - LRR_ALIGN);
    bytes = block->bytes;
    if (block->start == NULL)
        munmap(block, bytes);
    else
        free(block->start);
    lrr_mem_give(bytes);
}

void *lrr_mem_get(size_t n, const char *what)
{
    size_t whole = lrr_size_add(n, SMALL_HEADER);
    char *block;

    if (lrr_mem_fault())
        return NULL;
    if (!take(whole)) {
        refuse(what, n, NULL);
        return NULL;
    }
    block = malloc(whole);
    if (block == NULL) {
        lrr_mem_give(whole);
        refuse(what, n, NULL);
        return NULL;
    }
    ((header *)(void *)block)->bytes = whole;
    return block + SMALL_HEADER;
}

void lrr_mem_put(void *p)
{
    char *block = p == NULL ? NULL : (char *)p - SMALL_HEADER;
    if (p == NULL)
        return;
    lrr_mem_give(((header *)(void *)block)->bytes);
    free(block);
}
