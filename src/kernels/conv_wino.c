/*
** conv_wino.c -- 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3); see wino.h.
**
** Work goes in chunks of tile rows, so many that the transformed tiles of a chunk stay in
** a core's L2 cache between the transforms and the 36 products. Forward's chunks are
** independent. Backward cuts the batch into parts; each part's chunks go in order,
** because the gradients of neighbouring tiles overlap in x, and gather one sum for the
** weights, transformed back (36 to 9 values) before parts are added.
**
** Rounding: about 10 times that of the plain sum, 2e-6 of the largest output (measured by
** tests/bench/conv.c), since F(4x4, 3x3) takes differences of larger values.
*/
#include <string.h>

#include "base/threads.h"
#include "kernels/conv_algo.h"
#include "kernels/gemm.h"
#include "kernels/past.h"
#include "kernels/simd.h"

enum {
    CHANNELS_MIN = 16,
    WEIGHTS_MAX = 65536, /* c * out for each tile of an image */
    CHUNK_REALS = 6144,  /* tiles in a chunk times channels (in and out): 0.9 MB */
    TILES_MIN = 48,
    PART_TILES = 64 /* in a part of the batch, before its sum is transformed back */
};

typedef struct plan {
    const lrr_conv *s;
    const lrr_conv_pass *p;
    size_t down, across;     /* tiles of an image */
    size_t cp, kp;           /* channels in and out, rounded up to whole vectors */
    size_t rows;             /* tile rows in a chunk */
    size_t x_place, y_place; /* between the 36 places of transformed x and y */
    size_t w_place;          /* and of the weights, either way round */
    size_t parts;
    /* Shared scratch. */
    lrr_real
        *w; /* (36, c, kp) forward, (36, out, cp) backward; first, wherever it stays */
    lrr_real *dw;  /* (9, c, kp) the sum of all parts */
    double *db;    /* (parts, kp) */
    lrr_real *sum; /* (parts, 36, c, kp): of the transformed weights' gradients */
} plan;

/* A thread's scratch. */
typedef struct scratch {
    lrr_real *block, *x, *y;
} scratch;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static plan plan_of(const lrr_conv *s, const lrr_conv_pass *p, size_t n)
{
    plan l = { .s = s, .p = p, .down = (s->oh + 3) / 4, .across = (s->ow + 3) / 4 };
    l.cp = lrr__conv_pad(s->c);
    l.kp = lrr__conv_pad(s->out);
    size_t tiles = larger(CHUNK_REALS / (l.cp + l.kp), TILES_MIN);
    l.rows = larger(tiles / l.across, 1);
    /* The odd line keeps the 36 places out of each other's cache sets. */
    l.x_place = l.rows * l.across * l.cp + 16;
    l.y_place = l.rows * l.across * l.kp + 16;
    l.w_place = larger(s->c * l.kp, s->out * l.cp) + 16;
    size_t enough = larger(n * l.down * l.across / PART_TILES, 2);
    l.parts = lrr__conv_parts(n < enough ? n : enough, 18 * s->c * l.kp);
    return l;
}

static size_t block_reals(const plan *l)
{
    size_t rows = l->rows < l->down ? l->rows : l->down;
    return (4 * rows + 2) * (4 * l->across + 2) * 16;
}

static void place_shared(plan *l)
{
    l->w = (lrr_real *)l->p->work;
    l->dw = l->w + 36 * l->w_place;
    l->db = (double *)(void *)(l->dw + 9 * l->w_place);
    l->sum = (lrr_real *)(void *)(l->db + l->parts * l->kp);
}

static scratch scratch_of(const plan *l)
{
    scratch t = { .block = (lrr_real *)l->p->work_thread[lrr_threads_self()] };
    t.x = t.block + block_reals(l);
    t.y = t.x + 36 * l->x_place;
    return t;
}

