/* foreign.c -- see foreign.h. Source: the magic numbers that each format's document says. */
#include "readers/foreign.h"

#include <ctype.h>
#include <string.h>

typedef struct magic {
    const char *bytes;
    size_t n;
    const char *kind;
} magic;

static const magic magics[] = {
    { "PK\3\4", 4, "a zip archive, as Excel's workbooks (.xlsx) are" },
    { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, "an Excel workbook (.xls)" },
    { "BZh", 3, "packed by bzip2" },
    { "\xfd"
      "7zXZ",
      5, "packed by xz" },
    { "\x28\xb5\x2f\xfd", 4, "packed by zstd" },
    { "7z\xbc\xaf\x27\x1c", 6, "packed by 7-Zip" },
    { "Rar!\x1a", 5, "packed by RAR" },
    { "SQLite format 3", 16, "an SQLite database" },
    { "PAR1", 4, "a Parquet file" },
    { "ARROW1", 6, "an Arrow file" },
    { "\x89HDF\r\n", 6, "an HDF5 file" },
    { "\x93NUMPY", 6, "an array of NumPy, which data.npy reads" },
    { "\x89PNG\r\n", 6, "a picture, folders of which data.images reads" },
    { "\xff\xd8\xff", 3, "a picture, folders of which data.images reads" },
    { "%PDF-", 5, "a PDF document" },
};

/* BZh and a digit could begin a text, what follows them there could not. */
static bool is_bzip2(const unsigned char *s, size_t n)
{
    return n >= 10 && (memcmp(s + 4, "1AY&SY", 6) == 0 || s[4] == 0x17);
}

const char *lrr_foreign_kind(const unsigned char *s, size_t n, bool *text)
{
    *text = false;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        const magic *m = &magics[i];
        if (n >= m->n && memcmp(s, m->bytes, m->n) == 0 &&
            (s[0] != 'B' || is_bzip2(s, n)))
            return m->kind;
    }
    *text = true;
    while (n > 0 && isspace(*s)) {
        s++;
        n--;
    }
    if (n >= 2 && s[0] == '<' && (s[1] == '!' || s[1] == '?' || isalpha(s[1])))
        return "HTML or XML";
    if (n >= 2 && (s[0] == '{' || s[0] == '['))
        return "JSON";
    return NULL;
}
