/* corpus_tokens_private.h -- the inside of lrr_corpus_tokens: corpus_windows.c, tokens_file.c. */
#ifndef LRR_READERS_CORPUS_TOKENS_PRIVATE_H
#define LRR_READERS_CORPUS_TOKENS_PRIVATE_H

#include "os/map.h"
#include "readers/corpus_tokens.h"

/* Tokens side by side on which windows are laid. */
typedef struct lrr__token_list {
    uint64_t from, n; /* of all tokens */
    uint64_t split;
} lrr__token_list;

struct lrr_corpus_tokens {
    lrr_ids token;  /* of a map: its own pages, which are not freed one by one */
    lrr_ids length; /* bytes of each, where the token does not say it */
    lrr__token_list *list;
    size_t lists, list_room;
    uint64_t separator_n, documents[LRR_SPLITS];
    lrr_map *map; /* or NULL */
};

#endif
