/* timeout: 300
 * What intake promises to its senders, with the real daemon. No relay runs: what leaves is looked up in the journal. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/contact/contact.h"
#include "common/event/json.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "common/kafka/producer.h"
#include "common/vault/vault.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/outcome.pb-c.h"
#include "tests/support/suite.h"

#define CANARY_PHONE   "13912345678"
#define CANARY_NAME    "卡纳丽"
#define CANARY_EMAIL   "canary.bird@example.com"
#define CANARY_ADDRESS "金丝雀路77号"
#define CANARY_UNIT    "7788-9"

#define OUTCOMES   "SELECT count(*) FROM journal.entry WHERE topic = 'redress.outcomes.v1'"
#define REGISTERED "SELECT count(*) FROM journal.entry WHERE topic = 'redress.complaints.v1'"
#define COMPLAINTS "SELECT count(*) FROM intake.complaint"

struct desk {
    struct suite *suite;
    struct kafka_producer *producer;
    struct vault_key data_key;
    struct arena arena;
    char received_at[RFC3339_SIZE];
};

/* What one submission says; what is left out has a default. */
struct saying {
    const char *id, *phone, *unit, *category, *description, *tenant, *project;
    bool protobuf;
    int partition;
};

/* ---- the desk ---- */

static void add_tenant(struct desk *d, const char *id, const char *format)
{
    static const struct pg_statement insert = {
        .name = "add_tenant",
        .sql = "INSERT INTO intake.tenant (tenant_id, name, time_zone, number_format, duplicate_window_days, data_key)"
               " VALUES ($1::text, 'test', 'Asia/Shanghai', $2::text, 7, $3::bytea)",
    };
    struct vault_key master;
    struct pg_params p;
    const void *wrapped;
    char path[700], context[64];
    size_t len;

    snprintf(path, sizeof path, "%s/master.key", suite_folder(d->suite));
    snprintf(context, sizeof context, "tenant:%s", id);
    cr_assert_eq(vault_read_master(path, &master), 0, "%s", err_text());
    vault_new_key(&d->data_key);
    wrapped = vault_seal(&d->arena, &master, context, d->data_key.bytes, sizeof d->data_key.bytes, &len);
    pg_params_init(&p, &d->arena);
    pg_param_text(&p, id);
    pg_param_text(&p, format);
    pg_param_bytes(&p, wrapped, len);
    cr_assert_eq(pg_exec_once(suite_pg(d->suite), &insert, &p, NULL), 0, "%s", err_text());
}

static struct desk desk_open(const char *name)
{
    struct desk d = { .suite = suite_new(name) };
    struct kafka_options o = suite_kafka(d.suite);
    struct kafka_producer_spec spec = { .timeout_ms = 20000, .max_record_bytes = 16 << 20 };

    arena_init(&d.arena, 0);
    rfc3339_format(clock_wall_us() / 1000000 * 1000000, d.received_at);
    suite_execute(d.suite, "UPDATE journal.cursor SET epoch = journal.current_epoch()"); /* the relay's work */
    add_tenant(&d, "demo", "{project}-{yyyymmdd}-{seq:05}");
    suite_execute(d.suite, "INSERT INTO intake.project VALUES ('demo', 'YHHY', 'x'), ('demo', 'JLYF', 'x');"
                           "INSERT INTO intake.building VALUES ('demo', 'YHHY', '3', 'x', 18, 4);"
                           "UPDATE intake.tenant_revision SET revision = revision + 1");
    cr_assert_eq(kafka_producer_new(&o, &spec, &d.producer), 0, "%s", err_text());
    return d;
}

static void desk_close(struct desk *d)
{
    kafka_producer_free(d->producer);
    suite_free(d->suite);
    arena_done(&d->arena);
}

static pid_t start(struct desk *d, const char *instance)
{
    return suite_start(d->suite, "intake", instance, NULL);
}

/* ---- what is sent ---- */

