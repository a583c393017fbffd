/* fuzz_csv.c -- any bytes as a CSV file, its columns, and a data set of them. */
#include <stdint.h>
#include <stdio.h>

#include "data/missing.h"
#include "data/scale.h"
#include "readers/table.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    /* fmemopen has no empty files, and wants to write. */
    FILE *f = n == 0 ? NULL : tmpfile();
    const char *const words[] = { "nothing" };
    const lrr_field_cfg field = { .decimal = n % 5 == 0 ? ',' : '.',
                                  .thousands = n % 7 == 0   ? '.'
                                               : n % 10 == 1 ? ' '
                                                             : '\0',
                                  .word = words,
                                  .words = n % 2 };
    const lrr_csv_dialect dialect = { .delimiter = n % 11 == 0 ? ' ' : '\0',
                                      .likely = n % 4 == 0 ? '\t' : '\0',
                                      .escape = n % 13 == 0 ? '\\' : '\0',
                                      .latin1 = n % 17 == 0,
                                      .skip = n % 19 == 0 };
    lrr_csv *c;
    lrr_table *t;
    lrr_error err;
    if (f == NULL)
        return 0;
    (void)fwrite(data, 1, n, f);
    if (lrr_csv_wrap(f, "fuzz.csv", &dialect, &c, &err) != LRR_OK)
        return 0;
    if (lrr_table_survey(c, n % 3 == 0 ? -1 : (int)(n % 3 - 1), &field, &t, &err) != LRR_OK)
        return 0;
    t->column[t->columns - 1].strip = n % 4 == 1 ? '.' : '\0';
    if (lrr_table_load(t, NULL, NULL, &err) == LRR_OK) {
        use(t, true, n % 2 == 0);
        use(t, false, n % 2 == 1);
    }
    lrr_table_free(t);
    return 0;
}
