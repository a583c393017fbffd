/* walk.c -- see walk.h. */
#include "data/walk.h"

#include "base/mem.h"
#include "data/stored.h"

enum { BLOCK_BYTES = 512 * 1024 };

lrr_walk lrr_walk_train(const lrr_dataset *d)
{
    return (lrr_walk){ .d = d,
                       .sample = d->index[LRR_SPLIT_TRAIN],
                       .n = d->n_index[LRR_SPLIT_TRAIN] };
}

static size_t sample_at(const lrr_walk *w, size_t i)
{
    return w->sample == NULL ? w->from + i : w->sample[i];
}

static void in_memory(const lrr_walk *w, lrr_walk_fn f, void *ud)
{
    const lrr_dataset *d = w->d;
    const size_t bytes = lrr_dataset_row_bytes(d);
    for (size_t i = 0; i < w->n; i++) {
        const size_t end = lrr_dataset_row(d, sample_at(w, i) + 1);
        for (size_t r = lrr_dataset_row(d, sample_at(w, i)); r < end; r++)
            if (!f(ud, r, (const char *)d->x.any + r * bytes))
                return;
    }
}

/* Blocks hold also what lies between samples: one read is cheaper than many. */
lrr_status lrr_walk_rows(const lrr_walk *w, lrr_walk_fn f, void *ud, lrr_error *err)
{
    const size_t bytes = lrr_dataset_row_bytes(w->d);
    const size_t most = bytes < BLOCK_BYTES ? BLOCK_BYTES / bytes : 1;
    char *block = NULL;
    bool on = true;
    lrr_status st;
    if (w->d->stored == NULL) {
        in_memory(w, f, ud);
        return LRR_OK;
    }
    st = lrr_mem_new(most, bytes, "rows of the data", &block, err);
    for (size_t i = 0; st == LRR_OK && on && i < w->n;) {
        const size_t from = sample_at(w, i);
        size_t end = i + 1;
        while (end < w->n && sample_at(w, end) - from < most)
            end++;
        st = lrr_stored_read(w->d, from, sample_at(w, end - 1) - from + 1, block, err);
        for (; st == LRR_OK && on && i < end; i++)
            on = f(ud, sample_at(w, i), block + (sample_at(w, i) - from) * bytes);
    }
    lrr_mem_free(block);
    return st;
}
