/* build.h -- which build of the program this is. */
#ifndef LRR_OS_BUILD_H
#define LRR_OS_BUILD_H

/* The linker's build id as hexadecimal digits: another program text, another id. "" where
** the linker made none. */
const char *lrr_build_id(void);

#endif
