/* bind_data.h -- what the bindings of data share. */
#ifndef LRR_BIND_BIND_DATA_H
#define LRR_BIND_BIND_DATA_H

#include "bind/bind.h"

/* "train", "val", "test", then NULL: for luaL_checkoption, in lrr_split's order. */
extern const char *const lrr_bind_split_names[];

/* Makes the types of data sets and loaders known, once. */
void lrr_bind_register_data(lua_State *L);

/* rows{ x, y, shape, classes, targets, seq, per_step, vocab } -> dataset, from lists. x has a
** row of numbers for each sample; with seq a list of rows, its steps; with vocab a list of
** tokens. shape: of a sample, or of a step. y: a class from 0 for each sample where classes
** > 0, else rows of `targets` numbers; with per_step for each step, in one list. */
int lrr__bind_rows(lua_State *L);

#endif
