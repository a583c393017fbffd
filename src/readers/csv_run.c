/* csv_run.c -- records that are plain, many at once; see csv.h.
**
** 64 bytes at a time become a mask of those that may end a field; what is between two of them is
** never looked at. Whatever is not plain (quotes within quotes, blanks before a quote, a text over
** several lines, a comment, an empty line, another width, a NUL byte, what is cut off at the
** buffer's end) ends the run before its record, which lrr_csv_next reads with all its messages. */
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/mem.h"
#include "readers/csv_private.h"

enum {
    SPANS = LRR__CSV_SPANS,
    PLACES = 4096,
    WORD = 64,
    WORD_BLOCKS = WORD / LRR__CSV_BLOCK
};

static bool is_blank(unsigned char b)
{
    return b == ' ' || b == '\t';
}

#if defined(__SSE2__)

_Static_assert((int)LRR_TEXT_SLACK >= (int)WORD, "a word past the end is read");

typedef struct scan {
    const unsigned char *s;
    lrr_csv_span *span;
    size_t n, whole; /* spans; those of whole records */
    size_t columns, most;
    size_t limit;        /* bytes at s */
    size_t from, record; /* where the field and the next record begin */
    uint32_t closed;     /* n of a quoted text that has ended, or 0 */
    bool inside;         /* quotes */
    unsigned char delimiter, quote, comment; /* 0: none */
} scan;

static bool all_blank(const unsigned char *s, size_t n)
{
    size_t i = 0;
    while (i < n && is_blank(s[i]))
        i++;
    return i == n;
}

/* A quote, or what is within quotes. false: no plain record. */
static bool take_quote(scan *r, size_t at, unsigned char b)
{
    unsigned char next;
    if (!r->inside) {
        if (at > r->from)
            return !all_blank(r->s + r->from, at - r->from);
        r->inside = true;
        r->from = at + 1;
        return true;
    }
    if (b != r->quote)
        return b == r->delimiter;
    if (at + 1 == r->limit)
        return false;
    next = r->s[at + 1];
    r->inside = false;
    r->closed = (uint32_t)(at - r->from) | LRR_CSV_QUOTED;
    return next == r->delimiter || next == '\n' || next == '\r';
}

static bool is_comment(const scan *r)
{
    return r->comment != 0 && r->from < r->limit && r->s[r->from] == r->comment;
}

/* The end of a line at hand. false: no plain record, or the last one that there is room for. */
static bool take_line_end(scan *r, size_t at, unsigned char b)
{
    const lrr_csv_span *last = &r->span[r->n - 1];
    if (b == '\0' || r->n - r->whole != r->columns ||
        (b == '\r' && at + 1 == r->limit) ||
        (r->columns == 1 && (last->n & LRR_CSV_QUOTED) == 0 &&
         all_blank(r->s + last->at, last->n)))
        return false;
    if (b == '\r' && r->s[at + 1] == '\n')
        r->from++;
    r->whole = r->n;
    r->record = r->from;
    return r->whole + r->columns <= r->most && !is_comment(r);
}

/* The byte at `at`, which may end a field. false: the run ends. */
static inline bool take_stop(scan *r, size_t at)
{
    const unsigned char b = r->s[at];
    if (r->inside || (b == r->quote && b != '\0'))
        return take_quote(r, at, b);
    if (at < r->from)
        return true; /* LF behind CR */
    r->span[r->n++] =
        (lrr_csv_span){ (uint32_t)r->from,
                        r->closed != 0 ? r->closed : (uint32_t)(at - r->from) };
    r->closed = 0;
    r->from = at + 1;
    return b == r->delimiter ? r->n - r->whole < r->columns : take_line_end(r, at, b);
}

/* A bit for each of the 64 bytes at s that is one of n. */
static inline uint64_t find_bytes(const unsigned char *s, const __m128i *byte, int n)
{
    uint64_t mask = 0;
    for (int k = 0; k < WORD_BLOCKS; k++) {
        const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)s + k);
        __m128i is = _mm_cmpeq_epi8(v, byte[0]);
        for (int i = 1; i < n; i++)
            is = _mm_or_si128(is, _mm_cmpeq_epi8(v, byte[i]));
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(is) << (LRR__CSV_BLOCK * k);
    }
    return mask;
}

/* Adds the places of a mask's bits to n others. Mostly there are a few: so many are written always,
** as their number cannot be foretold, and what is too many is written over. */
static inline size_t put_places(uint32_t *place, size_t n, size_t at, uint64_t mask)
{
    enum { FEW = 10 };
    const uint64_t top = (uint64_t)1 << (WORD - 1);
    const size_t count = (size_t)__builtin_popcountll(mask);
    for (size_t i = 0; i < FEW; i++, mask &= mask - 1)
        place[n + i] = (uint32_t)at + (uint32_t)__builtin_ctzll(mask | top);
    for (size_t i = FEW; i < count; i++, mask &= mask - 1)
        place[n + i] = (uint32_t)at + (uint32_t)__builtin_ctzll(mask);
    return n + count;
}

