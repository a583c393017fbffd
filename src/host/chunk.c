/* chunk.c -- see chunk.h. The layout is that of ldump.c and lopcodes.h of Lua 5.4.0 to
** 5.4.8. */
#include "host/chunk.h"

#include <lua.h>
#include <stdint.h>
#include <string.h>

enum {
    HEADER = 4 + 1 + 1 + 6 + 3 + 8 + 8, /* signature ... LUAC_NUM */
    REGISTERS = 255,
    /* Slots behind the operands: the metamethod, its two arguments, LUA_MINSTACK for a C
    ** function, one because Lua wants more than it takes. */
    ROOM = 3 + LUA_MINSTACK + 1,
    DEEPEST = 1000, /* fields of fields */
    INSTRUCTION = 4,
};

/* Opcodes, and tags of constants. */
enum { MOVE = 0, GETTABUP = 11, GETTABLE = 12, GETI = 13, GETFIELD = 14, SELF = 20 };
enum { BAND = 41, BXOR = 43, CONCAT = 53, CALL = 68 };
enum { INTEGER = 3, FLOAT = 19, SHORT_STRING = 4, LONG_STRING = 20 };

typedef struct reader {
    unsigned char *bytes;
    size_t size, at;
    const char *why; /* the first fault */
    int line;        /* of the function with it */
    bool bits;       /* the function looked through last has bitwise operators */
} reader;

/* Passes over n bytes; NULL where there are not as many. */
static unsigned char *take(reader *r, size_t n)
{
    unsigned char *p = r->bytes + r->at;
    if (n > r->size - r->at) {
        if (r->why == NULL)
            r->why = "a compiled chunk of another form";
        r->at = r->size;
        return NULL;
    }
    r->at += n;
    return p;
}

static unsigned byte(reader *r)
{
    const unsigned char *p = take(r, 1);
    return p == NULL ? 0 : *p;
}

/* Sizes stand in groups of seven bits, the first ones first, the last one marked. */
static size_t number(reader *r)
{
    size_t n = 0;
    while (r->at < r->size) {
        unsigned b = byte(r);
        n = (n << 7) | (b & 0x7f);
        if ((b & 0x80) != 0)
            break;
    }
    return n;
}

static void text(reader *r)
{
    size_t n = number(r); /* one more than its bytes; 0: none */
    if (n > 1)
        take(r, n - 1);
}

static void fault(reader *r, const char *why, int line)
{
    if (r->why != NULL)
        return;
    r->why = why;
    r->line = line;
}

/* Looks through n instructions; returns the registers that joins need, or 0. */
static unsigned scan(reader *r, const unsigned char *code, size_t n, int line)
{
    unsigned depth[REGISTERS + 1] = { 0 }; /* of fields, by register */
    unsigned need = 0;

    r->bits = false;
    for (size_t i = 0; i < n; i++) {
        uint32_t word;
        unsigned op, a, b, c;
        memcpy(&word, code + i * INSTRUCTION, sizeof word);
        op = word & 0x7f;
        a = word >> 7 & 0xff;
        b = word >> 16 & 0xff;
        c = word >> 24;
        r->bits = r->bits || (op >= BAND && op <= BXOR);
        if (op == CONCAT && a + b + ROOM > need)
            need = a + b + ROOM;
        if (op == MOVE)
            depth[a] = depth[b];
        else if (op == GETTABLE)
            depth[a] = 1 + (depth[c] > depth[b] ? depth[c] : depth[b]);
        else if (op == GETI || op == GETFIELD || op == SELF)
            depth[a] = 1 + depth[b];
        else if (op <= GETTABUP || op == CONCAT || op == CALL)
            depth[a] = 0; /* a value that has no name by its fields */
        if (depth[a] > DEEPEST)
            fault(r, "too many fields of fields in one function", line);
    }
    if (need > REGISTERS)
        fault(r, "too many local variables or values joined by '..' at a time", line);
    return need;
}

static void constants(reader *r, int line)
{
    size_t n = number(r);
    if (n > 255 && r->bits && LUA_VERSION_RELEASE_NUM < 50405)
        fault(r, "too many constants for '&', '|' or '~' in one function", line);
    for (; n > 0 && r->at < r->size; n--) {
        unsigned tag = byte(r);
        if (tag == SHORT_STRING || tag == LONG_STRING)
            text(r);
        else if (tag == INTEGER || tag == FLOAT)
            take(r, 8);
    }
}

static void debug(reader *r)
{
    take(r, number(r)); /* lines, a byte an instruction */
    for (size_t n = number(r); n > 0 && r->at < r->size; n--) {
        number(r);
        number(r);
    }
    for (size_t n = number(r); n > 0 && r->at < r->size; n--) { /* local variables */
        text(r);
        number(r);
        number(r);
    }
    for (size_t n = number(r); n > 0 && r->at < r->size; n--) /* names of upvalues */
        text(r);
}

/* A function and those within it: as deep as Lua's parser goes (200). */
static void function(reader *r)
{
    unsigned char *frame, *code;
    size_t n;
    int line;
    unsigned need;

    text(r);
    line = (int)number(r);
    number(r);
    take(r, 2); /* parameters, whether there are more */
    frame = take(r, 1);
    n = number(r);
    code = n > r->size ? NULL : take(r, n * INSTRUCTION);
    if (frame == NULL || code == NULL) {
        fault(r, "a compiled chunk of another form", 0);
        return;
    }
    need = scan(r, code, n, line);
    if (need > *frame && need <= REGISTERS)
        *frame = (unsigned char)need;
    constants(r, line);
    take(r, 3 * number(r)); /* upvalues */
    for (n = number(r); n > 0 && r->at < r->size; n--)
        function(r);
    debug(r);
}

const char *lrr_chunk_mend(unsigned char *bytes, size_t size, int *line)
{
    reader r = { .bytes = bytes, .size = size };

    take(&r, HEADER);
    byte(&r); /* upvalues of the main function */
    function(&r);
    if (r.at != size)
        fault(&r, "a compiled chunk of another form", 0);
    *line = r.line;
    return r.why;
}
