/* attention.c -- see attention.h. */
#include "kernels/attention.h"

#include <string.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"

enum { TILE = LRR_ATTN_TILE, AREA = TILE * TILE };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t tiles_of(size_t steps)
{
    return (steps + TILE - 1) / TILE;
}

lrr_real lrr_attention_scale(double scale, size_t size)
{
    return (lrr_real)(scale != 0 ? scale : 1 / lrr_dsqrt((double)size));
}

/* Which scores of rows from `at` on count, of keys from `from` on. */
static lrr_tile tile_of(bool causal, size_t at, size_t rows, size_t from, size_t keys)
{
    lrr_tile tile = { rows, least(keys - from, TILE), TILE, 0 };
    if (causal && at < from + tile.cols) {
        tile.valid = at - from + 1;
        tile.grows = 1;
    }
    return tile;
}

/* mask (rows, TILE) of the rows whose first is `row` in units of tiles, tile j of each. */
static void fill_mask(const lrr_mask *mask, size_t row, size_t tiles, size_t rows,
                      size_t j, lrr_real *out)
{
    for (size_t r = 0; r < rows; r++)
        lrr_k->mask_fill(mask, (row + r * tiles + j) * TILE, out + r * TILE, TILE);
}

void lrr_attention_rows_forward(const lrr_attention_rows *r)
{
    lrr_real *s = r->work, *drop = s + AREA, *max = drop + AREA, *sum = max + TILE,
             *c = sum + TILE;
    lrr_real scale = lrr_attention_scale(r->scale, r->size);
    size_t keys = r->causal ? least(r->keys, r->at + r->rows) : r->keys;
    const lrr_mat q = { r->q, r->q_ld, false }, p = { s, TILE, false };

    for (size_t j = 0; j * TILE < keys; j++) {
        size_t from = j * TILE;
        const lrr_tile tile = tile_of(r->causal, r->at, r->rows, from, keys);
        const lrr_mat k = { r->k + from * r->kv_ld, r->kv_ld, true },
                      v = { r->v + from * r->kv_ld, r->kv_ld, false };
        lrr_gemm_serial(r->gemm, tile.rows, tile.cols, r->size, 1, q, k, 0, s, TILE);
        lrr_k->attend_softmax(s, &tile, scale, max, sum, c, j == 0);
        if (r->mask != NULL) {
            fill_mask(r->mask, r->mask_row, r->mask_tiles, tile.rows, j, drop);
            lrr_k->mul(s, drop, s, (tile.rows - 1) * TILE + tile.cols);
        }
        if (j > 0)
            lrr_k->attend_scale(r->y, r->y_ld, tile.rows, r->size, c);
        lrr_gemm_serial(r->gemm, tile.rows, r->size, tile.cols, 1, p, v, j > 0, r->y,
                        r->y_ld);
    }
    lrr_k->attend_finish(max, sum, c, r->lse, r->rows);
    lrr_k->attend_scale(r->y, r->y_ld, r->rows, r->size, c);
}

/* What both directions walk over. */
typedef struct job {
    const lrr_attention *a;
    const lrr_real *qkv, *y_in, *lse_in, *dy; /* _in: as forward left them */
    lrr_real *y, *lse, *dqkv;
    bool adds;
    size_t width, tiles; /* of a row of qkv; tiles of t */
} job;

static size_t width_of(const lrr_attention *a)
{
    return (a->heads + 2 * a->kv_heads) * a->size;
}

static size_t steps_of(const lrr_attention *a, size_t i)
{
    return a->len != NULL ? (size_t)a->len[i] : a->t;
}

/* Row 0 of head h of sample i in masks, in tiles. */
static size_t mask_row(const lrr_attention *a, size_t i, size_t h)
{
    return ((a->first + i) * a->heads + h) * a->t_max * tiles_of(a->t_max);
}

static void clear_rows(lrr_real *x, size_t ld, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++)
        memset(x + r * ld, 0, cols * sizeof *x);
}

