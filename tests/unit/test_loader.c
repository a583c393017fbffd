/* test_loader.c -- where a loader stands after a seek, also where an epoch is some of the batches
** alone, as ranks share evaluations. */
#include "check.h"
#include "data/loader.h"

enum { SAMPLES = 20, BATCH = 2, BATCHES = SAMPLES / BATCH };

static lrr_dataset *new_samples(void)
{
    const lrr_dataset_cfg cfg = { .kind = LRR_DATA_F32,
                                  .part = { SAMPLES },
                                  .shape = lrr_shape_of1(1),
                                  .classes = 2 };
    const lrr_split_cfg split = { .seed = 1 };
    lrr_dataset *d = NULL;
    lrr_error err;
    CHECK(lrr_dataset_new(&cfg, &d, &err) == LRR_OK);
    CHECK(lrr_dataset_split(d, &split, &err) == LRR_OK);
    return d;
}

/* Whether the next batch is that one. */
static bool comes(lrr_loader *l, uint64_t epoch, size_t index)
{
    const lrr_batch *b = lrr_loader_next(l);
    return b->epoch == epoch && b->index == index;
}

static bool seeks(lrr_loader *l, uint64_t epoch, size_t index)
{
    lrr_error err;
    return lrr_loader_seek(l, epoch, index, &err) == LRR_OK;
}

static void test_whole_epochs(lrr_loader *l)
{
    CHECK(seeks(l, 3, 4) && comes(l, 3, 4) && comes(l, 3, 5));
    CHECK(seeks(l, 3, BATCHES - 1) && comes(l, 3, BATCHES - 1) && comes(l, 4, 0));
    CHECK(seeks(l, 3, BATCHES) && comes(l, 4, 0));
    CHECK(!seeks(l, 3, BATCHES + 1));
}

static void test_some_batches(lrr_loader *l)
{
    lrr_loader_take_batches(l, 3, 6);
    CHECK(seeks(l, 1, 4) && comes(l, 1, 4) && comes(l, 1, 5) && comes(l, 2, 3));
    CHECK(seeks(l, 1, BATCHES) && comes(l, 2, 3)); /* an epoch's end */
    CHECK(seeks(l, 1, 6) && comes(l, 2, 3));
    CHECK(seeks(l, 1, 0) && comes(l, 1, 3));
    CHECK(!seeks(l, 1, BATCHES + 1));
}

int main(void)
{
    const lrr_loader_cfg cfg = { .split = LRR_SPLIT_TRAIN, .batch = BATCH, .seed = 1 };
    lrr_dataset *d = new_samples();
    lrr_loader *l = NULL;
    lrr_error err;
    CHECK(lrr_loader_new(d, &cfg, &l, &err) == LRR_OK);
    test_whole_epochs(l);
    test_some_batches(l);
    lrr_loader_free(l);
    lrr_dataset_free(d);
    printf("loader: %d faults\n", faults);
    return faults != 0;
}
