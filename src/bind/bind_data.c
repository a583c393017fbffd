/* bind_data.c -- lrrun.native.data: data sets, their splits, and loaders of batches.
**
** Data sets are made by lrrun.native.readers. dataset: :split{...} :fill_missing()
** :check(missing) :fingerprint() :info() :loader{...}, and :fit() :scale() ... (bind_scale.c).
** loader: :next() :seek() :count() :samples() :indices(). Epochs and batches are counted from 0
** here. */
#include "bind/bind_data.h"

#include <string.h>

#include "base/tree.h"
#include "data/append.h"
#include "data/missing.h"
#include "data/stored.h"
#include "data/strata.h"
#include "data/windows.h"

const char *const lrr_bind_split_names[] = { "train", "val", "test", NULL };
static const char *const kind_names[] = { "u8", "real", "i32" };

static lrr_split split_field(lua_State *L, int arg)
{
    int i;
    lua_getfield(L, arg, "split");
    i = luaL_checkoption(L, lua_gettop(L), "train", lrr_bind_split_names);
    lua_pop(L, 1);
    return (lrr_split)i;
}

void lrr__bind_split_cfg(lua_State *L, int arg, lrr_split_cfg *out)
{
    lrr_split_cfg cfg = { 0 };
    luaL_checktype(L, arg, LUA_TTABLE);
    cfg.seed = (uint64_t)lrr_bind_fieldint(L, arg, "seed");
    cfg.val = lrr_bind_optnum_in(L, arg, "val", 0, 1);
    cfg.test = lrr_bind_optnum_in(L, arg, "test", 0, 1);
    cfg.limit = (size_t)lrr_bind_optnum_in(L, arg, "limit", 0, INT32_MAX);
    cfg.folds = (size_t)lrr_bind_optnum_in(L, arg, "folds", 0, INT32_MAX);
    cfg.fold = (size_t)lrr_bind_optnum_in(L, arg, "fold", 0, INT32_MAX);
    luaL_argcheck(L, cfg.folds == 0 || (cfg.fold >= 1 && cfg.fold <= cfg.folds), arg,
                  "there is no such fold");
    cfg.fold -= cfg.folds > 0;
    cfg.stratified = lrr_bind_fieldbool(L, arg, "stratified");
    cfg.last = lrr_bind_fieldbool(L, arg, "last");
    cfg.test_is_val = lrr_bind_fieldbool(L, arg, "test_is_val");
    *out = cfg;
}

