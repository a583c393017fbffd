/* bind_ranks.c -- lrrun.native.ranks: processes that train together (dist/ranks.h).
**
** rank, size, label, why = found()   what the environment says: 0 of 1 is alone; why they cannot
**                                    reach each other
** start()                            meets the others; raises where it cannot
** connect()                          the same, to go its own way: send(rank, text), and
** rank, text = take()                a message that is here, or nil
** interrupt(name)                    takes "SIGINT" or "SIGTERM" for come
** finish()                           the last call
** text = broadcast(text)             rank 0's
** same = agree(number)               whether all ranks have the same one
** n, most = pieces(shards, ranks)    what their gradients are sent in: of all, of one rank
** now()                              rank 0's clock
** asked()                            whether a signal asked this process to end, agreed or not
*/
#include "bind/bind_ranks.h"

#include <signal.h>
#include <string.h>

#include "base/tree.h"
#include "bind/bind.h"
#include "dist/ranks.h"
#include "os/interrupt.h"

static int l_found(lua_State *L)
{
    const lrr_ranks *r = lrr_ranks_found();
    lua_pushinteger(L, r->rank);
    lua_pushinteger(L, r->size);
    lua_pushstring(L, r->kind != NULL ? lrr_ranks_label(r->kind) : NULL);
    lua_pushstring(L, r->odd);
    return 4;
}

static int l_start(lua_State *L)
{
    lrr_error err;
    if (lrr_ranks_start(&err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_connect(lua_State *L)
{
    lrr_error err;
    if (lrr_ranks_connect(&err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_send(lua_State *L)
{
    size_t n;
    const lua_Integer to = luaL_checkinteger(L, 1);
    const char *text = luaL_checklstring(L, 2, &n);

    luaL_argcheck(L, to >= 0 && to < LRR_RANKS_MAX, 1, "no rank");
    luaL_argcheck(L, lrr_ranks_send((int)to, text, n), 2, "not to be sent");
    return 0;
}

static int l_take(lua_State *L)
{
    int from;
    size_t n;
    const char *text = lrr_ranks_take(&from, &n);

    if (text == NULL)
        return 0;
    lua_pushinteger(L, from);
    lua_pushlstring(L, text, n);
    return 2;
}

static int l_interrupt(lua_State *L)
{
    lrr_interrupt_note(strcmp(luaL_checkstring(L, 1), "SIGTERM") == 0 ? SIGTERM
                                                                      : SIGINT);
    return 0;
}

static int l_finish(lua_State *L)
{
    (void)L;
    lrr_ranks_finish();
    return 0;
}

static int l_broadcast(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    double size = (double)n;
    char *room;

    if (!lrr_ranks_started())
        return 1;
    lrr_ranks_broadcast(&size, sizeof size);
    room = lua_newuserdatauv(L, (size_t)size + 1, 0);
    if (lrr_ranks_found()->rank == 0)
        memcpy(room, text, n);
    lrr_ranks_broadcast(room, (size_t)size);
    lua_pushlstring(L, room, (size_t)size);
    return 1;
}

static int l_agree(lua_State *L)
{
    const double own = luaL_checknumber(L, 1);
    const int size = lrr_ranks_found()->size;
    double all[LRR_RANKS_MAX] = { 0 };
    bool same = true;

    if (lrr_ranks_started()) {
        all[lrr_ranks_found()->rank] = own;
        lrr_ranks_share(all, (size_t)size, 1);
        for (int r = 1; r < size; r++)
            same = same && all[r] == all[0];
    }
    lua_pushboolean(L, same);
    return 1;
}

static int l_pieces(lua_State *L)
{
    const lua_Integer shards = luaL_checkinteger(L, 1), n = luaL_checkinteger(L, 2);
    size_t top[LRR_TREE_MAX], all = 0, most = 0;

    luaL_argcheck(L, shards >= 1 && shards <= LRR_TREE_MAX, 1, "want 1 to 1024");
    luaL_argcheck(L, n >= 1 && n <= LRR_RANKS_MAX, 2, "want 1 to 1024");
    for (size_t r = 0; r < (size_t)n; r++) {
        const size_t held = lrr_tree_tops((size_t)shards, (size_t)n, r, top);
        all += held;
        most = held > most ? held : most;
    }
    lua_pushinteger(L, (lua_Integer)all);
    lua_pushinteger(L, (lua_Integer)most);
    return 2;
}

static int l_asked(lua_State *L)
{
    lua_pushboolean(L, lrr_interrupt_asked() != 0);
    return 1;
}

static int l_now(lua_State *L)
{
    lua_pushnumber(L, lrr_ranks_now());
    return 1;
}

static void share(void *ud, double *rows, size_t count, size_t n)
{
    (void)ud;
    lrr_ranks_share(rows, count, n);
}

static void fill(void *ud, void *data, const size_t *at)
{
    (void)ud;
    lrr_ranks_fill(data, at);
}

static void reduce(void *ud, lrr_real *const *x, size_t count, lrr_real *sum, size_t n)
{
    (void)ud;
    lrr_ranks_reduce(x, count, sum, n);
}

static void settle(void *ud)
{
    (void)ud;
    lrr_ranks_settle();
}

lrr_peers lrr_bind_peers(void)
{
    const lrr_ranks *r = lrr_ranks_found();
    if (!lrr_ranks_started())
        return (lrr_peers){ .n = 1 };
    return (lrr_peers){ .n = (size_t)r->size,
                        .self = (size_t)r->rank,
                        .share = share,
                        .fill = fill,
                        .reduce = reduce,
                        .settle = settle };
}

int luaopen_lrrun_native_ranks(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "found", l_found },     { "start", l_start },         { "finish", l_finish },
        { "connect", l_connect }, { "send", l_send },           { "take", l_take },
        { "agree", l_agree },     { "broadcast", l_broadcast }, { "now", l_now },
        { "asked", l_asked },     { "interrupt", l_interrupt }, { "pieces", l_pieces },
        { NULL, NULL },
    };
    lrr_bind_newlib(L, functions);
    return 1;
}
