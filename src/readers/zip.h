/*
** zip.h -- the parts of a ZIP archive, as NumPy's .npz files are.
**
** What is read is the directory at the archive's end; a part is then a source (source.h), stored
** or deflated, with its length and sum checked. Nothing is unpacked to a place: names are names
** alone. Refused: encrypted parts, other packings, archives in several files, a directory that
** is not where its end says, two parts of one name. Parts above 4 GiB (ZIP64) are read.
**
** Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3. A library (libzip, minizip) would
** take memory outside the account (base/mem.h) and know ten formats more than a .npz has.
*/
#ifndef LRR_READERS_ZIP_H
#define LRR_READERS_ZIP_H

#include "readers/source.h"

enum { LRR_ZIP_NAME = 256, LRR_ZIP_MOST = 4096 };

typedef struct lrr_zip_part {
    char name[LRR_ZIP_NAME];
    unsigned method, flags;
    uint64_t header;    /* where its own header is, before its bytes */
    lrr_source_part at; /* offset: not yet known */
} lrr_zip_part;

typedef struct lrr_zip {
    char name[256];     /* the file's, without folders */
    uint64_t directory; /* where it begins: parts end before it */
    size_t n;
    lrr_zip_part *part; /* (n) */
} lrr_zip;

/* Whether the file at path begins as an archive does. Errors: EIO. */
lrr_status lrr_zip_is(const char *path, bool *is, lrr_error *err);

/* The directory of the open file f, which stays the caller's. At most LRR_ZIP_MOST parts.
** Errors: EFORMAT, EIO, ENOMEM. */
lrr_status lrr_zip_read(FILE *f, const char *name, lrr_zip **out, lrr_error *err);
void lrr_zip_free(lrr_zip *z);

/* Part i of the same file, which is taken (also on failure), as a source whose name is
** "file.npz:part". Errors: EFORMAT, EIO, ENOMEM. */
lrr_status lrr_zip_source(const lrr_zip *z, size_t i, FILE *f, lrr_source **out,
                          lrr_error *err);

#endif
