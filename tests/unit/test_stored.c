/* test_stored.c -- rows that stay in their files, read by many threads at once: a table's rows are
** those that one thread reads, without a call for memory, and of rows that fail in one batch the
** same one is named whichever thread meets it first. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/threads.h"
#include "check.h"
#include "data/loader.h"
#include "data/stored.h"
#include "readers/table_dataset.h"

enum { ROWS = 400, WIDTH = 1024, READERS = 7, ROUNDS = 40, TABLE = 3000, NUMBERS = 6 };

/* ---- rows that fail ---- */

/* Rows with an odd number fail, those far down at once and the first ones late. */
static lrr_status read_some(void *own, size_t at, size_t n, void *out, lrr_error *err)
{
    (void)own;
    memset(out, 0, n * WIDTH * sizeof(float));
    if (at % 2 == 0)
        return LRR_OK;
    nanosleep(&(struct timespec){ .tv_nsec = at < ROWS / 2 ? 200000 : 1000 }, NULL);
    return lrr_fail(err, LRR_EIO, "row %zu", at);
}

static void expect_none(void *own, size_t at)
{
    (void)own;
    (void)at;
}

static lrr_status check_none(void *own, lrr_error *err)
{
    (void)own;
    (void)err;
    return LRR_OK;
}

static void free_none(void *own)
{
    (void)own;
}

static const lrr_stored_def failing = { read_some, expect_none, check_none, free_none,
                                        .works = true };

static lrr_dataset *new_failing(void)
{
    const lrr_dataset_cfg cfg = { .kind = LRR_DATA_F32,
                                  .part = { ROWS },
                                  .stored = true,
                                  .shape = lrr_shape_of1(WIDTH),
                                  .classes = 2 };
    const lrr_split_cfg split = { .seed = 1 };
    lrr_dataset *d = NULL;
    lrr_error err;
    CHECK(lrr_dataset_new(&cfg, &d, &err) == LRR_OK);
    CHECK(lrr_stored_new(&failing, NULL, &d->stored, &err) == LRR_OK);
    CHECK(lrr_dataset_split(d, &split, &err) == LRR_OK);
    return d;
}

/* The failure that the first batch of that order has, which is asked for as training does. */
static size_t named(uint64_t seed, size_t *want)
{
    const lrr_loader_cfg cfg = { .split = LRR_SPLIT_TRAIN,
                                 .batch = 64,
                                 .seed = seed,
                                 .shuffle = true,
                                 .prefetch = true };
    lrr_dataset *d = new_failing();
    lrr_loader *l = NULL;
    const uint32_t *sample;
    size_t n, row = 0;
    lrr_error err;
    CHECK(lrr_loader_new(d, &cfg, &l, &err) == LRR_OK);
    (void)lrr_loader_next(l);
    sample = lrr_loader_indices(l, &n);
    *want = ROWS;
    for (size_t i = 0; i < n; i++)
        *want = sample[i] % 2 == 1 && sample[i] < *want ? sample[i] : *want;
    CHECK(lrr_loader_failure(l) != NULL);
    if (lrr_loader_failure(l) != NULL)
        row = (size_t)strtoul(lrr_loader_failure(l)->msg + 4, NULL, 10);
    lrr_loader_free(l);
    lrr_dataset_free(d);
    return row;
}

static void test_first_is_named(void)
{
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        size_t want;
        const size_t got = named(seed, &want);
        CHECK(got == want);
    }
}

/* ---- rows of a table ---- */

static char path[] = "/tmp/lrrun-stored-XXXXXX";

static void write_table(void)
{
    FILE *f = fdopen(mkstemp(path), "w");
    CHECK(f != NULL);
    if (f == NULL)
        exit(1);
    fprintf(f, "a,b,c,d,e,word,y\n");
    for (int i = 0; i < TABLE; i++)
        fprintf(f, "%d,%.3f,%d,%s,%d,%s,%d\n", i, i / 7.0, i * 31 % 997,
                i % 13 == 0 ? "" : "4.5", i % 5,
                i % 11 == 0 ? "\"two\nlines, \"\"one\"\" text\""
                : i % 3     ? "u"
                            : "v",
                i % 2);
    fclose(f);
}

