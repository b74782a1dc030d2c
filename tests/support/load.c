#include "load.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <librdkafka/rdkafka.h>

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "common/event/json.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "redress/v1/submission.pb-c.h"

#define SAMPLES     "deploy/samples/complaints.jsonl"
#define SAMPLES_MAX 400
#define TENANT      "demo"
#define TYPE        "redress.v1.Submission"

struct text {
    const char *description, *demand, *category;
};

struct message {
    const char *id, *key;
    const void *value;
    size_t value_len;
    bool json;
};

struct load {
    struct arena arena;
    struct message *messages;
    size_t count, bytes;
    struct text texts[SAMPLES_MAX];
    size_t text_count;
    char time[RFC3339_SIZE];
    rd_kafka_t *even; /* kept: a new producer needs a second until it knows where to send to */
};

static void __attribute__((noreturn)) give_up(const char *what, const char *why)
{
    fprintf(stderr, "load: %s: %s\n", what, why);
    exit(99);
}

static const char *member(struct arena *a, const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));

    return arena_strdup(a, text ? text : "");
}

/* Texts of the samples that are accepted. */
static void read_texts(struct load *l)
{
    FILE *f = fopen(SAMPLES, "r");
    char *line = NULL;
    size_t cap = 0;

    if (!f)
        give_up(SAMPLES, "cannot be opened (run from the root of the checkout)");
    while (l->text_count < SAMPLES_MAX && getline(&line, &cap, f) > 0) {
        json_t *root = json_loads(line, 0, NULL);
        const json_t *s = json_object_get(root, "submission"), *expect = json_object_get(root, "expect");
        const char *result = json_string_value(json_object_get(expect, "result"));

        if (s && result && strcmp(result, "ACCEPTED") == 0)
            l->texts[l->text_count++] =
                (struct text){ member(&l->arena, s, "description"), member(&l->arena, s, "demand"),
                               member(&l->arena, s, "categoryCode") };
        json_decref(root);
    }
    free(line);
    fclose(f);
    if (l->text_count == 0)
        give_up(SAMPLES, "has no accepted complaint");
}

/* Homes of the demo tenant. */
static const struct {
    char *project, *building;
} homes[] = { { "YHHY", "1" },  { "YHHY", "3" },  { "YHHY", "5" }, { "YHHY", "8" }, { "JLYF", "A1" },
              { "JLYF", "B2" }, { "JLYF", "C1" }, { "XCGC", "A" }, { "XCGC", "2" }, { "XCGC", "S1" } };

static Google__Protobuf__Timestamp timestamp(int64_t at_us)
{
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    t.seconds = at_us / 1000000;
    return t;
}

/* What one submission is put together from. */
struct draft {
    Redress__V1__Submission s;
    Redress__V1__Complainant who;
    Redress__V1__FourClears clear;
    Redress__V1__Call call;
    Redress__V1__Evidence photo, *photos[1];
    Google__Protobuf__Timestamp received, occurred;
    uint8_t digest[32];
    char phone[16], unit[16], uri[64], call_id[32];
};

static void draft_people(struct draft *d, size_t i)
{
    static char name[] = "章德顺", agent[] = "A119";

    snprintf(d->phone, sizeof d->phone, "139%08zu", i % 100000000);
    snprintf(d->call_id, sizeof d->call_id, "CALL-%zu", i);
    redress__v1__complainant__init(&d->who);
    d->who.kind = REDRESS__V1__COMPLAINANT_KIND__COMPLAINANT_KIND_INDIVIDUAL;
    d->who.name = name;
    d->who.phone = d->phone;
    d->who.preferred_channel = REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    redress__v1__four_clears__init(&d->clear);
    d->clear.heard = d->clear.asked = d->clear.repeated = d->clear.recorded = true;
    redress__v1__call__init(&d->call);
    d->call.call_id = d->call_id;
    d->call.agent_id = agent;
    d->call.caller = d->phone;
    d->call.started_at = &d->received;
    d->call.duration_s = (int32_t)(60 + i % 600);
}

