/* budget.c -- see budget.h. */
#include "os/budget.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t most_bytes, most_names; /* 0: no limit */
static uint64_t bytes_used, names_used;
static bool refused;
static char refusal[LRR_ERROR_TEXT];

void lrr_budget_limit(uint64_t bytes, uint64_t names)
{
    pthread_mutex_lock(&lock);
    most_bytes = bytes;
    most_names = names;
    refused = false;
    pthread_mutex_unlock(&lock);
}

/* a + b, or UINT64_MAX where that does not fit. */
static uint64_t plus(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

/* The room is locked. */
static lrr_status take(uint64_t bytes, uint64_t names, const char *path, lrr_error *err)
{
    char most[LRR_SIZE_TEXT];
    if (most_bytes != 0 && plus(bytes_used, bytes) > most_bytes)
        lrr_fail(err, LRR_EIO,
                 "cannot write %s: more than %s would have been written (--disk)",
                 lrr_path_end(path), lrr_size_text((size_t)most_bytes, most));
    else if (most_names != 0 && plus(names_used, names) > most_names)
        lrr_fail(err, LRR_EIO,
                 "cannot make %s: more than %" PRIu64
                 " files and folders would have been made (--files)",
                 lrr_path_end(path), most_names);
    else {
        bytes_used = plus(bytes_used, bytes);
        names_used = plus(names_used, names);
        return LRR_OK;
    }
    if (!refused)
        memcpy(refusal, err->msg, sizeof refusal);
    refused = true;
    return LRR_EIO;
}

static lrr_status ask(uint64_t bytes, uint64_t names, const char *path, lrr_error *err)
{
    lrr_error own;
    lrr_status st;
    pthread_mutex_lock(&lock);
    st = take(bytes, names, path, err == NULL ? &own : err);
    pthread_mutex_unlock(&lock);
    return st;
}

lrr_status lrr_budget_write(uint64_t bytes, const char *path, lrr_error *err)
{
    return ask(bytes, 0, path, err);
}

lrr_status lrr_budget_name(const char *path, lrr_error *err)
{
    return ask(LRR_BUDGET_BLOCK, 1, path, err);
}

lrr_status lrr_budget_half(uint64_t bytes, lrr_error *err)
{
    char wanted[LRR_SIZE_TEXT], most[LRR_SIZE_TEXT];
    uint64_t limit;
    bool fits;
    pthread_mutex_lock(&lock);
    limit = most_bytes;
    fits = limit == 0 || (bytes_used < limit && bytes <= (limit - bytes_used) / 2);
    if (fits)
        bytes_used = plus(bytes_used, bytes);
    pthread_mutex_unlock(&lock);
    if (fits)
        return LRR_OK;
    return lrr_fail(err, LRR_EIO, "%s are more than half of what --disk (%s) leaves",
                    lrr_size_text((size_t)bytes, wanted),
                    lrr_size_text((size_t)limit, most));
}

void lrr_budget_add(uint64_t bytes, uint64_t names)
{
    pthread_mutex_lock(&lock);
    bytes_used = plus(bytes_used, bytes);
    names_used = plus(names_used, names);
    pthread_mutex_unlock(&lock);
}

void lrr_budget_give(uint64_t bytes, uint64_t names)
{
    pthread_mutex_lock(&lock);
    bytes_used -= bytes < bytes_used ? bytes : bytes_used;
    names_used -= names < names_used ? names : names_used;
    pthread_mutex_unlock(&lock);
}

void lrr_budget_used(uint64_t *bytes, uint64_t *names)
{
    pthread_mutex_lock(&lock);
    *bytes = bytes_used;
    *names = names_used;
    pthread_mutex_unlock(&lock);
}

const char *lrr_budget_refusal(void)
{
    return refused ? refusal : NULL;
}
