/* zip.c -- see zip.h. */
#include "readers/zip.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"

enum {
    END = 22,        /* bytes of the end of the directory, without its comment */
    COMMENT = 65535, /* the longest */
    LOCATOR = 20,    /* of ZIP64: where its own end is */
    END64 = 56,
    ENTRY = 46, /* bytes of an entry before its name */
    LOCAL = 30, /* bytes of a part's own header before its name */
    DIRECTORY = 16 << 20,
    ENCRYPTED = 1,
    STORED = 0,
    DEFLATED = 8
};

static const uint32_t END_MARK = 0x06054b50, LOCATOR_MARK = 0x07064b50,
                      END64_MARK = 0x06064b50, ENTRY_MARK = 0x02014b50,
                      LOCAL_MARK = 0x04034b50;

/* n bytes, little-endian. */
static uint64_t number(const uint8_t *p, size_t n)
{
    uint64_t u = 0;
    while (n > 0)
        u = u << 8 | p[--n];
    return u;
}

static lrr_status broken(const char *name, const char *why, lrr_error *err)
{
    return lrr_fail(err, LRR_EFORMAT, "%s: %s", name, why);
}

static lrr_status read_at(FILE *f, const char *name, uint64_t at, uint8_t *buf,
                          size_t n, lrr_error *err)
{
    if (at > LONG_MAX || fseek(f, (long)at, SEEK_SET) != 0)
        return lrr_fail(err, LRR_EIO, "%s: %s", name, strerror(errno));
    if (fread(buf, 1, n, f) == n)
        return LRR_OK;
    return ferror(f) ? lrr_fail(err, LRR_EIO, "%s: %s", name, strerror(errno))
                     : broken(name, "the archive is cut off", err);
}

lrr_status lrr_zip_is(const char *path, bool *is, lrr_error *err)
{
    uint8_t mark[4] = { 0 };
    FILE *f;
    lrr_status st = lrr_source_file(path, &f, err);
    *is = false;
    if (st != LRR_OK)
        return st;
    *is = fread(mark, 1, 4, f) == 4 && mark[0] == 'P' && mark[1] == 'K' &&
          ((mark[2] == 3 && mark[3] == 4) || (mark[2] == 5 && mark[3] == 6));
    fclose(f);
    return LRR_OK;
}

/* Where the directory is, as the archive's end says. */
typedef struct place {
    uint64_t size; /* of the file */
    uint64_t end;  /* where the directory's end begins */
    uint64_t at, bytes, parts;
} place;

static lrr_status file_size(FILE *f, const char *name, uint64_t *size, lrr_error *err)
{
    long n;
    if (fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0)
        return lrr_fail(err, LRR_EIO, "%s is not a plain file", name);
    *size = (uint64_t)n;
    return LRR_OK;
}

/* The end of ZIP64 before the other one, where its fields have no room. */
static lrr_status find_end64(FILE *f, const char *name, place *p, lrr_error *err)
{
    uint8_t b[END64] = { 0 };
    uint64_t at;
    lrr_status st;
    if (p->end < LOCATOR)
        return broken(name, "the archive's end is damaged", err);
    if ((st = read_at(f, name, p->end - LOCATOR, b, LOCATOR, err)) != LRR_OK)
        return st;
    at = number(b + 8, 8);
    if (number(b, 4) != LOCATOR_MARK || at > p->end - LOCATOR ||
        p->end - LOCATOR - at < END64)
        return broken(name, "the archive's end is damaged", err);
    if ((st = read_at(f, name, at, b, END64, err)) != LRR_OK)
        return st;
    if (number(b, 4) != END64_MARK || number(b + 16, 4) != 0 || number(b + 20, 4) != 0)
        return broken(name, "the archive's end is damaged", err);
    p->end = at;
    p->parts = number(b + 32, 8);
    p->bytes = number(b + 40, 8);
    p->at = number(b + 48, 8);
    return LRR_OK;
}

/* The last place where an end could be whose comment ends with the file. */
static bool find_end(const uint8_t *b, size_t n, size_t *at)
{
    for (size_t i = n - END + 1; i-- > 0;)
        if (number(b + i, 4) == END_MARK && i + END + number(b + i + 20, 2) == n) {
            *at = i;
            return true;
        }
    return false;
}

