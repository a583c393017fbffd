/* crc32c.h -- CRC-32C (Castagnoli, RFC 3720 B.4), which TensorBoard's event files carry. */
#ifndef LRR_RECORD_CRC32C_H
#define LRR_RECORD_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* CRC of n bytes; of "123456789" it is 0xe3069283. Cannot fail. */
uint32_t lrr_crc32c(const void *data, size_t n);

#endif
