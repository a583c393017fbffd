/*
** test_control.c -- messages between the two processes: whole, with a descriptor, and broken;
** and the page that both see.
*/
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "os/control.h"
#include "os/watch.h"

static int ends[2];

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void test_whole(void)
{
    lrr_control m = { .kind = LRR_CONTROL_ANSWER, .n = LRR_CONTROL_TEXT, .value = -7 };
    lrr_control got;
    int fd = 0;

    memset(m.text, 'x', sizeof m.text);
    CHECK(lrr_control_send(ends[0], &m, -1));
    CHECK(lrr_control_receive(ends[1], &got, &fd));
    CHECK(memcmp(&m, &got, sizeof m) == 0);
    CHECK(fd == -1);
}

/* A descriptor that nobody wants does not stay open. */
static void test_descriptor(void)
{
    lrr_control m = { .kind = LRR_CONTROL_ANSWER }, got;
    int fd = -1, next, pair[2];
    char c = 'a';

    CHECK(pipe(pair) == 0);
    CHECK(lrr_control_send(ends[0], &m, pair[1]));
    CHECK(lrr_control_receive(ends[1], &got, &fd));
    CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(write(fd, "b", 1) == 1 && read(pair[0], &c, 1) == 1 && c == 'b');
    close(fd);
    CHECK(lrr_control_send(ends[0], &m, pair[1]));
    next = dup(pair[0]);
    close(next);
    CHECK(lrr_control_receive(ends[1], &got, NULL));
    CHECK(!is_open(next));
    close(pair[0]);
    close(pair[1]);
}

/* What the other side makes up is none, and a descriptor with it is closed. */
static void test_broken(void)
{
    const lrr_control long_one = { .kind = LRR_CONTROL_ANSWER, .n = 12 };
    const size_t head = offsetof(lrr_control, text);
    const size_t sizes[] = { 1, head - 1, head, head + 11, head + 13 };
    lrr_control got;
    int fd = 0;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK(send(ends[0], &long_one, sizes[i], 0) == (ssize_t)sizes[i]);
        CHECK(!lrr_control_receive(ends[1], &got, &fd) && errno == EBADMSG);
        CHECK(fd == -1);
    }
    CHECK(send(ends[0], &long_one, head + 12, 0) > 0);
    CHECK(lrr_control_receive(ends[1], &got, &fd));
}

static void test_asking(void)
{
    lrr_control m = { .kind = LRR_CONTROL_END_WITH }, answer = { .value = ESRCH };
    lrr_error err;

    lrr_control_set(-1);
    lrr_control_note(LRR_CONTROL_ASKED, 2); /* nobody is there to hear it */
    CHECK(lrr_control_ask(&m, NULL, &err) == LRR_EIO);
    lrr_control_set(ends[1]);
    CHECK(lrr_control_send(ends[0], &answer, -1));
    CHECK(lrr_control_ask(&m, NULL, &err) == LRR_EIO);
    CHECK(strcmp(err.msg, strerror(ESRCH)) == 0);
    CHECK(lrr_control_receive(ends[0], &m, NULL) && m.kind == LRR_CONTROL_END_WITH);
    lrr_control_note(LRR_CONTROL_ASKED, 2);
    CHECK(lrr_control_receive(ends[0], &m, NULL));
    CHECK(m.kind == LRR_CONTROL_ASKED && m.value == 2 && m.n == 0);
}

/* A queue that nobody empties does not hold up a signal's handler. */
static void test_full(void)
{
    lrr_control m;
    for (int i = 0; i < 100000; i++)
        lrr_control_note(LRR_CONTROL_ASKED, i);
    CHECK(lrr_control_receive(ends[0], &m, NULL) && m.value == 0);
    close(ends[1]);
    while (lrr_control_receive(ends[0], &m, NULL))
        CHECK(m.kind == LRR_CONTROL_ASKED);
    CHECK(errno == 0); /* the other side has gone */
}

static void test_page(void)
{
    const unsigned ticks = atomic_load(&lrr_watch_page()->ticks);
    pid_t child;

    CHECK(lrr_watch_share());
    child = fork();
    if (child == 0) {
        lrr_watch_hold();
        lrr_watch_leave(lrr_watch_enter());
        (void)lrr_watch_enter(); /* one that an error leaves */
        lrr_watch_tick(1.5);
        lrr_watch_leave(lrr_watch_enter() | 1); /* one within another */
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, NULL, 0) == child);
    CHECK(atomic_load(&lrr_watch_page()->ticks) == ticks + 1);
    CHECK(atomic_load(&lrr_watch_page()->left) == 1500000);
    CHECK(atomic_load(&lrr_watch_page()->native) == 1);
    CHECK(lrr_watch_held());
    lrr_watch_tick(-1);
    lrr_watch_release();
    CHECK(atomic_load(&lrr_watch_page()->left) == LRR_WATCH_FREE);
    CHECK(atomic_load(&lrr_watch_page()->native) == 0);
    CHECK(!lrr_watch_held());
}

int main(void)
{
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    test_whole();
    test_descriptor();
    test_broken();
    test_asking();
    test_full();
    test_page();
    return faults != 0;
}
