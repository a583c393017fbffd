/* sort.c -- see sort.h. */
#include "data/sort.h"

void lrr_sort_u64(uint64_t *a, size_t n)
{
    for (size_t end = n, start = n / 2; end > 1;) {
        size_t root;
        if (start > 0) {
            start--;
        } else {
            const uint64_t t = a[--end];
            a[end] = a[0];
            a[0] = t;
        }
        for (root = start; 2 * root + 1 < end;) {
            size_t child = 2 * root + 1;
            const uint64_t t = a[root];
            if (child + 1 < end && a[child] < a[child + 1])
                child++;
            if (t >= a[child])
                break;
            a[root] = a[child];
            a[child] = t;
            root = child;
        }
    }
}
