/* source.c -- see source.h. */
#include "readers/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/halt.h"
#include "base/mem.h"
#include "os/room.h"

enum { BUFFER = 64 * 1024, DEFLATE_RATIO = 1040 };

/* Bytes that are read between two looks whether to go on. */
enum { PIECE = 16 * 1024 * 1024 };

struct lrr_source {
    FILE *f;
    char name[256]; /* the longest that a folder holds */
    bool pipe;      /* read once, in order */
    long start;     /* where in f the bytes begin */
    uint64_t size;  /* of them; of a pipe not known */
    uint64_t taken; /* bytes given to the reader */
    uint64_t left;  /* bytes of the file that may still be read */
    int gzip;
    bool packed; /* z is in use */
    bool member; /* the file's part below, no more */
    int ended;   /* the packed stream has ended */
    lrr_source_part part;
    uint32_t crc; /* of the part's bytes so far */
    z_stream z;
    unsigned char in[BUFFER];
};

const char *lrr_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

const char *lrr_near_name(const char *path)
{
    const char *name = lrr_base_name(path);
    if (name - path < 2)
        return name;
    for (name--; name > path && name[-1] != '/';)
        name--;
    return name;
}

lrr_status lrr_source_file(const char *path, FILE **out, lrr_error *err)
{
    struct stat sb;
    char why[LRR_WHY_TEXT];
    int fd;
    *out = NULL;
    do
        fd = open(path,
                  O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO must not hold us up */
    while (fd < 0 && errno == EINTR);
    if (fd >= 0 && fstat(fd, &sb) == 0 && !S_ISREG(sb.st_mode)) {
        close(fd);
        return lrr_fail(err, LRR_EIO, "%s: %s", lrr_near_name(path),
                        S_ISDIR(sb.st_mode) ? strerror(EISDIR) : "it is no plain file");
    }
    if (fd >= 0 && (*out = fdopen(fd, "rb")) != NULL)
        return LRR_OK;
    lrr_fail(err, LRR_EIO, "%s: %s", lrr_near_name(path), lrr_room_why(errno, why));
    if (fd >= 0)
        close(fd);
    return LRR_EIO;
}

lrr_status lrr_source_stdin(FILE **out, lrr_error *err)
{
    *out = fdopen(STDIN_FILENO, "rb");
    return *out != NULL
               ? LRR_OK
               : lrr_fail(err, LRR_EIO, "the standard input: %s", strerror(errno));
}

lrr_status lrr_source_open(const char *path, lrr_source **out, lrr_error *err)
{
    FILE *f;
    lrr_status st = lrr_source_file(path, &f, err);
    *out = NULL;
    return st == LRR_OK ? lrr_source_wrap(f, path, out, err) : st;
}

static voidpf z_get(voidpf unused, uInt n, uInt size)
{
    (void)unused;
    return lrr_mem_get(lrr_size_mul(n, size), "gzip");
}

static void z_put(voidpf unused, voidpf p)
{
    (void)unused;
    lrr_mem_put(p);
}

static lrr_status no_memory(const lrr_source *s, lrr_error *err)
{
    return lrr_fail(err, LRR_ENOMEM, "%s: no memory for gzip (--memory)", s->name);
}

/* How many bytes there are, where that can be said. */
static void measure(lrr_source *s)
{
    long end;
    s->start = ftell(s->f);
    s->pipe = s->start < 0 || fseek(s->f, 0, SEEK_END) != 0 ||
              (end = ftell(s->f)) < 0 || fseek(s->f, s->start, SEEK_SET) != 0;
    s->size = s->pipe || end < s->start ? 0 : (uint64_t)(end - s->start);
}

/* The first bytes are looked at and kept at hand, as a pipe gives them once. */
static lrr_status look(lrr_source *s, lrr_error *err)
{
    char why[LRR_WHY_TEXT];
    s->z.next_in = s->in;
    s->z.avail_in = (uInt)fread(s->in, 1, 2, s->f);
    if (ferror(s->f))
        return lrr_fail(err, LRR_EIO, "%s: %s", s->name, lrr_room_why(errno, why));
    s->gzip = s->z.avail_in == 2 && s->in[0] == 0x1f && s->in[1] == 0x8b;
    return LRR_OK;
}

/* A source over f, which is closed where there is no memory for one. */
static lrr_status new_source(FILE *f, const char *name, lrr_source **out,
                             lrr_error *err)
{
    lrr_source *s = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *s, "a file's buffer", &s, err);
    *out = NULL;
    if (st != LRR_OK) {
        fclose(f);
        return st;
    }
    s->f = f;
    s->left = UINT64_MAX;
    s->z.zalloc = z_get;
    s->z.zfree = z_put;
    snprintf(s->name, sizeof s->name, "%s", name);
    *out = s;
    return LRR_OK;
}

