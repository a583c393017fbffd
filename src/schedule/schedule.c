/* schedule.c -- see schedule.h. */
#include "schedule/schedule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "schedule/form.h"

enum { NODES_MAX = 1024 };

struct lrr_schedule {
    lrr__node *nodes;
    int n;
    size_t size; /* nodes there is room for */
    int sharers; /* owners beside the first */
};

static const lrr__form *const FORMS[] = {
#define X(name) &lrr__schedule_##name,
    LRR_SCHEDULE_MAP(X)
#undef X
};

static const lrr__form *find_form(const char *kind)
{
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        if (strcmp(FORMS[i]->name, kind) == 0)
            return FORMS[i];
    }
    return NULL;
}

const lrr_param *lrr_schedule_params(const char *kind)
{
    const lrr__form *form = find_form(kind);
    return form == NULL ? NULL : form->params;
}

double lrr__or_base(double x, double base)
{
    return isnan(x) ? base : x;
}

double lrr__held(const lrr__at *a)
{
    return a->bounded && a->t > a->length ? a->length : a->t;
}

double lrr__held_jump(const lrr__at *a)
{
    double last = ceil(a->length) - 1; /* the last whole t before the length */
    return a->bounded && a->t > last ? last : a->t;
}

double lrr__progress(const lrr__at *a)
{
    return a->t < a->length ? a->t / a->length : 1;
}

/* The question for node id, `step` updates after its start with `rest` left for it. */
static lrr__at ask(const lrr_schedule *s, int id, double step, double rest, double base)
{
    const lrr__node *node = &s->nodes[id];
    lrr__at a = { .tree = s, .node = node, .p = node->p, .base = base };
    double length = node->length;
    a.list = node->list;
    a.n_list = node->n_list;
    a.state = node->state;
    a.bounded = length > 0;
    if (!a.bounded) /* a phase that begins past the run's end is over at once */
        length = rest >= 1 ? rest : 1;
    a.t = step;
    a.length = length;
    if (node->unit > 1) {
        a.t = floor(step / node->unit);
        a.length = length / node->unit;
    }
    return a;
}

static double value_at(const lrr_schedule *s, int id, double step, double rest,
                       double base)
{
    lrr__at a = ask(s, id, step, rest, base);
    return a.node->form->at(&a);
}

/* What is left for a child; seq, product and scale always count single updates. */
static double rest_of(const lrr__at *a, double start)
{
    return a->length - start;
}

double lrr__schedule_child(const lrr__at *a, int i, double start)
{
    return value_at(a->tree, a->node->children[i], a->t - start, rest_of(a, start),
                    a->base);
}

static double span_of(const lrr__at *a)
{
    if (a->node->form->span != NULL)
        return a->node->form->span(a);
    return a->node->length;
}

double lrr__schedule_child_span(const lrr__at *a, int i, double start)
{
    lrr__at child =
        ask(a->tree, a->node->children[i], a->t - start, rest_of(a, start), a->base);
    return span_of(&child);
}

int lrr_schedule_nodes(const lrr_schedule *s)
{
    return s->n;
}

double lrr_schedule_at(const lrr_schedule *s, uint64_t t,
                       const lrr_schedule_clock *clock)
{
    LRR_ASSERT(s->n > 0);
    return value_at(s, s->n - 1, (double)t, clock->total, clock->base);
}

static void observe(lrr_schedule *s, int id, double step, double rest, double base,
                    const lrr_metrics *m)
{
    lrr__node *node = &s->nodes[id];
    lrr__at a = ask(s, id, step, rest, base);
    double start;
    if (node->form->observe != NULL)
        node->form->observe(&a, node->state, m);
    for (int i = 0; node->form->enter != NULL && i < node->n_children; i++) {
        if (node->form->enter(&a, i, &start))
            observe(s, node->children[i], step - start, a.length - start, base, m);
    }
}

