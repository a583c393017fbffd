/* mkembed.c -- writes Lua files as a C table for src/host/embed.h; run by the Makefile.
** Usage: mkembed lua/lrrun/init.lua ... > embed.c. A module's name is its path below
** lua/ with dots: lua/lrrun/nn/init.lua is "lrrun.nn". Beside its text a module is there as
** compiled by the Lua that this tool is linked with. */
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char lua_ident[]; /* of liblua: which release it is */

enum { NAME = 128 };

typedef struct module {
    char name[NAME];
    const char *path;
    int index;
} module;

/* "lrrun.nn" of "lua/lrrun/nn/init.lua". */
static int name_module(module *m, const char *path, int index)
{
    const char *below = strncmp(path, "lua/", 4) == 0 ? path + 4 : path;
    size_t n = strlen(below);

    m->path = path;
    m->index = index;
    if (n < 4 || n >= NAME) {
        fprintf(stderr, "mkembed: %s: no name for a module\n", path);
        return 1;
    }
    n -= 4; /* ".lua" */
    if (n > 5 && strncmp(below + n - 5, "/init", 5) == 0)
        n -= 5;
    for (size_t i = 0; i < n; i++)
        m->name[i] = below[i] == '/' ? '.' : below[i];
    m->name[n] = '\0';
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const module *)a)->name, ((const module *)b)->name);
}

/* Bytes within a string literal, which compilers read much faster than a list of numbers. What
** could mean more than itself there is written as three octal digits. */
static int put_bytes(lua_State *L, const void *p, size_t n, void *column)
{
    const unsigned char *byte = p;
    (void)L;
    for (size_t i = 0; i < n; i++) {
        if ((*(int *)column)++ % 80 == 0)
            fputs("\"\n\"", stdout);
        if (byte[i] < ' ' || byte[i] > '~' || strchr("\"\\?", byte[i]) != NULL)
            printf("\\%03o", byte[i]);
        else
            putchar(byte[i]);
    }
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
    printf("static const unsigned char file%d[] = \"", index);
    put_bytes(L, text, n, &column);
    printf("\";\nstatic const unsigned char code%d[] = \"", index);
    /* The chunk's name as src/host/vm.c has it. */
    chunk =
        lua_pushfstring(L, "@lrrun:%s", path + (strncmp(path, "lua/", 4) == 0 ? 4 : 0));
    if (luaL_loadbufferx(L, text, n, chunk, "t") != LUA_OK) {
        fprintf(stderr, "mkembed: %s\n", lua_tostring(L, -1));
        return 1;
    }
    column = 0;
    lua_dump(L, put_bytes, &column, 0);
    printf("\";\n");
    lua_settop(L, 0);
    return 0;
}

static int put_all(lua_State *L, module *modules, char **paths, size_t n)
{
    printf("#include \"host/embed.h\"\n");
    printf("#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n");
    printf("const char lrr_embedded_lua[] = \"%s\";\n", lua_ident);
    for (size_t i = 0; i < n; i++)
        if (name_module(&modules[i], paths[i], (int)i) != 0 ||
            put_file(L, paths[i], (int)i) != 0)
            return 1;
    qsort(modules, n, sizeof *modules, by_name);
    printf("const size_t lrr_embedded_count = %zu;\n", n);
    printf("const lrr_embedded lrr_embedded_files[] = {\n");
    for (const module *m = modules; m < modules + n; m++)
        printf("    { \"%s\", \"%s\", file%d, sizeof file%d - 1, code%d, sizeof code%d "
               "- 1 },\n",
               m->name, m->path, m->index, m->index, m->index, m->index);
    printf("};\n");
    return 0;
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();
    const size_t n = (size_t)argc - 1;
    module *modules = calloc(n + 1, sizeof *modules);
    const int bad =
        L == NULL || modules == NULL || put_all(L, modules, argv + 1, n) != 0;

    free(modules);
    if (L != NULL)
        lua_close(L);
    return bad;
}
