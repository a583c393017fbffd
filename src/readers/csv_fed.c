/* csv_fed.c -- records of bytes that are at hand, and copies in which these lie; see csv.h. */
#include "base/mem.h"
#include "readers/csv_private.h"

uint64_t lrr_csv_text_bytes(const lrr_csv *c)
{
    return lrr_text_input_given(c->input);
}

void lrr_csv_copy(lrr_csv *c, lrr_scratch *to)
{
    lrr_text_input_copy(c->input, to);
}

void lrr_csv_feed(lrr_csv *c, const unsigned char *s, size_t n)
{
    c->fed = true;
    c->failed = LRR_OK;
    c->buf = s;
    c->buf_at = c->raw_from = c->raw_n = 0;
    c->buf_n = n;
    c->line = c->column = 1;
}

/* A record's text is no longer than the record: what parts two fields is a NUL there. */
lrr_status lrr_csv_feeder(const lrr_csv *of, size_t longest, size_t fields,
                          lrr_csv **out, lrr_error *err)
{
    lrr_csv *c = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *c, "a line", &c, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    *c = *of;
    c->input = NULL;
    c->text = c->raw = NULL;
    c->field = NULL;
    c->span = NULL;
    c->most = longest < LRR_CSV_RECORD_MAX ? longest : LRR_CSV_RECORD_MAX;
    c->most += LRR__CSV_SHORT; /* shorter ones are copied in pieces of that size */
    c->room = fields;
    lrr_csv_feed(c, NULL, 0);
    st = lrr_mem_new(c->most + 1 + LRR__CSV_SHORT, 1, "a line", &c->text, err);
    if (st == LRR_OK)
        st = lrr_mem_new(c->room, sizeof *c->field, "a line", &c->field, err);
    if (st == LRR_OK)
        st = lrr_mem_new(LRR__CSV_SPANS, sizeof *c->span, "a line", &c->span, err);
    if (st != LRR_OK) {
        lrr_csv_close(c);
        return st;
    }
    *out = c;
    return LRR_OK;
}
