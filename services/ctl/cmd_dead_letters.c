/* dead-letters: what the daemons set aside, why, and once more after its cause is gone. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/event/json.h"
#include "common/event/pii.h"
#include "common/event/unpack.h"
#include "common/kafka/producer.h"
#include "ctl_sql.h"
#include "dead_letter.h"
#include "facts.h"
#include "record.h"

#define PREVIEW_BYTES 2048
#define PUBLISH_MS    15000

/* The columns of dead_letters.sql and dead_letter.sql in their order. */
enum {
    ID,
    SERVICE,
    AT,
    TOPIC,
    PARTITION,
    OFFSET,
    REASON,
    MESSAGE,
    TENANT,
    SOURCE,
    EVENT,
    SIZE,
    KEPT,
    RETRIED,
    SHA,
    SEALED
};

static int64_t time_or_0(const struct pg_result *r, int row, int column)
{
    return pg_is_null(r, row, column) ? 0 : pg_time_us(r, row, column);
}

static const char *text_or_null(const struct pg_result *r, int row, int column)
{
    const char *text = pg_text(r, row, column);

    return *text ? text : NULL;
}

/* ---- list ---- */

static void add_letter(struct ctl_rows *rows, const struct pg_result *r, int i)
{
    struct uuid id = pg_uuid(r, i, ID);
    char id_text[UUID_TEXT_SIZE];

    uuid_format(&id, id_text);
    ctl_add_text(rows, id_text);
    ctl_add_time(rows, pg_time_us(r, i, AT));
    ctl_add_text(rows, pg_text(r, i, SERVICE));
    ctl_add_text(rows, pg_text(r, i, TOPIC));
    ctl_add_int(rows, pg_int4(r, i, PARTITION));
    ctl_add_int(rows, pg_int8(r, i, OFFSET));
    ctl_add_text(rows, pg_text(r, i, REASON));
    ctl_add_text(rows, pg_text(r, i, MESSAGE));
    ctl_add_text(rows, text_or_null(r, i, TENANT));
    ctl_add_text(rows, text_or_null(r, i, SOURCE));
    ctl_add_text(rows, text_or_null(r, i, EVENT));
    ctl_add_int(rows, pg_int8(r, i, SIZE));
    ctl_add_bool(rows, pg_bool(r, i, KEPT));
    ctl_add_time(rows, time_or_0(r, i, RETRIED));
}

static int load_letters(struct ctl *c, struct pg_conn *pg, int64_t limit, int64_t since_us, struct pg_result **ret)
{
    static const char *const filters[] = { "reason", "tenant", "topic" };
    struct pg_params p;

    pg_params_init(&p, c->arena);
    pg_param_time(&p, since_us);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        pg_param_text(&p, ctl_option(c, filters[i]) ? ctl_option(c, filters[i]) : "");
    pg_param_bool(&p, ctl_option(c, "open"));
    pg_param_int8(&p, limit);
    return pg_exec(pg, &ctl_dead_letters, &p, ret);
}

static int cmd_list(struct ctl *c)
{
    static const struct ctl_column columns[] = {
        { "id", "id", CTL_TEXT },
        { "at", "时间 at", CTL_TIME },
        { "service", "服务 daemon", CTL_TEXT },
        { "topic", "topic", CTL_TEXT },
        { "partition", "part", CTL_NUMBER },
        { "offset", "offset", CTL_NUMBER },
        { "reason", "原因 reason", CTL_TEXT },
        { "message", "说明 message", CTL_TEXT },
        { "tenant", "集团 tenant", CTL_TEXT },
        { "source", "来源 source", CTL_TEXT },
        { "sourceEventId", "来源编号 reference", CTL_TEXT },
        { "size", "字节 bytes", CTL_NUMBER },
        { "kept", "留存 kept", CTL_BOOL },
        { "retriedAt", "重发 retried", CTL_TIME },
    };
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    const char *since = ctl_option(c, "since");
    int64_t limit, since_us = 0;
    struct pg_conn *pg;
    struct ctl_rows *rows;
    int e;

    if (!ctl_option_int(c, "limit", 1, 100000, 50, &limit))
        return CTL_USAGE;
    if (since && !rfc3339_parse(since, strlen(since), &since_us))
        return ctl_fail(CTL_USAGE, "--since: found \"%s\"; allowed is a time such as 2026-11-01T08:00:00Z", since);
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    e = load_letters(c, pg, limit, since_us, &r);
    if (e < 0)
        return ctl_fail_err(e);
    rows = ctl_rows_new(c, columns, (int)(sizeof columns / sizeof *columns));
    for (int i = 0; i < pg_rows(r); i++)
        add_letter(rows, r, i);
    ctl_rows_end(rows);
    return CTL_OK;
}