static lrr_status find_place(FILE *f, const char *name, place *p, lrr_error *err)
{
    uint8_t *tail = NULL;
    size_t n, at = 0;
    lrr_status st = file_size(f, name, &p->size, err);
    if (st != LRR_OK)
        return st;
    n = p->size < END + COMMENT ? (size_t)p->size : END + COMMENT;
    if (n < END)
        return broken(name, "the archive is cut off", err);
    st = lrr_mem_new(n, 1, "an archive's end", &tail, err);
    if (st == LRR_OK)
        st = read_at(f, name, p->size - n, tail, n, err);
    if (st == LRR_OK && !find_end(tail, n, &at))
        st =
            broken(name, "the archive has no directory: it is cut off or no .npz", err);
    if (st == LRR_OK) {
        const uint8_t *b = tail + at;
        p->end = p->size - n + at;
        p->parts = number(b + 10, 2);
        p->bytes = number(b + 12, 4);
        p->at = number(b + 16, 4);
        if (number(b + 4, 4) != 0)
            st = broken(name, "an archive in several files", err);
        else if (p->parts == 0xffff || p->bytes == 0xffffffff || p->at == 0xffffffff)
            st = find_end64(f, name, p, err);
    }
    lrr_mem_free(tail);
    if (st == LRR_OK && (p->at > p->end || p->end - p->at != p->bytes))
        st = broken(name, "the archive's directory is not where its end says", err);
    if (st == LRR_OK && (p->bytes > DIRECTORY || p->parts > LRR_ZIP_MOST))
        st = lrr_fail(err, LRR_EFORMAT, "%s: an archive of %llu parts, the most is %d",
                      name, (unsigned long long)p->parts, LRR_ZIP_MOST);
    return st;
}

/* Sizes of ZIP64 in an entry's extra fields take the place of those without room. */
static bool read_extra(lrr_zip_part *part, const uint8_t *p, size_t n)
{
    uint64_t *const field[] = { &part->at.size, &part->at.packed, &part->header };
    while (n >= 4) {
        const size_t id = (size_t)number(p, 2), bytes = (size_t)number(p + 2, 2);
        if (bytes > n - 4)
            return false;
        for (size_t i = 0, at = 0; id == 1 && i < 3; i++) {
            if (*field[i] != 0xffffffff)
                continue;
            if (bytes - at < 8)
                return false;
            *field[i] = number(p + 4 + at, 8);
            at += 8;
        }
        p += 4 + bytes;
        n -= 4 + bytes;
    }
    return true;
}

/* The entry at p, of at most n bytes; *used of them. NULL, or what is wrong. */
static const char *read_entry(lrr_zip_part *part, const uint8_t *p, size_t n,
                              size_t *used)
{
    size_t name, extra;
    if (n < ENTRY || number(p, 4) != ENTRY_MARK)
        return "the archive's directory is damaged";
    name = (size_t)number(p + 28, 2);
    extra = (size_t)number(p + 30, 2);
    *used = ENTRY + name + extra + (size_t)number(p + 32, 2);
    if (*used > n)
        return "the archive's directory is damaged";
    if (name >= LRR_ZIP_NAME || memchr(p + ENTRY, 0, name) != NULL)
        return "the archive has a part whose name is no name";
    memcpy(part->name, p + ENTRY, name);
    part->flags = (unsigned)number(p + 8, 2);
    part->method = (unsigned)number(p + 10, 2);
    part->at.crc = (uint32_t)number(p + 16, 4);
    part->at.packed = number(p + 20, 4);
    part->at.size = number(p + 24, 4);
    part->header = number(p + 42, 4);
    part->at.deflated = part->method == DEFLATED;
    return read_extra(part, p + ENTRY + name, extra)
               ? NULL
               : "the archive's directory is damaged";
}

