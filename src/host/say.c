/* say.c -- see say.h. */
#include "host/say.h"

#include <stdio.h>
#include <unistd.h>

#include "dist/ranks.h"

void lrr_say_into(char *out, size_t size, const char *text, const char *what)
{
    const char *clear = isatty(STDERR_FILENO) ? "\r\033[K" : "";
    const lrr_ranks *r = lrr_ranks_found();
    char host[65] = "", who[100] = "";

    if (r->size > 1) {
        gethostname(host, sizeof host - 1);
        snprintf(who, sizeof who, "rank %d on %s: ", r->rank, host);
    }
    snprintf(out, size, "%slrrun: %s%s%s\n", clear, who, text, what);
}

void lrr_say(const char *text, const char *what)
{
    char line[640];
    lrr_say_into(line, sizeof line, text, what);
    dprintf(STDERR_FILENO, "%s", line);
}
