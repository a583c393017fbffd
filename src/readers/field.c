/* field.c -- see field.h. */
#include "readers/field.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "readers/number.h"

/* Longest number that may hold marks or another decimal point: as long as one without. */
enum { LONGEST = 1100, GROUP = 3 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool lrr_field_is_given(const char *s, size_t n, const lrr_field_cfg *cfg)
{
    for (size_t i = 0; i < cfg->words; i++)
        if (n == strlen(cfg->word[i]) && memcmp(s, cfg->word[i], n) == 0)
            return true;
    return false;
}

static bool is_missing(const char *s, size_t n, const lrr_field_cfg *cfg)
{
    static const char *const word[] = {
        "?",    "NA",   "N/A",    "n/a",     "NaN",      "nan",     "-NaN",    "-nan",
        "NULL", "null", "None",   "none",    "-",        ".",       "<NA>",    "#N/A",
        "#NA",  "NaT",  "na",     "#DIV/0!", "#N/A N/A", "#VALUE!", "#REF!",   "#NUM!",
        "Null", "NONE", "#NULL!", "1.#IND",  "-1.#IND",  "1.#QNAN", "-1.#QNAN"
    };
    if (n == 0)
        return true;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (*word[i] == *s && n == strlen(word[i]) && memcmp(s, word[i], n) == 0)
            return true;
    return lrr_field_is_given(s, n, cfg);
}

/* A letter that begins neither a number (nan, inf) nor a word for missing. */
static bool begins_word(char c)
{
    const char lower = (char)(c | 32);
    return lower >= 'a' && lower <= 'z' && lower != 'n' && lower != 'i';
}

static void trim(const char **s, size_t *n)
{
    while (*n > 0 && (**s == ' ' || **s == '\t')) {
        ++*s;
        --*n;
    }
    while (*n > 0 && ((*s)[*n - 1] == ' ' || (*s)[*n - 1] == '\t'))
        --*n;
}

/* Bytes of the mark between groups that s begins with, 0 where it is none. A blank may be one that
** does not break the line, or a narrow one. */
static size_t separator_at(const char *s, size_t n, char thousands)
{
    static const char *const blank[] = { "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89" };
    if (thousands != 0 && *s == thousands)
        return 1;
    for (size_t i = 0; thousands == ' ' && i < sizeof blank / sizeof *blank; i++)
        if (n >= strlen(blank[i]) && memcmp(s, blank[i], strlen(blank[i])) == 0)
            return strlen(blank[i]);
    return 0;
}

/* s without the marks between groups of three, and with a point; 0 where they are no
** groups. *grouped: there were some. */
static size_t normal_form(const char *s, size_t n, char decimal, char thousands,
                          char text[LONGEST], bool *grouped)
{
    size_t out = 0, digits = 0, groups = 0, mark;
    bool whole = true;
    if (n > LONGEST)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (whole && (mark = separator_at(s + i, n - i, thousands)) > 0) {
            if (groups == 0 ? digits < 1 || digits > GROUP : digits != GROUP)
                return 0;
            groups++;
            digits = 0;
            i += mark - 1;
            continue;
        }
        if (whole && !is_digit(s[i]) && out > 0 && is_digit(text[out - 1])) {
            if (groups > 0 && digits != GROUP)
                return 0;
            whole = false;
        }
        digits += is_digit(s[i]);
        text[out++] = s[i] == decimal ? '.' : s[i] == '.' ? '\1' : s[i];
    }
    if (whole && groups > 0 && digits != GROUP)
        return 0;
    if (groups > 0 && text[text[0] == '-' || text[0] == '+'] == '0')
        return 0; /* 0,126 is no group */
    *grouped = groups > 0;
    return out;
}

static lrr_number parse_number(const char *s, size_t n, const lrr_field_cfg *cfg,
                               double *v, bool *grouped)
{
    char text[LONGEST];
    lrr_number kind = LRR_NUMBER_NOT;
    *grouped = false;
    if (cfg->decimal != ',' && cfg->thousands == 0) {
        kind = lrr_number_parse(s, n, v);
        if (kind != LRR_NUMBER_NOT || memchr(s, ',', n) == NULL)
            return kind;
    }
    n = normal_form(s, n, lrr_field_point(cfg),
                    cfg->thousands != 0   ? cfg->thousands
                    : cfg->decimal == ',' ? '\0'
                                          : ',',
                    text, grouped);
    return n == 0 ? LRR_NUMBER_NOT : lrr_number_parse(text, n, v);
}

/* The mark at the start or end of s is taken off. */
static bool take_mark(const char **s, size_t *n, char mark[4])
{
    static const char *const marks[] = { "%", "$", "\xe2\x82\xac", "\xc2\xa3",
                                         "\xc2\xa5" };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const size_t k = strlen(marks[i]);
        if (*n <= k)
            continue;
        if (memcmp(*s + *n - k, marks[i], k) == 0) {
            *n -= k;
        } else if (i > 0 && memcmp(*s, marks[i], k) == 0) {
            *s += k;
            *n -= k;
        } else {
            continue;
        }
        memcpy(mark, marks[i], k + 1);
        trim(s, n);
        return true;
    }
    return false;
}

static bool parse_marked(const char *s, size_t n, const lrr_field_cfg *cfg,
                         lrr_field *out)
{
    const bool minus = n > 1 && *s == '-';
    bool grouped;
    s += minus; /* -$5 */
    n -= minus;
    if (!take_mark(&s, &n, out->mark) ||
        parse_number(s, n, cfg, &out->value, &grouped) != LRR_NUMBER_FINITE)
        return false;
    if (minus)
        out->value = -out->value;
    return true;
}

