/* fuzz_csv.c -- any bytes as a CSV file, its columns, and a data set of them. Read in runs, with values
** kept as they are seen, it says and holds what it does record by record in two passes. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "data/missing.h"
#include "data/scale.h"
#include "readers/table_dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void use(lrr_table *t, bool classes, bool drop)
{
    const size_t target = t->columns - 1;
    lrr_feature feature[64] = { 0 };
    size_t n = 0;
    lrr_table_cfg cfg = { .feature = feature,
                          .target = &target,
                          .n_target = 1,
                          .classes = classes,
                          .drop = drop };
    const lrr_split_cfg split = { .seed = 1, .val = 0.3 };
    lrr_table_counts counts;
    lrr_dataset *d;
    lrr_error err;
    lrr_fit_found found;
    size_t count;
    for (size_t j = 0; j < target && n < 64; j++) {
        const lrr_column *c = &t->column[j];
        if (c->kind == LRR_COLUMN_IGNORE)
            continue;
        feature[n].column = j;
        feature[n].kind = c->kind;
        feature[n].levels = (lrr_levels){ (const char *const *)c->level, c->levels };
        feature[n].time = c->seen.times;
        feature[n++].flag = c->missing > 0 && drop;
    }
    cfg.n_feature = n;
    if (lrr_table_dataset(t, &cfg, &d, &counts, &err) != LRR_OK)
        return;
    if (lrr_dataset_split(d, &split, &err) == LRR_OK &&
        lrr_dataset_fill_missing(d, classes, &count, &err) == LRR_OK) {
        lrr_dataset_fit_targets(d, &count);
        if (lrr_dataset_fit(d, drop ? LRR_SCALING_ROBUST : LRR_SCALING_STANDARD, &found,
                            &err) != LRR_OK)
            __builtin_trap();
        if (lrr_dataset_check(d, false, &err) != LRR_OK)
            __builtin_trap();
    }
    lrr_dataset_free(d);
}

static void expect(bool so)
{
    if (!so)
        __builtin_trap();
}

static void compare_columns(const lrr_column *a, const lrr_column *b)
{
    expect(strcmp(a->name, b->name) == 0 && a->unnamed == b->unnamed);
    expect(memcmp(&a->seen, &b->seen, sizeof a->seen) == 0);
    expect(a->kind == b->kind && a->loaded == b->loaded && a->missing == b->missing);
    expect(a->unfit == b->unfit && a->whole == b->whole);
    expect(memcmp(&a->offset, &b->offset, sizeof a->offset) == 0);
    expect(a->levels == b->levels);
    for (size_t i = 0; i < a->levels; i++)
        expect(strcmp(a->level[i], b->level[i]) == 0);
}

/* The same columns with the same values, bit by bit. */
static void compare(const lrr_table *a, const lrr_table *b)
{
    expect(a->rows == b->rows && a->columns == b->columns && a->header == b->header);
    expect(a->shorts == b->shorts && a->short_line == b->short_line);
    expect(a->again_line == b->again_line && a->trailing == b->trailing);
    for (size_t j = 0; j < a->columns; j++) {
        const lrr_column *x = &a->column[j], *y = &b->column[j];
        compare_columns(x, y);
        for (size_t i = 0; x->loaded && a->block != NULL && i < a->rows; i++) {
            const float v = lrr_table_row(a, i)[x->slot];
            const float w = lrr_table_row(b, i)[y->slot];
            expect(memcmp(&v, &w, sizeof v) == 0 || (v != v && w != w));
        }
    }
}

typedef struct reading {
    lrr_csv_dialect dialect;
    lrr_field_cfg field;
    int header;
    char strip;
    const lrr_column_kind *kind; /* of all columns; NULL: as proposed */
    const double *offset;
} reading;

/* The table of some bytes, loaded. plain: record by record, and in two passes. */
static lrr_status read_table(const uint8_t *data, size_t n, const reading *how,
                             const lrr_table_hint *hint, bool plain, lrr_table **out,
                             lrr_error *err)
{
    FILE *f = tmpfile(); /* fmemopen has no empty files, and wants to write */
    lrr_csv *c;
    lrr_status st;
    *out = NULL;
    if (f == NULL)
        return LRR_EIO;
    (void)fwrite(data, 1, n, f);
    st = lrr_csv_wrap(f, "fuzz.csv", &how->dialect, &c, err);
    if (st == LRR_OK && plain)
        expect(lrr_csv_keep_raw(c, err) == LRR_OK); /* it has no runs then */
    if (st == LRR_OK)
        st = lrr_table_survey(c, how->header, &how->field, hint, out, err);
    if (st != LRR_OK)
        return st;
    (*out)->column[(*out)->columns - 1].strip = how->strip;
    return lrr_table_load(*out, how->kind, how->offset, NULL, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const lrr_column_kind all[][3] = {
        { LRR_COLUMN_NUMBER, LRR_COLUMN_CATEGORY, LRR_COLUMN_DATE },
        { LRR_COLUMN_IGNORE, LRR_COLUMN_NUMBER, LRR_COLUMN_CATEGORY },
    };
    static lrr_column_kind kind[64];
    static double offset[64];
    const char *const words[] = { "nothing", "7" }, *const ignored[] = { "-2" };
    const lrr_table_hint hint = { .ignored = ignored, .n = n % 29 == 0 };
    reading how = { .dialect = { .delimiter = n % 11 == 0 ? ' ' : '\0',
                                 .likely = n % 4 == 0 ? '\t' : '\0',
                                 .escape = n % 13 == 0 ? '\\' : '\0',
                                 .latin1 = n % 17 == 0,
                                 .skip = n % 19 == 0 },
                    .field = { .decimal = n % 5 == 0 ? ',' : '.',
                               .thousands = n % 7 == 0   ? '.'
                                            : n % 10 == 1 ? ' '
                                                          : '\0',
                               .word = words,
                               .words = n % 3 == 1 ? 1 + n % 2 : 0 },
                    .header = n % 3 == 0 ? -1 : (int)(n % 3 - 1),
                    .strip = n % 4 == 1 ? '.' : '\0' };
    lrr_table *t, *plain;
    lrr_error err, plain_err;
    lrr_status st, plain_st;
    if (n == 0)
        return 0;
    plain_st = read_table(data, n, &how, NULL, true, &plain, &plain_err);
    if (plain_st == LRR_OK && n % 31 < 2 && plain->columns <= 64) {
        for (size_t j = 0; j < plain->columns; j++) {
            kind[j] = all[n % 31][j % 3];
            offset[j] = (double)(n % 5);
        }
        how.kind = kind;
        how.offset = n % 2 == 0 ? offset : NULL;
        lrr_table_free(plain);
        plain_st = read_table(data, n, &how, NULL, true, &plain, &plain_err);
    }
    st = read_table(data, n, &how, &hint, false, &t, &err);
    expect(st == plain_st && (t == NULL) == (plain == NULL));
    expect(st == LRR_OK || strcmp(err.msg, plain_err.msg) == 0);
    if (st == LRR_OK) {
        compare(t, plain);
        use(t, true, n % 2 == 0);
        use(t, false, n % 2 == 1);
    }
    lrr_table_free(plain);
    lrr_table_free(t);
    return 0;
}
