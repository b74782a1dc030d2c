#include "life_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "common/journal/journal.h"
#include "common/kafka/producer.h"
#include "redress/v1/command.pb-c.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/sla_event.pb-c.h"

#define MINUTE_US  INT64_C(60000000)
#define REGISTERED 1000 /* complaints in a transaction */
#define TENANT     "demo"
#define SOURCE     "bench"

struct life {
    struct uuid uuid;
    char id[UUID_TEXT_SIZE], number[40];
};

struct life_load {
    struct suite *suite;
    struct kafka_producer *bulk, *prompt; /* prompt: nothing waits for more */
    struct life *lives;
    size_t count;
    int64_t received_us;
    struct arena arena;
};

static void must(int r, const char *what)
{
    if (r >= 0)
        return;
    fprintf(stderr, "lives: %s: %s\n", what, err_text());
    exit(99);
}

static struct kafka_producer *producer(struct suite *s, int linger_ms)
{
    const struct kafka_producer_spec spec = { .linger_ms = linger_ms,
                                              .timeout_ms = 20000,
                                              .max_record_bytes = 1 << 20 };
    struct kafka_options o = suite_kafka(s);
    struct kafka_producer *p = NULL;

    must(kafka_producer_new(&o, &spec, &p), "producer");
    return p;
}

struct life_load *life_load_new(struct suite *s, size_t count)
{
    struct life_load *l = calloc(1, sizeof *l);

    if (!l || !(l->lives = calloc(count, sizeof *l->lives)))
        abort();
    l->suite = s;
    l->count = count;
    l->received_us = clock_wall_us() - 3 * MINUTE_US;
    arena_init(&l->arena, 0);
    for (size_t i = 0; i < count; i++) {
        l->lives[i].uuid = uuid_new(l->received_us + (int64_t)i);
        uuid_format(&l->lives[i].uuid, l->lives[i].id);
        snprintf(l->lives[i].number, sizeof l->lives[i].number, "YHHY-20261101-%05zu", i);
    }
    l->bulk = producer(s, 20);
    l->prompt = producer(s, 0);
    return l;
}

void life_load_free(struct life_load *l)
{
    kafka_producer_free(l->bulk);
    kafka_producer_free(l->prompt);
    arena_done(&l->arena);
    free(l->lives);
    free(l);
}

static Google__Protobuf__Timestamp timestamp(int64_t at_us)
{
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    t.seconds = at_us / 1000000;
    t.nanos = (int32_t)(at_us % 1000000 * 1000);
    return t;
}

/* ---- registrations ---- */

/* Words of the category that the sender names, and none of danger. */
static const char *const descriptions[] = {
    "楼下垃圾桶旁堆满了纸箱和旧沙发，三天没有人清走，气味很大",
    "3号楼地下车库入口处有人堆放装修垃圾，影响车辆进出，物业一直未处理",
    "单元门口的垃圾分类点每天早上都溢出来，保洁九点以后才来",
    "消防通道外的绿化带里被人乱丢大件垃圾，希望尽快清运",
    "电梯厅里长期放着邻居的废弃家具和泡沫箱，请协调清理",
};
static const char *const demands[] = { "请尽快清理并加强日常保洁", "请当天清运，并书面答复处理结果" };

static const char *description_of(size_t i)
{
    return descriptions[i % (sizeof descriptions / sizeof *descriptions)];
}

static const char *demand_of(size_t i)
{
    return demands[i % (sizeof demands / sizeof *demands)];
}

/* As scattered as the digests that stand in such places. */
static char *key(struct arena *a, const char *what, size_t i)
{
    char *text = arena_printf(a, "%s %zu", what, i), *out = arena_alloc(a, 2 * SHA256_BYTES + 1);
    unsigned char hash[SHA256_BYTES];

    sha256(text, strlen(text), hash);
    hex_encode(hash, sizeof hash, out);
    return out;
}

