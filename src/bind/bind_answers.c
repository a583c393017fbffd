/* bind_answers.c -- lrrun.native.answers: answers of a network as lines of a file
** (record/answers.h).
**
** new{ form = "csv"|"jsonl"|"npy", separator, quote, columns = { names }, labels = { names } or
** nil, width, means, deviations (of scaled targets; lists or nil) } -> answers. answers: :header(rows or text)
** :add(output, n, from, rows): output (n, ...) of as many rows from `from` (1) of
** lrrun.native.table; what is said of rows that are not used is left out
** :add(output, n, from, leads, none, to): the same of rows `from` to `to` with a list of texts as
** leads; those of none[i] have no answer and no output. output may be nil where n is 0
** :add_steps(output, at, n, leads): a row for each of a list of texts as leads, of which the first n
** have their answers in output from row `at` (0) of it on; nil where n is 0
** :field(key, text) -> a lead's part   :take() -> all of it as a text */
#include <string.h>

#include "bind/bind_table.h"
#include "record/answers.h"

#define TYPE "lrrun.answers"

static const char *const form_names[] = { "csv", "jsonl", "npy", NULL };

static char char_field(lua_State *L, const char *key, char otherwise)
{
    const char *s = lrr_bind_fieldstr(L, 1, key);
    return s == NULL || *s == '\0' ? otherwise : *s;
}

