/* control.c -- see control.h. */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "os/control.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD offsetof(lrr_control, text)

static int own = -1;

int lrr_control_socket(void)
{
    return own;
}

void lrr_control_set(int socket)
{
    own = socket;
}

/* Room for one descriptor, aligned as the system wants it. */
typedef union carrier {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
} carrier;

bool lrr_control_send(int socket, const lrr_control *m, int fd)
{
    union {
        const lrr_control *in;
        void *out;
    } data = { m }; /* sendmsg does not write into what it sends */
    struct iovec bytes = { data.out, HEAD + m->n };
    struct msghdr packet = { .msg_iov = &bytes, .msg_iovlen = 1 };
    carrier with;
    ssize_t sent;

    if (fd >= 0) {
        memset(&with, 0, sizeof with);
        with.head.cmsg_level = SOL_SOCKET;
        with.head.cmsg_type = SCM_RIGHTS;
        with.head.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&with.head), &fd, sizeof fd);
        packet.msg_control = &with;
        packet.msg_controllen = sizeof with;
    }
    do
        sent = sendmsg(socket, &packet, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

/* The descriptor that came with a packet, or -1. */
static int carried(struct msghdr *packet)
{
    struct cmsghdr *head = CMSG_FIRSTHDR(packet);
    int fd = -1;
    if (head != NULL && head->cmsg_level == SOL_SOCKET &&
        head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

bool lrr_control_receive(int socket, lrr_control *m, int *fd)
{
    struct iovec bytes = { m, sizeof *m };
    carrier with;
    struct msghdr packet = { .msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &with,
                             .msg_controllen = sizeof with };
    ssize_t got;
    int came;

    memset(m, 0, HEAD);
    do
        got = recvmsg(socket, &packet, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    came = got > 0 ? carried(&packet) : -1;
    if (fd != NULL)
        *fd = came;
    else if (came >= 0)
        close(came);
    if (got <= 0) {
        errno = got == 0 ? 0 : errno;
        return false;
    }
    if ((size_t)got >= HEAD && m->n == (size_t)got - HEAD)
        return true;
    if (fd != NULL && came >= 0)
        close(came);
    if (fd != NULL)
        *fd = -1;
    errno = EBADMSG;
    return false;
}

lrr_status lrr_control_ask(lrr_control *m, int *fd, lrr_error *err)
{
    if (own < 0)
        return lrr_fail(err, LRR_EIO, "this process has no supervisor");
    if (!lrr_control_send(own, m, -1) || !lrr_control_receive(own, m, fd))
        return lrr_fail(err, LRR_EIO, "the supervisor does not answer: %s",
                        errno == 0 ? "it has gone" : strerror(errno));
    if (m->value != 0)
        return lrr_fail(err, LRR_EIO, "%s", strerror((int)m->value));
    return LRR_OK;
}

void lrr_control_note(lrr_control_kind kind, int64_t value)
{
    const struct {
        int32_t kind;
        uint32_t n;
        int64_t value;
    } head = { (int32_t)kind, 0, value };
    const int code = errno;

    if (own >= 0 && send(own, &head, sizeof head, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        errno = code; /* a full queue has notes enough in it */
}
