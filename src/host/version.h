/* version.h -- the version of lrrun, as `lrrun --version` and run records give it. */
#ifndef LRR_HOST_VERSION_H
#define LRR_HOST_VERSION_H

#define LRR_VERSION "1.0.0"

#endif
