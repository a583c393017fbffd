/* images_load.c -- see images.h: the files as samples. */
#include <stdatomic.h>
#include <string.h>

#include "base/halt.h"
#include "base/mem.h"
#include "base/threads.h"
#include "base/tree.h"
#include "data/stored.h"
#include "readers/images.h"
#include "readers/images_list.h"
#include "readers/images_stored.h"
#include "readers/labels.h"
#include "readers/source.h"

enum { BLOCK_BYTES = 4 * 1024 * 1024 };

/* Decoding on several threads: each image is a chunk; the first failure by number counts, and none
** behind it is decoded. */
typedef struct job {
    lrr_images *m;
    const lrr_images_cfg *cfg;
    lrr_dataset *d;
    size_t from;                  /* images from .. are decoded here */
    atomic_uint_least32_t failed; /* lowest number of an image that failed */
} job;

static const char *path_of(const lrr_images *m, size_t i)
{
    return lrr_intern_text(m->paths, (uint32_t)i, NULL);
}

/* A file for messages: with its class's folder, and that of its part where there are several. */
static const char *name_of(const lrr_images *m, size_t i)
{
    const char *path = path_of(m, i), *name = lrr_near_name(path);
    const bool is_one = m->part[0] == 0 || m->part[0] == lrr_intern_count(m->paths);
    if (is_one || name < path + 2)
        return name;
    for (name -= 2; name > path && name[0] != '/'; name--) {
    }
    return name[0] == '/' ? name + 1 : name;
}

/* A file that is no sound picture, and no lack of memory. */
static bool is_broken(lrr_status st)
{
    return st == LRR_EFORMAT || st == LRR_EIO;
}

/* File i, fitted. *fate gets bits, LRR__BROKEN where the file is the reason of the failure. */
static lrr_status read_one(const lrr_images *m, const lrr_images_cfg *cfg, size_t i,
                           lrr_image *image, uint8_t *fate, lrr_error *err)
{
    const char *name = name_of(m, i);
    size_t h, w;
    lrr_status st = lrr_image_read(path_of(m, i), &cfg->how, name, image, err);
    *fate = is_broken(st) ? LRR__BROKEN : 0;
    if (st != LRR_OK)
        return st;
    h = image->h;
    w = image->w;
    st = lrr_image_fit_to(image, &cfg->fit, name, err);
    if (st != LRR_OK) {
        lrr_image_fini(image);
        return st;
    }
    if (image->orientation > 1 && !cfg->how.stored)
        *fate |= LRR__TURNED;
    if (image->deep)
        *fate |= LRR__DEEP;
    if (image->h != h || image->w != w)
        *fate |= LRR__RESIZED;
    return LRR_OK;
}

static lrr_status other_size(const job *j, size_t i, const lrr_image *image,
                             lrr_error *err)
{
    const size_t h = j->d->shape.d[1], w = j->d->shape.d[2], side = h < w ? h : w;
    const char *name = name_of(j->m, i);
    if (j->cfg->fit.resize == LRR_RESIZE_SHORTER)
        return lrr_fail(
            err, LRR_EINVAL,
            "with its shorter side %zu %s is %zu x %zu pixels (height, width), the "
            "first %zu x %zu; crop = %zu takes the middle of all, resize = {%zu, "
            "%zu} brings all to one size",
            j->cfg->fit.h, name, image->h, image->w, h, w, side, h, w);
    return lrr_fail(
        err, LRR_EINVAL,
        "%s is %zu x %zu pixels (height, width), the first is %zu x %zu; resize = "
        "{%zu, %zu} brings all to one size, resize = %zu and crop = %zu their "
        "middle",
        name, image->h, image->w, h, w, h, w, side, side);
}

/* Of a picture that stays in its file, which had that stamp: its sum. */
static lrr_status sum_one(const job *j, size_t i, const lrr_image *image,
                          uint64_t stamp, lrr_error *err)
{
    uint8_t *planes = NULL;
    lrr_status st = lrr_mem_new(j->d->width, 1, "a picture", &planes, err);
    if (st != LRR_OK)
        return st;
    lrr_image_planes(image, planes);
    j->m->sum[i] = lrr__images_sum(planes, j->d->width);
    if (j->m->cache != NULL)
        lrr__picture_cache_write(j->m->cache, i, stamp, planes);
    lrr_mem_free(planes);
    return LRR_OK;
}

