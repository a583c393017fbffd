/* contain.c -- runs programs side by side, each held in: a deadline, an interrupt at a given
** time, a cap on what is kept of its output; and measures each. Used by tests/hostile.
**
** contain AT_ONCE < jobs > results            contain --socket PATH: leaves a socket there
**
** A job is a line of fields with tabs between: name, folder to run in, milliseconds until it
** is killed, milliseconds until its process group gets SIGINT (0: never), MiB of address
** space (0: no bound), file for its output, then the words of the command. A result is a
** line, in the order of ending: name, exit status (128 + n for signal n, -1 where the
** deadline killed it), milliseconds, KiB of the largest process, bytes of output, processes
** left behind when the first was gone (0 or 1). Of the output the file gets the first and
** the last KEPT bytes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 16, WORDS = 64, KEPT = 65536, LINE = 65536, TICK_MS = 5, STRAY_MS = 500 };

typedef struct job {
    char line[LINE];
    char *name, *folder, *file;
    long stop_ms, int_ms, space_mib;
    char *argv[WORDS + 1];
    pid_t pid;
    int pipe;
    double began;
    bool interrupted, stopped;
    unsigned long long bytes;
    char head[KEPT], tail[KEPT];
} job;

static job jobs[MOST];

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what)
{
    fprintf(stderr, "contain: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* The next line of stdin as a job; false where there is none. */
static bool read_job(job *j)
{
    char *at, *field[6 + WORDS];
    size_t n = 0;
    if (fgets(j->line, sizeof j->line, stdin) == NULL)
        return false;
    j->line[strcspn(j->line, "\n")] = '\0';
    for (at = j->line; at != NULL && n < 6 + WORDS;)
        field[n++] = strsep(&at, "\t");
    if (n < 7) {
        fprintf(stderr, "contain: a job of %zu fields\n", n);
        exit(1);
    }
    j->name = field[0];
    j->folder = field[1];
    j->stop_ms = strtol(field[2], NULL, 10);
    j->int_ms = strtol(field[3], NULL, 10);
    j->space_mib = strtol(field[4], NULL, 10);
    j->file = field[5];
    for (size_t i = 6; i < n; i++)
        j->argv[i - 6] = field[i];
    j->argv[n - 6] = NULL;
    return true;
}

/* In the child: all that it inherits, then the program. */
static void become(const job *j, int out)
{
    const struct rlimit none = { 0, 0 };
    const rlim_t space = (rlim_t)j->space_mib << 20;
    const struct rlimit bound = { space, space };
    const int null = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
        chdir(j->folder) != 0)
        _exit(126);
    setrlimit(RLIMIT_CORE, &none);
    if (space != 0)
        setrlimit(RLIMIT_AS, &bound);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    execvp(j->argv[0], j->argv);
    _exit(127);
}

static void begin(job *j)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        die("pipe");
    j->began = now_ms();
    j->pid = fork();
    if (j->pid < 0)
        die("fork");
    if (j->pid == 0)
        become(j, ends[1]);
    setpgid(j->pid, j->pid);
    close(ends[1]);
    j->pipe = ends[0];
    fcntl(j->pipe, F_SETFL, O_NONBLOCK);
    j->bytes = 0;
    j->interrupted = j->stopped = false;
}

static void keep(job *j, const char *data, size_t n)
{
    for (size_t i = 0; i < n; i++, j->bytes++) {
        if (j->bytes < KEPT)
            j->head[j->bytes] = data[i];
        else
            j->tail[j->bytes % KEPT] = data[i];
    }
}

/* Takes what is in the pipe, a bounded part of it, so that the other jobs have their turn. */
static void drain(job *j)
{
    static char data[65536];
    for (int i = 0; i < 64 && j->pipe >= 0; i++) {
        const ssize_t n = read(j->pipe, data, sizeof data);
        if (n < 0)
            return;
        keep(j, data, (size_t)n);
        if (n == 0) { /* closed: poll would find it ready for ever */
            close(j->pipe);
            j->pipe = -1;
        }
    }
}

static void write_output(const job *j)
{
    FILE *f = fopen(j->file, "wb");
    if (f == NULL)
        die(j->file);
    if (j->bytes <= KEPT) {
        (void)fwrite(j->head, 1, (size_t)j->bytes, f);
    } else if (j->bytes <= 2ull * KEPT) {
        (void)fwrite(j->head, 1, KEPT, f);
        (void)fwrite(j->tail, 1, (size_t)(j->bytes - KEPT), f);
    } else {
        const size_t at = (size_t)(j->bytes % KEPT);
        (void)fwrite(j->head, 1, KEPT, f);
        (void)fputs("\n[...]\n", f);
        (void)fwrite(j->tail + at, 1, KEPT - at, f);
        (void)fwrite(j->tail, 1, at, f);
    }
    if (fclose(f) != 0)
        die(j->file);
}

/* True where something of the job's group is alive a little after its first process ended. */
static bool left_behind(const job *j)
{
    const double until = now_ms() + STRAY_MS;
    const struct timespec nap = { 0, 2000000 };
    while (kill(-j->pid, 0) == 0) {
        if (now_ms() > until) {
            kill(-j->pid, SIGKILL);
            return true;
        }
        nanosleep(&nap, NULL);
    }
    return false;
}

static void end(job *j, int status, const struct rusage *use)
{
    const double ms = now_ms() - j->began;
    const bool left = left_behind(j);
    const int code = j->stopped            ? -1
                     : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                           : WEXITSTATUS(status);
    drain(j);
    if (j->pipe >= 0)
        close(j->pipe);
    write_output(j);
    printf("%s\t%d\t%.0f\t%ld\t%llu\t%d\n", j->name, code, ms, use->ru_maxrss, j->bytes,
           left);
    fflush(stdout);
    j->pid = 0;
}

/* What is due for a job that runs; ends it where its process has. */
static void look(job *j)
{
    const double passed = now_ms() - j->began;
    struct rusage use;
    int status;
    drain(j);
    if (j->int_ms > 0 && !j->interrupted && passed >= (double)j->int_ms) {
        j->interrupted = true;
        kill(-j->pid, SIGINT);
    }
    if (!j->stopped && passed >= (double)j->stop_ms) {
        j->stopped = true;
        kill(-j->pid, SIGKILL);
    }
    if (wait4(j->pid, &status, WNOHANG, &use) == j->pid)
        end(j, status, &use);
}

static void run(size_t at_once)
{
    bool more = true;
    size_t running = 1;
    while (more || running > 0) {
        struct pollfd fds[MOST];
        running = 0;
        for (size_t i = 0; i < at_once; i++) {
            if (jobs[i].pid == 0 && more && (more = read_job(&jobs[i])))
                begin(&jobs[i]);
            if (jobs[i].pid != 0)
                fds[running++] = (struct pollfd){ jobs[i].pipe, POLLIN, 0 };
        }
        if (running > 0)
            (void)poll(fds, running, TICK_MS);
        for (size_t i = 0; i < at_once; i++) {
            if (jobs[i].pid != 0)
                look(&jobs[i]);
        }
    }
}

static int leave_socket(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || strlen(path) >= sizeof at.sun_path)
        die(path);
    strcpy(at.sun_path, path);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0)
        die(path);
    return 0;
}

int main(int argc, char **argv)
{
    long at_once = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (argc == 3 && strcmp(argv[1], "--socket") == 0)
        return leave_socket(argv[2]);
    if (at_once < 1 || at_once > MOST) {
        fprintf(stderr, "usage: contain AT_ONCE | contain --socket PATH\n");
        return 2;
    }
    run((size_t)at_once);
    return 0;
}
