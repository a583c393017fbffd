/* table_stored.c -- see table_stored.h. */
#include "readers/table_stored.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "os/file.h"
#include "readers/intern.h"
#include "readers/number_swift.h"
#include "readers/table_parts.h"

/* Bytes of rows one after another that are read at once, and of a chunk of many rows. */
enum { READ_BYTES = 64 * 1024, CHUNKS_MOST = 64 };

typedef struct input {
    lrr_feature feature; /* without its levels' names */
    double offset;
    lrr_intern *levels; /* of a category */
} input;

/* What one thread parses rows with. */
typedef struct parser {
    lrr_csv *csv; /* is fed with what is read */
    unsigned char
        *bytes; /* max(READ_BYTES, longest), and what may be read behind them */
    float *x;   /* (width) a row that is only looked at */
    lrr__table_gaps gaps; /* of the row put last */
    _Alignas(LRR_ALIGN) atomic_flag taken;
} parser;

struct lrr__table_rows {
    lrr_infile *file; /* read where there is no copy */
    lrr_scratch *copy;
    lrr_csv *csv; /* how rows are written: those of parsers are made after it */
    lrr_field_cfg field;
    char *words;  /* of field.word */
    uint64_t *at; /* (rows + 1) */
    size_t rows, columns, longest, width;
    input *input; /* (n_input) */
    size_t n_input;
    parser *parser; /* (parsers): one for each thread of the pool, and a last one */
    size_t parsers;
    pthread_mutex_t lock; /* the last one's: of who finds all others taken */
    bool has_lock;
};

static lrr_status take_levels(input *in, lrr_error *err)
{
    const lrr_levels *names = &in->feature.levels;
    uint32_t id;
    lrr_status st = LRR_OK;
    if (in->feature.kind == LRR_COLUMN_CATEGORY)
        st = lrr_intern_new(names->n, &in->levels, err);
    for (size_t i = 0; st == LRR_OK && in->levels != NULL && i < names->n; i++)
        st = lrr_intern_add(in->levels, names->name[i], strlen(names->name[i]), &id,
                            err);
    in->feature.levels.name = NULL; /* they are the caller's */
    return st;
}

static lrr_status take_features(lrr__table_rows *r, const lrr_table *t,
                                const lrr_feature *feature, size_t n, lrr_error *err)
{
    lrr_status st = lrr_mem_new(n + 1, sizeof *r->input, "columns", &r->input, err);
    for (size_t j = 0; st == LRR_OK && j < n; j++) {
        input *in = &r->input[r->n_input++];
        in->feature = feature[j];
        in->offset = t->column[feature[j].column].offset;
        r->width += lrr_feature_width(&feature[j]);
        st = take_levels(in, err);
    }
    return st;
}

static void take_file(lrr__table_rows *r, lrr_table *t)
{
    r->file = t->file;
    r->copy = t->copy;
    r->csv = t->fed;
    r->at = t->at;
    r->longest = t->longest;
    r->rows = t->rows;
    r->columns = t->columns;
    t->file = NULL;
    t->copy = NULL;
    t->fed = NULL;
    t->at = NULL;
}

static lrr_status new_parser(const lrr__table_rows *r, parser *p, lrr_error *err)
{
    const size_t bytes = r->longest > READ_BYTES ? r->longest : READ_BYTES;
    lrr_status st = lrr_csv_feeder(r->csv, r->longest, r->columns + 2, &p->csv, err);
    atomic_flag_clear(&p->taken);
    if (st == LRR_OK)
        st = lrr_mem_new(bytes + LRR_CSV_FED_SLACK, 1, "a file's buffer", &p->bytes,
                         err);
    return st == LRR_OK ? lrr_mem_new(r->width, sizeof *p->x, "a row", &p->x, err) : st;
}

static lrr_status new_parsers(lrr__table_rows *r, lrr_error *err)
{
    const size_t n = lrr_threads_count() + 1;
    lrr_status st = lrr_mem_new(n, sizeof *r->parser, "a row", &r->parser, err);
    while (st == LRR_OK && r->parsers < n)
        st = new_parser(r, &r->parser[r->parsers++], err);
    return st;
}

