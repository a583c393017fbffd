/*
** test_lockdown.c -- a process that is locked as the program locks itself tries raw system
** calls that training does not need: each is denied, and none has taken effect.
**
** The calls are made as native code would make them that has taken the process over. They
** aim at files that may be read, at a process beside and at the system. The same calls on
** files are made by a process that is not locked, too: there they must be seen to work.
*/
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "check.h"
#include "host/callfilter.h"
#include "host/landlock.h"
#include "host/lockdown.h"
#include "host/signal.h"
#include "host/supervisor.h"
#include "lockdown_attempts.h"
#include "os/calls.h"

/* ---- what a locked process still can ---- */

static void *thread(void *arg)
{
    *(int *)arg = 1;
    return NULL;
}

static volatile sig_atomic_t rang;

static void ring(int signo)
{
    rang = signo;
}

/* What training needs: threads, memory, reading, its handlers. Gives what failed. */
static const char *needed(void)
{
    static const size_t large = (size_t)64 << 20;
    char line[8] = "", *block;
    struct stat sb;
    pthread_t t;
    int fd, ran = 0;

    if (pthread_create(&t, NULL, thread, &ran) != 0 || pthread_join(t, NULL) != 0 ||
        !ran)
        return "a thread";
    block = malloc(large);
    if (block == NULL ||
        madvise(block - (size_t)block % 4096 + 4096, large / 2, MADV_HUGEPAGE) == -1)
        if (errno != EINVAL) /* a kernel without huge pages */
            return "memory";
    free(block);
    fd = open(at.data, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, line, 4) != 4 || fstat(fd, &sb) != 0 || close(fd) != 0)
        return "reading";
    if (signal(SIGUSR1, ring) == SIG_ERR || raise(SIGUSR1) != 0 || rang != SIGUSR1)
        return "a signal to itself";
    if (nanosleep(&(struct timespec){ 0, 1000 }, NULL) != 0 || isatty(at.fd) != 0)
        return "time and terminal";
    return NULL;
}

/* What is an errand: a folder, a file in it, its name; all gone in the end. */
static bool writes(void)
{
    const lrr_call_table *calls = lrr_calls();
    char folder[128], file[160], other[160];
    int fd;

    snprintf(folder, sizeof folder, "%s/new-1", at.writable);
    snprintf(file, sizeof file, "%s/a", folder);
    snprintf(other, sizeof other, "%s/b", folder);
    if (calls->mkdir(folder, 0777) != 0)
        return false;
    fd = calls->open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return fd >= 0 && write(fd, "mine", 4) == 4 && ftruncate(fd, 2) == 0 &&
           fsync(fd) == 0 && close(fd) == 0 && calls->rename(file, other) == 0 &&
           calls->remove(other) == 0 && calls->remove(folder) == 0;
}

/* ---- the test ---- */

static void try_files(void)
{
    try_opening();
    try_attributes();
    try_names();
    try_open_files();
}

/* As the program begins: from here on this is the child of a supervisor. */
static void begin(void)
{
    lrr_error err;
    lrr_signal_init();
    if (lrr_supervisor_start(&err) != LRR_OK) {
        puts(err.msg);
        fflush(stdout);
        _exit(1);
    }
}

static bool searches;

