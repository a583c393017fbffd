/* replay.c -- runs a fuzz target where libFuzzer is not linked in: over the files of a corpus,
** and then over changes of them for a time.
**
** fuzz_X SECONDS SEED FOLDER. What is changed how follows from SEED and a count alone, so that
** a find comes again; the input under way is kept in FUZZ_INPUT (environment), if that is
** set, for the case that the process ends there. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { FILES = 64, LARGEST = 1 << 16 };

typedef struct input {
    uint8_t *data;
    size_t n;
} input;

static input corpus[FILES];
static size_t files;
static uint64_t seed, count;
static int shown = -1; /* FUZZ_INPUT */

/* A whole number from 0 to n - 1: SplitMix64's output function of a counter. */
static size_t draw(size_t n)
{
    uint64_t z = seed * 0x9E3779B97F4A7C15u + ++count * 0xD1342543DE82EF95u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (size_t)((z ^ (z >> 31)) % (n == 0 ? 1 : n));
}

static void add_file(const char *folder, const char *name)
{
    char path[4096];
    input *in = &corpus[files];
    FILE *f;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "rb");
    in->data = malloc(LARGEST);
    if (f == NULL || in->data == NULL) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        exit(1);
    }
    in->n = fread(in->data, 1, LARGEST, f);
    fclose(f);
    files++;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files of a folder in the order of their names, so that each run is the same. */
static void read_corpus(const char *folder)
{
    char *names[FILES];
    size_t n = 0;
    struct dirent *e;
    DIR *d = opendir(folder);
    while (d != NULL && n < FILES && (e = readdir(d)) != NULL) {
        if (e->d_name[0] != '.' && (names[n] = strdup(e->d_name)) != NULL)
            n++;
    }
    if (d != NULL)
        closedir(d);
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        add_file(folder, names[i]);
        free(names[i]);
    }
    if (files == 0) {
        fprintf(stderr, "replay: no files in %s\n", folder);
        exit(1);
    }
}

static void flip(input *x)
{
    static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xff, '-', '.', 'e', '0', '9', '"', '\n' };
    if (x->n > 0)
        x->data[draw(x->n)] =
            draw(2) ? (uint8_t)draw(256) : odd[draw(sizeof odd / sizeof *odd)];
}

static void cut(input *x)
{
    const size_t at = draw(x->n), most = x->n - at;
    const size_t n = draw(most < 16 ? most + 1 : 17);
    if (x->n > 0) {
        memmove(x->data + at, x->data + at + n, x->n - at - n);
        x->n -= n;
    }
}

/* A piece of another file, or of this one, is put between. */
static void insert(input *x)
{
    const input *from = &corpus[draw(files)];
    const size_t at = draw(x->n + 1), begin = draw(from->n);
    size_t n = draw(from->n - begin + 1);
    if (n > LARGEST - x->n)
        n = LARGEST - x->n;
    memmove(x->data + at + n, x->data + at, x->n - at);
    memcpy(x->data + at, from->data + begin, n);
    x->n += n;
}

static void number(input *x)
{
    static const uint64_t odd[] = { 0,          1,          UINT8_MAX,  UINT16_MAX, INT32_MAX,
                                    UINT32_MAX, INT64_MAX,  UINT64_MAX, 1u << 31,   1u << 16 };
    const uint64_t v = odd[draw(sizeof odd / sizeof *odd)];
    const size_t n = (size_t)1 << draw(4);
    if (x->n >= n)
        memcpy(x->data + draw(x->n - n + 1), &v, n);
}

static void change(input *x)
{
    static void (*const how[])(input *) = { flip, flip, cut, insert, number };
    const input *from = &corpus[draw(files)];
    memcpy(x->data, from->data, from->n);
    x->n = from->n;
    for (size_t i = 1 + draw(6); i > 0; i--)
        how[draw(sizeof how / sizeof *how)](x);
    if (draw(8) == 0)
        x->n = draw(x->n + 1);
}

/* Runs an input from memory of just its size, so that the sanitizer sees what stands behind. */
static void run(const input *x)
{
    uint8_t *exact = malloc(x->n > 0 ? x->n : 1);
    if (exact == NULL)
        exit(1);
    memcpy(exact, x->data, x->n);
    if (shown >= 0 && (pwrite(shown, x->data, x->n, 0) != (ssize_t)x->n ||
                       ftruncate(shown, (off_t)x->n) != 0))
        exit(1);
    (void)LLVMFuzzerTestOneInput(exact, x->n);
    free(exact);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    input x = { malloc(LARGEST), 0 };
    unsigned long runs = 0;
    double until;
    if (argc != 4 || x.data == NULL) {
        fprintf(stderr, "usage: %s SECONDS SEED FOLDER\n", argv[0]);
        return 2;
    }
    seed = strtoull(argv[2], NULL, 10);
    read_corpus(argv[3]);
    if (getenv("FUZZ_INPUT") != NULL)
        shown = open(getenv("FUZZ_INPUT"), O_RDWR | O_CREAT | O_TRUNC, 0666);
    for (size_t i = 0; i < files; i++)
        run(&corpus[i]);
    for (until = now() + strtod(argv[1], NULL); now() < until; runs++) {
        change(&x);
        run(&x);
    }
    printf("%s: %lu inputs\n", argv[3], runs);
    for (size_t i = 0; i < files; i++)
        free(corpus[i].data);
    free(x.data);
    return 0;
}
