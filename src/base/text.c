/* text.c -- see text.h. */
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text_ranges.h"

enum {
    LONGEST = 13, /* "\udbff\udfff" and a zero */
    /* Scripts from here on (Arabic, Indic, ...) and pictures are written with joiners. */
    JOINING = 0x600,
    JOINER_FIRST = 0x200c,
    JOINER_LAST = 0x200d,
    SELECTOR_FIRST = 0xfe00,
    SELECTOR_LAST = 0xfe0f,
    TAGS = 0xe0, /* plane 14 up to 0xe0fff: tags and more selectors */
};

/* One character of a text, or a byte that is none. */
typedef struct character {
    uint32_t code;
    size_t bytes;
    bool valid;
} character;

static bool in_ranges(const lrr__text_range *r, uint32_t code)
{
    for (; r->last != 0; r++)
        if (code <= r->last)
            return code >= r->first;
    return false;
}

/* The character at s, which has n > 0 bytes: as UTF-8 has it (RFC 3629), without forms that
** are longer than need be. */
static character decode(const unsigned char *s, size_t n)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    character c = { .code = s[0], .bytes = 1, .valid = s[0] < 0x80 };
    size_t bytes = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    uint32_t code;

    if (s[0] < 0xc2 || s[0] > 0xf4 || bytes > n)
        return c;
    code = s[0] & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return c;
        code = code << 6 | (s[i] & 0x3f);
    }
    if (code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return c;
    return (character){ .code = code, .bytes = bytes, .valid = true };
}

static bool is_noncharacter(uint32_t code)
{
    return (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

static bool is_joiner(uint32_t code)
{
    return (code >= JOINER_FIRST && code <= JOINER_LAST) ||
           (code >= SELECTOR_FIRST && code <= SELECTOR_LAST);
}

/* Whether the character, behind `before`, has to be written out. */
static bool misleads(const character *c, uint32_t before, lrr_text_form form)
{
    if (!c->valid)
        return true;
    if (form == LRR_TEXT_JSON && (c->code == '"' || c->code == '\\'))
        return true;
    if (c->code < 0x7f)
        return c->code < 0x20 &&
               !(form == LRR_TEXT_LINES && (c->code == '\n' || c->code == '\t'));
    if (is_joiner(c->code))
        return before < JOINING;
    return c->code >> 12 == TAGS || is_noncharacter(c->code) ||
           in_ranges(lrr__text_hidden, c->code);
}

/* What `before` is for the character that follows: no joiner stands behind another one. */
static uint32_t place_of(const character *c)
{
    return c->code == JOINER_FIRST || c->code == JOINER_LAST ? 0 : c->code;
}

/* The letter behind the backslash of a character that has one in this form, or 0. */
static int letter_of(const character *c, lrr_text_form form)
{
    static const char codes[] = "\n\t\r\b\f\"\\", letters[] = "ntrbf\"\\";
    const char *at =
        c->valid && c->code != 0 && c->code < 0x7f ? strchr(codes, (int)c->code) : NULL;
    if (at == NULL || (form != LRR_TEXT_JSON && at - codes >= 3))
        return 0;
    return letters[at - codes];
}

static size_t write_json(const character *c, char out[LONGEST])
{
    uint32_t above = c->code - 0x10000;
    if (!c->valid)
        return (size_t)snprintf(out, LONGEST, "\\\\x%02x", (unsigned)c->code);
    if (c->code < 0x10000)
        return (size_t)snprintf(out, LONGEST, "\\u%04x", (unsigned)c->code);
    return (size_t)snprintf(out, LONGEST, "\\u%04x\\u%04x",
                            (unsigned)(0xd800 + (above >> 10)),
                            (unsigned)(0xdc00 + (above & 0x3ff)));
}

/* How the character is written out; gives the bytes. */
static size_t write_out(const character *c, lrr_text_form form, char out[LONGEST])
{
    int letter = letter_of(c, form);
    if (letter != 0)
        return (size_t)snprintf(out, LONGEST, "\\%c", letter);
    if (form == LRR_TEXT_JSON)
        return write_json(c, out);
    return (size_t)snprintf(out, LONGEST,
                            c->valid && c->code > 0x7f ? "\\u{%x}" : "\\x%02x",
                            (unsigned)c->code);
}

size_t lrr_text_escape(const char *text, size_t n, lrr_text_form form, char *out)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t before = 0;
    size_t size = 0;

    for (size_t i = 0; i < n;) {
        character c = decode(s + i, n - i);
        char escape[LONGEST];
        bool written = misleads(&c, before, form);
        size_t bytes = written ? write_out(&c, form, escape) : c.bytes;
        if (out != NULL)
            memcpy(out + size, written ? escape : text + i, bytes);
        size += bytes;
        i += c.bytes;
        before = place_of(&c);
    }
    return size;
}

/* Columns of the character behind `before`, written out where it has to be. */
static size_t columns_of(const character *c, uint32_t before)
{
    char escape[LONGEST];
    if (misleads(c, before, LRR_TEXT_LINE))
        return write_out(c, LRR_TEXT_LINE, escape);
    if (c->code < 0x300)
        return 1;
    if (in_ranges(lrr__text_zero, c->code))
        return 0;
    return in_ranges(lrr__text_wide, c->code) ? 2 : 1;
}

size_t lrr_text_fit(const char *text, size_t n, size_t columns, size_t *took)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t before = 0;
    size_t i = 0;

    *took = 0;
    while (i < n) {
        character c = decode(s + i, n - i);
        size_t more = columns_of(&c, before);
        if (more > columns - *took)
            break;
        *took += more;
        i += c.bytes;
        before = place_of(&c);
    }
    return i;
}

size_t lrr_text_columns(const char *text, size_t n)
{
    size_t took;
    lrr_text_fit(text, n, SIZE_MAX, &took);
    return took;
}
