/* state.c -- what the next step depends on: best weights, checkpoints, snapshots. See
** session.h. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "train/internal.h"
#include "train/session.h"

void lrr_session_keep_best(lrr_session *s)
{
    const lrr_blocks *k = &s->blocks;
    const lrr_real *params = s->ema != NULL ? lrr_ema_values(s->ema) : k->params;
    memcpy(s->best_params, params, k->n_params * sizeof(lrr_real));
    memcpy(s->best_buffers, k->buffers, k->n_buffers * sizeof(lrr_real));
    s->has_best = true;
}

void lrr_session_restore_best(lrr_session *s)
{
    const lrr_blocks *k = &s->blocks;
    if (!s->has_best)
        return;
    memcpy(k->params, s->best_params, k->n_params * sizeof(lrr_real));
    memcpy(k->buffers, s->best_buffers, k->n_buffers * sizeof(lrr_real));
    if (s->ema != NULL)
        memcpy(lrr_ema_values(s->ema), s->best_params, k->n_params * sizeof(lrr_real));
}

bool lrr_session_has_best(const lrr_session *s)
{
    return s->has_best;
}

static void fill(lrr_state_tensor *out, const char *prefix, const char *name,
                 lrr_real *data, size_t n)
{
    snprintf(out->name, sizeof out->name, "%s%s", prefix, name);
    out->data = data;
    out->n = n;
}

enum { FIXED_TENSORS = 4 };

size_t lrr_session_tensor_count(const lrr_session *s)
{
    return FIXED_TENSORS + lrr_optim_state_count(s->cfg.optim) + (s->ema != NULL);
}

void lrr_session_tensor(lrr_session *s, size_t i, lrr_state_tensor *out)
{
    const lrr_blocks *k = &s->blocks;
    const size_t n_optim = lrr_optim_state_count(s->cfg.optim);
    LRR_ASSERT(i < lrr_session_tensor_count(s));
    if (i == 0)
        fill(out, "", "params", k->params, k->n_params);
    else if (i == 1)
        fill(out, "", "buffers", k->buffers, k->n_buffers);
    else if (i == 2)
        fill(out, "best.", "params", s->best_params, k->n_params);
    else if (i == 3)
        fill(out, "best.", "buffers", s->best_buffers, k->n_buffers);
    else if (i < FIXED_TENSORS + n_optim)
        fill(out, "optim.", lrr_optim_state_name(s->cfg.optim, i - FIXED_TENSORS),
             lrr_optim_state(s->cfg.optim, i - FIXED_TENSORS), k->n_params);
    else
        fill(out, "", "ema", lrr_ema_values(s->ema), k->n_params);
}

/* Sums and maxima of tracked gradient norms. */
static size_t norm_numbers(const lrr_session *s)
{
    return s->norm_sum != NULL ? 2 * s->blocks.n_param_segments : 0;
}

size_t lrr_session_number_count(const lrr_session *s)
{
    return COUNTER_COUNT + s->n_counts + lrr_optim_scalar_count(s->cfg.optim) +
           norm_numbers(s) + (s->ema != NULL);
}

void lrr_session_save_numbers(lrr_session *s)
{
    double *c = s->counter;
    c[COUNTER_steps] = (double)s->steps;
    c[COUNTER_epoch] = (double)s->epoch;
    c[COUNTER_batch] = (double)s->batch;
    c[COUNTER_has_best] = s->has_best;
    c[COUNTER_lr_scale] = s->lr_scale;
    c[COUNTER_sum_loss] = s->sums.loss;
    c[COUNTER_sum_samples] = s->sums.targets;
    c[COUNTER_sum_grad_norm] = s->sums.grad_norm;
    c[COUNTER_sum_steps] = s->sums.steps;
    c[COUNTER_norm_steps] = s->norm_steps;
}

static void counters_in(lrr_session *s)
{
    const double *c = s->counter;
    s->steps = (uint64_t)c[COUNTER_steps];
    s->epoch = (uint64_t)c[COUNTER_epoch];
    s->batch = (size_t)c[COUNTER_batch];
    s->has_best = c[COUNTER_has_best] > 0;
    s->lr_scale = c[COUNTER_lr_scale];
    s->norm_steps = c[COUNTER_norm_steps];
    s->sums.loss = c[COUNTER_sum_loss];
    s->sums.targets = c[COUNTER_sum_samples];
    s->sums.grad_norm = c[COUNTER_sum_grad_norm];
    s->sums.steps = c[COUNTER_sum_steps];
    if (s->sums.steps == 0) /* counts that the file lacks begin here, and are known */
        memset(s->sums.count, 0, sizeof s->sums.count);
}