lrr_status lrr__table_rows_new(lrr_table *t, const lrr_feature *feature,
                               size_t n_feature, lrr__table_rows **out, lrr_error *err)
{
    lrr__table_rows *r = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *r, "a data set's file", &r, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    take_file(r, t);
    st = lrr_field_copy(&t->field, &r->field, &r->words, err);
    if (st == LRR_OK)
        st = take_features(r, t, feature, n_feature, err);
    if (st == LRR_OK)
        st = new_parsers(r, err);
    if (st == LRR_OK && pthread_mutex_init(&r->lock, NULL) != 0)
        st = lrr_fail(err, LRR_ENOMEM, "no memory for a lock");
    if (st != LRR_OK) {
        lrr__table_rows_free(r);
        return st;
    }
    r->has_lock = true;
    *out = r;
    return LRR_OK;
}

void lrr__table_rows_free(lrr__table_rows *r)
{
    if (r == NULL)
        return;
    for (size_t j = 0; j < r->n_input; j++)
        lrr_intern_free(r->input[j].levels);
    if (r->has_lock)
        pthread_mutex_destroy(&r->lock);
    for (size_t i = 0; i < r->parsers; i++) {
        lrr_csv_close(r->parser[i].csv);
        lrr_mem_free(r->parser[i].bytes);
        lrr_mem_free(r->parser[i].x);
    }
    lrr_mem_free(r->parser);
    lrr_infile_free(r->file);
    lrr_scratch_free(r->copy);
    lrr_csv_close(r->csv);
    lrr_mem_free(r->words);
    lrr_mem_free(r->at);
    lrr_mem_free(r->input);
    lrr_mem_free(r);
}

/* What was copied no longer hangs on its file. */
static lrr_status check_file(void *own, lrr_error *err)
{
    const lrr__table_rows *r = own;
    return r->copy != NULL ? LRR_OK : lrr_infile_check(r->file, err);
}

static lrr_status read_bytes(const lrr__table_rows *r, uint64_t at, unsigned char *to,
                             size_t n, lrr_error *err)
{
    if (r->copy == NULL)
        return lrr_infile_read(r->file, at, to, n, err);
    if (lrr_scratch_read(r->copy, at, to, n))
        return LRR_OK;
    return lrr_fail(err, LRR_EIO, "the copy of %s on the disk cannot be read",
                    lrr_csv_name(r->csv));
}

/* All rows were sound when they were loaded. */
static lrr_status changed(lrr__table_rows *r, lrr_error *err)
{
    const lrr_status st = check_file(r, err);
    return st != LRR_OK ? st
                        : lrr_fail(err, LRR_EIO, "%s was changed while it was in use",
                                   lrr_csv_name(r->csv));
}

/* The inputs of one field into x, which is zero; what follows them, or NULL where it is no value. */
static float *put_field(const lrr__table_rows *r, parser *p, const input *in,
                        const lrr_csv_field *f, float *x)
{
    float v;
    bool whole = false;
    uint32_t id;
    int32_t level = -1;
    switch (lrr_table_value(f, &r->field, in->feature.kind, in->offset, &v, &whole)) {
    case LRR_VALUE_MISSING:
    case LRR_VALUE_UNFIT:
        p->gaps.missing++;
        break;
    case LRR_VALUE_INFINITE:
        return NULL;
    case LRR_VALUE_THERE:
        if (in->feature.kind != LRR_COLUMN_CATEGORY)
            break;
        v = 0;
        if (lrr_intern_find(in->levels, f->s, f->n, &id))
            level = (int32_t)id;
        else
            p->gaps.unseen++;
        break;
    }
    return lrr_feature_fill(&in->feature, v, in->offset, level, x);
}

/* A row of n fields, behind which nothing is. */
static bool put_row(const lrr__table_rows *r, parser *p, const lrr_csv_field *f,
                    size_t n, float *x)
{
    const lrr_csv_field nothing = { .s = "" };
    for (size_t j = 0; x != NULL && j < r->n_input; j++) {
        const size_t at = r->input[j].feature.column;
        x = put_field(r, p, &r->input[j], at < n ? &f[at] : &nothing, x);
    }
    return x != NULL;
}