static const char * or (const char *given, const char *otherwise)
{
    return given ? given : otherwise;
}

static char *json_of(struct desk *d, const struct saying *s)
{
    return arena_printf(&d->arena,
                        "{\"tenant\":\"%s\",\"source\":\"cc\",\"sourceEventId\":\"%s\",\"channel\":\"CHANNEL_HOTLINE\","
                        "\"receivedAt\":\"%s\",\"projectCode\":\"%s\",\"building\":\"3\",\"unit\":\"%s\","
                        "\"complainant\":{\"name\":\"" CANARY_NAME "\",\"phone\":\"%s\",\"email\":\"" CANARY_EMAIL
                        "\",\"address\":\"" CANARY_ADDRESS "\"},\"categoryCode\":\"%s\",\"description\":\"%s\","
                        "\"demand\":\"尽快修\",\"call\":{\"callId\":\"c1\",\"caller\":\"" CANARY_PHONE "\"},"
                        "\"evidence\":[{\"uri\":\"https://files.example.com/1.jpg\"}],\"clear\":{\"heard\":true}}",
                        or (s->tenant, "demo"), s->id, d->received_at, or (s->project, "YHHY"),
                        or (s->unit, CANARY_UNIT), or (s->phone, CANARY_PHONE), or (s->category, ""),
                        or (s->description, "厨房漏水"));
}

static void send_bytes(struct desk *d, int partition, const void *value, size_t len, const struct kafka_header *headers,
                       size_t header_count)
{
    struct kafka_message m = { .topic = TOPIC_SUBMISSIONS,
                               .partition = partition,
                               .key = "k",
                               .key_len = 1,
                               .value = value,
                               .value_len = len,
                               .headers = headers,
                               .header_count = header_count };

    cr_assert_eq(kafka_produce(d->producer, &m), 0, "%s", err_text());
}

static void say(struct desk *d, struct saying s)
{
    struct field_problem problem;
    const char *json = json_of(d, &s);
    ProtobufCMessage *m = NULL;
    size_t len;
    void *packed;

    if (!s.protobuf) {
        static const struct kafka_header type = { "content-type", "application/json", 16 };
        send_bytes(d, s.partition, json, strlen(json), &type, 1);
        return;
    }
    cr_assert_eq(json_read(&d->arena, &redress__v1__submission__descriptor, json, strlen(json), &m, &problem), 0);
    packed = event_pack(&d->arena, m, &len);
    send_bytes(d, s.partition, packed, len, NULL, 0);
}

static void flush(struct desk *d)
{
    cr_assert_eq(kafka_producer_flush(d->producer, 20000), 0, "%s", err_text());
}

/* ---- what comes back ---- */

static struct pg_result *query(struct desk *d, const char *sql)
{
    struct pg_statement s = { .name = "", .sql = sql };
    struct pg_result *r = NULL;

    cr_assert_eq(pg_exec_once(suite_pg(d->suite), &s, NULL, &r), 0, "%s: %s", sql, err_text());
    return r;
}

struct answer {
    const char *key;
    bool json;
    Redress__V1__Outcome *outcome;
};

/* All answers so far in their order; *ret_count of them. */
static struct answer *answers(struct desk *d, int *ret_count)
{
    struct pg_result *rows = query(d, "SELECT key, headers, payload FROM journal.entry"
                                      " WHERE topic = 'redress.outcomes.v1' ORDER BY batch, ord");
    struct answer *list = arena_array(&d->arena, struct answer, (size_t)pg_rows(rows));

    *ret_count = pg_rows(rows);
    for (int i = 0; i < *ret_count; i++) {
        struct field_problem problem;
        ProtobufCMessage *m = NULL;
        size_t len;
        const void *payload = pg_bytes(rows, i, 2, &len);

        list[i].key = arena_strdup(&d->arena, pg_text(rows, i, 0));
        list[i].json = strstr(pg_text(rows, i, 1), "application/json") != NULL;
        if (list[i].json)
            cr_assert_eq(json_read(&d->arena, &redress__v1__outcome__descriptor, payload, len, &m, &problem), 0);
        else
            cr_assert_eq(event_unpack(&d->arena, &redress__v1__outcome__descriptor, payload, len, &m, &problem), 0);
        list[i].outcome = (Redress__V1__Outcome *)m;
    }
    pg_result_free(rows);
    return list;
}

