/* room.c -- see room.h. */
#include "os/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, TEXT_BYTES = 4096 };

/* What of a small file fits into text (NUL-terminated); false where there is none. */
static bool read_text(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;
    if (fd < 0)
        return false;
    n = read(fd, text, room - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    return true;
}

/* The least of `most` and the numbers in the files `name` of the folder root + path and of
** those above it, up to root. path is cut short meanwhile. */
static size_t least_of(const char *root, char *path, const char *name, size_t most)
{
    char file[2 * PATH_BYTES], text[64];
    for (;;) {
        char *slash = strrchr(path, '/');
        char *end = text;
        unsigned long long bytes = 0;
        snprintf(file, sizeof file, "%s%s/%s", root, path, name);
        if (read_text(file, text, sizeof text))
            bytes = strtoull(text, &end, 10); /* "max" is no number */
        if (end != text && bytes < most)
            most = (size_t)bytes;
        if (slash == NULL)
            return most;
        *slash = '\0';
    }
}

/* A line of /proc/self/cgroup, "4:memory:/path" (version 1) or "0::/path" (version 2). */
static size_t group_limit(char *line, size_t most)
{
    char *kinds = strchr(line, ':');
    char *path = kinds == NULL ? NULL : strchr(kinds + 1, ':');
    size_t n;

    if (path == NULL)
        return most;
    *path++ = '\0';
    kinds++;
    n = strlen(path);
    if (n > 0 && path[n - 1] == '/')
        path[n - 1] = '\0'; /* the root's own path */
    if (*kinds == '\0')
        return least_of("/sys/fs/cgroup", path, "memory.max", most);
    for (char *kind = strtok_r(kinds, ",", &kinds); kind != NULL;
         kind = strtok_r(NULL, ",", &kinds))
        if (strcmp(kind, "memory") == 0)
            return least_of("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes",
                            most);
    return most;
}

size_t lrr_room_memory(void)
{
    char text[TEXT_BYTES], *rest = NULL;
    struct sysinfo info;
    size_t most = SIZE_MAX;

    if (sysinfo(&info) == 0)
        most = (size_t)info.totalram * info.mem_unit;
    if (!read_text("/proc/self/cgroup", text, sizeof text))
        return most;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        most = group_limit(line, most);
    return most;
}

/* Lowers a bound of the system's, for good. */
static void bound(int what, size_t most)
{
    struct rlimit now;
    if (getrlimit(what, &now) != 0 ||
        (now.rlim_max != RLIM_INFINITY && now.rlim_max < most))
        return;
    now = (struct rlimit){ .rlim_cur = most, .rlim_max = most };
    (void)setrlimit(what, &now);
}

/* Mapped beside the account for each thread: its stack, as the C library maps it, OpenBLAS's
** buffer (128 MB, hardly touched; where it gets none it asks for ever) and malloc's arena. */
static size_t thread_bytes(void)
{
    const size_t buffers = (size_t)256 << 20;
    struct rlimit r;
    if (getrlimit(RLIMIT_STACK, &r) != 0 || r.rlim_cur == RLIM_INFINITY)
        return buffers + ((size_t)2 << 20);
    return buffers + (size_t)r.rlim_cur;
}

void lrr_room_limit_memory(size_t bytes, size_t threads)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)bytes;
    (void)threads;
    (void)bound;
    (void)thread_bytes;
#else
    const size_t of_program = (size_t)64 << 20; /* what it takes for itself */
    char text[128];
    const char *at = text;
    unsigned long long pages;
    size_t more = of_program + threads * thread_bytes();

    if (bytes > SIZE_MAX / 4 || !read_text("/proc/self/statm", text, sizeof text))
        return;
    for (int field = 0; field < 5 && at != NULL;
         field++) /* the sixth: data and stack */
        at = (at = strchr(at, ' ')) == NULL ? NULL : at + 1;
    if (at == NULL || (pages = strtoull(at, NULL, 10)) == 0)
        return;
    more += (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
    bound(RLIMIT_DATA, bytes + bytes / 20 + more);
#endif
}

void lrr_room_limit_open(size_t n)
{
    bound(RLIMIT_NOFILE, n);
}

const char *lrr_room_why(int code, char out[LRR_WHY_TEXT])
{
    char why[96];
    struct rlimit now;
    if (strerror_r(code, why, sizeof why) != 0)
        snprintf(why, sizeof why, "error %d", code);
    if (code != EMFILE || getrlimit(RLIMIT_NOFILE, &now) != 0)
        snprintf(out, LRR_WHY_TEXT, "%s", why);
    else
        snprintf(
            out, LRR_WHY_TEXT,
            "%llu at most are open at once (the lesser of ulimit -n and lrrun's own "
            "bound): %s",
            (unsigned long long)now.rlim_cur, why);
    return out;
}
