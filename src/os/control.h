/*
** control.h -- messages between a process and the one that watches over it
** (host/supervisor.h), over a pair of sockets that keep messages whole (SOCK_SEQPACKET).
**
** The watched process asks, the supervisor answers each request once and in order; notes are
** requests without an answer. A message is a number, up to LRR_CONTROL_TEXT bytes and, where
** one is given, an open descriptor. What comes from the watched process is not trusted: a
** recipe may have broken it.
**
** A new request is a line of the enum here and a handler in supervisor.c; who asks calls
** lrr_control_ask. Threads: the one that runs Lua asks; lrr_control_note may be called
** from a signal handler.
*/
#ifndef LRR_OS_CONTROL_H
#define LRR_OS_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { LRR_CONTROL_TEXT = 8192 }; /* two paths */

typedef enum lrr_control_kind {
    LRR_CONTROL_ANSWER, /* value: 0, or the errno of what could not be done */
    LRR_CONTROL_WATCH,  /* a note: the recipe's code has a limit from here on */
    LRR_CONTROL_ASKED,  /* a note: signal `value` has come to this process */
    LRR_CONTROL_END_WITH, /* both end when process `value`, the supervisor's parent, does */
    /* What errands.h asks for: before the seal what this process may want written, and from
    ** then on to write it. */
    LRR_CONTROL_GRANT, /* value: an lrr_grant; text: a path */
    LRR_CONTROL_WORKER, /* value: most bytes of memory of one; text: the last words of their
                        ** command lines, each with its end */
    LRR_CONTROL_SEAL,   /* nothing more is granted */
    LRR_CONTROL_OPEN,   /* value: flags; text: a path. Gives a descriptor */
    LRR_CONTROL_MKDIR,  /* text: a path */
    LRR_CONTROL_REMOVE, /* text: a path */
    LRR_CONTROL_RENAME, /* value: flags of renameat2; text: two paths, each with its end */
    LRR_CONTROL_SCRATCH, /* value: bytes; text: a granted folder. Gives a descriptor of a file
                          ** without a name there (scratch.h), or how much room there is */
    LRR_CONTROL_START, /* value: threads; text: a study's folder and the name of a trial's in
                        ** it, each with its end, and an int64_t, bytes of memory.
                        ** Gives the worker's number */
    LRR_CONTROL_WAIT, /* value: a worker's number. Gives its exit code once it has ended */
    LRR_CONTROL_STOP, /* value: a worker's number, or -1: all. Asks it to end: by SIGTERM or,
                       ** with any text, SIGINT */
} lrr_control_kind;

typedef struct lrr_control {
    int32_t kind;
    uint32_t n; /* bytes of text in use, up to LRR_CONTROL_TEXT */
    int64_t value;
    char text[LRR_CONTROL_TEXT];
} lrr_control;

/* This process's end of the pair; -1 where nobody watches. */
int lrr_control_socket(void);
void lrr_control_set(int socket);

/* Sends m and, unless it is -1, the descriptor fd, which stays open here. False: errno. */
bool lrr_control_send(int socket, const lrr_control *m, int fd);

/* Waits for a message. *fd, where fd is not NULL, is the descriptor that came with it
** (close-on-exec) or -1; an unwanted one is closed. False where the other side has gone (errno
** 0), where errno says so, or where the message is none (EBADMSG). */
bool lrr_control_receive(int socket, lrr_control *m, int *fd);

/* Asks the supervisor and waits for its answer, which takes m's place. Errors: EIO, also
** where nobody watches or the answer is an errno. */
lrr_status lrr_control_ask(lrr_control *m, int *fd, lrr_error *err);

/* Tells the supervisor without waiting; where nobody watches nothing happens. */
void lrr_control_note(lrr_control_kind kind, int64_t value);

#endif