void lrr_schedule_observe(lrr_schedule *s, const lrr_metrics *m,
                          const lrr_schedule_clock *clock)
{
    double last = m->step > 0 ? (double)(m->step - 1) : 0;
    LRR_ASSERT(s->n > 0);
    observe(s, s->n - 1, last, clock->total, clock->base, m);
}

/* Looks for node `id` below `at`; true when found. */
static bool locate(const lrr_schedule *s, int at, int id, double step, double rest,
                   double base, lrr_schedule_span *span)
{
    lrr__at a = ask(s, at, step, rest, base);
    if (at == id) {
        span->step = step;
        span->length = span_of(&a);
        if (span->length == 0)
            span->length = rest > 0 ? rest : 0;
        return true;
    }
    for (int i = 0; a.node->form->enter != NULL && i < a.node->n_children; i++) {
        double start;
        bool active = a.node->form->enter(&a, i, &start);
        if (locate(s, a.node->children[i], id, step - start, a.length - start, base,
                   span)) {
            span->active = span->active && active;
            return true;
        }
    }
    return false;
}

void lrr_schedule_where(const lrr_schedule *s, int id, uint64_t t,
                        const lrr_schedule_clock *clock, lrr_schedule_span *span)
{
    *span = (lrr_schedule_span){ .active = true };
    LRR_ASSERT(id >= 0 && id < s->n);
    if (!locate(s, s->n - 1, id, (double)t, clock->total, clock->base, span))
        span->active = false;
}

int lrr_schedule_slot(const lrr_schedule *s, int i)
{
    for (int id = 0; id < s->n; id++) {
        if (s->nodes[id].form == &lrr__schedule_fn && i-- == 0)
            return id;
    }
    return -1;
}

int lrr_schedule_slots(const lrr_schedule *s)
{
    int n = 0;
    while (lrr_schedule_slot(s, n) >= 0)
        n++;
    return n;
}

void lrr_schedule_set(lrr_schedule *s, int id, double value)
{
    LRR_ASSERT(id >= 0 && id < s->n && s->nodes[id].form == &lrr__schedule_fn);
    s->nodes[id].state[0] = value;
}

const char *lrr_schedule_monitor(const lrr_schedule *s, int i)
{
    for (int id = 0; id < s->n; id++) {
        const char *name;
        if (s->nodes[id].monitor[0] != '\0' && i-- == 0)
            return s->nodes[id].monitor;
        for (int k = 0; (name = lrr_stop_monitor(s->nodes[id].ends, k)) != NULL; k++) {
            if (i-- == 0)
                return name;
        }
    }
    return NULL;
}

size_t lrr_schedule_state_size(const lrr_schedule *s)
{
    size_t n = 0;
    for (int id = 0; id < s->n; id++)
        n += LRR__SCHEDULE_STATE + lrr_stop_state_size(s->nodes[id].ends);
    return n;
}

void lrr_schedule_state_save(const lrr_schedule *s, double *out)
{
    for (int id = 0; id < s->n; id++) {
        memcpy(out, s->nodes[id].state, sizeof s->nodes[id].state);
        out += LRR__SCHEDULE_STATE;
        lrr_stop_state_save(s->nodes[id].ends, out);
        out += lrr_stop_state_size(s->nodes[id].ends);
    }
}

void lrr_schedule_state_load(lrr_schedule *s, const double *in)
{
    for (int id = 0; id < s->n; id++) {
        memcpy(s->nodes[id].state, in, sizeof s->nodes[id].state);
        in += LRR__SCHEDULE_STATE;
        lrr_stop_state_load(s->nodes[id].ends, in);
        in += lrr_stop_state_size(s->nodes[id].ends);
    }
}

lrr_status lrr_schedule_new(lrr_schedule **out, lrr_error *err)
{
    *out = NULL;
    return lrr_mem_new(1, sizeof(lrr_schedule), "a schedule", out, err);
}

static void free_node(lrr__node *node)
{
    lrr_mem_free(node->list);
    lrr_mem_free(node->children);
    lrr_stop_free(node->ends);
}

