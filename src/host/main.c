/* main.c -- the program: answers --version itself, leaves the rest to Lua (vm.h). */
#include <lua.h>
#include <stdio.h>
#include <string.h>

#include "host/signal.h"
#include "host/supervisor.h"
#include "host/version.h"
#include "host/vm.h"
#include "kernels/simd.h"

/* Without a Lua state, so that it answers in a few milliseconds. */
static int print_version(void)
{
    puts("lrrun " LRR_VERSION " (" LUA_RELEASE ")");
    return fflush(stdout) == 0 ? LRR_EXIT_OK : LRR_EXIT_ERROR;
}

int main(int argc, char **argv)
{
    lrr_error err;
    int code;

    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return print_version();
    lrr_signal_init();
    if (lrr_supervisor_start(&err) != LRR_OK) {
        fprintf(stderr, "lrrun: %s\n", err.msg);
        return LRR_EXIT_ERROR;
    }
    lrr_simd_choose();
    code = lrr_vm_main(argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    perror("lrrun: cannot write");
    return code == LRR_EXIT_OK ? LRR_EXIT_ERROR : code;
}
