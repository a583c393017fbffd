/* loader.c -- see loader.h. */
#include "data/loader.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "base/tree.h"
#include "data/order.h"
#include "data/scale.h"
#include "data/stored.h"

/* Slots: AHEAD made in advance by a thread, and the two the caller may still be reading. */
enum { AHEAD = 2, SLOTS = AHEAD + 2, IN_LINE_BYTES = 64 * 1024 };

/* Numbers in a chunk of a batch that the pool makes: less where they are decoded or parsed. */
enum { GRAIN = 8192, WORK_GRAIN = 512, CHUNKS = 64 };

enum { X, Y }; /* places in the list of feeds */

typedef struct slot {
    lrr_batch batch;
    void *x;
    void *y;
    int32_t *len;
    uint32_t *sample; /* (batch) */
    size_t rows;      /* that were made */
} slot;

/* Rows from .. to - 1 of a batch. */
typedef struct rows {
    size_t from, to;
} rows;

struct lrr_loader {
    const lrr_dataset *d;
    lrr_loader_cfg cfg;
    lrr_order *order;
    size_t k;                     /* reals of a target, 0: classes or none */
    lrr_feed feed[LRR_FEEDS_MAX]; /* what all batches have in common */
    size_t n_feeds;
    lrr_real *mix; /* (width) the partner in mixup */
    void *row;     /* (makers) a row of the data, where it is read from its file */
    size_t makers; /* threads of the pool that have room for one */
    slot slots[SLOTS];
    size_t pieces, piece, piece_end; /* of a batch: those of `pieces` that are made */
    size_t first, end;               /* of each epoch: batches that are made */
    uint64_t rows;                   /* of batches handed out */
    uint64_t epoch;                  /* of the next batch to be made */
    size_t index;
    uint64_t made, taken; /* batches since the last seek */

    size_t n_slots;
    bool shared;   /* the pool makes batches when they are asked for */
    bool threaded; /* below: only then; `lock` guards all above but slots being read */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t room, ready; /* for the thread; for the caller */
    bool going, busy, quit;
};

static bool is_seq(const lrr_loader *l)
{
    return l->d->offset != NULL;
}

/* Steps of the largest batch; of samples that are no sequences, where targets are per step,
** those of the first axis. */
static size_t steps_max(const lrr_loader *l)
{
    return is_seq(l) ? l->d->length_max : l->d->shape.d[0];
}

/* Numbers of feed i in a full batch. */
static size_t feed_count(const lrr_loader *l, size_t i)
{
    return lrr_size_mul(l->cfg.batch, lrr_shape_count(&l->feed[i].shape));
}

static lrr_status new_data(const lrr_loader *l, size_t i, void **out, lrr_error *err)
{
    return lrr_mem_new(feed_count(l, i), lrr_dtype_size(l->feed[i].dtype), "a batch",
                       out, err);
}

static lrr_status new_slot(const lrr_loader *l, slot *s, lrr_error *err)
{
    const size_t n = l->cfg.batch;
    lrr_status st = new_data(l, X, &s->x, err);
    if (st == LRR_OK && l->n_feeds > Y)
        st = new_data(l, Y, &s->y, err);
    if (st == LRR_OK && l->feed[X].seq)
        st = lrr_mem_new(n, sizeof *s->len, "a batch", &s->len, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *s->sample, "a batch", &s->sample, err);
    return st;
}

/* The place of numbers in x or y. */
static void *behind(void *data, lrr_dtype dtype, size_t numbers)
{
    return (char *)data + lrr_dtype_bytes(dtype, numbers);
}

static void fill_steps(const lrr_loader *l, slot *s, rows r, size_t t)
{
    const lrr_gather_list list = { s->sample + r.from, r.to - r.from, t };
    const size_t each = t * (l->k > 0 ? l->k : 1);
    lrr_gather_targets(l->d, &list, l->cfg.scaled,
                       behind(s->y, l->feed[Y].dtype, r.from * each));
}