static ProtobufCBinaryData digest(struct arena *a, const char *text)
{
    unsigned char *hash = arena_alloc(a, SHA256_BYTES);

    sha256(text, strlen(text), hash);
    return (ProtobufCBinaryData){ SHA256_BYTES, hash };
}

static const void *pack_registered(struct life_load *l, size_t i, size_t *ret_len)
{
    static char building[] = "3", masked[] = "139****0000", category[] = "community_environment.rubbish",
                tenant[] = TENANT, source[] = SOURCE, project[] = "YHHY", actor[] = "system:intake";
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Redress__V1__Registered r = REDRESS__V1__REGISTERED__INIT;
    Redress__V1__FourClears clear = REDRESS__V1__FOUR_CLEARS__INIT;
    Google__Protobuf__Timestamp received = timestamp(l->received_us), registered = timestamp(l->received_us + 1000);

    r.source = source;
    r.source_event_id = arena_printf(&l->arena, "BENCH-%zu", i);
    r.channel = REDRESS__V1__CHANNEL__CHANNEL_HOTLINE;
    r.received_at = &received;
    r.registered_at = &registered;
    r.building = building;
    r.home_key = key(&l->arena, "home", i);
    r.complainant_key = key(&l->arena, "complainant", i);
    r.phone_masked = masked;
    r.complainant_kind = REDRESS__V1__COMPLAINANT_KIND__COMPLAINANT_KIND_INDIVIDUAL;
    r.preferred_channel = REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    r.category_code = category;
    r.description_sha256 = digest(&l->arena, description_of(i));
    r.demand_sha256 = digest(&l->arena, demand_of(i));
    clear.heard = clear.asked = clear.repeated = clear.recorded = true;
    r.clear = &clear;
    e.tenant = tenant;
    e.complaint_id = l->lives[i].id;
    e.complaint_number = l->lives[i].number;
    e.version = 1;
    e.at = &registered;
    e.project_code = project;
    e.actor = actor;
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED;
    e.registered = &r;
    return event_pack(&l->arena, &e.base, ret_len);
}

static void save_texts(struct life_load *l, size_t from, size_t to)
{
    static const struct pg_statement texts = {
        "lives_texts", "INSERT INTO intake.complaint_detail (complaint_id, tenant_id, description, goods_or_service,"
                       " demand, contact, phone_masked, complainant_kind, identity_verified, preferred_channel)"
                       " SELECT n.id, '" TENANT "', n.description, '', n.demand, '', '139****0000', 1, false, 1"
                       " FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, description, demand)"
    };
    struct pg_column ids, description, demand;
    struct pg_params p;

    pg_column_init(&ids, &l->arena, PG_UUID, to - from);
    pg_column_init(&description, &l->arena, PG_TEXT, to - from);
    pg_column_init(&demand, &l->arena, PG_TEXT, to - from);
    for (size_t i = from; i < to; i++) {
        pg_column_uuid(&ids, &l->lives[i].uuid);
        pg_column_text(&description, description_of(i));
        pg_column_text(&demand, demand_of(i));
    }
    pg_params_init(&p, &l->arena);
    pg_param_column(&p, &ids);
    pg_param_column(&p, &description);
    pg_param_column(&p, &demand);
    must(pg_exec(suite_pg(l->suite), &texts, &p, NULL), "texts");
}

static void append(struct life_load *l, size_t from, size_t to)
{
    struct journal_entry *entries = arena_array(&l->arena, struct journal_entry, to - from);
    int64_t now_us = clock_wall_us(), batch;

    for (size_t i = from; i < to; i++) {
        unsigned char head[SHA256_BYTES] = { 0 };
        struct journal_entry *e = &entries[i - from];

        *e = (struct journal_entry){ .topic = TOPIC_COMPLAINTS,
                                     .key = l->lives[i].id,
                                     .tenant = TENANT,
                                     .aggregate_id = l->lives[i].uuid,
                                     .aggregate_version = 1,
                                     .type = "redress.v1.ComplaintEvent.registered",
                                     .headers = "ce_source: redress/intake\ncontent-type: application/protobuf\n" };
        e->payload = pack_registered(l, i, &e->payload_len);
        journal_seal(e, now_us, head);
    }
    must(journal_append(suite_pg(l->suite), &l->arena, entries, to - from, &batch), "journal");
}

