/* base64.h -- bytes as text (RFC 4648, section 4), for weights inside an experiment file. */
#ifndef LRR_RECORD_BASE64_H
#define LRR_RECORD_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Characters that n bytes become, without a terminator. */
size_t lrr_base64_size(size_t n);

/* out (lrr_base64_size(n)) = data (n) as text. Cannot fail. */
void lrr_base64_encode(const void *data, size_t n, char *out);

/* out (3 * n / 4) = the bytes of text (n), *size of them; line breaks are skipped. false
** where it is no base64. */
bool lrr_base64_decode(const char *text, size_t n, unsigned char *out, size_t *size);

#endif
