/* yaml_scalar.c -- see yaml_scalar.h. */
#include "record/yaml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is(const lrr_yaml_item *item, const char *word)
{
    return strlen(word) == item->n && memcmp(item->text, word, item->n) == 0;
}

static bool is_any(const lrr_yaml_item *item, const char *const *words)
{
    while (*words != NULL)
        if (is(item, *words++))
            return true;
    return false;
}

static size_t digits(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] >= '0' && s[i] <= '9')
        i++;
    return i;
}

/* [-+]? digits: 1; with a point or an exponent: 2; otherwise 0. */
static int number_form(const char *s, size_t n)
{
    size_t whole, part = 0;
    int form = 1;
    if (n > 0 && (*s == '-' || *s == '+')) {
        s++;
        n--;
    }
    whole = digits(s, n);
    s += whole;
    n -= whole;
    if (n > 0 && *s == '.') {
        part = digits(s + 1, n - 1);
        s += part + 1;
        n -= part + 1;
        form = 2;
    }
    if (whole + part == 0)
        return 0;
    if (n > 0 && (*s == 'e' || *s == 'E')) {
        size_t sign = n > 1 && (s[1] == '-' || s[1] == '+');
        size_t power = digits(s + 1 + sign, n - 1 - sign);
        if (power == 0)
            return 0;
        n -= 1 + sign + power;
        form = 2;
    }
    return n == 0 ? form : 0;
}

static bool resolve_number(lrr_yaml_item *item, int form)
{
    char buf[512];
    if (item->n >= sizeof buf)
        return false;
    memcpy(buf, item->text, item->n);
    buf[item->n] = '\0';
    errno = 0;
    if (form == 1) {
        item->whole = strtoll(buf, NULL, 10);
        item->kind = LRR_YAML_INT;
        return errno == 0;
    }
    item->real = strtod(buf, NULL); /* the locale is C: nothing ever sets another */
    item->kind = LRR_YAML_REAL;
    return isfinite(item->real);
}

bool lrr__yaml_resolve(lrr_yaml_item *item)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const truths[] = { "true", "True", "TRUE", NULL };
    static const char *const falses[] = { "false", "False", "FALSE", NULL };
    static const char *const nans[] = { ".nan", ".NaN", ".NAN", NULL };
    static const char *const infs[] = { ".inf",  ".Inf",  ".INF", "+.inf",
                                        "+.Inf", "+.INF", NULL };
    static const char *const minus_infs[] = { "-.inf", "-.Inf", "-.INF", NULL };
    int form = number_form(item->text, item->n);

    if (form != 0)
        return resolve_number(item, form);
    if (is_any(item, nulls)) {
        item->kind = LRR_YAML_NULL;
    } else if (is_any(item, truths) || is_any(item, falses)) {
        item->kind = LRR_YAML_BOOL;
        item->flag = is_any(item, truths);
    } else if (is_any(item, nans) || is_any(item, infs) || is_any(item, minus_infs)) {
        item->kind = LRR_YAML_REAL;
        item->real = is_any(item, nans)   ? (double)NAN
                     : is_any(item, infs) ? HUGE_VAL
                                          : -HUGE_VAL;
    }
    return true;
}

size_t lrr__yaml_real(double x, char buf[LRR_YAML_NUMBER])
{
    int n = 0;
    if (isnan(x))
        return (size_t)snprintf(buf, LRR_YAML_NUMBER, ".nan");
    if (isinf(x))
        return (size_t)snprintf(buf, LRR_YAML_NUMBER, x > 0 ? ".inf" : "-.inf");
    for (int precision = 15; precision <= 17; precision++) {
        n = snprintf(buf, LRR_YAML_NUMBER, "%.*g", precision, x);
        if (strtod(buf, NULL) == x)
            break;
    }
    if (strcspn(buf, ".e") == (size_t)n)
        n += snprintf(buf + n, LRR_YAML_NUMBER - (size_t)n, ".0");
    return (size_t)n;
}
