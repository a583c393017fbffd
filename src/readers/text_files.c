/* text_files.c -- texts from folders and files; see text.h. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "readers/csv.h"
#include "readers/folder.h"
#include "readers/source.h"
#include "readers/text_input.h"
#include "readers/text_private.h"

static lrr_status make_room(lrr__buffer *b, size_t n, const char *name, lrr_error *err)
{
    size_t room = b->room == 0 ? 1 << 16 : b->room;
    char *more = NULL;
    lrr_status st;
    while (room - b->n < n)
        room *= 2;
    if (room == b->room)
        return LRR_OK;
    if (room > 2 * LRR_TEXT_BYTES_MAX)
        return lrr_fail(err, LRR_EFORMAT, "%s is too long for a text", name);
    if ((st = lrr_mem_new(room, 1, "a text", &more, err)) != LRR_OK)
        return st;
    if (b->n > 0)
        memcpy(more, b->s, b->n);
    lrr_mem_free(b->s);
    b->s = more;
    b->room = room;
    return LRR_OK;
}

lrr_status lrr__buffer_add(lrr__buffer *b, const char *s, size_t n, const char *name,
                           lrr_error *err)
{
    lrr_status st = make_room(b, n, name != NULL ? name : "it", err);
    if (st == LRR_OK && n > 0) {
        memcpy(b->s + b->n, s, n);
        b->n += n;
    }
    return st;
}

lrr_status lrr__text_read(const char *path, lrr__buffer *b, lrr_error *err)
{
    lrr_text_input *in = NULL;
    const unsigned char *bytes;
    size_t got = 1;
    FILE *f;
    lrr_status st = lrr_source_file(path, &f, err);
    if (st != LRR_OK)
        return st;
    setvbuf(f, NULL, _IONBF, 0); /* one read for a small file */
    st = lrr_text_input_wrap(f, path, false, &in, err);
    while (st == LRR_OK && got > 0) {
        st = lrr_text_input_next(in, &bytes, &got, err);
        if (st == LRR_OK)
            st = lrr__buffer_add(b, (const char *)bytes, got, lrr_near_name(path), err);
    }
    lrr_text_input_close(in);
    return st;
}

lrr_status lrr_text_add_folder(lrr_text *t, const char *path, const char *label,
                               lrr_split part, lrr_error *err)
{
    lrr__buffer b = { 0 };
    lrr_folder *list;
    lrr_status st = lrr_folder_list(path, &list, err);
    if (st != LRR_OK)
        return st;
    if (list->n == 0)
        st = lrr_fail(err, LRR_EFORMAT, "the folder %s is empty", path);
    for (size_t i = 0; st == LRR_OK && i < list->n; i++) {
        const lrr_text_sample x = { .label = label,
                                    .n_label = strlen(label),
                                    .part = part };
        lrr_text_sample sample = x;
        lrr_error why;
        char *full = NULL;
        if ((st = lrr_folder_path(list, i, &full, err)) != LRR_OK)
            break;
        b.n = 0;
        st = lrr__text_read(full, &b, err);
        lrr_mem_free(full);
        if (st != LRR_OK)
            break;
        sample.s = b.s;
        sample.n = b.n;
        if ((st = lrr_text_add(t, &sample, &why)) != LRR_OK)
            st = lrr_fail(err, st, "%s/%s: %s", label, list->name[i], why.msg);
    }
    lrr_mem_free(b.s);
    lrr_folder_free(list);
    return st;
}

/* The field that a column means in a record of n, by name from the header or by number. */
static lrr_status find_field(const char *file, const lrr_text_column *c,
                             const lrr_csv_field *f, size_t n, size_t *out,
                             lrr_error *err)
{
    if (c->name != NULL) {
        for (size_t i = 0; i < n; i++) {
            if (strcmp(f[i].s, c->name) == 0) {
                *out = i;
                return LRR_OK;
            }
        }
        return lrr_fail(err, LRR_EINVAL, "%s has no column '%.80s' in its first line",
                        file, c->name);
    }
    *out = c->number < 0 ? n - (size_t)-c->number : (size_t)c->number - 1;
    if (*out >= n)
        return lrr_fail(err, LRR_EINVAL, "%s has %zu column%s, no column %ld", file, n,
                        lrr_s(n), c->number);
    return LRR_OK;
}

