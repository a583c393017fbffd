/* guard.c -- see guard.h. */
#include "host/guard.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/halt.h"
#include "base/mem.h"
#include "bind/bind.h"
#include "host/join.h"
#include "host/vm.h"
#include "os/budget.h"
#include "os/calls.h"
#include "os/clock.h"
#include "os/control.h"
#include "os/interrupt.h"
#include "os/watch.h"

/* Instructions between two ticks: fewer while long texts are there, since one instruction
** may compare or join them. */
enum { EVERY = 1000, EVERY_LEAST = 8 };

/* Bytes of work between two looks at the clock, about 50 us. */
enum { WORK = 64 * 1024, CALL = 64 };

/* Frames that are looked through for who called; a stack of more is the recipe's. */
enum { FRAMES = 100 };

/* Whose time passes is asked once in so many seconds; until then it adds up. */
static const double QUICK = 0.0005;
static const double INTERRUPT_GRACE = 1.0;
/* Our own code gets so much longer, to come back to the recipe, where it is stopped. */
static const double OWN_GRACE = 0.3;
/* After an interrupt so much of one call of the engine counts: one that takes long is waited
** for, a loop of them is not. */
static const double CALL_MOST = 0.1;
/* What a recipe builds by itself counts, of one call so much: large data that are opened once
** are no loop. Calls below BUILT_LEAST are too many to look whose each is: tick does. */
static const double BUILT_MOST = 1.0, BUILT_LEAST = 0.00005;

static struct {
    double budget; /* seconds; 0: no bound */
    double spent;  /* of the recipe's code since the last refresh */
    double last;   /* up to here time has been given to somebody */
    double cpu;    /* of this thread, when that was */
    double late;   /* since an interrupt, with nothing under way that ends itself */
    double seen;   /* clock at the last tick that counted */
    double engine; /* of the engine's calls since then, where they count (CALL_MOST) */
    double
        built; /* of calls that built something for the recipe's own code since then */
    double trained; /* of its own forwards, backwards, updates since then */
    size_t work;    /* bytes since the last look at the clock */
    bool fresh;     /* refreshed: time starts with the next tick */
    bool behalf;    /* what runs is the recipe's doing, wherever it is called from */
    const char *why;
    char over[96];      /* what is said where the budget is spent */
    lua_State *running; /* the thread that runs; NULL: no guard */
} guard;

/* Whose time it is: lrrun's, lrrun's on behalf of a recipe that waits for it, the recipe's. */
typedef enum owner { OURS, BEHALF, RECIPE } owner;

/* Our own modules' functions, but for those that stand in the place of Lua's library. */
static bool is_ours(const lua_Debug *ar)
{
    return strncmp(ar->source, "@lrrun:", 7) == 0;
}

static bool is_library(const lua_Debug *ar)
{
    return *ar->what == 'C' || strncmp(ar->source, "@lrrun:lrrun/sandbox/", 21) == 0;
}

/* Looks down L's stack. Library functions work for who called them; what a thread of its
** own runs is the recipe's. */
static owner owner_of(lua_State *L)
{
    lua_Debug ar;
    owner found = RECIPE;
    for (int level = 0; level < FRAMES; level++) {
        if (lua_getstack(L, level, &ar) == 0) {
            bool main = lua_pushthread(L) != 0;
            lua_pop(L, 1);
            return !main ? found : guard.behalf ? BEHALF : OURS;
        }
        if (lua_getinfo(L, "S", &ar) == 0)
            continue;
        if (strcmp(ar.source, "@lrrun:lrrun/sandbox/init.lua") == 0)
            return found; /* it calls recipes, and nothing else that takes time */
        if (is_library(&ar))
            continue;
        if (!is_ours(&ar))
            return found;
        found = BEHALF;
    }
    return found;
}

/* Whether what the recipe waits for in L ends itself after an interrupt, and saves: a
** training, a study, a measurement. */
static bool ends_itself(lua_State *L)
{
    static const char *const of[] = { "train/", "runs/", "range/", "search/",
                                      "study/" };
    lua_Debug ar;
    for (int level = 0; level < FRAMES && lua_getstack(L, level, &ar) != 0; level++) {
        if (lua_getinfo(L, "S", &ar) == 0 || is_library(&ar))
            continue;
        if (!is_ours(&ar))
            return false;
        for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
            if (strncmp(ar.source + sizeof "@lrrun:lrrun/" - 1, of[i], strlen(of[i])) ==
                0)
                return true;
    }
    return false;
}

