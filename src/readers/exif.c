/* exif.c -- see exif.h. */
#include "readers/exif.h"

#include <stdbool.h>
#include <string.h>

enum { SILENT, ORIENTATION = 0x0112, ENTRY = 12, HEAD = 8 };

/* Bytes with an end, and which of two comes first in a number. */
typedef struct piece {
    const uint8_t *v;
    size_t n;
    bool big;
} piece;

static unsigned u16(piece p, size_t at)
{
    const uint8_t *v = p.v + at;
    return p.big ? (unsigned)v[0] << 8 | v[1] : (unsigned)v[1] << 8 | v[0];
}

static uint32_t u32(piece p, size_t at)
{
    const uint32_t a = u16(p, at), b = u16(p, at + 2);
    return p.big ? a << 16 | b : b << 16 | a;
}

/* Bytes of one value of a TIFF type (TIFF 6.0, section 2); 0: there is no such type. */
static size_t type_size(unsigned type)
{
    static const uint8_t size[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8 };
    return type < sizeof size ? size[type] : 0;
}

/* The one whole number of an entry, or 0. */
static uint32_t value(piece p, size_t at)
{
    const unsigned type = u16(p, at + 2);
    if (u32(p, at + 4) != 1)
        return 0;
    switch (type) {
    case 1: /* BYTE */
    case 6: /* SBYTE */
        return p.v[at + 8];
    case 3: /* SHORT */
    case 8: /* SSHORT */
        return u16(p, at + 8);
    case 4: /* LONG */
    case 9: /* SLONG */
        return u32(p, at + 8);
    default:
        return 0;
    }
}

/* Whether the values of an entry are there. *sum: bytes of those outside entries so far. What
** is more than all bytes is passed over, and what lies outside ends the directory. */
static bool is_there(piece p, size_t at, uint64_t *sum, bool *end)
{
    const uint64_t size =
        (uint64_t)u32(p, at + 4) * (uint64_t)type_size(u16(p, at + 2));
    const uint32_t offset = u32(p, at + 8);
    if (size <= 4)
        return size > 0;
    *sum += size;
    if (*sum > p.n)
        return false;
    *end = offset > p.n || size > p.n - offset;
    return !*end;
}

/* What a directory says: 1 to 8, or SILENT where it lacks the tag. */
static int in_directory(piece p)
{
    const size_t first = p.n >= HEAD ? u32(p, 4) : p.n;
    uint64_t sum = 0;
    bool end = false;
    size_t count;
    if (first > p.n || p.n - first < 2)
        return SILENT;
    count = u16(p, first);
    for (size_t i = 0, at = first + 2; i < count && p.n - at >= ENTRY;
         i++, at += ENTRY) {
        if (is_there(p, at, &sum, &end) && u16(p, at) == ORIENTATION) {
            const uint32_t v = value(p, at);
            return v >= 1 && v <= 8 ? (int)v : 1;
        }
        if (end)
            return SILENT;
    }
    return SILENT;
}

static const char MARK[6] = "Exif\0"; /* with a zero more */

/* The directory may stand behind marks of its own. */
static int in_tiff(const uint8_t *v, size_t n)
{
    piece p = { v, n, false };
    for (int i = 0; i < 2 && p.n >= sizeof MARK && memcmp(p.v, MARK, sizeof MARK) == 0;
         i++) {
        p.v += sizeof MARK;
        p.n -= sizeof MARK;
    }
    if (p.n < HEAD)
        return SILENT;
    p.big = p.v[0] == 'M';
    if (memcmp(p.v, "II*\0", 4) != 0 && memcmp(p.v, "MM\0*", 4) != 0)
        return SILENT;
    return in_directory(p);
}

/* What a packet of XMP says: tiff:Orientation as an attribute or an element. */
static int in_xmp(const uint8_t *v, size_t n)
{
    static const char name[] = "tiff:Orientation";
    const size_t length = sizeof name - 1;
    for (size_t i = 0; i + length + 3 <= n; i++) {
        const uint8_t *after = v + i + length;
        if (v[i] != 't' || memcmp(v + i, name, length) != 0)
            continue;
        after += after[0] == '>' ? 1 : after[0] == '=' && after[1] == '"' ? 2 : 0;
        if (after > v + i + length && *after >= '0' && *after <= '9')
            return *after >= '1' && *after <= '8' ? *after - '0' : 1;
    }
    return SILENT;
}

/* What a file says: EXIF's word counts, where it has none XMP's. */
typedef struct words {
    bool has_exif; /* the first there is */
    int exif, xmp;
} words;

static bool begins(const uint8_t *v, size_t n, const char *mark, size_t length)
{
    return n >= length && memcmp(v, mark, length) == 0;
}

static void in_segment(words *said, const uint8_t *v, size_t n)
{
    static const char xmp[] =
        "http://ns.adobe.com/xap/1.0/"; /* its zero belongs to it */
    if (begins(v, n, MARK, sizeof MARK) && !said->has_exif) {
        said->has_exif = true;
        said->exif = in_tiff(v, n);
    } else if (begins(v, n, xmp, sizeof xmp)) {
        said->xmp = in_xmp(v, n);
    }
}

/* Segments of a JPEG have a marker and a length that counts itself (ITU-T T.81, B.1). */
static void in_jpeg(words *said, const uint8_t *v, size_t n)
{
    const piece p = { v, n, true };
    size_t at = 2;
    while (at < n && n - at >= 4) {
        const unsigned marker = v[at + 1];
        size_t length;
        if (v[at] != 0xff || marker == 0xff || marker == 0) {
            at++; /* fill bytes, or what does not belong there */
            continue;
        }
        if (marker == 0xda || marker == 0xd9) /* a scan, the end */
            return;
        if (marker == 1 || (marker >= 0xd0 && marker <= 0xd8)) {
            at += 2; /* these have no length */
            continue;
        }
        length = u16(p, at + 2);
        if (length < 2 || length > n - at - 2)
            return;
        if (marker == 0xe1)
            in_segment(said, v + at + 4, length - 2);
        at += 2 + length;
    }
}

/* Chunks of a PNG: length, name, bytes, checksum. XMP is a text of its own name, of which those
** that are not packed are read (XMP specification, part 3, 1.1.5). */
static void in_png(words *said, const uint8_t *v, size_t n)
{
    static const char xmp[] = "XML:com.adobe.xmp\0"; /* not packed: another zero */
    const piece p = { v, n, true };
    size_t at = 8;
    while (at < n && n - at >= 12) {
        const uint32_t length = u32(p, at);
        if (length > n - at - 12)
            return;
        if (memcmp(v + at + 4, "eXIf", 4) == 0 && !said->has_exif) {
            said->has_exif = true;
            said->exif = in_tiff(v + at + 8, length);
        } else if (memcmp(v + at + 4, "iTXt", 4) == 0 &&
                   begins(v + at + 8, length, xmp, sizeof xmp)) {
            said->xmp = in_xmp(v + at + 8, length);
        }
        at += 12 + (size_t)length;
    }
}

int lrr_exif_orientation(const uint8_t *data, size_t n)
{
    words said = { false, SILENT, SILENT };
    if (n < HEAD)
        return 1;
    (data[0] == 0xff ? in_jpeg : in_png)(&said, data, n);
    return said.exif != SILENT ? said.exif : said.xmp != SILENT ? said.xmp : 1;
}
