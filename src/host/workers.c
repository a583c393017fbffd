/* workers.c -- see workers.h. */
#define _GNU_SOURCE
#include "host/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 128 }; /* of a command line */

void lrr_workers_init(lrr_workers *w, const sigset_t *mask)
{
    memset(w, 0, sizeof *w);
    w->mask = *mask;
}

int lrr_workers_note(lrr_workers *w, const char *words, size_t n, int64_t memory)
{
    char *copy;

    if (n > 0 && words[n - 1] != '\0')
        return EINVAL;
    copy = malloc(n + 1);
    if (copy == NULL)
        return ENOMEM;
    memcpy(copy, words, n);
    free(w->words);
    w->words = copy;
    w->n = n;
    w->memory = memory;
    return 0;
}

/* What the worker says goes to fd; stdin and stdout are /dev/null here. */
static int spawn(lrr_workers *w, char **argv, int fd, pid_t *pid)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attributes);
    if (rc == 0) {
        rc = posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO);
        if (rc == 0)
            rc = posix_spawnattr_setsigmask(&attributes, &w->mask);
        if (rc == 0)
            rc = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        if (rc == 0)
            rc = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, argv,
                             environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static int free_slot(const lrr_workers *w)
{
    for (int i = 0; i < LRR_WORKERS; i++)
        if (w->at[i].pid == 0)
            return i;
    return -1;
}

/* Words of a command line that are a worker's own. */
typedef struct words {
    char verb[8], study[2 * PATH_MAX], trial[LRR_TRIAL_BYTES], of_parent[16],
        parent[24];
    char of_threads[16], threads[16], memory[40];
} words;

/* argv (WORDS) = the whole command line behind the program's name. E2BIG. */
static int say(const lrr_workers *w, const lrr_work *work, words *own, char **argv)
{
    char *const first[] = { own->verb,   own->study,      own->trial,  own->of_parent,
                            own->parent, own->of_threads, own->threads };
    size_t argc = 1;

    snprintf(own->study, sizeof own->study, "%s", work->study);
    snprintf(own->trial, sizeof own->trial, "%s", work->trial);
    snprintf(own->parent, sizeof own->parent, "%ld", (long)getpid());
    snprintf(own->threads, sizeof own->threads, "%d", work->threads);
    snprintf(own->memory, sizeof own->memory, "--memory=%" PRId64 "B", work->memory);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        argv[argc++] = first[i];
    for (char *word = w->words; word < w->words + w->n; word += strlen(word) + 1) {
        if (argc == WORDS - 2)
            return E2BIG;
        argv[argc++] = word;
    }
    argv[argc++] = own->memory; /* after others: the last one holds */
    argv[argc] = NULL;
    return 0;
}

int lrr_workers_start(lrr_workers *w, const lrr_work *work, int *id)
{
    char program[PATH_MAX], *argv[WORDS] = { program };
    const ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    words own = { .verb = "trial", .of_parent = "--parent", .of_threads = "--threads" };
    int fd, rc;

    *id = free_slot(w);
    if (w->words == NULL || n < 0 || strlen(work->study) >= sizeof own.study ||
        work->memory < 1 || work->memory > w->memory)
        return EPERM;
    if (*id < 0)
        return EAGAIN;
    program[n] = '\0';
    rc = say(w, work, &own, argv);
    if (rc != 0)
        return rc;
    fd = openat(work->folder, "worker.log",
                O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                0666);
    if (fd < 0)
        return errno;
    rc = spawn(w, argv, fd, &w->at[*id].pid);
    close(fd);
    w->at[*id].ended = false;
    if (rc != 0)
        w->at[*id].pid = 0;
    return rc;
}

int lrr_workers_ended(lrr_workers *w, int64_t id, int *code)
{
    if (id < 0 || id >= LRR_WORKERS || w->at[id].pid == 0)
        return ESRCH;
    if (!w->at[id].ended)
        return EAGAIN;
    *code = w->at[id].code;
    w->at[id].pid = 0;
    return 0;
}

void lrr_workers_stop(lrr_workers *w, int64_t id, int signo)
{
    for (int i = 0; i < LRR_WORKERS; i++)
        if (w->at[i].pid != 0 && !w->at[i].ended && (id == LRR_ALL_WORKERS || id == i))
            kill(w->at[i].pid, signo);
}

void lrr_workers_reaped(lrr_workers *w, pid_t pid, int status)
{
    for (int i = 0; i < LRR_WORKERS; i++)
        if (w->at[i].pid == pid && !w->at[i].ended && !WIFSTOPPED(status)) {
            w->at[i].ended = true;
            w->at[i].code =
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
}
