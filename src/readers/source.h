/*
** source.h -- the bytes of a file, plain or gzip, read in order with every length checked.
**
** A file of gzip may hold several members one after another (RFC 1952, 2.2), as parallel
** packers write them; zeros behind the last are padding.
**
** A reader asks for the bytes its header declared, never for "all": so a file of gzip can
** not expand beyond what its inner header says. lrr_source_most bounds what may come, so
** that a header cannot make the reader allocate what the file does not hold.
*/
#ifndef LRR_READERS_SOURCE_H
#define LRR_READERS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

typedef struct lrr_source lrr_source;

/* *out = the file, open for reading. Errors: EIO, also for what is no plain file: a pipe would
** hold the program up for ever. */
lrr_status lrr_source_file(const char *path, FILE **out, lrr_error *err);

/* path is read with gzip taken off where the file begins with its mark. Errors: EIO,
** EFORMAT, ENOMEM; messages of all functions here name the file. */
lrr_status lrr_source_open(const char *path, lrr_source **out, lrr_error *err);

/* The same over an open file, which is taken (also on failure), from where it stands. A pipe is
** read once: it cannot be rewound. */
lrr_status lrr_source_wrap(FILE *f, const char *name, lrr_source **out, lrr_error *err);

/* A part of a file: `packed` bytes at `offset`, as they are or deflated (RFC 1951), that become
** `size` bytes whose CRC-32 is crc. */
typedef struct lrr_source_part {
    uint64_t offset, packed, size;
    uint32_t crc;
    bool deflated;
} lrr_source_part;

/* The part of an open file, which is taken (also on failure), as if it were a file; name is
** used as it is. lrr_source_end checks the sum. Errors: EFORMAT (a size that so many packed bytes
** cannot have), EIO, ENOMEM. */
lrr_status lrr_source_member(FILE *f, const char *name, const lrr_source_part *part,
                             lrr_source **out, lrr_error *err);
void lrr_source_close(lrr_source *s);

/* buf = the next n bytes. Errors: EFORMAT (the file ends before), EIO, EINVAL (halt.h). */
lrr_status lrr_source_read(lrr_source *s, void *buf, size_t n, lrr_error *err);

/* At most n bytes into buf; *got below n is the end. Errors: EFORMAT, EIO, EINVAL (halt.h). */
lrr_status lrr_source_some(lrr_source *s, void *buf, size_t n, size_t *got,
                           lrr_error *err);

/* From the first byte again. Errors: EIO. */
lrr_status lrr_source_rewind(lrr_source *s, lrr_error *err);

/* Nothing may follow. Errors: EFORMAT. */
lrr_status lrr_source_end(lrr_source *s, lrr_error *err);

/* *out = the standard input. Errors: EIO (it is closed). */
lrr_status lrr_source_stdin(FILE **out, lrr_error *err);

/* The most bytes that can come from now on; exact but for a file of gzip, UINT64_MAX for a
** pipe. */
uint64_t lrr_source_most(const lrr_source *s);
int lrr_source_gzip(const lrr_source *s); /* is it one? */

/* Whether what follows lies in the file as it is read, and then at which of its bytes. */
bool lrr_source_plain(const lrr_source *s, uint64_t *at);

/* The file's name without its folders. */
const char *lrr_source_name(const lrr_source *s);
const char *lrr_base_name(const char *path);

/* The same with the last folder: in a folder of classes each may have a file of that name. */
const char *lrr_near_name(const char *path);

#endif
