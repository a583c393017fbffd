/* corpus_private.h -- the inside of lrr_corpus, shared by corpus.c, corpus_windows.c. */
#ifndef LRR_READERS_CORPUS_PRIVATE_H
#define LRR_READERS_CORPUS_PRIVATE_H

#include "readers/corpus.h"
#include "readers/text_private.h"

typedef struct document {
    size_t from, n; /* of the bytes */
    size_t text;    /* which text it is of */
} document;

typedef struct text_of {
    size_t from; /* of the bytes */
    char *name;  /* or NULL */
} text_of;

struct lrr_corpus {
    lrr__buffer bytes;
    char *separator;
    size_t separator_n;
    document *document; /* (documents) those of part 0, then 1, then 2 */
    size_t documents, document_room;
    text_of *text; /* (texts) */
    size_t texts, text_room;
    size_t part[LRR_SPLITS];
    uint32_t *index[LRR_SPLITS]; /* (n_index) of a split, ascending or mixed */
    size_t n_index[LRR_SPLITS];
};

/* Fails with EFORMAT and the place of byte `at` of the corpus: "f.txt: byte 3: " before why. */
lrr_status lrr__corpus_fail(const lrr_corpus *c, size_t document, size_t at,
                            const char *why, lrr_error *err);

#endif
