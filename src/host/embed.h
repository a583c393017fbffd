/* embed.h -- the Lua modules inside the program; embed.c is made by the build. */
#ifndef LRR_HOST_EMBED_H
#define LRR_HOST_EMBED_H

#include <stddef.h>

typedef struct lrr_embedded {
    const char *module; /* "lrrun.nn.linear" */
    const char *path;   /* "lua/lrrun/nn/linear.lua", for messages */
    const unsigned char *text;
    size_t size;
    const unsigned char
        *code; /* the same compiled, by the Lua that lrr_embedded_lua names */
    size_t code_size;
} lrr_embedded;

/* Of the Lua that the build was linked with. Compiled modules are used with the same release
** only; its loader does not check them. */
extern const char lrr_embedded_lua[];

/* In the order of strcmp on their modules' names. */
extern const lrr_embedded lrr_embedded_files[];
extern const size_t lrr_embedded_count;

#endif