/* Two or four digits at s, or -1. */
static int digits_at(const char *s, const char *end, int count)
{
    int v = 0;
    if (end - s < count)
        return -1;
    for (int i = 0; i < count; i++) {
        if (!is_digit(s[i]))
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

/* Days since 1970-01-01 of the Gregorian calendar. Source: H. Hinnant, "chrono-compatible
** low-level date algorithms" (2021), days_from_civil. */
static int64_t days_of(int year, int month, int day)
{
    const int64_t y = year - (month <= 2);
    const int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    const int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool parse_day(const char **s, const char *end, int64_t *days)
{
    static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const char *p = *s;
    int year = digits_at(p, end, 4), month, day;
    if (year < 0 || end - p < 10 || (p[4] != '-' && p[4] != '/') || p[7] != p[4])
        return false;
    month = digits_at(p + 5, end, 2);
    day = digits_at(p + 8, end, 2);
    if (month < 1 || month > 12 || day < 1 ||
        day > length[month - 1] + (month == 2 && leap(year)))
        return false;
    *s = p + 10;
    *days = days_of(year, month, day);
    return true;
}

/* hh:mm[:ss[.f]][Z|+hh:mm|+hhmm] up to the end, in seconds. */
static bool parse_time(const char *p, const char *end, double *seconds)
{
    int h = digits_at(p, end, 2), m, sec = 0, oh, om;
    double fraction = 0, scale = 1;
    if (h < 0 || h > 23 || end - p < 5 || p[2] != ':' ||
        (m = digits_at(p + 3, end, 2)) < 0 || m > 59)
        return false;
    p += 5;
    if (p < end && *p == ':') {
        if ((sec = digits_at(p + 1, end, 2)) < 0 || sec > 60)
            return false;
        p += 3;
        if (p < end && *p == '.')
            for (p++; p < end && is_digit(*p); p++)
                fraction += (*p - '0') * (scale /= 10);
    }
    *seconds = h * 3600.0 + m * 60.0 + sec + fraction;
    if (p < end && *p == ' ')
        p++;
    if (p == end || (*p == 'Z' && p + 1 == end))
        return true;
    if (*p != '+' && *p != '-')
        return false;
    oh = digits_at(p + 1, end, 2);
    om = end - p == 6 && p[3] == ':' ? digits_at(p + 4, end, 2)
         : end - p == 5              ? digits_at(p + 3, end, 2)
                                     : -1;
    if (oh < 0 || oh > 23 || om < 0 || om > 59)
        return false;
    *seconds -= (*p == '-' ? -1 : 1) * (oh * 3600.0 + om * 60.0);
    return true;
}

static bool parse_date(const char *s, size_t n, lrr_field *out)
{
    const char *end = s + n;
    int64_t days;
    double seconds = 0;
    if (!parse_day(&s, end, &days))
        return false;
    out->time = s < end;
    if (s < end && ((*s != ' ' && *s != 'T') || !parse_time(s + 1, end, &seconds)))
        return false;
    out->value = (double)days + seconds / 86400;
    return true;
}

lrr_field_kind lrr_field_parse(const char *s, size_t n, const lrr_field_cfg *cfg,
                               lrr_field *out)
{
    bool grouped = false;
    lrr_number kind;
    out->mark[0] = '\0';
    if (cfg->decimal != ',' && cfg->thousands == 0 && cfg->words == 0 &&
        lrr_number_quick(s, n, &out->value))
        return LRR_FIELD_NUMBER;
    trim(&s, &n);
    if (n > 0 && begins_word(*s))
        return lrr_field_is_given(s, n, cfg) ? LRR_FIELD_MISSING : LRR_FIELD_WORD;
    /* What begins no number, but words for missing, is asked for these first. */
    if (n > 0 && strchr("Nn#<?", *s) != NULL && is_missing(s, n, cfg))
        return LRR_FIELD_MISSING;
    kind = n == 0 ? LRR_NUMBER_NOT : parse_number(s, n, cfg, &out->value, &grouped);
    if (kind == LRR_NUMBER_FINITE && cfg->words == 0 && !grouped)
        return LRR_FIELD_NUMBER;
    if (is_missing(s, n, cfg))
        return LRR_FIELD_MISSING;
    if (kind == LRR_NUMBER_FINITE) {
        if (grouped && cfg->thousands == 0)
            memcpy(out->mark, ",", 2);
        return grouped && cfg->thousands == 0 ? LRR_FIELD_MARKED : LRR_FIELD_NUMBER;
    }
    if (kind == LRR_NUMBER_NONFINITE) /* Nan, NAN, ... as well */
        return n <= 4 && (s[n - 1] | 32) == 'n' ? LRR_FIELD_MISSING
                                                : LRR_FIELD_INFINITE;
    if (parse_marked(s, n, cfg, out))
        return LRR_FIELD_MARKED;
    return parse_date(s, n, out) ? LRR_FIELD_DATE : LRR_FIELD_WORD;
}

lrr_day_parts lrr_day_parts_of(double days)
{
    /* civil_from_days of the same source. */
    const int64_t whole = (int64_t)floor(days), z = whole + 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    const int64_t weekday = (whole + 3) % 7; /* day 0 was a Thursday */
    return (lrr_day_parts){ .month = (int)(mp < 10 ? mp + 3 : mp - 9),
                            .weekday = (int)(weekday < 0 ? weekday + 7 : weekday),
                            .hour = (days - (double)whole) * 24 };
}