/* Numbers as most are, to what lrr_table_value makes of them; false says nothing. */
static inline bool is_plain_number(const lrr__table_rows *r, const input *in,
                                   const lrr_csv_run *run, const lrr_csv_span *f,
                                   double *v)
{
    return in->feature.kind == LRR_COLUMN_NUMBER && r->field.words == 0 &&
           r->field.thousands == 0 &&
           lrr_number_swift(run->s + f->at, f->n & ~LRR_CSV_QUOTED,
                            lrr_field_point(&r->field), v);
}

static bool put_run_row(const lrr__table_rows *r, parser *p, const lrr_csv_run *run,
                        size_t i, float *x)
{
    const lrr_csv_span *span = run->span + i * run->columns;
    for (size_t j = 0; x != NULL && j < r->n_input; j++) {
        const input *in = &r->input[j];
        double v;
        if (is_plain_number(r, in, run, &span[in->feature.column], &v)) {
            *x++ = (float)(v - in->offset);
            x += in->feature.flag; /* is 0 */
        } else {
            const lrr_csv_field f = lrr_csv_run_field(run, i, in->feature.column);
            x = put_field(r, p, in, &f, x);
        }
    }
    return x != NULL;
}

/* Where rows go: out (n, width) or NULL, gaps (n) or NULL. */
typedef struct target {
    float *out;
    lrr__table_gaps *gaps;
} target;

static float *begin_row(const lrr__table_rows *r, parser *p, const target *to, size_t i)
{
    float *x = to->out != NULL ? to->out + i * r->width : p->x;
    memset(x, 0, r->width * sizeof *x);
    p->gaps = (lrr__table_gaps){ 0 };
    return x;
}

static void end_row(const parser *p, const target *to, size_t i)
{
    if (to->gaps != NULL)
        to->gaps[i] = p->gaps;
}

/* The n rows that p was fed with, from number i of the target on. */
static lrr_status parse(lrr__table_rows *r, parser *p, size_t i, size_t n,
                        const target *to, lrr_error *err)
{
    const size_t end = i + n;
    while (i < end) {
        const lrr_csv_field *f;
        size_t fields;
        lrr_csv_run run;
        lrr_status st = lrr_csv_run_next(p->csv, r->columns, end - i, &run, err);
        for (size_t k = 0; st == LRR_OK && k < run.records; k++, i++) {
            if (!put_run_row(r, p, &run, k, begin_row(r, p, to, i)))
                return changed(r, err);
            end_row(p, to, i);
        }
        if (st == LRR_OK && run.records > 0)
            continue;
        if (st == LRR_OK)
            st = lrr_csv_next(p->csv, &f, &fields, err);
        if (st == LRR_ENOMEM)
            return st;
        if (st != LRR_OK || fields == 0 || fields > r->columns + 1 ||
            !put_row(r, p, f, fields, begin_row(r, p, to, i)))
            return changed(r, err);
        end_row(p, to, i++);
    }
    return LRR_OK;
}

/* How many of the n rows from `at` on are read at once, and their bytes. */
static size_t together(const lrr__table_rows *r, size_t at, size_t n, size_t *bytes)
{
    const uint64_t *place = r->at + at;
    size_t some = 1;
    while (some < n && place[some + 1] - place[0] <= READ_BYTES)
        some++;
    *bytes = (size_t)(place[some] - place[0]);
    if (some == 1 && *bytes > r->longest) /* what is between rows is left out */
        *bytes = r->longest;
    return some;
}

static lrr_status parse_all(lrr__table_rows *r, parser *p, size_t at, size_t n,
                            const target *to, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t i = 0, some; st == LRR_OK && i < n; i += some) {
        size_t bytes;
        some = together(r, at + i, n - i, &bytes);
        st = read_bytes(r, r->at[at + i], p->bytes, bytes, err);
        if (st != LRR_OK)
            break;
        lrr_csv_feed(p->csv, p->bytes, bytes);
        st = parse(r, p, i, some, to, err);
    }
    return st;
}

