/*
** mpi.c -- the plug-in: dist/mpi.h by MPI. Built with the mpicc of an MPI into a library of its
** own; a check of sources that knows no MPI finds nothing here.
**
** No call blocks but the first and the last: a wait inside MPI knows no end where a rank is lost
** that the connection does not tell of, and takes a processor from the work.
*/
#if __has_include(<mpi.h>)

#include <mpi.h>
#include <stddef.h>

#include "dist/mailbox.h"
#include "dist/mpi.h"

#if defined OPEN_MPI
#define LIBRARY "Open MPI"
#else
#define LIBRARY "MPICH"
#endif

/* A lane's calls are in order among themselves alone. */
static MPI_Comm lane_of[LRR_MAIL_LANES];
static MPI_Request request_of[LRR_MAIL_LANES];

enum { MESSAGE, WORD }; /* tags */

static struct {
    lrr_mpi_idle idle;
    void *arg;
    int rank, size;
    int told, telling; /* what comes, and what leaves */
    MPI_Request coming, leaving;
} state = { .coming = MPI_REQUEST_NULL, .leaving = MPI_REQUEST_NULL };

static void wait_for(MPI_Request *request)
{
    int done = 0;
    for (bool first = true; !done; first = false) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (!done && !state.idle(state.arg, first))
            return;
    }
}

static void listen(void)
{
    MPI_Irecv(&state.told, 1, MPI_INT, (state.rank + state.size - 1) % state.size, WORD,
              MPI_COMM_WORLD, &state.coming);
}

static void init(int *rank, int *size, lrr_mpi_idle idle, void *arg)
{
    int given;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_SINGLE, &given);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, size);
    state.idle = idle;
    state.arg = arg;
    state.rank = *rank;
    state.size = *size;
    for (int i = 0; i < LRR_MAIL_LANES; i++) {
        MPI_Comm_idup(MPI_COMM_WORLD, &lane_of[i], &request_of[i]);
        wait_for(&request_of[i]);
    }
    listen();
}

static void broadcast(void *data, int n)
{
    MPI_Request request;
    MPI_Ibcast(data, n, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
    wait_for(&request);
}

static void gather(void *data, const int *n, const int *at)
{
    MPI_Request request;
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, data, n, at, MPI_BYTE,
                    MPI_COMM_WORLD, &request);
    wait_for(&request);
}

static void exchange(const void *from, const int *n, const int *at, void *to,
                     const int *to_n, const int *to_at)
{
    MPI_Request request;
    MPI_Ialltoallv(from, n, at, MPI_BYTE, to, to_n, to_at, MPI_BYTE, MPI_COMM_WORLD,
                   &request);
    wait_for(&request);
}

static void tell(int word)
{
    int done;
    MPI_Test(&state.leaving, &done, MPI_STATUS_IGNORE);
    if (!done)
        return;
    state.telling = word;
    MPI_Isend(&state.telling, 1, MPI_INT, (state.rank + 1) % state.size, WORD, MPI_COMM_WORLD,
              &state.leaving);
}

static bool told(int *word)
{
    int done;
    MPI_Test(&state.coming, &done, MPI_STATUS_IGNORE);
    if (!done)
        return false;
    *word = state.told;
    listen();
    return true;
}

static void meet(void)
{
    MPI_Request request;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    wait_for(&request);
}

static void begin_gather(int lane, void *data, const int *n, const int *at)
{
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, data, n, at, MPI_BYTE,
                    lane_of[lane], &request_of[lane]);
}

static void begin_exchange(int lane, const void *from, const int *n, const int *at,
                           void *to, const int *to_n, const int *to_at)
{
    MPI_Ialltoallv(from, n, at, MPI_BYTE, to, to_n, to_at, MPI_BYTE, lane_of[lane],
                   &request_of[lane]);
}

static bool done(int lane)
{
    int flag;
    MPI_Test(&request_of[lane], &flag, MPI_STATUS_IGNORE);
    return flag != 0;
}

static void send(const void *data, int n, int to)
{
    MPI_Request request;
    MPI_Isend(data, n, MPI_BYTE, to, MESSAGE, MPI_COMM_WORLD, &request);
    wait_for(&request);
}

static int probe(int *n)
{
    MPI_Status found;
    int any;
    MPI_Iprobe(MPI_ANY_SOURCE, MESSAGE, MPI_COMM_WORLD, &any, &found);
    if (!any)
        return -1;
    MPI_Get_count(&found, MPI_BYTE, n);
    return found.MPI_SOURCE;
}

static void receive(void *data, int n, int from)
{
    MPI_Request request;
    MPI_Irecv(data, n, MPI_BYTE, from, MESSAGE, MPI_COMM_WORLD, &request);
    wait_for(&request);
}

static void finish(void)
{
    MPI_Cancel(&state.coming);
    MPI_Wait(&state.coming, MPI_STATUS_IGNORE);
    MPI_Finalize();
}

const lrr_mpi *lrr_mpi_plugin(void);

const lrr_mpi *lrr_mpi_plugin(void)
{
    static const lrr_mpi plugin = { .version = LRR_MPI_VERSION,
                                    .library = LIBRARY,
                                    .init = init,
                                    .broadcast = broadcast,
                                    .gather = gather,
                                    .exchange = exchange,
                                    .begin_gather = begin_gather,
                                    .begin_exchange = begin_exchange,
                                    .done = done,
                                    .tell = tell,
                                    .told = told,
                                    .meet = meet,
                                    .send = send,
                                    .probe = probe,
                                    .receive = receive,
                                    .finish = finish };
    return &plugin;
}

#else
typedef int lrr_no_mpi;
#endif
