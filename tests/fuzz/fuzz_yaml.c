/* fuzz_yaml.c -- any bytes as a YAML document: its items nest, and written again they read back
** as they were. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint64_t hash_bytes(uint64_t h, const void *data, size_t n)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < n; i++)
        h = (h ^ at[i]) * 1099511628211u;
    return h;
}

static uint64_t hash_item(uint64_t h, const lrr_yaml_item *x)
{
    h = hash_bytes(h, &x->kind, sizeof x->kind);
    if (x->kind == LRR_YAML_BOOL)
        return hash_bytes(h, &x->flag, sizeof x->flag);
    if (x->kind == LRR_YAML_INT)
        return hash_bytes(h, &x->whole, sizeof x->whole);
    if (x->kind == LRR_YAML_REAL && x->real == x->real)
        return hash_bytes(h, &x->real, sizeof x->real);
    if (x->kind == LRR_YAML_STRING)
        return hash_bytes(h, x->text, x->n);
    return h;
}

/* Reads text; w, where it is given, gets all items. 0 where one is refused, or there is none:
** a text of nothing is a document that nobody writes. */
static uint64_t read_all(const char *text, size_t n, lrr_yaml_writer *w)
{
    uint64_t h = 14695981039346656037u;
    size_t count = 0;
    lrr_yaml_reader *r;
    lrr_yaml_item item;
    lrr_error err;
    if (lrr_yaml_reader_new(text, n, &r, &err) != LRR_OK)
        return 0;
    do {
        if (lrr_yaml_next(r, &item, &err) != LRR_OK) {
            lrr_yaml_reader_free(r);
            return 0;
        }
        if (item.kind == LRR_YAML_DONE && count == 0)
            h = 0;
        else
            h = hash_item(h, &item);
        count++;
        if (w != NULL && h != 0 && lrr_yaml_put(w, &item, &err) != LRR_OK)
            __builtin_trap();
    } while (item.kind != LRR_YAML_DONE);
    lrr_yaml_reader_free(r);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *text = n > 0 ? (const char *)data : "";
    const uint64_t first = read_all(text, n, NULL);
    lrr_yaml_writer *w;
    lrr_error err;
    const char *again;
    size_t size;
    if (first == 0 || lrr_yaml_writer_new(&w, &err) != LRR_OK)
        return 0;
    (void)read_all(text, n, w);
    again = lrr_yaml_text(w, &size);
    if (read_all(again, size, NULL) != first)
        __builtin_trap();
    lrr_yaml_writer_free(w);
    return 0;
}