/* An interrupt that ended what was being read or made, or a limit on memory or files that was met,
** in whose words it was refused. It ends the recipe: one that catches the error is not to try for
** ever. A trusted script may, of a limit. */
static const char *limit_met(void)
{
    const char *said;
    if (lrr_halt_met())
        return "interrupted";
    if (guard.running == NULL)
        return NULL;
    said = lrr_mem_refusal();
    return said != NULL ? said : lrr_budget_refusal();
}

static const char *check(void)
{
    if (guard.why == NULL)
        guard.why = limit_met();
    if (guard.why != NULL)
        return guard.why;
    if (guard.budget > 0 && guard.spent > guard.budget)
        return guard.over;
    return guard.late > INTERRUPT_GRACE ? "interrupted" : NULL;
}

/* Tells the supervisor that the guard has looked, and what time is left. */
static void tell(void)
{
    const double left = guard.budget - (guard.fresh ? 0 : guard.spent);
    lrr_calls_reach("tick");
    if (guard.budget > 0)
        lrr_watch_tick(left > 0 ? left : 0);
    else
        lrr_watch_tick(-1);
}

/* After an interrupt a recipe that goes on has a second: by the clock, but for what a
** training takes to end. */
static void be_late(lua_State *L, owner who, double now, double passed)
{
    if (lrr_interrupt_pending() == 0 || who == OURS)
        return;
    if (!lrr_watch_held())
        guard.late += now - guard.seen;
    else if (who == RECIPE || !ends_itself(L))
        guard.late += passed + guard.engine;
}

/* Adds up what a recipe has taken. A machine that is busy with something else does not count.
** A recipe that trains in a loop of its own may take as long for its Lua code as its training
** takes, and its budget beside. */
static void count_time(lua_State *L, owner who, double passed, double worked)
{
    const double built = guard.built, trained = guard.trained;

    guard.built = guard.trained = 0;
    if (who == OURS)
        return;
    if (built > 0 && (who == RECIPE || !ends_itself(L)))
        passed += built;
    guard.spent += passed < worked ? passed : worked;
    guard.spent = guard.spent > trained ? guard.spent - trained : 0;
}

/* Gives the time since the last tick to whom it belongs; returns whether the code that runs
** in L has to be stopped. */
static bool tick(lua_State *L)
{
    double now = lrr_clock_now();
    double passed = now - guard.last;
    double cpu, worked;
    owner who;

    tell();
    if (guard.why == NULL && passed + guard.engine + guard.built < QUICK && passed >= 0)
        return false;
    cpu = lrr_clock_thread();
    worked = cpu - guard.cpu;
    guard.last = now;
    guard.cpu = cpu;
    who = owner_of(L);
    if (guard.fresh || passed < 0)
        passed = worked = 0;
    guard.fresh = false;
    be_late(L, who, now, passed);
    guard.seen = now;
    guard.engine = 0;
    count_time(L, who, passed, worked);
    if (who == OURS)
        return false;
    if (who == RECIPE) {
        guard.why = check();
        return guard.why != NULL;
    }
    /* Once, so that what is closed behind it is closed; then the recipe is stopped. */
    if (guard.why != NULL || guard.budget <= 0 ||
        guard.spent < guard.budget + OWN_GRACE)
        return false;
    guard.why = check();
    return true;
}

static int interval(lua_State *L)
{
    size_t longest = lrr_vm_of(L)->texts.longest;
    size_t every = EVERY;
    if (guard.why != NULL)
        return 1;
    if (lrr_interrupt_pending() != 0)
        return EVERY_LEAST; /* one instruction may call the engine */
    if (longest > LRR_TEXT_LONG)
        every = (size_t)EVERY * LRR_TEXT_LONG / longest;
    return every < EVERY_LEAST ? EVERY_LEAST : (int)every;
}

