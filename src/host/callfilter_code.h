/* callfilter_code.h -- the compiled filter of system calls; filter.c is made by the build
** (tools/mkfilter.c). */
#ifndef LRR_HOST_CALLFILTER_CODE_H
#define LRR_HOST_CALLFILTER_CODE_H

#include <linux/filter.h>
#include <stddef.h>

/* Stands in it where the process's own number has to; no process can have it. */
#define LRR_CALLFILTER_SELF 0x7e57a11eu

extern const struct sock_filter lrr_callfilter_code[];
extern const size_t lrr_callfilter_size; /* instructions: at most BPF_MAXINSNS */

#endif
