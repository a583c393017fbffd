/* csv_private.h -- what csv.c and csv_run.c share. */
#ifndef LRR_READERS_CSV_PRIVATE_H
#define LRR_READERS_CSV_PRIVATE_H

#include "readers/csv.h"
#include "readers/text_input.h"

/* Bytes that are looked at at once; those that may end a field among them: the delimiter (a second
** one with blanks), both line ends and NUL. */
enum { LRR__CSV_BLOCK = 16, LRR__CSV_STOPS = 5 };

/* A short field is less than so many bytes; fields of a run at most. */
enum { LRR__CSV_SHORT = 2 * LRR__CSV_BLOCK, LRR__CSV_SPANS = 8192 };

struct lrr_csv {
    lrr_text_input *input; /* NULL: it is only fed */
    const char *name;
    lrr_csv_dialect written;
    const char *looks; /* lrr_csv_looks */
    bool
        plain[256]; /* bytes that are only text where there are no quotes around them */
    bool quiet[256]; /* the same within quotes */
    unsigned char stop[LRR__CSV_STOPS][LRR__CSV_BLOCK];
    const unsigned char *buf;
    size_t buf_at, buf_n;
    uint64_t buf_place; /* of buf in the file, where it lies there (lrr_csv_place) */
    uint64_t record;    /* where the record at hand begins there */
    bool fed;           /* buf is all there is */
    lrr_status failed;  /* of reading; what peek cannot say */
    lrr_error why;
    uint64_t line, column; /* of the next byte */
    char *text;            /* (most + 1 + LRR__CSV_SHORT) of the record */
    size_t used, most;     /* most: LRR_CSV_RECORD_MAX, or what is fed makes no more */
    lrr_csv_field *field;
    size_t n, room;
    char *raw; /* (RAW_MAX) of the record as it is written; NULL: not kept */
    size_t raw_n, raw_from; /* bytes of it, and where in buf those begin that follow */
    bool raw_on, raw_cut;   /* within a record; it is longer than there is room for */
    lrr_csv_span *span;     /* (LRR__CSV_SPANS) of a run; NULL: none was asked for */
};

#endif