/* ---- one of them ---- */

/* 0, or the exit status after saying why. */
static int find_letter(struct ctl *c, struct pg_conn *pg, const char *name, struct pg_result **ret)
{
    struct pg_params p;
    struct uuid id;
    int e;

    if (!uuid_parse(name, strlen(name), &id))
        return ctl_fail(CTL_USAGE, "%s is no id of a dead letter; `redressctl dead-letters list` shows them", name);
    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &id);
    e = pg_exec(pg, &ctl_dead_letter, &p, ret);
    if (e < 0)
        return ctl_fail_err(e);
    return pg_rows(*ret) ? 0 : ctl_fail(CTL_NOT_FOUND, "there is no dead letter %s", name);
}

/* NULL: opened; else why not. */
static const char *open_letter(struct ctl *c, const struct pg_result *r, struct kept_record *ret)
{
    struct uuid id = pg_uuid(r, 0, ID);
    struct vault_key master;
    const void *sealed;
    size_t len;
    bool opened;

    if (!pg_bool(r, 0, KEPT))
        return "its bytes were not kept (too large, or the daemon had no master key)";
    if (!*c->config->keys.file)
        return "the master key is needed: set keys.file (REDRESS_KEYS_FILE)";
    if (vault_read_master(c->config->keys.file, &master) < 0)
        return err_text();
    sealed = pg_bytes(r, 0, SEALED, &len);
    opened = kept_record_open(c->arena, &master, &id, sealed, len, ret);
    vault_wipe(&master);
    return opened ? NULL : "its bytes were sealed with another master key, or are damaged";
}

/* The value as JSON where it can be decoded, else as text without what could be personal; all of it with --reveal. */
static void show_value(struct facts *f, const struct pg_result *r, const struct kept_record *k, bool reveal)
{
    const struct topic *t = topic_find(pg_text(r, 0, TOPIC));
    size_t len = k->value_len < PREVIEW_BYTES ? k->value_len : PREVIEW_BYTES;
    struct arena *a = f->ctl->arena;
    struct field_problem problem;
    ProtobufCMessage *m;
    struct strbuf b;
    char *hex;

    if (k->value_len == 0)
        return;
    strbuf_init(&b, a);
    if (t && (event_unpack(a, t->message, k->value, k->value_len, &m, &problem) == 0 ||
              json_read(a, t->message, k->value, k->value_len, &m, &problem) == 0)) {
        if (!reveal)
            pii_mask(m);
        if (json_write(&b, m) == 0) {
            facts_text(f, NULL, "内容 value", b.data);
            facts_json(f, "value", b.data);
            return;
        }
    }
    if (!reveal) {
        facts_text(f, "preview", "内容（已遮蔽）preview", mask_unknown(a, k->value, len));
        return;
    }
    hex = arena_calloc(a, 2 * len + 1, 1);
    hex_encode(k->value, len, hex);
    if (utf8_valid(k->value, len))
        facts_text(f, "preview", "内容 preview", arena_strndup(a, k->value, len));
    facts_text(f, "hex", "hex", hex);
}

