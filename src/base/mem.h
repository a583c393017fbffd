/*
** mem.h -- aligned memory with checked sizes, the limit on all of it (--memory), and
** failures on demand for tests.
**
** Every buffer that kernels touch comes from here, 64-byte aligned (a cache line, and
** one AVX-512 register). Sizes are computed by lrr_size_mul and lrr_size_add, which
** never wrap: a product that does not fit is SIZE_MAX, and SIZE_MAX is never granted.
**
** One account holds everything that a recipe can make large: these blocks, what readers'
** libraries take (lrr_mem_get), and Lua's heap (lrr_mem_take). What does not fit is refused
** before a page of it is touched. Objects that Lua's garbage keeps do not count: before
** anything is refused, and whenever what is in use has doubled, they are collected
** (lrr_mem_on_full).
**
** Threads: lrr_mem_fail_after is for tests on one thread; lrr_mem_on_full's function is
** called on the thread that gave it alone; the rest is safe anywhere.
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

/*
** Puts a block of room * size bytes in the place of the one that block_ptr (a T **) points to, whose
** first n items it has; the others are zero. On failure the old one stays.
** Errors: as lrr_mem_new.
*/
lrr_status lrr_mem_resize(void *block_ptr, size_t n, size_t room, size_t size,
                          const char *what, lrr_error *err);

/* Room for one item more than n in such a block, of *room items; NULL where that is 0. Where there is
** none there will be for twice as many. Errors: as lrr_mem_resize. */
lrr_status lrr_mem_grow(void *block_ptr, size_t n, size_t *room, size_t size,
                        const char *what, lrr_error *err);

/* Releases a block of lrr_mem_new; NULL is fine. */
void lrr_mem_free(void *p);

/* A block for a library that allocates by itself (zlib, libpng, jansson): n bytes, not
** zeroed, aligned as malloc's; NULL where lrr_mem_new would say ENOMEM. what as there. */
void *lrr_mem_get(size_t n, const char *what);

/* Releases a block of lrr_mem_get; NULL is fine. */
void lrr_mem_put(void *p);

/* Counts bytes that are allocated elsewhere (Lua's heap). False, and nothing is counted,
** where they are more than is left. Never collects. */
bool lrr_mem_take(size_t bytes);
void lrr_mem_give(size_t bytes);

/* Bytes in the account now, and what of the limit is left (SIZE_MAX without one). */
size_t lrr_mem_used(void);
size_t lrr_mem_left(void);

/* From now on at most this many bytes are granted in all; 0 means no limit. */
void lrr_mem_limit(size_t bytes);

/* f(ud) gives back memory that nobody uses any more. NULL: nothing is given back. It is
** called in the middle of an allocation: it may free blocks that nothing refers to, and
** must not fail. */
void lrr_mem_on_full(void (*f)(void *ud), void *ud);

/* What the first refusal for the limit said (since the last lrr_mem_limit), or NULL. A failure that a test asked for is none. */
const char *lrr_mem_refusal(void);

/* What err says counts as such a refusal: memory that is not in the account was wanted. */
void lrr_mem_refuse(const lrr_error *err);

/* Room for a size in words: "1.5 GB". Units are powers of 1024, as those of flags. */
#define LRR_SIZE_TEXT 32

/* Writes it; gives out. SIZE_MAX is "more than there can be". */
const char *lrr_size_text(size_t bytes, char out[LRR_SIZE_TEXT]);

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
