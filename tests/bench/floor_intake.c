/* The least that intake can do: submissions out of Kafka, one transaction per batch with the offsets, the same rows in
 * the same tables and the same two entries in the journal. Statements go in two trips of a pipeline, because the
 * numbers are part of the rows. No validation, no keys, no digests, no look-alikes, nothing is encrypted: constant or
 * copied bytes of the same size stand in their place. A batch is either all new or all repeats. */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/event/topic.h"
#include "redress/v1/submission.pb-c.h"
#include "tests/support/floor.h"
#include "tests/support/floor_event.h"
#include "tests/support/floor_journal.h"
#include "tests/support/floor_stream.h"

#define BATCH      1000
#define SERIES_MAX 16
#define MEMORY     ((size_t)64 << 20)
#define SECRET_LEN 40 /* what sealing adds */

enum { BOOL = 16, BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, TIME = 1184, UUID = 2950 };

struct row {
    Redress__V1__Submission *s;
    unsigned char id[16];
    char id_text[37], number[64], fake_key[33];
    int64_t registered_us;
};

struct series {
    const char *project;
    int64_t count, first;
};

static struct {
    PGconn *pg;
    struct floor_stream in;
    struct floor_journal out;
    char day[9];
    rd_kafka_message_t *messages[BATCH];
    struct row rows[BATCH];
    int count;
    struct series series[SERIES_MAX];
    int series_count;
    char *memory;
    size_t used;
    struct floor_array keys[5], numbers[3], details[15], evidence[6], complaints[20], asked[4];
} f;

static volatile sig_atomic_t stopping;
static const unsigned char zeros[32];

static void on_term(int n)
{
    (void)n;
    stopping = 1;
}

/* ---- memory of one batch ---- */

static void *take(void *unused, size_t size)
{
    void *p = f.memory + f.used;

    (void)unused;
    f.used += (size + 15) & ~(size_t)15;
    if (f.used > MEMORY)
        floor_die("memory", "a batch is too large");
    return p;
}

static void give(void *unused, void *p)
{
    (void)unused;
    (void)p;
}

static ProtobufCAllocator allocator = { take, give, NULL };

/* ---- start ---- */

static const struct {
    const char *name, *sql;
} statements[] = {
    { "claim", "INSERT INTO intake.submission_key (tenant_id, source, source_event_id, content_key, complaint_id)"
               " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[])"
               " ON CONFLICT DO NOTHING" },
    { "numbers", "INSERT INTO intake.number_series AS s (tenant_id, series, next)"
                 " SELECT n.t, n.s, n.c + 1 FROM unnest($1::text[], $2::text[], $3::int8[]) AS n (t, s, c)"
                 " ON CONFLICT (tenant_id, series) DO UPDATE SET next = s.next + EXCLUDED.next - 1 RETURNING next" },
    { "known", "SELECT k.complaint_id, c.number, c.registered_at"
               " FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[]) AS n (ord, t, s, e)"
               " JOIN intake.submission_key AS k ON k.tenant_id = n.t AND k.source = n.s AND k.source_event_id = n.e"
               " JOIN intake.complaint AS c ON c.id = k.complaint_id ORDER BY n.ord" },
    { "details", "INSERT INTO intake.complaint_detail (complaint_id, tenant_id, description, goods_or_service, demand,"
                 " contact, phone_masked, complainant_kind, identity_verified, preferred_channel, call_id,"
                 " call_agent_id, call_started_at, call_duration_s, call_recording_uri)"
                 " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[],"
                 " $7::text[], $8::smallint[], $9::boolean[], $10::smallint[], $11::text[], $12::text[],"
                 " $13::timestamptz[], $14::int[], $15::text[])" },
    { "evidence", "INSERT INTO intake.evidence (complaint_id, ord, uri, media_type, sha256, size)"
                  " SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::bytea[],"
                  " $6::bigint[])" },
    { "complaints",
      "INSERT INTO intake.complaint (id, tenant_id, number, source, source_event_id, channel, project_code, building,"
      " received_at, occurred_at, category_code, complainant_key, home_key, matter, likely_duplicate_of, amount_fen,"
      " clear, evidence_count, submitted_by, journal_head, registered_at)"
      " SELECT n.*, $21::timestamptz FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],"
      " $6::smallint[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[],"
      " $13::text[], $14::bigint[], $15::uuid[], $16::bigint[], $17::smallint[], $18::smallint[], $19::text[],"
      " $20::bytea[]) AS n" },
};

