/* stop.c -- see stop.h. */
#include "stop/stop.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "stop/rule.h"

enum { NODES_MAX = 64, STATE_MAX = 8 };

typedef struct stop_node {
    const lrr__stop_rule *rule;
    char monitor[LRR_METRIC_NAME_MAX];
    double p[LRR_PARAM_MAX];
    double state[STATE_MAX]; /* the last one: whether it fired when last asked */
    int children[NODES_MAX];
    int n_children;
} stop_node;

struct lrr_stop {
    stop_node *nodes;
    int n;
    size_t size; /* nodes there is room for */
};

#define FIRED(node) ((node)->state[(node)->rule->n_state])

static const lrr__stop_rule *const RULES[] = {
#define X(name) &lrr__stop_##name,
    LRR_STOP_MAP(X)
#undef X
};

static const char *const REASONS[] = {
#define X(name, text) text,
    LRR_STOP_REASON_MAP(X)
#undef X
};

const char *lrr_stop_reason_name(lrr_stop_reason reason)
{
    return (unsigned)reason < LRR_STOP_REASON_COUNT ? REASONS[reason] : "none";
}

bool lrr_metrics_find(const lrr_metrics *m, const char *name, double *value)
{
    for (int i = 0; i < m->n; i++) {
        if (strcmp(m->names[i], name) == 0) {
            *value = m->values[i];
            return true;
        }
    }
    return false;
}

static const lrr__stop_rule *find_rule(const char *kind)
{
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        if (strcmp(RULES[i]->name, kind) == 0)
            return RULES[i];
    }
    return NULL;
}

const lrr_param *lrr_stop_params(const char *kind)
{
    const lrr__stop_rule *rule = find_rule(kind);
    return rule == NULL ? NULL : rule->params;
}

lrr_status lrr_stop_new(lrr_stop **out, lrr_error *err)
{
    *out = NULL;
    return lrr_mem_new(1, sizeof(lrr_stop), "a stop rule", out, err);
}

void lrr_stop_free(lrr_stop *s)
{
    if (s == NULL)
        return;
    lrr_mem_free(s->nodes);
    lrr_mem_free(s);
}

lrr_status lrr_stop_add(lrr_stop *s, const lrr_stop_cfg *cfg, int *id, lrr_error *err)
{
    const lrr__stop_rule *rule = find_rule(cfg->kind);
    const char *monitor = cfg->monitor == NULL ? "" : cfg->monitor;
    stop_node *node;
    lrr_status st;
    if (rule == NULL)
        return lrr_fail(err, LRR_EINVAL, "no stop rule '%s'", cfg->kind);
    if (strlen(monitor) >= LRR_METRIC_NAME_MAX)
        return lrr_fail(err, LRR_EINVAL, "a metric's name has at most %d bytes",
                        LRR_METRIC_NAME_MAX - 1);
    if (s->n >= NODES_MAX)
        return lrr_fail(err, LRR_EINVAL, "at most %d stop rules in one", NODES_MAX);
    for (int i = 0; i < cfg->n_children; i++) {
        if (cfg->n_children > NODES_MAX || cfg->children[i] < 0 ||
            cfg->children[i] >= s->n)
            return lrr_fail(err, LRR_EINVAL, "stop rule %d is not there", i + 1);
    }
    st = lrr_mem_grow(&s->nodes, (size_t)s->n, &s->size, sizeof *s->nodes, "stop rules",
                      err);
    if (st != LRR_OK)
        return st;
    node = &s->nodes[s->n];
    memset(node, 0, sizeof *node);
    node->rule = rule;
    snprintf(node->monitor, sizeof node->monitor, "%s", monitor);
    memcpy(node->p, cfg->p, sizeof node->p);
    node->n_children = cfg->n_children;
    for (int i = 0; i < cfg->n_children; i++)
        node->children[i] = cfg->children[i];
    *id = s->n++;
    return LRR_OK;
}

static void see_leaf(stop_node *node, lrr__stop_seen *seen)
{
    lrr__stop_verdict verdict;
    seen->p = node->p;
    seen->state = node->state;
    seen->monitor = node->monitor;
    verdict = node->rule->see(seen);
    if (verdict != LRR__STOP_KEEP)
        FIRED(node) = verdict == LRR__STOP_FIRE;
}

/* Reason of node by what its leaves last said; the first child's that fired. */
static lrr_stop_reason reason_of(const lrr_stop *s, int id)
{
    const stop_node *node = &s->nodes[id];
    bool all = node->rule == &lrr__stop_all;
    lrr_stop_reason first = LRR_STOP_NONE;
    if (node->rule->see != NULL)
        return FIRED(node) != 0 ? node->rule->reason : LRR_STOP_NONE;
    for (int i = 0; i < node->n_children; i++) {
        lrr_stop_reason reason = reason_of(s, node->children[i]);
        if (all && reason == LRR_STOP_NONE)
            return LRR_STOP_NONE;
        if (first == LRR_STOP_NONE)
            first = reason;
    }
    return first;
}

/* Every leaf sees everything, also behind one that fired: `all` needs their counts. */
static lrr_stop_reason see_all(lrr_stop *s, lrr__stop_seen *seen)
{
    for (int i = 0; i < s->n; i++) {
        if (s->nodes[i].rule->see != NULL)
            see_leaf(&s->nodes[i], seen);
    }
    return s->n == 0 ? LRR_STOP_NONE : reason_of(s, s->n - 1);
}

lrr_stop_reason lrr_stop_step(lrr_stop *s, double loss, uint64_t step, double seconds)
{
    lrr__stop_seen seen = { .loss = loss, .step = step, .seconds = seconds };
    return s == NULL ? LRR_STOP_NONE : see_all(s, &seen);
}

lrr_stop_reason lrr_stop_check(lrr_stop *s, const lrr_metrics *m)
{
    lrr__stop_seen seen = { .m = m, .step = m->step, .seconds = m->seconds };
    return s == NULL ? LRR_STOP_NONE : see_all(s, &seen);
}

const char *lrr_stop_monitor(const lrr_stop *s, int i)
{
    for (int k = 0; s != NULL && k < s->n; k++) {
        if (s->nodes[k].monitor[0] != '\0' && i-- == 0)
            return s->nodes[k].monitor;
    }
    return NULL;
}

size_t lrr_stop_state_size(const lrr_stop *s)
{
    return s == NULL ? 0 : (size_t)s->n * STATE_MAX;
}

void lrr_stop_state_save(const lrr_stop *s, double *out)
{
    for (int i = 0; s != NULL && i < s->n; i++)
        memcpy(out + i * STATE_MAX, s->nodes[i].state, sizeof s->nodes[i].state);
}

void lrr_stop_state_load(lrr_stop *s, const double *in)
{
    for (int i = 0; s != NULL && i < s->n; i++)
        memcpy(s->nodes[i].state, in + i * STATE_MAX, sizeof s->nodes[i].state);
}
