/* internal.h -- the inside of lrr_optim, for optim.c and phases.c. */
#ifndef LRR_OPTIM_INTERNAL_H
#define LRR_OPTIM_INTERNAL_H

#include "optim/def.h"
#include "optim/parts.h"
#include "optim/phases.h"
#include "optim/whole.h"

typedef struct lrr_optim_group {
    double base[LRR_HYPER_COUNT], hyper[LRR_HYPER_COUNT];
    double factor[LRR_HYPER_COUNT]; /* on hyper, whoever sets it */
    double now[LRR_HYPER_COUNT];    /* hyper times factor, of the update being made */
    double from;                    /* updates made before its first */
    double product[LRR_PRODUCTS_MAX], scalar[LRR_SCALARS_MAX];
    lrr_optim_k k; /* of the update being made */
    bool whole;    /* its tensors are matrices */
} lrr_optim_group;

#define LRR_ROW_NAME 32

/* An optimizer that asks for as many gradients in an update as it finds it needs, and moves
** the weights itself. It has one group. */
typedef struct lrr_optim_search {
    /* More state tensors than def->states has, by the group's numbers; and their names. */
    size_t (*rows)(const double *base);
    void (*name_row)(size_t i, char name[LRR_ROW_NAME]);
    /* What it has besides, which is no state: of that many tensors' size. Errors: ENOMEM. */
    size_t n_own;
    lrr_status (*make)(const lrr_optim *o, void **own, lrr_error *err);
    void (*free)(void *own);
    /* See lrr_optim_move. False: params are as the update leaves them. */
    bool (*take)(lrr_optim *o, void *own, size_t p, const lrr_optim_point *at);
    /* The update is given up. */
    void (*forget)(lrr_optim *o, void *own);
} lrr_optim_search;

struct lrr_optim {
    const lrr_optim_def *def;
    const lrr_optim_stage *moves; /* (n_moves) def's, or those of the one around it */
    size_t n_moves;
    lrr_optim_flags flags;
    lrr_parts parts;
    lrr_wholes wholes;
    size_t size; /* elements of the block */
    lrr_optim_group *groups;
    size_t n_groups;
    uint32_t *group_of; /* (n_segments) */
    double steps;
    size_t n_states;
    const char *state_name[LRR_STATES_MAX];
    lrr_real *state[LRR_STATES_MAX];
    size_t n_rows; /* state tensors of def->search, behind those */
    lrr_real **row;
    char (*row_name)[LRR_ROW_NAME];
    void *own; /* of def->search */
    size_t n_scalars;
    lrr_real *held; /* (size) the weights, while params are moved from them; or NULL */
    bool moved;
};

/* The state tensors at element `at` of the block; NULL for those that there are not. */
void lrr__optim_state_at(const lrr_optim *o, size_t at, lrr_real *s[LRR_STATES_MAX]);

/* Whether the group's tensors are held in update number k (from 1): left as they are. */
bool lrr__optim_holds(const lrr_optim_group *g, double k);

/* What prepare is told of a group in update number k of the optimizer. */
lrr_optim_now lrr__optim_now_of(const lrr_optim *o, lrr_optim_group *g, double k);

#endif
