/* text.c -- see text.h: collecting texts, and the data set of them. */
#include "readers/text.h"

#include <string.h>

#include "base/halt.h"
#include "base/mem.h"
#include "readers/labels.h"
#include "readers/text_private.h"
#include "readers/words.h"

enum { WORDS_MAX = 1 << 30, LABELS_MAX = 65536 };

lrr_status lrr_text_new(bool chars, lrr_text **out, lrr_error *err)
{
    lrr_text *t = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *t, "texts", &t, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    t->chars = chars;
    t->room = 4096;
    t->rows_room = 256;
    st = lrr_intern_new(WORDS_MAX, &t->words, err);
    if (st == LRR_OK)
        st = lrr_intern_new(LABELS_MAX, &t->labels, err);
    if (st == LRR_OK)
        st = lrr_mem_new(t->room, sizeof *t->token, "texts", &t->token, err);
    if (st == LRR_OK)
        st = lrr_mem_new(t->rows_room, sizeof *t->row, "texts", &t->row, err);
    if (st != LRR_OK) {
        lrr_text_free(t);
        return st;
    }
    *out = t;
    return LRR_OK;
}

void lrr_text_free(lrr_text *t)
{
    if (t == NULL)
        return;
    lrr_intern_free(t->words);
    lrr_intern_free(t->labels);
    lrr_mem_free(t->token);
    lrr_ids_free(&t->tag);
    lrr_mem_free(t->row);
    lrr_mem_free(t->vocabulary);
    lrr_mem_free(t);
}

lrr_status lrr__text_put(lrr_text *t, const char *s, size_t n, lrr_error *err)
{
    uint32_t id;
    lrr_status st = lrr_intern_add(t->words, s, n, &id, err);
    if (st == LRR_OK)
        st = lrr_mem_grow(&t->token, t->used, &t->room, sizeof *t->token, "texts", err);
    if (st == LRR_OK)
        t->token[t->used++] = (int32_t)id;
    return st == LRR_OK && t->used % LRR_HALT_EVERY == 0 ? lrr_halt_check(err) : st;
}

static lrr_status tokenize(lrr_text *t, const char *s, size_t n, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < n;) {
        lrr_word_found word;
        if (t->chars) {
            st = lrr__text_put(t, s + i++, 1, err);
            continue;
        }
        lrr_word_find(s + i, n - i, &word);
        if (word.n > 0)
            st = lrr__text_put(t, word.text, word.n, err);
        i += word.taken;
    }
    return st;
}

lrr_status lrr__text_more_rows(lrr_text *t, lrr_error *err)
{
    return lrr_mem_grow(&t->row, t->rows, &t->rows_room, sizeof *t->row, "texts", err);
}

lrr_status lrr_text_add(lrr_text *t, const lrr_text_sample *x, lrr_error *err)
{
    uint32_t label = 0;
    lrr_status st = LRR_OK;
    if (memchr(x->s, 0, x->n) != NULL)
        return lrr_fail(err, LRR_EFORMAT, "a NUL byte: this is not a text");
    if (x->n > LRR_TEXT_BYTES_MAX)
        return lrr_fail(err, LRR_EFORMAT, "a text of %zu bytes, the most is %zu", x->n,
                        LRR_TEXT_BYTES_MAX);
    if (t->rows > 0 && (x->label != NULL) != (lrr_intern_count(t->labels) > 0))
        return lrr_fail(err, LRR_EINVAL, "some texts have a label and some have none");
    if (x->label != NULL)
        st = lrr_intern_add(t->labels, x->label, x->n_label, &label, err);
    if (x->part == LRR_SPLIT_TRAIN)
        t->known = lrr_intern_count(t->labels);
    if (st == LRR_OK)
        st = lrr__text_more_rows(t, err);
    if (st != LRR_OK)
        return st;
    LRR_ASSERT(t->rows == 0 || t->row[t->rows - 1].part <= x->part);
    t->row[t->rows++] = (text_row){ t->used, label, x->part };
    t->part[x->part]++;
    st = tokenize(t, x->s, x->n, err);
    if (st == LRR_OK && t->used == t->row[t->rows - 1].at)
        st =
            lrr__text_put(t, "", 0, err); /* never in a vocabulary: one unknown token */
    return st;
}

lrr_status lrr_text_dataset(lrr_text *t, lrr_dataset **out, lrr_error *err)
{
    lrr_dataset_cfg cfg = { .kind = LRR_DATA_TOKENS,
                            .steps = t->used,
                            .classes = t->known,
                            .per_step = t->tag.n > 0 };
    lrr_dataset *d;
    lrr_status st;
    *out = NULL;
    memcpy(cfg.part, t->part, sizeof cfg.part);
    if ((st = lrr_dataset_new(&cfg, &d, err)) != LRR_OK)
        return st;
    for (size_t i = 0; i < d->n; i++)
        d->offset[i] = t->row[i].at;
    d->offset[d->n] = t->used;
    memcpy(d->x.tokens, t->token, t->used * sizeof *t->token);
    if (d->per_step)
        memcpy(d->y_class, t->tag.id, t->used * sizeof *d->y_class);
    for (size_t i = 0; i < d->n && d->classes > 0 && !d->per_step; i++)
        d->y_class[i] = (int32_t)t->row[i].label;
    if (d->classes > 0)
        st = lrr_labels_to_classes(t->labels, d, err);
    if (st != LRR_OK) {
        lrr_dataset_free(d);
        return st;
    }
    /* They are all in the data set now. */
    lrr_mem_free(t->token);
    t->token = NULL;
    t->used = t->room = 0;
    *out = d;
    return LRR_OK;
}
