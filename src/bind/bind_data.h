/* bind_data.h -- what the bindings of data share. */
#ifndef LRR_BIND_BIND_DATA_H
#define LRR_BIND_BIND_DATA_H

#include "bind/bind.h"
#include "data/loader.h"
#include "readers/file_rows.h"

/* "train", "val", "test", then NULL: for luaL_checkoption, in lrr_split's order. */
extern const char *const lrr_bind_split_names[];

/* Makes the types of data sets and loaders known, once. */
void lrr_bind_register_data(lua_State *L);

/* How data are split, of the table at arg: seed, val, test, limit, folds, fold (from 1),
** stratified, last, test_is_val. Raises. */
void lrr__bind_split_cfg(lua_State *L, int arg, lrr_split_cfg *out);

/* rows{ x, y, shape, classes, targets, seq, per_step, vocab } -> dataset, from lists. x has a
** row of numbers for each sample; with seq a list of rows, its steps; with vocab a list of
** tokens. shape: of a sample, or of a step. y: a class from 0 for each sample where classes
** > 0, else rows of `targets` numbers; with per_step for each step, in one list. */
int lrr__bind_rows(lua_State *L);

/* The data set at 1: one that may still be changed, as no loader reads it in a thread of its
** own; one that is split. Both raise. */
lrr_dataset *lrr__bind_check_free(lua_State *L);
lrr_dataset *lrr__bind_check_split(lua_State *L);

/* Raises where the loader's samples stay in their files and could not be read. */
void lrr_bind_check_read(lua_State *L, const lrr_loader *l);

/* Methods of data sets in bind_scale.c. */
int lrr__bind_fit(lua_State *L);
int lrr__bind_scale(lua_State *L);
int lrr__bind_set_scale(lua_State *L);
int lrr__bind_fit_targets(lua_State *L);
int lrr__bind_target_scale(lua_State *L);
int lrr__bind_set_target_scale(lua_State *L);

/* The same in bind_missing.c. */
int lrr__bind_missing(lua_State *L);
int lrr__bind_drop(lua_State *L);
int lrr__bind_flag(lua_State *L);
int lrr__bind_base(lua_State *L);
int lrr__bind_to_classes(lua_State *L);
int lrr__bind_to_numbers(lua_State *L);
int lrr__bind_has_class(lua_State *L);
int lrr__bind_place_classes(lua_State *L);

/* The field stream of the table at arg: true, samples stay in their files; a number of bytes of
** samples, above which they do where they can; or nil. */
lrr_storing lrr_bind_storing(lua_State *L, int arg);

#endif
