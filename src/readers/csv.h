/*
** csv.h -- records of a file of separated values, one at a time. Whether there is a header,
** and what columns hold, is found out in table.h.
**
** Fields may be quoted ("a ""b"" c"), and may then hold separators and line ends. Lines
** end in LF, CRLF or CR; empty ones are skipped; a byte order mark is skipped. Refused,
** with line and column: NUL bytes, text after a closing quote, an open quote at the end,
** a record above 1 MiB, more than 65,536 fields.
** Source: RFC 4180; tab-separated files have no quotes (IANA, text/tab-separated-values).
*/
#ifndef LRR_READERS_CSV_H
#define LRR_READERS_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define LRR_CSV_RECORD_MAX ((size_t)1 << 20)
#define LRR_CSV_FIELDS_MAX ((size_t)65536)

typedef struct lrr_csv_field {
    const char *s; /* NUL-terminated */
    size_t n;
    uint64_t line, column; /* where it begins, from 1; columns in bytes */
    bool quoted;
} lrr_csv_field;

typedef struct lrr_csv lrr_csv;

/* delimiter 0: the one of , ; tab | that is most frequent in the first line, comma where
** there is none. The file is taken, also on failure. Errors: ENOMEM, EIO. */
lrr_status lrr_csv_wrap(FILE *f, const char *name, char delimiter, lrr_csv **out,
                        lrr_error *err);
lrr_status lrr_csv_open(const char *path, char delimiter, lrr_csv **out,
                        lrr_error *err);
void lrr_csv_close(lrr_csv *c);

/* The next record: *n fields, 0 at the end; valid until the next call. Errors: EFORMAT,
** EIO, ENOMEM, as "name:line:column: ...". */
lrr_status lrr_csv_next(lrr_csv *c, const lrr_csv_field **fields, size_t *n,
                        lrr_error *err);

/* From the first record again. Errors: EIO. */
lrr_status lrr_csv_rewind(lrr_csv *c, lrr_error *err);

char lrr_csv_delimiter(const lrr_csv *c);
const char *lrr_csv_name(const lrr_csv *c);

#endif
