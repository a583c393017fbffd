/* table_parts.c -- see table_parts.h. */
#include "readers/table_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "readers/text_input.h"

enum { NAME_MAX = 1024 };

lrr_status lrr_table_name(const lrr_column_name *name, lrr_intern *used, char **out,
                          bool *renamed, lrr_error *err)
{
    char text[NAME_MAX];
    const size_t before = lrr_intern_count(used);
    size_t n = name->n;
    uint32_t id;
    lrr_status st;
    if (n >= NAME_MAX - 32)
        return lrr_fail(err, LRR_EFORMAT,
                        "%s: the name of column %zu is longer than %d",
                        lrr_csv_name(name->csv), name->at + 1, NAME_MAX - 32);
    if (n > 0 && !lrr_is_utf8(name->s, n))
        return lrr_fail(
            err, LRR_EFORMAT,
            "%s: the name of column %zu is not UTF-8; encoding = \"latin1\" "
            "reads what older programs write",
            lrr_csv_name(name->csv), name->at + 1);
    if (n > 0)
        memcpy(text, name->s, n);
    else
        n = (size_t)snprintf(text, sizeof text, name->header ? "Unnamed: %zu" : "%zu",
                             name->header ? name->at : name->at + 1);
    st = lrr_intern_add(used, text, n, &id, err);
    for (size_t k = 1; st == LRR_OK && lrr_intern_count(used) == before; k++) {
        size_t m = n + (size_t)snprintf(text + n, sizeof text - n, ".%zu", k);
        st = lrr_intern_add(used, text, m, &id, err);
        *renamed = true;
        if (lrr_intern_count(used) > before)
            n = m;
    }
    if (st == LRR_OK)
        st = lrr_mem_new(n + 1, 1, "a name", out, err);
    if (st == LRR_OK)
        memcpy(*out, text, n);
    return st;
}

lrr_status lrr_field_copy(const lrr_field_cfg *cfg, lrr_field_cfg *out, char **words,
                          lrr_error *err)
{
    size_t bytes = cfg->words * sizeof(char *);
    const char **list;
    char *at;
    lrr_status st;
    *out = *cfg;
    *words = NULL;
    if (cfg->words == 0)
        return LRR_OK;
    for (size_t i = 0; i < cfg->words; i++)
        bytes += strlen(cfg->word[i]) + 1;
    if ((st = lrr_mem_new(bytes, 1, "words", words, err)) != LRR_OK)
        return st;
    list = (const char **)(void *)*words;
    at = *words + cfg->words * sizeof *list;
    for (size_t i = 0; i < cfg->words; i++) {
        const size_t n = strlen(cfg->word[i]) + 1;
        memcpy(at, cfg->word[i], n);
        list[i] = at;
        at += n;
    }
    out->word = list;
    return LRR_OK;
}

lrr_value lrr_table_value(const lrr_csv_field *f, const lrr_field_cfg *cfg,
                          lrr_column_kind kind, double offset, float *v, bool *whole)
{
    lrr_field value;
    const lrr_field_kind is = lrr_field_parse(f->s, f->n, cfg, &value);
    const bool fits = kind == LRR_COLUMN_DATE
                          ? is == LRR_FIELD_DATE
                          : is == LRR_FIELD_NUMBER || is == LRR_FIELD_MARKED;
    *v = NAN;
    if (is == LRR_FIELD_MISSING)
        return LRR_VALUE_MISSING;
    if (kind == LRR_COLUMN_CATEGORY)
        return LRR_VALUE_THERE;
    if (is == LRR_FIELD_INFINITE && kind == LRR_COLUMN_NUMBER)
        return LRR_VALUE_INFINITE;
    if (!fits)
        return LRR_VALUE_UNFIT;
    *v = (float)(value.value - offset);
    *whole = *whole && lrr_is_whole(value.value);
    return isfinite(*v) ? LRR_VALUE_THERE : LRR_VALUE_INFINITE;
}

size_t lrr_strip_end(const char *s, size_t n, char mark)
{
    size_t left = n;
    while (mark != '\0' && left > 0 && s[left - 1] == mark)
        left--;
    while (left < n && left > 0 && (s[left - 1] == ' ' || s[left - 1] == '\t'))
        left--;
    return left > 0 ? left : n;
}

size_t lrr_feature_width(const lrr_feature *f)
{
    size_t width = 1;
    if (f->kind == LRR_COLUMN_CATEGORY)
        width = f->levels.n;
    else if (f->kind == LRR_COLUMN_DATE)
        width = f->time ? 4 : 3;
    return lrr_size_add(width, f->flag ? 1 : 0);
}

static float *fill_date(float *x, float v, double offset, bool time)
{
    lrr_day_parts parts = { 0 };
    const bool there = !isnan(v);
    if (there)
        parts = lrr_day_parts_of((double)v + offset);
    *x++ = v;
    *x++ = there ? (float)parts.month : NAN;
    *x++ = there ? (float)parts.weekday : NAN;
    if (time)
        *x++ = there ? (float)parts.hour : NAN;
    return x;
}

float *lrr_feature_fill(const lrr_feature *f, float v, double offset, int32_t level,
                        float *x)
{
    if (f->kind == LRR_COLUMN_NUMBER) {
        *x++ = v;
    } else if (f->kind == LRR_COLUMN_DATE) {
        x = fill_date(x, v, offset, f->time);
    } else {
        if (level >= 0)
            x[level] = 1;
        x += f->levels.n;
    }
    if (f->flag)
        *x++ = isnan(v) ? 1.0F : 0.0F;
    return x;
}
