/*
** vm.h -- the Lua state of lrrun: its memory, its modules, and the call that runs it all.
**
** The state's allocator counts bytes, keeps to a limit of its own (--lua-memory) and to that
** of all memory (base/mem.h), which collects garbage here; it also consults
** lrr_mem_fault, so that a test can make any allocation fail. Our Lua modules are inside
** the program (embed.h): `require "lrrun.nn"` finds them before any file. With
** LRRUN_LUA=dir they are read from dir instead, for development. Their chunks are named
** "lrrun:lrrun/nn/init.lua", which is how messages tell them from a recipe.
*/
#ifndef LRR_HOST_VM_H
#define LRR_HOST_VM_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "host/texts.h"

/* Which limit refused memory to Lua last. */
typedef enum lrr_vm_limit {
    LRR_VM_NONE,
    LRR_VM_LUA_MEMORY, /* that on the Lua state */
    LRR_VM_MEMORY,     /* that on all memory */
    LRR_VM_SYSTEM      /* none of ours: the system gave no more */
} lrr_vm_limit;

typedef struct lrr_vm {
    size_t used; /* bytes of the Lua state now */
    /* of the account of all memory (lrr_mem_take): `used` or a little more */
    size_t taken;
    size_t peak;   /* the most they have been */
    size_t limit;  /* never more than this; 0: no limit */
    char over[96]; /* what is said where that is met */
    lrr_vm_limit met;
    int recipes; /* that run now, one within the other */
    int joins;   /* metamethods of `..` that run now, one within the other (join.h) */
    bool sound;  /* the linked Lua joins tables rightly (join.h) */
    size_t left; /* `used` when the last collection ended; where that counts (join.c) */
    bool collecting; /* one goes on, as far as is known */
    lrr_texts texts; /* long ones that are alive */
    bool ends;       /* it is closed, and its blocks are left to the system */
    bool traceback;  /* errors carry where they came from inside lrrun */
} lrr_vm;

/* KiB that the collector lets be made before its first step: our own modules, which stay, and what
** a short training makes of values, which then needs no collection. */
enum { LRR_VM_AT_REST = 4096 };

/* Exit codes of the program that C comes to; all of them: lua/lrrun/cli/status.lua. */
enum {
    LRR_EXIT_OK = 0,
    LRR_EXIT_ERROR = 1,
    LRR_EXIT_MEMORY = 4,
    LRR_EXIT_UNREAD = 141 /* as a shell has it for SIGPIPE */
};

/*
** Makes a state, runs `require "lrrun.cli".main(args)` in it with all libraries open and
** closes it. args are argv[1] .. argv[argc-1] (argv[0] at index 0). An error is printed
** to stderr as one line "lrrun: ...". Returns the exit code for the process.
*/
int lrr_vm_main(int argc, char **argv);

/* The accounts of L's memory. */
lrr_vm *lrr_vm_of(lua_State *L);

/* What refused memory to Lua last, in words. */
const char *lrr_vm_met_text(const lrr_vm *vm);

#endif
