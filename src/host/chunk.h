/*
** chunk.h -- compiled chunks, changed for Lua versions with faults that their code meets.
**
** A function that joins (`..`) gets a frame with room for the metamethod's call, so that the
** thread's stack does not move there (join.h). Where it has no registers left for that, and
** where fields are taken of fields of fields so often that Lua before 5.4.7 would overflow
** the C stack when it words an error about the last (7923dbbf of Lua's repository), the
** chunk is refused. So is a function of more than 255 constants with `&`, `|` or `~` of
** values that are no constants: Lua before 5.4.5 may have taken the wrong ones (c764ca71).
*/
#ifndef LRR_HOST_CHUNK_H
#define LRR_HOST_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

/* Changes a chunk of size bytes as lua_dump gives it, with its debug information, in place.
** Returns NULL, or why the chunk cannot be run; *line is then that of the function. */
const char *lrr_chunk_mend(unsigned char *bytes, size_t size, int *line);

#endif
