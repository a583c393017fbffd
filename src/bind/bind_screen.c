/* bind_screen.c -- lrrun.native.screen: texts as they may be shown (base/text.h).
**
** escape(text, form) -> text, form: "line", "lines" or "json"    columns(text) -> integer
** fit(text, columns) -> the beginning that takes at most as many, the columns it takes */
#include "base/text.h"
#include "bind/bind.h"

static int l_escape(lua_State *L)
{
    static const char *const forms[] = { "line", "lines", "json", NULL };
    size_t n, size;
    const char *text = luaL_checklstring(L, 1, &n);
    lrr_text_form form = (lrr_text_form)luaL_checkoption(L, 2, NULL, forms);
    luaL_Buffer b;

    size = lrr_text_escape(text, n, form, NULL);
    if (size == n) { /* whatever is written out grows */
        lua_settop(L, 1);
        return 1;
    }
    lrr_text_escape(text, n, form, luaL_buffinitsize(L, &b, size));
    luaL_pushresultsize(&b, size);
    return 1;
}

static int l_columns(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_pushinteger(L, (lua_Integer)lrr_text_columns(text, n));
    return 1;
}

static int l_fit(lua_State *L)
{
    size_t n, took;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_Integer columns = luaL_checkinteger(L, 2);
    luaL_argcheck(L, columns >= 0, 2, "negative");
    lua_pushlstring(L, text, lrr_text_fit(text, n, (size_t)columns, &took));
    lua_pushinteger(L, (lua_Integer)took);
    return 2;
}

int luaopen_lrrun_native_screen(lua_State *L)
{
    static const luaL_Reg functions[] = { { "escape", l_escape },
                                          { "columns", l_columns },
                                          { "fit", l_fit },
                                          { NULL, NULL } };
    luaL_newlib(L, functions);
    return 1;
}