void life_load_register(struct life_load *l, size_t from, size_t to)
{
    for (size_t until; from < to; from = until) {
        until = from + REGISTERED < to ? from + REGISTERED : to;
        must(pg_begin(suite_pg(l->suite)), "begin");
        save_texts(l, from, until);
        append(l, from, until);
        must(pg_commit(suite_pg(l->suite)), "commit");
        must(pg_script(suite_pg(l->suite), JOURNAL_WAKE_UP), "wake-up");
        arena_reset(&l->arena);
    }
}

/* ---- commands ---- */

/* One command with all that it points to. */
struct draft {
    Redress__V1__Command m;
    Redress__V1__Contact contact;
    Redress__V1__Complete complete;
    Redress__V1__Confirm confirm;
    Redress__V1__Close close;
    ProtobufCBinaryData photo;
    uint8_t photo_digest[SHA256_BYTES];
};

/* The duty role may do what any head may; customer service closes. */
static void set_step(struct draft *d, enum life_step step)
{
    static char duty[] = "S0001", service[] = "S0201", complainant[] = "complainant",
                note[] = "已电话联系业主，约定今天下午到现场查看并安排清运",
                result[] = "已安排保洁将堆放物全部清走并冲洗地面，现场拍照存档";

    redress__v1__contact__init(&d->contact);
    redress__v1__complete__init(&d->complete);
    redress__v1__confirm__init(&d->confirm);
    redress__v1__close__init(&d->close);
    d->contact.channel = REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    d->contact.reached = true;
    d->contact.note = note;
    d->photo = (ProtobufCBinaryData){ sizeof d->photo_digest, d->photo_digest };
    d->complete.evidence_sha256 = &d->photo;
    d->complete.n_evidence_sha256 = 1;
    d->complete.result = result;
    d->confirm.way = REDRESS__V1__CONFIRMATION_WAY__CONFIRMATION_WAY_CODE;
    switch (step) {
    case LIFE_CONTACT:
        d->m.actor = duty;
        d->m.contact = &d->contact;
        d->m.command_case = REDRESS__V1__COMMAND__COMMAND_CONTACT;
        return;
    case LIFE_COMPLETE:
        d->m.actor = duty;
        d->m.complete = &d->complete;
        d->m.command_case = REDRESS__V1__COMMAND__COMMAND_COMPLETE;
        return;
    case LIFE_CONFIRM:
        d->m.actor = complainant;
        d->m.confirm = &d->confirm;
        d->m.command_case = REDRESS__V1__COMMAND__COMMAND_CONFIRM;
        return;
    case LIFE_CLOSE:
    case LIFE_STEPS:
        d->m.actor = service;
        d->m.close = &d->close;
        d->m.command_case = REDRESS__V1__COMMAND__COMMAND_CLOSE;
    }
}

static void produce(struct kafka_producer *p, struct kafka_message *m, const char *id)
{
    m->partition = -1;
    m->key = id;
    m->key_len = UUID_TEXT_SIZE - 1;
    while (kafka_produce(p, m) == ERR_RETRY)
        kafka_producer_poll(p, 10);
}

