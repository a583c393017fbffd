/* bind_sys.c -- lrrun.native.sys: time, terminal, processor, threads, signals, processes.
**
** now() cpu(): seconds       isatty(fd) width() env(name) pid() program() cwd()
** threads([n]) -> count      isa() coretype() cpu_name() blas() -> kernels, configuration
** interrupted() -> "SIGINT", "SIGTERM" or nil    clear_interrupt()    take_save() -> bool
** mem_used() mem_limit(bytes) mem_fail_after(n, sticky) mem_fail_left() peak_rss()
** spawn(argv [, { stdout =, stderr = }]) -> pid   wait(pid [, block]) -> code   kill(pid, signal)
** end_with(pid) -> bool: this process is killed when its parent `pid` ends
** sleep(seconds)   build() -> id of the program   real: "f32" or "f64" */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/threads.h"
#include "bind/bind.h"
#include "os/blas.h"
#include "os/build.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/interrupt.h"
#include "os/lock.h"

static int l_now(lua_State *L)
{
    lua_pushnumber(L, lrr_clock_now());
    return 1;
}

static int l_cpu(lua_State *L)
{
    lua_pushnumber(L, lrr_clock_cpu());
    return 1;
}

static int l_isatty(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

/* Columns of the terminal on stderr or stdout; 80 where there is none. */
static int l_width(lua_State *L)
{
    struct winsize w = { 0 };
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
            w.ws_col = 80;
    lua_pushinteger(L, w.ws_col);
    return 1;
}

static int l_env(lua_State *L)
{
    lua_pushstring(L, getenv(luaL_checkstring(L, 1)));
    return 1;
}

static int l_pid(lua_State *L)
{
    lua_pushinteger(L, getpid());
    return 1;
}

static int push_link(lua_State *L, const char *link)
{
    char buf[4096];
    ssize_t n = readlink(link, buf, sizeof buf);
    if (n < 0 || n == (ssize_t)sizeof buf)
        return luaL_error(L, "cannot read %s", link);
    lua_pushlstring(L, buf, (size_t)n);
    return 1;
}

static int l_program(lua_State *L)
{
    return push_link(L, "/proc/self/exe");
}

static int l_cwd(lua_State *L)
{
    char buf[4096];
    if (getcwd(buf, sizeof buf) == NULL)
        return luaL_error(L, "cannot tell the current folder: %s", strerror(errno));
    lua_pushstring(L, buf);
    return 1;
}

static int l_threads(lua_State *L)
{
    if (!lua_isnoneornil(L, 1)) {
        lua_Integer n = luaL_checkinteger(L, 1);
        lrr_error err;
        luaL_argcheck(L, n >= 0 && n <= LRR_THREADS_MAX, 1, "from 0 (all CPUs) to 64");
        if (lrr_threads_init((size_t)n, &err) != LRR_OK)
            return lrr_bind_raise(L, &err);
    }
    lua_pushinteger(L, (lua_Integer)lrr_threads_count());
    return 1;
}

static int l_isa(lua_State *L)
{
    lua_pushstring(L, lrr_cpu_isa_name());
    return 1;
}

static int l_coretype(lua_State *L)
{
    lua_pushstring(L, lrr_cpu_coretype());
    return 1;
}

static int l_cpu_name(lua_State *L)
{
    lua_pushstring(L, lrr_cpu_name());
    return 1;
}

static int l_blas(lua_State *L)
{
    lrr_error err;
    if (lrr_blas_load(&err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushstring(L, lrr_blas_get()->corename());
    lua_pushstring(L, lrr_blas_get()->config());
    return 2;
}

static int l_build(lua_State *L)
{
    lua_pushstring(L, lrr_build_id());
    return 1;
}

static int l_interrupted(lua_State *L)
{
    int signo = lrr_interrupt_pending();
    if (signo == 0)
        return 0;
    lua_pushstring(L, signo == SIGTERM ? "SIGTERM" : "SIGINT");
    return 1;
}

static int l_clear_interrupt(lua_State *L)
{
    (void)L;
    lrr_interrupt_clear();
    return 0;
}

static int l_take_save(lua_State *L)
{
    lua_pushboolean(L, lrr_interrupt_take_save());
    return 1;
}

static int l_mem_used(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lrr_mem_used());
    return 1;
}

static int l_mem_limit(lua_State *L)
{
    lua_Integer bytes = luaL_checkinteger(L, 1);
    luaL_argcheck(L, bytes >= 0, 1, "negative");
    lrr_mem_limit((size_t)bytes);
    return 0;
}

static int l_mem_fail_after(lua_State *L)
{
    lrr_mem_fail_after((long)luaL_checkinteger(L, 1), lua_toboolean(L, 2));
    return 0;
}

static int l_peak_rss(lua_State *L)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    lua_pushinteger(L, (lua_Integer)use.ru_maxrss * 1024);
    return 1;
}

static int l_mem_fail_left(lua_State *L)
{
    lua_pushinteger(L, lrr_mem_fail_left());
    return 1;
}

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
    n = luaL_len(L, 1);
    luaL_argcheck(L, n >= 1, 1, "no program");
    luaL_checkstack(L, (int)n + 8, "too many arguments");
    argv = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *argv, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        size_t size;
        const char *word;
        lua_geti(L, 1, i);
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
    static const char *const names[] = { "TERM", "INT", "KILL", "USR1", "none", NULL };
    static const int signals[] = { SIGTERM, SIGINT, SIGKILL, SIGUSR1, 0 };
    pid_t pid = (pid_t)luaL_checkinteger(L, 1);
    int signo = signals[luaL_checkoption(L, 2, "TERM", names)];
    luaL_argcheck(L, pid > 1, 1, "no process");
    lua_pushboolean(L, kill(pid, signo) == 0);
    return 1;
}

