/* yaml_read.c -- the reader of yaml.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "record/yaml.h"
#include "record/yaml_scalar.h"

struct lrr_yaml_reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    bool is_map[LRR_YAML_DEPTH];
    bool wants_key[LRR_YAML_DEPTH];
    int depth;
};

lrr_status lrr_yaml_reader_new(const char *text, size_t n, lrr_yaml_reader **out,
                               lrr_error *err)
{
    lrr_yaml_reader *r;
    lrr_status st;

    *out = NULL;
    if (n > LRR_YAML_BYTES)
        return lrr_fail(err, LRR_EFORMAT, "YAML of %zu bytes, at most %d are read", n,
                        LRR_YAML_BYTES);
    st = lrr_mem_new(1, sizeof *r, "a YAML reader", &r, err);
    if (st != LRR_OK)
        return st;
    if (!yaml_parser_initialize(&r->parser)) {
        lrr_mem_free(r);
        return lrr_fail(err, LRR_ENOMEM, "no memory for a YAML reader");
    }
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, n);
    *out = r;
    return LRR_OK;
}

void lrr_yaml_reader_free(lrr_yaml_reader *r)
{
    if (r == NULL)
        return;
    if (r->has_event)
        yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    lrr_mem_free(r);
}

static lrr_status fail_at(lrr_error *err, const yaml_mark_t *mark, const char *what)
{
    return lrr_fail(err, LRR_EFORMAT, "line %zu, column %zu: %s", mark->line + 1,
                    mark->column + 1, what);
}

static lrr_status next_event(lrr_yaml_reader *r, lrr_error *err)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = false;
    if (yaml_parser_parse(&r->parser, &r->event)) {
        r->has_event = true;
        return LRR_OK;
    }
    if (r->parser.error == YAML_MEMORY_ERROR)
        return lrr_fail(err, LRR_ENOMEM, "no memory to read YAML");
    if (r->parser.error == YAML_READER_ERROR)
        return lrr_fail(err, LRR_EFORMAT, "byte %zu: %s", r->parser.problem_offset,
                        r->parser.problem ? r->parser.problem : "not UTF-8");
    return fail_at(err, &r->parser.problem_mark,
                   r->parser.problem ? r->parser.problem : "not YAML");
}

/* Notes that a value begins where the innermost collection stands; true for a key. */
static bool begins_key(lrr_yaml_reader *r)
{
    int top = r->depth - 1;
    bool key;
    if (top < 0 || !r->is_map[top])
        return false;
    key = r->wants_key[top];
    r->wants_key[top] = !key;
    return key;
}

static lrr_status open_level(lrr_yaml_reader *r, const yaml_char_t *anchor,
                             const yaml_char_t *tag, lrr_error *err)
{
    if (anchor != NULL)
        return fail_at(err, &r->event.start_mark, "anchors (&) are not taken");
    if (tag != NULL)
        return fail_at(err, &r->event.start_mark, "tags (!) are not taken");
    if (begins_key(r))
        return fail_at(err, &r->event.start_mark, "a key has to be a plain text");
    if (r->depth == LRR_YAML_DEPTH)
        return fail_at(err, &r->event.start_mark, "nested more than 64 deep");
    r->is_map[r->depth] = r->event.type == YAML_MAPPING_START_EVENT;
    r->wants_key[r->depth] = true;
    r->depth++;
    return LRR_OK;
}

static lrr_status take_scalar(lrr_yaml_reader *r, lrr_yaml_item *item, lrr_error *err)
{
    const yaml_mark_t *at = &r->event.start_mark;
    yaml_scalar_style_t style = r->event.data.scalar.style;
    bool key = begins_key(r);

    if (r->event.data.scalar.anchor != NULL)
        return fail_at(err, at, "anchors (&) are not taken");
    if (r->event.data.scalar.tag != NULL)
        return fail_at(err, at, "tags (!) are not taken");
    item->kind = LRR_YAML_STRING;
    item->text = (const char *)r->event.data.scalar.value;
    item->n = r->event.data.scalar.length;
    if (key && item->n > LRR_YAML_KEY)
        return fail_at(err, at, "a key is longer than 1024 bytes");
    if (style != YAML_LITERAL_SCALAR_STYLE && item->n > LRR_YAML_SCALAR)
        return fail_at(err, at, "a text is longer than 65536 bytes");
    if (!key && style == YAML_PLAIN_SCALAR_STYLE && !lrr__yaml_resolve(item))
        return fail_at(err, at, "a number does not fit");
    return LRR_OK;
}

static lrr_status take_event(lrr_yaml_reader *r, lrr_yaml_item *item, bool *again,
                             lrr_error *err)
{
    const yaml_event_t *e = &r->event;
    switch (e->type) {
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        *again = true;
        return LRR_OK;
    case YAML_DOCUMENT_START_EVENT:
        *again = true;
        if (e->data.document_start.version_directive != NULL ||
            e->data.document_start.tag_directives.start !=
                e->data.document_start.tag_directives.end)
            return fail_at(err, &e->start_mark, "directives (%) are not taken");
        if (r->depth < 0)
            return fail_at(err, &e->start_mark, "a second document begins");
        return LRR_OK;
    case YAML_STREAM_END_EVENT:
        item->kind = LRR_YAML_DONE;
        return LRR_OK;
    case YAML_SCALAR_EVENT:
        return take_scalar(r, item, err);
    case YAML_SEQUENCE_START_EVENT:
        item->kind = LRR_YAML_LIST;
        return open_level(r, e->data.sequence_start.anchor, e->data.sequence_start.tag,
                          err);
    case YAML_MAPPING_START_EVENT:
        item->kind = LRR_YAML_MAP;
        return open_level(r, e->data.mapping_start.anchor, e->data.mapping_start.tag,
                          err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        item->kind = LRR_YAML_END;
        r->depth--;
        return LRR_OK;
    default:
        return fail_at(err, &e->start_mark, "aliases (*) are not taken");
    }
}

lrr_status lrr_yaml_next(lrr_yaml_reader *r, lrr_yaml_item *item, lrr_error *err)
{
    bool again = true;
    lrr_status st = LRR_OK;

    *item = (lrr_yaml_item){ 0 };
    while (again && st == LRR_OK) {
        bool ended;
        again = false;
        st = next_event(r, err);
        if (st != LRR_OK)
            return st;
        ended = r->event.type == YAML_DOCUMENT_END_EVENT;
        item->line = r->event.start_mark.line + 1;
        st = take_event(r, item, &again, err);
        if (ended)
            r->depth = -1; /* what follows may only be the end */
    }
    return st;
}
