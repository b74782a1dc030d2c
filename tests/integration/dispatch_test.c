/* timeout: 300
 * Dispatch between a real Kafka and a real PostgreSQL: registrations are published as the relay would, what dispatch
 * makes of them is looked up in its tables and in the journal. Neither intake nor the relay runs. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "common/kafka/producer.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "tests/support/suite.h"

#define CASES    "SELECT count(*) FROM dispatch.case_state"
#define ASSIGNED "SELECT count(*) FROM journal.entry WHERE type = 'redress.v1.ComplaintEvent.assigned'"
#define DEAD     "SELECT count(*) FROM dispatch.dead_letter"

struct stage {
    struct suite *s;
    struct kafka_producer *producer;
    struct arena arena;
    int64_t batch; /* journal positions, as the relay writes them */
};

/* What a test says about a complaint; the rest is the same for all. */
struct complaint {
    struct uuid id;
    const char *tenant, *category, *description, *demand;
    int64_t version;
    bool other_digest, without_hash;
};

static void stage_open(struct stage *st, const char *name)
{
    struct kafka_options o;

    *st = (struct stage){ .s = suite_new(name) };
    arena_init(&st->arena, 0);
    o = suite_kafka(st->s);
    cr_assert_eq(kafka_producer_new(&o,
                                    &(struct kafka_producer_spec){ .timeout_ms = 20000, .max_record_bytes = 1 << 20 },
                                    &st->producer),
                 0, "%s", err_text());
    suite_execute(st->s, "UPDATE journal.cursor SET epoch = journal.current_epoch()");
    suite_apply_tenant(st->s);
}

static void stage_close(struct stage *st)
{
    kafka_producer_free(st->producer);
    suite_free(st->s);
    arena_done(&st->arena);
}

static struct complaint complaint_new(const char *category, const char *description)
{
    return (struct complaint){ .id = uuid_new(clock_wall_us()),
                               .tenant = "demo",
                               .category = category,
                               .description = description,
                               .demand = "",
                               .version = 1 };
}

static ProtobufCBinaryData digest_of(struct stage *st, const char *text)
{
    unsigned char *out = arena_alloc(&st->arena, SHA256_BYTES);

    sha256(text, strlen(text), out);
    return (ProtobufCBinaryData){ SHA256_BYTES, out };
}

static void *pack(struct stage *st, const struct complaint *c, size_t *ret_len)
{
    Redress__V1__Registered registered = REDRESS__V1__REGISTERED__INIT;
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    char *id = arena_alloc(&st->arena, UUID_TEXT_SIZE);

    uuid_format(&c->id, id);
    now.seconds = clock_wall_us() / 1000000;
    registered.source = (char *)(uintptr_t) "test";
    registered.channel = REDRESS__V1__CHANNEL__CHANNEL_HOTLINE;
    registered.received_at = registered.registered_at = &now;
    registered.category_code = (char *)(uintptr_t)c->category;
    registered.description_sha256 = digest_of(st, c->other_digest ? "another text" : c->description);
    registered.demand_sha256 = digest_of(st, c->demand);
    e.tenant = (char *)(uintptr_t)c->tenant;
    e.complaint_id = id;
    e.complaint_number = arena_printf(&st->arena, "YHHY-%.8s", id + 24);
    e.version = c->version;
    e.at = &now;
    e.project_code = (char *)(uintptr_t) "YHHY";
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED;
    e.registered = &registered;
    return event_pack(&st->arena, &e.base, ret_len);
}

/* The texts stay with intake. */
static void store_text(struct stage *st, const struct complaint *c)
{
    char id[UUID_TEXT_SIZE];

    uuid_format(&c->id, id);
    suite_execute(st->s,
                  arena_printf(&st->arena,
                               "INSERT INTO intake.complaint_detail (complaint_id, tenant_id, description, "
                               "goods_or_service, demand, contact, phone_masked, complainant_kind, identity_verified, "
                               "preferred_channel) VALUES ('%s', '%s', '%s', '', '%s', '', '', 1, false, 1) "
                               "ON CONFLICT DO NOTHING",
                               id, c->tenant, c->description, c->demand));
}

