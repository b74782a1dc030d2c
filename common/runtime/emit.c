/* What leaves with the transaction: events into the journal, dead letters into their table. */
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/event/json.h"
#include "common/event/unpack.h"
#include "private.h"
#include "redress/v1/dead_letter.pb-c.h"

#define KEPT_BYTES ((size_t)1 << 20) /* of a dead record; of a larger one only digest and size are kept */

/* W3C trace context: "00-<32 hex>-<16 hex>-<2 hex>"; anything else is not carried on. */
static bool trace_of(const struct record *cause, struct strbuf *headers)
{
    const void *value;
    size_t len;

    if (!cause || !kafka_record_header(cause->kafka, "traceparent", &value, &len) || len != 55)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!strchr("0123456789abcdef-", ((const char *)value)[i]))
            return false;
    strbuf_adds(headers, "traceparent: ");
    strbuf_add(headers, value, len);
    strbuf_addc(headers, '\n');
    return true;
}

static int pack(struct arena *a, const struct emission *e, struct journal_entry *n)
{
    struct strbuf json;
    int r;

    if (e->encoding == ENCODING_PROTOBUF) {
        n->payload = event_pack(a, e->message, &n->payload_len);
        return n->payload ? 0 : err_set(ERR_FATAL, "cannot pack an event");
    }
    strbuf_init(&json, a);
    r = json_write(&json, e->message);
    n->payload = json.data;
    n->payload_len = json.len;
    return r;
}

int batch_emit(struct batch *b, const struct emission *e)
{
    struct journal_entry *n;
    struct strbuf headers;
    int r;

    strbuf_init(&headers, b->arena);
    strbuf_adds(&headers, "ce_source: redress/");
    strbuf_adds(&headers, b->daemon->spec->name);
    strbuf_adds(&headers, e->encoding == ENCODING_JSON ? "\ncontent-type: application/json\n"
                                                       : "\ncontent-type: application/protobuf\n");
    trace_of(e->cause, &headers);
    b->entries = arena_room(b->arena, b->entries, b->entry_count, &b->entry_cap, sizeof *b->entries, 256);
    n = &b->entries[b->entry_count];
    *n = (struct journal_entry){
        .topic = e->topic,
        .key = e->key,
        .tenant = e->tenant ? e->tenant : "",
        .aggregate_id = e->aggregate_id,
        .aggregate_version = e->aggregate_version,
        .type = e->type,
        .headers = headers.data,
    };
    r = pack(b->arena, e, n);
    if (r < 0)
        return r;
    journal_seal(n, b->now_us, e->head);
    b->entry_count++;
    return 0;
}

void batch_dead_letter(struct batch *b, const struct record *rec, const char *reason, const char *message,
                       const char *tenant, const char *source, const char *source_event_id)
{
    b->dead = arena_room(b->arena, b->dead, b->dead_count, &b->dead_cap, sizeof *b->dead, 256);
    b->dead[b->dead_count++] = (struct dead_letter){ rec, reason, message, tenant, source, source_event_id };
}

static void add_part(struct strbuf *b, const void *data, size_t len)
{
    uint32_t n = htobe32((uint32_t)len);

    strbuf_add(b, &n, sizeof n);
    strbuf_add(b, data, len);
}

/* Key, value, then name and value of each header, every part behind its length (4 bytes, big-endian). */
static const void *seal(struct batch *b, const struct record *rec, const struct uuid *id, size_t *ret_len)
{
    const struct vault_key *master = daemon_master_key(b->daemon);
    const struct kafka_record *k = rec->kafka;
    struct kafka_header h;
    struct strbuf parts;
    char context[64] = "dead-letter:";

    *ret_len = 0;
    if (!master || k->value_len > KEPT_BYTES || k->key_len > KEPT_BYTES)
        return NULL;
    strbuf_init(&parts, b->arena);
    add_part(&parts, k->key, k->key_len);
    add_part(&parts, k->value, k->value_len);
    for (size_t i = 0; kafka_record_header_at(k, i, &h) && parts.len < 2 * KEPT_BYTES; i++) {
        add_part(&parts, h.name, strlen(h.name));
        add_part(&parts, h.value, h.value ? h.len : 0);
    }
    uuid_format(id, context + strlen(context));
    return vault_seal(b->arena, master, context, parts.data, parts.len, ret_len);
}