static void draft_photo(struct draft *d, size_t i)
{
    static char media_type[] = "image/jpeg";

    snprintf(d->uri, sizeof d->uri, "https://files.example.cn/evidence/%016zx.jpg", i * 2654435761u);
    memcpy(d->digest, &i, sizeof i);
    redress__v1__evidence__init(&d->photo);
    d->photo.uri = d->uri;
    d->photo.media_type = media_type;
    d->photo.sha256 = (ProtobufCBinaryData){ sizeof d->digest, d->digest };
    d->photo.size = 800000 + (int64_t)i % 100000;
    d->photos[0] = &d->photo;
}

/* Every second one a call, the others through channels that need nothing more; every third with a photo; every second
 * with a category. */
static void draft_submission(struct draft *d, const struct text *text, size_t i, const char *id)
{
    static const Redress__V1__Channel channels[] = {
        REDRESS__V1__CHANNEL__CHANNEL_HOTLINE, REDRESS__V1__CHANNEL__CHANNEL_WECHAT,
        REDRESS__V1__CHANNEL__CHANNEL_HOTLINE, REDRESS__V1__CHANNEL__CHANNEL_SERVICE_CENTRE,
        REDRESS__V1__CHANNEL__CHANNEL_HOTLINE, REDRESS__V1__CHANNEL__CHANNEL_WEBSITE,
    };
    static char tenant[] = TENANT, source[] = LOAD_SOURCE;
    size_t home = i * 7 % (sizeof homes / sizeof *homes);
    Redress__V1__Submission *s = &d->s;

    snprintf(d->unit, sizeof d->unit, "%zu", 100 + i % 2400);
    d->received = timestamp(clock_wall_us() - 60000000);
    d->occurred = timestamp(clock_wall_us() - 86400000000);
    redress__v1__submission__init(s);
    s->tenant = tenant;
    s->source = source;
    s->source_event_id = (char *)(uintptr_t)id;
    s->channel = channels[i % (sizeof channels / sizeof *channels)];
    s->received_at = &d->received;
    s->occurred_at = &d->occurred;
    s->project_code = homes[home].project;
    s->building = homes[home].building;
    s->unit = d->unit;
    s->complainant = &d->who;
    if (i % 2)
        s->category_code = (char *)(uintptr_t)text->category;
    s->description = (char *)(uintptr_t)text->description;
    s->demand = (char *)(uintptr_t)text->demand;
    s->clear = &d->clear;
    if (s->channel == REDRESS__V1__CHANNEL__CHANNEL_HOTLINE)
        s->call = &d->call;
    s->evidence = d->photos;
    s->n_evidence = i % 3 == 0;
}

static void encode(struct load *l, size_t i, struct message *m)
{
    struct strbuf json;
    struct draft d = { 0 };

    draft_people(&d, i);
    draft_photo(&d, i);
    draft_submission(&d, &l->texts[i % l->text_count], i, m->id);
    if (!m->json) {
        m->value = event_pack(&l->arena, &d.s.base, &m->value_len);
        return;
    }
    strbuf_init(&json, &l->arena);
    if (json_write(&json, &d.s.base) < 0)
        give_up("json", err_text());
    m->value = json.data;
    m->value_len = json.len;
}

struct load *load_new(size_t count, unsigned json_every)
{
    struct load *l = calloc(1, sizeof *l);

    if (!l)
        abort();
    arena_init(&l->arena, 0);
    read_texts(l);
    rfc3339_format(clock_wall_us(), l->time);
    l->messages = calloc(count, sizeof *l->messages);
    if (!l->messages)
        abort();
    l->count = count;
    for (size_t i = 0; i < count; i++) {
        struct message *m = &l->messages[i];

        m->id = arena_printf(&l->arena, "BENCH-%zu", i);
        m->key = arena_printf(&l->arena, TENANT ":" LOAD_SOURCE ":%s", m->id);
        m->json = json_every && i % json_every == 0;
        encode(l, i, m);
        l->bytes += m->value_len;
    }
    return l;
}

