/* lockdown.c -- see lockdown.h. */
#define _GNU_SOURCE
#include "host/lockdown.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/callfilter.h"
#include "host/landlock.h"
#include "os/errands.h"

lrr_lockdown_rings lrr_lockdown_possible(void)
{
    return (lrr_lockdown_rings){ .files = lrr_landlock_version() > 0,
                                 .calls = lrr_callfilter_works() };
}

static lrr_status grant_all(lrr_grants *g, lrr_grant what, const char *const *paths,
                            lrr_error *err)
{
    for (; paths != NULL && *paths != NULL; paths++) {
        lrr_status st = lrr_errands_grant(g, what, *paths, err);
        if (st != LRR_OK)
            return st;
    }
    return LRR_OK;
}

static lrr_status hand_over(const lrr_lockdown *rules, lrr_grants *g, lrr_error *err)
{
    const char *const recipe[] = { rules->recipe, NULL };
    lrr_status st = grant_all(g, LRR_GRANT_MAKES, rules->makes, err);
    if (st == LRR_OK)
        st = grant_all(g, LRR_GRANT_FRESH, rules->fresh, err);
    if (st == LRR_OK)
        st = grant_all(g, LRR_GRANT_FOLDER, rules->folders, err);
    if (st == LRR_OK)
        st = grant_all(g, LRR_GRANT_FILE, rules->files, err);
    if (st == LRR_OK)
        st = grant_all(g, LRR_GRANT_RECIPE, recipe, err);
    if (st == LRR_OK && rules->worker != NULL)
        st = lrr_errands_worker(g, rules->worker, rules->worker_bytes,
                                rules->worker_memory, err);
    return st == LRR_OK ? lrr_errands_seal(g, err) : st;
}

static lrr_status fail(lrr_error *err, const char *what)
{
    return lrr_fail(err, LRR_EIO, "sandbox: cannot give up %s: %s", what,
                    strerror(errno));
}

/* Root keeps the right to read files of other users, as containers mount them; what may be
** read is Landlock's affair. Anybody else has no capabilities to begin with, or needs none. */
static lrr_status drop_capabilities(lrr_error *err)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    const unsigned kept = 1u << CAP_DAC_READ_SEARCH;

    if (syscall(SYS_capget, &head, sets) != 0)
        return fail(err, "capabilities");
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        sets[i].permitted &= i == 0 ? kept : 0;
        sets[i].effective &= i == 0 ? kept : 0;
        sets[i].inheritable = 0;
    }
    return syscall(SYS_capset, &head, sets) == 0 ? LRR_OK : fail(err, "capabilities");
}

lrr_status lrr_lockdown_apply(const lrr_lockdown *rules, lrr_error *err)
{
    const lrr_lockdown_rings rings = lrr_lockdown_possible();
    lrr_grants asked = { .n = 0 };
    lrr_status st = hand_over(rules, &asked, err), heard;
    lrr_error other;

    if (st == LRR_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        st = fail(err, "new privileges");
    if (st == LRR_OK)
        st = drop_capabilities(err);
    if (st == LRR_OK && rings.files)
        st = lrr_landlock_apply(rules, lrr_landlock_version(), err);
    if (st == LRR_OK && rings.calls)
        st = lrr_callfilter_apply(err);
    heard = lrr_errands_sealed(&asked, st == LRR_OK ? err : &other);
    return st == LRR_OK ? heard : st;
}
