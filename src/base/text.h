/*
** text.h -- text that others wrote (recipes, files, names), made fit to be shown: what a
** terminal, a viewer or a reader could take for something else is written out.
**
** Written out are control characters (C0, DEL, C1), marks that turn the direction of what
** follows, characters without a shape (zero-width spaces, tags, fillers), separators of lines
** and paragraphs, surrogates, noncharacters, and bytes that are no UTF-8: "\n", "\x1b",
** "\u{202e}", "\xff". Joiners and variation selectors stay behind letters of the scripts and
** the pictures that need them. Texts are bytes and a length; zeros are bytes like others.
**
** Sources: Unicode 14, UAX #9 (directions), UAX #11 (widths), UTS #39 (what misleads).
*/
#ifndef LRR_BASE_TEXT_H
#define LRR_BASE_TEXT_H

#include <stddef.h>

/* LINE: all of it stays in its line. LINES: newlines and tabs stay. JSON: what stands between
** the quotes of a JSON string, "\u001b", "\udb40\udc41"; it reads back as it was, but for bytes
** that are no UTF-8, which JSON cannot hold: they read back as "\xff". */
typedef enum lrr_text_form {
    LRR_TEXT_LINE,
    LRR_TEXT_LINES,
    LRR_TEXT_JSON
} lrr_text_form;

/* The bytes of `text` once written out, which are n where nothing has to be. Fills out, which
** has room for them, unless it is NULL. Cannot fail. */
size_t lrr_text_escape(const char *text, size_t n, lrr_text_form form, char *out);

/* The columns that a text takes on a terminal, as lrr_text_escape would write it. */
size_t lrr_text_columns(const char *text, size_t n);

/* The bytes of the longest beginning of `text` that takes at most `columns`, with the marks
** that stand on its last character. *took: the columns that it takes. */
size_t lrr_text_fit(const char *text, size_t n, size_t columns, size_t *took);

#endif