void lrr_session_state_number(lrr_session *s, size_t i, lrr_state_number *out)
{
    static const char *const names[] = {
#define X(name) #name,
        LRR_COUNTER_MAP(X)
#undef X
    };
    const size_t n_own = COUNTER_COUNT + s->n_counts;
    const size_t n_optim = lrr_optim_scalar_count(s->cfg.optim);
    LRR_ASSERT(i < lrr_session_number_count(s));
    out->is_new = false;
    if (i < COUNTER_COUNT) {
        snprintf(out->name, sizeof out->name, "%s", names[i]);
        out->value = &s->counter[i];
    } else if (i < n_own) {
        snprintf(out->name, sizeof out->name, "sum_%s", s->counts[i - COUNTER_COUNT]);
        out->value = &s->sums.count[i - COUNTER_COUNT];
        out->is_new = true;
    } else if (i < n_own + n_optim) {
        char name[LRR_SCALAR_NAME];
        snprintf(out->name, sizeof out->name, "optim.%s",
                 lrr_optim_scalar_name(s->cfg.optim, i - n_own, name));
        out->value = lrr_optim_scalar(s->cfg.optim, i - n_own);
    } else if (i < n_own + n_optim + norm_numbers(s)) {
        const size_t k = i - n_own - n_optim;
        snprintf(out->name, sizeof out->name, "norm.%zu", k);
        out->value = s->norm_sum + k; /* the maxima follow the sums */
    } else {
        snprintf(out->name, sizeof out->name, "ema.updates");
        out->value = lrr_ema_updates(s->ema);
    }
}

/* Numbers of a file: one that is no count must not be made one. */
static bool is_count(double x)
{
    return x >= 0 && x <= 0x1p53;
}

lrr_status lrr_session_seek(lrr_session *s, lrr_error *err)
{
    const double *c = s->counter;
    if (!is_count(c[COUNTER_steps]) || !is_count(c[COUNTER_epoch]) ||
        !is_count(c[COUNTER_batch]))
        return lrr_fail(err, LRR_EINVAL,
                        "the state says step %g, epoch %g, batch %g: no such place",
                        c[COUNTER_steps], c[COUNTER_epoch], c[COUNTER_batch]);
    counters_in(s);
    return lrr_loader_seek(s->cfg.loader, s->epoch, s->batch, err);
}

static lrr_status new_snapshot(lrr_session *s, lrr_error *err)
{
    size_t n = 0;
    lrr_status st;
    if (s->snapshot != NULL)
        return LRR_OK;
    for (size_t i = 0; i < lrr_session_tensor_count(s); i++) {
        lrr_state_tensor t;
        lrr_session_tensor(s, i, &t);
        n = lrr_size_add(n, t.n);
    }
    s->snapshot_n = n;
    st = lrr_mem_new(lrr_session_number_count(s), sizeof(double), "a snapshot",
                     &s->snapshot_numbers, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof(lrr_real), "a snapshot", &s->snapshot, err);
    if (st != LRR_OK) {
        lrr_mem_free(s->snapshot_numbers);
        s->snapshot_numbers = NULL;
    }
    return st;
}

/* Copies every tensor and number to the snapshot, or back. */
static void copy_all(lrr_session *s, bool back)
{
    lrr_real *at = s->snapshot;
    for (size_t i = 0; i < lrr_session_tensor_count(s); i++) {
        lrr_state_tensor t;
        lrr_session_tensor(s, i, &t);
        memcpy(back ? t.data : at, back ? at : t.data, t.n * sizeof *at);
        at += t.n;
    }
    for (size_t i = 0; i < lrr_session_number_count(s); i++) {
        lrr_state_number x;
        lrr_session_state_number(s, i, &x);
        if (back)
            *x.value = s->snapshot_numbers[i];
        else
            s->snapshot_numbers[i] = *x.value;
    }
}

lrr_status lrr_session_snapshot(lrr_session *s, lrr_error *err)
{
    lrr_status st = new_snapshot(s, err);
    if (st != LRR_OK)
        return st;
    lrr_session_save_numbers(s);
    copy_all(s, false);
    s->has_snapshot = true;
    return LRR_OK;
}

lrr_status lrr_session_rollback(lrr_session *s, lrr_error *err)
{
    if (!s->has_snapshot)
        return lrr_fail(err, LRR_EINVAL, "there is no snapshot to go back to");
    copy_all(s, true);
    return lrr_session_seek(s, err);
}

bool lrr_session_has_snapshot(const lrr_session *s)
{
    return s->has_snapshot;
}

lrr_status lrr_session_snapshot_data(lrr_session *s, lrr_real **data, size_t *n,
                                     double **numbers, lrr_error *err)
{
    lrr_status st = new_snapshot(s, err);
    if (st != LRR_OK)
        return st;
    s->has_snapshot = true;
    *data = s->snapshot;
    *n = s->snapshot_n;
    *numbers = s->snapshot_numbers;
    return LRR_OK;
}
