/*
** payload.h -- the numbers of a tensor in a file: little-endian, packed, row-major.
**
** Types are safetensors' names: F32 and F64 fill tensors of reals (converted where the
** build's reals are the other one), I32 and U8 their own; F16 and BF16 are read only.
*/
#ifndef LRR_RECORD_PAYLOAD_H
#define LRR_RECORD_PAYLOAD_H

#include <stdint.h>

#include "base/error.h"
#include "os/file.h"
#include "tensor/tensor.h"

/* The name of t's type in a file of this build: "F32", "F64", "I32", "U8". */
const char *lrr_payload_type(const lrr_tensor *t);

/* Writes t's elements. Errors: EIO. */
lrr_status lrr_payload_write(lrr_outfile *o, const lrr_tensor *t, lrr_error *err);

/* Fills t from the t->n elements of `type` at `at`. Errors: EFORMAT (this type does not
** go into t), EIO (t may then be filled in part). */
lrr_status lrr_payload_read(lrr_infile *f, uint64_t at, const char *type, lrr_tensor *t,
                            lrr_error *err);

#endif
