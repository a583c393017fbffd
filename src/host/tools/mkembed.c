/* mkembed.c -- writes Lua files as a C table for src/host/embed.h; run by the Makefile.
** Usage: mkembed lua/lrrun/init.lua ... > embed.c. A module's name is its path below
** lua/ with dots: lua/lrrun/nn/init.lua is "lrrun.nn". */
#include <stdio.h>
#include <string.h>

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

static int put_file(const char *path, int index)
{
    FILE *f = fopen(path, "rb");
    int c, column = 0;
    if (f == NULL) {
        fprintf(stderr, "mkembed: cannot open %s\n", path);
        return 1;
    }
    printf("static const unsigned char file%d[] = {", index);
    while ((c = getc(f)) != EOF)
        printf("%s%d,", column++ % 20 == 0 ? "\n" : "", c);
    printf("0};\n");
    return fclose(f) != 0;
}

int main(int argc, char **argv)
{
    printf("#include \"host/embed.h\"\n");
    for (int i = 1; i < argc; i++)
        if (put_file(argv[i], i) != 0)
            return 1;
    printf("const lrr_embedded lrr_embedded_files[] = {\n");
    for (int i = 1; i < argc; i++) {
        printf("    { \"");
        put_name(argv[i]);
        printf("\", \"%s\", file%d, sizeof file%d - 1 },\n", argv[i], i, i);
    }
    printf("    { 0, 0, 0, 0 },\n};\n");
    return 0;
}