static lrr_status decode_one(const job *j, size_t i, lrr_error *err)
{
    const uint64_t stamp =
        j->m->cache == NULL ? 0 : lrr__picture_stamp(path_of(j->m, i));
    lrr_image image;
    lrr_status st = read_one(j->m, j->cfg, i, &image, &j->m->fate[i], err);
    if (st != LRR_OK)
        return st;
    if (image.h != j->d->shape.d[1] || image.w != j->d->shape.d[2])
        st = other_size(j, i, &image, err);
    else if (j->m->sum != NULL)
        st = sum_one(j, i, &image, stamp, err);
    else
        lrr_image_planes(&image, j->d->x.u8 + i * j->d->width);
    lrr_image_fini(&image);
    return st;
}

/* Whether it is left out, and no failure. */
static bool is_skipped(const job *j, size_t i)
{
    return j->cfg->skip && (j->m->fate[i] & LRR__BROKEN) != 0;
}

static void decode_chunk(void *arg, size_t i)
{
    job *j = arg;
    uint_least32_t lowest = atomic_load(&j->failed);
    i += j->from;
    if (lrr_halt_check(NULL) != LRR_OK)
        return; /* it stays so: decode_all says it */
    if (i > lowest || decode_one(j, i, NULL) == LRR_OK || is_skipped(j, i))
        return;
    while ((uint_least32_t)i < lowest &&
           !atomic_compare_exchange_weak(&j->failed, &lowest, (uint_least32_t)i)) {
    }
}

/* One alone, with words for its failure and the key that passes over such files. */
static lrr_status decode_alone(const job *j, size_t i, lrr_error *err)
{
    lrr_error reason;
    lrr_status st = decode_one(j, i, &reason);
    if (st == LRR_OK || is_skipped(j, i))
        return LRR_OK;
    return lrr_fail(err, st,
                    j->m->fate[i] & LRR__BROKEN
                        ? "%s; broken = \"skip\" leaves such files out"
                        : "%s",
                    reason.msg);
}

/* What peers have to agree on; failed: the first image that did, or UINT32_MAX. */
typedef struct notice {
    uint64_t images, bytes, failed;
} notice;

static lrr_status agree(const job *j, uint_least32_t *failed, lrr_error *err)
{
    const lrr_images_peers *peers = &j->cfg->peers;
    notice all[LRR_TREE_MAX];
    size_t at[LRR_TREE_MAX + 1];
    for (size_t p = 0; p <= peers->n; p++)
        at[p] = p * sizeof *all;
    all[peers->self] = (notice){ j->d->n, j->d->width, *failed };
    peers->fill(peers->ud, all, at);
    for (size_t p = 0; p < peers->n; p++) {
        if (all[p].images != j->d->n || all[p].bytes != j->d->width)
            return lrr_fail(err, LRR_EINVAL,
                            "not all ranks have the same pictures: rank %zu has %zu "
                            "of %zu bytes, rank %zu %zu of %zu",
                            peers->self, j->d->n, j->d->width, p, (size_t)all[p].images,
                            (size_t)all[p].bytes);
        if (all[p].failed < *failed)
            *failed = (uint_least32_t)all[p].failed;
    }
    return LRR_OK;
}

/* data (images, each): what peers have of theirs. */
static void fill_rows(const job *j, void *data, size_t each)
{
    const lrr_images_peers *peers = &j->cfg->peers;
    size_t at[LRR_TREE_MAX + 1];
    for (size_t p = 0; p <= peers->n; p++)
        at[p] = lrr_tree_cut(j->d->n, peers->n, p) * each;
    peers->fill(peers->ud, data, at);
}

/* Whether x holds for all peers. */
static bool all_of(const lrr_images_peers *peers, bool x)
{
    bool all[LRR_TREE_MAX], is = true;
    size_t at[LRR_TREE_MAX + 1];
    LRR_ASSERT(peers->n <= LRR_TREE_MAX);
    for (size_t p = 0; p <= peers->n; p++)
        at[p] = p * sizeof *all;
    all[peers->self] = x;
    peers->fill(peers->ud, all, at);
    for (size_t p = 0; p < peers->n; p++)
        is = is && all[p];
    return is;
}

