/* rows_private.h -- what rows.c and rows_lead.c share. */
#ifndef LRR_READERS_ROWS_PRIVATE_H
#define LRR_READERS_ROWS_PRIVATE_H

#include "readers/intern.h"
#include "readers/rows.h"

typedef struct slice {
    const char *s;
    size_t n;
} slice;

/* Text that grows. */
typedef struct row_text {
    char *s;
    size_t n, room;
} row_text;

typedef struct row_input {
    lrr_feature feature; /* without its levels' names */
    double offset;
    lrr_intern *levels; /* of a category */
    size_t gaps, unfit; /* in the rows read last */
    char word[LRR_EXAMPLE_SIZE];
} row_input;

struct lrr_rows {
    lrr_csv *csv;
    lrr_field_cfg field;
    char *words; /* of field.word */
    bool header;
    size_t columns;
    char **name;                  /* (columns) */
    char *header_raw;             /* the header as it is written, or NULL */
    slice *written_name;          /* (columns) in it; NULL without a header */
    const lrr_csv_field *pending; /* (pending_n) the first row, until it is asked for */
    size_t pending_n;
    row_input *input; /* (n_input) */
    size_t n_input, width;
    size_t *target;        /* (n_target) */
    double *target_offset; /* (n_target) */
    size_t n_target, n_classes;
    lrr_column_kind target_kind;
    char target_strip;
    lrr_intern *classes;
    bool drop, texts;
    size_t text_column;
    size_t *keep; /* (n_keep) */
    size_t n_keep;
    lrr_csv_field *padded; /* (columns) a row that ends before the last column */
    lrr_keep_form form;
    char separator;
    row_text lead, head;    /* leads of the rows read last; that of the header */
    row_text text;          /* texts of the rows read last */
    size_t n, room;         /* rows read last */
    float *x, *y;           /* (room, width), (room, n_target) */
    unsigned char *state;   /* (room) */
    size_t *end, *text_end; /* (room) where a row's lead and its text end */
    size_t missing, unfit;  /* in the row at hand */
    lrr_rows_counts counts;
};

/* Errors: ENOMEM. */
lrr_status lrr__rows_put(row_text *t, const char *s, size_t n, lrr_error *err);

/* Appends what is kept of the row at hand (n fields) to lead; makes head. Errors: ENOMEM. */
lrr_status lrr__rows_lead(lrr_rows *r, const lrr_csv_field *f, size_t n,
                          lrr_error *err);
lrr_status lrr__rows_header_lead(lrr_rows *r, lrr_error *err);

#endif