static void open_postgres(void)
{
    f.pg = floor_connect();
    floor_run(f.pg, "SELECT set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),"
                    " set_config('enable_mergejoin', 'off', false), set_config('enable_bitmapscan', 'off', false),"
                    " set_config('plan_cache_mode', 'force_generic_plan', false)");
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        floor_prepare(f.pg, statements[i].name, statements[i].sql);
    floor_journal_prepare(f.pg);
}

/* ---- a batch ---- */

static void decode(int64_t now_us)
{
    static uint64_t serial;
    uint64_t mixed;

    f.used = 0;
    for (struct row *r = f.rows; r < f.rows + f.count; r++) {
        r->s =
            redress__v1__submission__unpack(&allocator, f.messages[r - f.rows]->len, f.messages[r - f.rows]->payload);
        if (!r->s)
            floor_die("unpack", "refused");
        floor_uuid(r->id, now_us);
        floor_uuid_text(r->id, r->id_text);
        serial++;
        mixed = serial * UINT64_C(0x9E3779B97F4A7C15);
        snprintf(r->fake_key, sizeof r->fake_key, "%016llx%016llx", (unsigned long long)serial,
                 (unsigned long long)mixed);
        r->registered_us = now_us;
    }
}

static void send_keys(void)
{
    floor_arrays_begin(f.keys, (const uint32_t[]){ TEXT, TEXT, TEXT, TEXT, UUID }, 5);
    for (struct row *r = f.rows; r < f.rows + f.count; r++) {
        floor_array_text(&f.keys[0], r->s->tenant);
        floor_array_text(&f.keys[1], r->s->source);
        floor_array_text(&f.keys[2], r->s->source_event_id);
        floor_array_bytes(&f.keys[3], r->fake_key, 32);
        floor_array_bytes(&f.keys[4], r->id, 16);
    }
    floor_send(f.pg, "claim", f.keys, 5, 0);
}

static struct series *series_of(const char *project)
{
    for (int i = 0; i < f.series_count; i++)
        if (strcmp(f.series[i].project, project) == 0)
            return &f.series[i];
    if (f.series_count == SERIES_MAX)
        floor_die("series", "too many projects");
    f.series[f.series_count] = (struct series){ .project = project };
    return &f.series[f.series_count++];
}

static void send_numbers(void)
{
    char name[80];

    f.series_count = 0;
    for (struct row *r = f.rows; r < f.rows + f.count; r++)
        series_of(r->s->project_code)->count++;
    floor_arrays_begin(f.numbers, (const uint32_t[]){ TEXT, TEXT, INT8 }, 3);
    for (int i = 0; i < f.series_count; i++) {
        snprintf(name, sizeof name, "%s-%s-", f.series[i].project, f.day);
        floor_array_text(&f.numbers[0], f.rows[0].s->tenant);
        floor_array_text(&f.numbers[1], name);
        floor_array_int8(&f.numbers[2], f.series[i].count);
    }
    floor_send(f.pg, "numbers", f.numbers, 3, 0);
}

static void give_numbers(const PGresult *p)
{
    for (int i = 0; i < f.series_count; i++)
        f.series[i].first = floor_int8(p, i, 0) - f.series[i].count;
    for (struct row *r = f.rows; r < f.rows + f.count; r++)
        snprintf(r->number, sizeof r->number, "%s-%s-%05lld", r->s->project_code, f.day,
                 (long long)series_of(r->s->project_code)->first++);
}

static int64_t us_of(const Google__Protobuf__Timestamp *t)
{
    return t->seconds * 1000000 + t->nanos / 1000;
}

static void add_call(struct floor_array *a, const Redress__V1__Call *call)
{
    if (!call) {
        for (int i = 0; i < 5; i++)
            floor_array_null(&a[i]);
        return;
    }
    floor_array_text(&a[0], call->call_id);
    floor_array_text(&a[1], call->agent_id);
    floor_array_time(&a[2], us_of(call->started_at));
    floor_array_int4(&a[3], call->duration_s);
    floor_array_text(&a[4], call->recording_uri);
}

