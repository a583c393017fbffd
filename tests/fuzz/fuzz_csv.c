/* fuzz_csv.c -- any bytes as a CSV file, its columns, and a data set of them. */
#include <stdint.h>
#include <stdio.h>

#include "readers/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void use(const lrr_table *t, bool classes, bool drop)
{
    const size_t target = t->columns - 1;
    size_t feature[64], n = target < 64 ? target : 64;
    const lrr_table_cfg cfg = { .feature = feature,
                                .target = &target,
                                .n_feature = n,
                                .n_target = 1,
                                .classes = classes,
                                .drop = drop };
    const lrr_split_cfg split = { .seed = 1, .val = 0.3 };
    lrr_dataset *d;
    lrr_error err;
    size_t count;
    for (size_t j = 0; j < n; j++)
        feature[j] = j;
    if (lrr_table_dataset(t, &cfg, &d, &err) != LRR_OK)
        return;
    if (lrr_dataset_split(d, &split, &err) == LRR_OK) {
        lrr_dataset_fill_missing(d, &count);
        lrr_dataset_fit(d, &count);
        if (lrr_dataset_check(d, false, &err) != LRR_OK)
            __builtin_trap();
    }
    lrr_dataset_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    /* fmemopen has no empty files, and wants to write. */
    FILE *f = n == 0 ? NULL : tmpfile();
    lrr_csv *c;
    lrr_table *t;
    lrr_error err;
    if (f == NULL)
        return 0;
    (void)fwrite(data, 1, n, f);
    if (lrr_csv_wrap(f, "fuzz.csv", '\0', &c, &err) != LRR_OK)
        return 0;
    if (lrr_table_read(c, n % 3 == 0 ? -1 : (int)(n % 3 - 1), &t, &err) != LRR_OK)
        return 0;
    use(t, true, n % 2 == 0);
    use(t, false, n % 2 == 1);
    lrr_table_free(t);
    return 0;
}
