/* names.c -- see names.h. */
#include "graph/names.h"

#include <string.h>

#include "base/mem.h"

enum { ROOM_FIRST = 64 };

uint64_t lrr__name_hash(const char *name)
{
    uint64_t h = 14695981039346656037U;
    for (; *name != '\0'; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211U;
    return h;
}

/* Where the name stands, or would: half of the places are free, so a search ends. */
static lrr_node **place(const lrr_names *names, const char *name)
{
    size_t i = (size_t)lrr__name_hash(name) & (names->room - 1);
    while (names->at[i] != NULL && strcmp(names->at[i]->name, name) != 0)
        i = (i + 1) & (names->room - 1);
    return &names->at[i];
}

lrr_node *lrr__names_find(const lrr_names *names, const char *name)
{
    return names->n == 0 ? NULL : *place(names, name);
}

lrr_status lrr__names_room(lrr_names *names, lrr_error *err)
{
    lrr_names more = { .n = names->n, .room = 2 * names->room };
    lrr_status st;

    if (2 * (names->n + 1) <= names->room)
        return LRR_OK;
    if (more.room == 0)
        more.room = ROOM_FIRST;
    st = lrr_mem_new(more.room, sizeof(lrr_node *), "names of parameters", &more.at,
                     err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < names->room; i++)
        if (names->at[i] != NULL)
            *place(&more, names->at[i]->name) = names->at[i];
    lrr_mem_free(names->at);
    *names = more;
    return LRR_OK;
}

void lrr__names_add(lrr_names *names, lrr_node *node)
{
    *place(names, node->name) = node;
    names->n++;
}

void lrr__names_fini(lrr_names *names)
{
    lrr_mem_free(names->at);
    *names = (lrr_names){ 0 };
}
