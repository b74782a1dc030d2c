#include "floor_journal.h"

enum { BYTEA = 17, INT8 = 20, TEXT = 25, UUID = 2950 };

static const unsigned char zeros[32];

void floor_journal_prepare(PGconn *c)
{
    floor_prepare(c, "begin", "BEGIN");
    floor_prepare(c, "commit", "COMMIT");
    floor_prepare(c, "lazy", "SET LOCAL synchronous_commit = off");
    floor_prepare(c, "wake", "NOTIFY redress_journal");
    floor_prepare(
        c, "append",
        "WITH b AS MATERIALIZED (SELECT CASE WHEN x.id IS NOT NULL THEN nextval('journal.batch_seq') END AS batch"
        " FROM (SELECT pg_current_xact_id() AS id OFFSET 0) AS x)"
        " INSERT INTO journal.entry (batch, ord, topic, key, event_id, tenant_id, aggregate_id, aggregate_version, "
        "type,"
        " headers, payload, prev_hash, hash, recorded_at)"
        " SELECT b.batch, n.ord::int, n.a, n.b, n.c, n.d, n.e, n.f, n.g, n.h, n.i, n.j, n.k, $12::timestamptz"
        " FROM b, unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::int8[], $7::text[],"
        " $8::text[], $9::bytea[], $10::bytea[], $11::bytea[])"
        " WITH ORDINALITY AS n (a, b, c, d, e, f, g, h, i, j, k, ord)");
}

void floor_journal_begin(struct floor_journal *j)
{
    floor_arrays_begin(j->columns,
                       (const uint32_t[]){ TEXT, TEXT, UUID, TEXT, UUID, INT8, TEXT, TEXT, BYTEA, BYTEA, BYTEA }, 11);
}

void floor_journal_add(struct floor_journal *j, const struct floor_entry *e, int64_t now_us)
{
    struct floor_array *a = j->columns;
    unsigned char id[16];

    floor_uuid(id, now_us);
    floor_array_text(&a[0], e->topic);
    floor_array_text(&a[1], e->key);
    floor_array_bytes(&a[2], id, 16);
    floor_array_text(&a[3], e->tenant);
    if (e->aggregate)
        floor_array_bytes(&a[4], e->aggregate, 16);
    else
        floor_array_null(&a[4]);
    floor_array_int8(&a[5], e->version);
    floor_array_text(&a[6], e->type);
    floor_array_text(&a[7], e->headers);
    floor_array_bytes(&a[8], e->payload, e->len);
    floor_array_bytes(&a[9], zeros, 32);
    floor_array_bytes(&a[10], zeros, 32);
}

void floor_journal_append(struct floor_journal *j, PGconn *c, int64_t now_us)
{
    floor_send(c, "append", j->columns, 11, now_us);
}

void floor_journal_wake(PGconn *c)
{
    floor_bare(c, "begin");
    floor_bare(c, "lazy");
    floor_bare(c, "wake");
    floor_bare(c, "commit");
    floor_sync(c);
    PQflush(c);
}

void floor_journal_woken(PGconn *c)
{
    floor_skip(c, 5);
}
