/*
** version.h -- the version of lrrun. It stands here only: `lrrun --version`, run records and
** the modules (lua/lrrun/init.lua) take it from here; CHANGES.md says what each brought.
*/
#ifndef LRR_HOST_VERSION_H
#define LRR_HOST_VERSION_H

#define LRR_VERSION "1.1.0"

#endif