static void show_kept(struct facts *f, const struct pg_result *r, bool reveal)
{
    struct arena *a = f->ctl->arena;
    struct kept_record k = { 0 };
    const char *why = open_letter(f->ctl, r, &k);

    if (why) {
        facts_text(f, "notShown", "内容 value", why);
        return;
    }
    facts_text(f, "key", "key",
               reveal && utf8_valid(k.key, k.key_len) ? arena_strndup(a, k.key, k.key_len)
                                                      : mask_unknown(a, k.key, k.key_len));
    show_value(f, r, &k, reveal);
    facts_list(f, "headers", "headers");
    for (size_t i = 0; i < k.header_count; i++) {
        const struct kafka_header *h = &k.headers[i];
        const char *value = (reveal || strncmp(h->name, "ce_", 3) == 0) && utf8_valid(h->value, h->len)
                                ? arena_strndup(a, h->value, h->len)
                                : mask_unknown(a, h->value, h->len);

        facts_item(f, arena_printf(a, "%s: %s", h->name, value));
        if (f->ctl->output != CTL_TABLE) {
            facts_text(f, "name", NULL, h->name);
            facts_text(f, "value", NULL, value);
        }
        facts_item_end(f);
    }
    facts_list_end(f);
}

static int cmd_show(struct ctl *c)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_conn *pg = ctl_pg(c);
    char hex[2 * SHA256_BYTES + 1] = "";
    struct facts f;
    size_t len;
    const void *digest;
    int e;

    if (!pg)
        return CTL_UNAVAILABLE;
    e = find_letter(c, pg, c->argv[0], &r);
    if (e)
        return e;
    digest = pg_bytes(r, 0, SHA, &len);
    if (len == SHA256_BYTES)
        hex_encode(digest, len, hex);
    facts_begin(&f, c);
    facts_text(&f, "id", "id", c->argv[0]);
    facts_time(&f, "at", "时间 at", pg_time_us(r, 0, AT));
    facts_text(&f, "service", "服务 daemon", pg_text(r, 0, SERVICE));
    facts_text(&f, "topic", "topic", pg_text(r, 0, TOPIC));
    facts_int(&f, "partition", "partition", pg_int4(r, 0, PARTITION));
    facts_int(&f, "offset", "offset", pg_int8(r, 0, OFFSET));
    facts_text(&f, "reason", "原因 reason", pg_text(r, 0, REASON));
    facts_text(&f, "message", "说明 message", pg_text(r, 0, MESSAGE));
    facts_text(&f, "tenant", "集团 tenant", pg_text(r, 0, TENANT));
    facts_text(&f, "source", "来源 source", pg_text(r, 0, SOURCE));
    facts_text(&f, "sourceEventId", "来源编号 reference", pg_text(r, 0, EVENT));
    facts_int(&f, "size", "字节 bytes", pg_int8(r, 0, SIZE));
    facts_text(&f, "sha256", "sha256", hex);
    facts_time(&f, "retriedAt", "重发 retried", time_or_0(r, 0, RETRIED));
    show_kept(&f, r, ctl_option(c, "reveal"));
    facts_end(&f);
    return CTL_OK;
}

/* ---- retry ---- */

struct delivery {
    bool done;
    int err_class;
    char why[256];
    int32_t partition;
    int64_t offset;
};

static void on_delivered(void *context, void *tag, int err_class, const char *why, int32_t partition, int64_t offset)
{
    struct delivery *d = context;

    (void)tag;
    d->done = true;
    d->err_class = err_class;
    str_copy(d->why, sizeof d->why, why);
    d->partition = partition;
    d->offset = offset;
}

static int publish(struct ctl *c, const char *topic, const struct kept_record *k, struct delivery *ret)
{
    struct kafka_options o = ctl_kafka(c);
    struct kafka_producer *producer;
    int r = kafka_producer_new(&o,
                               &(struct kafka_producer_spec){ .timeout_ms = PUBLISH_MS,
                                                              .max_record_bytes = (size_t)8 << 20,
                                                              .on_delivered = on_delivered,
                                                              .context = ret },
                               &producer);

    if (r < 0)
        return r;
    r = kafka_produce(producer, &(struct kafka_message){ .topic = topic,
                                                         .partition = -1,
                                                         .key = k->key_len ? k->key : NULL,
                                                         .key_len = k->key_len,
                                                         .value = k->value,
                                                         .value_len = k->value_len,
                                                         .headers = k->headers,
                                                         .header_count = k->header_count });
    if (r == 0)
        r = kafka_producer_flush(producer, PUBLISH_MS + 1000);
    kafka_producer_free(producer);
    if (r == 0 && ret->err_class)
        return err_set(ERR_RETRY, "kafka: %s", ret->why);
    return r;
}