/* Round `round` of what peers have kept: up to `most` pictures of each share, into block. */
static void fill_block(const job *j, size_t round, size_t most, uint8_t *block)
{
    const lrr_images_peers *peers = &j->cfg->peers;
    const size_t width = j->d->width;
    size_t at[LRR_TREE_MAX + 1], from[LRR_TREE_MAX];
    lrr__picture_cache *cache = j->m->cache;
    at[0] = 0;
    for (size_t p = 0; p < peers->n; p++) {
        const size_t end = lrr_tree_cut(j->d->n, peers->n, p + 1);
        from[p] = lrr_tree_cut(j->d->n, peers->n, p) + round * most;
        from[p] = from[p] < end ? from[p] : end;
        at[p + 1] = at[p] + (end - from[p] < most ? end - from[p] : most) * width;
    }
    for (size_t b = at[peers->self], i = from[peers->self]; b < at[peers->self + 1];
         b += width, i++)
        (void)lrr__picture_cache_read(cache, i, lrr__picture_cache_stamp(cache, i),
                                      block + b);
    peers->fill(peers->ud, block, at);
    for (size_t p = 0; p < peers->n; p++)
        for (size_t b = at[p], i = from[p]; p != peers->self && b < at[p + 1];
             b += width, i++)
            if (lrr__images_sum(block + b, width) == j->m->sum[i])
                lrr__picture_cache_write(cache, i, lrr__picture_stamp(path_of(j->m, i)),
                                         block + b);
}

/* What peers have kept, where all keep pictures: none decodes what another did. */
static lrr_status share_cache(const job *j, lrr_error *err)
{
    const lrr_images_peers *peers = &j->cfg->peers;
    const size_t each = lrr_size_mul(peers->n, j->d->width);
    const size_t most = each < BLOCK_BYTES ? BLOCK_BYTES / each : 1;
    uint8_t *block = NULL;
    lrr_status st;
    if (!all_of(peers, j->m->cache != NULL))
        return LRR_OK;
    st =
        lrr_mem_new(lrr_size_mul(peers->n, most), j->d->width, "pictures", &block, err);
    if (!all_of(peers, st == LRR_OK)) {
        lrr_mem_free(block);
        return st;
    }
    for (size_t round = 0; round * most < j->d->n / peers->n + 1; round++)
        fill_block(j, round, most, block);
    lrr_mem_free(block);
    return LRR_OK;
}

static lrr_status share(const job *j, uint_least32_t *failed, lrr_error *err)
{
    lrr_status st;
    if (j->cfg->peers.n < 2)
        return LRR_OK;
    LRR_ASSERT(j->cfg->peers.n <= LRR_TREE_MAX);
    st = agree(j, failed, err);
    if (st != LRR_OK || *failed != UINT32_MAX)
        return st;
    fill_rows(j, j->m->fate, sizeof *j->m->fate);
    if (j->m->sum == NULL) {
        fill_rows(j, j->d->x.u8, j->d->width);
        return LRR_OK;
    }
    fill_rows(j, j->m->sum, sizeof *j->m->sum);
    return share_cache(j, err);
}

static lrr_status decode_all(lrr_images *m, const lrr_images_cfg *cfg, lrr_dataset *d,
                             lrr_error *err)
{
    const size_t n = cfg->peers.n > 1 ? cfg->peers.n : 1;
    const size_t end = lrr_tree_cut(d->n, n, cfg->peers.self + 1);
    job j = {
        .m = m, .cfg = cfg, .d = d, .from = lrr_tree_cut(d->n, n, cfg->peers.self)
    };
    uint_least32_t failed;
    lrr_status st = lrr_threads_begin(err);
    if (st != LRR_OK)
        return st;
    atomic_init(&j.failed, UINT32_MAX);
    lrr_parallel(end - j.from, decode_chunk, &j);
    if ((st = lrr_halt_check(err)) != LRR_OK)
        return st;
    failed = atomic_load(&j.failed);
    st = share(&j, &failed, err);
    if (st != LRR_OK || failed == UINT32_MAX)
        return st;
    /* All ranks look at that one, for the words. Where it is sound now, as many at once lacked
    ** memory, what was not decoded for it comes one by one. */
    st = decode_alone(&j, failed, err);
    for (size_t i = failed < j.from ? j.from : failed + (size_t)1;
         st == LRR_OK && i < end; i++)
        st = decode_alone(&j, i, err);
    failed = UINT32_MAX;
    return st == LRR_OK ? share(&j, &failed, err) : st;
}

