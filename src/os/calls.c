/* calls.c -- see calls.h. */
#define _GNU_SOURCE /* renameat2 */
#include "os/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "os/rename.h"
#include "os/scratch.h"

/* What LRRUN_FAULT says. */
typedef struct plan {
    bool active, sticky, kill, shortened, hang;
    char call[16];
    long left; /* calls until the one that fails */
    int error;
} plan;

static plan the;

static int error_of(const char *word, size_t n)
{
    static const struct {
        const char *name;
        int value;
    } names[] = { { "EIO", EIO },       { "ENOSPC", ENOSPC }, { "EINTR", EINTR },
                  { "EDQUOT", EDQUOT }, { "EACCES", EACCES }, { "EMFILE", EMFILE },
                  { "EINVAL", EINVAL }, { "ENOLCK", ENOLCK } };
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
    else if (n == 4 && strncmp(word, "HANG", n) == 0)
        the.hang = true;
    else if (n == 5 && strncmp(word, "SHORT", n) == 0)
        the.shortened = true;
    else
        the.error = error_of(word, n);
}

static void read_plan(const char *s)
{
    const size_t n = strcspn(s, ":");

    if (n == 0 || n >= sizeof the.call || s[n] == '\0')
        return;
    memcpy(the.call, s, n);
    the.error = EIO;
    s += n + 1;
    the.left = strtol(s, NULL, 10);
    the.active = true;
    for (s += strcspn(s, ":"); *s == ':'; s += strcspn(s, ":")) {
        s++;
        read_word(s, strcspn(s, ":"));
    }
}

/* Counts a call; true where it is the one that has to fail. */
static bool strikes(const char *call)
{
    if (!the.active || strcmp(call, the.call) != 0)
        return false;
    if (the.left > 0) {
        the.left--;
        return false;
    }
    if (the.kill)
        raise(SIGKILL);
    while (the.hang)
        sleep(1);
    the.active = the.sticky;
    errno = the.error;
    return true;
}

/* open() takes any number of arguments, which a pointer of ours does not: hence functions
** around all of them. */
#define SYSTEM(name, type, none, params, args) \
    static type system_##name params           \
    {                                          \
        return name args;                      \
    }
#define FAILING(name, type, none, params, args)         \
    static type failing_##name params                   \
    {                                                   \
        return strikes(#name) ? none : calls.name args; \
    }
#define SYSTEM_ENTRY(name, type, none, params, args) system_##name,

/* By the name that LRRUN_FAULT has for it. */
static int scratch(const char *folder, uint64_t bytes, uint64_t *room)
{
    return lrr_scratch_make(folder, bytes, room);
}

LRR_CALL_MAP(SYSTEM)

static lrr_call_table calls = { LRR_CALL_MAP(SYSTEM_ENTRY) };

LRR_CALL_MAP(FAILING)

/* What other file systems can do is asked of all. */
static int rename_with(int from_at, const char *from, int to_at, const char *to,
                       unsigned flags)
{
    return flags == RENAME_NOREPLACE ? lrr_rename_new(from_at, from, to_at, to)
                                     : renameat2(from_at, from, to_at, to, flags);
}

static ssize_t write_some(int fd, const void *data, size_t n)
{
    if (!the.shortened)
        return failing_write(fd, data, n);
    return write(fd, data, strikes("write") ? (n + 1) / 2 : n);
}

static int close_badly(int fd)
{
    const bool fails = strikes("close");
    const int error = errno, rc = close(fd);
    if (fails)
        errno = error;
    return fails ? -1 : rc;
}

#define FAILING_ENTRY(name, type, none, params, args) failing_##name,

const lrr_call_table *lrr_calls(void)
{
    static lrr_call_table failing = { LRR_CALL_MAP(FAILING_ENTRY) };
    static const lrr_call_table *in_use;

    if (in_use == NULL) {
        const char *fault = getenv("LRRUN_FAULT");
        failing.write = write_some;
        failing.close = close_badly;
        if (calls.renameat2 == system_renameat2)
            calls.renameat2 = rename_with;
        if (fault != NULL)
            read_plan(fault);
        in_use = fault != NULL ? &failing : &calls;
    }
    return in_use;
}

void lrr_calls_write_by(const lrr_call_writing *w)
{
    calls.open = w->open;
    calls.rename = w->rename;
    calls.renameat2 = w->renameat2;
    calls.remove = w->remove;
    calls.mkdir = w->mkdir;
    calls.scratch = w->scratch;
}

void lrr_calls_reach(const char *place)
{
    lrr_calls();
    (void)strikes(place);
}

bool lrr_calls_lack(const char *place)
{
    lrr_calls();
    return strikes(place);
}