static void wino_need(const lrr_conv *s, size_t batch, size_t *work,
                      size_t *work_thread)
{
    plan l = plan_of(s, NULL, batch);
    *work = l.parts * l.kp * sizeof(double) +
            (36 * (1 + l.parts) + 9) * l.w_place * sizeof(lrr_real);
    *work_thread = (block_reals(&l) + 36 * (l.x_place + l.y_place)) * sizeof(lrr_real);
}

/* Winograd pays where at least half of the tiles' pixels are wanted, there are channels
** enough for the products to outweigh the transforms of x and y, and not so many that the
** transforms of the weights outweigh them. */
static bool wino_fits(const lrr_conv *s)
{
    size_t tiles = (s->oh + 3) / 4 * ((s->ow + 3) / 4);
    return s->kh == 3 && s->kw == 3 && s->sh * s->sw * s->dh * s->dw * s->groups == 1 &&
           s->c >= CHANNELS_MIN && s->out >= CHANNELS_MIN &&
           s->c * s->out <= WEIGHTS_MAX * tiles && 2 * s->oh * s->ow >= 16 * tiles;
}

/* Part of a chunk in one image: tile rows a..b-1 of image i. */
typedef struct segment {
    size_t i, a, b;
} segment;

/* The segment that begins at row `row` (counted over images); *row moves behind it. */
static segment next_segment(const plan *l, size_t *row, size_t end)
{
    segment g = { .i = *row / l->down, .a = *row % l->down };
    g.b = end - *row < l->down - g.a ? g.a + (end - *row) : l->down;
    *row += g.b - g.a;
    return g;
}

static lrr_wino_view x_view(const plan *l, segment g, size_t c)
{
    const lrr_conv *s = l->s;
    return (lrr_wino_view){ .c = s->c - c < 16 ? s->c - c : 16,
                            .h = s->h,
                            .w = s->w,
                            .first = (ptrdiff_t)(4 * g.a) - (ptrdiff_t)s->pt,
                            .rows = 4 * (g.b - g.a) + 2,
                            .width = 4 * l->across + 2,
                            .left = s->pl,
                            .past = lrr_past_pays(l->p->n * s->c * s->h * s->w) };
}

static lrr_wino_view y_view(const plan *l, segment g, size_t o)
{
    const lrr_conv *s = l->s;
    return (lrr_wino_view){ .c = s->out - o < 16 ? s->out - o : 16,
                            .h = s->oh,
                            .w = s->ow,
                            .first = (ptrdiff_t)(4 * g.a),
                            .rows = 4 * (g.b - g.a),
                            .width = 4 * l->across,
                            .left = 0,
                            .past = lrr_past_pays(l->p->n * s->out * s->oh * s->ow) };
}

static lrr_wino_tiles tiles_of(const plan *l, segment g, size_t place, size_t tile)
{
    return (lrr_wino_tiles){ g.b - g.a, l->across, place, tile };
}

/* Transformed x of a chunk's rows. */
static void input_chunk(const plan *l, const scratch *t, size_t row, size_t end)
{
    const lrr_conv *s = l->s;
    for (size_t at = 0; row < end;) {
        segment g = next_segment(l, &row, end);
        lrr_wino_tiles tiles = tiles_of(l, g, l->x_place, l->cp);
        for (size_t c = 0; c < s->c; c += 16) {
            lrr_wino_view v = x_view(l, g, c);
            lrr_k->wino_pack(&v, l->p->x + (g.i * s->c + c) * s->h * s->w, t->block);
            lrr_k->wino_input(&tiles, t->block, v.width, t->x + at * l->cp + c);
        }
        at += (g.b - g.a) * l->across;
    }
}

/* C (m, n) = A (m, k) * B (k, n) */
static void product(const plan *l, size_t m, size_t n, size_t k, lrr_mat a, lrr_mat b,
                    lrr_real *c)
{
    lrr_gemm_serial(lrr_gemm_exact(l->p->gemm), m, n, k, 1, a, b, 0, c, n);
}

/* ---- forward ---- */

typedef struct weight_job {
    const plan *l;
    bool back; /* (36, out, cp) instead of (36, c, kp) */
} weight_job;

