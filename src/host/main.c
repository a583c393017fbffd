/* main.c -- the program: answers --version itself, leaves the rest to Lua (vm.h). */
#include <errno.h>
#include <fcntl.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/signal.h"
#include "host/supervisor.h"
#include "host/version.h"
#include "host/vm.h"
#include "kernels/simd.h"
#include "os/blas.h"

/* Where a standard stream was closed, the next file opened would take its place, and messages
** would go there: /dev/null takes it, opened the other way round, so that to write (to read)
** is still an error. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Whoever failed has said why; here the last of the output may fail to go out. */
static int finish(int code)
{
    if (code != LRR_EXIT_OK || (fflush(stdout) == 0 && !ferror(stdout)))
        return code;
    if (errno == EPIPE)
        return LRR_EXIT_UNREAD;
    perror("lrrun: cannot write to stdout");
    return LRR_EXIT_ERROR;
}

/* Without a Lua state, so that it answers in a few milliseconds. */
static int print_version(void)
{
    puts("lrrun " LRR_VERSION " (" LUA_RELEASE ")");
    return LRR_EXIT_OK;
}

static bool ends_in(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

/* Whether a recipe is to be trained in a sandbox, as far as the words tell before Lua has read
** them: `lrrun [flags] RECIPE.lua`. Then OpenBLAS, which takes longest of all that a start
** waits for, is opened from the first moment; else cli/init.lua has it opened. */
static bool trains(int argc, char **argv)
{
    static const char *const other[] = { "--trusted", "--sandbox=off", "--help", "-h" };
    int first = 0;

    for (int i = 1; i < argc; i++) {
        for (size_t k = 0; k < sizeof other / sizeof *other; k++)
            if (strcmp(argv[i], other[k]) == 0)
                return false;
        if (first == 0 && argv[i][0] != '-')
            first = i;
    }
    return first > 0 && ends_in(argv[first], ".lua");
}

int main(int argc, char **argv)
{
    lrr_error err;
    int code;

    hold_standard_streams();
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return finish(print_version());
    lrr_signal_init();
    if (lrr_supervisor_start(&err) != LRR_OK) {
        fprintf(stderr, "lrrun: %s\n", err.msg);
        return LRR_EXIT_ERROR;
    }
    if (trains(argc, argv))
        lrr_blas_begin();
    lrr_simd_choose();
    code = lrr_vm_main(argc, argv);
    lrr_blas_end();
    return finish(code);
}