static Redress__V1__Registered *registered(struct desk *d, const char *id, Redress__V1__ComplaintEvent **ret_event)
{
    struct pg_result *rows = query(d, arena_printf(&d->arena,
                                                   "SELECT payload FROM journal.entry WHERE aggregate_id = '%s'"
                                                   " AND aggregate_version = 1",
                                                   id));
    struct field_problem problem;
    ProtobufCMessage *m = NULL;
    const void *payload;
    size_t len;

    cr_assert_eq(pg_rows(rows), 1);
    payload = pg_bytes(rows, 0, 0, &len);
    cr_assert_eq(event_unpack(&d->arena, &redress__v1__complaint_event__descriptor, payload, len, &m, &problem), 0);
    pg_result_free(rows);
    *ret_event = (Redress__V1__ComplaintEvent *)m;
    return (*ret_event)->registered;
}

#define assert_result(a, wanted)                                                                                       \
    cr_assert_eq((a).outcome->result, REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_##wanted, "%s: %d", (a).key,         \
                 (int)(a).outcome->result)

static void assert_first_problem(const struct answer *a, const char *path, const char *code)
{
    assert_result(*a, REJECTED);
    cr_assert_geq(a->outcome->n_problems, 1);
    cr_assert_str_eq(a->outcome->problems[0]->path, path);
    cr_assert_str_eq(a->outcome->problems[0]->code, code);
}

/* ---- the promises ---- */

Test(intake, a_complaint_is_registered_numbered_and_answered_in_its_own_encoding)
{
    struct desk d = desk_open("in_accept");
    Redress__V1__ComplaintEvent *event;
    Redress__V1__Registered *r;
    struct answer *a;
    char series[64], number[80];
    struct pg_result *rows;
    int n;

    start(&d, "1");
    say(&d, (struct saying){ .id = "e-1" });
    say(&d, (struct saying){ .id = "e-2", .protobuf = true, .description = "电梯坏了", .unit = "101" });
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 2, 30));
    a = answers(&d, &n);
    assert_result(a[0], ACCEPTED);
    assert_result(a[1], ACCEPTED);
    cr_assert(a[0].json && !a[1].json);
    cr_assert_str_eq(a[0].key, "demo:cc:e-1");
    cr_assert_str_eq(a[0].outcome->source_event_id, "e-1");

    rows = query(&d, "SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD')");
    snprintf(series, sizeof series, "YHHY-%s", pg_text(rows, 0, 0));
    pg_result_free(rows);
    snprintf(number, sizeof number, "%s-00001", series);
    cr_assert_str_eq(a[0].outcome->complaint_number, number);
    snprintf(number, sizeof number, "%s-00002", series);
    cr_assert_str_eq(a[1].outcome->complaint_number, number);

    r = registered(&d, a[1].outcome->complaint_id, &event);
    cr_assert_str_eq(event->complaint_number, number);
    cr_assert_str_eq(event->actor, "system:intake");
    cr_assert_str_eq(r->phone_masked, "139****5678");
    cr_assert_eq(r->description_sha256.len, 32);
    cr_assert_eq(r->evidence_count, 1);
    cr_assert(r->clear->heard);
    cr_assert_geq(r->registered_at->seconds, r->received_at->seconds);
    cr_assert_eq(suite_number(d.suite, "SELECT count(*) FROM intake.complaint c JOIN journal.entry e"
                                       " ON e.aggregate_id = c.id AND e.hash = c.journal_head"),
                 2, "the chain's head stands in the row");
    cr_assert_eq(suite_number(d.suite, "SELECT count(*) FROM intake.complaint_text_view WHERE demand = '尽快修'"), 2);
    cr_assert_eq(suite_number(d.suite, "SELECT count(*) FROM intake.evidence"), 2);
    desk_close(&d);
}

