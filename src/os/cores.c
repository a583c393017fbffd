/* cores.c -- see cores.h. */
#include "os/cores.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/threads.h"

/* A whole number from 1 that a variable begins with ("4,2": 4 of the outer level); 0: none. */
static size_t number(const char *name)
{
    const char *text = getenv(name);
    char *end = NULL;
    const long x = text != NULL ? strtol(text, &end, 10) : 0;
    return x < 1 || x > 1 << 20 || (*end != '\0' && *end != ',') ? 0 : (size_t)x;
}

static void lower(lrr_cores *c, size_t n, const char *by)
{
    if (n > 0 && n < c->n)
        *c = (lrr_cores){ n, by };
}

/* Ranks of one machine, each of which may see all of it (Open MPI binds more than two to no
** single processor): they are not to get into each other's way. */
static void share(lrr_cores *c, const char *name)
{
    const size_t ranks = number(name);
    const long all = sysconf(_SC_NPROCESSORS_ONLN);
    if (ranks > 1 && all > 0)
        lower(c, (size_t)all > ranks ? (size_t)all / ranks : 1, name);
}

lrr_cores lrr_cores_given(void)
{
    static const char *const named[] = { "SLURM_CPUS_PER_TASK", "OMP_NUM_THREADS" };
    static const char *const ranks[] = { "OMPI_COMM_WORLD_LOCAL_SIZE",
                                         "MPI_LOCALNRANKS" };
    lrr_cores c = { lrr_threads_allowed(), NULL };

    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        lower(&c, number(named[i]), named[i]);
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        share(&c, ranks[i]);
    return c;
}