static void publish(struct stage *st, const struct complaint *c)
{
    static const unsigned char hash[SHA256_BYTES] = { 7, 7, 7 };
    char *batch = arena_printf(&st->arena, "%" PRId64, ++st->batch), *key = arena_alloc(&st->arena, UUID_TEXT_SIZE);
    const struct kafka_header headers[] = { { "redress-epoch", "1-1", 3 },
                                            { "redress-batch", batch, strlen(batch) },
                                            { "redress-ord", "0", 1 },
                                            { "redress-hash", hash, sizeof(hash) } };
    struct kafka_message m = { .topic = TOPIC_COMPLAINTS, .partition = -1, .headers = headers };

    uuid_format(&c->id, key);
    m.key = key;
    m.key_len = strlen(key);
    m.header_count = c->without_hash ? 3 : 4;
    m.value = pack(st, c, &m.value_len);
    cr_assert_eq(kafka_produce(st->producer, &m), 0, "%s", err_text());
}

static void flush(struct stage *st)
{
    cr_assert_eq(kafka_producer_flush(st->producer, 20000), 0, "%s", err_text());
}

static void register_one(struct stage *st, const struct complaint *c)
{
    store_text(st, c);
    publish(st, c);
    flush(st);
}

static int64_t count_where(struct stage *st, const struct complaint *c, const char *condition)
{
    char id[UUID_TEXT_SIZE];

    uuid_format(&c->id, id);
    return suite_number(st->s, arena_printf(&st->arena,
                                            "SELECT count(*) FROM dispatch.case_view WHERE complaint_id = '%s' AND %s",
                                            id, condition));
}

Test(dispatch, a_registration_becomes_a_case_that_somebody_has)
{
    struct stage st;
    struct complaint leak, given, unclear;

    stage_open(&st, "di_case");
    leak = complaint_new("", "主卧天花板漏水，楼上防水没做好，水渍越来越大");
    given = complaint_new("property_service.security", "大门没有人");
    unclear = complaint_new("", "你们看着办吧");
    suite_start(st.s, "dispatch", "1", NULL);
    register_one(&st, &leak);
    register_one(&st, &given);
    register_one(&st, &unclear);
    cr_assert(suite_wait_number(st.s, CASES, 3, 30));

    cr_expect_eq(count_where(&st, &leak,
                             "category_code = 'house_quality.leakage' AND category_source = 'keywords' AND "
                             "severity = 'general' AND complexity = 'complex' AND status = 'assigned' AND "
                             "department_code = 'engineering' AND assignee_role = 'handler' AND version = 2"),
                 1);
    cr_expect_eq(count_where(&st, &given,
                             "category_code = 'property_service.security' AND category_source = 'sender' AND "
                             "category_confidence = 100 AND department_code = 'security' AND complexity = 'simple'"),
                 1);
    cr_expect_eq(count_where(&st, &unclear,
                             "category_code = '' AND category_source = 'by_hand' AND status = 'to_classify' AND "
                             "department_code = 'customer_service' AND assignee_id = 'S0200' AND "
                             "assignee_role = 'department_head'"),
                 1);
    /* R49: the chain goes on from the registration's hash, and the case keeps its new head */
    cr_expect_eq(suite_number(st.s,
                              "SELECT count(*) FROM journal.entry e JOIN dispatch.case_state s ON s.complaint_id "
                              "= e.aggregate_id WHERE e.aggregate_version = 2 AND e.hash = s.head AND e.prev_hash "
                              "= '\\x0707070000000000000000000000000000000000000000000000000000000000'"),
                 3);
    cr_expect_eq(suite_number(st.s, "SELECT sum(open_cases)::int8 FROM dispatch.workload"), 3);
    stage_close(&st);
}

Test(dispatch, a_thousand_are_spread_and_repeats_change_nothing)
{
    struct stage st;
    struct complaint *c;

    stage_open(&st, "di_many");
    c = arena_array(&st.arena, struct complaint, 1000);
    for (int i = 0; i < 1000; i++) {
        c[i] = complaint_new("community_environment.noise", "楼上噪音扰民");
        publish(&st, &c[i]);
    }
    for (int i = 0; i < 1000; i++)
        publish(&st, &c[i]); /* as after a failover of the relay: the same events at new positions */
    flush(&st);
    suite_start(st.s, "dispatch", "1", NULL);
    cr_assert(suite_wait_number(st.s, "SELECT sum(next_offset)::int8 FROM dispatch.consumer", 2000, 60));
    cr_expect_eq(suite_number(st.s, CASES), 1000);
    cr_expect_eq(suite_number(st.s, ASSIGNED), 1000);
    cr_expect_eq(suite_number(st.s, DEAD), 0);
    cr_expect_eq(suite_number(st.s, "SELECT sum(open_cases)::int8 FROM dispatch.workload"), 1000);
    cr_expect_leq(suite_number(st.s, "SELECT max(open_cases) - min(open_cases) FROM dispatch.workload"), 1);
    cr_expect_geq(suite_number(st.s, "SELECT count(*) FROM dispatch.workload"), 2);
    stage_close(&st);
}

