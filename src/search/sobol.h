/*
** sobol.h -- Sobol's low-discrepancy sequence, scrambled by a key.
**
** Source: I. M. Sobol, USSR Comput. Math. Math. Phys. 7, 1967; direction numbers from
** S. Joe, F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional
** projections", SIAM J. Sci. Comput. 30, 2008 (new-joe-kuo-6), generated here from their
** primitive polynomials and initial numbers. Scrambling: nested uniform by hashing, after
** A. B. Owen, 1995, and B. Burley, "Practical hash-based Owen scrambling", JCGT 9, 2020.
** Every point is a pure function of (key, index). Cannot fail.
*/
#ifndef LRR_SEARCH_SOBOL_H
#define LRR_SEARCH_SOBOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

/* Dimensions with direction numbers; those above take plain random numbers. */
#define LRR_SOBOL_DIMS 64

/* Coordinate dim (from 0) of point index as 32 bits after the binary point, without
** scrambling, in the plain (not Gray code) order. dim < LRR_SOBOL_DIMS. */
uint32_t lrr_sobol_bits(uint32_t index, size_t dim);

/* u (n): point index of the sequence scrambled by key, each in (0, 1). */
void lrr_sobol_point(lrr_key key, uint32_t index, double *u, size_t n);

#endif