static void send_details(void)
{
    static const uint32_t types[] = { UUID, TEXT, TEXT, TEXT, TEXT, BYTEA, TEXT, INT2,
                                      BOOL, INT2, TEXT, TEXT, TIME, INT4,  TEXT };
    uint8_t contact[FLOOR_PACKED_MAX] = { 0 };

    floor_arrays_begin(f.details, types, 15);
    for (struct row *r = f.rows; r < f.rows + f.count; r++) {
        size_t len = redress__v1__complainant__pack(r->s->complainant, contact);

        floor_array_bytes(&f.details[0], r->id, 16);
        floor_array_text(&f.details[1], r->s->tenant);
        floor_array_text(&f.details[2], r->s->description);
        floor_array_text(&f.details[3], r->s->goods_or_service);
        floor_array_text(&f.details[4], r->s->demand);
        floor_array_bytes(&f.details[5], contact, len + SECRET_LEN);
        floor_array_text(&f.details[6], "139****0000");
        floor_array_int2(&f.details[7], (int16_t)r->s->complainant->kind);
        floor_array_bool(&f.details[8], r->s->complainant->identity_verified);
        floor_array_int2(&f.details[9], (int16_t)r->s->complainant->preferred_channel);
        add_call(&f.details[10], r->s->call);
    }
    floor_send(f.pg, "details", f.details, 15, 0);
}

static void send_evidence(void)
{
    floor_arrays_begin(f.evidence, (const uint32_t[]){ UUID, INT2, TEXT, TEXT, BYTEA, INT8 }, 6);
    for (struct row *r = f.rows; r < f.rows + f.count; r++)
        for (size_t k = 0; k < r->s->n_evidence; k++) {
            const Redress__V1__Evidence *e = r->s->evidence[k];

            floor_array_bytes(&f.evidence[0], r->id, 16);
            floor_array_int2(&f.evidence[1], (int16_t)(k + 1));
            floor_array_text(&f.evidence[2], e->uri);
            floor_array_text(&f.evidence[3], e->media_type);
            floor_array_bytes(&f.evidence[4], e->sha256.data, e->sha256.len);
            floor_array_int8(&f.evidence[5], e->size);
        }
    floor_send(f.pg, "evidence", f.evidence, 6, 0);
}

static void send_complaints(int64_t now_us)
{
    static const uint32_t types[] = { UUID, TEXT, TEXT, TEXT, TEXT, INT2, TEXT, TEXT, TIME, TIME,
                                      TEXT, TEXT, TEXT, INT8, UUID, INT8, INT2, INT2, TEXT, BYTEA };
    struct floor_array *a = f.complaints;

    floor_arrays_begin(a, types, 20);
    for (struct row *r = f.rows; r < f.rows + f.count; r++) {
        int64_t matter;

        memcpy(&matter, r->id + 8, 8); /* as scattered as a hash */
        floor_array_bytes(&a[0], r->id, 16);
        floor_array_text(&a[1], r->s->tenant);
        floor_array_text(&a[2], r->number);
        floor_array_text(&a[3], r->s->source);
        floor_array_text(&a[4], r->s->source_event_id);
        floor_array_int2(&a[5], (int16_t)r->s->channel);
        floor_array_text(&a[6], r->s->project_code);
        floor_array_text(&a[7], r->s->building);
        floor_array_time(&a[8], us_of(r->s->received_at));
        floor_array_time(&a[9], us_of(r->s->occurred_at));
        floor_array_text(&a[10], r->s->category_code);
        floor_array_bytes(&a[11], r->fake_key, 32);
        floor_array_bytes(&a[12], r->fake_key, 32);
        floor_array_int8(&a[13], matter);
        floor_array_null(&a[14]);
        floor_array_null(&a[15]);
        floor_array_int2(&a[16], 15);
        floor_array_int2(&a[17], (int16_t)r->s->n_evidence);
        floor_array_text(&a[18], r->s->submitted_by);
        floor_array_bytes(&a[19], zeros, 32);
    }
    floor_send(f.pg, "complaints", a, 20, now_us);
}

/* ---- events ---- */

/* The registered event, or the outcome, of one row. */
static void add_event(struct row *r, bool outcome, bool repeat)
{
    const struct floor_fact fact = { r->s, r->id_text, r->number, r->fake_key, r->registered_us };
    struct floor_entry e = { .tenant = r->s->tenant, .headers = FLOOR_HEADERS("intake") };
    uint8_t packed[FLOOR_PACKED_MAX];
    char key[256];

    e.payload = packed;
    if (outcome) {
        snprintf(key, sizeof key, "%s:%s:%s", r->s->tenant, r->s->source, r->s->source_event_id);
        e.topic = TOPIC_OUTCOMES;
        e.key = key;
        e.type = "redress.v1.Outcome";
        e.len = floor_pack_outcome(&fact, repeat, packed);
    } else {
        e.topic = TOPIC_COMPLAINTS;
        e.key = r->id_text;
        e.aggregate = r->id;
        e.version = 1;
        e.type = "redress.v1.ComplaintEvent.registered";
        e.len = floor_pack_registered(&fact, packed);
    }
    floor_journal_add(&f.out, &e, r->registered_us);
}

