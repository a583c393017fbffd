/*
** csv_dialect.h -- finds out from its beginning how a file of separated values is written.
**
** delimiter: what is likely where the first line has it; of , ; tab | the one that is most frequent in the first line, the first of them
** where they draw; where that line has none, the one of the next lines that has as many in each
** of them (the first is a title: the message about its fields says skip); else comma.
** A first line "sep=;" says it and is skipped. Lines of # at the beginning are skipped where the
** line after them has another number of fields. quote: ' where fields of the first lines begin
** with one, each of these ends with one, and none begins with "; else ". With tabs, "
** is a quote only where each field that begins with one ends with one, or where only with quotes all
** records have as many fields; the latter alone where no field of the first lines begins with one.
*/
#ifndef LRR_READERS_CSV_DIALECT_H
#define LRR_READERS_CSV_DIALECT_H

#include "readers/csv.h"

/* Fills what is zero in d from the first n bytes of a file. Cannot fail. */
void lrr_csv_dialect_find(const char *text, size_t n, lrr_csv_dialect *d);

#endif
