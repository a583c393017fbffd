/*
** real_text.h -- a number as the shortest decimal text that reads back as it.
**
** Nine digits tell any two floats apart, six to eight most of them; 17 do for doubles (the f64
** build). The same text on every machine.
*/
#ifndef LRR_RECORD_REAL_TEXT_H
#define LRR_RECORD_REAL_TEXT_H

#include <stddef.h>

#include "base/real.h"

enum { LRR_REAL_TEXT = 32 };

/* Writes x, which is finite, into out; gives its bytes. Not terminated. Cannot fail. */
size_t lrr_real_text(lrr_real x, char out[LRR_REAL_TEXT]);

/* The same of a double, in every build. */
size_t lrr_double_text(double x, char out[LRR_REAL_TEXT]);

#endif
