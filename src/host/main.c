/* main.c -- the program: answers --version itself, leaves the rest to Lua (vm.h). */
#include <errno.h>
#include <fcntl.h>
#include <lua.h>
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
    lrr_simd_choose();
    code = lrr_vm_main(argc, argv);
    lrr_blas_end();
    return finish(code);
}
