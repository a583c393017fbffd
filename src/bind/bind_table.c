/* bind_table.c -- lrrun.native.table: files of columns, as seen, as read, and as data sets.
**
** csv(path, { delimiter, likely, quote, comment, escape, latin1, skip, header, decimal, thousands,
** words, ignored, most }) -> table, surveyed; room(folder, bytes) -> why there is none; ignored: columns that are going to be ignored, by name or place as
** text, else kept as they are seen, up to `most` bytes; nil: none is kept. rows(path, ...) -> bind_table_rows.c.
** table: :info() :rows() :unplaced() :room(folder) :text() :strip(column, mark) :load(kinds, offsets, keep) :distinct(column, max) :levels(column) :dataset{
** features, target, classes, drop, class_names, spare, shape } -> data set, counts. Columns count
** from 1. */
#include <limits.h>

#include "bind/bind_table.h"

#define TYPE "lrrun.table"

const char *const lrr_bind_kind_names[] = { "number", "category", "date", "ignore",
                                            NULL };

char lrr_bind_char(lua_State *L, int arg, const char *key)
{
    size_t n = 0;
    const char *s = "";
    if (lua_getfield(L, arg, key) != LUA_TNIL)
        s = luaL_checklstring(L, -1, &n);
    luaL_argcheck(L, n <= 1, arg, "delimiter, quote, ... are one character");
    lua_pop(L, 1);
    return s[0];
}

static lrr_csv_dialect check_dialect(lua_State *L, int arg)
{
    lrr_csv_dialect d = { .delimiter = lrr_bind_char(L, arg, "delimiter"),
                          .likely = lrr_bind_char(L, arg, "likely"),
                          .comment = lrr_bind_char(L, arg, "comment"),
                          .escape = lrr_bind_char(L, arg, "escape"),
                          .latin1 = lrr_bind_fieldbool(L, arg, "latin1"),
                          .skip = (size_t)lrr_bind_optnum_in(L, arg, "skip", 0,
                                                             INT32_MAX) };
    if (lua_getfield(L, arg, "quote") != LUA_TNIL) {
        const char *s = luaL_checkstring(L, -1);
        d.quote = *s != '\0' ? *s : LRR_CSV_NONE;
    }
    if (lua_getfield(L, arg, "comment") == LUA_TSTRING && d.comment == '\0')
        d.comment = LRR_CSV_NONE;
    lua_pop(L, 2);
    return d;
}

int lrr_bind_file_cfg(lua_State *L, int arg, lrr_csv_dialect *dialect,
                      lrr_field_cfg *field)
{
    int header = -1;
    luaL_checktype(L, arg, LUA_TTABLE);
    *dialect = check_dialect(L, arg);
    *field = (lrr_field_cfg){ .decimal = lrr_bind_char(L, arg, "decimal"),
                              .thousands = lrr_bind_char(L, arg, "thousands") };
    if (lua_getfield(L, arg, "header") != LUA_TNIL)
        header = lua_toboolean(L, -1);
    if (lua_getfield(L, arg, "words") != LUA_TNIL)
        field->word = lrr_bind_checkstrings(L, lua_gettop(L), &field->words);
    return header;
}

