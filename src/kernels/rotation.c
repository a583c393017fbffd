/* rotation.c -- see rotation.h. */
#include "kernels/rotation.h"

#include "base/dmath.h"

/* Turns (not radians) of pair i from one position to the next. */
static double turn_of(const lrr_rotation *r, size_t i)
{
    const double two_pi = 6.28318530717958647693;
    return lrr_dpow(r->base, -2.0 * (double)i / (double)r->size) / two_pi;
}

void lrr_rotation_table(const lrr_rotation *r, size_t at, size_t rows, lrr_real *table)
{
    size_t pairs = lrr_rotation_pairs(r);
    for (size_t i = 0; i < pairs; i++) {
        double turn = turn_of(r, i);
        for (size_t t = 0; t < rows; t++) {
            double v = (double)(at + t) * turn;
            table[t * 2 * pairs + i] = (lrr_real)lrr_dcos2pi(v);
            table[(t * 2 + 1) * pairs + i] = (lrr_real)lrr_dcos2pi(v - 0.25);
        }
    }
}

void lrr_rotation_waves(const lrr_rotation *r, size_t at, size_t rows, lrr_real *table)
{
    for (size_t k = 0; k < r->size; k++) {
        double turn = turn_of(r, k / 2), shift = k % 2 == 0 ? 0.25 : 0;
        for (size_t t = 0; t < rows; t++)
            table[t * r->size + k] =
                (lrr_real)lrr_dcos2pi((double)(at + t) * turn - shift);
    }
}
