/*
** bind.h -- helpers shared by the binding files, and the rules they keep.
**
** lua_error() is a longjmp: it skips every free() between it and the pcall.
** So in a binding, nothing that needs releasing may be held by a C local while
** a Lua call that can raise runs. Every l_ function has three parts, in order:
**
**   1. read and check all arguments     (may raise; holds nothing)
**   2. push an empty box                (may raise; holds nothing)
**   3. call lrrun, filling the box      (cannot raise; the GC owns the result)
**
** Scratch memory is lua_newuserdatauv(L, n, 0), never malloc. While a function that was
** registered here runs, no other one starts (metamethods, finalizers): what it has checked
** stays as it is.
*/
#ifndef LRR_BIND_BIND_H
#define LRR_BIND_BIND_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/range.h"
#include "bind/fields.h"
#include "graph/graph.h"
#include "tensor/tensor.h"

/* Metatable names of boxed types. */
#define LRR_TYPE_TENSOR   "lrrun.tensor"
#define LRR_TYPE_GRAPH    "lrrun.graph"
#define LRR_TYPE_OPTIM    "lrrun.optim"
#define LRR_TYPE_SCHEDULE "lrrun.schedule"
#define LRR_TYPE_STOP     "lrrun.stop"
#define LRR_TYPE_DATASET  "lrrun.dataset"
#define LRR_TYPE_LOADER   "lrrun.loader"
#define LRR_TYPE_SESSION  "lrrun.session"
#define LRR_TYPE_COLLECT  "lrrun.collect"
#define LRR_TYPE_SPACE    "lrrun.space"

/* Registers functions in a new table, as luaL_newlib does. */
void lrr_bind_newlib(lua_State *L, const luaL_Reg *functions);

/* Whose time a native function takes (host/guard.c). */
typedef enum lrr_bind_kind {
    LRR_BIND_BUILD, /* networks, data, tensors, files: of whoever asked for them */
    LRR_BIND_TRAIN, /* forward, backward, updates, batches: training */
    LRR_BIND_WORK,  /* methods of tensors: as Lua's own library */
    LRR_BIND_QUICK  /* nobody's: takes no time, or belongs to a step */
} lrr_bind_kind;

/* From now on `leave` is called when a function or method comes back that was registered
** here, with the clock at its call; for quick ones it is not. It may raise for LRR_BIND_WORK. A
** function that raises does not come by. While *idle only LRR_BIND_WORK is timed: a step of
** training has several others. Of the process. */
void lrr_bind_watch(void (*leave)(lua_State *L, double began, lrr_bind_kind kind),
                    const bool *idle);

/* Registers a type: metamethods in meta, methods in methods. Pops nothing, pushes
** nothing. Scripts cannot reach the metatable, so they cannot call __gc. */
void lrr_bind_newtype(lua_State *L, const char *tname, const luaL_Reg *meta,
                      const luaL_Reg *methods);

/* Adds methods of a kind to a registered type, whose others are LRR_BIND_BUILD (of tensors:
** LRR_BIND_WORK). */
void lrr_bind_addmethods(lua_State *L, const char *tname, const luaL_Reg *methods,
                         lrr_bind_kind kind);

/* Pushes a box of type tname holding NULL, with nuv user values to anchor what it
** depends on. Fill it at once: the GC frees whatever is in it. */
void **lrr_bind_newbox(lua_State *L, const char *tname, int nuv);

/* The pointer boxed at arg; raises if it is another type or already closed. */
void *lrr_bind_checkbox(lua_State *L, int arg, const char *tname);

/* Raises err as "<msg>", without a position: Lua adds who and where. Never returns. */
int lrr_bind_raise(lua_State *L, const lrr_error *err);

/* Pushes a range as the fields of a rule (lua/lrrun/util/ranges.lua): { min = or above =,
** max = or below = }. */
void lrr_bind_pushrange(lua_State *L, const lrr_range *range);

/* A learning rate: finite and >= 0. */
double lrr_bind_checklr(lua_State *L, int arg);

/* The table of sizes at arg ({3, 32, 32}) as a shape; raises where it is none. */
void lrr_bind_checkshape(lua_State *L, int arg, lrr_shape *shape);

/* Pushes a shape as a table of sizes. */
void lrr_bind_pushshape(lua_State *L, const lrr_shape *shape);

/* Pushes a tensor over data that belongs to the box at index owner, which the tensor
** keeps alive (user value 1). Once the owner is closed the tensor counts as closed; until
** then the owner must not let go of data. */
void lrr_bind_pushview(lua_State *L, lrr_dtype dtype, const lrr_shape *shape,
                       void *data, int owner);

/* The graph boxed at arg (LRR_TYPE_GRAPH), and a node of it by its id in Lua (from 1). */
lrr_graph *lrr_bind_checkgraph(lua_State *L, int arg);
lrr_node *lrr_bind_checknode(lua_State *L, int arg, const lrr_graph *g);

/* X(name): each opens module "lrrun.native.<name>" (bind_<name>.c). */
#define LRR_BIND_MAP(X) \
    X(tensor)           \
    X(optim)            \
    X(graph)            \
    X(file)             \
    X(record)           \
    X(sys)              \
    X(limits)           \
    X(process)          \
    X(ranks)            \
    X(rng)              \
    X(schedule)         \
    X(stop)             \
    X(data)             \
    X(readers)          \
    X(table)            \
    X(images)           \
    X(text)             \
    X(tokens)           \
    X(screen)           \
    X(search)           \
    X(session)          \
    X(probe)            \
    X(measure)          \
    X(stream)           \
    X(answers)

#define X(name) int luaopen_lrrun_native_##name(lua_State *L);
LRR_BIND_MAP(X)
#undef X

/* Puts every opener of the list into package.preload. */
void lrr_bind_preload(lua_State *L);

#endif
