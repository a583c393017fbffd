/* pool_window.c -- see pool_window.h. */
#include "ops/pool_window.h"

#include "base/threads.h"

enum { WINDOW_LIMIT = 65536, SIZE_LIMIT = 1 << 30, GRAIN = 32768, CHUNKS_MAX = 256 };

const lrr_attr_def lrr__pool_attrs[] = {
    { .name = "kernel_h",
      .type = LRR_ATTR_INT,
      .offset = offsetof(lrr__pool_attr, kernel_h) },
    { .name = "kernel_w",
      .type = LRR_ATTR_INT,
      .offset = offsetof(lrr__pool_attr, kernel_w) },
    { .name = "stride_h",
      .type = LRR_ATTR_INT,
      .offset = offsetof(lrr__pool_attr, stride_h) },
    { .name = "stride_w",
      .type = LRR_ATTR_INT,
      .offset = offsetof(lrr__pool_attr, stride_w) },
    { .name = "pad_h",
      .type = LRR_ATTR_INT,
      .offset = offsetof(lrr__pool_attr, pad_h) },
    { .name = "pad_w",
      .type = LRR_ATTR_INT,
      .offset = offsetof(lrr__pool_attr, pad_w) },
    { .name = NULL },
};

typedef struct side {
    const char *name;
    size_t size;
    int64_t kernel, stride, pad;
} side;

static lrr_status check_side(const lrr_node *y, side a, lrr_error *err)
{
    int64_t kernel = a.kernel, stride = a.stride, pad = a.pad;

    if (kernel < 1 || kernel > SIZE_LIMIT)
        return lrr_node_fail(y, err, "kernel is %lld, want 1 or more",
                             (long long)kernel);
    if (stride < 1 || stride > SIZE_LIMIT)
        return lrr_node_fail(y, err, "stride is %lld, want 1 or more",
                             (long long)stride);
    if (pad < 0 || pad > kernel / 2)
        return lrr_node_fail(y, err,
                             "padding is %lld, want 0 to half the kernel (%lld)",
                             (long long)pad, (long long)(kernel / 2));
    if (a.size + 2 * (size_t)pad < (size_t)kernel)
        return lrr_node_fail(y, err,
                             "kernel is %lld, larger than the input's %s of %zu with "
                             "padding %lld",
                             (long long)kernel, a.name, a.size, (long long)pad);
    return LRR_OK;
}

lrr_status lrr__pool_infer(lrr_node *y, lrr_error *err)
{
    const lrr__pool_attr *a = (const lrr__pool_attr *)y->attr;
    const lrr_shape *x = &y->in[0]->shape;
    if (x->rank != 3 || y->in[0]->seq || y->in[0]->dtype != LRR_DTYPE_REAL) {
        char text[LRR_SHAPE_TEXT];
        return lrr_node_fail(y, err, "input is %s%s, want an image (channels, h, w)",
                             y->in[0]->seq ? "a sequence " : "",
                             lrr_shape_text(x, text));
    }
    side down = { "height", x->d[1], a->kernel_h, a->stride_h, a->pad_h };
    side across = { "width", x->d[2], a->kernel_w, a->stride_w, a->pad_w };
    lrr_status st = check_side(y, down, err);
    if (st == LRR_OK)
        st = check_side(y, across, err);
    if (st != LRR_OK)
        return st;
    if (a->kernel_h * a->kernel_w > WINDOW_LIMIT)
        return lrr_node_fail(y, err, "kernel is %lldx%lld, want at most %d values",
                             (long long)a->kernel_h, (long long)a->kernel_w,
                             WINDOW_LIMIT);
    size_t oh = (x->d[1] + (size_t)(2 * a->pad_h - a->kernel_h)) / (size_t)a->stride_h;
    size_t ow = (x->d[2] + (size_t)(2 * a->pad_w - a->kernel_w)) / (size_t)a->stride_w;
    y->shape = lrr_shape_of3(x->d[0], oh + 1, ow + 1);
    return LRR_OK;
}

lrr_pool lrr__pool_geometry(const lrr_node *y)
{
    const lrr__pool_attr *a = (const lrr__pool_attr *)y->attr;
    const size_t *x = y->in[0]->shape.d, *o = y->shape.d;
    return (lrr_pool){ .h = x[1],
                       .w = x[2],
                       .oh = o[1],
                       .ow = o[2],
                       .kh = (size_t)a->kernel_h,
                       .kw = (size_t)a->kernel_w,
                       .sh = (size_t)a->stride_h,
                       .sw = (size_t)a->stride_w,
                       .ph = (size_t)a->pad_h,
                       .pw = (size_t)a->pad_w };
}

typedef struct job {
    const lrr_node *y;
    const lrr_run *run;
    lrr__pool_planes work;
    size_t planes, chunks;
} job;

static void chunk(void *arg, size_t i)
{
    const job *j = arg;
    const lrr_pool s = lrr__pool_geometry(j->y);
    const size_t first = j->planes * i / j->chunks;
    j->work(j->y, j->run, &s, first, j->planes * (i + 1) / j->chunks - first);
}

void lrr__pool_parallel(const lrr_node *y, const lrr_run *run, lrr__pool_planes work)
{
    job j = { .y = y, .run = run, .work = work, .planes = run->n * y->shape.d[0] };
    j.chunks = lrr_chunks(lrr_node_count(y->in[0], run), GRAIN, CHUNKS_MAX);
    j.chunks = j.chunks < j.planes ? j.chunks : j.planes;
    lrr_parallel(j.chunks, chunk, &j);
}
