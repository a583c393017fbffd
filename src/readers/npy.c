/* npy.c -- see npy.h. */
#include "readers/npy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { HEADER_MAX = 10000 };

/* Reading the header's dict: where we are in it, and its end. */
typedef struct cursor {
    const char *p, *end;
} cursor;

static void skip_blanks(cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t'))
        c->p++;
}

/* True, and past it, where `text` comes next (after blanks). */
static bool eat(cursor *c, const char *text)
{
    size_t n = strlen(text);
    skip_blanks(c);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n) != 0)
        return false;
    c->p += n;
    return true;
}

/* A quoted word without escapes, at most room - 1 bytes. */
static bool eat_word(cursor *c, char *out, size_t room)
{
    size_t n = 0;
    char quote;
    skip_blanks(c);
    if (c->p == c->end || (*c->p != '\'' && *c->p != '"'))
        return false;
    quote = *c->p++;
    while (c->p < c->end && *c->p != quote && n + 1 < room)
        out[n++] = *c->p++;
    out[n] = '\0';
    return c->p < c->end && *c->p++ == quote;
}

static bool eat_size(cursor *c, size_t *out)
{
    bool any = false;
    *out = 0;
    skip_blanks(c);
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        if (*out > SIZE_MAX / 10 - 10)
            return false;
        *out = *out * 10 + (size_t)(*c->p++ - '0');
        any = true;
    }
    (void)(c->p < c->end && *c->p == 'L' && c->p++); /* Python 2 wrote 3L */
    return any;
}

static bool eat_shape(cursor *c, lrr_shape *shape)
{
    *shape = (lrr_shape){ 0 };
    if (!eat(c, "("))
        return false;
    while (!eat(c, ")")) {
        if (shape->rank == LRR_RANK_MAX || !eat_size(c, &shape->d[shape->rank]) ||
            shape->d[shape->rank] == 0)
            return false;
        shape->rank++;
        if (!eat(c, ",")) {
            if (!eat(c, ")"))
                return false;
            return true;
        }
    }
    return true;
}

/* "<f4": byte order, kind, bytes. */
static bool set_type(lrr_npy *h, const char *descr)
{
    static const char *const known[] = { "f4", "f8", "i1", "i2", "i4", "i8",
                                         "u1", "u2", "u4", "u8", "b1" };
    if (strlen(descr) != 3 || strchr("<>|=", descr[0]) == NULL)
        return false;
    h->big = descr[0] == '>';
    h->type = descr[1];
    h->item = (size_t)(descr[2] - '0');
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], descr + 1) == 0)
            return true;
    return false;
}

/* Which keys the dict has had. */
typedef struct seen {
    bool descr, order, shape;
} seen;

/* One key and its value; NULL, or what is wrong. */
static const char *parse_item(cursor *c, lrr_npy *h, seen *had)
{
    char word[32] = "";
    if (!eat_word(c, word, sizeof word) || !eat(c, ":"))
        return "the header has a key that is no word";
    if (strcmp(word, "descr") == 0 && !had->descr) {
        had->descr = true;
        if (!eat_word(c, word, sizeof word) || !set_type(h, word))
            return "'descr' is not one of f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1";
    } else if (strcmp(word, "fortran_order") == 0 && !had->order) {
        had->order = true;
        h->fortran = eat(c, "True");
        if (!h->fortran && !eat(c, "False"))
            return "'fortran_order' is not True or False";
    } else if (strcmp(word, "shape") == 0 && !had->shape) {
        had->shape = true;
        if (!eat_shape(c, &h->shape))
            return "'shape' is not a tuple of 0 to 5 sizes above 0";
    } else {
        return "the header has a key that is unknown or given twice";
    }
    (void)eat(c, ",");
    return NULL;
}

/* NULL, or what is wrong. */
static const char *parse_dict(cursor *c, lrr_npy *h)
{
    seen had = { false, false, false };
    const char *wrong = NULL;
    if (!eat(c, "{"))
        return "the header is no dict";
    while (wrong == NULL && !eat(c, "}"))
        wrong = parse_item(c, h, &had);
    if (wrong != NULL)
        return wrong;
    skip_blanks(c);
    if (c->p != c->end)
        return "something follows the header's dict";
    return had.descr && had.order && had.shape
               ? NULL
               : "the header lacks descr, fortran_order or shape";
}

