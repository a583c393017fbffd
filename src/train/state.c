/* state.c -- what the next step depends on: checkpoints, snapshots. See state.h. */
#include "train/state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "train/internal.h"

static const char LIST[] = "the list of what is saved";

lrr_status lrr__state_tensor(lrr_session *s, const char *prefix, const char *name,
                             lrr_real *data, size_t n, lrr_error *err)
{
    lrr_status st = lrr_mem_grow(&s->tensors, s->n_tensors, &s->cap_tensors,
                                 sizeof *s->tensors, LIST, err);
    lrr_state_tensor *t;
    if (st != LRR_OK)
        return st;
    t = &s->tensors[s->n_tensors++];
    snprintf(t->name, sizeof t->name, "%s%s", prefix, name);
    t->data = data;
    t->n = n;
    return LRR_OK;
}

lrr_status lrr__state_number(lrr_session *s, const char *prefix, const char *name,
                             double *value, lrr_error *err)
{
    lrr_status st = lrr_mem_grow(&s->numbers, s->n_numbers, &s->cap_numbers,
                                 sizeof *s->numbers, LIST, err);
    lrr_state_number *x;
    if (st != LRR_OK)
        return st;
    x = &s->numbers[s->n_numbers++];
    snprintf(x->name, sizeof x->name, "%s%s", prefix, name);
    x->value = value;
    x->is_new = false;
    return LRR_OK;
}

static lrr_status tell_numbers(lrr_session *s, lrr_error *err)
{
    const struct {
        const char *name;
        double *value;
    } own[] = {
#define X(name, type) { #name, &s->counter[COUNTER_##name] },
        LRR_COUNTER_MAP(X)
#undef X
            { "lr_scale", &s->lr_scale },
        { "sum_loss", &s->sums.loss },
        { "sum_samples", &s->sums.targets }, /* the name is older */
        { "sum_grad_norm", &s->sums.grad_norm },
        { "sum_steps", &s->sums.steps },
        { "norm_steps", &s->norm_steps },
    };
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < sizeof own / sizeof *own; i++)
        st = lrr__state_number(s, "", own[i].name, own[i].value, err);
    return st;
}

/* What a file of an earlier version may lack: what the loss counts, "sum_correct", ..., and the
** weight, which then is that of all targets, 1 each. */
static lrr_status tell_new(lrr_session *s, const char *name, double *value,
                           lrr_error *err)
{
    lrr_status st = lrr__state_number(s, "sum_", name, value, err);
    if (st == LRR_OK)
        s->numbers[s->n_numbers - 1].is_new = true;
    return st;
}

static lrr_status tell_counts(lrr_session *s, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < s->n_counts; i++)
        st = tell_new(s, s->counts[i], &s->sums.count[i], err);
    return st == LRR_OK ? tell_new(s, "weight", &s->sums.weight, err) : st;
}

/* The order is that of snapshots in checkpoints. */
static lrr_status tell_tensors(lrr_session *s, lrr_error *err)
{
    const lrr_blocks *k = &s->blocks;
    lrr_status st = lrr__state_tensor(s, "", "params", k->params, k->n_params, err);
    if (st == LRR_OK)
        st = lrr__state_tensor(s, "", "buffers", k->buffers, k->n_buffers, err);
    if (st == LRR_OK)
        st = lrr__state_tensor(s, "best.", "params", s->best_params, k->n_params, err);
    if (st == LRR_OK)
        st = lrr__state_tensor(s, "best.", "buffers", s->best_buffers, k->n_buffers,
                               err);
    return st;
}

static lrr_status tell_optimizer(lrr_session *s, lrr_error *err)
{
    lrr_optim *o = s->cfg.optim;
    lrr_status st = LRR_OK;
    char name[LRR_SCALAR_NAME];
    const char *own_name;
    size_t n_own;
    lrr_real *own = lrr_optim_own(o, &n_own, &own_name);
    for (size_t i = 0; st == LRR_OK && i < lrr_optim_state_count(o); i++)
        st = lrr__state_tensor(s, "optim.", lrr_optim_state_name(o, i),
                               lrr_optim_state(o, i), s->blocks.n_params, err);
    if (st == LRR_OK && own != NULL)
        st = lrr__state_tensor(s, "optim.", own_name, own, n_own, err);
    for (size_t i = 0; st == LRR_OK && i < lrr_optim_scalar_count(o); i++)
        st = lrr__state_number(s, "optim.", lrr_optim_scalar_name(o, i, name),
                               lrr_optim_scalar(o, i), err);
    return st;
}