static void forward_some(void *arg, size_t chunk)
{
    const job *g = arg;
    const lrr_attention *a = g->a;
    size_t at = chunk % g->tiles * TILE, h = chunk / g->tiles % a->heads;
    size_t i = chunk / g->tiles / a->heads, steps = steps_of(a, i);
    size_t all = least(TILE, a->t - at),
           rows = at < steps ? least(TILE, steps - at) : 0;
    size_t kv = h * a->kv_heads / a->heads, out = a->heads * a->size;
    const lrr_real *first = g->qkv + i * a->t * g->width;
    lrr_real *y = g->y + (i * a->t + at) * out + h * a->size;

    if (rows < all)
        clear_rows(y + rows * out, out, all - rows, a->size);
    if (rows == 0)
        return;
    lrr_attention_rows r = {
        .gemm = a->gemm,
        .causal = a->causal,
        .size = a->size,
        .scale = a->scale,
        .at = at,
        .rows = rows,
        .keys = steps,
        .q = first + at * g->width + h * a->size,
        .k = first + (a->heads + kv) * a->size,
        .v = first + (a->heads + a->kv_heads + kv) * a->size,
        .q_ld = g->width,
        .kv_ld = g->width,
        .y = y,
        .y_ld = out,
        .lse = g->lse != NULL ? g->lse + (i * a->heads + h) * a->t + at : NULL,
        .mask = a->mask,
        .mask_row = mask_row(a, i, h) + at * tiles_of(a->t_max),
        .mask_tiles = tiles_of(a->t_max),
        .work = a->work[lrr_threads_self()],
    };
    lrr_attention_rows_forward(&r);
}

void lrr_attention_forward(const lrr_attention *a, const lrr_real *qkv, lrr_real *y,
                           lrr_real *lse)
{
    job g = { .a = a, .qkv = qkv, .y = y, .lse = lse, .width = width_of(a) };
    g.tiles = tiles_of(a->t);
    lrr_parallel(a->n * a->heads * g.tiles, forward_some, &g);
}

/* One head in backward: its rows of qkv and of the gradient. */
typedef struct head {
    const lrr_real *q, *k, *v, *dy, *lse, *delta;
    lrr_real *dq, *dk, *dv;
    size_t out, mask_row;
    bool first; /* of those that share k and v */
} head;

/* Gradients of tile (rows from `at`, keys from `from`) of one head, added in place. */
static void back_tile(const job *g, const head *o, size_t at, size_t from, size_t steps,
                      lrr_real *work)
{
    const lrr_attention *a = g->a;
    lrr_real *s = work, *dp = s + AREA, *drop = dp + AREA;
    size_t w = g->width, rows = least(TILE, steps - at);
    const lrr_tile tile = tile_of(a->causal, at, rows, from, steps);
    const lrr_mat q = { o->q + at * w, w, false }, k_t = { o->k + from * w, w, true },
                  k = { o->k + from * w, w, false }, v_t = { o->v + from * w, w, true },
                  dy = { o->dy + at * o->out, o->out, false }, p_t = { s, TILE, true },
                  ds = { dp, TILE, false }, ds_t = { dp, TILE, true };
    double to_kv = g->adds || !o->first || at > (a->causal ? from : 0);
    double to_q = g->adds || from > 0;

    lrr_gemm_serial(a->gemm, rows, tile.cols, a->size, 1, q, k_t, 0, s, TILE);
    lrr_gemm_serial(a->gemm, rows, tile.cols, a->size, 1, dy, v_t, 0, dp, TILE);
    if (a->mask != NULL)
        fill_mask(a->mask, o->mask_row + at * tiles_of(a->t_max), tiles_of(a->t_max),
                  rows, from / TILE, drop);
    lrr_k->attend_back(s, dp, &tile, lrr_attention_scale(a->scale, a->size),
                       o->lse + at, o->delta + at, a->mask != NULL ? drop : NULL);
    lrr_gemm_serial(a->gemm, tile.cols, a->size, rows, 1, p_t, dy, to_kv,
                    o->dv + from * w, w);
    lrr_gemm_serial(a->gemm, tile.cols, a->size, rows, 1, ds_t, q, to_kv,
                    o->dk + from * w, w);
    lrr_gemm_serial(a->gemm, rows, a->size, tile.cols, 1, ds, k, to_q, o->dq + at * w,
                    w);
}

static head head_of(const job *g, size_t i, size_t h, size_t kv)
{
    const lrr_attention *a = g->a;
    size_t out = a->heads * a->size, row = i * a->t;
    const lrr_real *x = g->qkv + row * g->width;
    lrr_real *dx = g->dqkv + row * g->width;
    size_t k = (a->heads + kv) * a->size, v = k + a->kv_heads * a->size;
    return (head){ .q = x + h * a->size,
                   .k = x + k,
                   .v = x + v,
                   .dy = g->dy + row * out + h * a->size,
                   .lse = g->lse_in + (i * a->heads + h) * a->t,
                   .dq = dx + h * a->size,
                   .dk = dx + k,
                   .dv = dx + v,
                   .out = out,
                   .mask_row = mask_row(a, i, h),
                   .first = h * a->kv_heads % a->heads == 0 };
}

/* delta of rows at .. end - 1 of the head = the sums of dy y of each. */
static void sum_deltas(const job *g, const head *o, size_t i, size_t h, size_t at,
                       size_t end, lrr_real *delta)
{
    const lrr_attention *a = g->a;
    const lrr_real *y = g->y_in + i * a->t * o->out + h * a->size;
    for (size_t t = at; t < end; t++)
        delta[t] = lrr_k->sum_products(y + t * o->out, 0, o->dy + t * o->out, a->size);
}