void load_free(struct load *l)
{
    if (l->even)
        rd_kafka_destroy(l->even);
    arena_done(&l->arena);
    free(l->messages);
    free(l);
}

size_t load_bytes(const struct load *l)
{
    return l->bytes;
}

int64_t load_number(const char *source_event_id)
{
    int64_t n;

    if (strncmp(source_event_id, "BENCH-", 6) != 0 || !parse_int64(source_event_id + 6, 0, INT64_MAX, &n))
        return -1;
    return n;
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    (void)opaque;
    if (m->err)
        give_up("a submission was not taken", rd_kafka_err2str(m->err));
}

static rd_kafka_t *producer(const struct kafka_options *o, const char *linger_ms)
{
    const char *const settings[][2] = {
        { "bootstrap.servers", o->brokers },
        { "acks", "all" },
        { "linger.ms", linger_ms },
        { "partitioner", "murmur2_random" },
        { "queue.buffering.max.messages", "100000" },
        { "queue.buffering.max.kbytes", "262144" },
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];
    rd_kafka_t *rk;

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why) != RD_KAFKA_CONF_OK)
            give_up(settings[i][0], why);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!rk)
        give_up("producer", why);
    return rk;
}

static void send_one(const struct load *l, rd_kafka_t *rk, const char *topic, size_t i)
{
    const struct message *m = &l->messages[i];
    rd_kafka_resp_err_t e;

    do {
        rd_kafka_headers_t *h = rd_kafka_headers_new(7);

        rd_kafka_header_add(h, "ce_specversion", -1, "1.0", -1);
        rd_kafka_header_add(h, "ce_id", -1, m->id, -1);
        rd_kafka_header_add(h, "ce_source", -1, LOAD_SOURCE, -1);
        rd_kafka_header_add(h, "ce_type", -1, TYPE, -1);
        rd_kafka_header_add(h, "ce_tenantid", -1, TENANT, -1);
        rd_kafka_header_add(h, "ce_time", -1, l->time, -1);
        rd_kafka_header_add(h, "content-type", -1, m->json ? "application/json" : "application/protobuf", -1);
        /* no copy of the value: the load outlives the producer */
        e = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(m->key, strlen(m->key)),
                              RD_KAFKA_V_VALUE((void *)(uintptr_t)m->value, m->value_len), RD_KAFKA_V_HEADERS(h),
                              RD_KAFKA_V_END);
        if (e) {
            rd_kafka_headers_destroy(h);
            if (e != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                give_up("produce", rd_kafka_err2str(e));
            rd_kafka_poll(rk, 10);
        }
    } while (e);
}

static void flush(rd_kafka_t *rk)
{
    if (rd_kafka_flush(rk, 60000))
        give_up("flush", "not all submissions were taken within 60 s");
}

void load_publish(struct load *l, const struct kafka_options *o, size_t from, size_t to)
{
    rd_kafka_t *rk = producer(o, "20");
    char topic[256];

    snprintf(topic, sizeof topic, "%s" TOPIC_SUBMISSIONS, o->topic_prefix);
    for (size_t i = from; i < to; i++) {
        send_one(l, rk, topic, i);
        if (i % 256 == 0)
            rd_kafka_poll(rk, 0);
    }
    flush(rk);
    rd_kafka_destroy(rk);
}

static void sleep_until(int64_t at_us)
{
    struct timespec t = { at_us / 1000000, at_us % 1000000 * 1000 };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

void load_publish_evenly(struct load *l, const struct kafka_options *o, size_t from, size_t to, double per_second,
                         int64_t *intended_us)
{
    char topic[256];
    int64_t start;

    if (!l->even)
        l->even = producer(o, "0");
    snprintf(topic, sizeof topic, "%s" TOPIC_SUBMISSIONS, o->topic_prefix);
    start = clock_mono_us() + 50000;
    for (size_t i = from; i < to; i++) {
        intended_us[i] = start + (int64_t)((double)(i - from) * 1e6 / per_second);
        sleep_until(intended_us[i]);
        send_one(l, l->even, topic, i);
        rd_kafka_poll(l->even, 0);
    }
    flush(l->even);
}
