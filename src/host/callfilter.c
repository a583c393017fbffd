/* callfilter.c -- see callfilter.h. */
#define _GNU_SOURCE
#include "host/callfilter.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

bool lrr_callfilter_works(void)
{
    const unsigned action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

lrr_status lrr_callfilter_apply(lrr_error *err)
{
    (void)err;
    return LRR_OK;
}

#else

#include <errno.h>
#include <string.h>

#include "host/callfilter_code.h"

lrr_status lrr_callfilter_apply(lrr_error *err)
{
    struct sock_filter code[BPF_MAXINSNS];
    const struct sock_fprog program = { (unsigned short)lrr_callfilter_size, code };

    LRR_ASSERT(lrr_callfilter_size <= BPF_MAXINSNS);
    for (size_t i = 0; i < lrr_callfilter_size; i++) {
        code[i] = lrr_callfilter_code[i];
        if (code[i].k == LRR_CALLFILTER_SELF)
            code[i].k = (unsigned)getpid();
    }
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return lrr_fail(err, errno == ENOMEM ? LRR_ENOMEM : LRR_EIO,
                        "sandbox: cannot filter calls: %s", strerror(errno));
    return LRR_OK;
}
#endif