static void weight_row(void *arg, size_t i)
{
    const weight_job *j = (const weight_job *)arg;
    const lrr_conv *s = j->l->s;
    size_t lanes = j->back ? s->c : s->out, padded = j->back ? j->l->cp : j->l->kp;
    size_t lane = j->back ? 9 : 9 * s->c, step = j->back ? 9 * s->c : 9;
    for (size_t a = 0; a < lanes; a += 16)
        lrr_k->wino_weight(j->l->p->weight + i * step + a * lane, lane,
                           lanes - a < 16 ? lanes - a : 16, j->l->w + i * padded + a,
                           j->l->w_place);
}

static void output_chunk(const plan *l, const scratch *t, size_t row, size_t end)
{
    const lrr_conv *s = l->s;
    for (size_t at = 0; row < end;) {
        segment g = next_segment(l, &row, end);
        lrr_wino_tiles tiles = tiles_of(l, g, l->y_place, l->kp);
        for (size_t o = 0; o < s->out; o += 16) {
            _Alignas(64) lrr_real bias[16] = { 0 };
            lrr_wino_view v = y_view(l, g, o);
            if (l->p->bias)
                memcpy(bias, l->p->bias + o, v.c * sizeof *bias);
            lrr_k->wino_output(&tiles, t->y + at * l->kp + o, bias, t->block);
            lrr_k->wino_unpack(&v, t->block,
                               l->p->y + (g.i * s->out + o) * s->oh * s->ow, 0);
        }
        at += (g.b - g.a) * l->across;
    }
    lrr_past_end();
}

static void forward_chunk(void *arg, size_t chunk)
{
    const plan *l = (const plan *)arg;
    size_t total = l->p->n * l->down, row = chunk * l->rows;
    size_t end = total - row < l->rows ? total : row + l->rows;
    scratch t = scratch_of(l);
    input_chunk(l, &t, row, end);
    for (size_t i = 0; i < 36; i++) {
        lrr_mat x = { t.x + i * l->x_place, l->cp, false };
        lrr_mat w = { l->w + i * l->w_place, l->kp, false };
        product(l, (end - row) * l->across, l->kp, l->s->c, x, w, t.y + i * l->y_place);
    }
    output_chunk(l, &t, row, end);
}

static void wino_forward(const lrr_conv *s, const lrr_conv_pass *p)
{
    plan l = plan_of(s, p, p->n);
    place_shared(&l);
    weight_job w = { &l, false };
    if (!p->again)
        lrr_parallel(s->c, weight_row, &w);
    lrr_parallel((p->n * l.down + l.rows - 1) / l.rows, forward_chunk, &l);
}

/* ---- backward ---- */

/* Transformed dy of a chunk's rows; db (kp) gathers the sum of dy. */
static void dy_chunk(const plan *l, const scratch *t, size_t row, size_t end,
                     double *db)
{
    const lrr_conv *s = l->s;
    for (size_t at = 0; row < end;) {
        segment g = next_segment(l, &row, end);
        lrr_wino_tiles tiles = tiles_of(l, g, l->y_place, l->kp);
        for (size_t o = 0; o < s->out; o += 16) {
            lrr_wino_view v = y_view(l, g, o);
            lrr_k->wino_pack(&v, l->p->dy + (g.i * s->out + o) * s->oh * s->ow,
                             t->block);
            lrr_k->wino_dy(&tiles, t->block, t->y + at * l->kp + o, db + o);
        }
        at += (g.b - g.a) * l->across;
    }
}

