/*
** text_input.h -- the bytes of a file of text as UTF-8, buffer by buffer.
**
** The file is plain or gzip (source.h). A byte order mark says UTF-8 or UTF-16 and is taken
** off; UTF-16 is known without one where nearly every second byte is 0. Else the bytes come as
** they are, or as Latin-1 where that is asked for.
** Source: The Unicode Standard 15, 3.10.
*/
#ifndef LRR_READERS_TEXT_INPUT_H
#define LRR_READERS_TEXT_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "os/scratch.h"

typedef struct lrr_text_input lrr_text_input;

/* latin1: bytes from 128 on are code points (ISO 8859-1). The file is taken, also on failure.
** Errors: EIO, ENOMEM. */
lrr_status lrr_text_input_wrap(FILE *f, const char *name, bool latin1,
                               lrr_text_input **out, lrr_error *err);
void lrr_text_input_close(lrr_text_input *t);

/* Bytes behind those of lrr_text_input_next that may be read and say nothing. */
enum { LRR_TEXT_SLACK = 64 };

/* The next bytes: *n of them, at most 64 KiB and 0 at the end, valid until the next call.
** Errors: EFORMAT (broken UTF-16 or gzip), EIO. */
lrr_status lrr_text_input_next(lrr_text_input *t, const unsigned char **bytes,
                               size_t *n, lrr_error *err);

/* From the first byte again. Errors: EIO, ENOMEM. */
lrr_status lrr_text_input_rewind(lrr_text_input *t, lrr_error *err);

/* From the next rewind on what is given is also written to `to`, each byte at its place, the first
** at 0; more than lrr_text_input_given said then is EIO. `to` stays the caller's. */
void lrr_text_input_copy(lrr_text_input *t, lrr_scratch *to);

/* Bytes that were given since the first one. */
uint64_t lrr_text_input_given(const lrr_text_input *t);

/* Why what comes does not lie in the file byte by byte, in words; NULL where it does. Known once
** there were bytes. */
const char *lrr_text_input_why_unplaced(const lrr_text_input *t);

/* Where what lrr_text_input_next gives next lies in the file, where it does; else in a copy. */
uint64_t lrr_text_input_place(const lrr_text_input *t);

/* The file's name without its folders. */
const char *lrr_text_input_name(const lrr_text_input *t);

/* Whether n bytes are UTF-8: no surrogates, nothing overlong. */
bool lrr_is_utf8(const char *s, size_t n);

#endif