/* 0, or the exit status. */
static int retry_one(struct ctl *c, struct pg_conn *pg, const char *name, struct ctl_rows *rows)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    const struct topic *t;
    struct delivery delivery = { 0 };
    struct kept_record k = { 0 };
    struct pg_params p;
    struct uuid id;
    const char *why;
    int e = find_letter(c, pg, name, &r);

    if (e)
        return e;
    t = topic_find(pg_text(r, 0, TOPIC));
    if (!t || !t->from_outside)
        return ctl_fail(CTL_CONFLICT, "%s: %s is written by Redress itself; its records are not sent again by hand",
                        name, pg_text(r, 0, TOPIC));
    if (!pg_is_null(r, 0, RETRIED) && !ctl_option(c, "again"))
        return ctl_fail(CTL_CONFLICT, "%s: was sent again already; --again sends it once more", name);
    why = open_letter(c, r, &k);
    if (why)
        return ctl_fail(CTL_FAILURE, "%s: %s", name, why);
    e = publish(c, t->name, &k, &delivery);
    if (e < 0)
        return ctl_fail_err(e);
    id = pg_uuid(r, 0, ID);
    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &id);
    e = pg_exec(pg, &ctl_dead_letter_retried, &p, NULL);
    if (e < 0)
        return ctl_fail_err(e);
    ctl_add_text(rows, name);
    ctl_add_text(rows, t->name);
    ctl_add_int(rows, delivery.partition);
    ctl_add_int(rows, delivery.offset);
    return 0;
}

static int cmd_retry(struct ctl *c)
{
    static const struct ctl_column columns[] = { { "id", "id", CTL_TEXT },
                                                 { "topic", "sent again to", CTL_TEXT },
                                                 { "partition", "partition", CTL_NUMBER },
                                                 { "offset", "offset", CTL_NUMBER } };
    struct pg_conn *pg = ctl_pg(c);
    struct ctl_rows *rows;
    int status = CTL_OK;

    if (!pg)
        return CTL_UNAVAILABLE;
    rows = ctl_rows_new(c, columns, 4);
    for (int i = 0; i < c->argc; i++) {
        int e = retry_one(c, pg, c->argv[i], rows);
        status = e ? e : status;
    }
    ctl_rows_end(rows);
    if (status == CTL_OK)
        fputs("The daemon reads them like new records: an outcome follows on redress.outcomes.v1, or, if the cause is\n"
              "still there, another dead letter. Repeats of what was registered meanwhile are recognised.\n",
              stderr);
    return status;
}

const struct ctl_command dead_letters_commands[] = {
    {
        .name = "dead-letters list",
        .arguments = "",
        .summary = "list records that could not be processed, newest first",
        .details = "Example:\n"
                   "  redressctl dead-letters list --reason undecodable --open",
        .options = { { "reason", "CODE", "with this reason only" },
                     { "tenant", "CODE", "of this tenant only" },
                     { "topic", "NAME", "from this topic only" },
                     { "since", "TIME", "set aside at this time or later, RFC 3339" },
                     { "open", NULL, "leave out those that were sent again" },
                     { "limit", "N", "at most so many; default: 50" } },
        .run = cmd_list,
    },
    {
        .name = "dead-letters show",
        .arguments = "ID",
        .summary = "show one of them: where it came from, what is wrong, what it holds",
        .details = "With the master key (keys.file) the record itself is shown, without what could be personal.",
        .options = { { "reveal", NULL, "show personal data, and the bytes of what cannot be decoded" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_show,
    },
    {
        .name = "dead-letters retry",
        .arguments = "ID...",
        .summary = "publish the records again, as they were, to the topic they came from",
        .details = "For records whose cause is gone, a tenant that was missing for example. Needs the master key\n"
                   "(keys.file). Only records of topics that others write to.",
        .options = { { "again", NULL, "also what was sent again before" } },
        .min_arguments = 1,
        .max_arguments = 1000,
        .run = cmd_retry,
    },
    { 0 },
};