static void fill_targets(const lrr_loader *l, slot *s, rows r, size_t t)
{
    const lrr_dataset *d = l->d;
    if (l->n_feeds <= Y)
        return;
    if (d->per_step) {
        fill_steps(l, s, r, t > 0 ? t : steps_max(l));
        return;
    }
    if (l->cfg.augment.mixup > 0)
        return; /* mixed with x */
    if (l->cfg.soft) {
        memset(behind(s->y, l->feed[Y].dtype, r.from * l->k), 0,
               lrr_dtype_bytes(l->feed[Y].dtype, (r.to - r.from) * l->k));
        for (size_t b = r.from; b < r.to; b++)
            ((lrr_real *)s->y)[b * l->k + (size_t)d->y_class[s->sample[b]]] = 1;
        return;
    }
    for (size_t b = r.from; d->y_class != NULL && b < r.to; b++)
        ((int32_t *)s->y)[b] = d->y_class[s->sample[b]];
    for (size_t b = r.from; d->y_real != NULL && b < r.to; b++)
        for (size_t j = 0; j < d->k; j++)
            ((lrr_real *)s->y)[b * d->k + j] =
                (lrr_real)lrr_dataset_number(d, s->sample[b], j, l->cfg.scaled);
}

static void mix(const lrr_loader *l, slot *s, size_t b, const lrr_look *look)
{
    const lrr_dataset *d = l->d;
    lrr_real *x = (lrr_real *)s->x + b * d->width, *y = (lrr_real *)s->y + b * l->k;
    size_t partner;
    lrr_real a = (lrr_real)lrr_gather_partner(d, s->sample[b], look, &partner);
    lrr_gather_sample(d, partner, look, l->mix);
    for (size_t j = 0; j < d->width; j++)
        x[j] = a * x[j] + (1 - a) * l->mix[j];
    memset(y, 0, l->k * sizeof *y);
    y[d->y_class[s->sample[b]]] += a;
    y[d->y_class[partner]] += 1 - a;
}

/* Lengths of all n sequences, if these are some; gives the batch's steps, 1 where none has any. */
static size_t fill_lengths(const lrr_loader *l, slot *s, size_t n)
{
    const lrr_dataset *d = l->d;
    size_t t = 1;
    if (!is_seq(l))
        return 0;
    for (size_t b = 0; b < n; b++) {
        size_t len = (size_t)(d->offset[s->sample[b] + 1] - d->offset[s->sample[b]]);
        s->len[b] = (int32_t)len;
        t = len > t ? len : t;
    }
    return t;
}

/* x of rows r, and len of sequences; t: the batch's steps. */
static void fill_samples(const lrr_loader *l, slot *s, rows r, size_t t,
                         const lrr_look *look)
{
    const lrr_dataset *d = l->d;
    const bool tokens = d->kind == LRR_DATA_TOKENS;
    const lrr_gather_list list = { s->sample + r.from, r.to - r.from,
                                   is_seq(l) ? t : d->shape.d[0] };
    const size_t each =
        (tokens ? 1 : d->width) * (tokens || is_seq(l) ? list.t : (size_t)1);
    void *x = behind(s->x, l->feed[X].dtype, r.from * each);
    if (d->start != NULL)
        lrr_gather_windows(d, &list, x);
    else if (is_seq(l) && tokens)
        lrr_gather_tokens(d, &list, x, s->len + r.from);
    else if (is_seq(l))
        lrr_gather_rows(d, &list, x, s->len + r.from);
    else
        for (size_t b = 0; b < list.n; b++)
            lrr_gather_sample(d, list.sample[b], look, (lrr_real *)x + b * d->width);
}

/* The rows of a batch of n samples that this loader makes. */
static rows own_rows(const lrr_loader *l, size_t n)
{
    return (rows){ lrr_tree_cut(n, l->pieces, l->piece),
                   lrr_tree_cut(n, l->pieces, l->piece_end) };
}

/* Rows of a batch, and in how many chunks they are made. */
typedef struct job {
    const lrr_loader *l;
    slot *s;
    uint64_t epoch;
    rows r;
    size_t t, chunks; /* t: the batch's steps */
} job;

static void make_chunk(void *arg, size_t chunk)
{
    const job *j = arg;
    const lrr_loader *l = j->l;
    const size_t n = j->r.to - j->r.from;
    const rows r = { j->r.from + n * chunk / j->chunks,
                     j->r.from + n * (chunk + 1) / j->chunks };
    void *room = lrr_dataset_room(l->d, l->row, j->chunks > 1 ? lrr_threads_self() : 0);
    const lrr_look look = { &l->cfg.augment, l->cfg.seed, j->epoch, room };
    fill_samples(l, j->s, r, j->t, &look);
    for (size_t b = r.from; l->cfg.augment.mixup > 0 && b < r.to; b++)
        mix(l, j->s, b, &look);
    fill_targets(l, j->s, r, j->t);
}