Test(dispatch, what_cannot_be_applied_is_set_aside_and_costs_only_itself)
{
    struct stage st;
    struct complaint gap, again, bare, stranger, good;

    stage_open(&st, "di_bad");
    good = complaint_new("fees.unclear_charge", "账目不清");
    gap = complaint_new("", "漏水");
    gap.version = 3;
    bare = complaint_new("", "漏水");
    bare.without_hash = true;
    stranger = complaint_new("", "漏水");
    stranger.tenant = "nobody-knows";
    suite_start(st.s, "dispatch", "1", NULL);
    publish(&st, &gap);
    publish(&st, &bare);
    publish(&st, &stranger);
    publish(&st, &good);
    flush(&st);
    cr_assert(suite_wait_number(st.s, CASES, 1, 30));
    cr_assert(suite_wait_number(st.s, DEAD, 3, 10));
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM dispatch.dead_letter WHERE reason = 'version_gap'"), 1);
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM dispatch.dead_letter WHERE reason = 'missing_hash'"), 1);
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM dispatch.dead_letter WHERE reason = 'unknown_tenant'"), 1);

    again = good;
    again.version = 2; /* our own event coming back: dropped */
    publish(&st, &again);
    again.version = 4; /* 3 is missing */
    publish(&st, &again);
    flush(&st);
    cr_assert(suite_wait_number(st.s, DEAD, 4, 10));
    cr_expect_eq(suite_number(st.s, "SELECT max(version) FROM dispatch.case_state"), 2);
    stage_close(&st);
}

/* Bytes that are no event, of whatever type they say they are; NULL: they say nothing. */
static void publish_nonsense(struct stage *st, const char *topic, const char *type)
{
    const struct kafka_header header = { "ce_type", type, type ? strlen(type) : 0 };
    struct kafka_message m = { .topic = topic,
                               .partition = -1,
                               .headers = &header,
                               .header_count = type != NULL,
                               .key = "key",
                               .key_len = 3,
                               .value = "\xff\xff",
                               .value_len = 2 };

    cr_assert_eq(kafka_produce(st->producer, &m), 0, "%s", err_text());
    cr_assert_eq(kafka_producer_flush(st->producer, 20000), 0, "%s", err_text());
}

Test(dispatch, clocks_are_not_even_decoded_unless_they_come_to_a_point)
{
    struct stage st;

    stage_open(&st, "dispatch_types");
    publish_nonsense(&st, TOPIC_SLA, "redress.v1.SlaEvent.started");
    publish_nonsense(&st, TOPIC_SLA, "redress.v1.SlaEvent.met");
    publish_nonsense(&st, TOPIC_SLA, "redress.v1.SlaEvent.warning");
    publish_nonsense(&st, TOPIC_SLA, "redress.v1.SlaEvent.breached");
    publish_nonsense(&st, TOPIC_SLA, "redress.v1.SlaEvent.ladder_step");
    publish_nonsense(&st, TOPIC_SLA, NULL);
    publish_nonsense(&st, TOPIC_COMPLAINTS, "redress.v1.ComplaintEvent.contacted");
    suite_start(st.s, "dispatch", "1", NULL);
    cr_assert(suite_wait_number(st.s, "SELECT sum(next_offset)::int8 FROM dispatch.consumer", 7, 30));
    cr_assert_eq(suite_number(st.s, DEAD " WHERE topic = 'redress.sla.v1'"), 4);
    cr_assert_eq(suite_number(st.s, DEAD " WHERE topic = 'redress.complaints.v1'"), 1);
    stage_close(&st);
}

Test(dispatch, texts_that_are_not_what_was_registered_are_not_judged)
{
    struct stage st;
    struct complaint changed, missing;

    stage_open(&st, "di_text");
    changed = complaint_new("", "主卧天花板漏水，楼上防水没做好");
    changed.other_digest = true;
    missing = complaint_new("", "主卧天花板漏水，楼上防水没做好");
    suite_start(st.s, "dispatch", "1", NULL);
    register_one(&st, &changed);
    publish(&st, &missing);
    flush(&st);
    cr_assert(suite_wait_number(st.s, CASES, 2, 30));
    cr_expect_eq(count_where(&st, &changed, "status = 'to_classify' AND category_code = ''"), 1);
    cr_expect_eq(count_where(&st, &missing, "status = 'to_classify' AND category_code = ''"), 1);
    stage_close(&st);
}

