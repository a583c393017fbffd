/* lockdown.c -- see lockdown.h. */
#include "host/lockdown.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "host/callfilter.h"
#include "host/landlock.h"

lrr_lockdown_rings lrr_lockdown_possible(void)
{
    return (lrr_lockdown_rings){ .files = lrr_landlock_version() > 0,
                                 .calls = lrr_callfilter_works() };
}

lrr_status lrr_lockdown_apply(const lrr_lockdown *rules, lrr_error *err)
{
    const lrr_lockdown_rings rings = lrr_lockdown_possible();

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return lrr_fail(err, LRR_EIO, "sandbox: cannot give up new privileges: %s",
                        strerror(errno));
    if (rings.files) {
        lrr_status st = lrr_landlock_apply(rules, lrr_landlock_version(), err);
        if (st != LRR_OK)
            return st;
    }
    return rings.calls ? lrr_callfilter_apply(rules->spawn, err) : LRR_OK;
}
