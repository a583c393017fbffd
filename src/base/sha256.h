/*
** sha256.h -- SHA-256, for digests of weights and fingerprints of data.
**
** Source: FIPS 180-4. On x86-64 with SHA extensions the block function uses them; the
** result is the same.
*/
#ifndef LRR_BASE_SHA256_H
#define LRR_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct lrr_sha256 {
    uint32_t h[8];
    uint64_t bytes;
    uint8_t block[64];
} lrr_sha256;

/* Init, any number of adds (data may be NULL where n is 0), end. Cannot fail. */
void lrr_sha256_init(lrr_sha256 *s);
void lrr_sha256_add(lrr_sha256 *s, const void *data, size_t n);
void lrr_sha256_end(lrr_sha256 *s, uint8_t out[32]);

/* The same as 64 lower-case hexadecimal digits and a NUL. */
void lrr_sha256_end_hex(lrr_sha256 *s, char out[65]);

#endif
