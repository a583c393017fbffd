/* strata.c -- see strata.h. */
#include "data/strata.h"

#include <string.h>

#include "data/scale.h"
#include "data/sort.h"
#include "data/windows.h"

size_t lrr_strata_count(const lrr_dataset *d)
{
    if (d->per_step)
        return 0;
    if (d->y_class != NULL || d->k != 1 || d->y_real == NULL)
        return d->classes;
    for (size_t i = 0; i < d->n; i++)
        if (d->y_real[i] != 0 && d->y_real[i] != 1)
            return 0;
    return 2;
}

void lrr_strata_tally(const lrr_dataset *d, lrr_split split, double *count, size_t *n)
{
    const size_t k = d->classes > 0 ? d->classes : d->k;
    memset(count, 0, k * sizeof *count);
    *n = 0;
    for (size_t i = 0; i < d->n_index[split]; i++) {
        const size_t end = lrr_dataset_target(d, d->index[split][i] + (size_t)1);
        for (size_t t = lrr_dataset_target(d, d->index[split][i]); t < end; t++) {
            if (d->classes > 0)
                count[lrr_windows_class(d, t)]++;
            for (size_t j = 0; d->y_real != NULL && j < k; j++)
                count[j] += lrr_dataset_number(d, t, j, false);
            ++*n;
        }
    }
}

/* One more to each stratum that has it to give, in the order of keys, until all n are given.
** spare: samples that a stratum keeps. */
static size_t give(const size_t *have, size_t k, size_t left, size_t spare,
                   const uint64_t *key, size_t *take)
{
    for (bool any = true; any && left > 0;) {
        any = false;
        for (size_t i = 0; i < k && left > 0; i++) {
            const size_t c = key[i] & UINT32_MAX;
            if (take[c] + spare >= have[c])
                continue;
            take[c]++;
            left--;
            any = true;
        }
    }
    return left;
}

/* A key sorts by the remainder, the largest first, then by the stratum, its lower half. */
void lrr_strata_quota(const size_t *have, size_t k, size_t all, size_t n, bool keep,
                      uint64_t *key, size_t *take)
{
    size_t left = n;
    for (size_t c = 0; c < k; c++) {
        const uint64_t product = (uint64_t)n * have[c]; /* both below 2^31 */
        take[c] = (size_t)(product / all);
        key[c] = (all - product % all) << 32 | c;
        left -= take[c];
    }
    lrr_sort_u64(key, k);
    left = give(have, k, left, keep, key, take);
    give(have, k, left, 0, key, take);
}
