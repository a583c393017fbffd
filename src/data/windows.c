/* windows.c -- see windows.h. */
#include "data/windows.h"

#include <string.h>

#include "base/mem.h"

/* What lrr_dataset_new does not make: it knows of samples that are apart. */
static lrr_status complete(lrr_dataset *d, const lrr_windows_cfg *cfg, lrr_error *err)
{
    lrr_status st =
        lrr_mem_new(d->n, sizeof *d->start, "places of windows", &d->start, err);
    if (st == LRR_OK && cfg->bytes)
        st = lrr_mem_new(d->n, sizeof *d->target_bytes, "sizes of windows",
                         &d->target_bytes, err);
    lrr_mem_free(d->offset); /* of a length each */
    d->offset = NULL;
    d->shape = lrr_shape_of1(cfg->context);
    d->n_tokens = cfg->n_tokens;
    d->vocab = cfg->vocab;
    if (cfg->classes == 0) {
        d->per_step = true;
        d->classes = cfg->vocab;
    }
    return st;
}

lrr_status lrr_windows_new(const lrr_windows_cfg *cfg, lrr_dataset **out,
                           lrr_error *err)
{
    lrr_dataset_cfg of = { .kind = LRR_DATA_TOKENS,
                           .steps = cfg->tokens == NULL ? cfg->n_tokens : 0,
                           .classes = cfg->classes };
    lrr_dataset *d;
    lrr_status st;
    LRR_ASSERT(cfg->context > 0 && cfg->vocab > 0);
    memcpy(of.part, cfg->part, sizeof of.part);
    if ((st = lrr_dataset_new(&of, &d, err)) == LRR_OK &&
        (st = complete(d, cfg, err)) != LRR_OK)
        lrr_dataset_free(d);
    if (st == LRR_OK && cfg->tokens != NULL) {
        lrr_mem_free(d->x.any);
        d->x.tokens = cfg->tokens;
    }
    *out = st == LRR_OK ? d : NULL;
    return st;
}

bool lrr_windows_bytes(const lrr_dataset *d, lrr_split split, uint64_t *targets,
                       uint64_t *bytes)
{
    *targets = (uint64_t)d->n_index[split] * d->shape.d[0];
    *bytes = 0;
    if (d->target_bytes == NULL)
        return false;
    for (size_t k = 0; k < d->n_index[split]; k++)
        *bytes += d->target_bytes[d->index[split][k]];
    return true;
}
