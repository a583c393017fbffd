/*
** pieces.h -- where byte pair encoding may not merge: a text as pieces, one after another.
**
** The pattern is GPT-2's (Radford et al. 2019, encoder.py) with sets of characters that no
** version of Unicode changes: letters are A-Z, a-z and every character from U+0080 on, digits
** 0-9, blanks tab, line feed, vertical tab, form feed, carriage return and space:
**
**   's|'t|'re|'ve|'m|'ll|'d| ?letters+| ?digits+| ?others+|blanks+(?!not a blank)|blanks+
**
** in this order, each as long as it can be. It works on bytes: what is not UTF-8 has pieces too.
*/
#ifndef LRR_READERS_PIECES_H
#define LRR_READERS_PIECES_H

#include <stddef.h>

/* The same as a regular expression of Oniguruma, for tokenizer.json. */
extern const char *const lrr_pieces_pattern;

/* Bytes of the first piece of the n bytes at s; 1 to n, 0 of none. Cannot fail. */
size_t lrr_piece(const char *s, size_t n);

#endif
