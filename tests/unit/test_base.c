/*
** test_base.c -- sizes that overflow, Philox's known answers, permutations, elementary
** functions beside libm's in long double, and threads under stress.
*/
#include <float.h>
#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/dexp.h"
#include "base/dmath.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/threads.h"
#include "check.h"

static uint64_t state = 88172645463325252U;
static uint64_t next(void)
{
    state ^= state << 13; /* Marsaglia, 2003 */
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double between(double lo, double hi)
{
    return lo + (hi - lo) * ((double)(next() >> 11) * 0x1p-53);
}

/* Messages */

/* No message loses its end, however long the path in it. */
static void test_messages(void)
{
    static const char *const fmt[] = {
        "%s", "%s: no such file", "cannot read %s: why",
        "cannot make folder %s: a file is in its place"
    };
    static char path[10001];
    lrr_error err;

    for (size_t n = 0; n < sizeof path - 1; n += n < 1100 ? 1 : 997) {
        for (size_t i = 0; i < n; i++)
            path[i] = "\xc3\xa4"[i % 2]; /* a character of two bytes */
        path[n / 2 * 2] = '\0';
        if (n >= 8)
            memcpy(path + n / 2 * 2 - 8, "/the-end", 8);
        for (size_t i = 0; i < sizeof fmt / sizeof *fmt; i++) {
            char want[64];
            size_t at, end;
            CHECK(lrr_fail(&err, LRR_EIO, fmt[i], path) == LRR_EIO);
            snprintf(want, sizeof want, fmt[i], n >= 8 ? "/the-end" : path);
            at = strcspn(fmt[i], "%");
            CHECK(strncmp(err.msg, fmt[i], at) == 0);
            end = strlen(want) - at;
            CHECK(strlen(err.msg) >= end && strlen(err.msg) < sizeof err.msg);
            CHECK(strcmp(err.msg + strlen(err.msg) - end, want + at) == 0);
            CHECK((strstr(err.msg, "...") != NULL) ==
                  (strlen(path) + strlen(fmt[i]) - 2 >= sizeof err.msg));
        }
    }
    lrr_fail(&err, LRR_EIO, "%s", "");
    CHECK(err.msg[0] == '\0' && err.status == LRR_EIO);
    CHECK(lrr_fail(NULL, LRR_EIO, "%s", path) == LRR_EIO);
}

/* Sizes and memory */

static void test_sizes(void)
{
    lrr_error err;
    void *p = &err;
    const size_t before = lrr_mem_used();

    CHECK(lrr_size_mul(1u << 31, 1u << 31) == (size_t)1 << 62);
    CHECK(lrr_size_mul((size_t)1 << 32, (size_t)1 << 32) == SIZE_MAX);
    CHECK(lrr_size_mul(SIZE_MAX, 0) == SIZE_MAX);
    CHECK(lrr_size_mul(0, 5) == 0);
    CHECK(lrr_size_add(SIZE_MAX - 1, 1) == SIZE_MAX);
    CHECK(lrr_size_add(SIZE_MAX - 1, 2) == SIZE_MAX);
    CHECK(lrr_size_add(SIZE_MAX, 0) == SIZE_MAX);
    CHECK(lrr_size_align(0) == 0 && lrr_size_align(1) == LRR_ALIGN);
    CHECK(lrr_size_align(LRR_ALIGN) == LRR_ALIGN);
    CHECK(lrr_size_align(SIZE_MAX - 5) == SIZE_MAX);
    CHECK(lrr_mem_new((size_t)1 << 62, 8, "too much", &p, &err) == LRR_ENOMEM);
    CHECK(lrr_mem_new(SIZE_MAX, 1, "too much", &p, &err) == LRR_ENOMEM);
    CHECK(lrr_mem_new(0, 8, "nothing", &p, &err) == LRR_OK && p != NULL);
    lrr_mem_free(p);
    lrr_mem_free(NULL);
    CHECK(lrr_mem_used() == before);
}

/* What a collector of garbage would free. */
static void *garbage;
static int collections;

static void free_garbage(void *ud)
{
    ++*(int *)ud;
    lrr_mem_put(garbage);
    garbage = NULL;
}

static void test_garbage(void)
{
    const size_t before = lrr_mem_used();
    lrr_error err;
    char *a = NULL;

    lrr_mem_on_full(free_garbage, &collections);
    lrr_mem_limit(before + 8192);
    garbage = lrr_mem_get(6000, "garbage");
    CHECK(garbage != NULL);
    CHECK(lrr_mem_new(6000, 1, "a", &a, &err) == LRR_OK); /* for which garbage goes */
    CHECK(collections >= 1 && garbage == NULL && lrr_mem_refusal() == NULL);
    lrr_mem_free(a);
    lrr_mem_on_full(NULL, NULL);
    lrr_mem_limit(0);
    CHECK(lrr_mem_used() == before);
}

/* Blocks that are mapped are zero, aligned, and counted as what they take. */
static void test_large(void)
{
    const size_t before = lrr_mem_used(), n = ((size_t)9 << 20) + 1;
    lrr_error err;
    unsigned char *a = NULL;

    CHECK(lrr_mem_new(n, 1, "a", &a, &err) == LRR_OK);
    CHECK(((uintptr_t)a & (LRR_ALIGN - 1)) == 0);
    CHECK(lrr_mem_used() - before >= n &&
          lrr_mem_used() - before <= n + ((size_t)4 << 20));
    for (size_t i = 0; i < n; i += 4096)
        CHECK(a[i] == 0);
    CHECK(a[n - 1] == 0);
    memset(a, 1, n);
    lrr_mem_free(a);
    CHECK(lrr_mem_used() == before);
}

/* A block that grows keeps what it has, also where there is no memory for more. */
static void test_grow(void)
{
    const size_t before = lrr_mem_used();
    lrr_error err;
    uint32_t *list = NULL;
    size_t n = 0, room = 0;
    for (; n < 100; n++) {
        if (n == 16) {
            lrr_mem_fail_after(0, false);
            CHECK(lrr_mem_grow(&list, n, &room, sizeof *list, "a list", &err) ==
                  LRR_ENOMEM);
            CHECK(room == 16 && list[15] == 15);
        }
        CHECK(lrr_mem_grow(&list, n, &room, sizeof *list, "a list", &err) == LRR_OK);
        CHECK(room > n && list[n] == 0);
        list[n] = (uint32_t)n;
    }
    CHECK(list[0] == 0 && list[16] == 16 && list[99] == 99);
    room = SIZE_MAX / 4;
    CHECK(lrr_mem_grow(&list, room, &room, sizeof *list, "a list", &err) == LRR_ENOMEM);
    CHECK(room == SIZE_MAX / 4 && list[99] == 99);
    lrr_mem_free(list);
    CHECK(lrr_mem_used() == before);
}

static void test_size_text(void)
{
    char t[LRR_SIZE_TEXT];
    CHECK(strcmp(lrr_size_text(0, t), "0 bytes") == 0);
    CHECK(strcmp(lrr_size_text(999, t), "999 bytes") == 0);
    CHECK(strcmp(lrr_size_text((size_t)512 << 20, t), "512 MB") == 0);
    CHECK(strcmp(lrr_size_text((size_t)3 << 29, t), "1.5 GB") == 0);
    CHECK(strcmp(lrr_size_text(SIZE_MAX, t), "more than there can be") == 0);
}

static void test_limit(void)
{
    lrr_error err;
    char *a = NULL, *b = NULL;
    const size_t before = lrr_mem_used();

    lrr_mem_limit(before + 4096);
    CHECK(lrr_mem_new(3000, 1, "a", &a, &err) == LRR_OK);
    CHECK(((uintptr_t)a & (LRR_ALIGN - 1)) == 0);
    for (size_t i = 0; i < 3000; i++)
        CHECK(a[i] == 0);
    CHECK(lrr_mem_new(3000, 1, "b", &b, &err) == LRR_ENOMEM);
    CHECK(strstr(err.msg, "(--memory)") != NULL);
    CHECK(lrr_mem_refusal() != NULL && strcmp(lrr_mem_refusal(), err.msg) == 0);
    CHECK(lrr_mem_used() <= before + 4096 && lrr_mem_left() < 3000);
    CHECK(lrr_mem_get(3000, "c") == NULL && !lrr_mem_take(3000));
    lrr_mem_free(a);
    CHECK(lrr_mem_new(3000, 1, "b", &b, &err) == LRR_OK);
    lrr_mem_free(b);
    lrr_mem_limit(0);
    CHECK(lrr_mem_refusal() == NULL && lrr_mem_left() == SIZE_MAX);
    lrr_mem_fail_after(1, false);
    CHECK(lrr_mem_new(1, 1, "a", &a, &err) == LRR_OK);
    CHECK(lrr_mem_new(1, 1, "b", &b, &err) == LRR_ENOMEM);
    CHECK(lrr_mem_fail_left() < 0);
    lrr_mem_free(a);
    CHECK(lrr_mem_used() == before);
}

/* Random numbers */

static void test_philox(void)
{
    /* Random123's kat_vectors, philox4x32 10 rounds. */
    static const uint32_t known[3][10] = {
        { 0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
        { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
          0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd },
        { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
          0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 },
    };
    for (size_t i = 0; i < 3; i++) {
        uint32_t out[4];
        lrr_philox(known[i], known[i] + 4, out);
        CHECK(memcmp(out, known[i] + 6, sizeof out) == 0);
    }
}

static void test_permutations(void)
{
    enum { MAX = 1000 };
    uint32_t p[MAX], q[MAX];
    bool seen[MAX];
    const lrr_key key = lrr_rng_key(7, LRR_STREAM_SHUFFLE, 0);

    for (size_t n = 0; n <= MAX; n = n < 20 ? n + 1 : n * 2 + 1) {
        memset(seen, 0, sizeof seen);
        lrr_rng_permute(key, n, p, n);
        lrr_rng_permute(key, n, q, n);
        CHECK(n == 0 || memcmp(p, q, n * sizeof *p) == 0);
        for (size_t i = 0; i < n; i++) {
            CHECK(p[i] < n && !seen[p[i]]);
            seen[p[i]] = true;
        }
    }
    lrr_rng_permute(key, 1, p, MAX);
    lrr_rng_permute(key, 2, q, MAX);
    CHECK(memcmp(p, q, sizeof p) != 0);
}

static void test_distributions(void)
{
    enum { COUNT = 200000 };
    const lrr_key key = lrr_rng_key(3, LRR_STREAM_INIT, 5);
    double sum = 0, squares = 0, normal = 0, normal2 = 0;
    size_t die[6] = { 0 };

    for (uint64_t i = 0; i < COUNT; i++) {
        double u = lrr_rng_uniform(key, i, 0), z = lrr_rng_normal(key, i, 1);
        CHECK(u >= 0 && u < 1 && isfinite(z));
        sum += u;
        squares += u * u;
        normal += z;
        normal2 += z * z;
        die[lrr_rng_below(key, i, 2, 6)]++;
    }
    CHECK(fabs(sum / COUNT - 0.5) < 0.003 && fabs(squares / COUNT - 1 / 3.0) < 0.003);
    CHECK(fabs(normal / COUNT) < 0.01 && fabs(normal2 / COUNT - 1) < 0.02);
    for (int i = 0; i < 6; i++)
        CHECK(fabs((double)die[i] * 6 / COUNT - 1) < 0.03);
}

/* Elementary functions */

static double ulps(double got, long double want)
{
    int e;
    double w = (double)want;
    if (got == w || (got != got && w != w))
        return 0;
    if (!isfinite(got) || !isfinite(w))
        return HUGE_VAL;
    frexp(w, &e);
    e = e - DBL_MANT_DIG < -1074 ? -1074 : e - DBL_MANT_DIG;
    return (double)(fabsl((long double)got - want) / ldexpl(1, e));
}

static long double cos2pil(long double v)
{
    const long double pi = 3.14159265358979323846264338327950288L;
    long double w = fabsl(v - floorl(v + 0.5L));
    if (w > 0.25L)
        return w >= 0.375L ? -cosl(2 * pi * (0.5L - w)) : -sinl(2 * pi * (w - 0.25L));
    return w <= 0.125L ? cosl(2 * pi * w) : sinl(2 * pi * (0.25L - w));
}

static long double exp_minusl(long double t)
{
    return expl(-t);
}

typedef struct function {
    const char *name;
    double (*ours)(double);
    long double (*theirs)(long double);
    double lo, hi, most; /* range, ulps */
} function;

static const function functions[] = {
    { "exp", lrr_dexp, expl, -708, 709, 2 },
    { "exp", lrr_dexp, expl, -1, 1, 2 },
    { "exp_minus", lrr_dexp_minus, exp_minusl, 0, 4, 2 },
    { "exp_minus", lrr_dexp_minus, exp_minusl, 0, 690, 2 },
    { "log", lrr_dlog, logl, 0, 4, 2 },
    { "log", lrr_dlog, logl, 0, 1e300, 2 },
    { "log", lrr_dlog, logl, 0, 1e-310, 2 },
    { "log1p", lrr_dlog1p, log1pl, -0.9999, 4, 2 },
    { "log1p", lrr_dlog1p, log1pl, -1e-9, 1e-9, 2 },
    { "log1p", lrr_dlog1p, log1pl, 0, 1e18, 2 },
    { "expm1", lrr_dexpm1, expm1l, -2, 2, 4 },
    { "expm1", lrr_dexpm1, expm1l, -1e-9, 1e-9, 2 },
    { "expm1", lrr_dexpm1, expm1l, -40, 700, 4 },
    { "cos2pi", lrr_dcos2pi, cos2pil, 0, 1, 3 },
    { "cos2pi", lrr_dcos2pi, cos2pil, -9, 9, 3 },
    { "tanh", lrr_dtanh, tanhl, -1, 1, 4 },
    { "tanh", lrr_dtanh, tanhl, -25, 25, 4 },
    { "erf", lrr_derf, erfl, -1, 1, 16 },
    { "erf", lrr_derf, erfl, -7, 7, 16 },
};

static void test_functions(void)
{
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        const function *fn = &functions[f];
        double worst = 0, at = 0;
        for (int i = 0; i < 100000; i++) {
            double x = between(fn->lo, fn->hi);
            double off = ulps(fn->ours(x), fn->theirs((long double)x));
            if (off > worst) {
                worst = off;
                at = x;
            }
        }
        if (worst > fn->most) {
            printf("%s(%.17g) is %g ulps off\n", fn->name, at, worst);
            faults++;
        }
    }
}

static void test_ends(void)
{
    CHECK(lrr_dexp(HUGE_VAL) == HUGE_VAL && lrr_dexp(-HUGE_VAL) == 0);
    CHECK(lrr_dexp(710) == HUGE_VAL && lrr_dexp(-746) == 0 && lrr_dexp(0) == 1);
    CHECK(lrr_dexp(-740) > 0 && lrr_dexp(-740) < DBL_MIN);
    CHECK(lrr_dexp_minus(0) == 1 && lrr_dexp_minus(HUGE_VAL) < 1e-299);
    CHECK(lrr_dexp_minus(HUGE_VAL) > 0);
    CHECK(lrr_dlog(0) == -HUGE_VAL && lrr_dlog(1) == 0 && lrr_dlog(-1) != lrr_dlog(-1));
    CHECK(lrr_dlog(HUGE_VAL) == HUGE_VAL);
    CHECK(lrr_dlog1p(-1) == -HUGE_VAL && lrr_dlog1p(HUGE_VAL) == HUGE_VAL);
    CHECK(lrr_dlog1p(-2) != lrr_dlog1p(-2) && lrr_dlog1p(0) == 0);
    CHECK(lrr_dexpm1(HUGE_VAL) == HUGE_VAL && lrr_dexpm1(-HUGE_VAL) == -1);
    CHECK(lrr_dcos2pi(0) == 1 && lrr_dcos2pi(0.5) == -1 && lrr_dcos2pi(0.25) == 0);
    CHECK(lrr_dcos2pi(HUGE_VAL) != lrr_dcos2pi(HUGE_VAL));
    CHECK(lrr_dtanh(HUGE_VAL) == 1 && lrr_dtanh(-HUGE_VAL) == -1 && lrr_dtanh(0) == 0);
    CHECK(lrr_derf(HUGE_VAL) == 1 && lrr_derf(-HUGE_VAL) == -1 && lrr_derf(0) == 0);
    CHECK(lrr_dpow(2, 10) == 1024 && lrr_dpow(2, -2) == 0.25 && lrr_dpow(9, 0.5) == 3);
    CHECK(lrr_dpow(0, 0.3) == 0 && lrr_dpow(0, -0.3) == HUGE_VAL &&
          lrr_dpow(5, 0) == 1);
    for (int i = 0; i < 10000; i++) {
        double b = between(0, 10), e = between(-20, 20);
        long double want = powl((long double)b, (long double)e);
        CHECK(fabsl((long double)lrr_dpow(b, e) - want) <= 1e-13L * want);
    }
}

/* Threads */

enum { CHUNKS = 5000 };
static _Atomic int visits[CHUNKS];
static _Atomic size_t inner;
static atomic_bool begun;

static void visit(void *arg, size_t i)
{
    (void)arg;
    CHECK(lrr_threads_self() < lrr_threads_count());
    atomic_fetch_add_explicit(&visits[i], 1, memory_order_relaxed);
}

static void count_inner(void *arg, size_t i)
{
    (void)arg;
    (void)i;
    atomic_fetch_add_explicit(&inner, 1, memory_order_relaxed);
}

static void visit_nested(void *arg, size_t i)
{
    visit(arg, i);
    lrr_parallel(3, count_inner, NULL);
}

static void run_once(size_t n, lrr_chunk_fn f)
{
    for (size_t i = 0; i < CHUNKS; i++)
        atomic_store_explicit(&visits[i], 0, memory_order_relaxed);
    lrr_parallel(n, f, NULL);
    for (size_t i = 0; i < CHUNKS; i++)
        CHECK(atomic_load_explicit(&visits[i], memory_order_relaxed) == (i < n));
}

static void nap(void)
{
    const struct timespec t = { 0, 20000000 };
    nanosleep(&t, NULL);
}

/* The first chunk waits until another thread is at the second, which takes longer than anybody
** waits awake. */
static void dawdle(void *arg, size_t i)
{
    while (i == 0 && !atomic_load(&begun))
        sched_yield();
    atomic_store(&begun, true);
    if (i > 0)
        nap();
    visit(arg, i);
}

/* Threads that sleep, the caller too, are woken. */
static void test_sleepers(void)
{
    lrr_error err;
    CHECK(lrr_threads_init(2, &err) == LRR_OK && lrr_threads_begin(&err) == LRR_OK);
    for (int round = 0; round < 12; round++) {
        if (round % 2 == 0)
            nap();
        atomic_store(&begun, false);
        run_once(2, dawdle);
    }
    lrr_threads_fini();
}

static void test_threads(void)
{
    lrr_error err;
    CHECK(lrr_threads_init(LRR_THREADS_MAX + 1, &err) == LRR_EINVAL);
    for (size_t threads = 1; threads <= 9; threads += 2) {
        CHECK(lrr_threads_init(threads, &err) == LRR_OK);
        CHECK(lrr_threads_count() == threads);
        run_once(100, visit); /* in line */
        CHECK(lrr_threads_begin(&err) == LRR_OK);
        for (size_t round = 0; round < 60; round++)
            run_once(round < 20 ? round : next() % CHUNKS, visit);
        atomic_store(&inner, 0);
        run_once(700, visit_nested);
        CHECK(atomic_load(&inner) == 3 * 700);
    }
    lrr_threads_fini();
    CHECK(lrr_threads_count() == 1);
    run_once(10, visit);
}

static void test_cuts(void)
{
    for (int round = 0; round < 2000; round++) {
        size_t n = next() % 100000, grain = 1 + next() % 1000, max = 1 + next() % 64;
        size_t chunks = lrr_chunks(n, grain, max);
        CHECK(chunks >= 1 && chunks <= max);
        CHECK(lrr_chunk_at(n, chunks, 0) == 0 && lrr_chunk_at(n, chunks, chunks) == n);
        for (size_t i = 0; i < chunks; i++) {
            size_t at = lrr_chunk_at(n, chunks, i);
            CHECK(at <= lrr_chunk_at(n, chunks, i + 1));
            CHECK(at % 16 == 0 || at == n);
        }
    }
}

static void test_text(void)
{
    static const struct {
        const char *text, *line, *json;
        size_t columns;
    } rows[] = {
        { "plain 'text'", "plain 'text'", "plain 'text'", 12 },
        { "a\n\t\r\x1b\x7f", "a\\n\\t\\r\\x1b\\x7f", "a\\n\\t\\r\\u001b\\u007f", 15 },
        { "\xc2\x9b", "\\u{9b}", "\\u009b", 6 },
        { "\xe2\x80\xae", "\\u{202e}", "\\u202e", 8 },
        { "\xf3\xa0\x81\x81", "\\u{e0041}", "\\udb40\\udc41", 9 },
        { "\xff\xc3", "\\xff\\xc3", "\\\\xff\\\\xc3", 8 },
        { "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\\\xed\\\\xa0\\\\x80", 12 }, /* U+D800 */
        { "\xc0\x80", "\\xc0\\x80", "\\\\xc0\\\\x80", 8 }, /* longer than need be */
        { "\xef\xbf\xbf", "\\u{ffff}", "\\uffff", 8 },
        { "a\xe2\x80\x8d", "a\\u{200d}", "a\\u200d", 9 },
        { "\xd8\xa8\xe2\x80\x8d", "\xd8\xa8\xe2\x80\x8d", "\xd8\xa8\xe2\x80\x8d", 1 },
        { "\xe6\xbc\xa2\xe5\xad\x97", "\xe6\xbc\xa2\xe5\xad\x97",
          "\xe6\xbc\xa2\xe5\xad\x97", 4 },
        { "e\xcc\x81", "e\xcc\x81", "e\xcc\x81", 1 },
    };
    char out[64];
    size_t took;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = rows[i].text;
        size_t n = strlen(text), size = lrr_text_escape(text, n, LRR_TEXT_LINE, out);
        CHECK(size == strlen(rows[i].line) && memcmp(out, rows[i].line, size) == 0);
        CHECK(size == lrr_text_escape(text, n, LRR_TEXT_LINE, NULL));
        size = lrr_text_escape(text, n, LRR_TEXT_JSON, out);
        CHECK(size == strlen(rows[i].json) && memcmp(out, rows[i].json, size) == 0);
        CHECK(lrr_text_columns(text, n) == rows[i].columns);
    }
    CHECK(lrr_text_escape("a\0b", 3, LRR_TEXT_LINE, out) == 6);
    CHECK(lrr_text_escape("a\n\tb", 4, LRR_TEXT_LINES, out) == 4);
    CHECK(lrr_text_fit("\xe6\xbc\xa2x", 4, 1, &took) == 0 && took == 0);
    CHECK(lrr_text_fit("e\xcc\x81x", 4, 1, &took) == 3 && took == 1);
}

int main(void)
{
    test_text();
    test_messages();
    test_sizes();
    test_limit();
    test_garbage();
    test_large();
    test_grow();
    test_size_text();
    test_philox();
    test_permutations();
    test_distributions();
    test_functions();
    test_ends();
    test_threads();
    test_sleepers();
    test_cuts();
    printf("%d faults\n", faults);
    return faults != 0;
}
