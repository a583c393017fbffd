/* span.c -- see span.h. */
#include "ops/span.h"

#include "base/threads.h"

enum { GRAIN = 1 << 14, CHUNKS = 64 };

typedef struct span {
    const lrr_node *y;
    lrr_run *run;
    size_t n, per;
    lrr_span_fn f;
} span;

static void run_chunk(void *arg, size_t i)
{
    const span *s = arg;
    size_t from = i * s->per, to = s->n - from < s->per ? s->n : from + s->per;
    s->f(s->y, s->run, from, to);
}

static void run_span(const lrr_node *y, lrr_run *run, size_t n, size_t cost,
                     size_t align, lrr_span_fn f)
{
    size_t chunks = lrr_chunks(n * cost, GRAIN, CHUNKS);
    span s = { y, run, n, n, f };
    if (n == 0)
        return;
    s.per = ((n + chunks - 1) / chunks + align - 1) / align * align;
    if (s.per >= n)
        f(y, run, 0, n);
    else
        lrr_parallel((n + s.per - 1) / s.per, run_chunk, &s);
}

void lrr__span_elements(const lrr_node *y, lrr_run *run, size_t n, size_t cost,
                        lrr_span_fn f)
{
    run_span(y, run, n, cost, 64, f);
}

void lrr__span_rows(const lrr_node *y, lrr_run *run, size_t n, size_t cost,
                    lrr_span_fn f)
{
    run_span(y, run, n, cost, 1, f);
}
