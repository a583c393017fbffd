/* attention.c -- see attention.h. */
#include "kernels/attention.h"

#include <string.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/gemm_block.h"
#include "kernels/simd.h"
#include "kernels/sizes.h"

enum { TILE = LRR_ATTN_TILE, AREA = TILE * TILE };

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
    lrr_tile tile = { rows, lrr_least(keys - from, TILE), TILE, 0 };
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

/* A matrix as the second of a product: where it is, and its copy for gemm_tile, which is at hand
** where `packed`. */
typedef struct second {
    lrr_mat at;
    lrr_real *copy;
} second;

/* How the products of tiles are computed. */
typedef struct way {
    lrr_gemm_kind kind;
    bool packed; /* by gemm_tile, of copies */
} way;

static way way_of(lrr_gemm_kind kind, size_t size)
{
    return (way){ kind, kind == LRR_GEMM_FUSED && size <= LRR_GEMM_KC };
}

/* b (k, n) */
static void take(way w, const second *b, size_t n, size_t k)
{
    const lrr_mat m = b->at;
    if (w.packed)
        lrr_k->gemm_pack(b->copy, m.p, m.t ? 1 : m.ld, m.t ? m.ld : 1, n, k);
}

/* C of g = or += A of it times b (k, n). */
static void product(way w, lrr_gemm_tile g, lrr_mat a, const second *b)
{
    if (!w.packed) {
        lrr_gemm_serial(w.kind, g.m, g.n, g.k, 1, a, b->at, g.adds, g.c, g.ldc);
        return;
    }
    g.a = a.p;
    g.a_row = a.t ? 1 : a.ld;
    g.a_col = a.t ? a.ld : 1;
    g.b = b->copy;
    lrr_k->gemm_tile(&g);
}

/* What of a tile's scores counts: rows are queries, columns keys. */
static lrr_gemm_part lower_of(const lrr_tile *tile, lrr_gemm_part part)
{
    return tile->grows == 0 ? LRR_GEMM_WHOLE : part;
}

static size_t shift_of(const lrr_tile *tile)
{
    return tile->grows == 0 ? 0 : tile->valid - 1;
}

/* Scratch of lrr_attention_rows_forward. */
typedef struct room {
    lrr_real *s, *drop, *max, *sum, *c, *keys, *values;
} room;

static room room_of(lrr_real *work, size_t size)
{
    room r = { .s = work, .drop = work + AREA };
    r.keys = r.drop + AREA;
    r.values = r.keys + LRR_GEMM_PACKED(TILE, size);
    r.max = r.values + LRR_GEMM_PACKED(size, TILE);
    r.sum = r.max + LRR_ATTN_ROWS;
    r.c = r.sum + LRR_ATTN_ROWS;
    return r;
}

/* Rows u .. u + TILE - 1 against the tile of keys from `from` on. */
static void rows_tile(const lrr_attention_rows *r, const room *m, way w, size_t u,
                      size_t from, const second *k, const second *v)
{
    const size_t at = r->at + u, rows = lrr_least(r->rows - u, TILE);
    const size_t keys = r->causal ? lrr_least(r->keys, at + rows) : r->keys;
    const lrr_mat q = { r->q + u * r->q_ld, r->q_ld, false }, p = { m->s, TILE, false };
    lrr_real *y = r->y + u * r->y_ld;
    if (from >= keys)
        return;
    const lrr_tile tile = tile_of(r->causal, at, rows, from, keys);
    product(w,
            (lrr_gemm_tile){ .m = rows,
                             .n = tile.cols,
                             .k = r->size,
                             .c = m->s,
                             .ldc = TILE,
                             .part = lower_of(&tile, LRR_GEMM_C_LOWER),
                             .shift = shift_of(&tile) },
            q, k);
    lrr_k->attend_softmax(m->s, &tile, lrr_attention_scale(r->scale, r->size),
                          m->max + u, m->sum + u, m->c + u, from == 0);
    if (r->mask != NULL) {
        fill_mask(r->mask, r->mask_row + u * r->mask_tiles, r->mask_tiles, rows,
                  from / TILE, m->drop);
        lrr_k->mul(m->s, m->drop, m->s, (rows - 1) * TILE + tile.cols);
    }
    if (from > 0)
        lrr_k->attend_scale(y, r->y_ld, rows, r->size, m->c + u);
    product(w,
            (lrr_gemm_tile){ .m = rows,
                             .n = r->size,
                             .k = tile.cols,
                             .c = y,
                             .ldc = r->y_ld,
                             .adds = from > 0,
                             .part = lower_of(&tile, LRR_GEMM_A_LOWER),
                             .shift = shift_of(&tile) },
            p, v);
}

