/* goal.c -- see goal.h. */
#include "data/goal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { NAME = 32 };

/* Above it a double does not hold every whole number. */
static const double WHOLE_MOST = 9007199254740992.0;

static size_t targets_of(const lrr_dataset *d)
{
    return lrr_dataset_target(d, d->n);
}

static size_t training_targets(const lrr_dataset *d)
{
    return lrr_dataset_target(d, d->part[LRR_SPLIT_TRAIN]);
}

static lrr_status check_whole(const double *v, size_t n, const char *what,
                              lrr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i]) && (v[i] != floor(v[i]) || fabs(v[i]) > WHOLE_MOST))
            return lrr_fail(err, LRR_EFORMAT,
                            "%s: label %zu is %.15g, and classes are whole numbers; "
                            "task = \"regression\" takes them as numbers",
                            what, i + 1, v[i]);
    return LRR_OK;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* value = the different numbers of v (n), ascending, in the caller's block of n. */
static size_t different(const double *v, size_t n, double *value)
{
    size_t all = 0, out = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i]))
            value[all++] = v[i];
    qsort(value, all, sizeof *value, compare);
    for (size_t i = 0; i < all; i++)
        if (i == 0 || value[i] != value[i - 1])
            value[out++] = value[i];
    return out;
}

/* Whether the numbers are the classes themselves. */
static bool are_ids(const double *value, size_t n)
{
    return n > 0 && value[0] == 0 && value[n - 1] < LRR_CLASSES_MOST &&
           value[n - 1] + 1 <= 2 * (double)n;
}

static lrr_status name_numbers(lrr_dataset *d, const double *value, lrr_error *err)
{
    char(*text)[NAME] = NULL;
    const char **name = NULL;
    lrr_status st = lrr_mem_new(d->classes, sizeof *text, "names", &text, err);
    if (st == LRR_OK)
        st = lrr_mem_new(d->classes, sizeof *name, "names", &name, err);
    for (size_t i = 0; st == LRR_OK && i < d->classes; i++) {
        snprintf(text[i], NAME, "%.17g", value[i] == 0 ? 0 : value[i]); /* no -0 */
        name[i] = text[i];
    }
    if (st == LRR_OK)
        st = lrr_dataset_name_classes(d, name, err);
    lrr_mem_free(text);
    lrr_mem_free(name);
    return st;
}

static int32_t place_of(double x, const double *value, size_t n)
{
    size_t lo = 0, hi = n;
    while (hi - lo > 1) {
        const size_t middle = lo + (hi - lo) / 2;
        *(value[middle] <= x ? &lo : &hi) = middle;
    }
    return value[lo] == x ? (int32_t)lo : LRR_CLASS_UNSEEN;
}

static void place_all(lrr_dataset *d, const double *v, const double *value, size_t n,
                      bool ids)
{
    const size_t targets = targets_of(d);
    for (size_t i = 0; i < targets; i++) {
        if (isnan(v[i]))
            d->y_class[i] = LRR_CLASS_MISSING;
        else if (!ids)
            d->y_class[i] = place_of(v[i], value, n);
        else
            d->y_class[i] = v[i] >= 0 && v[i] < (double)d->classes ? (int32_t)v[i]
                                                                   : LRR_CLASS_UNSEEN;
    }
}

lrr_status lrr_goal_classes(lrr_dataset *d, const double *v, const char *what,
                            size_t *seen, lrr_error *err)
{
    const size_t train = training_targets(d);
    double *value = NULL;
    size_t n = 0;
    bool ids;
    lrr_status st = check_whole(v, targets_of(d), what, err);
    *seen = 0;
    if (st == LRR_OK)
        st = lrr_mem_new(train, sizeof *value, "labels", &value, err);
    if (st != LRR_OK)
        return st;
    n = different(v, train, value);
    ids = are_ids(value, n);
    if (n == 0)
        st = lrr_fail(err, LRR_EFORMAT, "%s: every label is missing", what);
    else if (n > LRR_CLASSES_MOST)
        st = lrr_fail(err, LRR_EFORMAT,
                      "%s: %zu different labels, the most is %d; task = \"regression\" "
                      "takes them as numbers",
                      what, n, LRR_CLASSES_MOST);
    if (st == LRR_OK) {
        d->classes = ids ? (size_t)value[n - 1] + 1 : n;
        if (!ids)
            st = name_numbers(d, value, err);
    }
    if (st == LRR_OK) {
        place_all(d, v, value, n, ids);
        *seen = n;
    }
    lrr_mem_free(value);
    return st;
}

lrr_status lrr_goal_reals_to_classes(lrr_dataset *d, size_t *seen, lrr_error *err)
{
    const size_t targets = targets_of(d);
    double *v = NULL;
    lrr_status st = LRR_OK;
    if (d->y_real == NULL || d->k != 1)
        return lrr_fail(err, LRR_EINVAL, "the targets are not one number each");
    st = lrr_mem_new(targets, sizeof *v, "labels", &v, err);
    if (st == LRR_OK)
        st = lrr_mem_new(targets, sizeof *d->y_class, "labels", &d->y_class, err);
    for (size_t i = 0; st == LRR_OK && i < targets; i++)
        v[i] = (double)d->y_real[i] + d->y_scale[0].offset;
    if (st == LRR_OK)
        st = lrr_goal_classes(d, v, "the targets", seen, err);
    lrr_mem_free(v);
    if (st != LRR_OK) {
        lrr_mem_free(d->y_class);
        d->y_class = NULL;
        d->classes = 0;
        return st;
    }
    lrr_mem_free(d->y_real);
    lrr_mem_free(d->y_scale);
    d->y_real = NULL;
    d->y_scale = NULL;
    d->k = 0;
    d->room = d->n; /* of the targets */
    return LRR_OK;
}

lrr_status lrr_goal_place(lrr_dataset *d, const int32_t *place, size_t classes,
                          lrr_error *err)
{
    const size_t targets = targets_of(d);
    for (size_t i = 0; i < d->classes; i++)
        if (place[i] < 0 || (size_t)place[i] >= classes)
            return lrr_fail(err, LRR_EINVAL, "class %zu has no place among %zu", i,
                            classes);
    for (size_t i = 0; i < targets; i++)
        if (d->y_class[i] >= 0)
            d->y_class[i] = place[d->y_class[i]];
    lrr_mem_free(d->class_name);
    d->class_name = NULL;
    d->classes = classes;
    return LRR_OK;
}

lrr_status lrr_goal_classes_to_reals(lrr_dataset *d, lrr_error *err)
{
    const size_t targets = targets_of(d);
    lrr_status st;
    if (d->y_class == NULL || d->classes != 2)
        return lrr_fail(err, LRR_EINVAL, "the targets are not of two classes");
    st = lrr_mem_new(1, sizeof *d->y_scale, "scales of targets", &d->y_scale, err);
    if (st == LRR_OK)
        st = lrr_mem_new(targets, sizeof *d->y_real, "targets", &d->y_real, err);
    if (st != LRR_OK) {
        lrr_mem_free(d->y_scale);
        d->y_scale = NULL;
        return st;
    }
    d->y_scale[0].deviation = 1;
    for (size_t i = 0; i < targets; i++)
        d->y_real[i] = d->y_class[i] >= 0 ? (float)d->y_class[i] : NAN;
    lrr_mem_free(d->y_class);
    lrr_mem_free(d->class_name);
    d->y_class = NULL;
    d->class_name = NULL;
    d->classes = 0;
    d->k = 1;
    d->room = d->n; /* of the targets */
    return LRR_OK;
}
