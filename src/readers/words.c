/* words.c -- see words.h. */
#include "readers/words.h"

#include <stdbool.h>
#include <string.h>

static bool is_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           c >= 0x80;
}

static size_t break_tag(const char *s, size_t n)
{
    static const char *const tag[] = { "<br />", "<br/>", "<br>" };
    for (size_t i = 0; i < 3; i++) {
        size_t m = strlen(tag[i]);
        if (n >= m && memcmp(s, tag[i], m) == 0)
            return m;
    }
    return 0;
}

/* Bytes of the word at s, whose beginning goes to out. */
static size_t take_word(const char *s, size_t n, lrr_word_found *out)
{
    size_t i = 0;
    while (i < n) {
        unsigned char c = (unsigned char)s[i];
        bool inside =
            c == '\'' && i > 0 && i + 1 < n && is_word((unsigned char)s[i + 1]);
        if (!is_word(c) && !inside)
            break;
        if (out->n < LRR_WORD_LONGEST)
            out->text[out->n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        i++;
    }
    return i;
}

void lrr_word_find(const char *s, size_t n, lrr_word_found *out)
{
    size_t i = 0, skip;
    out->n = 0;
    while (out->n == 0 && i < n) {
        const unsigned char c = (unsigned char)s[i];
        if (is_word(c)) {
            i += take_word(s + i, n - i, out);
        } else if (c <= ' ' || c == 0x7f) {
            i++;
        } else if (c == '<' && (skip = break_tag(s + i, n - i)) > 0) {
            i += skip;
        } else {
            out->text[out->n++] = s[i++];
        }
    }
    out->taken = i;
}
