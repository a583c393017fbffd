/* pieces.c -- see pieces.h. */
#include "readers/pieces.h"

#include <stdbool.h>

#define BLANKS  "\\x09-\\x0D\\x20"
#define LETTERS "A-Za-z\\x{80}-\\x{10FFFF}"

const char *const lrr_pieces_pattern =
    "'(?:s|t|re|ve|m|ll|d)| ?[" LETTERS "]+| ?[0-9]+| ?[^" BLANKS LETTERS
    "0-9]+|[" BLANKS "]+(?![^" BLANKS "])|[" BLANKS "]+";

typedef enum kind { BLANK, LETTER, DIGIT, OTHER } kind;

static kind kind_of(char byte)
{
    const unsigned char c = (unsigned char)byte;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80)
        return LETTER;
    if (c >= '0' && c <= '9')
        return DIGIT;
    return c == ' ' || (c >= '\t' && c <= '\r') ? BLANK : OTHER;
}

/* How many bytes from `from` on are of that kind. */
static size_t run_of(const char *s, size_t n, size_t from, kind what)
{
    size_t i = from;
    while (i < n && kind_of(s[i]) == what)
        i++;
    return i - from;
}

/* Bytes of an ending behind an apostrophe, with it; 0: none. */
static size_t ending(const char *s, size_t n)
{
    const char a = n > 1 ? s[1] : 0, b = n > 2 ? s[2] : 0;
    if (s[0] != '\'')
        return 0;
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return 2;
    return ((a == 'r' || a == 'v') && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
}

size_t lrr_piece(const char *s, size_t n)
{
    size_t at, blanks;
    if (n == 0)
        return 0;
    if ((at = ending(s, n)) > 0)
        return at;
    at = s[0] == ' ' && n > 1 && kind_of(s[1]) != BLANK;
    if (kind_of(s[at]) != BLANK)
        return at + run_of(s, n, at, kind_of(s[at]));
    blanks = run_of(s, n, 0, BLANK);
    /* The last one before something else is left to it. */
    return blanks > 1 && blanks < n ? blanks - 1 : blanks;
}
