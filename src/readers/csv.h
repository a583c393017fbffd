/*
** csv.h -- records of a file of separated values, one at a time. Whether there is a header,
** and what columns hold, is found out in table.h.
**
** The file is plain or gzip, UTF-8 or UTF-16 (text_input.h). Fields may be
** quoted ("a ""b"" c"), and may then hold separators and line ends; blanks around a field and
** around its quotes are no part of it. Lines end in LF, CRLF or CR; empty ones are skipped.
** Refused, with line and column: NUL bytes, text after a closing quote, an open quote at the
** end, a record above 1 MiB, more than 65,536 fields.
** Source: RFC 4180; where files leave it, pandas.read_csv with skipinitialspace.
*/
#ifndef LRR_READERS_CSV_H
#define LRR_READERS_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "os/scratch.h"

#define LRR_CSV_RECORD_MAX ((size_t)1 << 20)
#define LRR_CSV_FIELDS_MAX ((size_t)65536)

/* For quote and comment: there are none. */
#define LRR_CSV_NONE '\1'

/* How a file is written. All zero: found out. */
typedef struct lrr_csv_dialect {
    char delimiter; /* ' ': runs of blanks and tabs */
    char likely;    /* the delimiter where the first line has it and none is said */
    char quote;     /* " or ' */
    char comment;   /* lines that begin with it are left out */
    char escape;    /* in quotes: the next character is itself */
    bool latin1;    /* bytes from 128 on are ISO 8859-1 */
    size_t skip;    /* lines before the first record */
} lrr_csv_dialect;

typedef struct lrr_csv_field {
    const char *s; /* NUL-terminated */
    size_t n;
    uint64_t line, column; /* where it begins, from 1; columns in bytes */
    size_t raw, raw_n;     /* where it is in lrr_csv_raw, with its quotes */
    bool quoted;
} lrr_csv_field;

/* A field of a run: n bytes at s + at, blanks around it among them unless it was quoted. */
#define LRR_CSV_QUOTED 0x80000000U

typedef struct lrr_csv_span {
    uint32_t at, n; /* n | LRR_CSV_QUOTED where there were quotes around it */
} lrr_csv_span;

/* Records as nearly all are: of as many fields as are wanted, each on a line of its own. */
typedef struct lrr_csv_run {
    const char *s; /* LRR_CSV_SLACK bytes behind each field may be read, too */
    const lrr_csv_span *span; /* (records, columns) */
    size_t records, columns;
    uint64_t line;  /* of the first record */
    uint64_t place; /* of s in the file (lrr_csv_place) */
} lrr_csv_run;

enum { LRR_CSV_SLACK = 16 };

typedef struct lrr_csv lrr_csv;

/* dialect NULL: all of it is found out (csv_dialect.h). The file is taken, also on failure.
** Errors: ENOMEM, EIO, EFORMAT. */
lrr_status lrr_csv_wrap(FILE *f, const char *name, const lrr_csv_dialect *dialect,
                        lrr_csv **out, lrr_error *err);
lrr_status lrr_csv_open(const char *path, const lrr_csv_dialect *dialect, lrr_csv **out,
                        lrr_error *err);
void lrr_csv_close(lrr_csv *c);

/* The next record: *n fields, 0 at the end; valid until the next call. Errors: EFORMAT,
** EIO, ENOMEM, as "name:line:column: ...". */
lrr_status lrr_csv_next(lrr_csv *c, const lrr_csv_field **fields, size_t *n,
                        lrr_error *err);

/* The next records, at most max, that are at hand as a whole, have `columns` fields and are plain;
** none where the next one is another, which lrr_csv_next reads then. Valid until the next call of
** any of the two. Errors: ENOMEM. */
lrr_status lrr_csv_run_next(lrr_csv *c, size_t columns, size_t max, lrr_csv_run *out,
                            lrr_error *err);

/* Field j of record i, but for its place in lrr_csv_raw and the NUL behind it. */
lrr_csv_field lrr_csv_run_field(const lrr_csv_run *run, size_t i, size_t j);

/* From now on records are kept as they are written, too. Errors: ENOMEM. */
lrr_status lrr_csv_keep_raw(lrr_csv *c, lrr_error *err);

/* The bytes (as UTF-8) of the record at hand, without its line end, *n of them; valid until the
** next call of lrr_csv_next. NULL where they are not kept. */
const char *lrr_csv_raw(const lrr_csv *c, size_t *n);

/* From the first record again. Errors: EIO (a pipe), EFORMAT. */
lrr_status lrr_csv_rewind(lrr_csv *c, lrr_error *err);

/* Why records do not lie in the file as they are read, in words; NULL where they do: then where the
** record that lrr_csv_next gave begins, and where what comes next does. Bytes from 0. */
const char *lrr_csv_why_unplaced(const lrr_csv *c);
uint64_t lrr_csv_record_place(const lrr_csv *c);
uint64_t lrr_csv_place(const lrr_csv *c);

/* Where they do not, that is so in a copy, to which what is read is written from the next rewind on:
** of lrr_csv_text_bytes, once the file was read to its end. `to` stays the caller's. */
uint64_t lrr_csv_text_bytes(const lrr_csv *c);
void lrr_csv_copy(lrr_csv *c, lrr_scratch *to);

/* From now on the file is these n bytes of it, whole records, behind which LRR_CSV_FED_SLACK more may
** be read. They stay the caller's and where they are. */
enum { LRR_CSV_FED_SLACK = 64 };
void lrr_csv_feed(lrr_csv *c, const unsigned char *s, size_t n);

/* Another for what is fed from a file that is written as that of `of`, which lives longer: records of
** at most `longest` bytes and `fields` fields are read without a call for memory. Errors: ENOMEM. */
lrr_status lrr_csv_feeder(const lrr_csv *of, size_t longest, size_t fields,
                          lrr_csv **out, lrr_error *err);

/* How the file is written: delimiter and quote are set; skip and comment also count what was
** found out to be no record. */
const lrr_csv_dialect *lrr_csv_written(const lrr_csv *c);
const char *lrr_csv_name(const lrr_csv *c);

/* What the file looks like that is no table, as "JSON"; NULL: nothing else. */
const char *lrr_csv_looks(const lrr_csv *c);

/* The failure of a file without a record, or with none behind the lines that skip leaves out:
** EINVAL. */
lrr_status lrr_csv_no_record(const lrr_csv *c, lrr_error *err);

#endif