static void lock(void)
{
    const char *const read[] = { at.readable, NULL };
    const char *const makes[] = { at.writable, NULL };
    const lrr_lockdown rules = { .read = read,
                                 .makes = makes,
                                 .recipe = at.data,
                                 .worker = searches ? "--quiet" : NULL,
                                 .worker_bytes = searches ? sizeof "--quiet" : 0 };
    struct timespec a, b;
    lrr_error err;

    clock_gettime(CLOCK_MONOTONIC, &a);
    if (lrr_lockdown_apply(&rules, &err) != LRR_OK) {
        puts(err.msg);
        fflush(stdout);
        _exit(1);
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    seen->ready =
        (int)((b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000);
}

/* Ends where the process cannot do what it has to. */
static void check_needs(void)
{
    const char *missing = needed();
    if (missing == NULL && !writes())
        missing = "writing";
    if (missing == NULL)
        return;
    printf("a locked process cannot do what it needs: %s: %s\n", missing,
           strerror(errno));
    fflush(stdout);
    _exit(1);
}

static void locked_child(void)
{
    begin();
    lock();
    check_needs();
    try_files();
    try_signals();
    try_scheduling();
    try_programs();
    try_memory();
    try_network();
    try_administration();
    try_kernel();
    _exit(0);
}

static void write_file(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0 && write(fd, "here", 4) == 4 && close(fd) == 0);
}

/* root/read/data may be read, new folders be made in root/runs, where somebody else has `own`;
** root/out/secret is out of reach. */
static void set_up(void)
{
    strcpy(at.root, "/tmp/lrrun-lockdown-XXXXXX");
    CHECK(mkdtemp(at.root) != NULL);
    snprintf(at.readable, sizeof at.readable, "%s/read", at.root);
    snprintf(at.writable, sizeof at.writable, "%s/runs", at.root);
    snprintf(at.secret, sizeof at.secret, "%s/out", at.root);
    CHECK(mkdir(at.readable, 0755) == 0 && mkdir(at.writable, 0755) == 0 &&
          mkdir(at.secret, 0755) == 0);
    strcat(at.secret, "/secret");
    snprintf(at.data, sizeof at.data, "%s/data", at.readable);
    snprintf(at.fresh, sizeof at.fresh, "%s/new", at.readable);
    snprintf(at.own, sizeof at.own, "%s/own", at.writable);
    write_file(at.data);
    write_file(at.own);
    write_file(at.secret);
    at.fd = open(at.data, O_RDONLY);
    at.root_fd = open(at.readable, O_RDONLY | O_DIRECTORY);
    CHECK(at.fd >= 0 && at.root_fd >= 0);
}

static void clean_up(void)
{
    char command[96];
    close(at.fd);
    close(at.root_fd);
    snprintf(command, sizeof command, "rm -rf %s", at.root);
    CHECK(system(command) == 0);
}

/* Whether the file is as write_file made it, and alone in its folder. */
static bool untouched(const char *path)
{
    struct stat sb, folder;
    char text[8] = "", names[64], dir[96];
    const int fd = open(path, O_RDONLY);
    strcpy(dir, path);
    *strrchr(dir, '/') = '\0';
    return fd >= 0 && read(fd, text, sizeof text) == 4 &&
           memcmp(text, "here", 4) == 0 && fstat(fd, &sb) == 0 && close(fd) == 0 &&
           (sb.st_mode & 07777) == 0644 && sb.st_uid == geteuid() && sb.st_nlink == 1 &&
           sb.st_mtime > 1000 && stat(dir, &folder) == 0 && folder.st_nlink == 2 &&
           listxattr(path, names, sizeof names) <= 0;
}

/* Runs f in a process of its own; gives its wait status. */
static int in_child(void (*f)(void))
{
    int status = -1;
    pid_t pid;
    fflush(stdout);
    pid = fork();
    if (pid == 0)
        f();
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    return status;
}

/* A process that waits to be bothered. */
static void start_sibling(void)
{
    at.sibling = fork();
    if (at.sibling == 0) {
        for (;;)
            pause();
    }
    CHECK(at.sibling > 0);
}

static void check_sibling(void)
{
    cpu_set_t cpus, all;
    CHECK(waitpid(at.sibling, NULL, WNOHANG | WUNTRACED) == 0);
    CHECK(getpriority(PRIO_PROCESS, (id_t)at.sibling) == getpriority(PRIO_PROCESS, 0));
    CHECK(sched_getscheduler(at.sibling) == SCHED_OTHER);
    CHECK(sched_getaffinity(at.sibling, sizeof cpus, &cpus) == 0 &&
          sched_getaffinity(0, sizeof all, &all) == 0 && CPU_EQUAL(&cpus, &all));
    kill(at.sibling, SIGKILL);
    waitpid(at.sibling, NULL, 0);
}

static void check_denied(int least)
{
    for (int i = 0; i < seen->tried; i++)
        if (!is_denial(seen->rows[i].got, seen->rows[i].error)) {
            faults++;
            printf("not denied: %s gave %ld (%s)\n", seen->rows[i].what,
                   seen->rows[i].got, strerror(seen->rows[i].error));
        }
    CHECK(seen->tried >= least && seen->tried < MOST);
}

static void test_locked(void)
{
    char before[64], after[64];
    CHECK(gethostname(before, sizeof before) == 0);
    memset(seen, 0, sizeof *seen);
    set_up();
    start_sibling();
    CHECK(in_child(locked_child) == 0);
    check_denied(LEAST);
    check_sibling();
    CHECK(untouched(at.data) && untouched(at.own) && untouched(at.secret));
    CHECK(gethostname(after, sizeof after) == 0 && strcmp(before, after) == 0);
    printf("%d calls tried, %d denied; locked in %d us\n", seen->tried, seen->denied,
           seen->ready);
    clean_up();
}

static void open_child(void)
{
    if (dup2(open("/dev/null", O_RDONLY), 0) != 0)
        _exit(1);
    try_opening();
    try_attributes();
    try_names();
    _exit(0);
}

/* ---- older kernels ---- */

static int landlock_version;

/* Files are guarded by what Landlock's first versions can do and the filter of calls. */
static void early_child(void)
{
    const char *const read[] = { at.readable, NULL };
    const lrr_lockdown rules = { .read = read };
    lrr_error err;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        lrr_landlock_apply(&rules, landlock_version, &err) != LRR_OK ||
        lrr_callfilter_apply(&err) != LRR_OK || needed() != NULL)
        _exit(1);
    try_files();
    _exit(0);
}

