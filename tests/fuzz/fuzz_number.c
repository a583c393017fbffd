/* fuzz_number.c -- any bytes as a decimal number: what is taken is what strtod makes of it, to
** the last bit, and what is refused is none. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "readers/number_swift.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* [+-] digits [. digits] [e [+-] digits], told apart once more and in another way. */
static bool is_decimal(const char *s)
{
    size_t whole, part = 0;
    s += strspn(s, "+-") == 1;
    whole = strspn(s, "0123456789");
    s += whole;
    if (*s == '.') {
        part = strspn(s + 1, "0123456789");
        s += 1 + part;
    }
    if (whole + part == 0)
        return false;
    if (*s == 'e' || *s == 'E') {
        s++;
        s += strspn(s, "+-") == 1;
        if (strspn(s, "0123456789") == 0)
            return false;
        s += strspn(s, "0123456789");
    }
    return *s == '\0';
}

static bool is_word(const char *s)
{
    s += *s == '+' || *s == '-';
    return strcasecmp(s, "nan") == 0 || strcasecmp(s, "inf") == 0 ||
           strcasecmp(s, "infinity") == 0;
}

static void compare(const char *text, lrr_number kind, double got)
{
    const double want = strtod(text, NULL);
    if (is_word(text)) {
        if (kind != LRR_NUMBER_NONFINITE)
            __builtin_trap();
    } else if (!is_decimal(text)) {
        if (kind != LRR_NUMBER_NOT)
            __builtin_trap();
    } else if (isfinite(want)) {
        if (kind != LRR_NUMBER_FINITE || memcmp(&got, &want, sizeof got) != 0)
            __builtin_trap();
    } else if (kind != LRR_NUMBER_NONFINITE) {
        __builtin_trap();
    }
}

/* What is read some bytes at a time, with this decimal point, is what is read one by one. */
static void compare_swift(const char *text, size_t n, char decimal, lrr_number kind,
                          double want)
{
    double got;
    if (lrr_number_swift(text, n, decimal, &got) &&
        (kind != LRR_NUMBER_FINITE || memcmp(&got, &want, sizeof got) != 0))
        __builtin_trap();
    if (lrr_number_long(text, n, decimal, &got) &&
        (kind != LRR_NUMBER_FINITE || memcmp(&got, &want, sizeof got) != 0))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char text[1001 + 8]; /* longer ones are refused whatever they are */
    double got = 0;
    char *begin = text, *end;
    lrr_number kind;
    if (n > 1000 || memchr(data, 0, n) != NULL)
        return 0;
    memcpy(text, data, n);
    text[n] = '\0';
    kind = lrr_number_parse(text, n, &got);
    compare_swift(text, n, '.', kind, got);
    if (memchr(text, ',', n) == NULL) {
        for (size_t i = 0; i < n; i++)
            text[i] = (char)(text[i] == '.' ? ',' : text[i]);
        compare_swift(text, n, ',', kind, got);
        memcpy(text, data, n);
    }
    begin += strspn(begin, " \t");
    for (end = text + n; end > begin && (end[-1] == ' ' || end[-1] == '\t');)
        *--end = '\0';
    compare(begin, kind, got);
    return 0;
}
