/* yaml_scalar.h -- plain scalars of YAML 1.2's core schema; private to record/. */
#ifndef LRR_RECORD_YAML_SCALAR_H
#define LRR_RECORD_YAML_SCALAR_H

#include "record/yaml.h"

/* item is a STRING: makes it what the plain text means. False: a number out of range. */
bool lrr__yaml_resolve(lrr_yaml_item *item);

/* x so that it reads back exactly, and as a float: "0.1", "1e-08", "3.0", ".nan". Returns
** the length. */
enum { LRR_YAML_NUMBER = 32 };
size_t lrr__yaml_real(double x, char buf[LRR_YAML_NUMBER]);

#endif
