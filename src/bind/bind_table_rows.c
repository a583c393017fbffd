/* bind_table_rows.c -- rows of a table in their order, for models that are trained (readers/rows.h).
**
** lrrun.native.table.rows(path or nil (the standard input), { as for csv }) -> rows
** rows: :info() -> { header, delimiter, quote, columns = { { name }, ... } }
** :begin{ features = { { column, kind, levels, time, flag, offset } }, target = { columns },
** target_kind, target_strip, target_offsets, class_names, drop, text = column, keep = { columns }, form = "none"|"raw"|"json", separator }
** :next(max) -> how many rows (0 at the end), their data set (nil where none is used)
** :label(dataset): gives one that was made of them (of texts) their targets
** :state(i) -> why row i of these is not used, or nil   :counts() -> what was met up to now
** :unfit() -> feature, text: one whose column holds texts alone. Columns and rows from 1. */
#include <string.h>

#include "bind/bind_table.h"

static const char *const form_names[] = { "none", "raw", "json", NULL };

/* In lrr_row_state's order. */
static const char *const state_names[] = { "used",    "width",      "infinite",
                                           "dropped", "untargeted", "unknown" };

int lrr__bind_table_rows(lua_State *L)
{
    lrr_error err;
    const char *path = luaL_optstring(L, 1, NULL);
    lrr_csv_dialect dialect;
    lrr_field_cfg field;
    const int header = lrr_bind_file_cfg(L, 2, &dialect, &field);
    lrr_rows *r;
    void **box = lrr_bind_newbox(L, LRR_TYPE_ROWS, 0);
    if (lrr_rows_open(path, &dialect, header, &field, &r, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = r;
    return 1;
}

static int l_info(lua_State *L)
{
    const lrr_rows *r = lrr_bind_checkbox(L, 1, LRR_TYPE_ROWS);
    const lrr_csv_dialect *d = lrr_rows_written(r);
    lua_createtable(L, 0, 4);
    lrr_bind_setbool(L, "header", lrr_rows_header(r));
    lua_pushlstring(L, &d->delimiter, 1);
    lua_setfield(L, -2, "delimiter");
    lua_pushlstring(L, &d->quote, d->quote > LRR_CSV_NONE);
    lua_setfield(L, -2, "quote");
    lua_createtable(L, (int)lrr_rows_columns(r), 0);
    for (size_t j = 0; j < lrr_rows_columns(r); j++) {
        lua_createtable(L, 0, 1);
        lrr_bind_setstring(L, "name", lrr_rows_column(r, j));
        lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    lua_setfield(L, -2, "columns");
    return 1;
}

/* n numbers of field target_offsets, 0 where they are not given; they stay on the stack. */
static const double *target_offsets(lua_State *L, size_t n)
{
    double *out = lua_newuserdatauv(L, (n + 1) * sizeof *out, 0);
    const bool given = lua_getfield(L, 2, "target_offsets") == LUA_TTABLE;
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
        if (given && lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TNIL)
            out[i] = luaL_checknumber(L, -1);
        lua_settop(L, lua_gettop(L) - given);
    }
    lua_pop(L, 1);
    return out;
}

/* Field offset of each of n features, 0 where it has none; stays on the stack. */
static const double *offsets(lua_State *L, size_t n)
{
    double *out = lua_newuserdatauv(L, (n + 1) * sizeof *out, 0);
    lua_getfield(L, 2, "features");
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        out[i] = lrr_bind_optnum(L, lua_gettop(L), "offset", 0);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return out;
}

static int option_field(lua_State *L, const char *key, const char *otherwise,
                        const char *const names[])
{
    int i;
    lua_getfield(L, 2, key);
    i = luaL_checkoption(L, lua_gettop(L), otherwise, names);
    lua_pop(L, 1);
    return i;
}

static int l_begin(lua_State *L)
{
    lrr_error err;
    lrr_rows_cfg cfg = { 0 };
    const char *separator;
    lrr_rows *r = lrr_bind_checkbox(L, 1, LRR_TYPE_ROWS);
    const size_t columns = lrr_rows_columns(r);
    luaL_checktype(L, 2, LUA_TTABLE);
    cfg.feature = lrr_bind_features(L, columns, &cfg.n_feature);
    cfg.offset = offsets(L, cfg.n_feature);
    cfg.target = lrr_bind_columns(L, "target", columns, &cfg.n_target);
    cfg.target_offset = target_offsets(L, cfg.n_target);
    cfg.keep = lrr_bind_columns(L, "keep", columns, &cfg.n_keep);
    cfg.target_kind =
        (lrr_column_kind)option_field(L, "target_kind", "number", lrr_bind_kind_names);
    cfg.texts = lua_getfield(L, 2, "text") != LUA_TNIL;
    if (cfg.texts) {
        const lua_Integer text = luaL_checkinteger(L, -1);
        luaL_argcheck(L, text >= 1 && (size_t)text <= columns, 2,
                      "text: no such column");
        cfg.text = (size_t)text - 1;
    }
    lua_pop(L, 1);
    cfg.form = (lrr_keep_form)option_field(L, "form", "none", form_names);
    cfg.drop = lrr_bind_fieldbool(L, 2, "drop");
    separator = lrr_bind_fieldstr(L, 2, "separator");
    cfg.separator = separator != NULL ? separator[0] : ',';
    cfg.target_strip = lrr_bind_char(L, 2, "target_strip");
    if (lua_getfield(L, 2, "class_names") != LUA_TNIL)
        cfg.class_names.name =
            lrr_bind_checkstrings(L, lua_gettop(L), &cfg.class_names.n);
    luaL_argcheck(L, cfg.class_names.n == 0 || cfg.n_target == 1, 2,
                  "classes are in one column");
    luaL_argcheck(L, !lrr_rows_begun(r), 1, "they are begun already");
    if (lrr_rows_begin(r, &cfg, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static lrr_rows *check_begun(lua_State *L)
{
    lrr_rows *r = lrr_bind_checkbox(L, 1, LRR_TYPE_ROWS);
    luaL_argcheck(L, lrr_rows_begun(r), 1, "say first what is wanted of them");
    return r;
}

static int l_next(lua_State *L)
{
    lrr_error err;
    lrr_rows *r = check_begun(L);
    const lua_Integer max = luaL_checkinteger(L, 2);
    size_t n;
    lrr_dataset *d;
    void **box;
    luaL_argcheck(L, max >= 1 && max <= INT32_MAX, 2, "want 1 row or more");
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_rows_next(r, (size_t)max, &n, &err) != LRR_OK ||
        lrr_rows_dataset(r, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    if (d == NULL)
        lua_pop(L, 1);
    lua_pushinteger(L, (lua_Integer)n);
    if (d == NULL)
        return 1;
    lua_insert(L, -2);
    return 2;
}

static int l_label(lua_State *L)
{
    lrr_error err;
    const lrr_rows *r = check_begun(L);
    lrr_dataset *d = lrr_bind_checkbox(L, 2, LRR_TYPE_DATASET);
    size_t n = 0;
    for (size_t i = 0; i < lrr_rows_count(r); i++)
        n += lrr_rows_wanted(r, i);
    luaL_argcheck(L, d->n == n && d->classes == 0 && d->k == 0 && !d->in_use, 2,
                  "not made of these rows, or with targets already");
    luaL_argcheck(L, lrr_rows_targets(r) > 0, 1, "without targets");
    if (lrr_rows_label(r, d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_state(lua_State *L)
{
    const lrr_rows *r = check_begun(L);
    const lua_Integer i = luaL_checkinteger(L, 2);
    lrr_row_state state;
    luaL_argcheck(L, i >= 1 && (size_t)i <= lrr_rows_count(r), 2, "no such row");
    state = lrr_rows_state(r, (size_t)i - 1);
    if (state == LRR_ROW_USED)
        return 0;
    lua_pushstring(L, state_names[state]);
    return 1;
}

/* { rows, missing, unfit, unseen, unseen_word, unknown_word, fields, shorts, short_line, and of each state rows and NAME_line } */
static int l_counts(lua_State *L)
{
    const lrr_rows_counts *c = lrr_rows_counted(lrr_bind_checkbox(L, 1, LRR_TYPE_ROWS));
    char key[32];
    lua_createtable(L, 0, 24);
    lrr_bind_setcount(L, "rows", c->rows);
    lrr_bind_setcount(L, "missing", c->missing);
    lrr_bind_setcount(L, "unfit", c->unfit);
    lrr_bind_setcount(L, "unseen", c->unseen);
    lrr_bind_setcount(L, "fields", c->fields);
    lrr_bind_setcount(L, "shorts", c->shorts);
    lrr_bind_setcount(L, "short_line", c->short_line);
    lrr_bind_setstring(L, "unseen_word", c->unseen_word);
    lrr_bind_setstring(L, "unknown_word", c->unknown_word);
    for (int i = 0; i < LRR_ROW_STATES; i++) {
        lrr_bind_setcount(L, state_names[i], c->state[i]);
        snprintf(key, sizeof key, "%s_line", state_names[i]);
        lrr_bind_setcount(L, key, c->line[i]);
    }
    return 1;
}

static int l_unfit(lua_State *L)
{
    const lrr_rows *r = check_begun(L);
    const char *word;
    const size_t j = lrr_rows_all_unfit(r, &word);
    if (word == NULL)
        return 0;
    lua_pushinteger(L, (lua_Integer)j + 1);
    lua_pushstring(L, word);
    return 2;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_ROWS);
    lrr_rows_free(*box);
    *box = NULL;
    return 0;
}

void lrr__bind_rows_type(lua_State *L)
{
    static const luaL_Reg meta[] = {
        { "__gc", l_gc },
        { "__close", l_gc },
        { NULL, NULL },
    };
    static const luaL_Reg methods[] = {
        { "info", l_info },   { "begin", l_begin },   { "next", l_next },
        { "state", l_state }, { "counts", l_counts }, { "unfit", l_unfit },
        { "label", l_label }, { "close", l_gc },      { NULL, NULL },
    };
    lrr_bind_newtype(L, LRR_TYPE_ROWS, meta, methods);
}