static void dx_chunk(const plan *l, const scratch *t, size_t row, size_t end)
{
    const lrr_conv *s = l->s;
    for (size_t at = 0; row < end;) {
        segment g = next_segment(l, &row, end);
        lrr_wino_tiles tiles = tiles_of(l, g, l->x_place, l->cp);
        for (size_t c = 0; c < s->c; c += 16) {
            lrr_wino_view v = x_view(l, g, c);
            /* The first two rows overlap with the tiles above. */
            size_t add = l->p->add_x ? v.rows : g.a > 0 ? 2 : 0;
            lrr_k->wino_dx(&tiles, t->x + at * l->cp + c, t->block, v.width);
            lrr_k->wino_unpack(&v, t->block, l->p->dx + (g.i * s->c + c) * s->h * s->w,
                               add);
        }
        at += (g.b - g.a) * l->across;
    }
    lrr_past_end();
}

static void backward_part(void *arg, size_t part)
{
    const plan *l = (const plan *)arg;
    const lrr_conv *s = l->s;
    size_t row = lrr__conv_part_at(l->p->n, l->parts, part) * l->down;
    size_t last = lrr__conv_part_at(l->p->n, l->parts, part + 1) * l->down;
    double *db = l->db + part * l->kp;
    lrr_real *sum = l->sum + part * 36 * l->w_place;
    scratch t = scratch_of(l);
    memset(db, 0, l->kp * sizeof *db);
    for (bool first = true; row < last; row += l->rows, first = false) {
        size_t end = last - row < l->rows ? last : row + l->rows;
        size_t tiles = (end - row) * l->across;
        dy_chunk(l, &t, row, end, db);
        if (l->p->dweight)
            input_chunk(l, &t, row, end);
        for (size_t i = 0; i < 36; i++) {
            lrr_mat x = { t.x + i * l->x_place, l->cp, true };
            lrr_mat dy = { t.y + i * l->y_place, l->kp, false };
            lrr_mat w = { l->w + i * l->w_place, l->cp, false };
            if (l->p->dweight)
                lrr_gemm_serial(lrr_gemm_exact(l->p->gemm), s->c, l->kp, tiles, 1, x,
                                dy, first ? 0 : 1, sum + i * l->w_place, l->kp);
            /* dx's tiles take the place of x's, which are done with. */
            if (l->p->dx)
                product(l, tiles, l->cp, s->out, dy, w, t.x + i * l->x_place);
        }
        if (l->p->dx)
            dx_chunk(l, &t, row, end);
    }
    if (l->p->dweight)
        lrr_k->wino_dweight(sum, l->w_place, s->c * l->kp / 16);
}

/* 16 rows of dweight (out, c, 3, 3) from dw (9, c, kp), whose 9 are w_place apart. */
static void spread_rows(void *arg, size_t i)
{
    const plan *l = (const plan *)arg;
    size_t row = l->s->c * 9, lanes = l->s->out - i * 16;
    lanes = lanes < 16 ? lanes : 16;
    for (size_t at = 0; at < row; at++) {
        const lrr_real *from = l->dw + at % 9 * l->w_place + at / 9 * l->kp + i * 16;
        lrr_real *to = l->p->dweight + i * 16 * row + at;
        for (size_t o = 0; o < lanes; o++)
            to[o * row] = l->p->add_weight ? to[o * row] + from[o] : from[o];
    }
}

static void wino_backward(const lrr_conv *s, const lrr_conv_pass *p)
{
    plan l = plan_of(s, p, p->n);
    place_shared(&l);
    weight_job w = { &l, true };
    if (p->dx && !p->again)
        lrr_parallel(s->out, weight_row, &w);
    lrr_parallel(l.parts, backward_part, &l);
    if (p->dweight) {
        lrr__conv_reduce(l.sum, l.parts, 36 * l.w_place, l.dw, 9 * l.w_place, false);
        lrr_parallel(l.kp / 16, spread_rows, &l);
    }
    for (size_t o = 0; p->dbias && o < s->out; o++) {
        double sum = 0;
        for (size_t i = 0; i < l.parts; i++)
            sum += l.db[i * l.kp + o];
        p->dbias[o] = (lrr_real)(p->add_bias ? (double)p->dbias[o] + sum : sum);
    }
}

const lrr__conv_algo lrr__conv_wino = { wino_fits, wino_need, wino_forward,
                                        wino_backward };
