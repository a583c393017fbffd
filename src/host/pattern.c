/* pattern.c -- see pattern.h. */
#include "host/pattern.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "host/guard.h"

enum { CAPTURES = 32, NEST = 200, POLL = 100000, OPEN = -1, POSITION = -2 };

typedef struct matcher {
    lua_State *L;
    const char *text, *text_end, *pattern_end;
    int level; /* captures so far, finished or open */
    int depth;
    long steps;
    struct {
        const char *at;
        ptrdiff_t n; /* or OPEN, POSITION */
    } capture[CAPTURES];
} matcher;

static const char *match_here(matcher *m, const char *s, const char *p);

/* Raises an error at the place in the recipe that called, not in our wrapper. */
_Noreturn static void fail(matcher *m, const char *fmt, ...)
{
    lua_Debug ar;
    va_list args;
    int level = 0;
    while (lua_getstack(m->L, level, &ar) != 0 && lua_getinfo(m->L, "S", &ar) != 0 &&
           (*ar.what == 'C' || strncmp(ar.source, "@lrrun:", 7) == 0))
        level++;
    luaL_where(m->L, level);
    va_start(args, fmt);
    lua_pushvfstring(m->L, fmt, args);
    va_end(args);
    lua_concat(m->L, 2);
    lua_error(m->L);
    __builtin_unreachable(); /* lua_error does not come back */
}

static void tick(matcher *m, long n)
{
    m->steps += n;
    if (m->steps >= POLL) {
        m->steps = 0;
        lrr_guard_poll(m->L, POLL);
    }
}

/* A step for each single character, more for a long set: a byte of it takes an eighth. */
static void tick_set(matcher *m, const char *p, const char *end)
{
    if (end - p > 16)
        tick(m, (end - p) / 8);
}

