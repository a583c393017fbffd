/* test_lanes.c -- a carrier believes nothing that stands on a lane of its mailbox. */
#include <string.h>

#include "check.h"
#include "dist/carrier.h"
#include "dist/lanes.h"

static int begun[2]; /* gathers, exchanges */
static bool finished;

static void begin_gather(int lane, void *data, const int *n, const int *at)
{
    (void)lane, (void)data, (void)n, (void)at;
    begun[0]++;
}

static void begin_exchange(int lane, const void *from, const int *n, const int *at,
                           void *to, const int *to_n, const int *to_at)
{
    (void)lane, (void)from, (void)n, (void)at, (void)to, (void)to_n, (void)to_at;
    begun[1]++;
}

static bool done(int lane)
{
    (void)lane;
    return finished;
}

static const lrr_mpi mpi = { .begin_gather = begin_gather,
                             .begin_exchange = begin_exchange,
                             .done = done };
static lrr_mailbox *box;
static lrr__lanes lanes;

static lrr__lanes_found ask(int lane, int kind, int n, int at)
{
    lrr_mail_lane *l = &box->lane[lane];
    l->kind = kind;
    l->n[1] = l->to_n[1] = n;
    l->at[1] = l->to_at[1] = at;
    atomic_store(&l->asked, true);
    return lrr__lanes_take(&lanes, box, &mpi, 2);
}

/* A fresh one, so that what is asked is not refused for what was asked before. */
static bool refuses(int kind, int n, int at)
{
    memset(&lanes, 0, sizeof lanes);
    memset(begun, 0, sizeof begun);
    return ask(0, kind, n, at) == LRR__LANES_WRONG && begun[0] + begun[1] == 0;
}

static void places_are_looked_at(void)
{
    enum { HALF = LRR_LANE_HALF };
    CHECK(refuses(LRR_MAIL_EXCHANGE, HALF, 1));
    CHECK(refuses(LRR_MAIL_EXCHANGE, -1, 0));
    CHECK(refuses(LRR_MAIL_EXCHANGE, 0, INT32_MAX));
    CHECK(refuses(LRR_MAIL_GATHER, 2 * HALF, 1));
    CHECK(refuses(LRR_MAIL_GATHER, INT32_MAX, INT32_MAX));
    CHECK(refuses(LRR_MAIL_BROADCAST, 1, 0));
    CHECK(refuses(99, 1, 0));
    CHECK(!refuses(LRR_MAIL_EXCHANGE, HALF, 0) && begun[1] == 1);
    CHECK(!refuses(LRR_MAIL_GATHER, HALF, HALF) && begun[0] == 1);
}

static void one_is_under_way_at_a_time(void)
{
    memset(&lanes, 0, sizeof lanes);
    finished = false;
    CHECK(lrr__lanes_take(&lanes, box, &mpi, 2) == LRR__LANES_NONE);
    CHECK(ask(1, LRR_MAIL_GATHER, 4, 0) == LRR__LANES_BEGUN);
    CHECK(ask(1, LRR_MAIL_GATHER, 4, 0) == LRR__LANES_WRONG); /* it is under way */
    CHECK(ask(0, LRR_MAIL_GATHER, 4, 0) == LRR__LANES_BEGUN);
    CHECK(lrr__lanes_look(&lanes, box, &mpi));
    CHECK(sem_trywait(&box->lane[1].done) != 0);
    finished = true;
    CHECK(!lrr__lanes_look(&lanes, box, &mpi));
    CHECK(sem_trywait(&box->lane[1].done) == 0 && sem_trywait(&box->lane[0].done) == 0);
    CHECK(sem_trywait(&box->lane[2].done) != 0);
    CHECK(ask(1, LRR_MAIL_GATHER, 4, 0) == LRR__LANES_BEGUN);
}

int main(void)
{
    box = lrr_mailbox_new();
    CHECK(box != NULL);
    places_are_looked_at();
    one_is_under_way_at_a_time();
    printf("lanes: %d faults\n", faults);
    return faults != 0;
}
