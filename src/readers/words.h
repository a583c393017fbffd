/*
** words.h -- a text as words and punctuation.
**
** Letters and digits in lower case (ASCII letters are lowered, bytes above 127 belong to words as
** they are, an apostrophe inside a word stays), each other visible character by itself, "<br />"
** is a blank. Of a word longer than LRR_WORD_LONGEST its beginning.
*/
#ifndef LRR_READERS_WORDS_H
#define LRR_READERS_WORDS_H

#include <stddef.h>

enum { LRR_WORD_LONGEST = 64 };

typedef struct lrr_word_found {
    char text[LRR_WORD_LONGEST];
    size_t n;     /* of text; 0: there is no word more */
    size_t taken; /* bytes of the text to the word's end, blanks before it with it */
} lrr_word_found;

/* The first word of the n bytes at s. Cannot fail. */
void lrr_word_find(const char *s, size_t n, lrr_word_found *out);

#endif
