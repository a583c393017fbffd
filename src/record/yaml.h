/*
** yaml.h -- YAML text as a stream of items, and back.
**
** Reading takes the part of YAML 1.2 that records use and refuses the rest by line and
** column: one document, no anchors or aliases (so no bombs), no tags, no directives, at
** most LRR_YAML_DEPTH levels, LRR_YAML_BYTES of text, UTF-8. Plain scalars follow the core schema: null,
** true, false, integers, floats, .inf, .nan; `yes` and `on` are strings. Built on
** libyaml's events: its own tree builder is quadratic in hostile input.
** Writing gives numbers that read back exactly, and quotes any string that would read as
** something else. Threads: one object, one thread.
*/
#ifndef LRR_RECORD_YAML_H
#define LRR_RECORD_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    LRR_YAML_DEPTH = 64,
    LRR_YAML_BYTES = 1 << 26,    /* of a document: an experiment with its weights */
    LRR_YAML_SCALAR = 64 * 1024, /* of a scalar that is no literal block (|) */
    LRR_YAML_KEY = 1024          /* of a map's key */
};

typedef enum lrr_yaml_kind {
    LRR_YAML_NULL,
    LRR_YAML_BOOL,
    LRR_YAML_INT,
    LRR_YAML_REAL,
    LRR_YAML_STRING,
    LRR_YAML_LIST, /* its items follow, then END */
    LRR_YAML_MAP,  /* key, value, key, value, ..., END; keys are STRING */
    LRR_YAML_END,
    LRR_YAML_DONE /* no more items */
} lrr_yaml_kind;

typedef struct lrr_yaml_item {
    lrr_yaml_kind kind;
    bool flag;        /* BOOL */
    int64_t whole;    /* INT */
    double real;      /* REAL */
    const char *text; /* STRING: n bytes, not terminated; until the next call */
    size_t n;
    size_t line; /* from 1 */
} lrr_yaml_item;

typedef struct lrr_yaml_reader lrr_yaml_reader;

/* Reads text (n), which has to stay. Errors: EFORMAT (too long), ENOMEM. */
lrr_status lrr_yaml_reader_new(const char *text, size_t n, lrr_yaml_reader **out,
                               lrr_error *err);

/* The next item. Errors: EFORMAT ("line 3, column 5: ..."), ENOMEM. */
lrr_status lrr_yaml_next(lrr_yaml_reader *r, lrr_yaml_item *item, lrr_error *err);
void lrr_yaml_reader_free(lrr_yaml_reader *r);

typedef struct lrr_yaml_writer lrr_yaml_writer;

/* Errors: ENOMEM. */
lrr_status lrr_yaml_writer_new(lrr_yaml_writer **out, lrr_error *err);

/* Adds an item: exactly one value (with what is inside), then DONE. Errors: ENOMEM,
** EFORMAT (not UTF-8, or the items do not nest). */
lrr_status lrr_yaml_put(lrr_yaml_writer *w, const lrr_yaml_item *item, lrr_error *err);

/* The text, after DONE; it belongs to the writer. */
const char *lrr_yaml_text(const lrr_yaml_writer *w, size_t *n);
void lrr_yaml_writer_free(lrr_yaml_writer *w);

#endif
