/* Kafka records -> messages, before the transaction: size, encoding, well-formedness, repeats. */
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/event/json.h"
#include "common/event/unpack.h"
#include "private.h"

static bool header_text(const struct kafka_record *k, const char *name, char *out, size_t size)
{
    const void *value;
    size_t len;

    if (!kafka_record_header(k, name, &value, &len) || len >= size)
        return false;
    memcpy(out, value, len);
    out[len] = '\0';
    return true;
}

/* Where the relay took it from. Records from outside carry no position, whatever their headers say. */
static void read_position(struct record *r)
{
    char number[24];
    int64_t batch, ord;
    const void *hash;
    size_t len;

    if (r->topic->from_outside)
        return;
    if (!header_text(r->kafka, "redress-batch", number, sizeof number) || !parse_int64(number, 1, INT64_MAX, &batch) ||
        !header_text(r->kafka, "redress-ord", number, sizeof number) || !parse_int64(number, 0, INT32_MAX, &ord) ||
        !header_text(r->kafka, "redress-epoch", r->position.epoch, sizeof r->position.epoch)) {
        r->position.epoch[0] = '\0';
        return;
    }
    r->position.batch = batch;
    r->position.ord = (int32_t)ord;
    if (kafka_record_header(r->kafka, "redress-hash", &hash, &len) && len == SHA256_BYTES)
        r->hash = hash;
}

/* The header decides; without one JSON is told by its brace: no message of ours has a field 15 of wire type 3. White
 * space before it is allowed, but is also how some protobuf messages begin; a brace behind it is not. */
static enum record_encoding encoding_of(const struct record *r)
{
    const char *value = r->kafka->value;
    char type[64];

    if (!r->topic->json_allowed)
        return ENCODING_PROTOBUF;
    if (header_text(r->kafka, "content-type", type, sizeof type)) {
        if (strncasecmp(type, "application/json", 16) == 0)
            return ENCODING_JSON;
        if (strncasecmp(type, "application/", 12) == 0)
            return ENCODING_PROTOBUF;
    }
    for (size_t i = 0; i < r->kafka->value_len && i < 8; i++) {
        if (value[i] == '{')
            return ENCODING_JSON;
        if (!strchr(" \t\r\n", value[i]))
            break;
    }
    return ENCODING_PROTOBUF;
}

static void refuse(struct record *r, const char *code, const char *message)
{
    r->state = RECORD_UNDECODABLE;
    r->problem = (struct field_problem){ "", code, message };
}

static void decode(struct arena *a, struct record *r)
{
    const struct kafka_record *k = r->kafka;
    int e;

    if (k->value_len > r->topic->max_record_bytes) {
        refuse(r, "too_large",
               arena_printf(a, "the record has %zu bytes; at most %zu are allowed", k->value_len,
                            r->topic->max_record_bytes));
        return;
    }
    if (k->value_len == 0) {
        refuse(r, "empty", "the record has no value");
        return;
    }
    if (r->encoding == ENCODING_JSON)
        e = json_read(a, r->topic->message, k->value, k->value_len, &r->message, &r->problem);
    else
        e = event_unpack(a, r->topic->message, k->value, k->value_len, &r->message, &r->problem);
    if (e < 0) { /* no memory, or a message that this program cannot know: not the record's fault */
        log_error("cannot go on decoding", LOG_STR("topic", k->topic), LOG_INT("partition", k->partition),
                  LOG_INT("offset", k->offset), LOG_STR("why", err_text()));
        abort(); /* an attempt that did not end: see process.c */
    }
    if (e > 0)
        r->state = RECORD_UNDECODABLE;
}

/* Most of what a topic tells is for others. Outsiders' headers prove nothing. */
static bool is_wanted(const struct daemon *d, const struct record *r)
{
    char type[128];

    return !d->spec->wants || r->topic->from_outside || !header_text(r->kafka, "ce_type", type, sizeof type) ||
           d->spec->wants(r->topic, type);
}

void records_open(struct daemon *d, struct arena *a, const struct kafka_record *in, int count, struct record *out)
{
    struct journal_position *seen = arena_array(a, struct journal_position, (size_t)d->partition_count + 1);

    for (int i = 0; i < d->partition_count; i++)
        seen[i] = d->partitions[i].seen;
    for (int i = 0; i < count; i++) {
        const struct partition_state *p = offsets_find(d, in[i].topic, in[i].partition);
        struct journal_position *newest = &seen[p ? p - d->partitions : d->partition_count];
        struct record *r = &out[i];

        *r = (struct record){ .topic = topic_find(in[i].topic), .kafka = &in[i] };
        if (!r->topic)
            abort(); /* we only listen to what is in the table */
        read_position(r);
        r->encoding = encoding_of(r);
        if (journal_position_seen(&r->position, newest)) {
            r->state = RECORD_REPEAT;
            continue;
        }
        if (r->position.epoch[0])
            *newest = r->position;
        if (!is_wanted(d, r))
            r->state = RECORD_PASSED_OVER;
    }
}

void daemon_open_record(struct arena *a, const struct kafka_record *k, struct record *ret)
{
    *ret = (struct record){ .topic = topic_find(k->topic), .kafka = k };
    if (!ret->topic)
        abort(); /* nobody reads what is not in the table */
    read_position(ret);
    ret->encoding = encoding_of(ret);
    records_decode(a, ret, 1);
}

void records_decode(struct arena *a, struct record *records, int count)
{
    for (int i = 0; i < count; i++)
        if (records[i].state == RECORD_READY)
            decode(a, &records[i]);
}