static lrr_status read_length(lrr_source *s, size_t *length, lrr_error *err)
{
    uint8_t b[8], n[4] = { 0 };
    lrr_status st = lrr_source_read(s, b, 8, err);
    if (st != LRR_OK)
        return st;
    if (memcmp(b, "\x93NUMPY", 6) != 0 || b[6] < 1 || b[6] > 3)
        return lrr_fail(err, LRR_EFORMAT, "%s is not a .npy file of version 1, 2 or 3",
                        lrr_source_name(s));
    st = lrr_source_read(s, n, b[6] == 1 ? 2 : 4, err);
    *length =
        (size_t)n[0] | (size_t)n[1] << 8 | (size_t)n[2] << 16 | (size_t)n[3] << 24;
    if (st == LRR_OK && *length > HEADER_MAX)
        return lrr_fail(err, LRR_EFORMAT, "%s: a header of %zu bytes, the most is %d",
                        lrr_source_name(s), *length, HEADER_MAX);
    return st;
}

lrr_status lrr_npy_header_read(lrr_source *s, lrr_npy *h, lrr_error *err)
{
    char text[HEADER_MAX];
    size_t n = 0;
    uint64_t bytes;
    const char *wrong;
    cursor c;
    lrr_status st = read_length(s, &n, err);
    if (st == LRR_OK)
        st = lrr_source_read(s, text, n, err);
    if (st != LRR_OK)
        return st;
    *h = (lrr_npy){ 0 };
    c = (cursor){ text, text + n };
    wrong = parse_dict(&c, h);
    if (wrong != NULL)
        return lrr_fail(err, LRR_EFORMAT, "%s: %s", lrr_source_name(s), wrong);
    bytes = lrr_size_mul(lrr_shape_count(&h->shape), h->item);
    if (bytes > lrr_source_most(s) ||
        (!lrr_source_gzip(s) && bytes != lrr_source_most(s))) {
        char shape[LRR_SHAPE_TEXT];
        return lrr_fail(
            err, LRR_EFORMAT,
            "%s: %s of %zu bytes each does not fit the %llu bytes that follow",
            lrr_source_name(s), lrr_shape_text(&h->shape, shape), h->item,
            (unsigned long long)lrr_source_most(s));
    }
    return LRR_OK;
}

static uint64_t load(const uint8_t *p, size_t n, bool big)
{
    uint64_t u = 0;
    for (size_t i = 0; i < n; i++)
        u = u << 8 | p[big ? i : n - 1 - i];
    return u;
}

static float item_value(const lrr_npy *h, const uint8_t *p)
{
    uint64_t u = load(p, h->item, h->big);
    if (h->type == 'f' && h->item == 4) {
        uint32_t w = (uint32_t)u;
        float v;
        memcpy(&v, &w, sizeof v);
        return v;
    }
    if (h->type == 'f') {
        double v;
        memcpy(&v, &u, sizeof v);
        return (float)v;
    }
    if (h->type == 'i') {
        unsigned unused = (unsigned)(64 - 8 * h->item);
        uint64_t sign = (uint64_t)1 << (63 - unused);
        return (float)(int64_t)((u ^ sign) - sign);
    }
    return (float)u;
}

/* Where element i of column-major order goes in row-major order. */
static size_t row_major(const lrr_shape *s, size_t i)
{
    size_t at = 0, stride = lrr_shape_count(s);
    size_t place[LRR_RANK_MAX];
    for (int a = 0; a < s->rank; a++) {
        place[a] = i % s->d[a];
        i /= s->d[a];
    }
    for (int a = 0; a < s->rank; a++) {
        stride /= s->d[a];
        at += place[a] * stride;
    }
    return at;
}

