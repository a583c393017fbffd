/* nonfinite.c -- a loss or the gradient's norm is NaN or infinite. */
#include <math.h>

#include "stop/rule.h"

static const lrr_param PARAMS[] = { { NULL, LRR_PARAM_NUMBER, NULL } };

static lrr__stop_verdict see(const lrr__stop_seen *seen)
{
    static const char *const WATCHED[] = { "train_loss", "val_loss", "grad_norm" };
    if (seen->m == NULL)
        return isfinite(seen->loss) ? LRR__STOP_GO : LRR__STOP_FIRE;
    for (size_t i = 0; i < sizeof WATCHED / sizeof *WATCHED; i++) {
        double value;
        if (lrr_metrics_find(seen->m, WATCHED[i], &value) && !isfinite(value))
            return LRR__STOP_FIRE;
    }
    return LRR__STOP_GO;
}

const lrr__stop_rule lrr__stop_nonfinite = {
    "nonfinite", PARAMS, 0, LRR_STOP_DIVERGED, see,
};
