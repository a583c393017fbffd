/*
** exif.h -- which way up a picture is: the tag Orientation of EXIF, or of XMP, in JPEG and PNG
** files.
**
** EXIF is a file in a file, a TIFF directory in either byte order (CIPA DC-008, 4.5 and 4.6.4),
** written by whatever camera there was. Nothing in it is trusted: counts and offsets are
** checked against the bytes that are there, and what makes no sense says "as stored".
** Threads: safe anywhere. Nothing here can fail.
*/
#ifndef LRR_READERS_EXIF_H
#define LRR_READERS_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* What the tag of a JPEG's first APP1 segment of EXIF says, before its first scan, or a PNG's
** chunk eXIf; where that has none, the last packet of XMP: 1 (as stored) to 8. n bytes of a file; 1
** for anything else. Where several entries have the tag the first counts. An entry whose values
** lie outside ends the directory, as in Pillow's ImageOps.exif_transpose. */
int lrr_exif_orientation(const uint8_t *data, size_t n);

#endif