/* The record whose fields end at `place`. false: no plain one. */
static inline bool take_record(scan *r, const uint32_t *place)
{
    lrr_csv_span *span = r->span + r->whole;
    const size_t last = r->columns - 1;
    size_t from = r->record;
    bool plain = r->s[place[last]] == '\n';
    for (size_t j = 0; j < last; j++)
        plain &= r->s[place[j]] == r->delimiter;
    for (size_t j = 0; j <= last; j++) {
        span[j] = (lrr_csv_span){ (uint32_t)from, place[j] - (uint32_t)from };
        from = place[j] + (size_t)1;
    }
    return plain && (r->comment == 0 || r->s[r->record] != r->comment) &&
           (last > 0 || !all_blank(r->s + span->at, span->n));
}

/* The records before the first byte that is neither text nor a delimiter nor LF. Where they end hangs
** on nothing, so that the places of many stops come first, and what is between them then. */
static void scan_plain(scan *r)
{
    const __m128i other[3] = { _mm_set1_epi8((char)r->quote), _mm_set1_epi8('\r'),
                               _mm_setzero_si128() };
    const __m128i stop[2] = { _mm_set1_epi8('\n'), _mm_set1_epi8((char)r->delimiter) };
    uint32_t place[PLACES + WORD];
    bool full = true;
    while (full) {
        size_t n = 0, k = 0;
        full = false;
        for (size_t at = r->record; !full && r->limit - at >= WORD; at += WORD) {
            if (find_bytes(r->s + at, other, 3) != 0)
                break;
            n = put_places(place, n, at, find_bytes(r->s + at, stop, 2));
            full = n >= PLACES;
        }
        for (; k + r->columns <= n; k += r->columns) {
            if (r->whole + r->columns > r->most || !take_record(r, place + k))
                return;
            r->whole += r->columns;
            r->record = place[k + r->columns - 1] + (size_t)1;
        }
        full = full && k > 0;
    }
}

static void scan_records(scan *shared)
{
    scan r = *shared; /* so that its parts may stay in registers */
    const __m128i stop[LRR__CSV_STOPS] = { _mm_set1_epi8((char)r.delimiter),
                                           _mm_set1_epi8((char)r.quote),
                                           _mm_set1_epi8('\n'), _mm_set1_epi8('\r'),
                                           _mm_setzero_si128() };
    bool more;
    r.n = r.whole;
    r.from = r.record;
    more = !is_comment(&r) && r.whole + r.columns <= r.most;
    for (size_t at = r.record; more && at < r.limit; at += WORD) {
        uint64_t mask = find_bytes(r.s + at, stop, LRR__CSV_STOPS);
        if (r.limit - at < WORD)
            mask &= ((uint64_t)1 << (r.limit - at)) - 1;
        for (; more && mask != 0; mask &= mask - 1)
            more = take_stop(&r, at + (size_t)__builtin_ctzll(mask));
    }
    shared->whole = r.whole;
    shared->record = r.record;
}

static void find_run(lrr_csv *c, size_t columns, size_t max, lrr_csv_run *out)
{
    const lrr_csv_dialect *w = &c->written;
    scan r = { .s = c->buf + c->buf_at,
               .span = c->span,
               .columns = columns,
               .most = max < SPANS / columns ? max * columns : SPANS,
               .limit = c->buf_n - c->buf_at,
               .delimiter = (unsigned char)w->delimiter,
               .quote = w->quote == LRR_CSV_NONE ? 0 : (unsigned char)w->quote,
               .comment = w->comment == LRR_CSV_NONE ? 0 : (unsigned char)w->comment };
    scan_plain(&r);
    scan_records(&r);
    out->s = (const char *)r.s;
    out->records = r.whole / columns;
    out->line = c->line;
    out->place = lrr_csv_place(c);
    c->buf_at += r.record;
    c->line += out->records;
}

/* Whether the file is written so that there are plain records. */
static bool may_run(const lrr_csv *c)
{
    const char d = c->written.delimiter;
    return d != ' ' && d != '\0' && d != '\n' && d != '\r' && d != c->written.quote &&
           c->written.quote != '\0' && c->written.escape == '\0' && c->raw == NULL;
}

#endif

lrr_status lrr_csv_run_next(lrr_csv *c, size_t columns, size_t max, lrr_csv_run *out,
                            lrr_error *err)
{
    *out = (lrr_csv_run){ .columns = columns };
#if defined(__SSE2__)
    lrr_status st = LRR_OK;
    if (c->buf_at == c->buf_n || columns == 0 || columns > SPANS || !may_run(c))
        return LRR_OK;
    if (c->span == NULL)
        st = lrr_mem_new(SPANS, sizeof *c->span, "a file's buffer", &c->span, err);
    if (st == LRR_OK)
        find_run(c, columns, max, out);
    out->span = c->span;
    return st;
#else
    (void)c;
    (void)max;
    (void)err;
    return LRR_OK;
#endif
}

lrr_csv_field lrr_csv_run_field(const lrr_csv_run *run, size_t i, size_t j)
{
    const lrr_csv_span *first = &run->span[i * run->columns], *f = first + j;
    const size_t begin = first->at - (first->n >= LRR_CSV_QUOTED);
    const bool quoted = f->n >= LRR_CSV_QUOTED;
    size_t n = f->n & ~LRR_CSV_QUOTED, at = f->at;
    if (!quoted) {
        while (n > 0 && is_blank((unsigned char)run->s[at])) {
            at++;
            n--;
        }
        while (n > 0 && is_blank((unsigned char)run->s[at + n - 1]))
            n--;
    }
    return (lrr_csv_field){ .s = run->s + at,
                            .n = n,
                            .line = run->line + i,
                            .column = at - quoted - begin + 1,
                            .quoted = quoted };
}