lrr_status lrr__state_new(lrr_session *s, lrr_error *err)
{
    lrr_status st = tell_numbers(s, err);
    if (st == LRR_OK)
        st = tell_counts(s, err);
    if (st == LRR_OK)
        st = tell_tensors(s, err);
    return st != LRR_OK ? st : tell_optimizer(s, err);
}

void lrr__state_free(lrr_session *s)
{
    lrr_mem_free(s->tensors);
    lrr_mem_free(s->numbers);
    lrr_mem_free(s->snapshot.tensors);
    lrr_mem_free(s->snapshot.numbers);
}

const lrr_state_tensor *lrr_session_tensors(const lrr_session *s, size_t *n)
{
    *n = s->n_tensors;
    return s->tensors;
}

const lrr_state_number *lrr_session_numbers(const lrr_session *s, size_t *n)
{
    *n = s->n_numbers;
    return s->numbers;
}

void lrr_session_save_numbers(lrr_session *s)
{
#define X(name, type) s->counter[COUNTER_##name] = (double)s->name;
    LRR_COUNTER_MAP(X)
#undef X
    for (size_t i = 0; i < s->in_training.n; i++)
        lrr_collect_save(s->in_training.of[i]);
}

static void counters_in(lrr_session *s)
{
#define X(name, type) s->name = (type)s->counter[COUNTER_##name];
    LRR_COUNTER_MAP(X)
#undef X
    if (isnan(s->sums.weight))
        s->sums.weight = s->sums.targets;
    if (s->sums.steps == 0) /* counts that the file lacks begin here, and are known */
        memset(s->sums.count, 0, sizeof s->sums.count);
    for (size_t i = 0; i < s->in_training.n; i++)
        lrr_collect_load(s->in_training.of[i]);
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
    s->statistics.known = false;
    return lrr_loader_seek(s->cfg.loader, s->epoch, s->batch, err);
}

static lrr_status new_snapshot(lrr_session *s, lrr_error *err)
{
    lrr_snapshot *kept = &s->snapshot;
    size_t n = 0;
    lrr_status st;
    if (kept->tensors != NULL)
        return LRR_OK;
    for (size_t i = 0; i < s->n_tensors; i++)
        n = lrr_size_add(n, s->tensors[i].n);
    kept->n = n;
    st = lrr_mem_new(s->n_numbers, sizeof(double), "a snapshot", &kept->numbers, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *kept->tensors, "a snapshot", &kept->tensors, err);
    if (st != LRR_OK) {
        lrr_mem_free(kept->numbers);
        kept->numbers = NULL;
    }
    return st;
}

/* Copies every tensor and number to the snapshot, or back. */
static void copy_all(lrr_session *s, bool back)
{
    lrr_real *at = s->snapshot.tensors;
    for (size_t i = 0; i < s->n_tensors; i++) {
        const lrr_state_tensor *t = &s->tensors[i];
        memcpy(back ? t->data : at, back ? at : t->data, t->n * sizeof *at);
        at += t->n;
    }
    for (size_t i = 0; i < s->n_numbers; i++) {
        if (back)
            *s->numbers[i].value = s->snapshot.numbers[i];
        else
            s->snapshot.numbers[i] = *s->numbers[i].value;
    }
}

lrr_status lrr_session_snapshot(lrr_session *s, lrr_error *err)
{
    lrr_status st = new_snapshot(s, err);
    if (st != LRR_OK)
        return st;
    lrr_session_save_numbers(s);
    copy_all(s, false);
    s->snapshot.taken = true;
    return LRR_OK;
}

lrr_status lrr_session_rollback(lrr_session *s, lrr_error *err)
{
    if (!s->snapshot.taken)
        return lrr_fail(err, LRR_EINVAL, "there is no snapshot to go back to");
    copy_all(s, true);
    return lrr_session_seek(s, err);
}

bool lrr_session_has_snapshot(const lrr_session *s)
{
    return s->snapshot.taken;
}

lrr_status lrr_session_snapshot_data(lrr_session *s, lrr_real **data, size_t *n,
                                     double **numbers, lrr_error *err)
{
    lrr_status st = new_snapshot(s, err);
    if (st != LRR_OK)
        return st;
    s->snapshot.taken = true;
    *data = s->snapshot.tensors;
    *n = s->snapshot.n;
    *numbers = s->snapshot.numbers;
    return LRR_OK;
}
