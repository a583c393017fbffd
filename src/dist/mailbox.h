/*
** mailbox.h -- memory that a process that trains shares with its carrier (carrier.h), which calls
** MPI for it: one request at a time, and its answer. Beside it there are lanes, on each of which a
** request of its own may be under way while the one that trains does something else.
**
** The process that trains may be locked (host/lockdown.h): all that it can do is write here and
** wake the other. It may also run strangers' code, so the carrier looks at each number once, and
** trusts none: whatever stands here, it reads and writes nothing but `data`.
*/
#ifndef LRR_DIST_MAILBOX_H
#define LRR_DIST_MAILBOX_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LRR_RANKS_MAX = 1024,
    LRR_MAIL_TEXT = 512,
    LRR_MAIL_HALF =
        4 << 20, /* bytes of each half of data: what is sent, what has come */
    LRR_MAIL_LANES = 3,
    LRR_LANE_HALF = 1 << 20 /* the same of a lane */
};

typedef enum lrr_mail_kind {
    LRR_MAIL_START,     /* loads MPI: rank and size are the answer */
    LRR_MAIL_BROADCAST, /* n[0] bytes of rank 0's data go to all */
    LRR_MAIL_GATHER,    /* rank r has n[r] bytes at at[r] of data; all get all */
    LRR_MAIL_EXCHANGE, /* n[r] bytes at at[r] of the first half go to rank r; its come to
                         ** to_at[r], to_n[r], of the second */
    LRR_MAIL_SEND,     /* n[0] bytes of data go to rank to_n[0] */
    LRR_MAIL_TAKE, /* a message that is here: to_n[0] is whose (-1: none is), n[0] its bytes */
    LRR_MAIL_FINISH /* no more: MPI ends */
} lrr_mail_kind;

/* GATHER or EXCHANGE, on a lane. */
typedef struct lrr_mail_lane {
    sem_t done;
    atomic_bool asked; /* beside it goes the mailbox's semaphore */
    int32_t kind;
    int32_t n[LRR_RANKS_MAX], at[LRR_RANKS_MAX];
    int32_t to_n[LRR_RANKS_MAX], to_at[LRR_RANKS_MAX];
    _Alignas(64) char data[2 * LRR_LANE_HALF];
} lrr_mail_lane;

typedef struct lrr_mailbox {
    sem_t asked, done;
    atomic_bool finished; /* MPI has ended, or never began: the carrier may go */
    atomic_bool known;    /* why this rank ends, by the one that watches over it */
    int32_t kind;
    int32_t rank, size;
    char why[LRR_MAIL_TEXT]; /* of START that failed; "": it did not */
    int32_t n[LRR_RANKS_MAX], at[LRR_RANKS_MAX];
    int32_t to_n[LRR_RANKS_MAX], to_at[LRR_RANKS_MAX];
    _Alignas(64) char data[2 * LRR_MAIL_HALF];
    lrr_mail_lane lane[LRR_MAIL_LANES];
} lrr_mailbox;

#endif
