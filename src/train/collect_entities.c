/*
** collect_entities.c -- entities in tags of sequences: how many targets and answers have, and how
** many both have, from the same first step to the same last one and of the same type.
**
** Where an entity begins and ends is conlleval's rule (Tjong Kim Sang and De Meulder, CoNLL 2003,
** conlleval.pl, startOfChunk and endOfChunk; with its tags S of IOBES, too): an I that follows no
** tag of its type begins one. A sequence's end ends all; an answer that is none is O.
*/
#include "train/collect_kind.h"

enum { TARGETS, ANSWERS, RIGHT, WORDS };

static size_t words(const lrr_collect_cfg *cfg)
{
    (void)cfg;
    return WORDS;
}

static bool is(char kind, const char *set)
{
    while (*set != '\0' && *set != kind)
        set++;
    return *set != '\0';
}

static bool ends(lrr_collect_tag prev, lrr_collect_tag now)
{
    if (prev.kind == 'O')
        return false;
    return is(prev.kind, "ES") || is(now.kind, "BSO") || prev.type != now.type;
}

static bool begins(lrr_collect_tag prev, lrr_collect_tag now)
{
    if (now.kind == 'O')
        return false;
    return is(now.kind, "BS") || is(prev.kind, "ESO") || prev.type != now.type;
}

static void add_sample(lrr_collect *c, const lrr_rows *rows, size_t from, size_t n)
{
    const lrr_collect_tag none = { 'O', -1 };
    const size_t cols = c->cfg.cols;
    lrr_collect_tag target = none, answer = none; /* of the step before */
    bool both = false; /* in an entity of both that began at the same step */
    for (size_t i = 0; i <= n; i++) {
        lrr_collect_tag t = none, a = none;
        bool begins_t, begins_a, ends_t, ends_a;
        if (i < n) {
            const size_t id = lrr__rows_class(rows, from + i, cols);
            const size_t said = lrr__rows_largest(rows->x + (from + i) * cols, cols);
            t = id < cols ? c->tag[id] : none;
            a = said < cols ? c->tag[said] : none;
        }
        ends_t = ends(target, t);
        ends_a = ends(answer, a);
        c->word[RIGHT].i += both && ends_t && ends_a;
        both = both && !ends_t && !ends_a && t.type == a.type;
        begins_t = begins(target, t);
        begins_a = begins(answer, a);
        both = both || (begins_t && begins_a && t.type == a.type);
        c->word[TARGETS].i += begins_t;
        c->word[ANSWERS].i += begins_a;
        target = t;
        answer = a;
    }
}

static void add(lrr_collect *c, const lrr_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        add_sample(c, rows, i * rows->t,
                   rows->len != NULL ? (size_t)rows->len[i] : rows->t);
}

static size_t fields(const lrr_collect *c,
                     lrr_collect_field out[LRR_COLLECT_FIELDS_MAX])
{
    static const char *const names[WORDS] = { "targets", "answers", "right" };
    for (size_t i = 0; i < WORDS; i++)
        out[i] = (lrr_collect_field){ names[i], c->word + i, 1, true };
    return WORDS;
}

const lrr_collect_def lrr__collect_entities = {
    .name = "entities",
    .of = 1U << LRR_COLLECT_CLASSES,
    .tags = true,
    .words = words,
    .add = add,
    .fields = fields,
};
