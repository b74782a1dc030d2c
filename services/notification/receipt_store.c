#include "receipt_store.h"

#include <string.h>

#include "common/base/digest.h"
#include "gateway_call.h"
#include "notification_sql.h"

#define STALE_US (INT64_C(7) * 86400 * 1000000) /* nobody tells so late: somebody replays */

struct metric receipt_metric = { "redress_notification_receipts_total", "Receipts, by what was done with them.",
                                 METRIC_COUNTER, .label = "result" };

static const char *key_of(struct arena *a, const struct receipt *r, const struct uuid *id)
{
    unsigned char digest[SHA256_BYTES];
    char *hex = arena_alloc(a, 2 * SHA256_BYTES + 1), text[UUID_TEXT_SIZE];
    const char *said;

    uuid_format(id, text);
    said = arena_printf(a, "%s\n%s\n%d\n%s", text, r->request_id, (int)r->status, r->code);
    sha256(said, strlen(said), digest);
    hex_encode(digest, sizeof digest, hex);
    return hex;
}

static void add_row(struct pg_column *c, struct arena *a, const struct receipt_source *from, const struct receipt *r)
{
    struct uuid id = from->message;

    if (*r->id && !uuid_parse(r->id, strlen(r->id), &id))
        id = (struct uuid){ { 0 } }; /* not ours: perhaps its request_id is */
    pg_column_text(&c[0], key_of(a, r, &id));
    pg_column_uuid(&c[1], uuid_is_nil(&id) ? NULL : &id);
    pg_column_text(&c[2], gateway_request_id(r->request_id));
    pg_column_int2(&c[3], (int16_t)r->status);
    pg_column_bool(&c[4], r->bad_address);
    pg_column_text(&c[5], r->code);
    pg_column_int4(&c[6], r->parts);
}

int receipt_store_save(struct pg_conn *pg, struct arena *a, const struct receipt_source *from,
                       const struct receipt *items, size_t count, int64_t now_us)
{
    static const enum pg_type types[] = { PG_TEXT, PG_UUID, PG_TEXT, PG_INT2, PG_BOOL, PG_TEXT, PG_INT4 };
    struct pg_column c[7];
    struct pg_params p;

    pg_columns_init(c, a, types, 7, count);
    for (size_t i = 0; i < count; i++)
        if (items[i].at_us && items[i].at_us < now_us - STALE_US)
            metric_add(&receipt_metric, "stale", 1);
        else
            add_row(c, a, from, &items[i]);
    metric_add(&receipt_metric, "taken", (int64_t)c[0].count);
    if (c[0].count == 0)
        return 0;
    pg_params_init(&p, a);
    pg_param_text(&p, from->tenant);
    pg_param_text(&p, from->gateway);
    for (size_t i = 0; i < 7; i++)
        pg_param_column(&p, &c[i]);
    return pg_exec(pg, &notification_save_receipts, &p, NULL);
}
