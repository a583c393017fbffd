/* test_offsets.c -- places of values that live at different times: none overlap, the block
** is no longer than that of greedy by size, and deep networks are planned in no time. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/rng.h"
#include "check.h"
#include "graph/offsets.h"

enum { DEEP = 100000, FEW = 300 };

static lrr_span span[2 * DEEP], copy[2 * DEEP];

static bool together(const lrr_span *a, const lrr_span *b)
{
    return a->from <= b->to && b->from <= a->to;
}

static bool apart(const lrr_span *a, const lrr_span *b)
{
    return a->at + a->bytes <= b->at || b->at + b->bytes <= a->at;
}

static void check_places(size_t n, size_t top)
{
    for (size_t i = 0; i < n; i++) {
        CHECK(span[i].at + span[i].bytes <= top);
        for (size_t k = 0; k < i; k++)
            CHECK(!together(&span[i], &span[k]) || apart(&span[i], &span[k]));
    }
}

/* Bytes that are alive at once, at most: no block is shorter. */
static size_t least(size_t n, size_t end)
{
    size_t most = 0;
    for (size_t t = 0; t <= end; t++) {
        size_t live = 0;
        for (size_t i = 0; i < n; i++)
            live += span[i].from <= t && t <= span[i].to ? span[i].bytes : 0;
        most = live > most ? live : most;
    }
    return most;
}

/* Largest first, each at the lowest place that is free in its time: what the plan of a
** small network may never be worse than. */
static size_t greedy(size_t n)
{
    size_t top = 0;
    for (size_t done = 0; done < n; done++) {
        size_t next = done, at = 0;
        for (size_t i = done; i < n; i++)
            if (copy[i].bytes > copy[next].bytes)
                next = i;
        lrr_span x = copy[next];
        for (size_t i = next; i > done; i--)
            copy[i] = copy[i - 1];
        for (size_t i = 0; i < done;) {
            const bool hits = together(&x, &copy[i]) &&
                              at < copy[i].at + copy[i].bytes &&
                              copy[i].at < at + x.bytes;
            at = hits ? copy[i].at + copy[i].bytes : at;
            i = hits ? 0 : i + 1;
        }
        x.at = at;
        copy[done] = x;
        top = at + x.bytes > top ? at + x.bytes : top;
    }
    return top;
}

static void any_list_has_places_and_no_worse_than_greedy(void)
{
    for (uint32_t seed = 1; seed <= 60; seed++) {
        const lrr_key key = lrr_rng_key(seed, LRR_STREAM_INIT, 7);
        const size_t n = 5 * seed, end = n / 2;
        size_t top, again;
        lrr_error err;
        for (size_t i = 0; i < n; i++) {
            const size_t a = (size_t)(lrr_rng_uniform(key, i, 0) * (double)end);
            const size_t b = a + (size_t)(lrr_rng_uniform(key, i, 1) * 12);
            span[i] = (lrr_span){ .from = a, .to = b < end ? b : end };
            span[i].bytes = 64 * (size_t)(lrr_rng_uniform(key, i, 2) * 20);
            copy[i] = span[i];
        }
        CHECK(lrr__offsets(span, n, &top, &err) == LRR_OK);
        check_places(n, top);
        CHECK(top >= least(n, end));
        CHECK(top <= greedy(n));
        CHECK(lrr__offsets(span, n, &again, &err) == LRR_OK && again == top);
    }
}

/* Values of a chain's forward pass, each read again by backward, and a gradient for each. */
static size_t chain(size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        const size_t bytes = 64 * (1 + i % 5);
        span[2 * i] = (lrr_span){ .bytes = bytes, .from = i, .to = 2 * depth - i };
        span[2 * i + 1] = (lrr_span){ .bytes = bytes,
                                      .from = 2 * depth - i - 1,
                                      .to = 2 * depth - i };
    }
    return 2 * depth;
}

static void a_deep_chain_takes_what_is_alive_and_time_in_proportion(void)
{
    const clock_t began = clock();
    size_t n = chain(FEW), top, small;
    lrr_error err;
    CHECK(lrr__offsets(span, n, &small, &err) == LRR_OK);
    check_places(n, small);
    CHECK(small <= least(n, 2 * FEW) + 64 * 5);
    n = chain(DEEP);
    CHECK(lrr__offsets(span, n, &top, &err) == LRR_OK);
    CHECK(top <= small * (DEEP / FEW + 1));
    /* Some 0.1 s; with a square in it, minutes. */
    CHECK((double)(clock() - began) / CLOCKS_PER_SEC < 10);
}

static void nothing_and_what_no_memory_holds_have_answers(void)
{
    size_t top = 1;
    lrr_error err;
    CHECK(lrr__offsets(span, 0, &top, &err) == LRR_OK && top == 0);
    span[0] = (lrr_span){ .bytes = 0, .from = 0, .to = 1 };
    CHECK(lrr__offsets(span, 1, &top, &err) == LRR_OK && top == 0);
    span[0] = (lrr_span){ .bytes = SIZE_MAX, .from = 0, .to = 1 };
    CHECK(lrr__offsets(span, 1, &top, &err) == LRR_OK && top == SIZE_MAX);
}

int main(void)
{
    any_list_has_places_and_no_worse_than_greedy();
    a_deep_chain_takes_what_is_alive_and_time_in_proportion();
    nothing_and_what_no_memory_holds_have_answers();
    printf("offsets: %d faults\n", faults);
    return faults != 0;
}
