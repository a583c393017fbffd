/* mkembed.c -- writes Lua files as a C table for src/host/embed.h; run by the Makefile.
** Usage: mkembed lua/lrrun/init.lua ... > embed.c. A module's name is its path below
** lua/ with dots: lua/lrrun/nn/init.lua is "lrrun.nn". Beside its text a module is there as
** compiled by the Lua that this tool is linked with. */
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <string.h>

extern const char lua_ident[]; /* of liblua: which release it is */

static void put_name(const char *path)
{
    size_t n = strlen(path);
    if (strncmp(path, "lua/", 4) == 0) {
        path += 4;
        n -= 4;
    }
    n -= 4; /* ".lua" */
    if (n > 5 && strncmp(path + n - 5, "/init", 5) == 0)
        n -= 5;
    for (size_t i = 0; i < n; i++)
        putchar(path[i] == '/' ? '.' : path[i]);
}

static int put_bytes(lua_State *L, const void *p, size_t n, void *column)
{
    const unsigned char *byte = p;
    (void)L;
    for (size_t i = 0; i < n; i++)
        printf("%s%d,", (*(int *)column)++ % 20 == 0 ? "\n" : "", byte[i]);
    return 0;
}

/* The text of a file on the stack. */
static int push_file(lua_State *L, const char *path)
{
    luaL_Buffer b;
    size_t n;
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fprintf(stderr, "mkembed: cannot open %s\n", path);
        return 1;
    }
    luaL_buffinit(L, &b);
    do {
        n = fread(luaL_prepbuffsize(&b, 65536), 1, 65536, f);
        luaL_addsize(&b, n);
    } while (n > 0);
    luaL_pushresult(&b);
    return fclose(f) != 0;
}

static int put_file(lua_State *L, const char *path, int index)
{
    const char *text, *chunk;
    size_t n;
    int column = 0;
    if (push_file(L, path) != 0)
        return 1;
    text = lua_tolstring(L, -1, &n);
    printf("static const unsigned char file%d[] = {", index);
    put_bytes(L, text, n, &column);
    printf("0};\nstatic const unsigned char code%d[] = {", index);
    /* The chunk's name as src/host/vm.c has it. */
    chunk = lua_pushfstring(L, "@lrrun:%s", path + (strncmp(path, "lua/", 4) == 0 ? 4 : 0));
    if (luaL_loadbufferx(L, text, n, chunk, "t") != LUA_OK) {
        fprintf(stderr, "mkembed: %s\n", lua_tostring(L, -1));
        return 1;
    }
    column = 0;
    lua_dump(L, put_bytes, &column, 0);
    printf("0};\n");
    lua_settop(L, 0);
    return 0;
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();
    if (L == NULL)
        return 1;
    printf("#include \"host/embed.h\"\n");
    printf("const char lrr_embedded_lua[] = \"%s\";\n", lua_ident);
    for (int i = 1; i < argc; i++)
        if (put_file(L, argv[i], i) != 0)
            return 1;
    printf("const lrr_embedded lrr_embedded_files[] = {\n");
    for (int i = 1; i < argc; i++) {
        printf("    { \"");
        put_name(argv[i]);
        printf("\", \"%s\", file%d, sizeof file%d - 1, code%d, sizeof code%d - 1 },\n", argv[i],
               i, i, i, i);
    }
    printf("    { 0, 0, 0, 0, 0, 0 },\n};\n");
    lua_close(L);
    return 0;
}
