/*
** calls.h -- the system calls that files, folders and locks are made of, in one table: what
** src/os and the bindings of files ask of the system goes through it, so that tests see what
** happens when any of them fails.
**
** LRRUN_FAULT=call:n[:what][:sticky] in the environment: the n-th call (from 0) of that name
** fails, once or from then on. what: EIO (also where none is given) ENOSPC EINTR EDQUOT
** EACCES EMFILE EINVAL ENOLCK; SHORT makes a write take half of what it was given; KILL ends
** the process there, as a power cut would, and HANG keeps it there for ever. A close that fails has closed the file; scratch makes a file
** without a name (scratch.h). Without
** the variable nothing is counted.
*/
#ifndef LRR_OS_CALLS_H
#define LRR_OS_CALLS_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* X(name, what it gives, that where it fails, parameters, arguments) */
#define LRR_CALL_MAP(X)                                                               \
    X(open, int, -1, (const char *path, int flags, mode_t mode), (path, flags, mode)) \
    X(close, int, -1, (int fd), (fd))                                                 \
    X(stat, int, -1, (const char *path, struct stat *sb), (path, sb))                 \
    X(fstat, int, -1, (int fd, struct stat *sb), (fd, sb))                            \
    X(pread, ssize_t, -1, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))    \
    X(pwrite, ssize_t, -1, (int fd, const void *data, size_t n, off_t at),            \
      (fd, data, n, at))                                                              \
    X(scratch, int, -1, (const char *folder, uint64_t bytes, uint64_t *room),         \
      (folder, bytes, room))                                                          \
    X(write, ssize_t, -1, (int fd, const void *data, size_t n), (fd, data, n))        \
    X(fsync, int, -1, (int fd), (fd))                                                 \
    X(ftruncate, int, -1, (int fd, off_t size), (fd, size))                           \
    X(flock, int, -1, (int fd, int what), (fd, what))                                 \
    X(rename, int, -1, (const char *from, const char *to), (from, to))                \
    X(renameat2, int, -1,                                                             \
      (int from_at, const char *from, int to_at, const char *to, unsigned flags),     \
      (from_at, from, to_at, to, flags))                                              \
    X(remove, int, -1, (const char *path), (path))                                    \
    X(mkdir, int, -1, (const char *path, mode_t mode), (path, mode))                  \
    X(opendir, DIR *, NULL, (const char *path), (path))                               \
    X(readdir, struct dirent *, NULL, (DIR * dir), (dir))                             \
    X(realpath, char *, NULL, (const char *path, char *to), (path, to))

#define LRR_CALL_FIELD(name, type, none, params, args) type(*name) params;
typedef struct lrr_call_table {
    LRR_CALL_MAP(LRR_CALL_FIELD)
} lrr_call_table;
#undef LRR_CALL_FIELD

/* The calls in use: the system's own or, with LRRUN_FAULT, those that fail on demand. They
** give what the system's do and set errno. To be called first before threads are. */
const lrr_call_table *lrr_calls(void);

/* Those of them that write, where another process does it (errands.h). */
typedef struct lrr_call_writing {
    int (*open)(const char *path, int flags, mode_t mode);
    int (*rename)(const char *from, const char *to);
    int (*renameat2)(int from_at, const char *from, int to_at, const char *to,
                     unsigned flags);
    int (*remove)(const char *path);
    int (*mkdir)(const char *path, mode_t mode);
    int (*scratch)(const char *folder, uint64_t bytes, uint64_t *room);
} lrr_call_writing;

/* From now on these are called, also where LRRUN_FAULT lets some of them fail. */
void lrr_calls_write_by(const lrr_call_writing *w);

/* A place that is no system call and that LRRUN_FAULT may name with KILL or HANG: "tick", a
** look of the guard at the recipe's code. Cannot fail. */
void lrr_calls_reach(const char *place);

/* Whether it is to be taken for missing: "landlock", a kernel that has it. */
bool lrr_calls_lack(const char *place);

#endif
