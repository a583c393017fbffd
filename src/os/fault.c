/* fault.c -- see fault.h. */
#include "os/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct plan {
    bool read, active, sticky, kill, shortened;
    char site[16];
    long left;
    int error;
} plan;

static plan the;

static int error_of(const char *word, size_t n)
{
    static const struct {
        const char *name;
        int value;
    } names[] = { { "EIO", EIO },       { "ENOSPC", ENOSPC }, { "EINTR", EINTR },
                  { "EDQUOT", EDQUOT }, { "EACCES", EACCES }, { "EMFILE", EMFILE } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == n && strncmp(word, names[i].name, n) == 0)
            return names[i].value;
    return EIO;
}

static void read_word(const char *word, size_t n)
{
    if (n == 6 && strncmp(word, "sticky", n) == 0)
        the.sticky = true;
    else if (n == 4 && strncmp(word, "KILL", n) == 0)
        the.kill = true;
    else if (n == 5 && strncmp(word, "SHORT", n) == 0)
        the.shortened = true;
    else
        the.error = error_of(word, n);
}

static void read_plan(void)
{
    const char *s = getenv("LRRUN_FAULT");
    size_t n;

    the.read = true;
    if (s == NULL)
        return;
    n = strcspn(s, ":");
    if (n == 0 || n >= sizeof the.site || s[n] == '\0')
        return;
    memcpy(the.site, s, n);
    the.error = EIO;
    s += n + 1;
    the.left = strtol(s, NULL, 10);
    the.active = true;
    for (s += strcspn(s, ":"); *s == ':'; s += strcspn(s, ":")) {
        s++;
        read_word(s, strcspn(s, ":"));
    }
}

lrr_fault lrr_fault_at(const char *site)
{
    if (!the.read)
        read_plan();
    if (!the.active || strcmp(site, the.site) != 0)
        return LRR_FAULT_NONE;
    if (the.left > 0) {
        the.left--;
        return LRR_FAULT_NONE;
    }
    if (the.kill)
        raise(SIGKILL);
    if (!the.sticky)
        the.active = false;
    if (the.shortened)
        return LRR_FAULT_SHORT;
    errno = the.error;
    return LRR_FAULT_ERROR;
}