lrr_status lrr_npy_payload_read(lrr_source *s, const lrr_npy *h, uint8_t *bytes,
                                float *floats, lrr_error *err)
{
    const size_t count = lrr_shape_count(&h->shape);
    uint8_t buf[8192];
    lrr_status st = LRR_OK;
    size_t at = 0;
    LRR_ASSERT(h->item > 0);
    if (bytes != NULL && !h->fortran) {
        st = lrr_source_read(s, bytes, count, err);
        at = count;
    }
    while (st == LRR_OK && at < count) {
        size_t n = sizeof buf / h->item;
        n = count - at < n ? count - at : n;
        st = lrr_source_read(s, buf, n * h->item, err);
        for (size_t i = 0; st == LRR_OK && i < n; i++) {
            size_t to = h->fortran ? row_major(&h->shape, at + i) : at + i;
            if (bytes != NULL)
                bytes[to] = buf[i];
            else if (floats != NULL)
                floats[to] = item_value(h, buf + i * h->item);
        }
        at += n;
    }
    return st == LRR_OK ? lrr_source_end(s, err) : st;
}

/* The files of a load, open, with their headers. */
typedef struct files {
    lrr_source *x[LRR_SPLITS], *y[LRR_SPLITS];
    lrr_npy hx[LRR_SPLITS], hy[LRR_SPLITS];
    bool classes;
} files;

static lrr_status open_one(const char *path, lrr_source **s, lrr_npy *h, lrr_error *err)
{
    lrr_status st = lrr_source_open(path, s, err);
    if (st == LRR_OK)
        st = lrr_npy_header_read(*s, h, err);
    if (st == LRR_OK && h->shape.rank == 0)
        st = lrr_fail(err, LRR_EFORMAT, "%s holds one number, want an array",
                      lrr_source_name(*s));
    return st;
}

static bool is_bytes(const lrr_npy *h)
{
    return h->item == 1 && h->type != 'i';
}

static lrr_shape sample_shape(const lrr_shape *all)
{
    lrr_shape s = lrr_shape_of1(1);
    for (int i = 1; i < all->rank; i++)
        s.d[i - 1] = all->d[i];
    s.rank = all->rank > 1 ? all->rank - 1 : 1;
    return s;
}

/* Whether y holds a target for each step of x: by its sizes, unless cfg says. */
static lrr_status find_steps(const lrr_npy_cfg *cfg, const files *f, int i,
                             bool *per_step, lrr_error *err)
{
    const lrr_shape *x = &f->hx[i].shape, *y = &f->hy[i].shape;
    const bool has_steps = x->rank == (cfg->vocab > 0 ? 2 : 3);
    const bool fits = has_steps && y->rank >= 2 && y->rank <= 3 && y->d[1] == x->d[1];
    char text[LRR_SHAPE_TEXT];

    *per_step = cfg->per_step != 0 && fits;
    if (cfg->per_step > 0 && !has_steps)
        return lrr_fail(err, LRR_EFORMAT,
                        "%s is %s, and a target for each step wants (samples, steps, "
                        "features), or with 'vocab' (samples, steps)",
                        lrr_source_name(f->x[i]), lrr_shape_text(x, text));
    if (!fits && (cfg->per_step > 0 || y->rank == 3))
        return lrr_fail(err, LRR_EFORMAT,
                        "%s is %s, and a target for each of %zu steps is (%zu, %zu) or "
                        "(%zu, %zu, targets)",
                        lrr_source_name(f->y[i]), lrr_shape_text(y, text),
                        has_steps ? x->d[1] : 0, x->d[0], has_steps ? x->d[1] : 0,
                        x->d[0], has_steps ? x->d[1] : 0);
    return LRR_OK;
}

