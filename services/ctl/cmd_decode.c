/* decode: any of our topics as JSON lines, personal data masked. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/event/json.h"
#include "common/event/pii.h"
#include "common/kafka/reader.h"
#include "common/runtime/signals.h"
#include "ctl.h"
#include "record.h"

#define ASK_TIMEOUT_MS 10000
#define SILENCE_US     10000000 /* of Kafka, before we give up */
#define RECORD_BYTES   ((size_t)64 << 20)

struct decoder {
    struct arena arena; /* of one record */
    const struct topic *topic;
    bool reveal;
};

static void add_text(struct strbuf *b, const void *data, size_t len, bool mask)
{
    char *text;

    if (utf8_valid(data ? data : "", len)) {
        text = arena_strndup(b->arena, data ? data : "", len);
        if (mask)
            mask_personal(text);
        strbuf_add_json(b, text, len);
        return;
    }
    text = arena_calloc(b->arena, 2 * len + 1, 1);
    hex_encode(data, len, text);
    strbuf_printf(b, "\"%s\"", text);
}

/* Names of CloudEvents are ids and codes; what else outsiders put there may be anything. */
static void add_headers(const struct decoder *d, struct strbuf *b, const struct kafka_record *k)
{
    struct kafka_header h;

    strbuf_adds(b, ",\"headers\":{");
    for (size_t i = 0; kafka_record_header_at(k, i, &h); i++) {
        if (i)
            strbuf_addc(b, ',');
        strbuf_add_json(b, h.name, strlen(h.name));
        strbuf_addc(b, ':');
        add_text(b, h.value, h.len, d->topic->from_outside && !d->reveal && strncmp(h.name, "ce_", 3) != 0);
    }
    strbuf_addc(b, '}');
}

static void add_undecodable(const struct decoder *d, struct strbuf *b, const struct kafka_record *k,
                            const struct field_problem *p)
{
    strbuf_adds(b, ",\"value\":null,\"problem\":{\"path\":");
    strbuf_add_json(b, p->path, strlen(p->path));
    strbuf_adds(b, ",\"code\":");
    strbuf_add_json(b, p->code, strlen(p->code));
    strbuf_adds(b, ",\"message\":");
    strbuf_add_json(b, p->message, strlen(p->message));
    strbuf_printf(b, "},\"size\":%zu", k->value_len);
    if (d->reveal)
        strbuf_printf(b, ",\"bytes\":\"%s\"", base64_encode(b->arena, k->value ? k->value : "", k->value_len));
}

static void add_value(struct decoder *d, struct strbuf *b, const struct kafka_record *k)
{
    struct field_problem problem = { "", "too_large", "decoding the record takes more memory than is allowed" };
    ProtobufCMessage *m;

    if (ctl_record_message(&d->arena, d->topic, k, &m, &problem) != 0) {
        add_undecodable(d, b, k, &problem);
        return;
    }
    if (!d->reveal)
        pii_mask(m);
    strbuf_adds(b, ",\"value\":");
    if (json_write(b, m) < 0)
        strbuf_adds(b, "null");
}

static void print_record(struct decoder *d, const struct kafka_record *k)
{
    char at[RFC3339_SIZE];
    struct strbuf b;

    arena_reset(&d->arena);
    strbuf_init(&b, &d->arena);
    rfc3339_format(k->timestamp_us, at);
    strbuf_printf(&b, "{\"topic\":\"%s\",\"partition\":%d,\"offset\":%lld,\"timestamp\":\"%s\",\"key\":", k->topic,
                  k->partition, (long long)k->offset, at);
    if (k->key)
        add_text(&b, k->key, k->key_len, false);
    else
        strbuf_adds(&b, "null");
    add_headers(d, &b, k);
    strbuf_printf(&b, ",\"encoding\":\"%s\"", ctl_record_encoding(d->topic, k) == ENCODING_JSON ? "json" : "protobuf");
    add_value(d, &b, k);
    strbuf_adds(&b, "}\n");
    fwrite(b.data, 1, b.len, stdout);
}

