/*
** test_touched.c -- gradients of which few rows are other than 0: who knows which ones gives the same
** bits as who looks at all, in backward over several batches, in norms and in updates.
*/
#include <stdint.h>
#include <string.h>

#include "base/threads.h"
#include "check.h"
#include "kernels/gather.h"
#include "kernels/simd.h"
#include "optim/clip.h"
#include "optim/optim.h"
#include "os/cpu.h"

extern const lrr_simd lrr__table_sse2, lrr__table_avx2, lrr__table_avx512;

/* A row longer than a piece of work, rows that pieces cut through, and rows that are not of whole
** lanes; behind each another tensor, which has no list. */
enum { SIZE = 400000, BESIDE = 64, IDS = 300, LONGEST = 10 };

static const size_t sizes[][2] = {
    { 3, 40000 }, { 1000, 48 }, { 3000, 16 }, { 900, 25 }
};

static lrr_real x[2][SIZE], grads[2][SIZE], dy[IDS * 40000];
static uint8_t touched[3000];
static uint32_t state = 1;

static uint32_t next(void)
{
    state = state * 1664525U + 1013904223U;
    return state >> 8;
}

static lrr_real number(void)
{
    return (lrr_real)((double)next() / 0x1p23 - 1);
}

/* One backward of `samples`, with and without the list; the first of a window writes. */
static void back(const size_t size[2], size_t samples, bool add)
{
    int32_t ids[IDS], len[IDS / LONGEST];
    lrr_gather_grad g = { .rows = size[0],
                          .dim = size[1],
                          .ids = ids,
                          .n = samples,
                          .t = LONGEST,
                          .len = len,
                          .skip = 0,
                          .dy = dy };
    for (size_t i = 0; i < samples * LONGEST; i++)
        ids[i] = (int32_t)(next() % (size[0] + 1)) - 1;
    for (size_t i = 0; i < samples; i++)
        len[i] = 1 + (int32_t)(next() % LONGEST);
    lrr_gather_backward(&g, grads[0], add);
    g.touched = touched;
    lrr_gather_backward(&g, grads[1], add);
    CHECK(memcmp(grads[0], grads[1], sizeof grads[0]) == 0);
}

static void begin(const size_t size[2])
{
    memset(touched, 0, sizeof touched);
    memset(grads, 0, sizeof grads);
    for (size_t i = 0; i < SIZE; i++)
        x[0][i] = x[1][i] = number();
    for (size_t i = 0; i < BESIDE; i++)
        grads[0][size[0] * size[1] + i] = grads[1][size[0] * size[1] + i] = number();
}

/* The block of a table and what stands beside it. */
static void set_segments(const size_t size[2], lrr_segment s[2])
{
    const size_t n = size[0] * size[1], at = (n + 15) / 16 * 16;
    s[0] = (lrr_segment){ "table", 0, n, { 2, { size[0], size[1] } }, true };
    s[1] = (lrr_segment){ "beside", at, BESIDE, { 1, { BESIDE } }, true };
}

static void check_backward_and_norm(const size_t size[2])
{
    const uint8_t *const lists[] = { touched, NULL };
    lrr_segment s[2];
    lrr_clip *c = NULL;
    lrr_error err;
    set_segments(size, s);
    begin(size);
    CHECK(lrr_clip_new(s, 2, &c, &err) == LRR_OK);
    for (size_t k = 0; k < 9; k++) {
        back(size, 1 + next() % (size[0] == 3 ? 1 : IDS / LONGEST), k % 3 == 2);
        const double norm = lrr_clip_norm(c, grads[0], NULL);
        CHECK(norm > 0 && lrr_clip_norm(c, grads[0], lists) == norm);
    }
    lrr_clip_free(c);
}

static void check_optimizer(const char *name, const size_t size[2])
{
    const uint8_t *const lists[] = { touched, NULL };
    double row[1][LRR_HYPER_COUNT] = { { 0 } };
    const lrr_optim_cfg cfg = { .name = name,
                                .n_groups = 1,
                                .groups = (const double(*)[LRR_HYPER_COUNT])row };
    lrr_segment s[2];
    lrr_optim *o[2] = { NULL, NULL };
    lrr_error err;
    row[0][LRR_HYPER_LR] = 0.01;
    row[0][LRR_HYPER_WEIGHT_DECAY] = 0.1;
    row[0][LRR_HYPER_BETA1] = 0.9;
    row[0][LRR_HYPER_BETA2] = 0.99;
    row[0][LRR_HYPER_EPS] = 1e-8;
    row[0][LRR_HYPER_MOMENTUM] = 0.9;
    set_segments(size, s);
    begin(size);
    for (size_t i = 0; i < 2; i++)
        CHECK(lrr_optim_new(&cfg, s, 2, &o[i], &err) == LRR_OK);
    for (size_t k = 0; k < 3; k++) {
        back(size, size[0] == 3 ? 1 : IDS / LONGEST, false);
        lrr_optim_step(o[0], x[0], grads[0], NULL, 0.5);
        lrr_optim_step(o[1], x[1], grads[0], lists, 0.5);
        CHECK(memcmp(x[0], x[1], sizeof x[0]) == 0);
    }
    for (size_t i = 0; i < lrr_optim_state_count(o[0]); i++)
        CHECK(memcmp(lrr_optim_state(o[0], i), lrr_optim_state(o[1], i),
                     lrr_optim_size(o[0]) * sizeof(lrr_real)) == 0);
    for (size_t i = 0; i < 2; i++)
        lrr_optim_free(o[i]);
}

static void check_table(const lrr_simd *k)
{
    static const char *const names[] = {
        "sgd", "adam", "adamw", "lion", "lamb", "dog"
    };
    lrr_k = k;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_backward_and_norm(sizes[i]);
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            check_optimizer(names[n], sizes[i]);
    }
}

int main(void)
{
    const lrr_isa best = lrr_cpu_isa();
    lrr_error err;
    lrr_simd_choose();
    CHECK(lrr_threads_init(3, &err) == LRR_OK && lrr_threads_begin(&err) == LRR_OK);
    for (size_t i = 0; i < sizeof dy / sizeof *dy; i++)
        dy[i] = number();
    check_table(&lrr__table_sse2);
    if (best >= LRR_ISA_AVX2)
        check_table(&lrr__table_avx2);
    if (best >= LRR_ISA_AVX512)
        check_table(&lrr__table_avx512);
    lrr_threads_fini();
    printf("%d faults\n", faults);
    return faults != 0;
}
