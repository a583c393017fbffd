/* texts.c -- see texts.h. */
#include "host/texts.h"

static void find_longest(lrr_texts *t)
{
    t->longest = t->beyond;
    for (size_t i = 0; i < t->n; i++) {
        if (t->text[i].size > t->longest)
            t->longest = t->text[i].size;
    }
}

void lrr_texts_add(lrr_texts *t, const void *at, size_t size)
{
    if (t->n < LRR_TEXTS) {
        t->text[t->n].at = at;
        t->text[t->n].size = size;
        t->n++;
    } else if (size > t->beyond) {
        t->beyond = size;
    }
    if (size > t->longest)
        t->longest = size;
}

void lrr_texts_drop(lrr_texts *t, const void *at)
{
    size_t i = 0;
    while (i < t->n && t->text[i].at != at)
        i++;
    if (i == t->n)
        return;
    t->text[i] = t->text[--t->n];
    find_longest(t);
}