static lrr_dataset *open_table(void)
{
    static const char *const words[] = { "two\nlines, \"one\" text", "u", "v" };
    const lrr_csv_dialect dialect = { 0 };
    const lrr_field_cfg field = { .decimal = '.' };
    const bool keep[NUMBERS + 1] = { [NUMBERS] = true };
    const size_t target = NUMBERS;
    lrr_feature feature[NUMBERS] = { 0 };
    const lrr_table_cfg cfg = { .feature = feature,
                                .target = &target,
                                .n_feature = NUMBERS,
                                .n_target = 1,
                                .classes = true };
    lrr_table_counts counts;
    lrr_table *t = NULL;
    lrr_dataset *d = NULL;
    lrr_error err;
    for (size_t j = 0; j < NUMBERS; j++)
        feature[j].column = j;
    feature[NUMBERS - 1].kind = LRR_COLUMN_CATEGORY;
    feature[NUMBERS - 1].levels = (lrr_levels){ words, 3 };
    CHECK(lrr_table_open(path, &dialect, 1, &field, NULL, &t, &err) == LRR_OK);
    CHECK(lrr_table_load(t, NULL, NULL, keep, &err) == LRR_OK);
    CHECK(lrr_table_dataset(t, &cfg, &d, &counts, &err) == LRR_OK);
    lrr_table_free(t);
    return d;
}

static lrr_dataset *table;
static float *rows; /* of the table, read by one thread */

/* One after another, as a batch takes them, and many at once. */
static void read_singly(lrr_dataset *d, float *x)
{
    lrr_error err;
    for (size_t i = 0; i < TABLE; i++)
        CHECK(lrr_stored_read(d, i, 1, x + i * d->width, &err) == LRR_OK);
}

static void *read_beside(void *arg)
{
    const size_t bytes = table->width * sizeof *rows;
    float *x = malloc(TABLE * bytes);
    bool *same = arg;
    *same = x != NULL;
    for (size_t i = 0; x != NULL && i < TABLE; i++) {
        const size_t at = i * 1009 % TABLE;
        *same &= lrr_dataset_at(table, at, x) == x &&
                 memcmp(x, rows + at * table->width, bytes) == 0;
    }
    free(x);
    return NULL;
}

static void test_threads_beside(void)
{
    pthread_t thread[READERS];
    bool same[READERS];
    for (size_t i = 0; i < READERS; i++)
        CHECK(pthread_create(&thread[i], NULL, read_beside, &same[i]) == 0);
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(thread[i], NULL);
        CHECK(same[i]);
    }
}

static void test_table(void)
{
    const size_t n = TABLE;
    float *many;
    lrr_error err;
    write_table();
    table = open_table();
    rows = calloc(n * table->width, sizeof *rows);
    many = calloc(n * table->width, sizeof *many);
    lrr_mem_fail_after(0, true);
    read_singly(table, rows);
    lrr_mem_fail_after(-1, false);
    CHECK(lrr_stored_read(table, 0, n, many, &err) == LRR_OK);
    CHECK(memcmp(rows, many, n * table->width * sizeof *rows) == 0);
    CHECK(rows[7 * table->width + 1] > 0.99F && rows[7 * table->width + 1] < 1.01F);
    test_threads_beside();
    lrr_dataset_free(table);
    free(rows);
    free(many);
    unlink(path);
}

int main(void)
{
    const size_t cpus = lrr_threads_allowed();
    lrr_error err;
    CHECK(lrr_threads_init(cpus < 3 ? 3 : cpus, &err) == LRR_OK);
    CHECK(lrr_threads_begin(&err) == LRR_OK);
    test_first_is_named();
    test_table();
    lrr_threads_fini();
    return faults == 0 ? 0 : 1;
}