/* bits: as inflateInit2 wants them. */
static lrr_status unpack(lrr_source *s, int bits, lrr_error *err)
{
    if (inflateInit2(&s->z, bits) != Z_OK)
        return no_memory(s, err);
    s->packed = true;
    return LRR_OK;
}

lrr_status lrr_source_wrap(FILE *f, const char *name, lrr_source **out, lrr_error *err)
{
    lrr_source *s;
    lrr_status st = new_source(f, lrr_base_name(name), &s, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    measure(s);
    if ((st = look(s, err)) != LRR_OK)
        goto fail;
    if (s->gzip && (st = unpack(s, 15 + 16, err)) != LRR_OK)
        goto fail;
    *out = s;
    return LRR_OK;
fail:
    lrr_source_close(s);
    return st;
}

lrr_status lrr_source_member(FILE *f, const char *name, const lrr_source_part *part,
                             lrr_source **out, lrr_error *err)
{
    lrr_source *s;
    lrr_status st = new_source(f, name, &s, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    s->member = true;
    s->part = *part;
    s->start =
        part->offset <= LONG_MAX ? (long)part->offset : -1; /* seeking says why */
    s->size = part->size;
    if (part->deflated ? part->size / DEFLATE_RATIO > part->packed
                       : part->size != part->packed)
        st = lrr_fail(
            err, LRR_EFORMAT,
            "%s: %llu bytes cannot be packed into %llu: the archive is damaged",
            s->name, (unsigned long long)part->size, (unsigned long long)part->packed);
    if (st == LRR_OK && part->deflated)
        st = unpack(s, -15, err);
    if (st == LRR_OK)
        st = lrr_source_rewind(s, err);
    if (st != LRR_OK) {
        lrr_source_close(s);
        return st;
    }
    *out = s;
    return LRR_OK;
}

void lrr_source_close(lrr_source *s)
{
    if (s == NULL)
        return;
    if (s->packed)
        inflateEnd(&s->z);
    fclose(s->f);
    lrr_mem_free(s);
}

/* At most n bytes of the file, or of its part. */
static lrr_status take(lrr_source *s, unsigned char *buf, size_t n, size_t *got,
                       lrr_error *err)
{
    char why[LRR_WHY_TEXT];
    size_t some = 1;
    n = n < s->left ? n : (size_t)s->left;
    for (*got = 0; *got < n && some > 0; *got += some) {
        const size_t want = n - *got < PIECE ? n - *got : PIECE;
        lrr_status st = lrr_halt_check(err);
        if (st != LRR_OK)
            return st;
        some = fread(buf + *got, 1, want, s->f);
        if (ferror(s->f))
            return lrr_fail(err, LRR_EIO, "%s: %s", s->name, lrr_room_why(errno, why));
    }
    s->left -= *got;
    return LRR_OK;
}

static bool nothing_left(const lrr_source *s)
{
    return s->left == 0 || feof(s->f);
}

/* Takes packed bytes from the file where none are at hand. */
static lrr_status refill(lrr_source *s, lrr_error *err)
{
    size_t got;
    lrr_status st;
    if (s->z.avail_in > 0)
        return LRR_OK;
    s->z.next_in = s->in;
    st = take(s, s->in, BUFFER, &got, err);
    s->z.avail_in = (uInt)got;
    return st;
}

/* A packed stream has ended: of gzip another may follow, or zeros, or nothing. */
static lrr_status next_member(lrr_source *s, lrr_error *err)
{
    bool padding = false;
    lrr_status st;
    s->ended = 1;
    if (s->member)
        return LRR_OK;
    st = refill(s, err);
    while (st == LRR_OK && s->z.avail_in > 0 && *s->z.next_in == 0) {
        padding = true;
        s->z.next_in++;
        s->z.avail_in--;
        st = refill(s, err);
    }
    if (st != LRR_OK || padding || s->z.avail_in == 0 || *s->z.next_in != 0x1f)
        return st; /* lrr_source_end looks at what follows */
    if (inflateReset(&s->z) != Z_OK)
        return lrr_fail(err, LRR_ENOMEM, "%s: no memory for gzip", s->name);
    s->ended = 0;
    return LRR_OK;
}

/* At most n bytes of a file that is not packed: what is at hand, then what follows. */
static lrr_status read_plain(lrr_source *s, unsigned char *buf, size_t n, size_t *got,
                             lrr_error *err)
{
    size_t more;
    lrr_status st;
    *got = n < s->z.avail_in ? n : s->z.avail_in;
    if (*got > 0) { /* with nothing at hand next_in may be NULL */
        memcpy(buf, s->z.next_in, *got);
        s->z.next_in += *got;
        s->z.avail_in -= (uInt)*got;
    }
    if (*got == n)
        return LRR_OK;
    st = take(s, buf + *got, n - *got, &more, err);
    *got += more;
    return st;
}

static lrr_status unpack_some(lrr_source *s, unsigned char *buf, size_t n, size_t *got,
                              lrr_error *err)
{
    const char *form = s->member ? "packed" : "gzip";
    *got = 0;
    while (*got < n && !s->ended) {
        size_t want = n - *got < BUFFER ? n - *got : BUFFER;
        lrr_status st = refill(s, err);
        int rc;
        if (st != LRR_OK)
            return st;
        s->z.next_out = buf + *got;
        s->z.avail_out = (uInt)want;
        rc = inflate(&s->z, Z_NO_FLUSH);
        *got += want - s->z.avail_out;
        if (rc == Z_STREAM_END) {
            if ((st = next_member(s, err)) != LRR_OK)
                return st;
        } else if (rc == Z_BUF_ERROR || (rc == Z_OK && s->z.avail_in == 0 &&
                                         nothing_left(s) && s->z.avail_out > 0)) {
            return lrr_fail(err, LRR_EFORMAT, "%s: the %s stream is cut off", s->name,
                            form);
        } else if (rc == Z_MEM_ERROR) {
            return no_memory(s, err);
        } else if (rc != Z_OK) {
            return lrr_fail(err, LRR_EFORMAT, "%s: broken %s stream (%s)", s->name,
                            form, s->z.msg != NULL ? s->z.msg : "inflate fails");
        }
    }
    return LRR_OK;
}

/* At most n bytes into buf; *got < n means the end. */
static lrr_status read_some(lrr_source *s, unsigned char *buf, size_t n, size_t *got,
                            lrr_error *err)
{
    lrr_status st =
        s->packed ? unpack_some(s, buf, n, got, err) : read_plain(s, buf, n, got, err);
    for (size_t at = 0; st == LRR_OK && s->member && at < *got; at += 1 << 30) {
        size_t some = *got - at < 1 << 30 ? *got - at : 1 << 30;
        s->crc = (uint32_t)crc32(s->crc, buf + at, (uInt)some);
    }
    return st;
}

lrr_status lrr_source_read(lrr_source *s, void *buf, size_t n, lrr_error *err)
{
    size_t got;
    lrr_status st = read_some(s, buf, n, &got, err);
    s->taken += got;
    if (st == LRR_OK && got < n)
        st = lrr_fail(err, LRR_EFORMAT, "%s ends at byte %llu, want %llu more", s->name,
                      (unsigned long long)s->taken, (unsigned long long)(n - got));
    return st;
}

lrr_status lrr_source_some(lrr_source *s, void *buf, size_t n, size_t *got,
                           lrr_error *err)
{
    lrr_status st = read_some(s, buf, n, got, err);
    s->taken += *got;
    return st;
}

lrr_status lrr_source_rewind(lrr_source *s, lrr_error *err)
{
    if (s->pipe || fseek(s->f, s->start, SEEK_SET) != 0)
        return lrr_fail(err, LRR_EIO, "%s is no plain file, and is read twice",
                        s->name);
    s->taken = 0;
    s->ended = 0;
    s->crc = 0;
    s->left = s->member ? s->part.packed : UINT64_MAX;
    s->z.avail_in = 0;
    if (s->packed && inflateReset(&s->z) != Z_OK)
        return lrr_fail(err, LRR_ENOMEM, "%s: no memory for gzip", s->name);
    return LRR_OK;
}

static lrr_status end_member(const lrr_source *s, lrr_error *err)
{
    if (s->crc != s->part.crc)
        return lrr_fail(
            err, LRR_EFORMAT,
            "%s: its bytes are not those that the archive's sum is of: it is "
            "damaged",
            s->name);
    return LRR_OK;
}

lrr_status lrr_source_end(lrr_source *s, lrr_error *err)
{
    unsigned char more;
    size_t got;
    lrr_status st = read_some(s, &more, 1, &got, err);
    if (st == LRR_OK && got > 0)
        return lrr_fail(err, LRR_EFORMAT,
                        "%s goes on after byte %llu, where its header "
                        "says it ends",
                        s->name, (unsigned long long)s->taken);
    if (st == LRR_OK && s->member)
        return end_member(s, err);
    if (st == LRR_OK && s->gzip && (s->z.avail_in > 0 || getc(s->f) != EOF))
        return lrr_fail(err, LRR_EFORMAT, "%s: something follows the gzip stream",
                        s->name);
    return st;
}

uint64_t lrr_source_most(const lrr_source *s)
{
    if (s->pipe)
        return UINT64_MAX;
    if (!s->gzip)
        return s->size - s->taken;
    return s->size * DEFLATE_RATIO;
}

int lrr_source_gzip(const lrr_source *s)
{
    return s->gzip;
}

bool lrr_source_plain(const lrr_source *s, uint64_t *at)
{
    *at = (uint64_t)s->start + s->taken;
    return !s->pipe && !s->packed;
}

const char *lrr_source_name(const lrr_source *s)
{
    return s->name;
}