static void send_command(struct life_load *l, struct kafka_producer *p, size_t n)
{
    static char tenant[] = TENANT, source[] = SOURCE;
    char *reference = arena_printf(&l->arena, "BENCH-%zu", n);
    const struct kafka_header headers[] = {
        { "ce_specversion", "1.0", 3 }, { "ce_id", reference, strlen(reference) },
        { "ce_source", SOURCE, 5 },     { "ce_type", "redress.v1.Command", 18 },
        { "ce_tenantid", TENANT, 4 },   { "content-type", "application/protobuf", 20 },
    };
    struct kafka_message m = { .topic = TOPIC_COMMANDS, .headers = headers, .header_count = 6 };
    struct draft d = { .m = REDRESS__V1__COMMAND__INIT };

    d.m.tenant = tenant;
    d.m.source = source;
    d.m.command_id = reference;
    d.m.complaint_id = l->lives[n % l->count].id;
    set_step(&d, (enum life_step)(n / l->count));
    m.value = event_pack(&l->arena, &d.m.base, &m.value_len);
    produce(p, &m, d.m.complaint_id);
    arena_reset(&l->arena);
}

void life_load_publish(struct life_load *l, enum life_step step, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        send_command(l, l->bulk, (size_t)step * l->count + i);
    must(kafka_producer_flush(l->bulk, 60000), "flush");
}

static void sleep_until(int64_t at_us)
{
    struct timespec t = { at_us / 1000000, at_us % 1000000 * 1000 };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

void life_load_publish_evenly(struct life_load *l, size_t from, size_t to, double per_second, int64_t *intended_us)
{
    int64_t start_us = clock_mono_us() + 50000;

    for (size_t n = from; n < to; n++) {
        intended_us[n] = start_us + (int64_t)((double)(n - from) * 1e6 / per_second);
        sleep_until(intended_us[n]);
        send_command(l, l->prompt, n);
        kafka_producer_poll(l->prompt, 0);
    }
    must(kafka_producer_flush(l->prompt, 60000), "flush");
}

/* ---- clocks ---- */

static void send_clock(struct life_load *l, size_t i)
{
    static char tenant[] = TENANT, project[] = "YHHY", policy[] = "standard", name[] = "acknowledgement",
                rule[] = "R11", limit[] = "2h";
    char *position = arena_printf(&l->arena, "%zu", i + 1);
    const struct kafka_header headers[] = {
        { "ce_specversion", "1.0", 3 },
        { "ce_id", l->lives[i].id, UUID_TEXT_SIZE - 1 },
        { "ce_source", "redress/watchdog", 16 },
        { "ce_type", "redress.v1.SlaEvent.started", 27 },
        { "ce_tenantid", TENANT, 4 },
        { "content-type", "application/protobuf", 20 },
        { "redress-epoch", "1-1", 3 },
        { "redress-batch", position, strlen(position) },
        { "redress-ord", "0", 1 },
    };
    struct kafka_message m = { .topic = TOPIC_SLA, .headers = headers, .header_count = 9 };
    Redress__V1__SlaEvent e = REDRESS__V1__SLA_EVENT__INIT;
    Redress__V1__PromisedClock clock = REDRESS__V1__PROMISED_CLOCK__INIT;
    Redress__V1__ClockStarted started = REDRESS__V1__CLOCK_STARTED__INIT;
    Google__Protobuf__Timestamp from = timestamp(l->received_us), due = timestamp(l->received_us + 120 * MINUTE_US);

    clock.policy = policy;
    clock.policy_version = 1;
    clock.name = clock.step = name;
    clock.rule = rule;
    clock.cycle = 1;
    clock.started_at = &from;
    clock.due_at = &due;
    clock.limit = limit;
    e.tenant = tenant;
    e.complaint_id = l->lives[i].id;
    e.complaint_number = l->lives[i].number;
    e.project_code = project;
    e.at = &from;
    e.clock = &clock;
    e.event_case = REDRESS__V1__SLA_EVENT__EVENT_STARTED;
    e.started = &started;
    m.value = event_pack(&l->arena, &e.base, &m.value_len);
    produce(l->bulk, &m, e.complaint_id);
    arena_reset(&l->arena);
}

void life_load_publish_clocks(struct life_load *l, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        send_clock(l, i);
    must(kafka_producer_flush(l->bulk, 60000), "flush");
}