static void test_early_landlock(void)
{
    for (landlock_version = 1; landlock_version < lrr_landlock_version();
         landlock_version++) {
        memset(seen, 0, sizeof *seen);
        set_up();
        CHECK(in_child(early_child) == 0);
        check_denied(80);
        CHECK(untouched(at.data) && untouched(at.own) && untouched(at.secret));
        clean_up();
    }
}

/* On a kernel without Landlock calls are filtered all the same, and nothing is written. */
static void bare_child(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    begin();
    if (filter == NULL ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
                         SCMP_SYS(landlock_create_ruleset), 0) != 0 ||
        seccomp_load(filter) != 0)
        _exit(1);
    if (lrr_lockdown_possible().files || !lrr_lockdown_possible().calls)
        _exit(2);
    lock();
    check_needs();
    try_attributes();
    try_names();
    try_open_files();
    try_signals();
    try_scheduling();
    try_programs();
    _exit(0);
}

static void test_no_landlock(void)
{
    memset(seen, 0, sizeof *seen);
    set_up();
    start_sibling();
    CHECK(in_child(bare_child) == 0);
    check_denied(LEAST);
    check_sibling();
    CHECK(untouched(at.data) && untouched(at.own) && untouched(at.secret));
    clean_up();
}

/* Without the lock the same calls work, and the test sees what they do. */
static void test_open(void)
{
    memset(seen, 0, sizeof *seen);
    set_up();
    CHECK(in_child(open_child) == 0);
    CHECK(seen->tried - seen->denied >= seen->tried / 2);
    CHECK(!untouched(at.data));
    clean_up();
}

/* Sanitizers need calls of their own: in their builds nothing is filtered (callfilter.c), and
** the first call that waits would wait for ever. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool FILTERS = false;
#else
static const bool FILTERS = true;
#endif

int main(void)
{
    const lrr_lockdown_rings rings = lrr_lockdown_possible();
    if (!FILTERS || !rings.calls || !rings.files) {
        printf("skipped: no filter of calls in this build, or no Landlock in this "
               "kernel\n");
        return 0;
    }
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                -1, 0);
    if (seen == MAP_FAILED)
        return 1;
    test_open();
    test_locked(); /* a run */
    searches = true;
    test_locked();
    test_early_landlock();
    test_no_landlock();
    return faults != 0;
}
