/* mem.c -- see mem.h. */
#define _GNU_SOURCE /* madvise */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Blocks from LARGE bytes on ask for pages of HUGE bytes: a pass over an optimizer's state
** otherwise waits for page tables, 4 KiB at a time. */
enum { HUGE = 2 << 20, LARGE = 2 * HUGE };

/* In front of each block, so that freeing knows the size; as long as the alignment. */
typedef struct header {
    size_t bytes;
} header;

static atomic_size_t used;
static atomic_size_t limit;
static atomic_long fail_in = -1;
static atomic_bool fail_sticky;

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

void lrr_mem_limit(size_t bytes)
{
    atomic_store(&limit, bytes);
}

size_t lrr_mem_used(void)
{
    return atomic_load(&used);
}

lrr_status lrr_mem_new(size_t n, size_t size, const char *what, void *out_ptr,
                       lrr_error *err)
{
    size_t bytes = lrr_size_mul(n, size);
    size_t whole = lrr_size_align(lrr_size_add(bytes, LRR_ALIGN));
    size_t cap = atomic_load(&limit);
    void *memory = NULL, *p;
    char *block;

    if (whole == SIZE_MAX)
        return lrr_fail(err, LRR_ENOMEM, "no memory for %s: %zu x %zu bytes", what, n,
                        size);
    if (cap != 0 && whole > cap - (atomic_load(&used) < cap ? atomic_load(&used) : cap))
        return lrr_fail(err, LRR_ENOMEM, "no memory for %s: %zu bytes, limit %zu", what,
                        bytes, cap);
    /* Not aligned_alloc, whose size has to be a multiple of the alignment. */
    if (lrr_mem_fault() ||
        posix_memalign(&memory, whole < LARGE ? LRR_ALIGN : HUGE, whole) != 0)
        return lrr_fail(err, LRR_ENOMEM, "no memory for %s: %zu bytes", what, bytes);
    block = memory;
    if (whole >= LARGE)
        madvise(block, whole,
                MADV_HUGEPAGE); /* a wish: not granting it changes nothing */
    memset(block, 0, whole);
    ((header *)(void *)block)->bytes = whole;
    atomic_fetch_add(&used, whole);
    p = block + LRR_ALIGN;
    memcpy(out_ptr, &p, sizeof p); /* out_ptr is the address of a pointer of any type */
    return LRR_OK;
}

void lrr_mem_free(void *p)
{
    char *block;
    if (p == NULL)
        return;
    block = (char *)p - LRR_ALIGN;
    atomic_fetch_sub(&used, ((header *)(void *)block)->bytes);
    free(block);
}