static lrr_status add_records(const lrr_text_file_cfg *cfg, lrr_csv *c,
                              lrr__text_taker take, void *of, lrr_error *err)
{
    const bool labels = cfg->label.number != 0 || cfg->label.name != NULL;
    size_t n, columns, text = 0, label = 0;
    const lrr_csv_field *f;
    lrr_status st = lrr_csv_next(c, &f, &n, err);
    if (st == LRR_OK && n == 0)
        return lrr_fail(err, LRR_EFORMAT, "%s is empty", lrr_csv_name(c));
    columns = n;
    if (st == LRR_OK)
        st = find_field(lrr_csv_name(c), &cfg->text, f, n, &text, err);
    if (st == LRR_OK && labels)
        st = find_field(lrr_csv_name(c), &cfg->label, f, n, &label, err);
    if (st == LRR_OK && labels && text == label)
        return lrr_fail(err, LRR_EINVAL,
                        "%s: column %zu would be both text and label (%zu column%s)",
                        lrr_csv_name(c), text + 1, n, n == 1 ? "" : "s");
    if (st == LRR_OK && cfg->header)
        st = lrr_csv_next(c, &f, &n, err);
    while (st == LRR_OK && n > 0) {
        lrr_text_sample x = { .part = cfg->part };
        lrr_error why;
        if (n != columns)
            return lrr_fail(err, LRR_EFORMAT, "%s:%llu: %zu field%s, want %zu",
                            lrr_csv_name(c), (unsigned long long)f[0].line, n, lrr_s(n),
                            columns);
        if (labels && f[label].n == 0)
            return lrr_fail(err, LRR_EFORMAT, "%s:%llu:%llu: the label is empty",
                            lrr_csv_name(c), (unsigned long long)f[label].line,
                            (unsigned long long)f[label].column);
        x.s = f[text].s;
        x.n = f[text].n;
        x.label = labels ? f[label].s : NULL;
        x.n_label = labels ? f[label].n : 0;
        if ((st = take(of, &x, &why)) != LRR_OK)
            return lrr_fail(err, st, "%s:%llu: %s", lrr_csv_name(c),
                            (unsigned long long)f[0].line, why.msg);
        st = lrr_csv_next(c, &f, &n, err);
    }
    return st;
}

lrr_status lrr__text_records(const lrr_text_file_cfg *cfg, lrr__text_taker take,
                             void *of, lrr_error *err)
{
    /* Texts may begin with any mark: # is no comment, and with tabs " no quote. */
    const lrr_csv_dialect dialect = { .delimiter = cfg->delimiter,
                                      .quote =
                                          cfg->delimiter == '\t' ? LRR_CSV_NONE : '"',
                                      .comment = LRR_CSV_NONE };
    lrr_csv *c;
    lrr_status st = lrr_csv_open(cfg->path, &dialect, &c, err);
    if (st != LRR_OK)
        return st;
    st = add_records(cfg, c, take, of, err);
    lrr_csv_close(c);
    return st;
}

static lrr_status add_text(void *of, const lrr_text_sample *x, lrr_error *err)
{
    lrr_text *t = of;
    return lrr_text_add(t, x, err);
}

lrr_status lrr_text_add_file(lrr_text *t, const lrr_text_file_cfg *cfg, lrr_error *err)
{
    return lrr__text_records(cfg, add_text, t, err);
}

lrr_status lrr_text_add_lines(lrr_text *t, const char *path, const char *label,
                              lrr_split part, lrr_error *err)
{
    lrr__buffer b = { 0 };
    lrr_status st = lrr__text_read(path, &b, err);
    for (size_t at = 0, line = 1; st == LRR_OK && at < b.n; line++) {
        const char *end = memchr(b.s + at, '\n', b.n - at);
        size_t n = end != NULL ? (size_t)(end - b.s) - at : b.n - at;
        lrr_text_sample x = { .s = b.s + at,
                              .n = n,
                              .part = part,
                              .label = label,
                              .n_label = label != NULL ? strlen(label) : 0 };
        lrr_error why;
        if (x.n > 0 && x.s[x.n - 1] == '\r')
            x.n--;
        if (x.n > 0 && (st = lrr_text_add(t, &x, &why)) != LRR_OK)
            st = lrr_fail(err, st, "%s:%zu: %s", lrr_base_name(path), line, why.msg);
        at += n + 1;
    }
    lrr_mem_free(b.s);
    return st;
}
