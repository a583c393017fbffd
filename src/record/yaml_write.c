/* yaml_write.c -- the writer of yaml.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/text.h"
#include "record/yaml.h"
#include "record/yaml_scalar.h"

struct lrr_yaml_writer {
    yaml_emitter_t emitter;
    char *text;
    size_t n, room;
    bool begun, full;
    bool is_map[LRR_YAML_DEPTH];
    int depth;
};

static int grow(lrr_yaml_writer *w, size_t n)
{
    size_t room = w->room == 0 ? 4096 : w->room;
    while (room < n)
        room = lrr_size_mul(room, 2);
    if (room == w->room)
        return 1;
    if (lrr_mem_resize(&w->text, w->n, room, 1, "YAML", NULL) != LRR_OK)
        return 0;
    w->room = room;
    return 1;
}

static int take(void *data, unsigned char *bytes, size_t n)
{
    lrr_yaml_writer *w = data;
    if (!grow(w, lrr_size_add(w->n, n))) {
        w->full = true;
        return 0;
    }
    memcpy(w->text + w->n, bytes, n);
    w->n += n;
    return 1;
}

lrr_status lrr_yaml_writer_new(lrr_yaml_writer **out, lrr_error *err)
{
    lrr_yaml_writer *w;
    lrr_status st = lrr_mem_new(1, sizeof *w, "a YAML writer", &w, err);

    *out = NULL;
    if (st != LRR_OK)
        return st;
    if (!yaml_emitter_initialize(&w->emitter)) {
        lrr_mem_free(w);
        return lrr_fail(err, LRR_ENOMEM, "no memory for a YAML writer");
    }
    yaml_emitter_set_unicode(&w->emitter, 1);
    yaml_emitter_set_width(&w->emitter, -1);
    yaml_emitter_set_output(&w->emitter, take, w);
    *out = w;
    return LRR_OK;
}

void lrr_yaml_writer_free(lrr_yaml_writer *w)
{
    if (w == NULL)
        return;
    yaml_emitter_delete(&w->emitter);
    lrr_mem_free(w->text);
    lrr_mem_free(w);
}

/* Hands the event over (made: whether it could be made at all). */
static lrr_status emit(lrr_yaml_writer *w, yaml_event_t *event, int made,
                       lrr_error *err)
{
    if (made && yaml_emitter_emit(&w->emitter, event))
        return LRR_OK;
    if (!made && event->type == YAML_NO_EVENT)
        return lrr_fail(err, LRR_EFORMAT, "a text is not UTF-8 (or no memory)");
    if (w->full || w->emitter.error == YAML_MEMORY_ERROR)
        return lrr_fail(err, LRR_ENOMEM, "no memory to write YAML");
    return lrr_fail(err, LRR_EFORMAT, "YAML: %s",
                    w->emitter.problem ? w->emitter.problem : "cannot be written");
}

static lrr_status put_scalar(lrr_yaml_writer *w, const char *text, size_t n,
                             yaml_scalar_style_t style, lrr_error *err)
{
    yaml_event_t event = { .type = YAML_NO_EVENT };
    int made;

    /* What misleads a reader is written "\u202E"; libyaml then does so with all that is not
    ** ASCII, from here to the end, for it looks at texts later than it takes them. */
    if (lrr_text_escape(text, n, LRR_TEXT_LINES, NULL) != n)
        yaml_emitter_set_unicode(&w->emitter, 0);
    made = yaml_scalar_event_initialize(&event, NULL, NULL, (const unsigned char *)text,
                                        (int)n, 1, 1, style);
    return emit(w, &event, made, err);
}

/* Whether empty lines end it: behind such a block libyaml ends the document ("..."), and what
** is appended to the text afterwards, as a checksum, is none of it. */
static bool ends_open(const lrr_yaml_item *item)
{
    const char *s = item->text;
    const size_t n = item->n;
    return s[n - 1] == '\n' && (n == 1 || s[n - 2] == '\n' || s[n - 2] == '\r');
}

