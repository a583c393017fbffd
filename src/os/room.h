/*
** room.h -- what memory there is for a process, and the system's own bounds on this one.
**
** The account of base/mem.h is what refuses memory in words. These bounds stand behind it,
** for what a library allocates without asking there: past them its allocation fails, as
** where the machine has no more.
*/
#ifndef LRR_OS_ROOM_H
#define LRR_OS_ROOM_H

#include <stddef.h>

/* Bytes of memory that this process can hope for: the machine's, or the least that a control
** group it is in allows (version 1 or 2, a group's parents too). SIZE_MAX where the system
** does not say. Opens a file for each level of groups. */
size_t lrr_room_memory(void);

/* From now on the process gets no more private memory than what it has, `bytes`, a twentieth
** of them for what lies unused between blocks, and what `threads` threads and BLAS map for
** themselves without touching most of it. Under a sanitizer nothing is bounded. */
void lrr_room_limit_memory(size_t bytes, size_t threads);

/* From now on at most n files are open at once, where the system allows that many. */
void lrr_room_limit_open(size_t n);

/* Why a call on a file failed with `code`, as the system words it; before that, where too many
** are open, how many may be and what says so. Into out, which is returned. */
enum { LRR_WHY_TEXT = 192 };
const char *lrr_room_why(int code, char out[LRR_WHY_TEXT]);

#endif
