/*
** file.h -- files that are whole or not there, and reading within bounds.
**
** A file is written under a temporary name in its own folder, synced, renamed into place
** and the folder synced: after a crash the old content is there or the new one, never a
** part. Every step is checked: a full disk is an error here, not a short file later. After
** a failed sync nothing is retried on the same file (the kernel may have dropped the
** pages): the temporary file is removed and the old one stays.
**
** Every call is one of calls.h, so that tests let it fail.
*/
#ifndef LRR_OS_FILE_H
#define LRR_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A file being written. */
typedef struct lrr_outfile lrr_outfile;

/* Starts writing what will be `path`. Errors: EIO, ENOMEM. */
lrr_status lrr_outfile_open(const char *path, lrr_outfile **out, lrr_error *err);

/* Adds n bytes. Errors: EIO; the file is then only good for lrr_outfile_free. */
lrr_status lrr_outfile_write(lrr_outfile *o, const void *data, size_t n,
                             lrr_error *err);

/* Writes over the first n bytes, which are there already: a header that counts what follows.
** Errors: EIO. */
lrr_status lrr_outfile_overwrite(lrr_outfile *o, const void *data, size_t n,
                                 lrr_error *err);

/* data (n) = the n bytes at `at`, of those written so far: what is to be checked before it takes
** its place. Errors: EIO (cannot, or there are fewer). */
lrr_status lrr_outfile_read(lrr_outfile *o, uint64_t at, void *data, size_t n,
                            lrr_error *err);

/* Bytes written so far. */
uint64_t lrr_outfile_size(const lrr_outfile *o);

/* Puts the file in its place, on the disk. Errors: EIO: not committed; the old file is
** untouched, unless the message says that only its durability is unknown. */
lrr_status lrr_outfile_commit(lrr_outfile *o, lrr_error *err);

/* The same without waiting for the disk: for what may be lost with the machine's power, as
** other files hold the result. */
lrr_status lrr_outfile_place(lrr_outfile *o, lrr_error *err);

/* Releases it; what was not committed leaves no trace. NULL is fine. */
void lrr_outfile_free(lrr_outfile *o);

/* A file being read, by position. */
typedef struct lrr_infile lrr_infile;

/* Opens a regular file. Errors: EIO (named with why), ENOMEM. */
lrr_status lrr_infile_open(const char *path, lrr_infile **out, lrr_error *err);
uint64_t lrr_infile_size(const lrr_infile *f);

/* Whether it has the size and the time of change that it was opened with. Errors: EIO. */
lrr_status lrr_infile_check(const lrr_infile *f, lrr_error *err);

/* data (n) = the n bytes at `at`. Errors: EIO (cannot, or the file ends before). */
lrr_status lrr_infile_read(lrr_infile *f, uint64_t at, void *data, size_t n,
                           lrr_error *err);
void lrr_infile_free(lrr_infile *f);

/* The n bytes at `at` will be read soon: the system may begin to bring them from the disk. Cannot
** fail. */
void lrr_infile_expect(const lrr_infile *f, uint64_t at, size_t n);

/* A log: lines are appended whole, and are on their way to the disk when the call
** returns. keep: bytes of an existing file to keep, the rest is cut (resume);
** UINT64_MAX keeps all, less a torn last line. Errors: EIO, ENOMEM. */
typedef struct lrr_logfile lrr_logfile;
lrr_status lrr_logfile_open(const char *path, uint64_t keep, lrr_logfile **out,
                            lrr_error *err);
lrr_status lrr_logfile_write(lrr_logfile *o, const void *data, size_t n,
                             lrr_error *err);
lrr_status lrr_logfile_sync(lrr_logfile *o, lrr_error *err);
uint64_t lrr_logfile_size(const lrr_logfile *o);
void lrr_logfile_free(lrr_logfile *o);

/* A claim on a folder, so that one process at a time writes into it. It ends with the
** process at the latest. */
typedef struct lrr_dirlock lrr_dirlock;

/* Claims the folder at `path`. A process that was just killed may have it for a moment more:
** it is waited for, up to 2 s, unless Ctrl-C comes. Errors: EIO (it cannot be opened, or
** another process has it); ENOMEM. */
lrr_status lrr_dirlock_open(const char *path, lrr_dirlock **out, lrr_error *err);
void lrr_dirlock_free(lrr_dirlock *o);

/* *held = whether some process has claimed the folder, this one too. It is looked at by a shared
** claim that ends at once; who wants it meanwhile waits that long. Errors: EIO (it cannot be
** opened, or its file system knows no locks). */
lrr_status lrr_dirlock_held(const char *path, bool *held, lrr_error *err);

/* Makes a folder, durably (path without a slash at its end). *made is false where it was there already (a folder; else EIO). */
lrr_status lrr_dir_make(const char *path, bool *made, lrr_error *err);

#endif