static int print_records(struct decoder *d, struct kafka_reader *reader, int64_t limit, bool follow)
{
    int64_t heard_us = clock_mono_us();
    struct kafka_record k;
    int r;

    while (limit > 0 && !signals_stop() && !ferror(stdout) && (follow || !kafka_reader_caught_up(reader))) {
        r = kafka_reader_poll(reader, &k, 200);
        if (r < 0)
            return r;
        if (r == 0) {
            fflush(stdout);
            if (!follow && clock_mono_us() - heard_us > SILENCE_US)
                return err_set(ERR_RETRY, "kafka: nothing more came for %lld s", (long long)(SILENCE_US / 1000000));
            continue;
        }
        heard_us = clock_mono_us();
        print_record(d, &k);
        kafka_records_free(&k, 1);
        limit--;
    }
    fflush(stdout);
    return 0;
}

/* "redress.outcomes.v1" or "outcomes". */
static const struct topic *topic_named(struct ctl *c, const char *name)
{
    const struct topic *t = topic_find(name);

    return t ? t : topic_find(arena_printf(c->arena, "redress.%s.v1", name));
}

static bool offset_option(struct ctl *c, int64_t *ret)
{
    const char *text = ctl_option(c, "offset");
    int64_t n;

    if (!text || strcmp(text, "beginning") == 0)
        *ret = KAFKA_BEGINNING;
    else if (strcmp(text, "end") == 0)
        *ret = KAFKA_END;
    else if (!parse_int64(text, -INT32_MAX, INT64_MAX, &n)) {
        ctl_fail(CTL_USAGE, "--offset: found \"%s\"; allowed are beginning, end, N, or -N for the newest N", text);
        return false;
    } else
        *ret = n < 0 ? KAFKA_NEWEST(-n) : n;
    return true;
}

static int cmd_decode(struct ctl *c)
{
    _cleanup_(kafka_reader_freep) struct kafka_reader *reader = NULL;
    struct decoder d = { .topic = topic_named(c, c->argv[0]), .reveal = ctl_option(c, "reveal") };
    struct kafka_options o = ctl_kafka(c);
    int64_t partition, offset, limit;
    int r;

    if (!d.topic)
        return ctl_fail(CTL_NOT_FOUND, "Redress has no topic %s; `redressctl topics check` lists them", c->argv[0]);
    if (!ctl_option_int(c, "partition", 0, INT32_MAX, -1, &partition) || !offset_option(c, &offset) ||
        !ctl_option_int(c, "limit", 1, INT64_MAX, INT64_MAX, &limit))
        return CTL_USAGE;
    r = kafka_reader_new(&o, &reader);
    if (r == 0)
        r = kafka_reader_add(reader, d.topic->name, (int32_t)partition, offset, ASK_TIMEOUT_MS);
    if (r == 1)
        return ctl_fail(CTL_NOT_FOUND, "the cluster has no such topic or partition: %s%s", o.topic_prefix,
                        d.topic->name);
    if (r == 0)
        r = kafka_reader_start(reader);
    if (r < 0)
        return ctl_fail_err(r);
    signals_install();
    arena_init(&d.arena, RECORD_BYTES);
    r = print_records(&d, reader, limit, ctl_option(c, "follow"));
    arena_done(&d.arena);
    return r < 0 ? ctl_fail_err(r) : CTL_OK;
}

const struct ctl_command decode_commands[] = {
    {
        .name = "decode",
        .arguments = "TOPIC",
        .summary = "print the records of a topic as JSON lines, personal data masked",
        .details =
            "TOPIC is redress.outcomes.v1 or, for short, outcomes. Ends when everything is printed that was there\n"
            "at the start, unless --follow is given. What cannot be decoded says why. Hashes are hexadecimal.\n\n"
            "Examples:\n"
            "  redressctl decode outcomes --offset=-5\n"
            "  redressctl decode complaints --follow --offset end | jq .value",
        .options = { { "partition", "N", "this partition only" },
                     { "offset", "N", "where to begin: beginning (default), end, N, or -N for the newest N of each" },
                     { "limit", "N", "at most so many" },
                     { "follow", NULL, "go on with what comes, until interrupted" },
                     { "reveal", NULL, "show personal data, and the bytes of what cannot be decoded" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_decode,
    },
    { 0 },
};
