/* bind_process.c -- lrrun.native.process: other processes.
**
** spawn(argv [, { stdout =, stderr = }]) -> pid   wait(pid [, block]) -> code
** kill(pid, signal) -> bool
** end_with(pid) -> bool: this process is killed when `pid` ends, which started lrrun */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/bind.h"
#include "os/control.h"
#include "os/interrupt.h"

/* fd goes to the end of the file at path, if there is one. */
static void add_redirect(posix_spawn_file_actions_t *actions, const char *path, int fd)
{
    if (path != NULL)
        posix_spawn_file_actions_addopen(actions, fd, path,
                                         O_WRONLY | O_CREAT | O_APPEND, 0666);
}

static const char *option_path(lua_State *L, const char *key)
{
    const char *path;
    if (!lua_istable(L, 2))
        return NULL;
    lua_getfield(L, 2, key); /* stays on the stack, and so does the string */
    path = lua_tostring(L, -1);
    return path;
}

/* A process of its own, found by name in PATH where argv[1] has no slash. */
static int l_spawn(lua_State *L)
{
    extern char **environ;
    lua_Integer n;
    char **argv;
    const char *out, *err;
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int rc;

    luaL_checktype(L, 1, LUA_TTABLE);
    n = (lua_Integer)lua_rawlen(L, 1);
    if (n < 1 || n > 65536)
        return luaL_argerror(L, 1, "want a program and its arguments");
    luaL_checkstack(L, (int)n + 8, "too many arguments");
    argv = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *argv, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        size_t size;
        const char *word;
        lua_rawgeti(L, 1, i);
        word = luaL_checklstring(L, -1, &size);
        argv[i - 1] = memcpy(lua_newuserdatauv(L, size + 1, 0), word, size + 1);
        lua_remove(L, -2);
    }
    argv[n] = NULL;
    out = option_path(L, "stdout");
    err = option_path(L, "stderr");
    posix_spawn_file_actions_init(&actions);
    add_redirect(&actions, out, STDOUT_FILENO);
    add_redirect(&actions, err, STDERR_FILENO);
    rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (rc != 0)
        return luaL_error(L, "cannot start %s: %s", argv[0], strerror(rc));
    lua_pushinteger(L, pid);
    return 1;
}

/* Exit code of the process (128 + n for signal n) once it has ended; nil while it runs. */
static int l_wait(lua_State *L)
{
    pid_t pid = (pid_t)luaL_checkinteger(L, 1);
    int status, flags = lua_toboolean(L, 2) ? 0 : WNOHANG;
    pid_t got;
    do
        got = waitpid(pid, &status, flags);
    while (got < 0 && errno == EINTR && lrr_interrupt_pending() == 0);
    if (got < 0 && errno != EINTR)
        return luaL_error(L, "cannot wait for process %d: %s", (int)pid,
                          strerror(errno));
    if (got <= 0)
        return 0;
    lua_pushinteger(L,
                    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 1;
}

static int l_kill(lua_State *L)
{
    static const char *const names[] = { "TERM", "INT",  "KILL", "USR1",
                                         "TSTP", "CONT", "none", NULL };
    static const int signals[] = { SIGTERM, SIGINT,  SIGKILL, SIGUSR1,
                                   SIGTSTP, SIGCONT, 0 };
    pid_t pid = (pid_t)luaL_checkinteger(L, 1);
    int signo = signals[luaL_checkoption(L, 2, "TERM", names)];
    luaL_argcheck(L, pid > 1, 1, "no process");
    lua_pushboolean(L, kill(pid, signo) == 0);
    return 1;
}

static int l_end_with(lua_State *L)
{
    lrr_control m = { .kind = LRR_CONTROL_END_WITH };
    m.value = luaL_checkinteger(L, 1);
    lua_pushboolean(L, lrr_control_ask(&m, NULL, NULL) == LRR_OK);
    return 1;
}

int luaopen_lrrun_native_process(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "spawn", l_spawn },       { "wait", l_wait }, { "kill", l_kill },
        { "end_with", l_end_with }, { NULL, NULL },
    };
    lrr_bind_newlib(L, functions);
    return 1;
}
