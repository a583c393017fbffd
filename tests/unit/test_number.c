/* test_number.c -- decimal numbers are what strtod makes of them, to the last bit, by each of the ways
** that read them: a million in forms that files have, and with bytes in them that are no digits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "os/cpu.h"
#include "readers/number_wide.h"

enum { NUMBERS = 1000000, ROOM = 160, FORMS = 9 };

static uint64_t state = 88172645463325252;

/* Xorshift. Source: G. Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t below(size_t n)
{
    return (size_t)(draw() % n);
}

/* Digits with a point among or around them, zeros first; at times another byte. */
static void write_digits(char *s)
{
    const size_t n = 1 + below(24), point = below(below(3) > 0 ? 8 : n + 1);
    const size_t zeros = below(5);
    size_t at = 0;
    if (below(2) == 0)
        s[at++] = '-';
    for (size_t i = 0; i < n; i++) {
        if (i == point)
            s[at++] = '.';
        s[at++] = (char)(i < zeros ? '0' : '0' + (char)below(10));
    }
    s[at] = '\0';
    if (below(32) == 0)
        s[below(at)] = (char)(33 + below(90));
}

/* Half way between two doubles: 54 bits, the last one set, over a power of two. */
static void write_half(char *s)
{
    const uint64_t bits = draw() >> 10 | (uint64_t)1 << 53 | 1;
    if (below(2) == 0)
        snprintf(s, ROOM, "%llu", (unsigned long long)(bits << below(10)));
    else
        snprintf(s, ROOM, "%.*f", (int)below(20), (double)bits / 1024 / 1024);
}

static void write_number(size_t form, char *s)
{
    const double part = (double)(draw() >> 11) / (double)((uint64_t)1 << 53);
    const uint64_t any = draw();
    double v;
    memcpy(&v, &any, sizeof v);
    switch (form) {
    case 0:
        snprintf(s, ROOM, "%.17g", isfinite(v) ? v : part);
        break;
    case 1:
        snprintf(s, ROOM, "%.*g", 1 + (int)below(18), ldexp(part, (int)below(90) - 45));
        break;
    case 2:
        snprintf(s, ROOM, "%llue%d", (unsigned long long)(any >> below(64)),
                 (int)below(140) - 70);
        break;
    case 3:
        snprintf(s, ROOM, "%.18e", part * 10 - 5);
        break;
    case 4:
        write_half(s);
        break;
    case 5:
        snprintf(s, ROOM, "%.*f", (int)below(20), ldexp(part, (int)below(40)));
        break;
    case 6:
        snprintf(s, ROOM, "%+.*E", (int)below(25), ldexp(part, (int)below(400) - 200));
        break;
    default:
        write_digits(s);
        break;
    }
}

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Both versions, of which the wide one is taken where the processor has it. *got is the first one's. */
static bool swift_is(const char *s, size_t n, char decimal, double *got)
{
    const bool is = lrr_number_swift(s, n, decimal, got);
#if defined(LRR_WITH_AVX2)
    double wide;
    if (lrr_cpu_isa() >= LRR_ISA_AVX2) {
        CHECK(lrr_number_wide(s, n, decimal, &wide) == is);
        CHECK(!is || same(wide, *got));
    }
#endif
    return is;
}

int main(void)
{
    size_t swift = 0, longer = 0;
    for (size_t i = 0; i < NUMBERS; i++) {
        char text[ROOM], behind[ROOM + 16], comma[ROOM + 16], *end;
        double want, got = 0;
        size_t n;
        lrr_number kind;
        write_number(i % FORMS, text);
        n = strlen(text);
        want = strtod(text, &end);
        memset(behind, '0' + (char)below(10), sizeof behind);
        memcpy(behind, text, n);
        memcpy(comma, behind, sizeof comma);
        for (size_t k = 0; k < n; k++)
            comma[k] = (char)(text[k] == '.' ? ',' : text[k] == ',' ? '.' : text[k]);
        kind = lrr_number_parse(text, n, &got);
        if (*end != '\0' || strspn(text, "0123456789.+-eE") != n) {
            CHECK(kind != LRR_NUMBER_FINITE);
            CHECK(!swift_is(behind, n, '.', &got));
            CHECK(!lrr_number_long(text, n, '.', &got));
            CHECK(!swift_is(comma, n, ',', &got));
            continue;
        }
        CHECK(isfinite(want) ? kind == LRR_NUMBER_FINITE && same(got, want)
                             : kind == LRR_NUMBER_NONFINITE);
        if (swift_is(behind, n, '.', &got)) {
            CHECK(same(got, want));
            CHECK(swift_is(comma, n, ',', &got) && same(got, want));
            swift++;
        }
        if (lrr_number_long(text, n, '.', &got)) {
            CHECK(same(got, want));
            CHECK(lrr_number_long(comma, n, ',', &got) && same(got, want));
            longer++;
        }
    }
    CHECK(swift > NUMBERS / 4 && longer > NUMBERS / 2);
    printf("number: %d faults\n", faults);
    return faults != 0;
}