/* Makes rows r, of batch (epoch, index) of n samples whose list stands in s; returns its steps. */
static size_t fill_rows(lrr_loader *l, slot *s, uint64_t epoch, size_t n, rows r)
{
    const size_t count = r.to - r.from;
    job j = { l, s, epoch, r, fill_lengths(l, s, n), 1 };
    lrr_dataset_expect(l->d, s->sample + r.from, count);
    if (l->shared && lrr_threads_count() <= l->makers) {
        const size_t each = (j.t > 0 ? j.t : 1) * l->d->width;
        const size_t grain = l->d->stored != NULL ? WORK_GRAIN : GRAIN;
        j.chunks = lrr_chunks(lrr_size_mul(count, each), grain, CHUNKS);
        j.chunks = j.chunks > count ? count : j.chunks;
    }
    lrr_parallel(j.chunks, make_chunk, &j);
    lrr_dataset_look(l->d);
    s->rows = count;
    return j.t;
}

/* Makes batch (epoch, index) in s. Touches no field that the caller's thread changes. */
static void fill(lrr_loader *l, slot *s, uint64_t epoch, size_t index)
{
    size_t n, t;
    const uint32_t *sample = lrr_order_batch(l->order, epoch, index, &n);

    memcpy(s->sample, sample, n * sizeof *sample);
    t = fill_rows(l, s, epoch, n, own_rows(l, n));
    s->batch = (lrr_batch){
        .n = n,
        .n_feeds = l->n_feeds,
        .epoch = epoch,
        .index = index,
        .count = lrr_order_count(l->order),
    };
    for (size_t i = 0; i < l->n_feeds; i++) {
        lrr_feed *f = &s->batch.feed[i];
        *f = l->feed[i];
        f->data = i == X ? s->x : s->y;
        f->t = f->seq ? t : 0;
        f->len = f->seq ? s->len : NULL;
    }
}

static void advance(lrr_loader *l)
{
    l->made++;
    if (++l->index == l->end) {
        l->index = l->first;
        l->epoch++;
    }
}

