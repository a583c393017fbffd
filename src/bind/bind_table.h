/* bind_table.h -- what the bindings of tables share. */
#ifndef LRR_BIND_BIND_TABLE_H
#define LRR_BIND_BIND_TABLE_H

#include "bind/bind_data.h"
#include "readers/rows.h"

#define LRR_TYPE_ROWS "lrrun.rows"

/* "number", "category", "date", "ignore", then NULL, in lrr_column_kind's order. */
extern const char *const lrr_bind_kind_names[];

/* How a file is written, from the table at arg: { delimiter, likely, quote, comment, escape, latin1, skip,
** header, decimal, thousands, words }. Gives header: 1, 0, or -1 where nothing is said. The words
** stay on the stack. */
int lrr_bind_file_cfg(lua_State *L, int arg, lrr_csv_dialect *dialect,
                      lrr_field_cfg *field);

/* The one character in a field of the table at arg, or 0 where there is none. */
char lrr_bind_char(lua_State *L, int arg, const char *key);

/* The list of columns (from 1) in a field of the table at 2, as indices from 0; it stays on the
** stack. */
const size_t *lrr_bind_columns(lua_State *L, const char *key, size_t columns,
                               size_t *n);

/* The features in field "features" of the table at 2; it all stays on the stack. */
const lrr_feature *lrr_bind_features(lua_State *L, size_t columns, size_t *n);

/* rows(path, { ... }) of the module, and its type. */
int lrr__bind_table_rows(lua_State *L);
void lrr__bind_rows_type(lua_State *L);

#endif
