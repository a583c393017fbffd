/*
** param.h -- how a schedule or stop rule names its constants.
**
** A form lists its parameters once; the binding reads a Lua table by that list into an
** array of doubles in the same order, so a new form needs no code outside its file.
*/
#ifndef LRR_STOP_PARAM_H
#define LRR_STOP_PARAM_H

#define LRR_PARAM_MAX 8 /* parameters of one form */

typedef enum lrr_param_type {
    LRR_PARAM_NUMBER, /* a finite number */
    LRR_PARAM_BASE,  /* a finite number, or NaN, which stands for the run's base rate */
    LRR_PARAM_STEPS, /* a duration in updates */
    LRR_PARAM_FLAG,  /* 0 or 1 */
    LRR_PARAM_CHOICE /* index into choices */
} lrr_param_type;

typedef struct lrr_param {
    const char *name; /* NULL ends a list */
    lrr_param_type type;
    const char *const *choices; /* NULL-terminated; only of a CHOICE */
} lrr_param;

#endif
