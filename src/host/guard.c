/* guard.c -- see guard.h. */
#include "host/guard.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "host/join.h"
#include "os/clock.h"
#include "os/interrupt.h"

enum { EVERY = 1000 };

/* A hook may come late because a native call ran long; that is not the recipe's time. */
static const double TICK_MOST = 0.05;
static const double INTERRUPT_GRACE = 1.0;

static struct {
    double budget;   /* seconds; 0: no bound */
    double spent;    /* of the recipe's code since the last refresh */
    double last;     /* clock at the last tick */
    double asked_at; /* clock when an interrupt was first seen; 0: none */
    const char *why;
} guard;

static bool is_recipe(const char *source)
{
    return strncmp(source, "@lrrun:", 7) != 0 ||
           strncmp(source, "@lrrun:lrrun/sandbox/", 21) == 0;
}

static const char *check(double now)
{
    if (guard.why != NULL)
        return guard.why;
    if (guard.budget > 0 && guard.spent > guard.budget)
        return "the recipe's Lua code took longer than its limit (--lua-seconds)";
    if (lrr_interrupt_pending() == 0) {
        guard.asked_at = 0;
    } else if (guard.asked_at == 0) {
        guard.asked_at = now;
    } else if (now - guard.asked_at > INTERRUPT_GRACE) {
        return "interrupted";
    }
    return NULL;
}

/* Takes note of the time since the last tick; the recipe's if it says so. */
static void tick(bool recipe)
{
    double now = lrr_clock_now();
    double passed = now - guard.last;

    guard.last = now;
    if (!recipe)
        return;
    guard.spent += passed < TICK_MOST ? passed : TICK_MOST;
    guard.why = check(now);
}

static void hook(lua_State *L, lua_Debug *ar)
{
    bool recipe;
    if (ar->event != LUA_HOOKCOUNT) {
        lrr_join_check(L, ar);
        return;
    }
    recipe = lua_getinfo(L, "S", ar) != 0 && is_recipe(ar->source);
    tick(recipe);
    if (!recipe || guard.why == NULL)
        return;
    lua_sethook(L, hook, lua_gethookmask(L), 1);
    luaL_error(L, "%s", guard.why);
}

void lrr_guard_start(lua_State *L, double seconds)
{
    guard.budget = seconds;
    guard.last = lrr_clock_now();
    guard.why = NULL;
    lrr_guard_refresh();
    /* What was watched goes on to be: a recipe before may have left metatables. */
    lua_sethook(L, hook,
                LUA_MASKCOUNT | (lua_gethook(L) == hook ? lua_gethookmask(L) : 0),
                EVERY);
}

void lrr_guard_watch(lua_State *L)
{
    if (lua_gethook(L) == hook)
        lua_sethook(L, hook, LUA_MASKCOUNT | LUA_MASKCALL, lua_gethookcount(L));
}

void lrr_guard_refresh(void)
{
    guard.spent = 0;
    guard.asked_at = 0;
}

const char *lrr_guard_tripped(void)
{
    return guard.why;
}

void lrr_guard_trip(const char *why)
{
    if (guard.why == NULL)
        guard.why = why;
}

void lrr_guard_poll(lua_State *L)
{
    tick(true);
    if (guard.why != NULL)
        luaL_error(L, "%s", guard.why);
}