Test(dispatch, changed_settings_count_from_the_next_batch)
{
    struct stage st;
    struct complaint before, after;

    stage_open(&st, "di_tenant");
    before = complaint_new("community_environment.greening", "草坪枯死");
    after = complaint_new("community_environment.greening", "草坪枯死");
    suite_start(st.s, "dispatch", "1", NULL);
    register_one(&st, &before);
    cr_assert(suite_wait_number(st.s, CASES, 1, 30));
    cr_expect_eq(count_where(&st, &before, "assignee_role = 'handler'"), 1);
    suite_execute(st.s, "UPDATE dispatch.staff SET on_duty = false WHERE department_code = 'environment'");
    suite_execute(st.s, "UPDATE dispatch.tenant_revision SET revision = revision + 1");
    register_one(&st, &after);
    cr_assert(suite_wait_number(st.s, CASES, 2, 30));
    cr_expect_eq(count_where(&st, &after, "assignee_role = 'duty' AND assignee_id = 'S0001'"), 1);
    stage_close(&st);
}

Test(dispatch, kill_and_start_again_changes_nothing)
{
    struct stage st;
    pid_t pid;

    stage_open(&st, "di_kill");
    for (int i = 0; i < 3000; i++) {
        struct complaint c = complaint_new("repair.public_area", "路灯不亮");

        publish(&st, &c);
    }
    flush(&st);
    for (int i = 0; i < 4; i++) {
        pid = suite_start(st.s, "dispatch", "1", NULL);
        /* not before it has begun: a record at which a process ends three times is set aside */
        suite_wait_ready(st.s, pid, 30);
        clock_sleep_us(i * 150000);
        suite_signal(st.s, pid, SIGKILL);
    }
    suite_start(st.s, "dispatch", "1", NULL);
    cr_assert(suite_wait_number(st.s, CASES, 3000, 90));
    cr_expect_eq(suite_number(st.s, ASSIGNED), 3000);
    cr_expect_eq(suite_number(st.s, "SELECT sum(open_cases)::int8 FROM dispatch.workload"), 3000);
    cr_expect_eq(suite_number(st.s, DEAD), 0);
    stage_close(&st);
}

/* Two instances share the partitions; both add to the same people's workloads. */
Test(dispatch, two_instances_lose_and_repeat_nothing)
{
    struct stage st;

    stage_open(&st, "di_two");
    suite_start(st.s, "dispatch", "1", NULL);
    suite_start(st.s, "dispatch", "2", NULL);
    for (int i = 0; i < 4000; i++) {
        struct complaint c = complaint_new(i % 2 ? "repair.public_area" : "community_environment.noise", "路灯不亮");

        publish(&st, &c);
        if (i % 500 == 0)
            flush(&st);
    }
    flush(&st);
    cr_assert(suite_wait_number(st.s, CASES, 4000, 90));
    cr_expect_eq(suite_number(st.s, ASSIGNED), 4000);
    cr_expect_eq(
        suite_number(st.s, "SELECT count(DISTINCT aggregate_id) FROM journal.entry WHERE type LIKE '%assigned'"), 4000);
    cr_expect_eq(suite_number(st.s, "SELECT sum(open_cases)::int8 FROM dispatch.workload"), 4000);
    cr_expect_eq(suite_number(st.s, DEAD), 0);
    stage_close(&st);
}

/* A look-up by key must not become a scan because the table was empty when the plan was made. */
Test(dispatch, look_ups_go_by_key_on_tables_never_analysed)
{
    struct stage st;
    struct complaint c = complaint_new("", "路灯不亮");

    stage_open(&st, "di_plan");
    suite_start(st.s, "dispatch", "1", NULL);
    for (int i = 0; i < 20; i++) {
        c.id = uuid_new(clock_wall_us());
        register_one(&st, &c);
        cr_assert(suite_wait_number(st.s, CASES, i + 1, 30));
    }
    cr_assert(suite_wait_number(st.s,
                                "SELECT (sum(idx_scan) >= 20)::int::int8 FROM pg_stat_user_tables WHERE schemaname || "
                                "'.' || relname IN ('dispatch.case_state')",
                                1, 15));
    cr_expect_eq(suite_number(st.s, "SELECT sum(seq_scan)::int8 FROM pg_stat_user_tables WHERE schemaname || '.' || "
                                    "relname IN ('intake.complaint_detail', 'dispatch.workload')"),
                 0);
    stage_close(&st);
}