Test(intake, a_repeat_is_answered_with_the_first_number_and_other_content_is_a_conflict)
{
    struct desk d = desk_open("in_repeat");
    struct answer *a;
    int n;

    start(&d, "1");
    say(&d, (struct saying){ .id = "e-1" });
    say(&d, (struct saying){ .id = "e-1", .protobuf = true }); /* the same content in the other encoding */
    say(&d, (struct saying){ .id = "e-1", .description = "别的" });
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 3, 30));
    say(&d, (struct saying){ .id = "e-1", .description = "别的" });
    say(&d, (struct saying){ .id = "e-1" });
    say(&d,
        (struct saying){ .id = "e-1", .project = "NONE" }); /* refused; it does not become the first one's content */
    say(&d, (struct saying){ .id = "e-2", .project = "NONE" });
    say(&d, (struct saying){ .id = "e-2" }); /* corrected and sent again under the same reference */
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 8, 30));
    a = answers(&d, &n);
    assert_result(a[0], ACCEPTED);
    assert_result(a[1], DUPLICATE);
    assert_result(a[2], CONFLICT);
    assert_result(a[3], CONFLICT);
    assert_result(a[4], DUPLICATE);
    assert_first_problem(&a[5], "project_code", "unknown_project");
    assert_first_problem(&a[6], "project_code", "unknown_project");
    assert_result(a[7], ACCEPTED);
    for (int i = 1; i < 5; i++) {
        cr_assert_str_eq(a[i].outcome->complaint_number, a[0].outcome->complaint_number);
        cr_assert_str_eq(a[i].outcome->complaint_id, a[0].outcome->complaint_id);
        cr_assert_eq(a[i].outcome->registered_at->nanos, a[0].outcome->registered_at->nanos);
    }
    cr_assert_eq(suite_number(d.suite, COMPLAINTS), 2);
    cr_assert_eq(suite_number(d.suite, "SELECT next FROM intake.number_series"), 3, "repeats draw no number");
    desk_close(&d);
}

Test(intake, what_was_accepted_once_stays_a_duplicate_when_it_would_be_refused_now)
{
    struct desk d = desk_open("in_stale");
    struct answer *a;
    int n;

    start(&d, "1");
    say(&d, (struct saying){ .id = "e-1" });
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 1, 30));
    suite_execute(d.suite, "UPDATE intake.building SET code = '4';"
                           "UPDATE intake.tenant_revision SET revision = revision + 1");
    say(&d, (struct saying){ .id = "e-1" });
    say(&d, (struct saying){ .id = "e-2" });
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 3, 30));
    a = answers(&d, &n);
    assert_result(a[1], DUPLICATE);
    assert_first_problem(&a[2], "building", "unknown_building"); /* and the change was seen at once */
    desk_close(&d);
}

