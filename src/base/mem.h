/*
** mem.h -- aligned memory with checked sizes, and failures on demand for tests.
**
** Every buffer that kernels touch comes from here, 64-byte aligned (a cache line, and
** one AVX-512 register). Sizes are computed by lrr_size_mul and lrr_size_add, which
** never wrap: a product that does not fit is SIZE_MAX, and SIZE_MAX is never granted.
**
** Threads: lrr_mem_fail_after is for tests on one thread; the rest is safe anywhere.
*/
#ifndef LRR_BASE_MEM_H
#define LRR_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define LRR_ALIGN 64

/* a * b, or SIZE_MAX where that does not fit (SIZE_MAX absorbs). Cannot fail. */
size_t lrr_size_mul(size_t a, size_t b);

/* a + b, or SIZE_MAX where that does not fit. Cannot fail. */
size_t lrr_size_add(size_t a, size_t b);

/* bytes rounded up to a multiple of LRR_ALIGN, or SIZE_MAX. */
size_t lrr_size_align(size_t bytes);

/*
** *out = n * size zeroed bytes, aligned to LRR_ALIGN; never NULL on success, also for
** n = 0. what names the buffer in the message ("moments of adam").
** Errors: ENOMEM (no memory, the product overflows, or the limit is reached).
*/
lrr_status lrr_mem_new(size_t n, size_t size, const char *what, void *out_ptr,
                       lrr_error *err);

/* Releases a block of lrr_mem_new; NULL is fine. */
void lrr_mem_free(void *p);

/* Bytes granted by lrr_mem_new and not yet freed. */
size_t lrr_mem_used(void);

/* From now on at most this many bytes are granted in all; 0 means no limit. */
void lrr_mem_limit(size_t bytes);

/*
** Tests: the n-th allocation from now (0: the next) fails, once or from then on.
** n < 0 switches it off. Also consulted by the Lua allocator of the host.
*/
void lrr_mem_fail_after(long n, bool sticky);

/* Allocations until the one that fails; negative when none is going to (any more). */
long lrr_mem_fail_left(void);

/* True when the allocation about to be made has to fail; counts one. */
bool lrr_mem_fault(void);

#endif
