/*
** mpi.c -- the plug-in: dist/mpi.h by MPI. Built with the mpicc of an MPI into a library of its
** own; a check of sources that knows no MPI finds nothing here.
*/
#if __has_include(<mpi.h>)

#include <mpi.h>
#include <stddef.h>

#include "dist/mpi.h"

#if defined OPEN_MPI
#define LIBRARY "Open MPI"
#else
#define LIBRARY "MPICH"
#endif

static void init(int *rank, int *size)
{
    int given;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_SINGLE, &given);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, size);
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

static void finish(void)
{
    MPI_Finalize();
}

const lrr_mpi *lrr_mpi_plugin(void);

const lrr_mpi *lrr_mpi_plugin(void)
{
    static const lrr_mpi plugin = { LRR_MPI_VERSION, LIBRARY,  init,  broadcast,
                                    gather,          exchange, finish };
    return &plugin;
}

#else
typedef int lrr_no_mpi;
#endif