/* Steps past the sample's length have no gradient. */
static void clear_padding(const job *g, const head *o, size_t steps)
{
    const lrr_attention *a = g->a;
    if (g->adds || steps == a->t)
        return;
    clear_rows(o->dq + steps * g->width, g->width, a->t - steps, a->size);
    clear_rows(o->dk + steps * g->width, g->width, a->t - steps, a->size);
    clear_rows(o->dv + steps * g->width, g->width, a->t - steps, a->size);
}

/* All heads that share keys and values: one chunk of backward. */
static void backward_some(void *arg, size_t chunk)
{
    const job *g = arg;
    const lrr_attention *a = g->a;
    size_t i = chunk / a->kv_heads, kv = chunk % a->kv_heads, steps = steps_of(a, i);
    size_t group = a->heads / a->kv_heads;
    lrr_real *work = a->work[lrr_threads_self()], *delta = work + 3 * AREA;

    for (size_t e = 0; e < group; e++) {
        size_t h = kv * group + e;
        head o = head_of(g, i, h, kv);
        o.delta = delta;
        sum_deltas(g, &o, i, h, 0, steps, delta);
        for (size_t from = 0; from < steps; from += TILE)
            for (size_t at = a->causal ? from : 0; at < steps; at += TILE)
                back_tile(g, &o, at, from, steps, work);
        clear_padding(g, &o, steps);
    }
}

/* Tiles whose numbers of rows and of keys add up to the same: each has rows and keys of its own,
** and gradients add up in the order of backward_some where one diagonal follows another. */
typedef struct diagonal {
    const job *g;
    size_t e;            /* which of the heads that share keys and values */
    size_t sum;          /* of the numbers of rows and keys, in tiles */
    size_t first, count; /* tiles of keys that it has */
} diagonal;

static void back_diagonal(void *arg, size_t chunk)
{
    const diagonal *d = arg;
    const job *g = d->g;
    const lrr_attention *a = g->a;
    size_t pair = chunk / d->count, i = pair / a->kv_heads, kv = pair % a->kv_heads;
    size_t h = kv * (a->heads / a->kv_heads) + d->e, steps = steps_of(a, i);
    size_t number = d->first + chunk % d->count, from = number * TILE;
    size_t at = (d->sum - number) * TILE;
    lrr_real *work = a->work[lrr_threads_self()], *delta = work + 3 * AREA;
    head o = head_of(g, i, h, kv);

    o.delta = delta;
    if (d->sum == 0)
        clear_padding(g, &o, steps);
    if (at >= steps || from >= steps)
        return;
    sum_deltas(g, &o, i, h, at, at + least(TILE, steps - at), delta);
    back_tile(g, &o, at, from, steps, work);
}

static void backward_by_diagonals(const job *g)
{
    const lrr_attention *a = g->a;
    size_t tiles = tiles_of(a->t);
    for (size_t e = 0; e < a->heads / a->kv_heads; e++) {
        for (size_t sum = 0; sum < 2 * tiles - 1; sum++) {
            diagonal d = { .g = g, .e = e, .sum = sum };
            size_t last = a->causal ? sum / 2 : least(sum, tiles - 1);
            d.first = sum < tiles ? 0 : sum - tiles + 1;
            d.count = last - d.first + 1;
            lrr_parallel(a->n * a->kv_heads * d.count, back_diagonal, &d);
        }
    }
}

/* Whether whole heads would leave threads without work for long, and there are tiles enough to
** cut by. Both ways add up in the same order: it is no matter for the bits which one is taken. */
static bool wants_diagonals(const lrr_attention *a)
{
    size_t pairs = a->n * a->kv_heads, threads = lrr_threads_count();
    return a->t > 3 * TILE && pairs < 4 * threads && pairs % threads != 0;
}

void lrr_attention_backward(const lrr_attention *a, const lrr_real *qkv,
                            const lrr_real *y, const lrr_real *lse, const lrr_real *dy,
                            lrr_real *dqkv, bool adds)
{
    job g = { .a = a, .qkv = qkv, .y_in = y, .lse_in = lse, .dy = dy, .dqkv = dqkv };
    g.adds = adds;
    g.width = width_of(a);
    if (wants_diagonals(a))
        backward_by_diagonals(&g);
    else
        lrr_parallel(a->n * a->kv_heads, backward_some, &g);
}

size_t lrr_attention_work(const lrr_attention *a)
{
    return lrr_size_mul(lrr_size_add(3 * (size_t)AREA + 3 * (size_t)TILE, a->t_max),
                        sizeof(lrr_real));
}