/* The size of all samples is that of the first sound picture. */
static lrr_status find_size(lrr_images *m, const lrr_images_cfg *cfg, size_t n,
                            lrr_shape *shape, lrr_error *err)
{
    lrr_image first;
    lrr_error reason;
    uint8_t fate;
    for (size_t i = 0; i < n; i++) {
        lrr_status st = read_one(m, cfg, i, &first, &fate, &reason);
        if (st == LRR_OK) {
            *shape = lrr_shape_of3(cfg->how.channels, first.h, first.w);
            lrr_image_fini(&first);
            return LRR_OK;
        }
        if (!(fate & LRR__BROKEN))
            return lrr_fail(err, st, "%s", reason.msg);
        if (!cfg->skip)
            return lrr_fail(err, st, "%s; broken = \"skip\" leaves such files out",
                            reason.msg);
    }
    return lrr_fail(err, LRR_EFORMAT, "none of %zu file%s is a sound picture: %s", n,
                    lrr_s(n), reason.msg);
}

static lrr_status set_shape(lrr_images *m, const lrr_images_cfg *cfg, size_t n,
                            lrr_shape *shape, lrr_error *err)
{
    const lrr_image_fit *fit = &cfg->fit;
    if (fit->crop_h > 0)
        *shape = lrr_shape_of3(cfg->how.channels, fit->crop_h, fit->crop_w);
    else if (fit->resize == LRR_RESIZE_EXACT || fit->resize == LRR_RESIZE_BLOCKS)
        *shape = lrr_shape_of3(cfg->how.channels, fit->h, fit->w);
    else
        return find_size(m, cfg, n, shape, err);
    return LRR_OK;
}

/* Samples of broken files go: the rows behind them move up. */
static lrr_status leave_out(const lrr_images *m, lrr_dataset *d, lrr_error *err)
{
    const size_t n = d->n;
    size_t to = 0, from = 0;
    uint32_t *keep = NULL; /* of pictures in their files: which these are */
    lrr_status st =
        d->stored == NULL ? LRR_OK : lrr_mem_new(n, sizeof *keep, "images", &keep, err);
    if (st != LRR_OK)
        return st;
    for (int part = 0; part < LRR_SPLITS; part++) {
        const size_t end = from + m->part[part], begin = to;
        for (; from < end; from++) {
            if (m->fate[from] & LRR__BROKEN)
                continue;
            if (keep != NULL)
                keep[to] = (uint32_t)from;
            else if (to != from)
                memcpy(d->x.u8 + to * d->width, d->x.u8 + from * d->width, d->width);
            if (d->y_class != NULL)
                d->y_class[to] = d->y_class[from];
            to++;
        }
        d->part[part] = to - begin;
    }
    d->n = to;
    if (keep != NULL && to < n)
        st = lrr_stored_keep(d, keep, to, err);
    lrr_mem_free(keep);
    return st;
}

/* Whether something is left of each part that there was, and of each class to train on. */
static lrr_status check_left(const lrr_images *m, const lrr_dataset *d, lrr_error *err)
{
    static const char *const names[LRR_SPLITS] = { "training", "validation", "test" };
    uint32_t *count = NULL;
    lrr_status st;
    for (int part = 0; part < LRR_SPLITS; part++)
        if (d->part[part] == 0 && m->part[part] > 0)
            return lrr_fail(err, LRR_EFORMAT,
                            "none of the %zu file%s for %s is a sound picture",
                            m->part[part], lrr_s(m->part[part]), names[part]);
    st = lrr_mem_new(d->classes, sizeof *count, "classes", &count, err);
    for (size_t i = 0; st == LRR_OK && d->classes > 0 && i < d->part[0]; i++)
        count[d->y_class[i]]++;
    for (uint32_t c = 0; st == LRR_OK && c < d->classes; c++)
        if (count[c] == 0)
            st = lrr_fail(err, LRR_EFORMAT,
                          "no file of class %s for training is a sound picture",
                          lrr_intern_text(m->labels, c, NULL));
    lrr_mem_free(count);
    return st;
}

/* What has become of the files; what is said of the cache stands there already. */
static void tell(const lrr_images *m, const lrr_images_cfg *cfg, size_t n,
                 lrr_images_told *told)
{
    for (size_t i = 0; i < n; i++) {
        lrr_image image;
        uint8_t fate = m->fate[i];
        told->turned += (fate & LRR__TURNED) != 0;
        told->deep += (fate & LRR__DEEP) != 0;
        told->resized += (fate & LRR__RESIZED) != 0;
        if (!(fate & LRR__BROKEN))
            continue;
        told->broken++;
        if (told->n_why < LRR_IMAGES_TOLD &&
            read_one(m, cfg, i, &image, &fate, &told->why[told->n_why]) != LRR_OK)
            told->n_why++;
        else if (told->n_why < LRR_IMAGES_TOLD)
            lrr_image_fini(&image); /* it was mended meanwhile */
    }
}