/* End of the single-character class that begins at p. */
static const char *class_end(matcher *m, const char *p)
{
    const char *begin = p;
    if (p == m->pattern_end)
        fail(m, "malformed pattern (ends with '%%')");
    if (*p++ == '%') {
        if (p == m->pattern_end)
            fail(m, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (p[-1] != '[')
        return p;
    if (p < m->pattern_end && *p == '^')
        p++;
    do {
        if (p == m->pattern_end)
            fail(m, "malformed pattern (missing ']')");
        if (*p++ == '%') {
            if (p == m->pattern_end)
                fail(m, "malformed pattern (missing ']')");
            p++;
        }
    } while (p == m->pattern_end || *p != ']');
    tick_set(m, begin, p);
    return p + 1;
}

static bool in_class(int c, int letter)
{
    bool in;
    switch (tolower(letter)) {
    case 'a':
        in = isalpha(c);
        break;
    case 'c':
        in = iscntrl(c);
        break;
    case 'd':
        in = isdigit(c);
        break;
    case 'g':
        in = isgraph(c);
        break;
    case 'l':
        in = islower(c);
        break;
    case 'p':
        in = ispunct(c);
        break;
    case 's':
        in = isspace(c);
        break;
    case 'u':
        in = isupper(c);
        break;
    case 'w':
        in = isalnum(c);
        break;
    case 'x':
        in = isxdigit(c);
        break;
    case 'z': /* deprecated, still there in Lua 5.4 */
        in = c == 0;
        break;
    default:
        return letter == c;
    }
    return isupper(letter) ? !in : in;
}

static int byte_at(const char *p)
{
    return (unsigned char)*p;
}

/* c against the set from p ('[') to last (its ']'). */
static bool in_set(int c, const char *p, const char *last)
{
    bool wanted = true;
    if (p[1] == '^') {
        wanted = false;
        p++;
    }
    while (++p < last) {
        if (*p == '%') {
            p++;
            if (in_class(c, byte_at(p)))
                return wanted;
        } else if (p[1] == '-' && p + 2 < last) {
            p += 2;
            if (byte_at(p - 2) <= c && c <= byte_at(p))
                return wanted;
        } else if (byte_at(p) == c) {
            return wanted;
        }
    }
    return !wanted;
}

static bool match_one(matcher *m, const char *s, const char *p, const char *end)
{
    int c;
    if (s >= m->text_end)
        return false;
    c = byte_at(s);
    switch (*p) {
    case '.':
        return true;
    case '%':
        return in_class(c, byte_at(p + 1));
    case '[':
        tick_set(m, p, end);
        return in_set(c, p, end - 1);
    default:
        return byte_at(p) == c;
    }
}

static const char *match_balance(matcher *m, const char *s, const char *p)
{
    int depth = 1;
    const char *start = s;
    if (p + 1 >= m->pattern_end)
        fail(m, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->text_end || *s != *p)
        return NULL;
    while (++s < m->text_end) {
        if (*s == p[1]) {
            if (--depth == 0) {
                tick(m, s - start);
                return s + 1;
            }
        } else if (*s == *p) {
            depth++;
        }
    }
    tick(m, s - start);
    return NULL;
}

static const char *max_expand(matcher *m, const char *s, const char *p, const char *end)
{
    ptrdiff_t i = 0;
    while (match_one(m, s + i, p, end))
        i++;
    tick(m, i);
    for (; i >= 0; i--) {
        const char *got = match_here(m, s + i, end + 1);
        if (got != NULL)
            return got;
    }
    return NULL;
}

static const char *min_expand(matcher *m, const char *s, const char *p, const char *end)
{
    for (;;) {
        const char *got = match_here(m, s, end + 1);
        if (got != NULL)
            return got;
        if (!match_one(m, s, p, end))
            return NULL;
        s++;
    }
}

static const char *open_capture(matcher *m, const char *s, const char *p,
                                ptrdiff_t what)
{
    const char *got;
    if (m->level >= CAPTURES)
        fail(m, "too many captures");
    m->capture[m->level].at = s;
    m->capture[m->level].n = what;
    m->level++;
    got = match_here(m, s, p);
    if (got == NULL)
        m->level--;
    return got;
}

static const char *close_capture(matcher *m, const char *s, const char *p)
{
    int l = m->level - 1;
    const char *got;
    while (l >= 0 && m->capture[l].n != OPEN)
        l--;
    if (l < 0)
        fail(m, "invalid pattern capture");
    m->capture[l].n = s - m->capture[l].at;
    got = match_here(m, s, p);
    if (got == NULL)
        m->capture[l].n = OPEN;
    return got;
}

/* %1: the same text again. */
static const char *match_again(matcher *m, const char *s, int digit)
{
    int l = digit - '1';
    size_t n;
    if (l < 0 || l >= m->level || m->capture[l].n == OPEN)
        fail(m, "invalid capture index %%%d", l + 1);
    if (m->capture[l].n == POSITION)
        return NULL;
    n = (size_t)m->capture[l].n;
    tick(m, (long)n);
    if ((size_t)(m->text_end - s) >= n && memcmp(m->capture[l].at, s, n) == 0)
        return s + n;
    return NULL;
}

/* %f[set]: s stands where the set begins to hold. True when it does. */
static bool match_frontier(matcher *m, const char *s, const char *p, const char *end)
{
    int before = s == m->text ? '\0' : byte_at(s - 1);
    int after = s < m->text_end ? byte_at(s) : '\0';
    tick_set(m, p, end);
    return !in_set(before, p, end - 1) && in_set(after, p, end - 1);
}

/* A single character, perhaps repeated. *more: go on at *s with *p. */
static const char *match_single(matcher *m, const char **s, const char **p, bool *more)
{
    const char *end = class_end(m, *p);
    int suffix = end < m->pattern_end ? byte_at(end) : '\0';
    bool one = match_one(m, *s, *p, end);

    *more = false;
    if (suffix == '*')
        return max_expand(m, *s, *p, end);
    if (suffix == '+')
        return one ? max_expand(m, *s + 1, *p, end) : NULL;
    if (suffix == '-')
        return min_expand(m, *s, *p, end);
    if (suffix == '?') {
        const char *got = one ? match_here(m, *s + 1, end + 1) : NULL;
        if (got != NULL)
            return got;
        *p = end + 1;
    } else {
        if (!one)
            return NULL;
        *s += 1;
        *p = end;
    }
    *more = true;
    return NULL;
}

/* %b, %f and %1 at p. False: none of these. Otherwise *s is where to go on, or NULL. */
static bool match_special(matcher *m, const char **s, const char **p)
{
    const char *end;
    if (**p != '%' || *p + 1 == m->pattern_end)
        return false;
    switch ((*p)[1]) {
    case 'b':
        *s = match_balance(m, *s, *p + 2);
        *p += 4;
        return true;
    case 'f':
        *p += 2;
        if (*p == m->pattern_end || **p != '[')
            fail(m, "missing '[' after '%%f' in pattern");
        end = class_end(m, *p);
        *s = match_frontier(m, *s, *p, end) ? *s : NULL;
        *p = end;
        return true;
    default:
        if (!isdigit(byte_at(*p + 1)))
            return false;
        *s = match_again(m, *s, byte_at(*p + 1));
        *p += 2;
        return true;
    }
}

/* End of the match of p at s, or NULL. */
static const char *match_loop(matcher *m, const char *s, const char *p)
{
    while (p != m->pattern_end) {
        bool more;
        const char *got;
        tick(m, 1);
        if (*p == '(') {
            bool position = p + 1 < m->pattern_end && p[1] == ')';
            return open_capture(m, s, p + (position ? 2 : 1),
                                position ? POSITION : OPEN);
        }
        if (*p == ')')
            return close_capture(m, s, p + 1);
        if (*p == '$' && p + 1 == m->pattern_end)
            return s == m->text_end ? s : NULL;
        if (match_special(m, &s, &p)) {
            if (s == NULL)
                return NULL;
            continue;
        }
        got = match_single(m, &s, &p, &more);
        if (!more)
            return got;
    }
    return s;
}

static const char *match_here(matcher *m, const char *s, const char *p)
{
    const char *got;
    if (++m->depth > NEST)
        fail(m, "pattern too complex");
    got = match_loop(m, s, p);
    m->depth--;
    return got;
}

static void push_captures(matcher *m, const char *s, const char *end)
{
    lua_pushinteger(m->L, s - m->text + 1);
    lua_pushinteger(m->L, end - m->text);
    luaL_checkstack(m->L, m->level, "too many captures");
    for (int i = 0; i < m->level; i++) {
        if (m->capture[i].n == OPEN)
            fail(m, "unfinished capture");
        if (m->capture[i].n == POSITION)
            lua_pushinteger(m->L, m->capture[i].at - m->text + 1);
        else
            lua_pushlstring(m->L, m->capture[i].at, (size_t)m->capture[i].n);
    }
}

/* Where the text p (n) stands in s (left), or NULL; every candidate costs a step. */
static const char *find_plain(matcher *m, const char *s, const char *p, size_t n)
{
    while ((size_t)(m->text_end - s) >= n) {
        const char *at;
        size_t left = (size_t)(m->text_end - s) - n + 1;
        if (n == 0)
            return s;
        at = memchr(s, *p, left);
        if (at == NULL)
            return NULL;
        tick(m, (at - s) / 16 + 1 + (long)(n / 16));
        if (memcmp(at, p, n) == 0)
            return at;
        s = at + 1;
    }
    return NULL;
}

static int match_plain(matcher *m, const char *s, const char *p, size_t n)
{
    const char *at = find_plain(m, s, p, n);
    if (at == NULL) {
        lua_pushnil(m->L);
        return 1;
    }
    push_captures(m, at, at + n);
    return 2;
}

int lrr_pattern_match(lua_State *L)
{
    size_t n_text, n_pattern;
    const char *text = luaL_checklstring(L, 1, &n_text);
    const char *pattern = luaL_checklstring(L, 2, &n_pattern);
    lua_Integer init = luaL_checkinteger(L, 3);
    matcher m = { .L = L,
                  .text = text,
                  .text_end = text + n_text,
                  .pattern_end = pattern + n_pattern };
    bool anchored = n_pattern > 0 && *pattern == '^';
    const char *s;

    LRR_ASSERT(text != NULL && pattern != NULL);
    luaL_argcheck(L, init >= 1 && (size_t)init <= n_text + 1, 3, "outside the text");
    s = text + init - 1;
    if (lua_toboolean(L, 4))
        return match_plain(&m, s, pattern, n_pattern);
    do {
        const char *end;
        m.level = 0;
        m.depth = 0;
        end = match_here(&m, s, pattern + anchored);
        if (end != NULL) {
            push_captures(&m, s, end);
            return 2 + m.level;
        }
    } while (s++ < m.text_end && !anchored);
    lua_pushnil(L);
    return 1;
}
