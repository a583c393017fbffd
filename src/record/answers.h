/*
** answers.h -- what a network says of rows as the lines of a file: text separated by commas, a JSON
** object in each line, or the numbers of an array of NumPy.
**
** A line has what is kept of its row (its lead, as it comes), then of classes the name of the most
** probable one, its probability and that of each class, else the numbers. A row without an answer
** keeps its place: nothing, null or NaN stands there. Numbers are the shortest that read back as they were.
** Ownership: all is copied. Threads: one.
*/
#ifndef LRR_RECORD_ANSWERS_H
#define LRR_RECORD_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/real.h"

typedef enum lrr_answers_form {
    LRR_ANSWERS_CSV,
    LRR_ANSWERS_JSONL,
    LRR_ANSWERS_NPY /* rows of 32-bit floats, or of doubles where they are scaled, little-endian; no
                    ** header, no leads */
} lrr_answers_form;

typedef struct lrr_answers_cfg {
    lrr_answers_form form;
    char separator, quote;     /* of LRR_ANSWERS_CSV */
    const char *const *column; /* (columns) names of what is answered, in its order */
    const char *const *label;  /* (width) names of classes, or NULL: numbers */
    size_t columns;            /* width, of classes width + 2 */
    size_t width;              /* numbers in an answer, above 0 */
    const double *mean,
        *deviation; /* (width) y * deviation + mean is what stands there, in
                                     ** double; NULL: y */
} lrr_answers_cfg;

typedef struct lrr_answers lrr_answers;

/* Errors: ENOMEM. */
lrr_status lrr_answers_new(const lrr_answers_cfg *cfg, lrr_answers **out,
                           lrr_error *err);
void lrr_answers_free(lrr_answers *a);

size_t lrr_answers_width(const lrr_answers *a);

/* The line of a header: lead (n bytes, with a separator behind each name), then the columns.
** Nothing where the form has none. Errors: ENOMEM. */
lrr_status lrr_answers_header(lrr_answers *a, const char *lead, size_t n,
                              lrr_error *err);

/* The line of a row. y (width): its answer, or NULL. lead (n bytes): as in the header, of JSON
** its first keys with a comma behind each. Errors: ENOMEM. */
lrr_status lrr_answers_add(lrr_answers *a, const lrr_real *y, const char *lead,
                           size_t n, lrr_error *err);

/* A text as a field with a separator behind it, or as a key's value in a JSON line: for leads.
** Errors: ENOMEM. */
lrr_status lrr_answers_field(lrr_answers *a, const char *key, const char *s, size_t n,
                             lrr_error *err);

/* What was added since the last clear, *n bytes; valid until the next call. */
const char *lrr_answers_text(const lrr_answers *a, size_t *n);
void lrr_answers_clear(lrr_answers *a);

#endif