/* The samples of all files, decoded; classes are numbered as labels are. */
static lrr_status fill(lrr_images *m, const lrr_images_cfg *cfg, lrr_dataset *d,
                       lrr_images_told *told, lrr_error *err)
{
    lrr_status st = decode_all(m, cfg, d, err);
    told->cached = m->cache == NULL ? 0 : lrr__picture_cache_count(m->cache);
    if (st == LRR_OK && m->sum != NULL)
        st = lrr__images_store(m, cfg, d, err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < d->n && d->classes > 0; i++)
        d->y_class[i] = (int32_t)m->label[i];
    st = leave_out(m, d, err);
    return st == LRR_OK ? check_left(m, d, err) : st;
}

/* Peers have as much memory as their machines: where one keeps pictures in their files, all do, as
** what they give each other is of one size. */
static void agree_on_storing(const lrr_images_peers *peers, lrr_dataset_cfg *set)
{
    if (peers->n > 1)
        set->stored = !all_of(peers, !set->stored);
}

/* A cache, where there can be one. Errors: ENOMEM. */
static lrr_status open_cache(lrr_images *m, const lrr_images_cfg *cfg, size_t n,
                             const lrr_shape *shape, lrr_error *no_cache,
                             lrr_error *err)
{
    lrr_status st;
    if (cfg->cache == NULL)
        return LRR_OK;
    st = lrr__picture_cache_open(cfg->cache, n, lrr_shape_count(shape), &m->cache,
                                 no_cache);
    return st == LRR_ENOMEM ? lrr_fail(err, st, "%s", no_cache->msg) : LRR_OK;
}

/* Where the samples are to be, and their sums where they stay in files. */
static lrr_status choose_place(lrr_images *m, const lrr_images_cfg *cfg, size_t n,
                               lrr_dataset_cfg *set, lrr_images_told *told,
                               lrr_error *err)
{
    lrr_status st = lrr_storing_choose(&cfg->stream, NULL, set, err);
    if (st != LRR_OK)
        return st;
    agree_on_storing(&cfg->peers, set);
    if (!set->stored)
        return LRR_OK;
    st = lrr_mem_new(n, sizeof *m->sum, "images", &m->sum, err);
    return st == LRR_OK ? open_cache(m, cfg, n, &set->shape, &told->no_cache, err) : st;
}

lrr_status lrr_images_dataset(lrr_images *m, const lrr_images_cfg *cfg,
                              lrr_images_told *told, lrr_dataset **out, lrr_error *err)
{
    const size_t n = lrr_intern_count(m->paths);
    lrr_dataset_cfg set = { .kind = LRR_DATA_U8,
                            .classes = lrr_intern_count(m->labels) };
    lrr_images_told own;
    lrr_dataset *d;
    lrr_status st;
    *out = NULL;
    if (told == NULL)
        told = &own;
    *told = (lrr_images_told){ 0 };
    if (n == 0)
        return lrr_fail(err, LRR_EINVAL, "there is no image");
    memcpy(set.part, m->part, sizeof set.part);
    lrr_mem_free(m->fate);
    lrr_mem_free(m->sum);
    lrr__picture_cache_free(m->cache);
    m->fate = NULL;
    m->sum = NULL;
    m->cache = NULL;
    if ((st = lrr_mem_new(n, 1, "images", &m->fate, err)) != LRR_OK ||
        (st = set_shape(m, cfg, n, &set.shape, err)) != LRR_OK ||
        (st = choose_place(m, cfg, n, &set, told, err)) != LRR_OK ||
        (st = lrr_dataset_new(&set, &d, err)) != LRR_OK)
        return st;
    st = fill(m, cfg, d, told, err);
    if (st == LRR_OK && d->classes > 0)
        st = lrr_labels_to_classes(m->labels, d, err);
    if (st != LRR_OK) {
        lrr_dataset_free(d);
        return st;
    }
    tell(m, cfg, n, told);
    *out = d;
    return LRR_OK;
}

static bool is_sample(const lrr_images *m, size_t i)
{
    return m->fate != NULL && !(m->fate[i] & LRR__BROKEN);
}

size_t lrr_images_count(const lrr_images *m)
{
    size_t n = 0;
    for (size_t i = 0; i < lrr_intern_count(m->paths); i++)
        n += is_sample(m, i);
    return n;
}

void lrr_images_paths(const lrr_images *m, const char **path)
{
    for (size_t i = 0, to = 0; i < lrr_intern_count(m->paths); i++)
        if (is_sample(m, i))
            path[to++] = path_of(m, i);
}