void lrr_attention_rows_forward(const lrr_attention_rows *r)
{
    const room m = room_of(r->work, r->size);
    const way w = way_of(r->gemm, r->size);
    const size_t keys = r->causal ? lrr_least(r->keys, r->at + r->rows) : r->keys;

    for (size_t from = 0; from < keys; from += TILE) {
        const size_t cols = lrr_least(keys - from, TILE);
        const second k = { { r->k + from * r->kv_ld, r->kv_ld, true }, m.keys },
                     v = { { r->v + from * r->kv_ld, r->kv_ld, false }, m.values };
        take(w, &k, cols, r->size);
        take(w, &v, r->size, cols);
        for (size_t u = 0; u < r->rows; u += TILE)
            rows_tile(r, &m, w, u, from, &k, &v);
    }
    lrr_k->attend_finish(m.max, m.sum, m.c, r->lse, r->rows);
    lrr_k->attend_scale(r->y, r->y_ld, r->rows, r->size, m.c);
}

/* What both directions walk over. */
typedef struct job {
    const lrr_attention *a;
    const lrr_real *qkv, *y_in, *lse_in, *dy; /* _in: as forward left them */
    lrr_real *y, *lse, *dqkv;
    bool adds;
    size_t width;        /* of a row of qkv */
    size_t rows, chunks; /* forward's: of each chunk; chunks of a head */
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
    size_t at = chunk % g->chunks * g->rows, h = chunk / g->chunks % a->heads;
    size_t i = chunk / g->chunks / a->heads, steps = steps_of(a, i);
    size_t all = lrr_least(g->rows, a->t - at),
           rows = at < steps ? lrr_least(g->rows, steps - at) : 0;
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

/* Rows that keys and values are packed for at once: fewer where threads would be without work.
** It is no matter for the bits. */
static size_t rows_of(const lrr_attention *a)
{
    const size_t chunks = (a->t + LRR_ATTN_ROWS - 1) / LRR_ATTN_ROWS;
    return a->n * a->heads * chunks < 4 * lrr_threads_count() ? TILE : LRR_ATTN_ROWS;
}

void lrr_attention_forward(const lrr_attention *a, const lrr_real *qkv, lrr_real *y,
                           lrr_real *lse)
{
    job g = { .a = a, .qkv = qkv, .y = y, .lse = lse, .width = width_of(a) };
    g.rows = rows_of(a);
    g.chunks = (a->t + g.rows - 1) / g.rows;
    lrr_parallel(a->n * a->heads * g.chunks, forward_some, &g);
}

/* One head in backward: its rows of qkv and of the gradient. */
typedef struct head {
    const lrr_real *q, *k, *v, *dy, *lse;
    lrr_real *dq, *dk, *dv;
    size_t out, mask_row;
    bool first; /* of those that share k and v */
} head;

/* Scratch of backward. */
typedef struct back_room {
    lrr_real *s, *dp, *drop, *delta;
    lrr_real *keys_t, *values_t, *keys, *queries, *dy;
} back_room;

static back_room back_room_of(lrr_real *work, size_t size)
{
    back_room r = { .s = work, .dp = work + AREA, .drop = work + 2 * AREA };
    r.keys_t = r.drop + AREA;
    r.values_t = r.keys_t + LRR_GEMM_PACKED(TILE, size);
    r.keys = r.values_t + LRR_GEMM_PACKED(TILE, size);
    r.queries = r.keys + LRR_GEMM_PACKED(size, TILE);
    r.dy = r.queries + LRR_GEMM_PACKED(size, TILE);
    r.delta = r.dy + LRR_GEMM_PACKED(size, TILE);
    return r;
}

/* A tile of keys as backward's products have it. */
typedef struct keys {
    size_t from, cols;
    second k_t, v_t, k;
} keys;

static keys take_keys(const job *g, const head *o, const back_room *m, way w,
                      size_t from, size_t steps)
{
    const size_t ld = g->width, size = g->a->size;
    const lrr_real *k = o->k + from * ld, *v = o->v + from * ld;
    const keys taken = { from,
                         lrr_least(steps - from, TILE),
                         { { k, ld, true }, m->keys_t },
                         { { v, ld, true }, m->values_t },
                         { { k, ld, false }, m->keys } };
    take(w, &taken.k_t, taken.cols, size);
    take(w, &taken.v_t, taken.cols, size);
    take(w, &taken.k, size, taken.cols);
    return taken;
}

/* Gradients of one tile of one head, rows from `at` on, added in place. */
static void back_tile(const job *g, const head *o, const back_room *m, way w,
                      const keys *k, size_t at, size_t steps)
{
    const lrr_attention *a = g->a;
    const size_t ld = g->width, rows = lrr_least(TILE, steps - at), from = k->from;
    const lrr_tile tile = tile_of(a->causal, at, rows, from, steps);
    const lrr_mat q = { o->q + at * ld, ld, false },
                  dy = { o->dy + at * o->out, o->out, false },
                  p_t = { m->s, TILE, true }, ds = { m->dp, TILE, false },
                  ds_t = { m->dp, TILE, true };
    const second by_dy = { dy, m->dy }, by_q = { q, m->queries };
    const lrr_real *drop = a->mask != NULL ? m->drop : NULL;
    lrr_gemm_tile score = { .m = rows,
                            .n = tile.cols,
                            .k = a->size,
                            .c = m->s,
                            .ldc = TILE,
                            .part = lower_of(&tile, LRR_GEMM_C_LOWER),
                            .shift = shift_of(&tile) },
                  to_kv = { .m = tile.cols,
                            .n = a->size,
                            .k = rows,
                            .c = o->dv + from * ld,
                            .ldc = ld,
                            .adds = g->adds || !o->first || at > (a->causal ? from : 0),
                            .part = lower_of(&tile, LRR_GEMM_A_UPPER),
                            .shift = score.shift };

    product(w, score, q, &k->k_t);
    score.c = m->dp;
    product(w, score, dy, &k->v_t);
    if (a->mask != NULL)
        fill_mask(a->mask, o->mask_row + at * tiles_of(a->t_max), tiles_of(a->t_max),
                  rows, from / TILE, m->drop);
    lrr_k->attend_back(m->s, m->dp, &tile, lrr_attention_scale(a->scale, a->size),
                       o->lse + at, m->delta + at, drop);
    take(w, &by_dy, a->size, rows);
    product(w, to_kv, p_t, &by_dy);
    take(w, &by_q, a->size, rows);
    to_kv.c = o->dk + from * ld;
    product(w, to_kv, ds_t, &by_q);
    product(w,
            (lrr_gemm_tile){ .m = rows,
                             .n = a->size,
                             .k = tile.cols,
                             .c = o->dq + at * ld,
                             .ldc = ld,
                             .adds = g->adds || from > 0,
                             .part = lower_of(&tile, LRR_GEMM_A_LOWER),
                             .shift = score.shift },
            ds, &k->k);
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
    const back_room m = back_room_of(a->work[lrr_threads_self()], a->size);
    const way w = way_of(a->gemm, a->size);

    for (size_t e = 0; e < group; e++) {
        size_t h = kv * group + e;
        const head o = head_of(g, i, h, kv);
        sum_deltas(g, &o, i, h, 0, steps, m.delta);
        for (size_t from = 0; from < steps; from += TILE) {
            const keys k = take_keys(g, &o, &m, w, from, steps);
            for (size_t at = a->causal ? from : 0; at < steps; at += TILE)
                back_tile(g, &o, &m, w, &k, at, steps);
        }
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
    const back_room m = back_room_of(a->work[lrr_threads_self()], a->size);
    const way w = way_of(a->gemm, a->size);
    const head o = head_of(g, i, h, kv);

    if (d->sum == 0)
        clear_padding(g, &o, steps);
    if (at >= steps || from >= steps)
        return;
    sum_deltas(g, &o, i, h, at, at + lrr_least(TILE, steps - at), m.delta);
    const keys k = take_keys(g, &o, &m, w, from, steps);
    back_tile(g, &o, &m, w, &k, at, steps);
}

static void backward_by_diagonals(const job *g)
{
    const lrr_attention *a = g->a;
    size_t tiles = tiles_of(a->t);
    for (size_t e = 0; e < a->heads / a->kv_heads; e++) {
        for (size_t sum = 0; sum < 2 * tiles - 1; sum++) {
            diagonal d = { .g = g, .e = e, .sum = sum };
            size_t last = a->causal ? sum / 2 : lrr_least(sum, tiles - 1);
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
    const size_t packed =
        2 * LRR_GEMM_PACKED(TILE, a->size) + 3 * LRR_GEMM_PACKED(a->size, (size_t)TILE);
    const size_t rows = 3 * LRR_ATTN_ROWS > a->t_max ? 3 * LRR_ATTN_ROWS : a->t_max;
    return lrr_size_mul(lrr_size_add(3 * (size_t)AREA + packed, rows),
                        sizeof(lrr_real));
}