lrr_schedule *lrr_schedule_share(lrr_schedule *s)
{
    s->sharers++;
    return s;
}

void lrr_schedule_free(lrr_schedule *s)
{
    if (s == NULL || s->sharers-- > 0)
        return;
    for (int id = 0; id < s->n; id++)
        free_node(&s->nodes[id]);
    lrr_mem_free(s->nodes);
    lrr_mem_free(s);
}

/* The arrays of a node; on failure the caller frees what was made. */
static lrr_status copy_lists(lrr__node *node, const lrr_schedule_cfg *cfg,
                             lrr_error *err)
{
    lrr_status st = LRR_OK;
    if (cfg->n_list > 0)
        st = lrr_mem_new(cfg->n_list, sizeof *node->list, "a schedule", &node->list,
                         err);
    if (st == LRR_OK && cfg->n_children > 0)
        st = lrr_mem_new(cfg->n_children, sizeof *node->children, "a schedule",
                         &node->children, err);
    if (st != LRR_OK)
        return st;
    if (cfg->n_list > 0)
        memcpy(node->list, cfg->list, cfg->n_list * sizeof *node->list);
    if (cfg->n_children > 0)
        memcpy(node->children, cfg->children, cfg->n_children * sizeof *node->children);
    node->n_list = cfg->n_list;
    node->n_children = (int)cfg->n_children;
    return LRR_OK;
}

static lrr_status check_cfg(const lrr_schedule *s, const lrr_schedule_cfg *cfg,
                            lrr_error *err)
{
    if (find_form(cfg->kind) == NULL)
        return lrr_fail(err, LRR_EINVAL, "no schedule '%s'", cfg->kind);
    if (s->n >= NODES_MAX || cfg->n_children > NODES_MAX)
        return lrr_fail(err, LRR_EINVAL, "a schedule has at most %d parts", NODES_MAX);
    for (size_t i = 0; i < cfg->n_children; i++) {
        if (cfg->children[i] < 0 || cfg->children[i] >= s->n)
            return lrr_fail(err, LRR_EINVAL, "phase %d is not there", (int)i + 1);
    }
    if (cfg->monitor != NULL && strlen(cfg->monitor) >= LRR_METRIC_NAME_MAX)
        return lrr_fail(err, LRR_EINVAL, "a metric's name has at most %d bytes",
                        LRR_METRIC_NAME_MAX - 1);
    if (!(cfg->unit >= 1) || !(cfg->length >= 0))
        return lrr_fail(err, LRR_EINVAL,
                        "a schedule's unit is below 1, or length below 0");
    return LRR_OK;
}

/* Parameters in the node's unit: durations of a form that counts epochs are epochs. */
static void copy_params(lrr__node *node, const lrr_schedule_cfg *cfg)
{
    const lrr_param *param = node->form->params;
    for (int i = 0; param[i].name != NULL; i++) {
        node->p[i] = cfg->p[i];
        if (param[i].type == LRR_PARAM_STEPS)
            node->p[i] /= cfg->unit;
    }
}

lrr_status lrr_schedule_add(lrr_schedule *s, const lrr_schedule_cfg *cfg, int *id,
                            lrr_error *err)
{
    lrr__node node = { .length = cfg->length, .unit = cfg->unit };
    lrr_status st = check_cfg(s, cfg, err);
    if (st == LRR_OK)
        st = lrr_mem_grow(&s->nodes, (size_t)s->n, &s->size, sizeof *s->nodes,
                          "a schedule", err);
    if (st == LRR_OK)
        st = copy_lists(&node, cfg, err);
    if (st != LRR_OK) {
        free_node(&node);
        return st;
    }
    node.form = find_form(cfg->kind);
    copy_params(&node, cfg);
    if (cfg->monitor != NULL)
        snprintf(node.monitor, sizeof node.monitor, "%s", cfg->monitor);
    node.ends = cfg->ends;
    s->nodes[s->n] = node;
    *id = s->n++;
    return LRR_OK;
}