static int l_end_with(lua_State *L)
{
    lua_pushboolean(L, lrr_end_with((long)luaL_checkinteger(L, 1)));
    return 1;
}

static int l_sleep(lua_State *L)
{
    double s = luaL_checknumber(L, 1);
    struct timespec t;
    luaL_argcheck(L, s >= 0 && s <= 3600, 1, "from 0 to 3600 seconds");
    t.tv_sec = (time_t)s;
    t.tv_nsec = (long)((s - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL); /* a signal may cut it short: that is wanted */
    return 0;
}

int luaopen_lrrun_native_sys(lua_State *L)
{
    static const luaL_Reg functions[] = { { "now", l_now },
                                          { "cpu", l_cpu },
                                          { "isatty", l_isatty },
                                          { "width", l_width },
                                          { "env", l_env },
                                          { "pid", l_pid },
                                          { "program", l_program },
                                          { "cwd", l_cwd },
                                          { "threads", l_threads },
                                          { "isa", l_isa },
                                          { "coretype", l_coretype },
                                          { "cpu_name", l_cpu_name },
                                          { "blas", l_blas },
                                          { "build", l_build },
                                          { "interrupted", l_interrupted },
                                          { "clear_interrupt", l_clear_interrupt },
                                          { "take_save", l_take_save },
                                          { "mem_used", l_mem_used },
                                          { "mem_limit", l_mem_limit },
                                          { "mem_fail_after", l_mem_fail_after },
                                          { "mem_fail_left", l_mem_fail_left },
                                          { "peak_rss", l_peak_rss },
                                          { "spawn", l_spawn },
                                          { "wait", l_wait },
                                          { "kill", l_kill },
                                          { "end_with", l_end_with },
                                          { "sleep", l_sleep },
                                          { NULL, NULL } };
    luaL_newlib(L, functions);
    lua_pushstring(L, lrr_dtype_size(LRR_DTYPE_REAL) == 4 ? "f32" : "f64");
    lua_setfield(L, -2, "real");
    lua_pushinteger(L, (lua_Integer)lrr_dtype_size(LRR_DTYPE_REAL));
    lua_setfield(L, -2, "real_bytes");
    return 1;
}
