/*
** bind_graph.h -- what the two files of lrrun.native.graph share: bind_graph.c builds
** networks, bind_graph_run.c runs them. Lua numbers nodes from 1.
*/
#ifndef LRR_BIND_BIND_GRAPH_H
#define LRR_BIND_BIND_GRAPH_H

#include "bind/bind.h"

/* What a box of LRR_TYPE_GRAPH points to; its user value 1 keeps the tensors that inputs
** point into. */
typedef struct lrr_bound_graph {
    lrr_graph *g;
    lrr_run run;
    bool ran; /* run holds a forward that backward may follow */
} lrr_bound_graph;

lrr_bound_graph *lrr__bind_checkbound(lua_State *L, int arg);

/* Of the graph at index 1: pushes the tensor that input `id` was last set to, or the
** lengths' of time axis i (from 0) for id -i; nil where there is none. Returns 1. */
int lrr__bind_push_kept(lua_State *L, lua_Integer id);

/* g:forward, g:add_sums and g:backward. */
int lrr__bind_forward(lua_State *L);
int lrr__bind_add_sums(lua_State *L);
int lrr__bind_backward(lua_State *L);

#endif
