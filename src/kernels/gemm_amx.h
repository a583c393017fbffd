/*
** gemm_amx.h -- AMX's registers: 0 to 3 hold sums of 32 rows by 32 columns, two beside each other in
** two rows, 4 and 5 rows of A, 6 and 7 columns of B. Private to simd_gemm_amx.c and
** simd_conv_tiles.c.
*/
#ifndef LRR_KERNELS_GEMM_AMX_H
#define LRR_KERNELS_GEMM_AMX_H

#include <immintrin.h>

#include "kernels/gemm_pack_tiles.h"

#define LRR_AMX __attribute__((target("amx-tile,amx-bf16")))

/* What LDTILECFG reads (Intel's manual, volume 1, 18.2): eight registers of 16 rows of 64 bytes. */
typedef struct shape {
    uint8_t palette, start, zero[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} shape;

static const _Alignas(64) shape SHAPE = {
    .palette = 1,
    .bytes = { 64, 64, 64, 64, 64, 64, 64, 64 },
    .rows = { TILE, TILE, TILE, TILE, TILE, TILE, TILE, TILE },
};

LRR_AMX static inline void begin_tiles(void)
{
    _tile_loadconfig(&SHAPE);
}

/* Otherwise the system would save them wherever threads change. */
LRR_AMX static inline void end_tiles(void)
{
    _tile_release();
}

/* Sums of 16 or 32 rows and columns begin with x (rows ld apart; 0: one row for all), or NULL: 0. */
LRR_AMX static LRR_ALWAYS void take_tiles(const float *x, size_t ld, bool tall,
                                          bool wide)
{
    const size_t step = ld * sizeof(float);
    if (x == NULL) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
        return;
    }
    const float *below = x + TILE * ld;
    _tile_loadd(0, x, step);
    if (wide)
        _tile_loadd(1, x + TILE, step);
    if (tall)
        _tile_loadd(2, below, step);
    if (tall && wide)
        _tile_loadd(3, below + TILE, step);
}

/* Adds the products of 32 depths: of A's rows at a and, 16 on, at below; of B's columns at b and, 16
** on, at beside; steps in bytes. */
LRR_AMX static LRR_ALWAYS void multiply_tiles(const void *a, const void *below,
                                              size_t a_step, const void *b,
                                              const void *beside, size_t b_step,
                                              bool tall, bool wide)
{
    _tile_loadd(4, a, a_step);
    _tile_loadd(6, b, b_step);
    _tile_dpbf16ps(0, 4, 6);
    if (wide) {
        _tile_loadd(7, beside, b_step);
        _tile_dpbf16ps(1, 4, 7);
    }
    if (tall) {
        _tile_loadd(5, below, a_step);
        _tile_dpbf16ps(2, 5, 6);
    }
    if (tall && wide)
        _tile_dpbf16ps(3, 5, 7);
}

LRR_AMX static LRR_ALWAYS void put_tiles(float *c, size_t ld, bool tall, bool wide)
{
    const size_t step = ld * sizeof(float);
    float *below = c + TILE * ld;
    _tile_stored(0, c, step);
    if (wide)
        _tile_stored(1, c + TILE, step);
    if (tall)
        _tile_stored(2, below, step);
    if (tall && wide)
        _tile_stored(3, below + TILE, step);
}

#endif