Test(intake, one_broken_record_in_a_thousand_costs_only_itself)
{
    static const char bytes[] = "\xff\xff\xff";
    static const struct kafka_header headers[] = { { "ce_source", "cc", 2 },
                                                   { "ce_id", "broken", 6 },
                                                   { "ce_tenantid", "demo", 4 } };
    struct desk d = desk_open("in_broken");
    int n, accepted = 0, refused = 0;
    struct answer *a;

    for (int i = 0; i < 1000; i++)
        if (i == 500)
            send_bytes(&d, 0, bytes, 3, headers, 3);
        else if (i == 501)
            say(&d, (struct saying){ .id = "e-501", .tenant = "nobody" });
        else if (i == 502)
            send_bytes(&d, 0, "{\"description\":\"x\"}", 19, NULL, 0); /* nobody to answer to */
        else
            say(&d, (struct saying){ .id = arena_printf(&d.arena, "e-%d", i),
                                     .protobuf = i % 2,
                                     .unit = arena_printf(&d.arena, "%d", i) });
    flush(&d);
    start(&d, "1");
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 999, 60));
    a = answers(&d, &n);
    for (int i = 0; i < n; i++) {
        accepted += a[i].outcome->result == REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED;
        if (a[i].outcome->result == REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_REJECTED) {
            refused++;
            assert_first_problem(&a[i], strcmp(a[i].key, "demo:cc:broken") == 0 ? "" : "tenant",
                                 strcmp(a[i].key, "nobody:cc:e-501") == 0 ? "unknown_tenant" : "undecodable");
        }
    }
    cr_assert_eq(accepted, 997);
    cr_assert_eq(refused, 2);
    cr_assert_eq(suite_number(d.suite, REGISTERED), 997);
    cr_assert_eq(suite_number(d.suite, COMPLAINTS), 997);
    cr_assert_eq(suite_number(d.suite, "SELECT count(*) FROM intake.dead_letter"), 2);
    cr_assert_eq(suite_number(d.suite, "SELECT record_offset FROM intake.dead_letter WHERE reason = 'unanswerable'"),
                 502);
    cr_assert_eq(suite_number(d.suite, "SELECT next FROM intake.number_series"), 998, "no gap");
    desk_close(&d);
}

Test(intake, two_instances_with_the_same_references_register_each_once)
{
    struct desk d = desk_open("in_race");
    const int count = 3000;
    pid_t one, two;

    one = start(&d, "1");
    two = start(&d, "2");
    cr_assert(suite_wait_ready(d.suite, one, 60));
    cr_assert(suite_wait_ready(d.suite, two, 60));
    for (int i = 0; i < count; i++)
        for (int copy = 0; copy < 4; copy++) /* range gives each instance two of the four partitions */
            say(&d, (struct saying){ .id = arena_printf(&d.arena, "e-%d", copy % 2 ? i : count - 1 - i),
                                     .unit = arena_printf(&d.arena, "%d", copy % 2 ? i : count - 1 - i),
                                     .protobuf = true,
                                     .partition = copy });
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 4 * count, 120));
    cr_assert_eq(suite_number(d.suite, REGISTERED), count);
    cr_assert_eq(suite_number(d.suite, COMPLAINTS), count);
    cr_assert_eq(suite_number(d.suite, "SELECT count(*) FROM intake.submission_key"), count);
    cr_assert_eq(suite_number(d.suite, "SELECT count(DISTINCT number) FROM intake.complaint"), count);
    cr_assert_eq(suite_number(d.suite, "SELECT max(right(number, 5)::int)::int8 FROM intake.complaint"), count,
                 "no gap");
    {
        int n, results[5] = { 0 };
        struct answer *a = answers(&d, &n);
        for (int i = 0; i < n; i++)
            results[a[i].outcome->result]++;
        cr_assert_eq(results[REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED], count);
        cr_assert_eq(results[REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_DUPLICATE], 3 * count);
    }
    desk_close(&d);
}

Test(intake, likely_duplicates_are_registered_and_flagged)
{
    struct desk d = desk_open("in_likely");
    Redress__V1__ComplaintEvent *event;
    Redress__V1__Registered *r;
    struct answer *a;
    int n;

    say(&d, (struct saying){ .id = "e-1", .phone = "138 0013 8000", .category = "quality.leakage" });
    say(&d, (struct saying){ .id = "e-2", .phone = "+8613800138000", .category = "quality.leakage" });
    flush(&d);
    start(&d, "1");
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 2, 30));
    say(&d, (struct saying){ .id = "e-3", .phone = "008613800138000", .category = "quality.leakage" });
    say(&d, (struct saying){ .id = "e-4", .phone = "13800138001", .category = "quality.leakage" });
    say(&d, (struct saying){ .id = "e-5", .phone = "13800138000", .category = "property.cleaning" });
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 5, 30));
    a = answers(&d, &n);
    for (int i = 0; i < 5; i++) {
        bool flagged = i == 1 || i == 2;
        assert_result(a[i], ACCEPTED);
        r = registered(&d, a[i].outcome->complaint_id, &event);
        cr_assert_str_eq(r->likely_duplicate_of_id, flagged ? a[0].outcome->complaint_id : "", "%s", a[i].key);
        cr_assert_str_eq(r->likely_duplicate_of_number, flagged ? a[0].outcome->complaint_number : "");
    }
    cr_assert_eq(suite_number(d.suite, "SELECT count(likely_duplicate_of) FROM intake.complaint"), 2);
    desk_close(&d);
}

