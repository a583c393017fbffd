/*
** conv_wino.c -- 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3); see wino.h.
**
** Work goes in chunks of tile rows, so many that the transformed tiles of a chunk stay in
** a core's L2 cache between the transforms and the 36 products, yet that the weights, which
** may not, are met by enough of them. Forward's chunks are independent. Backward cuts the
** batch into parts; each part's chunks go in order, because the gradients of neighbouring
** tiles overlap in x, and gather one sum for the weights, transformed back (36 to 9 values)
** before parts are added.
**
** Rounding: about 10 times that of the plain sum, 2e-6 of the largest output (measured by
** tests/bench/conv.c), since F(4x4, 3x3) takes differences of larger values.
*/
#include <string.h>

#include "base/error.h"
#include "base/threads.h"
#include "kernels/conv_algo.h"
#include "kernels/gemm.h"
#include "kernels/past.h"
#include "kernels/simd.h"
#include "kernels/sizes.h"

enum {
    CHANNELS_MIN = 16,
    WEIGHTS_MAX = 65536, /* c * out for each tile of an image */
    CHUNK_REALS = 16384, /* tiles in a chunk times channels (in and out): 2.4 MB */
    TILES_MIN = 32,
    TILES_MAX = 64,
    BAND_TILES = 16, /* in a block of pixels, which so stays in the first cache */
    PART_TILES = 64  /* in a part of the batch, before its sum is transformed back */
};

/* Rows of channels: how far rows are apart, and blocks of 16 channels. Those of our own products lie
** in blocks of all rows (wino_product), any other's beside each other. */
typedef struct layout {
    size_t row, block;
} layout;

typedef struct plan {
    const lrr_conv *s;
    const lrr_conv_pass *p;
    size_t down, across;     /* tiles of an image */
    size_t cp, kp;           /* channels in and out, rounded up to whole vectors */
    size_t rows;             /* tile rows in a chunk */
    size_t x_place, y_place; /* between the 36 places of transformed x and y */
    size_t w_place;          /* and of the weights, either way round */
    size_t band;             /* tile rows in a block of pixels */
    bool blocked;
    layout x, y;       /* of transformed x and y, */
    layout w, wt, sum; /* of the weights either way round, and of their gradients */
    size_t parts;
    /* Shared scratch. */
    lrr_real *weights; /* (36, c, kp) or (36, out, cp); first, wherever it stays */
    lrr_real *dw;      /* (9, cp, kp) the sum of all parts */
    double *db;        /* (parts, kp) */
    lrr_real *sums;    /* (parts, 36, cp, kp): of the transformed weights' gradients */
} plan;

/* A thread's scratch. */
typedef struct scratch {
    lrr_real *block, *x, *y;
} scratch;

/* For `rows` rows of n channels. */
static layout layout_of(bool blocked, size_t rows, size_t n)
{
    return blocked ? (layout){ 16, 16 * rows } : (layout){ n, 16 };
}

/* Where channel c, a multiple of 16, of a row is. */
static size_t at_of(layout l, size_t row, size_t c)
{
    return row * l.row + c / 16 * l.block;
}

/* Tile rows in a chunk: whole images where it can be. */
static size_t rows_of(const plan *l)
{
    LRR_ASSERT(l->down > 0 && l->across > 0);
    const size_t fit = lrr_larger(CHUNK_REALS / (l->cp + l->kp), TILES_MIN);
    const size_t rows = lrr_larger((fit < TILES_MAX ? fit : TILES_MAX) / l->across, 1);
    return rows > l->down ? rows / l->down * l->down : rows;
}

