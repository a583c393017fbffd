/* bind_text_lines.c -- the lines of a text, one by one (readers/text_input.h).
**
** lrrun.native.text.lines(path or nil (the standard input)) -> lines: gzip is taken off, UTF-16
** with its mark becomes UTF-8. lines: :next() -> the next line without its end, nil behind the
** last; :close(). */
#include <string.h>

#include "bind/bind_text.h"
#include "readers/source.h"
#include "readers/text_input.h"

#define TYPE_LINES "lrrun.lines"

typedef struct lines {
    lrr_text_input *input;      /* NULL: closed */
    const unsigned char *bytes; /* (n) of the buffer at hand that are not given yet */
    size_t n;
    bool ended;
} lines;

int lrr__bind_text_lines(lua_State *L)
{
    lrr_error err;
    const char *path = luaL_optstring(L, 1, NULL);
    lines *l = lua_newuserdatauv(L, sizeof *l, 0);
    FILE *f;
    lrr_status st;
    memset(l, 0, sizeof *l);
    luaL_setmetatable(L, TYPE_LINES);
    st = path != NULL ? lrr_source_file(path, &f, &err) : lrr_source_stdin(&f, &err);
    if (st == LRR_OK)
        st = lrr_text_input_wrap(f, path != NULL ? path : "standard input", false,
                                 &l->input, &err);
    return st == LRR_OK ? 1 : lrr_bind_raise(L, &err);
}

/* Bytes at hand, unless the file has ended. */
static void refill(lua_State *L, lines *l)
{
    lrr_error err;
    if (l->n > 0 || l->ended)
        return;
    if (lrr_text_input_next(l->input, &l->bytes, &l->n, &err) != LRR_OK)
        lrr_bind_raise(L, &err);
    l->ended = l->n == 0;
}

static int l_next(lua_State *L)
{
    lines *l = luaL_checkudata(L, 1, TYPE_LINES);
    luaL_Buffer line;
    luaL_argcheck(L, l->input != NULL, 1, "it is closed");
    refill(L, l);
    if (l->ended)
        return 0;
    luaL_buffinit(L, &line);
    for (; !l->ended; refill(L, l)) {
        const unsigned char *end = memchr(l->bytes, '\n', l->n);
        const size_t n = end != NULL ? (size_t)(end - l->bytes) : l->n;
        luaL_addlstring(&line, (const char *)l->bytes, n);
        l->bytes += n + (end != NULL);
        l->n -= n + (end != NULL);
        if (end != NULL)
            break;
    }
    luaL_pushresult(&line);
    return 1;
}

static int l_gc(lua_State *L)
{
    lines *l = luaL_checkudata(L, 1, TYPE_LINES);
    lrr_text_input_close(l->input);
    l->input = NULL;
    return 0;
}

void lrr__bind_lines_type(lua_State *L)
{
    static const luaL_Reg meta[] = {
        { "__gc", l_gc },
        { "__close", l_gc },
        { NULL, NULL },
    };
    static const luaL_Reg methods[] = {
        { "next", l_next },
        { "close", l_gc },
        { NULL, NULL },
    };
    lrr_bind_newtype(L, TYPE_LINES, meta, methods);
}