/* R7: what names the number it was split from, and nothing else that the first one said. */
static void say_part(struct desk *d, const char *id, const char *number, const char *description)
{
    static const struct kafka_header type = { "content-type", "application/json", 16 };
    const char *json = arena_printf(&d->arena,
                                    "{\"tenant\":\"demo\",\"source\":\"cc\",\"sourceEventId\":\"%s\","
                                    "\"splitFrom\":\"%s\",\"description\":\"%s\"}",
                                    id, number, description);

    send_bytes(d, 0, json, strlen(json), &type, 1);
}

Test(intake, two_matters_of_one_submission_become_two_complaints_of_one_complainant)
{
    struct desk d = desk_open("in_split");
    Redress__V1__ComplaintEvent *event;
    Redress__V1__Registered *first, *part;
    struct answer *a;
    int n;

    say(&d, (struct saying){ .id = "e-1", .description = "厨房漏水，电梯也坏了" });
    flush(&d);
    start(&d, "1");
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 1, 30));
    a = answers(&d, &n);
    say_part(&d, "e-1/2", a[0].outcome->complaint_number, "电梯坏了");
    say_part(&d, "e-1/2", a[0].outcome->complaint_number, "电梯坏了");
    say_part(&d, "e-9", "YHHY-20260101-99999", "电梯坏了");
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 4, 30));
    a = answers(&d, &n);
    assert_result(a[1], ACCEPTED);
    assert_result(a[2], DUPLICATE);
    assert_first_problem(&a[3], "split_from", "unknown_complaint");
    cr_assert_eq(a[3].outcome->n_problems, 1);
    first = registered(&d, a[0].outcome->complaint_id, &event);
    part = registered(&d, a[1].outcome->complaint_id, &event);
    cr_expect_str_eq(event->project_code, "YHHY");
    cr_expect_str_eq(part->split_from_id, a[0].outcome->complaint_id);
    cr_expect_str_eq(part->split_from_number, a[0].outcome->complaint_number);
    cr_expect_str_eq(part->home_key, first->home_key);
    cr_expect_str_eq(part->complainant_key, first->complainant_key);
    cr_expect_str_eq(part->phone_masked, first->phone_masked);
    cr_expect_eq(part->channel, first->channel);
    cr_expect_eq(part->received_at->seconds, first->received_at->seconds, "the promise runs from the first receipt");
    cr_expect_str_eq(part->likely_duplicate_of_id, "", "it is no repeat of what it was split from");
    cr_expect_eq(suite_number(d.suite, "SELECT count(*) FROM intake.split_view"), 1);
    cr_expect_eq(suite_number(d.suite, "SELECT count(*) FROM intake.complaint_detail WHERE call_id = 'c1'"), 2);
    suite_execute(d.suite, "DELETE FROM intake.complaint_detail"); /* as the erasure does */
    say_part(&d, "e-1/3", a[0].outcome->complaint_number, "还有一件");
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 5, 30));
    a = answers(&d, &n);
    assert_first_problem(&a[4], "split_from", "erased");
    desk_close(&d);
}