static int l_new(lua_State *L)
{
    lrr_error err;
    lrr_answers_cfg cfg = { 0 };
    lrr_answers *a;
    size_t labels = 0;
    void **box;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "form");
    cfg.form = (lrr_answers_form)luaL_checkoption(L, lua_gettop(L), NULL, form_names);
    cfg.separator = char_field(L, "separator", ',');
    cfg.quote = char_field(L, "quote", '"');
    cfg.width = (size_t)lrr_bind_optnum_in(L, 1, "width", 0, INT32_MAX);
    lua_getfield(L, 1, "columns");
    cfg.column = lrr_bind_checkstrings(L, lua_gettop(L), &cfg.columns);
    if (lua_getfield(L, 1, "labels") != LUA_TNIL)
        cfg.label = lrr_bind_checkstrings(L, lua_gettop(L), &labels);
    luaL_argcheck(L,
                  cfg.width > 0 && (cfg.label == NULL || labels == cfg.width) &&
                      cfg.columns == cfg.width + (cfg.label != NULL ? 2 : 0),
                  1, "columns and labels of another number");
    if (lua_getfield(L, 1, "means") != LUA_TNIL) {
        cfg.mean = lrr_bind_checkdoubles(L, lua_gettop(L), cfg.width);
        lua_getfield(L, 1, "deviations");
        cfg.deviation = lrr_bind_checkdoubles(L, lua_gettop(L), cfg.width);
    }
    box = lrr_bind_newbox(L, TYPE, 0);
    if (lrr_answers_new(&cfg, &a, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = a;
    return 1;
}

static int l_header(lua_State *L)
{
    lrr_error err;
    lrr_answers *a = lrr_bind_checkbox(L, 1, TYPE);
    const lrr_rows *r = luaL_testudata(L, 2, LRR_TYPE_ROWS) != NULL
                            ? lrr_bind_checkbox(L, 2, LRR_TYPE_ROWS)
                            : NULL;
    size_t n;
    const char *lead =
        r != NULL ? lrr_rows_header_lead(r, &n) : luaL_checklstring(L, 2, &n);
    if (lrr_answers_header(a, lead, n, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_field(lua_State *L)
{
    lrr_error err;
    lrr_answers *a = lrr_bind_checkbox(L, 1, TYPE);
    const char *key = luaL_checkstring(L, 2);
    size_t n;
    const char *s = luaL_checklstring(L, 3, &n);
    if (lrr_answers_field(a, key, s, n, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* Where the answers are, and of which rows. */
typedef struct batch {
    const lrr_real *y; /* (n, width) */
    size_t n, width, from;
} batch;

static batch check_batch(lua_State *L, const lrr_answers *a)
{
    const size_t width = lrr_answers_width(a);
    const lua_Integer n = luaL_checkinteger(L, 3), from = luaL_checkinteger(L, 4);
    const lrr_tensor *x = n != 0 ? lrr_bind_checkbox(L, 2, LRR_TYPE_TENSOR) : NULL;
    luaL_argcheck(L, from >= 1 && from <= INT32_MAX, 4, "no such row");
    if (x == NULL)
        return (batch){ NULL, 0, width, (size_t)from };
    luaL_argcheck(L, x->dtype == LRR_DTYPE_REAL, 2, "want reals");
    luaL_argcheck(L, n >= 1 && (size_t)n <= x->n && x->n == (size_t)n * width, 3,
                  "not a batch of so many answers");
    return (batch){ lrr_tensor_real(x), (size_t)n, width, (size_t)from };
}

static int add_of_rows(lua_State *L, lrr_answers *a, const batch *b)
{
    const lrr_rows *r = lrr_bind_checkbox(L, 5, LRR_TYPE_ROWS);
    lrr_error err;
    luaL_argcheck(L, b->from - 1 + b->n <= lrr_rows_count(r), 4, "no such rows");
    for (size_t i = 0; i < b->n; i++) {
        const size_t row = b->from - 1 + i;
        size_t n;
        const char *lead = lrr_rows_lead(r, row, &n);
        const bool used = lrr_rows_state(r, row) == LRR_ROW_USED;
        if (lrr_answers_add(a, used ? b->y + i * b->width : NULL, lead, n, &err) !=
            LRR_OK)
            return lrr_bind_raise(L, &err);
    }
    return 0;
}

/* Rows of a list of leads, of which some have no answer. */
static int add_of_list(lua_State *L, lrr_answers *a, const batch *b)
{
    const lua_Integer to = luaL_checkinteger(L, 7);
    lrr_error err;
    size_t used = 0;
    luaL_checktype(L, 5, LUA_TTABLE);
    luaL_checktype(L, 6, LUA_TTABLE);
    luaL_argcheck(L, to <= INT32_MAX, 7, "no such row");
    for (lua_Integer row = (lua_Integer)b->from; row <= to; row++) {
        size_t n = 0;
        const char *lead = "";
        bool none;
        if (lua_rawgeti(L, 5, row) != LUA_TNIL)
            lead = luaL_checklstring(L, -1, &n);
        none = lua_rawgeti(L, 6, row) != LUA_TNIL;
        luaL_argcheck(L, none || used < b->n, 7, "more rows than answers");
        if (lrr_answers_add(a, none ? NULL : b->y + used * b->width, lead, n, &err) !=
            LRR_OK)
            return lrr_bind_raise(L, &err);
        used += !none;
        lua_pop(L, 2);
    }
    return 0;
}

static int l_add(lua_State *L)
{
    lrr_answers *a = lrr_bind_checkbox(L, 1, TYPE);
    const batch b = check_batch(L, a);
    return luaL_testudata(L, 5, LRR_TYPE_ROWS) != NULL ? add_of_rows(L, a, &b)
                                                       : add_of_list(L, a, &b);
}

static int l_add_steps(lua_State *L)
{
    lrr_answers *a = lrr_bind_checkbox(L, 1, TYPE);
    const size_t width = lrr_answers_width(a);
    const lua_Integer at = luaL_checkinteger(L, 3), n = luaL_checkinteger(L, 4);
    const lrr_tensor *x = n != 0 ? lrr_bind_checkbox(L, 2, LRR_TYPE_TENSOR) : NULL;
    size_t rows;
    lrr_error err;
    luaL_checktype(L, 5, LUA_TTABLE);
    rows = lua_rawlen(L, 5);
    luaL_argcheck(L, n >= 0 && (size_t)n <= rows, 4, "more answers than rows");
    luaL_argcheck(L, x == NULL || x->dtype == LRR_DTYPE_REAL, 2, "want reals");
    luaL_argcheck(L,
                  at >= 0 && (x == NULL || ((size_t)at <= x->n / width &&
                                            (size_t)n <= x->n / width - (size_t)at)),
                  3, "no such rows");
    for (size_t i = 0; i < rows; i++) {
        size_t bytes = 0;
        const char *lead;
        lua_rawgeti(L, 5, (lua_Integer)i + 1);
        lead = luaL_checklstring(L, -1, &bytes);
        if (lrr_answers_add(
                a, i < (size_t)n ? lrr_tensor_real(x) + ((size_t)at + i) * width : NULL,
                lead, bytes, &err) != LRR_OK)
            return lrr_bind_raise(L, &err);
        lua_pop(L, 1);
    }
    return 0;
}

static int l_take(lua_State *L)
{
    lrr_answers *a = lrr_bind_checkbox(L, 1, TYPE);
    size_t n;
    const char *text = lrr_answers_text(a, &n);
    lua_pushlstring(L, text, n);
    lrr_answers_clear(a);
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);
    lrr_answers_free(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg meta[] = {
    { "__gc", l_gc },
    { "__close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg methods[] = {
    { "header", l_header }, { "add", l_add },   { "add_steps", l_add_steps },
    { "field", l_field },   { "take", l_take }, { "close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg funcs[] = {
    { "new", l_new },
    { NULL, NULL },
};

int luaopen_lrrun_native_answers(lua_State *L)
{
    lrr_bind_newtype(L, TYPE, meta, methods);
    lrr_bind_newlib(L, funcs);
    return 1;
}
