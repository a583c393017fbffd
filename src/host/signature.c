/* signature.c -- see signature.h. */
#define _GNU_SOURCE
#include "host/signature.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define OWNER "made-by"

enum { PATH_BYTES = 4096 };

static int open_plain(int fd, const char *name)
{
    return openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

static bool is_signed(int folder, const char *recipe)
{
    char text[PATH_BYTES];
    const int fd = open_plain(folder, OWNER);
    const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);

    if (fd >= 0)
        close(fd);
    return n == 0 ||
           (n == (ssize_t)strlen(recipe) && memcmp(text, recipe, (size_t)n) == 0);
}

static bool same_bytes(int a, int b)
{
    char x[4096], y[sizeof x];
    off_t at = 0;
    ssize_t n, m;

    do {
        n = pread(a, x, sizeof x, at);
        m = pread(b, y, sizeof y, at);
        if (n < 0 || n != m || memcmp(x, y, (size_t)n) != 0)
            return false;
        at += n;
    } while (n > 0);
    return true;
}

/* Whether its copy of the recipe is this call's: one that was moved, or made before there
** were signatures. */
static bool has_recipe(int folder, int recipe_fd)
{
    const int fd = open_plain(folder, "recipe.lua");
    const bool same = fd >= 0 && same_bytes(fd, recipe_fd);
    if (fd >= 0)
        close(fd);
    return same;
}

/* One that was killed before it could sign left nothing. */
static bool is_empty(int folder)
{
    const int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    int n = 0;

    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    while (n < 3 && readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n == 2;
}

/* Whether the first n bytes of a name are something and then `end`. */
static bool ends_in(const char *name, size_t n, const char *end)
{
    const size_t m = strlen(end);
    return n > m && memcmp(name + n - m, end, m) == 0;
}

bool lrr_signature_wanted(const char *name)
{
    const size_t n = strlen(name);
    size_t digits = 0;

    while (digits < n && name[n - digits - 1] >= '0' && name[n - digits - 1] <= '9')
        digits++;
    return ends_in(name, n, "-study") ||
           (digits > 0 && (ends_in(name, n - digits, "-advice-") ||
                           ends_in(name, n - digits, "-sensitivity-")));
}

void lrr_signature_write(int folder, const char *recipe)
{
    const int fd = openat(folder, OWNER,
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    if (write(fd, recipe, strlen(recipe)) < 0)
        unlinkat(folder, OWNER, 0);
    close(fd);
}

bool lrr_signature_fits(int folder, const char *recipe, int recipe_fd)
{
    return is_signed(folder, recipe) || has_recipe(folder, recipe_fd) ||
           is_empty(folder);
}