static void *work(void *arg)
{
    lrr_loader *l = arg;
    pthread_mutex_lock(&l->lock);
    while (!l->quit) {
        slot *s = &l->slots[l->made % l->n_slots];
        uint64_t epoch = l->epoch;
        size_t index = l->index;
        if (!l->going || l->made >= l->taken + AHEAD) {
            pthread_cond_wait(&l->room, &l->lock);
            continue;
        }
        l->busy = true;
        pthread_mutex_unlock(&l->lock);
        fill(l, s, epoch, index);
        pthread_mutex_lock(&l->lock);
        l->busy = false;
        advance(l);
        pthread_cond_signal(&l->ready);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

static lrr_status start_thread(lrr_loader *l, lrr_error *err)
{
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->room, NULL);
    pthread_cond_init(&l->ready, NULL);
    if (pthread_create(&l->thread, NULL, work, l) != 0) {
        pthread_mutex_destroy(&l->lock);
        pthread_cond_destroy(&l->room);
        pthread_cond_destroy(&l->ready);
        return lrr_fail(err, LRR_ENOMEM,
                        "cannot start the thread that prefetches data");
    }
    l->threaded = true;
    return LRR_OK;
}

/* Appends a feed with one more axis of d in front of its shape, unless d is 0. */
static void add_feed(lrr_loader *l, lrr_feed f, size_t d)
{
    if (d > 0) {
        memmove(f.shape.d + 1, f.shape.d, (LRR_RANK_MAX - 1) * sizeof *f.shape.d);
        f.shape.d[0] = d;
        f.shape.rank++;
    }
    l->feed[l->n_feeds++] = f;
}

/* What batches are made of: x, and y where there are targets. */
static void describe_feeds(lrr_loader *l)
{
    const lrr_dataset *d = l->d;
    const size_t steps = d->per_step ? steps_max(l) : 0;
    const lrr_feed x = {
        .name = "x",
        .dtype = d->kind == LRR_DATA_TOKENS ? LRR_DTYPE_I32 : LRR_DTYPE_REAL,
        .shape = d->shape,
        .seq = is_seq(l),
    };
    const lrr_feed y = {
        .name = "y",
        .dtype = l->k > 0 ? LRR_DTYPE_REAL : LRR_DTYPE_I32,
        .shape = l->k > 0 ? lrr_shape_of1(l->k) : (lrr_shape){ 0 },
        .seq = is_seq(l) && d->per_step,
    };
    add_feed(l, x, is_seq(l) ? d->length_max : 0);
    if (l->k > 0 || d->classes > 0)
        add_feed(l, y, steps);
}

/* Who makes batches, which changes none. A thread of its own where a disk is waited for or a CPU
** is idle: where the pool has all CPUs it would stand in one worker's way while the others wait.
** What is mixed has one thread's memory. */
static void choose_makers(lrr_loader *l)
{
    const bool is_stored = l->d->stored != NULL;
    const size_t bytes = lrr_dtype_bytes(l->feed[X].dtype, feed_count(l, X));
    const bool is_work =
        is_stored || lrr_augment_any(&l->cfg.augment) || bytes >= IN_LINE_BYTES;
    const bool alone =
        l->cfg.augment.mixup > 0 || (is_stored && !l->d->stored->def->works);
    const bool has_cpu = lrr_threads_count() < lrr_threads_allowed();
    const bool apart = l->cfg.prefetch && is_work;
    l->shared = apart && !alone && !has_cpu;
    l->makers = l->shared ? lrr_threads_count() : 1;
    l->n_slots = apart && !l->shared ? SLOTS : SLOTS - AHEAD;
}

lrr_status lrr_loader_new(const lrr_dataset *d, const lrr_loader_cfg *cfg,
                          lrr_loader **out, lrr_error *err)
{
    const lrr_order_cfg order = { cfg->split,    cfg->batch,  cfg->seed,
                                  cfg->shuffle,  cfg->bucket, cfg->balanced,
                                  cfg->drop_last };
    lrr_loader *l = NULL;
    lrr_status st = lrr_augment_check(&cfg->augment, d, cfg->soft, err);
    *out = NULL;
    if (st == LRR_OK)
        st = lrr_mem_new(1, sizeof *l, "a loader", &l, err);
    if (st != LRR_OK)
        return st;
    l->d = d;
    l->cfg = *cfg;
    l->k = cfg->augment.mixup > 0 || cfg->soft ? d->classes : d->k;
    describe_feeds(l);
    l->pieces = l->piece_end = 1;
    st = lrr_order_new(d, &order, &l->order, err);
    if (st == LRR_OK)
        l->end = lrr_order_count(l->order);
    if (st == LRR_OK && cfg->batch > d->n_index[cfg->split])
        l->cfg.batch = d->n_index[cfg->split]; /* no more memory than samples */
    choose_makers(l);
    for (size_t i = 0; st == LRR_OK && i < l->n_slots; i++)
        st = new_slot(l, &l->slots[i], err);
    if (st == LRR_OK && cfg->augment.mixup > 0)
        st = lrr_mem_new(d->width, sizeof *l->mix, "a batch", &l->mix, err);
    if (st == LRR_OK && d->stored != NULL)
        st = lrr_mem_new(l->makers, lrr_dataset_row_bytes(d), "a batch", &l->row, err);
    if (st == LRR_OK && l->n_slots == SLOTS)
        st = start_thread(l, err);
    if (st != LRR_OK) {
        lrr_loader_free(l);
        return st;
    }
    *out = l;
    return LRR_OK;
}

void lrr_loader_free(lrr_loader *l)
{
    if (l == NULL)
        return;
    if (l->threaded) {
        pthread_mutex_lock(&l->lock);
        l->quit = true;
        pthread_cond_signal(&l->room);
        pthread_mutex_unlock(&l->lock);
        pthread_join(l->thread, NULL);
        pthread_mutex_destroy(&l->lock);
        pthread_cond_destroy(&l->room);
        pthread_cond_destroy(&l->ready);
    }
    for (int i = 0; i < SLOTS; i++) {
        lrr_mem_free(l->slots[i].x);
        lrr_mem_free(l->slots[i].y);
        lrr_mem_free(l->slots[i].len);
        lrr_mem_free(l->slots[i].sample);
    }
    lrr_mem_free(l->mix);
    lrr_mem_free(l->row);
    lrr_order_free(l->order);
    lrr_mem_free(l);
}

const lrr_batch *lrr_loader_next(lrr_loader *l)
{
    slot *s = &l->slots[l->taken % l->n_slots];
    if (!l->threaded) {
        fill(l, s, l->epoch, l->index);
        advance(l);
        l->taken++;
        l->rows += s->rows;
        return &s->batch;
    }
    pthread_mutex_lock(&l->lock);
    l->going = true;
    if (l->made == l->taken)
        pthread_cond_signal(&l->room);
    while (l->made == l->taken)
        pthread_cond_wait(&l->ready, &l->lock);
    l->taken++;
    l->rows += s->rows;
    pthread_cond_signal(&l->room);
    pthread_mutex_unlock(&l->lock);
    return &s->batch;
}

/* The thread stands still until the next is asked for; then l->lock is held. */
static void pause_thread(lrr_loader *l)
{
    if (!l->threaded)
        return;
    pthread_mutex_lock(&l->lock);
    l->going = false;
    while (l->busy)
        pthread_cond_wait(&l->ready, &l->lock);
}

static void release_thread(lrr_loader *l)
{
    if (l->threaded)
        pthread_mutex_unlock(&l->lock);
}

/* What was made ahead is forgotten: the next batch is to be made again. */
static void forget_ahead(lrr_loader *l)
{
    if (l->made > l->taken) {
        const lrr_batch *next = &l->slots[l->taken % l->n_slots].batch;
        l->epoch = next->epoch;
        l->index = next->index;
    }
    l->made = l->taken = 0;
}

void lrr_loader_take_rows(lrr_loader *l, size_t pieces, size_t from, size_t to)
{
    LRR_ASSERT(from <= to && to <= pieces);
    if (l->pieces == pieces && l->piece == from && l->piece_end == to)
        return;
    pause_thread(l);
    forget_ahead(l);
    l->pieces = pieces;
    l->piece = from;
    l->piece_end = to;
    release_thread(l);
}

void lrr_loader_take_batches(lrr_loader *l, size_t from, size_t to)
{
    LRR_ASSERT(from <= to && to <= lrr_order_count(l->order));
    if (l->first == from && l->end == to)
        return;
    pause_thread(l);
    forget_ahead(l);
    l->first = l->index = from;
    l->end = to;
    release_thread(l);
}

void lrr_loader_complete(lrr_loader *l, const lrr_batch *b)
{
    const rows all = { 0, b->n };
    for (size_t i = 0;
         i < SLOTS && own_rows(l, b->n).to - own_rows(l, b->n).from < b->n; i++) {
        slot *s = &l->slots[i];
        if (b != &s->batch)
            continue;
        pause_thread(l);
        fill_rows(l, s, b->epoch, b->n, all);
        l->rows += s->rows;
        release_thread(l);
    }
}

uint64_t lrr_loader_rows(const lrr_loader *l)
{
    return l->rows;
}

lrr_status lrr_loader_seek(lrr_loader *l, uint64_t epoch, size_t index, lrr_error *err)
{
    const size_t count = lrr_order_count(l->order);
    if (index > count)
        return lrr_fail(err, LRR_EINVAL, "seek to batch %zu of an epoch of %zu", index,
                        count);
    pause_thread(l);
    l->epoch = index < l->end ? epoch : epoch + 1;
    l->index = index > l->first && index < l->end ? index : l->first;
    l->made = l->taken = 0;
    release_thread(l);
    return LRR_OK;
}

size_t lrr_loader_count(const lrr_loader *l)
{
    return lrr_order_count(l->order);
}

size_t lrr_loader_samples(const lrr_loader *l)
{
    return lrr_order_samples(l->order);
}

const uint32_t *lrr_loader_indices(const lrr_loader *l, size_t *n)
{
    const slot *s = &l->slots[(l->taken + l->n_slots - 1) % l->n_slots];
    *n = l->taken > 0 ? s->batch.n : 0;
    return l->taken > 0 ? s->sample : NULL;
}

size_t lrr_loader_batch(const lrr_loader *l)
{
    return l->cfg.batch;
}

const lrr_feed *lrr_loader_feed(const lrr_loader *l, const char *name, size_t *place)
{
    for (size_t i = 0; i < l->n_feeds; i++) {
        if (strcmp(l->feed[i].name, name) == 0) {
            *place = i;
            return &l->feed[i];
        }
    }
    return NULL;
}

const lrr_dataset *lrr_loader_dataset(const lrr_loader *l)
{
    return l->d;
}

const lrr_error *lrr_loader_failure(const lrr_loader *l)
{
    return lrr_dataset_failure(l->d);
}
