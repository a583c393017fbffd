/* csv_dialect.c -- see csv_dialect.h. */
#include "readers/csv_dialect.h"

#include <string.h>
#include <strings.h>

/* Lines that are looked at, and the least that agree about a delimiter. */
enum { LINES = 20, CANDIDATES = 4, AGREE = 2 };

static const char candidates[CANDIDATES + 1] = ",;\t|";

typedef struct span {
    const char *s, *end;
} span;

/* The line at the start of rest, without its end; rest begins behind it. false: none. */
static bool next_line(span *rest, span *line)
{
    const char *p = rest->s;
    bool quoted = false;
    if (p == rest->end)
        return false;
    for (; p < rest->end; p++) {
        if (*p == '"')
            quoted = !quoted;
        if (!quoted && (*p == '\n' || *p == '\r'))
            break;
    }
    *line = (span){ rest->s, p };
    if (p < rest->end)
        p += 1 + (p + 1 < rest->end && p[0] == '\r' && p[1] == '\n');
    rest->s = p;
    return true;
}

static size_t count(span line, char c)
{
    size_t n = 0;
    bool quoted = false;
    for (const char *p = line.s; p < line.end; p++) {
        if (*p == '"')
            quoted = !quoted;
        n += !quoted && *p == c;
    }
    return n;
}

static char most_frequent(span line)
{
    size_t best = 0, most = 0;
    for (size_t i = 0; i < CANDIDATES; i++) {
        size_t n = count(line, candidates[i]);
        if (n > most) {
            best = i;
            most = n;
        }
    }
    return most > 0 ? candidates[best] : '\0';
}

/* The delimiter that the lines behind a title have as often in each of them. */
static char by_agreement(span rest)
{
    size_t times[CANDIDATES] = { 0 }, lines = 0;
    bool agree[CANDIDATES] = { true, true, true, true };
    span line;
    while (lines < LINES && next_line(&rest, &line)) {
        if (line.s == line.end || rest.s == rest.end) /* the last may be cut off */
            continue;
        for (size_t i = 0; i < CANDIDATES; i++) {
            size_t n = count(line, candidates[i]);
            agree[i] &= lines == 0 || n == times[i];
            times[i] = n;
        }
        lines++;
    }
    for (size_t i = 0; lines >= AGREE && i < CANDIDATES; i++)
        if (agree[i] && times[i] > 0)
            return candidates[i];
    return '\0';
}

/* "sep=;" */
static bool is_sep_line(span line)
{
    return line.end - line.s == 5 && strncasecmp(line.s, "sep=", 4) == 0;
}

/* Lines of # before a line with another number of fields. */
static size_t leading_comments(span rest, char delimiter, span *first)
{
    size_t n = 0;
    bool others = false;
    span line, mark = { NULL, NULL };
    while (next_line(&rest, &line)) {
        if (line.s == line.end)
            continue;
        if (*line.s != '#')
            break;
        if (n == 0)
            mark = line;
        n++;
        line = (span){ NULL, NULL };
    }
    if (n == 0 || line.s == NULL)
        return 0;
    if (delimiter == '\0')
        delimiter = most_frequent(line);
    others = delimiter == '\0' || count(mark, delimiter) != count(line, delimiter);
    if (n > 1 || others) {
        *first = line;
        return n;
    }
    return 0;
}

/* Whether fields begin with this quote, and each of these ends with it. */
static bool quotes_agree(span rest, char delimiter, char quote)
{
    bool some = false, starts = true, inside = false;
    for (const char *p = rest.s; p < rest.end; p++) {
        bool ends =
            p + 1 == rest.end || p[1] == delimiter || p[1] == '\n' || p[1] == '\r';
        if (starts && *p == quote) {
            inside = some = true;
        } else if (inside && ends && *p != quote) {
            return false;
        }
        if (inside && ends)
            inside = false;
        starts = *p == delimiter || *p == '\n' || *p == '\r' || (starts && *p == ' ');
    }
    return some;
}

/* The first field that begins with this quote, or NULL. */
static const char *first_quoted(span rest, char delimiter, char quote)
{
    bool starts = true;
    for (const char *p = rest.s; p < rest.end; p++) {
        if (starts && *p == quote)
            return p;
        starts = *p == delimiter || *p == '\n' || *p == '\r' || (starts && *p == ' ');
    }
    return NULL;
}