static plan plan_of(const lrr_conv *s, const lrr_conv_pass *p, size_t n)
{
    plan l = { .s = s, .p = p, .down = (s->oh + 3) / 4, .across = (s->ow + 3) / 4 };
    l.cp = lrr_real_pad(s->c);
    l.kp = lrr_real_pad(s->out);
    l.rows = rows_of(&l);
    l.band = lrr_larger(BAND_TILES / l.across, 1);
    l.band = l.band < l.rows ? l.band : l.rows;
    /* The odd lines keep the blocks and the 36 places out of each other's cache sets. */
    const size_t tiles = l.rows * l.across + 8;
    l.x_place = tiles * l.cp + 16;
    l.y_place = tiles * l.kp + 16;
    l.w_place = l.cp * l.kp + 16;
    l.blocked = p != NULL && lrr_gemm_exact(p->gemm) == LRR_GEMM_FUSED;
    l.x = layout_of(l.blocked, tiles, l.cp);
    l.y = layout_of(l.blocked, tiles, l.kp);
    l.w = layout_of(l.blocked, s->c, l.kp);
    l.wt = layout_of(l.blocked, s->out, l.cp);
    l.sum = layout_of(l.blocked, l.cp, l.kp);
    size_t enough = lrr_larger(n * l.down * l.across / PART_TILES, 2);
    l.parts = lrr__conv_parts(n < enough ? n : enough, 18 * s->c * l.kp);
    return l;
}

static size_t block_reals(const plan *l)
{
    return (4 * l->band + 2) * (4 * l->across + 2) * 16;
}