Test(intake, another_master_key_ends_it_with_the_tenants_name)
{
    struct desk d = desk_open("in_key");
    char path[700], *log;
    pid_t pid;

    snprintf(path, sizeof path, "%s/master.key", suite_folder(d.suite));
    cr_assert_eq(remove(path), 0);
    cr_assert_eq(vault_write_master(path), 0, "%s", err_text());
    say(&d, (struct saying){ .id = "e-1" });
    flush(&d);
    pid = start(&d, "1");
    for (int i = 0; i < 500 && suite_alive(d.suite, pid); i++)
        clock_sleep_us(20000);
    log = suite_log(d.suite, "redress-intake", "1");
    cr_assert(strstr(log, "tenant demo: the master key (keys.file) does not open its data key"), "%s", log);
    cr_assert_eq(suite_number(d.suite, OUTCOMES), 0);
    free(log);
    desk_close(&d);
}

/* Rows of any table that hold the text, as text or inside bytes. */
static int64_t rows_with(struct desk *d, const char *text)
{
    static const char *const tables[] = { "journal.entry",         "intake.complaint", "intake.complaint_detail",
                                          "intake.submission_key", "intake.evidence",  "intake.dead_letter",
                                          "intake.number_series",  "intake.consumer" };
    char hex[256];
    int64_t found = 0;

    hex_encode(text, strlen(text), hex);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        found += suite_number(d->suite, arena_printf(&d->arena,
                                                     "SELECT count(*) FROM %s t"
                                                     " WHERE t::text LIKE '%%%s%%' OR t::text LIKE '%%%s%%'",
                                                     tables[i], text, hex));
    return found;
}

Test(intake, personal_data_are_in_no_event_no_log_and_no_table_in_clear)
{
    static const char *const canaries[] = { CANARY_PHONE, CANARY_NAME, CANARY_EMAIL, CANARY_ADDRESS, CANARY_UNIT };
    struct desk d = desk_open("in_canary");
    struct pg_result *rows;
    struct vault_key seal;
    Redress__V1__Submission *contact;
    struct uuid id;
    size_t len;
    const void *sealed;
    char *log;

    suite_start(d.suite, "intake", "1", (const char *[]){ "REDRESS_LOG_LEVEL=debug", NULL });
    say(&d, (struct saying){ .id = "e-1" });
    say(&d, (struct saying){ .id = "e-1", .protobuf = true });
    say(&d, (struct saying){ .id = "e-1", .category = "x" });
    say(&d, (struct saying){ .id = "e-2", .project = "NONE" });
    say(&d, (struct saying){ .id = "e-3", .phone = CANARY_PHONE "9" });
    say(&d, (struct saying){ .id = "", .phone = CANARY_PHONE });
    flush(&d);
    cr_assert(suite_wait_number(d.suite, OUTCOMES, 5, 30));
    cr_assert_eq(suite_number(d.suite, "SELECT count(*) FROM intake.dead_letter"), 1);
    log = suite_log(d.suite, "redress-intake", "1");
    for (size_t i = 0; i < sizeof canaries / sizeof *canaries; i++) {
        cr_assert_eq(rows_with(&d, canaries[i]), 0, "%s is in a table", canaries[i]);
        cr_assert_null(strstr(log, canaries[i]), "%s is in the log", canaries[i]);
    }
    cr_assert_gt(rows_with(&d, "139****5678"), 0, "the search finds what is there");
    free(log);

    rows = query(&d, "SELECT complaint_id, contact FROM intake.complaint_detail");
    cr_assert_eq(pg_rows(rows), 1);
    id = pg_uuid(rows, 0, 0);
    sealed = pg_bytes(rows, 0, 1, &len);
    vault_derive(&d.data_key, VAULT_SEAL, &seal);
    contact = contact_open(&d.arena, &seal, &id, sealed, len);
    cr_assert_not_null(contact);
    cr_assert_str_eq(contact->complainant->phone, CANARY_PHONE);
    cr_assert_str_eq(contact->unit, CANARY_UNIT);
    pg_result_free(rows);
    desk_close(&d);
}
