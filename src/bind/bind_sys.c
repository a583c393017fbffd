/* bind_sys.c -- lrrun.native.sys: time, terminal, processor, threads, memory, signals.
**
** now() cpu(): seconds       isatty(fd) width(fd) env(name) pid() program()
** threads([n]) -> count      isa() cpu_name() blas() -> kernels, configuration
** products() -> "fused" or "blas": what networks take that are not portable
** bf16_unit([portable]): what does the products of a network in bfloat16 (kernels/gemm.h)
** bf16_order(): how these add without --portable: "tiles", as AMX, or "pairs"
** cores() -> threads where nobody says how many, and the variable that says so (os/cores.h)
** blas_begin(): loads it meanwhile (os/blas.h)
** interrupted() -> "SIGINT", "SIGTERM" or nil    take_save() -> bool
** mem_used() mem_fail_after(n, sticky) mem_fail_left()
** outside(f, ...): f(...), a function in C that may wait for the world (bind.c: a native call)
** sleep(seconds)   build() -> id of the program   real: "f32" or "f64" */
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/threads.h"
#include "bind/bind.h"
#include "kernels/gemm.h"
#include "os/blas.h"
#include "os/build.h"
#include "os/clock.h"
#include "os/cores.h"
#include "os/cpu.h"
#include "os/interrupt.h"

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

/* host(): this machine's name on the network, "" where it says none. */
static int l_host(lua_State *L)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) != 0)
        name[0] = '\0';
    lua_pushstring(L, name);
    return 1;
}

static int l_isatty(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

/* width(fd): columns of the terminal there; nil where it is none or does not say. */
static int l_width(lua_State *L)
{
    struct winsize w = { 0 };
    if (ioctl((int)luaL_checkinteger(L, 1), TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
        lua_pushinteger(L, w.ws_col);
    else
        lua_pushnil(L);
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

static int l_threads(lua_State *L)
{
    if (!lua_isnoneornil(L, 1)) {
        lua_Integer n = luaL_checkinteger(L, 1);
        lrr_error err;
        luaL_argcheck(L, n >= 0 && n <= LRR_THREADS_MAX, 1,
                      "from 0 (those given) to 64");
        if (lrr_threads_init(n > 0 ? (size_t)n : lrr_cores_given().n, &err) != LRR_OK)
            return lrr_bind_raise(L, &err);
    }
    lua_pushinteger(L, (lua_Integer)lrr_threads_count());
    return 1;
}

static int l_cores(lua_State *L)
{
    const lrr_cores c = lrr_cores_given();
    lua_pushinteger(L, (lua_Integer)c.n);
    lua_pushstring(L, c.by);
    return 2;
}

static int l_isa(lua_State *L)
{
    lua_pushstring(L, lrr_cpu_isa_name());
    return 1;
}

static int l_bf16_unit(lua_State *L)
{
    lua_pushstring(L, lrr_gemm_unit(lrr_gemm_choose(lua_toboolean(L, 1), true)));
    return 1;
}

static int l_cpu_name(lua_State *L)
{
    lua_pushstring(L, lrr_cpu_name());
    return 1;
}

static int l_products(lua_State *L)
{
    lua_pushstring(L,
                   lrr_gemm_choose(false, false) == LRR_GEMM_BLAS ? "blas" : "fused");
    return 1;
}

static int l_bf16_order(lua_State *L)
{
    lua_pushstring(L,
                   lrr_gemm_choose(false, true) == LRR_GEMM_TILES ? "tiles" : "pairs");
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

static int l_blas_begin(lua_State *L)
{
    (void)L;
    lrr_blas_begin();
    return 0;
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

static int l_mem_fail_after(lua_State *L)
{
    lrr_mem_fail_after((long)luaL_checkinteger(L, 1), lua_toboolean(L, 2));
    return 0;
}

static int l_mem_fail_left(lua_State *L)
{
    lua_pushinteger(L, lrr_mem_fail_left());
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

static int l_outside(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

int luaopen_lrrun_native_sys(lua_State *L)
{
    static const luaL_Reg functions[] = { { "now", l_now },
                                          { "cpu", l_cpu },
                                          { "isatty", l_isatty },
                                          { "host", l_host },
                                          { "width", l_width },
                                          { "env", l_env },
                                          { "pid", l_pid },
                                          { "program", l_program },
                                          { "threads", l_threads },
                                          { "cores", l_cores },
                                          { "isa", l_isa },
                                          { "bf16_unit", l_bf16_unit },
                                          { "bf16_order", l_bf16_order },
                                          { "cpu_name", l_cpu_name },
                                          { "products", l_products },
                                          { "blas", l_blas },
                                          { "blas_begin", l_blas_begin },
                                          { "build", l_build },
                                          { "interrupted", l_interrupted },
                                          { "take_save", l_take_save },
                                          { "mem_used", l_mem_used },
                                          { "mem_fail_after", l_mem_fail_after },
                                          { "mem_fail_left", l_mem_fail_left },
                                          { "outside", l_outside },
                                          { "sleep", l_sleep },
                                          { NULL, NULL } };
    lrr_bind_newlib(L, functions);
    lua_pushstring(L, lrr_dtype_size(LRR_DTYPE_REAL) == 4 ? "f32" : "f64");
    lua_setfield(L, -2, "real");
    lua_pushinteger(L, (lua_Integer)lrr_dtype_size(LRR_DTYPE_REAL));
    lua_setfield(L, -2, "real_bytes");
    return 1;
}