/* A parser that no other thread has, without waiting; NULL: all are taken, as threads read that are
** not the pool's. Each looks first where only those like it do. */
static parser *take_parser(lrr__table_rows *r)
{
    const size_t n = r->parsers - 1, self = lrr_threads_self();
    for (size_t i = 0; i < n; i++) {
        parser *p = &r->parser[(self + i) % n];
        if (!atomic_flag_test_and_set_explicit(&p->taken, memory_order_acquire))
            return p;
    }
    return NULL;
}

static lrr_status take(lrr__table_rows *r, size_t at, size_t n, const target *to,
                       lrr_error *err)
{
    parser *p = take_parser(r);
    lrr_status st;
    if (p == NULL) {
        pthread_mutex_lock(&r->lock);
        st = parse_all(r, &r->parser[r->parsers - 1], at, n, to, err);
        pthread_mutex_unlock(&r->lock);
        return st;
    }
    st = parse_all(r, p, at, n, to, err);
    atomic_flag_clear_explicit(&p->taken, memory_order_release);
    return st;
}

/* Many rows on the pool's threads, in chunks; of those that fail the first counts. */
typedef struct job {
    lrr__table_rows *r;
    size_t at, n, chunks;
    target to;
    atomic_size_t failed; /* the first chunk that did */
} job;

static lrr_status take_part(job *j, size_t chunk, lrr_error *err)
{
    const size_t from = j->n / j->chunks * chunk;
    const size_t end = chunk + 1 == j->chunks ? j->n : from + j->n / j->chunks;
    const target to = {
        .out = j->to.out != NULL ? j->to.out + from * j->r->width : NULL,
        .gaps = j->to.gaps != NULL ? j->to.gaps + from : NULL,
    };
    return take(j->r, j->at + from, end - from, &to, err);
}

static void take_chunk(void *arg, size_t chunk)
{
    job *j = arg;
    size_t first = atomic_load(&j->failed);
    if (chunk > first || take_part(j, chunk, NULL) == LRR_OK)
        return;
    while (chunk < first && !atomic_compare_exchange_weak(&j->failed, &first, chunk)) {
    }
}

static lrr_status take_many(lrr__table_rows *r, size_t at, size_t n, const target *to,
                            lrr_error *err)
{
    const uint64_t bytes = r->at[at + n] - r->at[at];
    job j = { r, at, n, 1, *to, SIZE_MAX };
    size_t failed;
    if (n == 1)
        return take(r, at, n, to, err);
    j.chunks = bytes / READ_BYTES > CHUNKS_MOST
                   ? CHUNKS_MOST
                   : lrr_chunks((size_t)bytes, READ_BYTES, CHUNKS_MOST);
    j.chunks = j.chunks > n ? n : j.chunks;
    lrr_parallel(j.chunks, take_chunk, &j);
    failed = atomic_load(&j.failed);
    return failed == SIZE_MAX ? LRR_OK : take_part(&j, failed, err);
}

lrr_status lrr__table_rows_gaps(lrr__table_rows *r, size_t at, size_t n,
                                lrr__table_gaps *out, lrr_error *err)
{
    const target to = { .gaps = out };
    return take_many(r, at, n, &to, err);
}

static lrr_status read_rows(void *own, size_t at, size_t n, void *out, lrr_error *err)
{
    const target to = { .out = out };
    return take_many(own, at, n, &to, err);
}

static void expect_row(void *own, size_t at)
{
    const lrr__table_rows *r = own;
    size_t bytes;
    (void)together(r, at, 1, &bytes);
    if (r->copy != NULL)
        lrr_scratch_expect(r->copy, r->at[at], bytes);
    else
        lrr_infile_expect(r->file, r->at[at], bytes);
}

static void free_rows(void *own)
{
    lrr__table_rows_free(own);
}

static const lrr_stored_def def = { read_rows, expect_row, check_file, free_rows,
                                    .works = true };

lrr_status lrr__table_rows_store(lrr__table_rows *r, lrr_dataset *d, lrr_error *err)
{
    const size_t held = (r->rows + 1) * sizeof *r->at;
    lrr_status st;
    LRR_ASSERT(d->width == r->width);
    st = lrr_stored_new(&def, r, &d->stored, err);
    if (st == LRR_OK)
        d->stored->held = held;
    return st;
}