/* dataset:split{ seed, val, test, limit, folds, fold (from 1), stratified, last, test_is_val } */
static int l_split(lua_State *L)
{
    lrr_error err;
    lrr_split_cfg cfg;
    lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    luaL_argcheck(L, d->n_index[LRR_SPLIT_TRAIN] == 0, 1,
                  "the data are split already"); /* loaders look into the lists */
    lrr__bind_split_cfg(L, 2, &cfg);
    if (lrr_dataset_split(d, &cfg, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* dataset:strata() -> how many groups of samples a split keeps the shares of, 0: none */
static int l_strata(lua_State *L)
{
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    lua_pushinteger(L, (lua_Integer)lrr_strata_count(d));
    return 1;
}

/* dataset:tally(split) -> sums over its targets, of each class or of each output; how many
** targets it has */
static int l_tally(lua_State *L)
{
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    const int split = luaL_checkoption(L, 2, "train", lrr_bind_split_names);
    const size_t k = d->classes > 0 ? d->classes : d->k;
    double *sums = lua_newuserdatauv(L, (k + 1) * sizeof *sums, 0);
    size_t n;
    lrr_strata_tally(d, (lrr_split)split, sums, &n);
    lua_createtable(L, (int)k, 0);
    for (size_t i = 0; i < k; i++) {
        lua_pushnumber(L, sums[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushinteger(L, (lua_Integer)n);
    return 2;
}

/* A data set that may still be changed: no loader reads it, in a thread of its own. */
lrr_dataset *lrr__bind_check_free(lua_State *L)
{
    lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    luaL_argcheck(L, !d->in_use, 1,
                  "batches are made of these data: they stay as they are");
    return d;
}

lrr_dataset *lrr__bind_check_split(lua_State *L)
{
    lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    luaL_argcheck(L, d->n_index[LRR_SPLIT_TRAIN] > 0, 1, "split the data first");
    return d;
}

static lrr_dataset *check_rows(lua_State *L)
{
    lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    luaL_argcheck(L, d->kind == LRR_DATA_F32, 1, "only rows of numbers miss values");
    return d;
}

/* dataset:fill_missing(median) -> values that were missing: they become the training split's
** means or medians */
static int l_fill_missing(lua_State *L)
{
    lrr_error err;
    size_t filled;
    lrr_dataset *d = (lrr__bind_check_split(L), lrr__bind_check_free(L), check_rows(L));
    if (lrr_dataset_fill_missing(d, lua_toboolean(L, 2) != 0, &filled, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushinteger(L, (lua_Integer)filled);
    return 1;
}

/* dataset:fill() -> list of what missing values became, or nil */
static int l_fill(lua_State *L)
{
    const lrr_dataset *d = check_rows(L);
    if (d->fill == NULL)
        return 0;
    lua_createtable(L, (int)d->width, 0);
    for (size_t i = 0; i < d->width; i++) {
        lua_pushnumber(L, (double)d->fill[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* dataset:fill_known(list) -> values that were missing: they become the list's */
static int l_fill_known(lua_State *L)
{
    lrr_dataset *d = (lrr__bind_check_free(L), check_rows(L));
    lrr_error err;
    size_t filled;
    float *fill;
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_argcheck(L, lua_rawlen(L, 2) == d->width, 2, "want one number for each value");
    fill = lua_newuserdatauv(L, d->width * sizeof *fill, 0);
    for (size_t i = 0; i < d->width; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        fill[i] = (float)luaL_checknumber(L, -1);
        lua_pop(L, 1);
    }
    if (lrr_dataset_fill_known(d, fill, &filled, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushinteger(L, (lua_Integer)filled);
    return 1;
}

/* dataset:reshape(shape): rows of numbers as samples of that shape; gives itself */
static int l_reshape(lua_State *L)
{
    lrr_dataset *d = (lrr__bind_check_free(L), check_rows(L));
    lrr_shape shape;
    luaL_checktype(L, 2, LUA_TTABLE);
    lrr_bind_checkshape(L, 2, &shape);
    luaL_argcheck(L, lrr_shape_count(&shape) == d->width, 2, "another size");
    d->shape = shape;
    lua_settop(L, 1);
    return 1;
}

/* dataset:widen(classes): there are as many, of which the samples have the first */
static int l_widen(lua_State *L)
{
    lrr_dataset *d = lrr__bind_check_free(L);
    const lua_Integer classes = luaL_checkinteger(L, 2);
    luaL_argcheck(L, classes <= INT32_MAX && (size_t)classes >= d->classes, 2,
                  "fewer than there are");
    luaL_argcheck(L, d->classes > 0 && d->class_name == NULL, 1,
                  "classes have names, or there are none");
    d->classes = (size_t)classes;
    return 0;
}

/* dataset:label(classes, list): the class, from 0, of each sample, which have had no targets */
static int l_label(lua_State *L)
{
    lrr_error err;
    lrr_dataset *d = lrr__bind_check_free(L);
    const lua_Integer classes = luaL_checkinteger(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    luaL_argcheck(L, classes >= 1 && classes <= INT32_MAX, 2, "want 1 class or more");
    luaL_argcheck(L, d->classes == 0 && d->k == 0 && !d->per_step, 1,
                  "they have targets already");
    luaL_argcheck(L, lua_rawlen(L, 3) == d->n, 3, "want a class for each sample");
    for (size_t i = 0; i < d->n; i++) {
        lua_Integer class;
        lua_rawgeti(L, 3, (lua_Integer)i + 1);
        class = luaL_checkinteger(L, -1);
        luaL_argcheck(L, class >= 0 && class < classes, 3, "no such class");
        lua_pop(L, 1);
    }
    if (lrr_dataset_add_targets(d, (size_t)classes, 0, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    for (size_t i = 0; i < d->n; i++) {
        lua_rawgeti(L, 3, (lua_Integer)i + 1);
        d->y_class[i] = (int32_t)lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    return 0;
}

/* dataset:append("val" | "test", part): part, which is closed, becomes that part of it */
static int l_append(lua_State *L)
{
    static const char *const names[] = { "val", "test", NULL };
    lrr_error err;
    lrr_dataset *d = lrr__bind_check_free(L);
    const lrr_split part =
        (lrr_split)(LRR_SPLIT_VAL + luaL_checkoption(L, 2, NULL, names));
    lrr_dataset *p = lrr_bind_checkbox(L, 3, LRR_TYPE_DATASET);
    luaL_argcheck(L, p != d && !p->in_use, 3, "it is in use");
    *(void **)lua_touserdata(L, 3) = NULL;
    if (lrr_dataset_append(d, part, p, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* dataset:check(missing): raises where a value, label or token is out of range */
static int l_check(lua_State *L)
{
    lrr_error err;
    lrr_dataset *d = lrr__bind_check_free(L);
    if (lrr_dataset_check(d, lua_toboolean(L, 2) != 0, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* dataset:fingerprint() -> 64 hexadecimal digits */
static int l_fingerprint(lua_State *L)
{
    char hex[65];
    lrr_error err;
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    if (lrr_dataset_fingerprint(d, hex, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushstring(L, hex);
    return 1;
}

static void push_counts(lua_State *L, const size_t n[LRR_SPLITS])
{
    lua_createtable(L, 0, LRR_SPLITS);
    for (int i = 0; i < LRR_SPLITS; i++)
        lrr_bind_setcount(L, lrr_bind_split_names[i], n[i]);
}

/* dataset:target_bytes(split) -> targets of windows, bytes of text that they are; nil: unknown */
static int l_target_bytes(lua_State *L)
{
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    const int split = luaL_checkoption(L, 2, "train", lrr_bind_split_names);
    uint64_t targets, bytes;
    if (d->start == NULL || !lrr_windows_bytes(d, (lrr_split)split, &targets, &bytes))
        return 0;
    lua_pushinteger(L, (lua_Integer)targets);
    lua_pushinteger(L, (lua_Integer)bytes);
    return 2;
}

lrr_storing lrr_bind_storing(lua_State *L, int arg)
{
    lrr_storing s = { LRR_STORE_NEVER, 0 };
    const int type = lua_getfield(L, arg, "stream");
    if (type == LUA_TNUMBER) {
        const lua_Integer above = luaL_checkinteger(L, -1);
        s.when = LRR_STORE_ABOVE;
        s.above = above > 0 ? (size_t)above : 0;
    } else if (lua_toboolean(L, -1)) {
        s.when = LRR_STORE_ALWAYS;
    }
    lua_pop(L, 1);
    return s;
}

/* dataset:info() -> { n, kind, shape, per_step, classes, class_names, k, bytes (in memory), stored
** (bytes of samples that stay in their files), of tokens
** vocab, of windows tokens and next (each token's target is the next one), of sequences length and steps, parts = { train, val, test }, splits likewise } */
static int l_info(lua_State *L)
{
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    lua_createtable(L, 0, 12);
    lrr_bind_setcount(L, "n", d->n);
    lrr_bind_setstring(L, "kind", kind_names[d->kind]);
    lrr_bind_pushshape(L, &d->shape);
    lua_setfield(L, -2, "shape");
    lrr_bind_setbool(L, "per_step", d->per_step);
    lrr_bind_setcount(L, "classes", d->classes);
    lrr_bind_setcount(L, "k", d->k);
    lrr_bind_setcount(L, "bytes", lrr_dataset_bytes(d));
    lrr_bind_setcount(L, "stored",
                      d->stored == NULL ? 0 : d->n * lrr_dataset_row_bytes(d));
    if (d->kind == LRR_DATA_TOKENS)
        lrr_bind_setcount(L, "vocab", d->vocab);
    if (d->start != NULL) {
        lrr_bind_setcount(L, "tokens", d->n_tokens);
        lrr_bind_setbool(L, "next", d->per_step);
    }
    if (d->offset != NULL) {
        lrr_bind_setcount(L, "length", d->length_max);
        lrr_bind_setcount(L, "steps", (size_t)d->offset[d->n]);
    }
    if (d->class_name != NULL) {
        lrr_bind_pushstrings(L, (const char *const *)d->class_name, d->classes);
        lua_setfield(L, -2, "class_names");
    }
    push_counts(L, d->part);
    lua_setfield(L, -2, "parts");
    push_counts(L, d->n_index);
    lua_setfield(L, -2, "splits");
    return 1;
}

/* dataset:name_classes(list of names) */
static int l_name_classes(lua_State *L)
{
    lrr_error err;
    const char **names;
    lrr_dataset *d = lrr__bind_check_free(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_argcheck(L, lua_rawlen(L, 2) == d->classes, 2, "want one name for each class");
    names = lua_newuserdatauv(L, (d->classes + 1) * sizeof *names, 0);
    for (size_t i = 0; i < d->classes; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 2, "names are strings");
        names[i] = lua_tostring(L, -1); /* the list keeps it alive */
        lua_pop(L, 1);
    }
    if (lrr_dataset_name_classes(d, names, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* dataset:loader{ split, batch, seed, shuffle, bucket, balanced, prefetch, drop_last, soft,
** scaled, flip, crop, cutout, mixup } -> loader */
static int l_loader(lua_State *L)
{
    lrr_error err;
    lrr_loader_cfg cfg = { 0 };
    lrr_loader *l;
    void **box;
    lrr_dataset *d = lrr__bind_check_split(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    cfg.split = split_field(L, 2);
    cfg.batch = (size_t)lrr_bind_optnum_in(L, 2, "batch", 0, INT32_MAX);
    cfg.seed = (uint64_t)lrr_bind_fieldint(L, 2, "seed");
    cfg.shuffle = lrr_bind_fieldbool(L, 2, "shuffle");
    cfg.bucket = lrr_bind_fieldbool(L, 2, "bucket");
    cfg.balanced = lrr_bind_fieldbool(L, 2, "balanced");
    cfg.prefetch = lrr_bind_fieldbool(L, 2, "prefetch");
    cfg.drop_last = lrr_bind_fieldbool(L, 2, "drop_last");
    cfg.soft = lrr_bind_fieldbool(L, 2, "soft");
    cfg.scaled = lrr_bind_fieldbool(L, 2, "scaled");
    cfg.augment.flip = lrr_bind_fieldbool(L, 2, "flip");
    cfg.augment.crop = (size_t)lrr_bind_optnum_in(L, 2, "crop", 0, INT32_MAX);
    cfg.augment.cutout = (size_t)lrr_bind_optnum_in(L, 2, "cutout", 0, INT32_MAX);
    cfg.augment.mixup = lrr_bind_optnum_in(L, 2, "mixup", 0, 1000);
    box = lrr_bind_newbox(L, LRR_TYPE_LOADER, 1);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    if (lrr_loader_new(d, &cfg, &l, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    d->in_use = true;
    *box = l;
    return 1;
}

static int l_dataset_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_DATASET);
    lrr_dataset_free(*box);
    *box = NULL;
    return 0;
}

static int l_dataset_tostring(lua_State *L)
{
    char text[LRR_SHAPE_TEXT];
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    lua_pushfstring(L, "data set of %I samples of %s", (lua_Integer)d->n,
                    d->kind == LRR_DATA_TOKENS ? "tokens"
                                               : lrr_shape_text(&d->shape, text));
    return 1;
}

/* The shape of a feed's values: n samples, of sequences t steps. */
static lrr_shape whole_shape(const lrr_feed *f, size_t n)
{
    lrr_shape s = lrr_shape_of1(n);
    for (int i = 0; i < f->shape.rank && s.rank < LRR_RANK_MAX; i++)
        s.d[s.rank++] = i == 0 && f->seq ? f->t : f->shape.d[i];
    return s;
}

/* A view of a batch's memory, which only this loader writes. */
static void set_view(lua_State *L, const char *key, lrr_dtype dtype, lrr_shape shape,
                     const void *data)
{
    void *p;
    memcpy(&p, &data, sizeof p); /* views are read by scripts, never written by us */
    lrr_bind_pushview(L, dtype, &shape, p, 1);
    lua_setfield(L, -2, key);
}

void lrr_bind_check_read(lua_State *L, const lrr_loader *l)
{
    const lrr_error *why = lrr_loader_failure(l);
    lrr_error err;
    if (why == NULL)
        return;
    err = *why;
    lrr_bind_raise(L, &err);
}

/* loader:next() -> { n, t, x, y, len, epoch, index, count }: tensors over the loader's
** memory, which is theirs until next is called twice more */
static int l_next(lua_State *L)
{
    lrr_loader *l = lrr_bind_checkbox(L, 1, LRR_TYPE_LOADER);
    const lrr_batch *b = lrr_loader_next(l);
    lrr_bind_check_read(L, l);
    lua_createtable(L, 0, 8);
    lrr_bind_setcount(L, "n", b->n);
    lrr_bind_setcount(L, "epoch", (size_t)b->epoch);
    lrr_bind_setcount(L, "index", b->index);
    lrr_bind_setcount(L, "count", b->count);
    for (size_t i = 0; i < b->n_feeds; i++) {
        const lrr_feed *f = &b->feed[i];
        set_view(L, f->name, f->dtype, whole_shape(f, b->n), f->data);
        if (f->seq)
            lrr_bind_setcount(L, "t", f->t);
        if (f->len != NULL)
            set_view(L, "len", LRR_DTYPE_I32, lrr_shape_of1(b->n), f->len);
    }
    return 1;
}

/* loader:seek(epoch, index): the next batch is that one; both from 0 */
static int l_seek(lua_State *L)
{
    lrr_error err;
    lrr_loader *l = lrr_bind_checkbox(L, 1, LRR_TYPE_LOADER);
    lua_Integer epoch = luaL_checkinteger(L, 2), index = luaL_optinteger(L, 3, 0);
    luaL_argcheck(L, epoch >= 0, 2, "below 0");
    luaL_argcheck(L, index >= 0, 3, "below 0");
    if (lrr_loader_seek(l, (uint64_t)epoch, (size_t)index, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_count(lua_State *L)
{
    const lrr_loader *l = lrr_bind_checkbox(L, 1, LRR_TYPE_LOADER);
    lua_pushinteger(L, (lua_Integer)lrr_loader_count(l));
    return 1;
}

static int l_samples(lua_State *L)
{
    const lrr_loader *l = lrr_bind_checkbox(L, 1, LRR_TYPE_LOADER);
    lua_pushinteger(L, (lua_Integer)lrr_loader_samples(l));
    return 1;
}

/* loader:indices(n) -> samples of the last batch, counted from 1 */
static int l_indices(lua_State *L)
{
    lrr_loader *l = lrr_bind_checkbox(L, 1, LRR_TYPE_LOADER);
    size_t n;
    const uint32_t *index = lrr_loader_indices(l, &n);
    luaL_argcheck(L, index != NULL, 1, "no batch has been asked for");
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushinteger(L, (lua_Integer)index[i] + 1);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* loader:take(what, ...): "rows", pieces, from, to or "batches", from, to: see loader.h; from and to
** from 0. loader:rows() -> rows that were made of all batches handed out. */
static int l_take(lua_State *L)
{
    static const char *const names[] = { "rows", "batches", NULL };
    lrr_loader *l = lrr_bind_checkbox(L, 1, LRR_TYPE_LOADER);
    const bool batches = luaL_checkoption(L, 2, NULL, names) == 1;
    const lua_Integer all =
        batches ? (lua_Integer)lrr_loader_count(l) : luaL_checkinteger(L, 3);
    const lua_Integer from = luaL_checkinteger(L, batches ? 3 : 4),
                      to = luaL_checkinteger(L, batches ? 4 : 5);
    luaL_argcheck(L, 0 <= from && from <= to && to <= all, 3, "no such part");
    luaL_argcheck(L, batches || (all >= 1 && all <= LRR_TREE_MAX), 3, "want 1 to 1024");
    if (batches)
        lrr_loader_take_batches(l, (size_t)from, (size_t)to);
    else
        lrr_loader_take_rows(l, (size_t)all, (size_t)from, (size_t)to);
    return 0;
}

static int l_rows(lua_State *L)
{
    const lrr_loader *l = lrr_bind_checkbox(L, 1, LRR_TYPE_LOADER);
    lua_pushinteger(L, (lua_Integer)lrr_loader_rows(l));
    return 1;
}

static int l_loader_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_LOADER);
    lrr_loader_free(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg dataset_meta[] = {
    { "__gc", l_dataset_gc },
    { "__tostring", l_dataset_tostring },
    { NULL, NULL },
};

static const luaL_Reg dataset_methods[] = {
    { "split", l_split },
    { "strata", l_strata },
    { "tally", l_tally },
    { "fit", lrr__bind_fit },
    { "missing", lrr__bind_missing },
    { "drop", lrr__bind_drop },
    { "flag", lrr__bind_flag },
    { "base", lrr__bind_base },
    { "to_classes", lrr__bind_to_classes },
    { "to_numbers", lrr__bind_to_numbers },
    { "has_class", lrr__bind_has_class },
    { "place_classes", lrr__bind_place_classes },
    { "scale", lrr__bind_scale },
    { "set_scale", lrr__bind_set_scale },
    { "fit_targets", lrr__bind_fit_targets },
    { "target_scale", lrr__bind_target_scale },
    { "set_target_scale", lrr__bind_set_target_scale },
    { "check", l_check },
    { "fill_missing", l_fill_missing },
    { "fill", l_fill },
    { "info", l_info },
    { "target_bytes", l_target_bytes },
    { "fingerprint", l_fingerprint },
    { "loader", l_loader },
    { "name_classes", l_name_classes },
    { "fill_known", l_fill_known },
    { "append", l_append },
    { "label", l_label },
    { "reshape", l_reshape },
    { "widen", l_widen },
    { NULL, NULL },
};

/* No close: tensors of batches would outlive their memory. */
static const luaL_Reg loader_meta[] = {
    { "__gc", l_loader_gc },
    { NULL, NULL },
};

static const luaL_Reg loader_methods[] = {
    { "seek", l_seek },       { "count", l_count }, { "samples", l_samples },
    { "indices", l_indices }, { "take", l_take },   { "rows", l_rows },
    { NULL, NULL },
};

static const luaL_Reg loader_training[] = { { "next", l_next }, { NULL, NULL } };

void lrr_bind_register_data(lua_State *L)
{
    if (luaL_getmetatable(L, LRR_TYPE_DATASET) == LUA_TNIL) {
        lrr_bind_newtype(L, LRR_TYPE_DATASET, dataset_meta, dataset_methods);
        lrr_bind_newtype(L, LRR_TYPE_LOADER, loader_meta, loader_methods);
        lrr_bind_addmethods(L, LRR_TYPE_LOADER, loader_training, LRR_BIND_TRAIN);
    }
    lua_pop(L, 1);
}

int luaopen_lrrun_native_data(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    lrr_bind_register_data(L);
    lrr_bind_newlib(L, none);
    return 1;
}