static lrr_status plan_y(const lrr_npy_cfg *cfg, files *f, int i, bool first,
                         lrr_dataset_cfg *made, lrr_error *err)
{
    const lrr_npy *h = &f->hy[i];
    bool per_step;
    size_t k;
    lrr_status st = open_one(cfg->y[i], &f->y[i], &f->hy[i], err);
    if (st != LRR_OK)
        return st;
    if (h->shape.rank > 3 || h->shape.d[0] != f->hx[i].shape.d[0])
        return lrr_fail(err, LRR_EFORMAT,
                        "%s: %zu rows of rank %d, want %zu of rank 1 or 2",
                        lrr_source_name(f->y[i]), h->shape.d[0], h->shape.rank,
                        f->hx[i].shape.d[0]);
    if ((st = find_steps(cfg, f, i, &per_step, err)) != LRR_OK)
        return st;
    k = h->shape.rank == 2 + per_step ? h->shape.d[1 + per_step] : 1;
    f->classes = cfg->classes > 0 || (cfg->classes < 0 && k == 1 && h->type != 'f');
    if (f->classes && k != 1)
        return lrr_fail(err, LRR_EFORMAT, "%s: labels are one column, not %zu",
                        lrr_source_name(f->y[i]), k);
    if (!first && (made->k != (f->classes ? 0 : k) || made->per_step != per_step ||
                   (made->classes > 0) != f->classes))
        return lrr_fail(err, LRR_EFORMAT, "%s: other targets than the part before",
                        lrr_source_name(f->y[i]));
    made->per_step = per_step;
    made->classes = f->classes; /* counted later */
    made->k = f->classes ? 0 : k;
    return LRR_OK;
}

/* What samples are, from the header of part i. */
static lrr_status plan_x(const lrr_npy_cfg *cfg, const files *f, int i,
                         lrr_dataset_cfg *made, lrr_error *err)
{
    const lrr_npy *h = &f->hx[i];
    char text[LRR_SHAPE_TEXT];

    made->shape = sample_shape(&h->shape);
    made->kind = is_bytes(h) ? LRR_DATA_U8 : LRR_DATA_F32;
    made->part[i] = h->shape.d[0];
    if (cfg->seq && cfg->vocab == 0) {
        if (h->shape.rank != 3)
            return lrr_fail(err, LRR_EFORMAT,
                            "%s is %s, want sequences (samples, steps, features)",
                            lrr_source_name(f->x[i]), lrr_shape_text(&h->shape, text));
        made->kind = LRR_DATA_F32;
        made->shape = lrr_shape_of1(h->shape.d[2]);
        made->seq = true;
        made->steps = lrr_size_add(made->steps, h->shape.d[0] * h->shape.d[1]);
    }
    if (cfg->vocab == 0)
        return LRR_OK;
    if (h->shape.rank != 2 || (h->type != 'i' && h->type != 'u'))
        return lrr_fail(err, LRR_EFORMAT,
                        "%s is %s of %s, and tokens are whole numbers (samples, steps)",
                        lrr_source_name(f->x[i]), lrr_shape_text(&h->shape, text),
                        h->type == 'f' ? "reals" : "numbers");
    made->shape = (lrr_shape){ 0 };
    made->kind = LRR_DATA_TOKENS;
    made->steps = lrr_size_add(made->steps, lrr_shape_count(&h->shape));
    return LRR_OK;
}

static lrr_status plan(const lrr_npy_cfg *cfg, files *f, lrr_dataset_cfg *made,
                       lrr_error *err)
{
    bool first = true;
    for (int i = 0; i < LRR_SPLITS; i++) {
        const lrr_shape shape = made->shape;
        const lrr_data_kind kind = made->kind;
        lrr_status st;
        if (cfg->x[i] == NULL)
            continue;
        if ((st = open_one(cfg->x[i], &f->x[i], &f->hx[i], err)) != LRR_OK ||
            (st = plan_x(cfg, f, i, made, err)) != LRR_OK)
            return st;
        if (!first && (!lrr_shape_equal(&shape, &made->shape) || kind != made->kind))
            return lrr_fail(err, LRR_EFORMAT,
                            "%s has other sizes or another type than the part before",
                            lrr_source_name(f->x[i]));
        if (cfg->y[i] != NULL && (st = plan_y(cfg, f, i, first, made, err)) != LRR_OK)
            return st;
        first = false;
    }
    return LRR_OK;
}

/* The tokens of part i, the first of which is number `from`. */
static lrr_status read_tokens(const files *f, int i, lrr_dataset *d, size_t from,
                              lrr_error *err)
{
    const size_t n = lrr_shape_count(&f->hx[i].shape);
    float *v = NULL;
    lrr_status st = lrr_mem_new(n, sizeof *v, "tokens", &v, err);

    if (st == LRR_OK)
        st = lrr_npy_payload_read(f->x[i], &f->hx[i], NULL, v, err);
    for (size_t k = 0; st == LRR_OK && k < n; k++)
        d->x.tokens[from + k] = fabsf(v[k]) <= 0x1p24f ? (int32_t)v[k] : -1;
    lrr_mem_free(v);
    return st;
}

