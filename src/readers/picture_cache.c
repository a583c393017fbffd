/* picture_cache.c -- see picture_cache.h. */
#include "readers/picture_cache.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "os/calls.h"
#include "os/scratch.h"

struct lrr__picture_cache {
    lrr_scratch *file; /* sample i from byte i * width on */
    size_t n, width;
    atomic_uint_least64_t *stamp; /* (n) 0: not here */
};

lrr_status lrr__picture_cache_open(const char *folder, size_t n, size_t width,
                                   lrr__picture_cache **out, lrr_error *err)
{
    lrr__picture_cache *c = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *c, "pictures", &c, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    c->n = n;
    c->width = width;
    st = lrr_mem_new(n, sizeof *c->stamp, "pictures", &c->stamp, err);
    for (size_t i = 0; st == LRR_OK && i < n; i++)
        atomic_init(&c->stamp[i], 0);
    if (st == LRR_OK)
        st = lrr_scratch_open(folder, lrr_size_mul(n, width), &c->file, err);
    if (st != LRR_OK) {
        lrr__picture_cache_free(c);
        return st;
    }
    *out = c;
    return LRR_OK;
}

void lrr__picture_cache_free(lrr__picture_cache *c)
{
    if (c == NULL)
        return;
    lrr_scratch_free(c->file);
    lrr_mem_free(c->stamp);
    lrr_mem_free(c);
}

/* The finalizer of MurmurHash3 (Appleby, 2011) over both. */
static uint64_t mixed(uint64_t h, uint64_t x)
{
    h ^= x + 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 33;
}

uint64_t lrr__picture_stamp(const char *path)
{
    struct stat sb;
    uint64_t h = 0;
    if (lrr_calls()->stat(path, &sb) != 0)
        return 0;
    h = mixed(h, (uint64_t)sb.st_dev);
    h = mixed(h, (uint64_t)sb.st_ino);
    h = mixed(h, (uint64_t)sb.st_size);
    h = mixed(h, (uint64_t)sb.st_mtim.tv_sec);
    h = mixed(h, (uint64_t)sb.st_mtim.tv_nsec);
    h = mixed(h, (uint64_t)sb.st_ctim.tv_sec);
    h = mixed(h, (uint64_t)sb.st_ctim.tv_nsec);
    return h == 0 ? 1 : h;
}

uint64_t lrr__picture_cache_stamp(const lrr__picture_cache *c, size_t i)
{
    return atomic_load_explicit(&c->stamp[i], memory_order_acquire);
}

bool lrr__picture_cache_read(lrr__picture_cache *c, size_t i, uint64_t stamp,
                             uint8_t *planes)
{
    return stamp != 0 && lrr__picture_cache_stamp(c, i) == stamp &&
           lrr_scratch_read(c->file, (uint64_t)i * c->width, planes, c->width);
}

void lrr__picture_cache_write(lrr__picture_cache *c, size_t i, uint64_t stamp,
                              const uint8_t *planes)
{
    if (stamp != 0 &&
        lrr_scratch_write(c->file, (uint64_t)i * c->width, planes, c->width))
        atomic_store_explicit(&c->stamp[i], stamp, memory_order_release);
}

void lrr__picture_cache_expect(const lrr__picture_cache *c, size_t i)
{
    if (lrr__picture_cache_stamp(c, i) != 0)
        lrr_scratch_expect(c->file, (uint64_t)i * c->width, c->width);
}

size_t lrr__picture_cache_count(const lrr__picture_cache *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += lrr__picture_cache_stamp(c, i) != 0;
    return n;
}
