/*
** test_images.c -- a picture that could not be decoded for once, as memory was short: what is given
** after all is sound, with all pictures behind it. Of each allocation in turn.
*/
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "check.h"
#include "data/stored.h"
#include "readers/images.h"

enum { COUNT = 4, SIDE = 2, WIDTH = SIDE * SIDE };

/* Picture i is this in all places. */
static uint8_t grey(size_t i)
{
    return (uint8_t)(10 * i + 1);
}

static void name_of(const char *folder, size_t i, char out[64])
{
    snprintf(out, 64, "%s/%zu.png", folder, i);
}

static void make(const char *folder)
{
    for (size_t i = 0; i < COUNT; i++) {
        png_image image = { .version = PNG_IMAGE_VERSION,
                            .width = SIDE,
                            .height = SIDE,
                            .format = PNG_FORMAT_GRAY };
        uint8_t v[WIDTH];
        char path[64];
        memset(v, grey(i), sizeof v);
        name_of(folder, i, path);
        CHECK(png_image_write_to_file(&image, path, 0, v, 0, NULL) != 0);
    }
}

static bool are_sound(const uint8_t v[COUNT * WIDTH])
{
    for (size_t i = 0; i < COUNT * WIDTH; i++)
        if (v[i] != grey(i / WIDTH))
            return false;
    return true;
}

static lrr_status load(const char *folder, lrr_storing_when when, lrr_dataset **d)
{
    const lrr_images_cfg cfg = { .how = { .channels = 1 }, .stream = { .when = when } };
    lrr_images *m = NULL;
    lrr_error err;
    lrr_status st = lrr_images_new(&m, &err);
    *d = NULL;
    for (size_t i = 0; st == LRR_OK && i < COUNT; i++) {
        char path[64];
        name_of(folder, i, path);
        st = lrr_images_add_file(m, path, LRR_SPLIT_TRAIN, &err);
    }
    if (st == LRR_OK)
        st = lrr_images_dataset(m, &cfg, NULL, d, &err);
    lrr_images_free(m);
    return st;
}

static lrr_status rows_of(const lrr_dataset *d, uint8_t v[COUNT * WIDTH])
{
    lrr_error err;
    memset(v, 0, COUNT * WIDTH);
    if (d->stored != NULL)
        return lrr_stored_read(d, 0, COUNT, v, &err);
    memcpy(v, d->x.u8, COUNT * WIDTH);
    return LRR_OK;
}

static void loading(const char *folder, lrr_storing_when when)
{
    bool failed = true;
    for (long n = 0; failed; n++) {
        uint8_t v[COUNT * WIDTH];
        lrr_dataset *d;
        lrr_mem_fail_after(n, false);
        const lrr_status st = load(folder, when, &d);
        failed = lrr_mem_fail_left() < 0;
        lrr_mem_fail_after(-1, false);
        CHECK(st == LRR_OK || (failed && st == LRR_ENOMEM));
        if (st == LRR_OK)
            CHECK(rows_of(d, v) == LRR_OK && are_sound(v));
        lrr_dataset_free(d);
    }
}

static void reading(const char *folder)
{
    lrr_dataset *d;
    bool failed = true;
    CHECK(load(folder, LRR_STORE_ALWAYS, &d) == LRR_OK);
    for (long n = 0; d != NULL && failed; n++) {
        uint8_t v[COUNT * WIDTH];
        lrr_mem_fail_after(n, false);
        const lrr_status st = rows_of(d, v);
        failed = lrr_mem_fail_left() < 0;
        lrr_mem_fail_after(-1, false);
        CHECK(st == LRR_OK ? are_sound(v) : failed && st == LRR_ENOMEM);
    }
    lrr_dataset_free(d);
}

int main(void)
{
    char folder[] = "/tmp/lrrun-images-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    make(folder);
    loading(folder, LRR_STORE_NEVER);
    loading(folder, LRR_STORE_ALWAYS);
    reading(folder);
    for (size_t i = 0; i < COUNT; i++) {
        char path[64];
        name_of(folder, i, path);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    printf("%d faults\n", faults);
    return faults != 0;
}
