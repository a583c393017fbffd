/*
** mpi.c -- the plug-in: dist/mpi.h by MPI. Built with the mpicc of an MPI into a library of its
** own; a check of sources that knows no MPI finds nothing here.
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

static void init(int *rank, int *size)
{
    int given;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_SINGLE, &given);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, size);
    for (int i = 0; i < LRR_MAIL_LANES; i++) {
        MPI_Comm_dup(MPI_COMM_WORLD, &lane_of[i]);
        request_of[i] = MPI_REQUEST_NULL;
    }
}

static void broadcast(void *data, int n)
{
    MPI_Bcast(data, n, MPI_BYTE, 0, MPI_COMM_WORLD);
}

static void gather(void *data, const int *n, const int *at)
{
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, data, n, at, MPI_BYTE,
                   MPI_COMM_WORLD);
}

static void exchange(const void *from, const int *n, const int *at, void *to,
                     const int *to_n, const int *to_at)
{
    MPI_Alltoallv(from, n, at, MPI_BYTE, to, to_n, to_at, MPI_BYTE, MPI_COMM_WORLD);
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

static void finish(void)
{
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
                                    .finish = finish };
    return &plugin;
}

#else
typedef int lrr_no_mpi;
#endif
