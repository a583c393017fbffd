/* feed.c -- see feed.h. */
#include "train/feed.h"

#include <string.h>

#include "train/internal.h"

/* Bytes of a sample in a batch. */
static size_t sample_bytes(const lrr_feed *f)
{
    size_t n = lrr_shape_count(&f->shape);
    if (f->seq)
        n = n / f->shape.d[0] * f->t;
    return lrr_dtype_bytes(f->dtype, n);
}

/* Copied as pointers because a node's values are not const, though inputs' are read only. */
lrr_run lrr__session_feed(const lrr_session *s, const lrr_batch *b)
{
    return lrr__session_feed_part(s, b, 0, b->n);
}

lrr_run lrr__session_feed_part(const lrr_session *s, const lrr_batch *b, size_t from,
                               size_t n)
{
    lrr_run run = {
        .n = n, .first = from, .seed = s->cfg.seed, .step = s->steps, .loss_scale = 1
    };
    for (size_t i = 0; i < s->cfg.n_inputs; i++) {
        lrr_node *node = s->cfg.input[i];
        const lrr_feed *f = &b->feed[s->place[i]];
        const char *data = (const char *)f->data + from * sample_bytes(f);
        memcpy(&node->y, &data, sizeof data);
        if (f->seq)
            run.axis[node->axis] =
                (lrr_axis){ f->t, f->len != NULL ? f->len + from : NULL };
    }
    return run;
}

size_t lrr__session_part(const lrr_session *s, const lrr_batch *b, size_t from)
{
    return b->n - from < s->cfg.part ? b->n - from : s->cfg.part;
}
