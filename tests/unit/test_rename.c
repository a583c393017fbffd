/* test_rename.c -- a file gets a name that nothing has, in one call and by link. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "os/rename.h"

typedef int way(int from_at, const char *from, int to_at, const char *to);

static int folder;

static void put(const char *name, const char *text)
{
    const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
          close(fd) == 0);
}

static int holds(const char *name, const char *text)
{
    char found[64] = "";
    const int fd = openat(folder, name, O_RDONLY);
    const ssize_t n = fd < 0 ? -1 : read(fd, found, sizeof found - 1);
    if (fd >= 0)
        close(fd);
    return n >= 0 && strcmp(found, text) == 0;
}

static int there(const char *name)
{
    struct stat sb;
    return fstatat(folder, name, &sb, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_way(way *rename_new)
{
    put("a", "one");
    CHECK(rename_new(folder, "a", folder, "b") == 0);
    CHECK(!there("a") && holds("b", "one"));
    put("c", "two");
    CHECK(rename_new(folder, "c", folder, "b") == -1 && errno == EEXIST);
    CHECK(holds("c", "two") && holds("b", "one"));
    CHECK(symlinkat("nowhere", folder, "link") == 0);
    CHECK(rename_new(folder, "c", folder, "link") == -1 && errno == EEXIST);
    CHECK(rename_new(folder, "none", folder, "d") == -1 && errno == ENOENT);
    CHECK(!there("d"));
    for (size_t i = 0; i < 3; i++)
        unlinkat(folder, (const char *[]){ "b", "c", "link" }[i], 0);
}

/* The answer of a server was lost, and the question was asked again. */
static void test_lost_answer(void)
{
    put("a", "mine");
    CHECK(linkat(folder, "a", folder, "b", 0) == 0);
    CHECK(lrr_rename_by_link(folder, "a", folder, "b") == 0);
    CHECK(!there("a") && holds("b", "mine"));
    unlinkat(folder, "b", 0);
}

int main(void)
{
    char path[] = "/tmp/lrrun-rename-XXXXXX";

    CHECK(mkdtemp(path) != NULL);
    folder = open(path, O_RDONLY | O_DIRECTORY);
    CHECK(folder >= 0);
    test_way(lrr_rename_new);
    test_way(lrr_rename_by_link);
    test_lost_answer();
    close(folder);
    CHECK(rmdir(path) == 0);
    printf("rename: %d faults\n", faults);
    return faults != 0;
}