static void mark_steps(lrr_dataset *d, size_t at, size_t n, size_t t)
{
    for (size_t k = 0; k < n; k++)
        d->offset[at + k + 1] = d->offset[at + k] + t;
    d->length_max = t > d->length_max ? t : d->length_max;
}

static lrr_status read_x(const files *f, int i, lrr_dataset *d, size_t at,
                         lrr_error *err)
{
    const bool u8 = d->kind == LRR_DATA_U8;
    if (d->offset != NULL) {
        mark_steps(d, at, f->hx[i].shape.d[0], f->hx[i].shape.d[1]);
        at = (size_t)d->offset[at];
    }
    if (d->kind == LRR_DATA_TOKENS)
        return read_tokens(f, i, d, at, err);
    return lrr_npy_payload_read(f->x[i], &f->hx[i], u8 ? d->x.u8 + at * d->width : NULL,
                                u8 ? NULL : d->x.f32 + at * d->width, err);
}

static lrr_status read_y(const files *f, int i, lrr_dataset *d, size_t at,
                         size_t *classes, lrr_error *err)
{
    const size_t n = lrr_shape_count(&f->hy[i].shape);
    float *v = NULL;
    lrr_status st;
    at = lrr_dataset_target(d, at);
    if (!f->classes)
        return lrr_npy_payload_read(f->y[i], &f->hy[i], NULL, d->y_real + at * d->k,
                                    err);
    if ((st = lrr_mem_new(n, sizeof *v, "labels", &v, err)) != LRR_OK)
        return st;
    st = lrr_npy_payload_read(f->y[i], &f->hy[i], NULL, v, err);
    for (size_t k = 0; st == LRR_OK && k < n; k++) {
        if (!(v[k] >= 0 && v[k] < 65536 && v[k] == (float)(int32_t)v[k])) {
            st = lrr_fail(err, LRR_EFORMAT,
                          "%s: label %zu is %g, want a whole number in "
                          "0..65535",
                          lrr_source_name(f->y[i]), k + 1, (double)v[k]);
            break;
        }
        d->y_class[at + k] = (int32_t)v[k];
        if ((size_t)v[k] >= *classes)
            *classes = (size_t)v[k] + 1;
    }
    lrr_mem_free(v);
    return st;
}

lrr_status lrr_npy_load(const lrr_npy_cfg *cfg, lrr_dataset **out, lrr_error *err)
{
    files f = { 0 };
    lrr_dataset_cfg made = { 0 };
    lrr_dataset *d = NULL;
    size_t at = 0, classes = 0;
    lrr_status st = plan(cfg, &f, &made, err);
    *out = NULL;
    if (st == LRR_OK)
        st = lrr_dataset_new(&made, &d, err);
    for (int i = 0; st == LRR_OK && i < LRR_SPLITS; i++) {
        if (f.x[i] == NULL)
            continue;
        st = read_x(&f, i, d, at, err);
        if (st == LRR_OK && f.y[i] != NULL)
            st = read_y(&f, i, d, at, &classes, err);
        at += made.part[i];
    }
    if (st == LRR_OK)
        d->vocab = cfg->vocab;
    if (st == LRR_OK && f.classes)
        d->classes = classes;
    for (size_t c = 0; st == LRR_OK && d->shape.rank != 3 && c < d->channels; c++)
        d->inv[c] = 1; /* only the bytes of images stand for 0..1 */
    if (st == LRR_OK)
        st = lrr_dataset_check(d, false, err);
    for (int i = 0; i < LRR_SPLITS; i++) {
        lrr_source_close(f.x[i]);
        lrr_source_close(f.y[i]);
    }
    if (st != LRR_OK) {
        lrr_dataset_free(d);
        return st;
    }
    *out = d;
    return LRR_OK;
}