/* How a string has to stand: plain where that reads as the same string, a literal block
** where it has lines, quoted otherwise. */
static yaml_scalar_style_t style_of(const lrr_yaml_item *item)
{
    lrr_yaml_item plain = *item;
    if (memchr(item->text, '\n', item->n) != NULL && !ends_open(item))
        return YAML_LITERAL_SCALAR_STYLE; /* libyaml quotes it where that cannot be */
    if (!lrr__yaml_resolve(&plain) || plain.kind != LRR_YAML_STRING)
        return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    return YAML_ANY_SCALAR_STYLE;
}

static lrr_status put_value(lrr_yaml_writer *w, const lrr_yaml_item *item,
                            lrr_error *err)
{
    char buf[LRR_YAML_NUMBER];
    size_t n;
    switch (item->kind) {
    case LRR_YAML_NULL:
        return put_scalar(w, "null", 4, YAML_PLAIN_SCALAR_STYLE, err);
    case LRR_YAML_BOOL:
        n = (size_t)snprintf(buf, sizeof buf, item->flag ? "true" : "false");
        break;
    case LRR_YAML_INT:
        n = (size_t)snprintf(buf, sizeof buf, "%" PRId64, item->whole);
        break;
    case LRR_YAML_REAL:
        n = lrr__yaml_real(item->real, buf);
        break;
    default:
        if (item->n > LRR_YAML_BYTES)
            return lrr_fail(err, LRR_EFORMAT, "a text of %zu bytes, YAML takes %d",
                            item->n, LRR_YAML_BYTES);
        return put_scalar(w, item->text, item->n, style_of(item), err);
    }
    return put_scalar(w, buf, n, YAML_PLAIN_SCALAR_STYLE, err);
}

static lrr_status begin(lrr_yaml_writer *w, lrr_error *err)
{
    yaml_event_t event = { .type = YAML_NO_EVENT };
    int made = yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    lrr_status st = emit(w, &event, made, err);
    if (st != LRR_OK)
        return st;
    event.type = YAML_NO_EVENT;
    made = yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
    w->begun = true;
    return emit(w, &event, made, err);
}

static lrr_status put_done(lrr_yaml_writer *w, lrr_error *err)
{
    yaml_event_t event = { .type = YAML_NO_EVENT };
    int made = yaml_document_end_event_initialize(&event, 1);
    lrr_status st = emit(w, &event, made, err);
    if (st != LRR_OK)
        return st;
    event.type = YAML_NO_EVENT;
    made = yaml_stream_end_event_initialize(&event);
    return emit(w, &event, made, err);
}

static lrr_status put_open(lrr_yaml_writer *w, bool map, lrr_error *err)
{
    yaml_event_t event = { .type = YAML_NO_EVENT };
    int made;
    if (w->depth == LRR_YAML_DEPTH)
        return lrr_fail(err, LRR_EFORMAT, "nested more than %d deep", LRR_YAML_DEPTH);
    w->is_map[w->depth++] = map;
    made = map ? yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
                                                     YAML_BLOCK_MAPPING_STYLE)
               : yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
                                                      YAML_BLOCK_SEQUENCE_STYLE);
    return emit(w, &event, made, err);
}

static lrr_status put_close(lrr_yaml_writer *w, lrr_error *err)
{
    yaml_event_t event = { .type = YAML_NO_EVENT };
    int made;
    if (w->depth == 0)
        return lrr_fail(err, LRR_EFORMAT, "YAML: an end without a beginning");
    made = w->is_map[--w->depth] ? yaml_mapping_end_event_initialize(&event)
                                 : yaml_sequence_end_event_initialize(&event);
    return emit(w, &event, made, err);
}

lrr_status lrr_yaml_put(lrr_yaml_writer *w, const lrr_yaml_item *item, lrr_error *err)
{
    if (!w->begun) {
        lrr_status st = begin(w, err);
        if (st != LRR_OK)
            return st;
    }
    switch (item->kind) {
    case LRR_YAML_LIST:
    case LRR_YAML_MAP:
        return put_open(w, item->kind == LRR_YAML_MAP, err);
    case LRR_YAML_END:
        return put_close(w, err);
    case LRR_YAML_DONE:
        return put_done(w, err);
    default:
        return put_value(w, item, err);
    }
}

const char *lrr_yaml_text(const lrr_yaml_writer *w, size_t *n)
{
    *n = w->n;
    return w->text;
}