static void hook(lua_State *L, lua_Debug *ar)
{
    bool stop;
    if (ar->event != LUA_HOOKCOUNT) {
        lrr_join_check(L, ar);
        return;
    }
    stop = tick(L);
    lrr_guard_pace(L);
    if (stop)
        luaL_error(L, "%s", guard.why);
}

void lrr_guard_pace(lua_State *L)
{
    if (L == NULL)
        L = guard.running;
    if (L != NULL && lua_gethook(L) == hook && lua_gethookcount(L) != interval(L))
        lua_sethook(L, hook, lua_gethookmask(L), interval(L));
}

lua_State *lrr_guard_enter(lua_State *L)
{
    lua_State *before = guard.running;
    if (before == NULL)
        return NULL;
    guard.running = L;
    lrr_guard_pace(L);
    return before;
}

/* Whether what was built is for the recipe's own code: not for lrrun, nor for a training, a
** study or a measurement that opens its data and makes its network. */
static bool is_for_recipe(lua_State *L, double took)
{
    return took < BUILT_LEAST || (owner_of(L) != OURS && !ends_itself(L));
}

/* For lrr_bind_watch: what the engine took is no time of Lua code. What it built for a recipe
** counts all the same, and after an interrupt any of it does. */
static void leave(lua_State *L, double began, lrr_bind_kind kind)
{
    double now = lrr_clock_now(), took = now - began;
    if (kind == LRR_BIND_WORK) {
        lrr_guard_poll(L, took > QUICK ? WORK : CALL);
        return;
    }
    guard.last += took;
    if (guard.last > now)
        guard.last = now;
    if (kind == LRR_BIND_TRAIN)
        guard.trained += took;
    else if (is_for_recipe(L, took))
        guard.built += took < BUILT_MOST ? took : BUILT_MOST;
    if (lrr_interrupt_pending() == 0)
        return;
    guard.engine += took < CALL_MOST ? took : CALL_MOST;
    lrr_guard_pace(L);
}

void lrr_guard_start(lua_State *L, double seconds)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    guard.running = lua_tothread(L, -1);
    lua_pop(L, 1);
    guard.budget = seconds;
    snprintf(guard.over, sizeof guard.over,
             "the recipe's Lua code took longer than %.6g s (--lua-seconds)", seconds);
    guard.why = NULL;
    guard.seen = lrr_clock_now();
    guard.engine = guard.built = guard.trained = 0;
    lrr_guard_refresh();
    lrr_bind_watch(leave, &guard.fresh); /* no time passes until the next tick */
    lrr_control_note(LRR_CONTROL_WATCH, 0);
    /* What was watched goes on to be: a recipe before may have left metatables. */
    lua_sethook(L, hook,
                LUA_MASKCOUNT | (lua_gethook(L) == hook ? lua_gethookmask(L) : 0),
                interval(L));
}

void lrr_guard_end(void)
{
    guard.budget = 0;
    lrr_watch_tick(-1);
}

void lrr_guard_watch(lua_State *L)
{
    /* Once: setting a hook begins its count anew, and a loop that comes here would never be
    ** counted to the end. */
    if (lua_gethook(L) == hook && (lua_gethookmask(L) & LUA_MASKCALL) == 0)
        lua_sethook(L, hook, LUA_MASKCOUNT | LUA_MASKCALL, lua_gethookcount(L));
}

void lrr_guard_refresh(void)
{
    guard.spent = guard.built = guard.trained = 0;
    guard.fresh = true;
    lrr_watch_tick(guard.budget > 0 ? guard.budget : -1);
}

void lrr_guard_behalf(bool on)
{
    guard.behalf = on;
}

const char *lrr_guard_tripped(void)
{
    if (guard.why == NULL)
        guard.why = limit_met();
    return guard.why;
}

void lrr_guard_trip(const char *why)
{
    if (guard.why == NULL)
        guard.why = why;
}

void lrr_guard_poll(lua_State *L, size_t work)
{
    guard.work += work < WORK ? work + CALL : WORK;
    if (guard.work < WORK || guard.running == NULL)
        return;
    guard.work = 0;
    if (tick(L))
        luaL_error(L, "%s", guard.why);
}
