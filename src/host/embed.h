/* embed.h -- the Lua modules inside the program; embed.c is made by the build. */
#ifndef LRR_HOST_EMBED_H
#define LRR_HOST_EMBED_H

#include <stddef.h>

typedef struct lrr_embedded {
    const char *module; /* "lrrun.nn.linear"; NULL ends the list */
    const char *path;   /* "lua/lrrun/nn/linear.lua", for messages */
    const unsigned char *text;
    size_t size;
} lrr_embedded;

extern const lrr_embedded lrr_embedded_files[];

#endif
