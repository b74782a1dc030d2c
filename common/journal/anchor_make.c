/* Anchors are made of what was published since the last time. */
#include "anchor_private.h"

#include <string.h>

#include "common/base/error.h"
#include "journal_sql.h"

#define AT_ONCE 200000 /* entries of one anchoring: dispatch's other work waits for it */

static int load_last(struct pg_conn *c, struct sums *s)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(c, &journal_anchor_last, NULL, &r);

    for (int i = 0; e == 0 && i < pg_rows(r); i++) {
        struct sum *n = anchor_sum(s, pg_text(r, i, 0));
        const char *statement = pg_text(r, i, 3);

        n->number = pg_int8(r, i, 1);
        n->all_complaints = pg_int8(r, i, 2);
        sha256(statement, strlen(statement), n->previous);
    }
    return e;
}

/* *upto becomes the last entry that was read where there are too many for one anchoring. */
static int read_stretch(struct pg_conn *c, struct sums *s, struct anchor_place after, struct anchor_place *upto,
                        bool *ret_complete)
{
    int rows = ANCHOR_PAGE, read = 0;

    while (rows == ANCHOR_PAGE && read < AT_ONCE) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        int e = anchor_read_page(c, s->arena, &after, upto, &r);

        if (e < 0)
            return e;
        rows = pg_rows(r);
        read += rows;
        for (int i = 0; i < rows; i++) {
            const char *tenant = pg_text(r, i, 2);
            size_t len;
            const void *hash = pg_bytes(r, i, 4, &len);

            if (*tenant)
                anchor_count(anchor_sum(s, tenant), pg_int8(r, i, 3), hash, len);
        }
    }
    *ret_complete = rows < ANCHOR_PAGE;
    if (!*ret_complete)
        *upto = after;
    return 0;
}

static void seal_all(struct arena *a, struct sums *s, const struct anchor *common, const struct signing_key *key,
                     struct anchors *ret)
{
    ret->items = arena_array(a, struct anchor, s->count + 1);
    ret->count = s->count;
    for (size_t i = 0; i < s->count; i++) {
        struct sum *from = &s->items[i];
        struct anchor *n = &ret->items[i];

        *n = *common;
        n->tenant = from->tenant;
        n->number = from->number + 1;
        n->entries = from->entries;
        n->complaints = from->complaints;
        n->all_complaints = from->all_complaints + from->complaints;
        memcpy(n->previous, from->previous, SHA256_BYTES);
        crypto_hash_sha256_final(&from->digest, n->digest);
        anchor_seal(a, n, key);
    }
}

static int keep(struct pg_conn *c, struct arena *a, const struct anchors *made, const struct anchor *common,
                bool complete)
{
    static const enum pg_type types[] = { PG_TEXT, PG_INT8, PG_INT8, PG_TEXT, PG_BYTEA };
    struct pg_column col[5];
    struct pg_params p;

    pg_columns_init(col, a, types, 5, made->count);
    for (size_t i = 0; i < made->count; i++) {
        pg_column_text(&col[0], made->items[i].tenant);
        pg_column_int8(&col[1], made->items[i].number);
        pg_column_int8(&col[2], made->items[i].all_complaints);
        pg_column_text(&col[3], made->items[i].statement);
        pg_column_bytes(&col[4], made->items[i].signature, SIGNATURE_BYTES);
    }
    pg_params_columns(&p, a, col, 5);
    pg_param_time(&p, common->at_us);
    pg_param_int8(&p, common->upto.batch);
    pg_param_int4(&p, common->upto.ord);
    pg_param_bool(&p, complete);
    return pg_exec(c, &journal_anchor_add, &p, NULL);
}

int anchors_make(struct pg_conn *c, struct arena *a, const struct signing_key *key, int64_t now_us, bool only_due,
                 struct anchors *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct anchor common = { .at_us = now_us };
    struct sums s = { .arena = a };
    bool complete = false;
    int e = pg_exec(c, &journal_anchor_begin, NULL, &r);

    *ret = (struct anchors){ 0 };
    if (e < 0)
        return e;
    common.upto = (struct anchor_place){ pg_int8(r, 0, 1), pg_int4(r, 0, 2) };
    common.after = (struct anchor_place){ pg_int8(r, 0, 3), pg_int4(r, 0, 4) };
    /* a cursor that fell back in a crash lies before what was anchored: it will come again */
    if (!pg_bool(r, 0, 0) || (only_due && pg_bool(r, 0, 5)) || common.upto.batch < common.after.batch ||
        (common.upto.batch == common.after.batch && common.upto.ord <= common.after.ord))
        return ANCHORS_NONE;
    e = load_last(c, &s);
    if (e == 0)
        e = read_stretch(c, &s, common.after, &common.upto, &complete);
    if (e < 0 || s.count == 0)
        return e < 0 ? e : ANCHORS_NONE;
    seal_all(a, &s, &common, key, ret);
    e = keep(c, a, ret, &common, complete);
    return e < 0 ? e : complete ? 0 : ANCHORS_MORE;
}