static void place_shared(plan *l)
{
    l->weights = (lrr_real *)l->p->work;
    l->dw = l->weights + 36 * l->w_place;
    l->db = (double *)(void *)(l->dw + 9 * l->w_place);
    l->sums = (lrr_real *)(void *)(l->db + l->parts * l->kp);
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

/* The band of a segment from row a on. */
static segment band_at(const plan *l, segment g, size_t a)
{
    return (segment){ g.i, a, g.b - a < l->band ? g.b : a + l->band };
}

/* The last two rows of a band are the first of the next. */
static void keep_rows(const plan *l, lrr_real *block, size_t width)
{
    memcpy(block, block + 4 * l->band * width * 16, 2 * width * 16 * sizeof *block);
}

static void input_bands(const plan *l, const scratch *t, segment g, size_t c,
                        lrr_real *to)
{
    const lrr_conv *s = l->s;
    const lrr_real *x = l->p->x + (g.i * s->c + c) * s->h * s->w;
    for (size_t a = g.a; a < g.b; a += l->band) {
        const segment some = band_at(l, g, a);
        const lrr_wino_tiles tiles = tiles_of(l, some, l->x_place, l->x.row);
        lrr_wino_view v = x_view(l, some, c);
        size_t kept = 0;
        if (a > g.a) {
            keep_rows(l, t->block, v.width);
            kept = 2;
            v.first += 2;
            v.rows -= 2;
        }
        lrr_k->wino_pack(&v, x, t->block + kept * v.width * 16);
        lrr_k->wino_input(&tiles, t->block, v.width, to);
        to += tiles.down * tiles.across * l->x.row;
    }
}

/* Transformed x of a chunk's rows. */
static void input_chunk(const plan *l, const scratch *t, size_t row, size_t end)
{
    const lrr_conv *s = l->s;
    for (size_t at = 0; row < end;) {
        segment g = next_segment(l, &row, end);
        for (size_t c = 0; c < s->c; c += 16)
            input_bands(l, t, g, c, t->x + at_of(l->x, at, c));
        at += (g.b - g.a) * l->across;
    }
}

/* One of the 36; see wino_product. */
static void product(const plan *l, const lrr_wino_product *g)
{
    if (l->blocked) {
        lrr_k->wino_product(g);
        return;
    }
    const lrr_mat a = { g->a, g->turned ? g->m : lrr_real_pad(g->k), g->turned };
    lrr_gemm_serial(l->p->gemm, g->m, g->n, g->k, 1, a, (lrr_mat){ g->b, g->n, false },
                    g->adds, g->c, g->n);
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
    size_t lanes = j->back ? s->c : s->out;
    layout to = j->back ? j->l->wt : j->l->w;
    size_t lane = j->back ? 9 : 9 * s->c, step = j->back ? 9 * s->c : 9;
    for (size_t a = 0; a < lanes; a += 16)
        lrr_k->wino_weight(j->l->p->weight + i * step + a * lane, lane,
                           lanes - a < 16 ? lanes - a : 16,
                           j->l->weights + at_of(to, i, a), j->l->w_place);
}

static void output_bands(const plan *l, const scratch *t, segment g, size_t o,
                         const lrr_real *from)
{
    const lrr_conv *s = l->s;
    lrr_real *y = l->p->y + (g.i * s->out + o) * s->oh * s->ow;
    _Alignas(64) lrr_real bias[16] = { 0 };
    if (l->p->bias)
        memcpy(bias, l->p->bias + o, y_view(l, g, o).c * sizeof *bias);
    for (size_t a = g.a; a < g.b; a += l->band) {
        const segment some = band_at(l, g, a);
        const lrr_wino_tiles tiles = tiles_of(l, some, l->y_place, l->y.row);
        const lrr_wino_view v = y_view(l, some, o);
        lrr_k->wino_output(&tiles, from, bias, t->block);
        lrr_k->wino_unpack(&v, t->block, y, 0);
        from += tiles.down * tiles.across * l->y.row;
    }
}

static void output_chunk(const plan *l, const scratch *t, size_t row, size_t end)
{
    const lrr_conv *s = l->s;
    for (size_t at = 0; row < end;) {
        segment g = next_segment(l, &row, end);
        for (size_t o = 0; o < s->out; o += 16)
            output_bands(l, t, g, o, t->y + at_of(l->y, at, o));
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
        lrr_wino_product g = { .m = (end - row) * l->across,
                               .n = l->kp,
                               .k = l->s->c,
                               .a = t.x + i * l->x_place,
                               .a_block = l->x.block,
                               .b = l->weights + i * l->w_place,
                               .b_block = l->w.block,
                               .c = t.y + i * l->y_place,
                               .c_block = l->y.block };
        g.next_b = g.b + l->w_place;
        product(l, &g);
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

static void dy_bands(const plan *l, const scratch *t, segment g, size_t o, lrr_real *to,
                     double *db)
{
    const lrr_conv *s = l->s;
    const lrr_real *dy = l->p->dy + (g.i * s->out + o) * s->oh * s->ow;
    for (size_t a = g.a; a < g.b; a += l->band) {
        const segment some = band_at(l, g, a);
        const lrr_wino_tiles tiles = tiles_of(l, some, l->y_place, l->y.row);
        const lrr_wino_view v = y_view(l, some, o);
        lrr_k->wino_pack(&v, dy, t->block);
        lrr_k->wino_dy(&tiles, t->block, to, db);
        to += tiles.down * tiles.across * l->y.row;
    }
}

/* Transformed dy of a chunk's rows; db (kp) gathers the sum of dy. */
static void dy_chunk(const plan *l, const scratch *t, size_t row, size_t end,
                     double *db)
{
    const lrr_conv *s = l->s;
    for (size_t at = 0; row < end;) {
        segment g = next_segment(l, &row, end);
        for (size_t o = 0; o < s->out; o += 16)
            dy_bands(l, t, g, o, t->y + at_of(l->y, at, o), db + o);
        at += (g.b - g.a) * l->across;
    }
}

/* The first two rows of a segment overlap with the tiles above, and the last two of a band with
** those below: they are kept in the block. */
static void dx_bands(const plan *l, const scratch *t, segment g, size_t c,
                     const lrr_real *from)
{
    const lrr_conv *s = l->s;
    lrr_real *dx = l->p->dx + (g.i * s->c + c) * s->h * s->w;
    for (size_t a = g.a; a < g.b; a += l->band) {
        const segment some = band_at(l, g, a);
        const lrr_wino_tiles tiles = tiles_of(l, some, l->x_place, l->x.row);
        lrr_wino_view v = x_view(l, some, c);
        if (a > g.a)
            keep_rows(l, t->block, v.width);
        else
            memset(t->block, 0, 2 * v.width * 16 * sizeof *t->block);
        lrr_k->wino_dx(&tiles, from, t->block, v.width);
        if (some.b < g.b)
            v.rows -= 2;
        lrr_k->wino_unpack(&v, t->block, dx,
                           l->p->add_x         ? v.rows
                           : a == g.a && a > 0 ? 2
                                               : 0);
        from += tiles.down * tiles.across * l->x.row;
    }
}

static void dx_chunk(const plan *l, const scratch *t, size_t row, size_t end)
{
    const lrr_conv *s = l->s;
    for (size_t at = 0; row < end;) {
        segment g = next_segment(l, &row, end);
        for (size_t c = 0; c < s->c; c += 16)
            dx_bands(l, t, g, c, t->x + at_of(l->x, at, c));
        at += (g.b - g.a) * l->across;
    }
    lrr_past_end();
}

/* Gradients of the weights at place i. */
static void dw_product(const plan *l, const scratch *t, size_t i, size_t tiles,
                       lrr_real *sum, bool adds)
{
    lrr_wino_product g = { .m = l->cp,
                           .n = l->kp,
                           .k = tiles,
                           .a = t->x + i * l->x_place,
                           .a_block = l->x.block,
                           .b = t->y + i * l->y_place,
                           .b_block = l->y.block,
                           .c = sum + i * l->w_place,
                           .c_block = l->sum.block,
                           .turned = true,
                           .adds = adds };
    g.next_b = g.b + l->y_place;
    product(l, &g);
}

/* Tiles of dx at place i, in the place of x's, which are done with. */
static void dx_product(const plan *l, const scratch *t, size_t i, size_t tiles)
{
    lrr_wino_product g = { .m = tiles,
                           .n = l->cp,
                           .k = l->s->out,
                           .a = t->y + i * l->y_place,
                           .a_block = l->y.block,
                           .b = l->weights + i * l->w_place,
                           .b_block = l->wt.block,
                           .c = t->x + i * l->x_place,
                           .c_block = l->x.block };
    g.next_b = g.b + l->w_place;
    product(l, &g);
}

static void backward_part(void *arg, size_t part)
{
    const plan *l = (const plan *)arg;
    size_t row = lrr__conv_part_at(l->p->n, l->parts, part) * l->down;
    size_t last = lrr__conv_part_at(l->p->n, l->parts, part + 1) * l->down;
    double *db = l->db + part * l->kp;
    lrr_real *sum = l->sums + part * 36 * l->w_place;
    scratch t = scratch_of(l);
    memset(db, 0, l->kp * sizeof *db);
    for (bool first = true; row < last; row += l->rows, first = false) {
        size_t end = last - row < l->rows ? last : row + l->rows;
        size_t tiles = (end - row) * l->across;
        dy_chunk(l, &t, row, end, db);
        if (l->p->dweight)
            input_chunk(l, &t, row, end);
        for (size_t i = 0; i < 36; i++) {
            if (l->p->dweight)
                dw_product(l, &t, i, tiles, sum, !first);
            if (l->p->dx)
                dx_product(l, &t, i, tiles);
        }
        if (l->p->dx)
            dx_chunk(l, &t, row, end);
    }
    if (l->p->dweight)
        lrr_k->wino_dweight(sum, l->w_place, l->cp * l->kp / 16);
}

/* 16 rows of dweight (out, c, 3, 3) from dw (9, cp, kp), whose 9 are w_place apart. */
static void spread_rows(void *arg, size_t i)
{
    const plan *l = (const plan *)arg;
    size_t row = l->s->c * 9, lanes = l->s->out - i * 16;
    lanes = lanes < 16 ? lanes : 16;
    for (size_t at = 0; at < row; at++) {
        const lrr_real *from =
            l->dw + at % 9 * l->w_place + at_of(l->sum, at / 9, i * 16);
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
        lrr__conv_reduce(l.sums, l.parts, 36 * l.w_place, l.dw, 9 * l.w_place, false);
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