/* Behind the field with quotes around it that p begins; NULL: it is not closed. */
static const char *behind_quotes(const char *p, const char *end, char quote)
{
    do {
        p = memchr(p + 1, quote, (size_t)(end - p - 1));
        if (p == NULL)
            return NULL;
        p++;
    } while (p < end && *p == quote);
    return p;
}

/* Whether text holds at least two records, all of as many fields, two or more. A record that is not
** closed is taken off its end. */
static bool fields_agree(span *text, char delimiter, char quote)
{
    size_t fields = 1, want = 0, records = 0;
    const char *p = text->s, *start = p;
    while (p < text->end) {
        if (*p == quote) {
            p = behind_quotes(p, text->end, quote);
            if (p == NULL)
                break;
            if (p < text->end && *p != delimiter && *p != '\n' && *p != '\r')
                return false;
        }
        while (p < text->end && *p != delimiter && *p != '\n' && *p != '\r')
            p++;
        if (p < text->end && *p == delimiter) {
            fields++;
            p++;
            continue;
        }
        if (p > start) { /* empty lines are none */
            want = want == 0 ? fields : want;
            if (fields != want)
                return false;
            records++;
        }
        p += p < text->end;
        fields = 1;
        start = p;
    }
    text->end = start;
    return want > 1 && records > 1;
}

/* Lines have as many fields with quotes, and have not without: delimiters or line ends are in some. */
static bool quotes_mend(span rest, char delimiter, char quote)
{
    return fields_agree(&rest, delimiter, quote) &&
           !fields_agree(&rest, delimiter, LRR_CSV_NONE);
}

static span skip_lines(span rest, size_t n)
{
    span line;
    while (n > 0 && next_line(&rest, &line))
        n--;
    return rest;
}

/* The whole lines among the first LINES. */
static span whole_lines(span rest)
{
    span line, all = rest;
    for (size_t i = 0; i < LINES && next_line(&rest, &line); i++)
        all.end = line.end == rest.end && i > 0 ? all.end : line.end;
    return all;
}

/* The start of the line before the one that p is in, or of the text. */
static const char *line_before(const char *text, const char *p)
{
    for (int ends = 0; p > text; p--) {
        ends += p[-1] == '\n' || (p[-1] == '\r' && *p != '\n');
        if (ends == 2)
            return p;
    }
    return text;
}

/* Where no field of the first lines begins with a quote: the lines from before the first field that
** does, up to the last line end; empty where none does. */
static span later_lines(span rest, char delimiter)
{
    const char *p = first_quoted(rest, delimiter, '"'), *end = rest.end;
    if (p == NULL)
        return (span){ rest.s, rest.s };
    while (end > p && end[-1] != '\n' && end[-1] != '\r')
        end--;
    return (span){ line_before(rest.s, p), end };
}

/* The quote of a file of tabs. Texts between tabs may begin with one: so where the first lines have
** none, it is one only where that is needed. */
static char quote_of_tabs(span rest)
{
    const span first = whole_lines(rest);
    bool some;
    if (first_quoted(first, '\t', '"') == NULL)
        some = quotes_mend(later_lines(rest, '\t'), '\t', '"');
    else
        some = quotes_agree(first, '\t', '"') || quotes_mend(first, '\t', '"');
    return some ? '"' : LRR_CSV_NONE;
}

void lrr_csv_dialect_find(const char *text, size_t n, lrr_csv_dialect *d)
{
    span rest = skip_lines((span){ text, text + n }, d->skip), first, after = rest;
    bool more = next_line(&after, &first);
    if (more && d->delimiter == '\0' && is_sep_line(first)) {
        d->delimiter = first.s[4];
        d->skip++;
        rest = after;
        more = next_line(&after, &first);
    }
    if (more && d->comment == '\0' && first.s < first.end &&
        leading_comments(rest, d->delimiter, &first) > 0)
        d->comment = '#';
    if (d->delimiter == '\0' && d->likely != '\0' && more &&
        count(first, d->likely) > 0)
        d->delimiter = d->likely;
    if (d->delimiter == '\0')
        d->delimiter = more ? most_frequent(first) : ',';
    if (d->delimiter == '\0')
        d->delimiter = by_agreement(after);
    if (d->delimiter == '\0')
        d->delimiter = ',';
    if (d->quote != '\0')
        return;
    after = whole_lines(rest);
    d->quote = '"';
    if (first_quoted(after, d->delimiter, '"') == NULL &&
        quotes_agree(after, d->delimiter, '\''))
        d->quote = '\'';
    else if (d->delimiter == '\t')
        d->quote = quote_of_tabs(rest);
}
