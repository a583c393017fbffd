/* text_tags.c -- texts with a tag for each token, as CoNLL's tasks have them; see text.h. */
#include <string.h>

#include "base/mem.h"
#include "readers/source.h"
#include "readers/text_private.h"

static bool is_gap(char c)
{
    return c == ' ' || c == '\t';
}

/* A line's first field and its last one; last_n 0: there is one alone. */
typedef struct fields {
    const char *first, *last;
    size_t first_n, last_n;
} fields;

static fields fields_of(const char *s, size_t n)
{
    fields f = { 0 };
    size_t at = 0;
    while (n > 0 && is_gap(s[n - 1]))
        n--;
    while (at < n && is_gap(s[at]))
        at++;
    f.first = s + at;
    while (at + f.first_n < n && !is_gap(s[at + f.first_n]))
        f.first_n++;
    if (at + f.first_n == n)
        return f;
    while (f.last_n < n && !is_gap(s[n - f.last_n - 1]))
        f.last_n++;
    f.last = s + n - f.last_n;
    return f;
}

static lrr_status put_tag(lrr_text *t, const char *s, size_t n, lrr_error *err)
{
    uint32_t id;
    lrr_status st = lrr_intern_add(t->labels, s, n, &id, err);
    if (st == LRR_OK)
        st = lrr_ids_add(&t->tag, (int32_t)id, err);
    return st;
}

static lrr_status begin_sentence(lrr_text *t, lrr_split part, lrr_error *err)
{
    lrr_status st = lrr__text_more_rows(t, err);
    if (st == LRR_OK) {
        t->row[t->rows++] = (text_row){ t->used, 0, part };
        t->part[part]++;
    }
    return st;
}

static lrr_status add_line(lrr_text *t, const fields *f, bool tags, lrr_error *err)
{
    lrr_status st;
    if (tags && f->last_n == 0)
        return lrr_fail(err, LRR_EFORMAT,
                        "'%.*s' alone, want a token and its tag, with a blank or tab "
                        "between",
                        (int)(f->first_n < 40 ? f->first_n : 40), f->first);
    st = lrr__text_put(t, f->first, f->first_n, err);
    if (st == LRR_OK && tags)
        st = put_tag(t, f->last, f->last_n, err);
    return st;
}

static lrr_status add_all(lrr_text *t, const lrr__buffer *b, lrr_split part, bool tags,
                          size_t *line, lrr_error *err)
{
    static const char document[] = "-DOCSTART-";
    bool inside = false;
    lrr_status st = LRR_OK;
    *line = 0;
    for (size_t at = 0; st == LRR_OK && at < b->n;) {
        const char *end = memchr(b->s + at, '\n', b->n - at);
        const size_t n = end != NULL ? (size_t)(end - b->s) - at : b->n - at;
        const size_t cut = n > 0 && b->s[at + n - 1] == '\r' ? n - 1 : n;
        const fields f = fields_of(b->s + at, cut);
        ++*line;
        at += n + 1;
        if (f.first_n == 0 || (f.first_n == sizeof document - 1 &&
                               memcmp(f.first, document, f.first_n) == 0)) {
            inside = false;
            continue;
        }
        if (!inside)
            st = begin_sentence(t, part, err);
        inside = true;
        if (st == LRR_OK)
            st = add_line(t, &f, tags, err);
    }
    return st;
}

lrr_status lrr_text_add_tagged(lrr_text *t, const char *path, lrr_split part, bool tags,
                               lrr_error *err)
{
    const size_t before = t->rows;
    lrr__buffer b = { 0 };
    lrr_error why;
    size_t line = 0;
    lrr_status st = lrr__text_read(path, &b, err);
    if (st == LRR_OK && b.n > 0 && memchr(b.s, 0, b.n) != NULL)
        st = lrr_fail(err, LRR_EFORMAT, "%s: a NUL byte: this is not a text",
                      lrr_base_name(path));
    if (st == LRR_OK && (st = add_all(t, &b, part, tags, &line, &why)) != LRR_OK)
        lrr_fail(err, st, "%s:%zu: %s", lrr_base_name(path), line, why.msg);
    if (st == LRR_OK && t->rows == before)
        st = lrr_fail(err, LRR_EFORMAT, "%s is empty", lrr_base_name(path));
    if (part == LRR_SPLIT_TRAIN)
        t->known = lrr_intern_count(t->labels);
    lrr_mem_free(b.s);
    return st;
}