static lrr_status read_entries(lrr_zip *z, const uint8_t *p, size_t n, lrr_error *err)
{
    for (size_t i = 0; i < z->n; i++) {
        size_t used = 0;
        const char *wrong = read_entry(&z->part[i], p, n, &used);
        if (wrong != NULL)
            return broken(z->name, wrong, err);
        for (size_t j = 0; j < i; j++)
            if (strcmp(z->part[j].name, z->part[i].name) == 0)
                return lrr_fail(err, LRR_EFORMAT, "%s: two parts are named '%.80s'",
                                z->name, z->part[i].name);
        p += used;
        n -= used;
    }
    return n == 0 ? LRR_OK : broken(z->name, "the archive's directory is damaged", err);
}

lrr_status lrr_zip_read(FILE *f, const char *name, lrr_zip **out, lrr_error *err)
{
    lrr_zip *z = NULL;
    uint8_t *bytes = NULL;
    place p = { 0 };
    lrr_status st = lrr_mem_new(1, sizeof *z, "an archive", &z, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    snprintf(z->name, sizeof z->name, "%s", lrr_base_name(name));
    st = find_place(f, z->name, &p, err);
    z->directory = p.at;
    z->n = (size_t)p.parts;
    if (st == LRR_OK)
        st = lrr_mem_new((size_t)p.bytes, 1, "an archive's directory", &bytes, err);
    if (st == LRR_OK)
        st =
            lrr_mem_new(z->n, sizeof *z->part, "an archive's directory", &z->part, err);
    if (st == LRR_OK)
        st = read_at(f, z->name, p.at, bytes, (size_t)p.bytes, err);
    if (st == LRR_OK)
        st = read_entries(z, bytes, (size_t)p.bytes, err);
    lrr_mem_free(bytes);
    if (st != LRR_OK) {
        lrr_zip_free(z);
        return st;
    }
    *out = z;
    return LRR_OK;
}

void lrr_zip_free(lrr_zip *z)
{
    if (z == NULL)
        return;
    lrr_mem_free(z->part);
    lrr_mem_free(z);
}

/* Where the bytes of a part begin: behind its own header, which has its name again. */
static lrr_status find_bytes(const lrr_zip *z, const lrr_zip_part *part, FILE *f,
                             lrr_source_part *at, lrr_error *err)
{
    uint8_t b[LOCAL + LRR_ZIP_NAME] = { 0 };
    const size_t name = strlen(part->name);
    uint64_t begin = part->header;
    lrr_status st;
    if (begin > z->directory || z->directory - begin < LOCAL + name)
        return broken(z->name, "the archive's directory is damaged", err);
    if ((st = read_at(f, z->name, begin, b, LOCAL + name, err)) != LRR_OK)
        return st;
    begin += LOCAL + number(b + 26, 2) + number(b + 28, 2);
    if (number(b, 4) != LOCAL_MARK || number(b + 26, 2) != name ||
        memcmp(b + LOCAL, part->name, name) != 0 || begin > z->directory ||
        part->at.packed > z->directory - begin)
        return broken(z->name, "the archive's directory is damaged", err);
    *at = part->at;
    at->offset = begin;
    return LRR_OK;
}

lrr_status lrr_zip_source(const lrr_zip *z, size_t i, FILE *f, lrr_source **out,
                          lrr_error *err)
{
    const lrr_zip_part *part = &z->part[i];
    const size_t n = strlen(part->name);
    const int shown =
        n > 4 && strcmp(part->name + n - 4, ".npy") == 0 ? (int)n - 4 : (int)n;
    lrr_source_part at;
    char name[2 * LRR_ZIP_NAME];
    lrr_status st = LRR_OK;
    *out = NULL;
    snprintf(name, sizeof name, "%.120s:%.*s", z->name, shown < 120 ? shown : 120,
             part->name);
    if ((part->flags & ENCRYPTED) != 0)
        st = broken(name, "it is encrypted", err);
    else if (part->method != STORED && part->method != DEFLATED)
        st = lrr_fail(err, LRR_EFORMAT,
                      "%s: packed by method %u, want stored (0) or deflated (8), as "
                      "numpy.savez and savez_compressed write them",
                      name, part->method);
    if (st == LRR_OK)
        st = find_bytes(z, part, f, &at, err);
    if (st != LRR_OK) {
        fclose(f);
        return st;
    }
    return lrr_source_member(f, name, &at, out, err);
}
