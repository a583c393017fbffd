/* parts.c -- see parts.h. */
#include "optim/parts.h"

#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "kernels/simd.h"

static size_t count_parts(const lrr_segment *segments, size_t n_segments)
{
    size_t n = 0;
    for (size_t i = 0; i < n_segments; i++)
        if (segments[i].trains)
            n += (segments[i].n + LRR_PART_GRAIN - 1) / LRR_PART_GRAIN;
    return n;
}

static void cut(lrr_parts *p)
{
    size_t k = 0, filled = 0;
    for (size_t i = 0; i < p->n_segments; i++) {
        const lrr_segment *s = &p->segments[i];
        for (size_t at = 0; s->trains && at < s->n; at += LRR_PART_GRAIN) {
            size_t n = s->n - at < LRR_PART_GRAIN ? s->n - at : LRR_PART_GRAIN;
            p->part[k] = (lrr_part){ .at = s->at + at, .n = n, .segment = i };
            if (filled == 0)
                p->chunk[p->n_chunks++] = k;
            filled += n;
            if (filled >= LRR_PART_GRAIN)
                filled = 0;
            k++;
        }
    }
    p->chunk[p->n_chunks] = k;
}

lrr_status lrr_parts_init(lrr_parts *p, const lrr_segment *segments, size_t n_segments,
                          lrr_error *err)
{
    lrr_status st;
    const char *what = "the optimizer's list of work";
    memset(p, 0, sizeof *p);
    p->n_parts = count_parts(segments, n_segments);
    p->n_segments = n_segments;
    st = lrr_mem_new(n_segments, sizeof *p->segments, what, &p->segments, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n_parts, sizeof *p->part, what, &p->part, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n_parts + 1, sizeof *p->chunk, what, &p->chunk, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n_parts, 2 * sizeof *p->sum, what, &p->sum, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n_segments, 2 * sizeof *p->total, what, &p->total, err);
    if (st != LRR_OK) {
        lrr_parts_fini(p);
        return st;
    }
    if (n_segments > 0)
        memcpy(p->segments, segments, n_segments * sizeof *segments);
    cut(p);
    return LRR_OK;
}

void lrr_parts_fini(lrr_parts *p)
{
    lrr_mem_free(p->segments);
    lrr_mem_free(p->part);
    lrr_mem_free(p->chunk);
    lrr_mem_free(p->sum);
    lrr_mem_free(p->total);
    memset(p, 0, sizeof *p);
}

typedef struct job {
    const lrr_parts *p;
    lrr_part_fn f;
    void *arg;
} job;

static void run_chunk(void *arg, size_t chunk)
{
    const job *j = arg;
    for (size_t i = j->p->chunk[chunk]; i < j->p->chunk[chunk + 1]; i++)
        j->f(j->arg, i);
}

void lrr_parts_each(const lrr_parts *p, lrr_part_fn f, void *arg)
{
    job j = { .p = p, .f = f, .arg = arg };
    lrr_parallel(p->n_chunks, run_chunk, &j);
}

double lrr_parts_total(lrr_parts *p, int row)
{
    const double *sum = p->sum + (row == 0 ? 0 : p->n_parts);
    double *total = p->total + (row == 0 ? 0 : p->n_segments);
    double all = 0;
    for (size_t i = 0; i < p->n_segments; i++)
        total[i] = 0;
    for (size_t i = 0; i < p->n_parts; i++)
        total[p->part[i].segment] += sum[i];
    for (size_t i = 0; i < p->n_segments; i++)
        all += total[i];
    return all;
}

typedef struct square_job {
    lrr_parts *p;
    const lrr_real *x;
    const uint8_t *const *touched;
} square_job;

/* Whole rows of lanes: with those of 0 left out the sums have the same bits. */
static bool has_lanes(const lrr_segment *s, size_t *dim)
{
    *dim = s->shape.rank > 0 && s->n > 0 ? s->n / s->shape.d[0] : 0;
    return *dim > 0 && *dim % 16 == 0;
}

static void square_part(void *arg, size_t i)
{
    const square_job *j = arg;
    const lrr_part *part = &j->p->part[i];
    const lrr_segment *s = &j->p->segments[part->segment];
    const uint8_t *touched = j->touched != NULL ? j->touched[part->segment] : NULL;
    const size_t from = part->at - s->at;
    size_t dim;
    if (touched != NULL && has_lanes(s, &dim))
        j->p->sum[i] = lrr_k->optim_square_rows(j->x + part->at, part->n,
                                                touched + from / dim, dim, from % dim);
    else
        j->p->sum[i] = lrr_k->optim_square_sum(j->x + part->at, part->n);
}

double lrr_parts_square_sum(lrr_parts *p, const lrr_real *x,
                            const uint8_t *const *touched)
{
    square_job j = { .p = p, .x = x, .touched = touched };
    lrr_parts_each(p, square_part, &j);
    return lrr_parts_total(p, 0);
}
