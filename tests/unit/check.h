/* check.h -- a condition that has to hold: where it does not, its place is printed and counted. */
#ifndef LRR_TEST_CHECK_H
#define LRR_TEST_CHECK_H

#include <stdio.h>

static int faults;

#define CHECK(cond)                                           \
    do {                                                      \
        if (!(cond)) {                                        \
            faults++;                                         \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #cond); \
        }                                                     \
    } while (0)

#endif