static int emit_dead_letter(struct batch *b, const struct dead_letter *d, const unsigned char *digest)
{
    const struct kafka_record *k = d->record->kafka;
    Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Redress__V1__DeadLetter m = REDRESS__V1__DEAD_LETTER__INIT;

    at.seconds = b->now_us / 1000000;
    at.nanos = (int32_t)(b->now_us % 1000000 * 1000);
    m.consumer = (char *)b->daemon->spec->name;
    m.topic = (char *)k->topic;
    m.partition = k->partition;
    m.offset = k->offset;
    m.reason = (char *)d->reason;
    m.message = (char *)d->message;
    m.size = (int64_t)k->value_len;
    m.sha256 = (ProtobufCBinaryData){ SHA256_BYTES, (uint8_t *)(uintptr_t)digest };
    m.at = &at;
    m.tenant = (char *)d->tenant;
    m.source = (char *)d->source;
    m.source_event_id = (char *)d->source_event_id;
    metric_add(&metric_dead_letters, d->reason, 1);
    return batch_emit(b, &(struct emission){
                             .topic = TOPIC_DEAD_LETTERS,
                             .key = arena_printf(b->arena, "%s:%d", k->topic, k->partition),
                             .tenant = d->tenant,
                             .message = &m.base,
                             .type = "redress.v1.DeadLetter",
                             .cause = d->record,
                         });
}

enum { ID, TOPIC, PARTITION, OFFSET, REASON, MESSAGE, TENANT, SOURCE, EVENT_ID, SIZE, SHA256, SEALED, COLUMNS };

static const enum pg_type column_types[COLUMNS] = { PG_UUID, PG_TEXT, PG_INT4, PG_INT8, PG_TEXT,  PG_TEXT,
                                                    PG_TEXT, PG_TEXT, PG_TEXT, PG_INT8, PG_BYTEA, PG_BYTEA };

static int add_row(struct batch *b, struct pg_column *col, const struct dead_letter *d)
{
    const struct kafka_record *k = d->record->kafka;
    unsigned char *digest = arena_calloc(b->arena, SHA256_BYTES, 1);
    struct uuid id = uuid_new(b->now_us);
    const void *sealed;
    size_t len;

    sha256(k->value ? k->value : "", k->value_len, digest);
    sealed = seal(b, d->record, &id, &len);
    pg_column_uuid(&col[ID], &id);
    pg_column_text(&col[TOPIC], k->topic);
    pg_column_int4(&col[PARTITION], k->partition);
    pg_column_int8(&col[OFFSET], k->offset);
    pg_column_text(&col[REASON], d->reason);
    pg_column_text(&col[MESSAGE], d->message);
    pg_column_text(&col[TENANT], d->tenant);
    pg_column_text(&col[SOURCE], d->source);
    pg_column_text(&col[EVENT_ID], d->source_event_id);
    pg_column_int8(&col[SIZE], (int64_t)k->value_len);
    pg_column_bytes(&col[SHA256], digest, SHA256_BYTES);
    pg_column_bytes(&col[SEALED], sealed, len);
    return emit_dead_letter(b, d, digest);
}

static int write_dead_letters(struct batch *b)
{
    struct pg_column col[COLUMNS];
    struct pg_params p;

    pg_columns_init(col, b->arena, column_types, COLUMNS, b->dead_count);
    for (size_t i = 0; i < b->dead_count; i++) {
        int r = add_row(b, col, &b->dead[i]);
        if (r < 0)
            return r;
    }
    pg_params_columns(&p, b->arena, col, COLUMNS);
    pg_param_time(&p, b->now_us);
    return pg_exec(b->pg, &runtime_dead_letter_add, &p, NULL);
}

int batch_flush(struct batch *b, bool *ret_emitted)
{
    int64_t number;
    int r = 0;

    if (b->dead_count)
        r = write_dead_letters(b);
    if (r == 0 && b->entry_count)
        r = journal_append(b->pg, b->arena, b->entries, b->entry_count, &number);
    *ret_emitted = b->entry_count > 0;
    return r;
}