static void send_entries(int64_t now_us, bool repeats)
{
    floor_journal_begin(&f.out);
    for (int pass = repeats; pass < 2; pass++)
        for (struct row *r = f.rows; r < f.rows + f.count; r++)
            add_event(r, pass == 1, repeats);
    floor_journal_append(&f.out, f.pg, now_us);
}

/* ---- the transaction ---- */

static void take_known(const PGresult *p)
{
    if (PQntuples(p) != f.count)
        floor_die("known", "a batch of both new and known ones");
    for (int i = 0; i < f.count; i++) {
        memcpy(f.rows[i].id, PQgetvalue(p, i, 0), 16);
        floor_uuid_text(f.rows[i].id, f.rows[i].id_text);
        snprintf(f.rows[i].number, sizeof f.rows[i].number, "%s", PQgetvalue(p, i, 1));
        f.rows[i].registered_us = floor_int8(p, i, 2) + INT64_C(946684800000000);
    }
}

static void send_known(void)
{
    floor_arrays_begin(f.asked, (const uint32_t[]){ INT4, TEXT, TEXT, TEXT }, 4);
    for (int i = 0; i < f.count; i++) {
        floor_array_int4(&f.asked[0], i);
        floor_array_text(&f.asked[1], f.rows[i].s->tenant);
        floor_array_text(&f.asked[2], f.rows[i].s->source);
        floor_array_text(&f.asked[3], f.rows[i].s->source_event_id);
    }
    floor_send(f.pg, "known", f.asked, 4, 0);
}

/* Offsets, claim and (guessing that it goes on as before) what the answer needs: one trip. True: all were known. */
static bool first_trip(bool repeats)
{
    PGresult *p;
    bool known;

    floor_bare(f.pg, "begin");
    floor_stream_move(&f.in, f.pg, f.messages, f.count);
    send_keys();
    if (repeats)
        send_known();
    else
        send_numbers();
    PQsendFlushRequest(f.pg);
    PQflush(f.pg);
    floor_skip(f.pg, 1);
    p = floor_answer_whole(f.pg);
    floor_stream_moved(&f.in, p);
    PQclear(p);
    p = floor_answer_whole(f.pg);
    known = strcmp(PQcmdTuples(p), "0") == 0;
    PQclear(p);
    p = floor_answer_whole(f.pg);
    if (repeats && known)
        take_known(p);
    else if (!repeats && !known)
        give_numbers(p);
    PQclear(p);
    return known;
}

static void process(void)
{
    static bool repeats, waking;
    int64_t now_us = floor_now_us();

    decode(now_us);
    if (waking)
        floor_journal_woken(f.pg);
    if (first_trip(repeats) != repeats) {
        if (repeats)
            floor_die("claim", "new ones after repeats");
        repeats = true;
        send_known();
        PQsendFlushRequest(f.pg);
        PQflush(f.pg);
        PGresult *p = floor_answer_whole(f.pg);
        take_known(p);
        PQclear(p);
    }
    if (!repeats) {
        send_details();
        send_evidence();
        send_complaints(now_us);
    }
    send_entries(now_us, repeats);
    floor_bare(f.pg, "commit");
    floor_sync(f.pg);
    floor_skip(f.pg, repeats ? 3 : 6);
    floor_journal_wake(f.pg);
    waking = true;
    for (int i = 0; i < f.count; i++)
        rd_kafka_message_destroy(f.messages[i]);
}

int main(void)
{
    int64_t window_us = strtoll(floor_env("FLOOR_WINDOW_US", "0"), NULL, 10);
    time_t now = time(NULL);
    struct tm tm;

    signal(SIGTERM, on_term);
    f.memory = malloc(MEMORY);
    if (!f.memory)
        abort();
    strftime(f.day, sizeof f.day, "%Y%m%d", gmtime_r(&now, &tm));
    open_postgres();
    floor_stream_open(&f.in, f.pg, "intake", (const char *const[]){ TOPIC_SUBMISSIONS, NULL });
    if (!PQenterPipelineMode(f.pg))
        floor_die("pipeline", PQerrorMessage(f.pg));
    fprintf(stderr, "ready\n");
    while (!stopping) {
        f.count = floor_stream_poll(&f.in, f.messages, BATCH, 100, window_us);
        if (f.count)
            process();
    }
    floor_stream_close(&f.in);
    return 0;
}