/* csv(path, { ... }) -> table */
static int l_csv(lua_State *L)
{
    lrr_error err;
    const char *path = luaL_checkstring(L, 1);
    lrr_field_cfg field;
    lrr_csv_dialect dialect;
    const int header = lrr_bind_file_cfg(L, 2, &dialect, &field);
    lrr_table_hint hint = { 0 };
    const bool keep = lua_getfield(L, 2, "ignored") != LUA_TNIL;
    lrr_table *t;
    void **box;
    hint.most = (size_t)lrr_bind_optnum_in(L, 2, "most", 0, 0x1p53);
    if (keep)
        hint.ignored = lrr_bind_checkstrings(L, lua_gettop(L), &hint.n);
    box = lrr_bind_newbox(L, TYPE, 1);
    if (lrr_table_open(path, &dialect, header, &field, keep ? &hint : NULL, &t, &err) !=
        LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = t;
    return 1;
}

static void push_words(lua_State *L, const lrr_column_seen *s)
{
    lua_createtable(L, LRR_EXAMPLES, 0);
    for (int i = 0; i < LRR_EXAMPLES && s->word[i][0] != '\0'; i++) {
        lua_pushstring(L, s->word[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "examples");
}

static void push_seen(lua_State *L, const lrr_column_seen *s)
{
    lrr_bind_setcount(L, "missing", s->missing);
    lrr_bind_setcount(L, "missing_line", s->missing_line);
    lrr_bind_setcount(L, "numbers", s->numbers);
    lrr_bind_setcount(L, "marked", s->marked);
    lrr_bind_setcount(L, "dates", s->dates);
    lrr_bind_setcount(L, "words", s->words);
    lrr_bind_setcount(L, "word_line", s->word_line);
    push_words(L, s);
    lrr_bind_setbool(L, "more_words", s->more_words);
    lrr_bind_setstring(L, "mark", s->mark);
    lrr_bind_setbool(L, "marks_differ", s->marks_differ);
    lrr_bind_setbool(L, "times", s->times);
    lrr_bind_setbool(L, "rising", s->rising);
    lrr_bind_setbool(L, "steps", s->steps);
    lrr_bind_setcount(L, "padded", s->padded);
    lrr_bind_setcount(L, "blurred", s->blurred);
    lrr_bind_setstring(L, "padded_text", s->padded_text);
    lrr_bind_setstring(L, "blurred_text", s->blurred_text);
    lua_pushnumber(L, s->lo);
    lua_setfield(L, -2, "lo");
    lua_pushnumber(L, s->hi);
    lua_setfield(L, -2, "hi");
}

static void push_column(lua_State *L, const lrr_column *c, bool loaded)
{
    lua_createtable(L, 0, 28);
    push_seen(L, &c->seen);
    lrr_bind_setstring(L, "name", c->name);
    lrr_bind_setbool(L, "unnamed", c->unnamed);
    lrr_bind_setstring(L, "kind", lrr_bind_kind_names[c->kind]);
    lrr_bind_setbool(L, "whole", loaded ? c->whole : c->seen.whole);
    if (!loaded)
        return;
    lrr_bind_setcount(L, "missing", c->missing);
    lrr_bind_setcount(L, "unfit", c->unfit);
    lrr_bind_setcount(L, "levels", c->levels);
    lua_pushnumber(L, c->offset);
    lua_setfield(L, -2, "offset");
}

/* table:info() -> { rows, header, names_short, renamed, trailing, shorts, short_line,
** short_fields, again_line, stored (rows stay in the file), looks, delimiter, quote, comment, skip,
** columns = { { name, unnamed, kind, whole, what was seen; once loaded also missing, unfit,
** levels, offset }, ... } } */
static int l_info(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    lua_createtable(L, 0, 13);
    lrr_bind_setcount(L, "rows", t->rows);
    lrr_bind_setbool(L, "header", t->header);
    lrr_bind_setbool(L, "names_short", t->names_short);
    lrr_bind_setcount(L, "renamed", t->renamed);
    lrr_bind_setcount(L, "trailing", t->trailing);
    lrr_bind_setcount(L, "shorts", t->shorts);
    lrr_bind_setcount(L, "short_line", t->short_line);
    lrr_bind_setcount(L, "short_fields", t->short_fields);
    lrr_bind_setcount(L, "again_line", t->again_line);
    lrr_bind_setbool(L, "stored", t->at != NULL);
    if (t->looks != NULL)
        lrr_bind_setstring(L, "looks", t->looks);
    lrr_bind_setcount(L, "skip", t->written.skip);
    lua_pushlstring(L, &t->written.delimiter, 1);
    lua_setfield(L, -2, "delimiter");
    lua_pushlstring(L, &t->written.quote, t->written.quote > LRR_CSV_NONE);
    lua_setfield(L, -2, "quote");
    lua_pushlstring(L, &t->written.comment, t->written.comment > LRR_CSV_NONE);
    lua_setfield(L, -2, "comment");
    lua_createtable(L, (int)t->columns, 0);
    for (size_t j = 0; j < t->columns; j++) {
        push_column(L, &t->column[j], t->csv == NULL);
        lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    lua_setfield(L, -2, "columns");
    return 1;
}

/* table:rows() -> how many */
static int l_rows(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    lua_pushinteger(L, (lua_Integer)t->rows);
    return 1;
}

/* table:strip(column, mark): that character is taken off the ends of its texts, which are a
** category */
static int l_strip(lua_State *L)
{
    lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    const lua_Integer column = luaL_checkinteger(L, 2);
    size_t n;
    const char *mark = luaL_checklstring(L, 3, &n);
    luaL_argcheck(L, column >= 1 && (size_t)column <= t->columns, 2, "no such column");
    luaL_argcheck(L, n == 1, 3, "want one character");
    luaL_argcheck(L, t->csv != NULL, 1, "the table is loaded already");
    t->column[column - 1].strip = *mark;
    return 0;
}

/* table:unplaced() -> why its rows cannot stay in the file, or nil */
static int l_unplaced(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    const char *why;
    luaL_argcheck(L, t->csv != NULL, 1, "the table is loaded already");
    why = lrr_csv_why_unplaced(t->csv);
    if (why == NULL)
        lua_pushnil(L);
    else
        lua_pushfstring(L, "%s %s", lrr_csv_name(t->csv), why);
    return 1;
}

/* Why there is no room, or nil; what memory lacks is an error. */
static int push_why(lua_State *L, lrr_status st, const lrr_error *err)
{
    if (st == LRR_ENOMEM)
        return lrr_bind_raise(L, err);
    if (st == LRR_OK)
        lua_pushnil(L);
    else
        lua_pushstring(L, err->msg);
    return 1;
}

/* table:room(folder) -> why a copy of its rows has no room on the disk of that folder, or nil where
** they have, or need none; table:text() -> bytes of such a copy */
static int l_room(lua_State *L)
{
    lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    const char *folder = luaL_checkstring(L, 2);
    lrr_error err;
    lrr_status st;
    luaL_argcheck(L, t->csv != NULL, 1, "the table is loaded already");
    st = lrr_table_room(t, folder, &err);
    return push_why(L, st, &err);
}

/* room(folder, bytes) -> why there is no room for copies of so many bytes in all, or nil */
static int l_room_for(lua_State *L)
{
    const char *folder = luaL_checkstring(L, 1);
    const lua_Integer bytes = luaL_checkinteger(L, 2);
    lrr_scratch *s;
    lrr_error err;
    const lrr_status st = lrr_scratch_open(folder, (uint64_t)bytes, &s, &err);
    lrr_scratch_free(s);
    return push_why(L, st, &err);
}

static int l_text(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    lua_pushinteger(L, (lua_Integer)t->text_bytes);
    return 1;
}

/* The list of columns at arg as a flag for each of them; NULL where it is nil. */
static bool *check_keep(lua_State *L, int arg, size_t columns)
{
    bool *keep;
    if (lua_isnoneornil(L, arg))
        return NULL;
    luaL_checktype(L, arg, LUA_TTABLE);
    keep = lua_newuserdatauv(L, columns * sizeof *keep, 0);
    for (size_t j = 0; j < columns; j++)
        keep[j] = false;
    for (size_t i = 1; i <= lua_rawlen(L, arg); i++) {
        lua_Integer c;
        lua_rawgeti(L, arg, (lua_Integer)i);
        c = luaL_checkinteger(L, -1);
        luaL_argcheck(L, c >= 1 && (size_t)c <= columns, arg, "no such column");
        keep[c - 1] = true;
        lua_pop(L, 1);
    }
    return keep;
}

/* table:load(kinds, offsets, keep): reads the rows, each column as its kind says; offsets, or nil:
** found out; keep: rows stay in the file, and the values of these columns alone are in memory; nil: all
** are */
static int l_load(lua_State *L)
{
    lrr_error err;
    lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    lrr_column_kind *kind;
    double *offset = NULL;
    const bool *keep;
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_argcheck(L, lua_rawlen(L, 2) == t->columns, 2, "want a kind for each column");
    luaL_argcheck(L, t->csv != NULL, 1, "the table is loaded already");
    lua_settop(L, 4);
    keep = check_keep(L, 4, t->columns);
    kind = lua_newuserdatauv(L, t->columns * sizeof *kind, 0);
    for (size_t j = 0; j < t->columns; j++) {
        lua_rawgeti(L, 2, (lua_Integer)j + 1);
        kind[j] = (lrr_column_kind)luaL_checkoption(L, lua_gettop(L), NULL,
                                                    lrr_bind_kind_names);
        lua_pop(L, 1);
    }
    if (!lua_isnoneornil(L, 3)) {
        luaL_checktype(L, 3, LUA_TTABLE);
        offset = lua_newuserdatauv(L, t->columns * sizeof *offset, 0);
        for (size_t j = 0; j < t->columns; j++) {
            lua_rawgeti(L, 3, (lua_Integer)j + 1);
            offset[j] = luaL_checknumber(L, -1);
            lua_pop(L, 1);
        }
    }
    if (lrr_table_load(t, kind, offset, keep, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* table:distinct(column, max) -> different numbers of it, or nil where above max, or where its values
** stay in the file */
static int l_distinct(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    lua_Integer column = luaL_checkinteger(L, 2), max = luaL_checkinteger(L, 3);
    float *v;
    size_t n = 0;
    bool kept;
    luaL_argcheck(L,
                  column >= 1 && (size_t)column <= t->columns &&
                      t->column[column - 1].loaded && t->block != NULL,
                  2, "no such column");
    luaL_argcheck(L, max >= 1 && max <= 65536, 3, "want 1..65536");
    v = lua_newuserdatauv(L, (size_t)max * sizeof *v, 0);
    kept = t->column[column - 1].slot != LRR_TABLE_NO_SLOT;
    if (kept)
        lrr_table_distinct(t, (size_t)column - 1, (size_t)max, v, &n);
    if (n > (size_t)max || !kept)
        lua_pushnil(L);
    else
        lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

const size_t *lrr_bind_columns(lua_State *L, const char *key, size_t columns, size_t *n)
{
    size_t *list;
    lua_getfield(L, 2, key);
    *n = lrr_bind_checklen(L, -1);
    list = lua_newuserdatauv(L, (*n + 1) * sizeof *list, 0);
    for (size_t i = 0; i < *n; i++) {
        lua_Integer c;
        lua_rawgeti(L, -2, (lua_Integer)i + 1);
        c = luaL_checkinteger(L, -1);
        if (c < 1 || (size_t)c > columns)
            luaL_error(L, "%s: column %I of %I", key, c, (lua_Integer)columns);
        list[i] = (size_t)c - 1;
        lua_pop(L, 1);
    }
    lua_remove(L, -2); /* the list stays on the stack, so it stays alive */
    return list;
}

/* table:levels(column) -> its different texts, in bytewise order; none for numbers */
static int l_levels(lua_State *L)
{
    const lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    lua_Integer column = luaL_checkinteger(L, 2);
    const lrr_column *c;
    luaL_argcheck(L, column >= 1 && (size_t)column <= t->columns, 2, "no such column");
    c = &t->column[column - 1];
    lrr_bind_pushstrings(L, (const char *const *)c->level, c->levels);
    return 1;
}

/* The list in field `key` of the table at the top; it stays alive with that table. */
static lrr_levels names_field(lua_State *L, const char *key)
{
    lrr_levels out = { NULL, 0 };
    if (lua_getfield(L, -1, key) != LUA_TNIL)
        out.name = lrr_bind_checkstrings(L, lua_gettop(L), &out.n);
    return out;
}

const lrr_feature *lrr_bind_features(lua_State *L, size_t columns, size_t *n)
{
    lrr_feature *out;
    int list;
    lua_getfield(L, 2, "features");
    luaL_checktype(L, -1, LUA_TTABLE);
    list = lua_gettop(L);
    *n = lua_rawlen(L, list);
    luaL_checkstack(L, *n < (INT_MAX - 64) / 4 ? (int)*n * 4 + 32 : INT_MAX,
                    "features");
    out = lua_newuserdatauv(L, (*n + 1) * sizeof *out, 0);
    for (size_t i = 0; i < *n; i++) {
        lua_Integer column;
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        column = lrr_bind_fieldint(L, lua_gettop(L), "column");
        if (column < 1 || (size_t)column > columns)
            luaL_error(L, "features: no column %I", column);
        lua_getfield(L, -1, "kind");
        out[i].kind = (lrr_column_kind)luaL_checkoption(L, lua_gettop(L), NULL,
                                                        lrr_bind_kind_names);
        lua_pop(L, 1);
        out[i].column = (size_t)column - 1;
        out[i].time = lrr_bind_fieldbool(L, lua_gettop(L), "time");
        out[i].flag = lrr_bind_fieldbool(L, lua_gettop(L), "flag");
        out[i].levels = names_field(L, "levels");
    }
    return out;
}

static void push_counts(lua_State *L, const lrr_table_counts *counts)
{
    lua_createtable(L, 0, 5);
    lrr_bind_setcount(L, "dropped", counts->dropped);
    lrr_bind_setcount(L, "untargeted", counts->untargeted);
    lrr_bind_setcount(L, "missing", counts->missing);
    lrr_bind_setcount(L, "unknown", counts->unknown);
    lrr_bind_setcount(L, "unseen", counts->unseen);
}

/* table:dataset{ features = { { column, kind, levels, time, flag }, ... }, target = { columns },
** classes, drop, class_names, spare, shape } -> data set, { dropped, untargeted, unknown, missing, unseen }: once,
** as it takes the rows */
static int l_dataset(lua_State *L)
{
    lrr_error err;
    lrr_table_cfg cfg = { 0 };
    lrr_table_counts counts;
    lrr_dataset *d;
    void **box;
    int made;
    lrr_table *t = lrr_bind_checkbox(L, 1, TYPE);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_argcheck(L, t->csv == NULL, 1, "load the table first");
    luaL_argcheck(L, t->block != NULL, 1, "its rows went into a data set");
    cfg.release = true;
    cfg.feature = lrr_bind_features(L, t->columns, &cfg.n_feature);
    cfg.target = lrr_bind_columns(L, "target", t->columns, &cfg.n_target);
    cfg.classes = lrr_bind_fieldbool(L, 2, "classes");
    cfg.drop = lrr_bind_fieldbool(L, 2, "drop");
    cfg.spare = (size_t)lrr_bind_optnum_in(L, 2, "spare", 0, INT32_MAX);
    if (lua_getfield(L, 2, "class_names") != LUA_TNIL)
        cfg.class_names.name =
            lrr_bind_checkstrings(L, lua_gettop(L), &cfg.class_names.n);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    made = lua_gettop(L);
    if (lrr_table_dataset(t, &cfg, &d, &counts, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    if (lua_getfield(L, 2, "shape") == LUA_TTABLE) {
        lrr_shape shape;
        lrr_bind_checkshape(L, lua_gettop(L), &shape);
        luaL_argcheck(L, lrr_shape_count(&shape) == d->width, 2, "shape: another size");
        d->shape = shape;
    }
    lua_settop(L, made);
    push_counts(L, &counts);
    return 2;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);
    lrr_table_free(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg meta[] = {
    { "__gc", l_gc },
    { "__close", l_gc },
    { NULL, NULL },
};

static const luaL_Reg methods[] = {
    { "info", l_info },         { "strip", l_strip },   { "load", l_load },
    { "distinct", l_distinct }, { "levels", l_levels }, { "dataset", l_dataset },
    { "rows", l_rows },         { "close", l_gc },      { "unplaced", l_unplaced },
    { "room", l_room },         { "text", l_text },     { NULL, NULL },
};

static const luaL_Reg funcs[] = {
    { "csv", l_csv },
    { "room", l_room_for },
    { "rows", lrr__bind_table_rows },
    { NULL, NULL },
};

int luaopen_lrrun_native_table(lua_State *L)
{
    lrr_bind_register_data(L);
    lrr_bind_newtype(L, TYPE, meta, methods);
    lrr__bind_rows_type(L);
    lrr_bind_newlib(L, funcs);
    return 1;
}
