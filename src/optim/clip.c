/* clip.c -- see clip.h. */
#include "optim/clip.h"

#include <math.h>

#include "base/mem.h"
#include "base/threads.h"
#include "kernels/simd.h"
#include "optim/parts.h"

/* Pieces of work that the units of one tensor make at most. */
enum { CHUNKS_MAX = 256 };

struct lrr_clip {
    lrr_parts parts;
};

lrr_status lrr_clip_new(const lrr_segment *segments, size_t n_segments, lrr_clip **out,
                        lrr_error *err)
{
    lrr_clip *c = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *c, "clipping", &c, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    st = lrr_parts_init(&c->parts, segments, n_segments, err);
    if (st != LRR_OK) {
        lrr_mem_free(c);
        return st;
    }
    *out = c;
    return LRR_OK;
}

void lrr_clip_free(lrr_clip *c)
{
    if (c != NULL)
        lrr_parts_fini(&c->parts);
    lrr_mem_free(c);
}

double lrr_clip_norm(lrr_clip *c, const lrr_real *grads, const uint8_t *const *touched)
{
    return sqrt(lrr_parts_square_sum(&c->parts, grads, touched));
}

typedef struct job {
    lrr_clip *c;
    lrr_real *grads;
    double most;
} job;

static void clamp_part(void *arg, size_t i)
{
    const job *j = arg;
    const lrr_part *part = &j->c->parts.part[i];
    lrr_k->optim_clamp(j->grads + part->at, (lrr_real)j->most, part->n);
}

static void scale_part(void *arg, size_t i)
{
    const job *j = arg;
    const lrr_part *part = &j->c->parts.part[i];
    const double norm = sqrt(j->c->parts.total[part->segment]);
    if (norm > j->most)
        lrr_k->optim_scale(j->grads + part->at, (lrr_real)(j->most / norm), part->n);
}

typedef struct unit_job {
    const lrr_real *w;
    lrr_real *g;
    size_t units, size, chunks;
    double factor, eps;
} unit_job;

static void clip_units(void *arg, size_t chunk)
{
    const unit_job *j = arg;
    const size_t end = j->units * (chunk + 1) / j->chunks;
    for (size_t u = j->units * chunk / j->chunks; u < end; u++) {
        lrr_real *g = j->g + u * j->size;
        const double norm = sqrt(lrr_k->optim_square_sum(g, j->size));
        const double w = sqrt(lrr_k->optim_square_sum(j->w + u * j->size, j->size));
        const double most = j->factor * fmax(w, j->eps);
        if (norm > most)
            lrr_k->optim_scale(g, (lrr_real)(most / fmax(norm, 1e-6)), j->size);
    }
}

static void clip_adaptive(lrr_clip *c, const lrr_clip_cfg *cfg, const lrr_real *params,
                          lrr_real *grads)
{
    for (size_t i = 0; i < c->parts.n_segments; i++) {
        const lrr_segment *s = &c->parts.segments[i];
        unit_job j = { .w = params + s->at,
                       .units = s->shape.rank > 1 ? s->shape.d[0] : 1,
                       .factor = cfg->agc,
                       .eps = cfg->agc_eps };
        if (!s->trains || s->n == 0)
            continue;
        j.g = grads + s->at;
        j.size = s->n / j.units;
        j.chunks = lrr_chunks(s->n, LRR_PART_GRAIN, CHUNKS_MAX);
        lrr_parallel(j.chunks, clip_units, &j);
    }
}

double lrr_clip_apply(lrr_clip *c, const lrr_clip_cfg *cfg, const lrr_real *params,
                      lrr_real *grads, const uint8_t *const *touched, double *scale)
{
    const double before = lrr_clip_norm(c, grads, touched);
    double norm = before;
    job j = { .c = c, .grads = grads };
    *scale = 1;
    if (!isfinite(before))
        return before;
    if (cfg->value > 0) {
        j.most = cfg->value;
        lrr_parts_each(&c->parts, clamp_part, &j);
    }
    if (cfg->tensor_norm > 0) {
        j.most = cfg->tensor_norm;
        lrr_parts_square_sum(&c->parts, grads, touched);
        lrr_parts_each(&c->parts, scale_part, &j);
    }
    if (cfg->agc > 0)
        clip_adaptive(c, cfg, params, grads);
    if (cfg->norm > 0 && (cfg->value > 0 || cfg->tensor_norm > 0 || cfg->agc > 0))
        norm = lrr_clip_norm(c, grads, touched);
    if (cfg->norm > 0 && norm > cfg->norm)
        *scale = cfg->norm / norm;
    return before;
}
