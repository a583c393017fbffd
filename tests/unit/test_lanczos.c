/* test_lanczos.c -- eigenvalues of matrices whose eigenvalues are known. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/threads.h"
#include "check.h"
#include "linalg/lanczos.h"

enum { N = 3000, STEPS = 40 };

static lrr_real product[N];
static double diagonal[N];

static lrr_lanczos_result run(size_t n, size_t steps, lrr_real *vector)
{
    lrr_lanczos *l;
    lrr_error err;
    lrr_lanczos_result r;
    const lrr_real *x;
    CHECK(lrr_lanczos_new(n, steps, &l, &err) == LRR_OK);
    lrr_rng_fill_normal(lrr_rng_key(1, LRR_STREAM_DATA, 0), lrr_lanczos_start(l), 0, n,
                        0, 1);
    lrr_lanczos_begin(l, n);
    while ((x = lrr_lanczos_ask(l)) != NULL) {
        for (size_t i = 0; i < n; i++)
            product[i] = (lrr_real)(diagonal[i] * (double)x[i]);
        lrr_lanczos_tell(l, product);
    }
    r = lrr_lanczos_found(l);
    if (vector != NULL)
        lrr_lanczos_vector(l, vector);
    lrr_lanczos_free(l);
    return r;
}

static void the_largest_of_a_diagonal_is_found_with_its_vector(void)
{
    static lrr_real v[N];
    lrr_lanczos_result r;
    for (size_t i = 0; i < N; i++)
        diagonal[i] = (double)i / N;
    diagonal[1234] = 7.5;
    diagonal[17] = 5;
    diagonal[18] = -90; /* large is not far from 0 */
    r = run(N, STEPS, v);
    CHECK(r.settled && fabs(r.value - 7.5) < 1e-4);
    CHECK(fabs(fabs((double)v[1234]) - 1) < 1e-4);
}

static void few_numbers_take_as_many_products(void)
{
    lrr_lanczos_result r;
    diagonal[0] = 3;
    diagonal[1] = -2;
    diagonal[2] = 1;
    r = run(3, STEPS, NULL);
    CHECK(r.settled && r.steps <= 3 && fabs(r.value - 3) < 1e-5);
    r = run(1, STEPS, NULL);
    CHECK(r.settled && r.steps == 1 && fabs(r.value - 3) < 1e-6);
}

static void a_multiple_of_one_is_seen_at_once(void)
{
    lrr_lanczos_result r;
    for (size_t i = 0; i < N; i++)
        diagonal[i] = -0.25;
    r = run(N, STEPS, NULL);
    CHECK(r.settled && r.steps == 1 && fabs(r.value + 0.25) < 1e-6);
}

static void what_has_not_settled_says_so(void)
{
    lrr_lanczos_result r;
    for (size_t i = 0; i < N; i++)
        diagonal[i] = (double)(i * i) / N;
    r = run(N, 3, NULL);
    CHECK(!r.settled && r.steps == 3 && r.error > 0);
}

static void what_is_not_finite_ends_it(void)
{
    lrr_lanczos_result r;
    diagonal[5] = NAN;
    r = run(N, STEPS, NULL);
    CHECK(!r.settled && r.steps == 1 && isnan(r.value));
}

static void the_bits_are_those_of_one_thread(void)
{
    lrr_lanczos_result one, four;
    lrr_error err;
    for (size_t i = 0; i < N; i++)
        diagonal[i] = 1 / (double)(i + 1);
    one = run(N, STEPS, NULL);
    CHECK(lrr_threads_init(4, &err) == LRR_OK);
    CHECK(lrr_threads_begin(&err) == LRR_OK);
    four = run(N, STEPS, NULL);
    lrr_threads_fini();
    CHECK(one.value == four.value && one.error == four.error);
    CHECK(fabs(one.value - 1) < 1e-3);
}

int main(void)
{
    the_largest_of_a_diagonal_is_found_with_its_vector();
    few_numbers_take_as_many_products();
    a_multiple_of_one_is_seen_at_once();
    what_has_not_settled_says_so();
    what_is_not_finite_ends_it();
    the_bits_are_those_of_one_thread();
    printf("%d faults\n", faults);
    return faults != 0;
}
