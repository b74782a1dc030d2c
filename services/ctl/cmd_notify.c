/* Messages to people: what became of them, and what an operator does about them. */
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/words.h"
#include "ctl.h"
#include "ctl_sql.h"
#include "facts.h"
#include "notify_act.h"
#include "notify_secret.h"
#include "recording.h"
#include "services/notification/notice_file.h"

#define FILE_BYTES ((size_t)1 << 20)

static const char *option_or_empty(const struct ctl *c, const char *name)
{
    const char *value = ctl_option(c, name);

    return value ? value : "";
}

/* ---- apply ---- */

static int cmd_apply(struct ctl *c)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    const char *tenant = ctl_option(c, "tenant");
    struct notice_settings settings;
    struct pg_conn *pg;
    struct pg_params p;
    struct str text;
    bool changed;
    int e;

    if (!tenant)
        return ctl_fail(CTL_USAGE, "notify apply needs --tenant CODE");
    if (notice_load_file(c->arena, c->argv[0], false, &settings) < 0)
        return ctl_fail(CTL_FAILURE, "nothing was changed:\n%s", err_text());
    if (file_read(c->arena, c->argv[0], FILE_BYTES, &text) < 0)
        return ctl_fail_err(ERR_FATAL);
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    pg_params_init(&p, c->arena);
    pg_param_text(&p, tenant);
    pg_param_textn(&p, text.data, text.len);
    e = pg_exec(pg, &ctl_notify_apply, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    if (pg_int8(r, 0, 0) == 0)
        return ctl_fail(CTL_NOT_FOUND, "there is no tenant %s", tenant);
    changed = pg_int8(r, 0, 1) > 0;
    if (c->output == CTL_TABLE)
        printf("tenant %s: %s (%zu gateways, %zu routes, %zu templates)\n", tenant, changed ? "applied" : "unchanged",
               settings.gateway_count, settings.route_count, settings.template_count);
    else
        printf("{\"tenant\":\"%s\",\"state\":\"%s\"}\n", tenant, changed ? "applied" : "unchanged");
    return CTL_OK;
}

/* ---- list, show ---- */

/* The columns of notify_list.sql and, with more behind, of notify_show.sql. */
enum {
    ID,
    TENANT,
    NUMBER,
    EVENT,
    AUDIENCE,
    RECIPIENT,
    CHANNEL,
    TEMPLATE,
    GATEWAY,
    STATE,
    HELD,
    ATTEMPTS,
    CODE,
    CREATED,
    NEXT,
    EXPIRES,
    CHANGED,
    LOCALE,
    URGENCY,
    DIGEST,
    FACTS,
    GATHERED
};

static int64_t time_or_0(const struct pg_result *r, int row, int column)
{
    return pg_is_null(r, row, column) ? 0 : pg_time_us(r, row, column);
}

static const char *id_text(struct arena *a, const struct pg_result *r, int row, int column)
{
    char *text = arena_alloc(a, UUID_TEXT_SIZE);
    struct uuid id;

    if (pg_is_null(r, row, column))
        return "";
    id = pg_uuid(r, row, column);
    uuid_format(&id, text);
    return text;
}

static void print_messages(struct ctl *c, const struct pg_result *r)
{
    static const struct ctl_column columns[] = {
        { "id", "id", CTL_TEXT },
        { "number", "number", CTL_TEXT },
        { "event", "event", CTL_TEXT },
        { "audience", "to", CTL_TEXT },
        { "recipient", "who", CTL_TEXT },
        { "channel", "channel", CTL_TEXT },
        { "gateway", "gateway", CTL_TEXT },
        { "state", "state", CTL_TEXT },
        { "heldFor", "held for", CTL_TEXT },
        { "attempts", "tries", CTL_NUMBER },
        { "code", "code", CTL_TEXT },
        { "createdAt", "created", CTL_TIME },
        { "nextAt", "next", CTL_TIME },
        { "changedAt", "changed", CTL_TIME },
        { "tenant", "tenant", CTL_TEXT },
        { "template", "template", CTL_TEXT },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, (int)(sizeof columns / sizeof *columns));

    for (int i = 0; i < pg_rows(r); i++) {
        ctl_add_text(rows, id_text(c->arena, r, i, ID));
        ctl_add_text(rows, pg_text(r, i, NUMBER));
        ctl_add_text(rows, pg_text(r, i, EVENT));
        ctl_add_text(rows, pg_text(r, i, AUDIENCE));
        ctl_add_text(rows, pg_text(r, i, RECIPIENT));
        ctl_add_text(rows, pg_text(r, i, CHANNEL));
        ctl_add_text(rows, pg_text(r, i, GATEWAY));
        ctl_add_text(rows, pg_text(r, i, STATE));
        ctl_add_text(rows, pg_text(r, i, HELD));
        ctl_add_int(rows, pg_int4(r, i, ATTEMPTS));
        ctl_add_text(rows, pg_text(r, i, CODE));
        ctl_add_time(rows, pg_time_us(r, i, CREATED));
        ctl_add_time(rows, time_or_0(r, i, NEXT));
        ctl_add_time(rows, pg_time_us(r, i, CHANGED));
        ctl_add_text(rows, pg_text(r, i, TENANT));
        ctl_add_text(rows, pg_text(r, i, TEMPLATE));
    }
    ctl_rows_end(rows);
}

static int cmd_list(struct ctl *c)
{
    static const char *const filters[] = { "tenant", "number", "state", "gateway", "channel", "event" };
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_conn *pg;
    struct pg_params p;
    int64_t limit;
    int e;

    if (!ctl_option_int(c, "limit", 1, 100000, 50, &limit))
        return CTL_USAGE;
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    pg_params_init(&p, c->arena);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        pg_param_text(&p, option_or_empty(c, filters[i]));
    pg_param_int4(&p, (int32_t)limit);
    e = pg_exec(pg, &ctl_notify_list, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    print_messages(c, r);
    return CTL_OK;
}

/* One of the message's lists: attempts or receipts. */
static void show_attempts(struct facts *f, const struct pg_result *r)
{
    struct arena *a = f->ctl->arena;

    facts_list(f, "calls", "发送记录 calls");
    for (int i = 0; i < pg_rows(r); i++) {
        char at[RFC3339_SIZE];

        rfc3339_format(pg_time_us(r, i, 2), at);
        facts_item(f, arena_printf(a, "%d  %s  %s  %s  %s  %lld ms", pg_int4(r, i, 0), at, pg_text(r, i, 1),
                                   pg_text(r, i, 4), pg_text(r, i, 5), (long long)pg_int8(r, i, 8)));
        if (f->ctl->output != CTL_TABLE) {
            facts_int(f, "attempt", NULL, pg_int4(r, i, 0));
            facts_text(f, "gateway", NULL, pg_text(r, i, 1));
            facts_text(f, "startedAt", NULL, at);
            facts_text(f, "class", NULL, pg_text(r, i, 4));
            facts_text(f, "code", NULL, pg_text(r, i, 5));
            facts_text(f, "requestId", NULL, pg_text(r, i, 6));
            facts_int(f, "parts", NULL, pg_int4(r, i, 7));
            facts_int(f, "tookMs", NULL, pg_int8(r, i, 8));
        }
        facts_item_end(f);
    }
    facts_list_end(f);
}

static void show_receipts(struct facts *f, const struct pg_result *r)
{
    struct arena *a = f->ctl->arena;

    facts_list(f, "receipts", "回执 receipts");
    for (int i = 0; i < pg_rows(r); i++) {
        char at[RFC3339_SIZE];

        rfc3339_format(pg_time_us(r, i, 0), at);
        facts_item(f, arena_printf(a, "%s  %s  %s  %s", at, pg_text(r, i, 1), pg_text(r, i, 2), pg_text(r, i, 3)));
        if (f->ctl->output != CTL_TABLE) {
            facts_text(f, "receivedAt", NULL, at);
            facts_text(f, "gateway", NULL, pg_text(r, i, 1));
            facts_text(f, "status", NULL, pg_text(r, i, 2));
            facts_text(f, "code", NULL, pg_text(r, i, 3));
        }
        facts_item_end(f);
    }
    facts_list_end(f);
}

static void show_message(struct facts *f, const struct pg_result *r)
{
    static const struct {
        int column;
        const char *name, *label;
    } lines[] = { { NUMBER, "number", "投诉编号 number" },    { EVENT, "event", "事由 event" },
                  { AUDIENCE, "audience", "对象 to" },        { RECIPIENT, "recipient", "人员 who" },
                  { CHANNEL, "channel", "渠道 channel" },     { GATEWAY, "gateway", "网关 gateway" },
                  { TEMPLATE, "template", "模板 template" },  { LOCALE, "locale", "语言 language" },
                  { URGENCY, "urgency", "紧急程度 urgency" }, { STATE, "state", "状态 state" },
                  { HELD, "heldFor", "暂存原因 held for" },   { CODE, "code", "代码 code" } };

    facts_text(f, "id", "消息 message", id_text(f->ctl->arena, r, 0, ID));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        facts_text(f, lines[i].name, lines[i].label, pg_text(r, 0, lines[i].column));
    facts_time(f, "createdAt", "生成 created", pg_time_us(r, 0, CREATED));
    facts_time(f, "nextAt", "下次 next", time_or_0(r, 0, NEXT));
    facts_time(f, "expiresAt", "失效 expires", time_or_0(r, 0, EXPIRES));
    facts_time(f, "changedAt", "变更 changed", pg_time_us(r, 0, CHANGED));
    facts_text(f, "toldBy", "合并发送 told by", id_text(f->ctl->arena, r, 0, DIGEST));
    facts_json(f, "facts", pg_text(r, 0, FACTS));
}

static int cmd_show(struct ctl *c)
{
    _cleanup_(pg_result_freep) struct pg_result *message = NULL;
    _cleanup_(pg_result_freep) struct pg_result *attempts = NULL;
    _cleanup_(pg_result_freep) struct pg_result *receipts = NULL;
    struct pg_conn *pg;
    struct pg_params p;
    struct facts facts;
    struct uuid id;
    int e = notify_id_of(c->argv[0], &id);

    if (e)
        return e;
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &id);
    e = pg_exec(pg, &ctl_notify_show, &p, &message);
    if (e == 0 && pg_rows(message) == 0)
        return ctl_fail(CTL_NOT_FOUND, "there is no message %s", c->argv[0]);
    if (e == 0)
        e = pg_exec(pg, &ctl_notify_attempts, &p, &attempts);
    if (e == 0)
        e = pg_exec(pg, &ctl_notify_receipts, &p, &receipts);
    if (e < 0)
        return ctl_fail_err(e);
    facts_begin(&facts, c);
    show_message(&facts, message);
    show_attempts(&facts, attempts);
    show_receipts(&facts, receipts);
    facts_end(&facts);
    return CTL_OK;
}

/* ---- gateways ---- */

static int cmd_gateways(struct ctl *c)
{
    static const struct ctl_column columns[] = {
        { "tenant", "tenant", CTL_TEXT },       { "gateway", "gateway", CTL_TEXT },
        { "queued", "queued", CTL_NUMBER },     { "held", "held", CTL_NUMBER },
        { "sending", "sending", CTL_NUMBER },   { "unknown", "unknown", CTL_NUMBER },
        { "oldestS", "oldest s", CTL_NUMBER },  { "calls", "calls 1 h", CTL_NUMBER },
        { "accepted", "accepted", CTL_NUMBER }, { "failed", "failed", CTL_NUMBER },
        { "p95Ms", "p95 ms", CTL_NUMBER },      { "parts", "parts", CTL_NUMBER },
        { "lastCode", "last error", CTL_TEXT },
    };
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_conn *pg = ctl_pg(c);
    struct ctl_rows *rows;
    struct pg_params p;
    int e;

    if (!pg)
        return CTL_UNAVAILABLE;
    pg_params_init(&p, c->arena);
    pg_param_text(&p, option_or_empty(c, "tenant"));
    e = pg_exec(pg, &ctl_notify_gateways, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    rows = ctl_rows_new(c, columns, 13);
    for (int i = 0; i < pg_rows(r); i++) {
        ctl_add_text(rows, pg_text(r, i, 0));
        ctl_add_text(rows, pg_text(r, i, 1));
        for (int k = 2; k < 12; k++)
            if (pg_is_null(r, i, k))
                ctl_add_text(rows, NULL);
            else
                ctl_add_int(rows, pg_int8(r, i, k));
        ctl_add_text(rows, pg_text(r, i, 12));
    }
    ctl_rows_end(rows);
    return CTL_OK;
}

/* Filters of what many are acted on by. */
#define MANY_OPTIONS                                                                                                   \
    { "tenant", "CODE", "of this tenant only" }, { "number", "NUMBER", "about this complaint only" },                  \
        { "gateway", "NAME", "by this gateway only" }, { "channel", "NAME", "sms, email, wechat, group or webhook" },  \
        { "event", "NAME", "that tell of this event only" }, { "all", NULL, "whatever waits" },                        \
    {                                                                                                                  \
        "dry-run", NULL, "only say how many"                                                                           \
    }

const struct ctl_command notify_commands[] = {
    {
        .name = "notify apply",
        .arguments = "FILE",
        .summary = "load a tenant's routes, templates and gateways from its file",
        .details = "Replaces what the tenant had before; the daemon takes it up by itself. The format is in\n"
                   "docs/notifications.md. Files with secrets are read by the daemon, on its machine.\n\n"
                   "Example:\n"
                   "  redressctl notify apply --tenant demo notifications.yaml",
        .options = { { "tenant", "CODE", "whose settings they are" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_apply,
    },
    {
        .name = "notify list",
        .arguments = "",
        .summary = "list messages to people, newest first, with what became of them",
        .details = "States: queued, held, sending, sent, delivered, failed, unknown, expired, cancelled.\n\n"
                   "Examples:\n"
                   "  redressctl notify list --number YHHY-20261101-00001\n"
                   "  redressctl notify list --state failed --gateway aliyun --output jsonl",
        .options = { { "tenant", "CODE", "of this tenant only" },
                     { "number", "NUMBER", "about this complaint only" },
                     { "state", "STATE", "in this state only" },
                     { "gateway", "NAME", "by this gateway only" },
                     { "channel", "NAME", "sms, email, wechat, group or webhook" },
                     { "event", "NAME", "that tell of this event only: registered, sla.breached, digest, ..." },
                     { "limit", "N", "at most so many; default: 50" } },
        .run = cmd_list,
    },
    {
        .name = "notify show",
        .arguments = "ID",
        .summary = "show one message: its state, every call of a gateway, every receipt",
        .details = "Neither its words nor its address: those are read when it is sent.",
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_show,
    },
    {
        .name = "notify hold",
        .arguments = "[ID...]",
        .summary = "keep messages that have not left until they are released",
        .details = "Either some by their ids, or all that fit the filters (as of notify list), or --all. Many: what is "
                   "queued;\n"
                   "with --state held what is held for another reason instead. What is planned later is not held.\n\n"
                   "Examples:\n"
                   "  redressctl notify hold --tenant demo --channel sms --dry-run\n"
                   "  redressctl notify hold --all",
        .options = { MANY_OPTIONS, { "state", "STATE", "queued or held only" } },
        .min_arguments = 0,
        .max_arguments = 1000,
        .run = notify_hold,
    },
    {
        .name = "notify release",
        .arguments = "[ID...]",
        .summary = "let messages go that are held, whatever held them (R23: the handler says yes)",
        .details =
            "Some by their ids, at night, too; or all that an operator holds and that fit the filters, or --all.",
        .options = { MANY_OPTIONS },
        .min_arguments = 0,
        .max_arguments = 1000,
        .run = notify_release,
    },
    {
        .name = "notify cancel",
        .arguments = "[ID...]",
        .summary = "stop messages that have not left",
        .details = "Either some by their ids, or all that fit the filters (as of notify list), or --all: what is "
                   "queued and what\n"
                   "is held. The daemon tells of it on redress.notifications.v1.\n\n"
                   "Example:\n"
                   "  redressctl notify cancel --number YHHY-20261101-00001 --state held",
        .options = { MANY_OPTIONS, { "state", "STATE", "queued or held only" } },
        .min_arguments = 0,
        .max_arguments = 1000,
        .run = notify_cancel,
    },
    {
        .name = "notify resend",
        .arguments = "ID",
        .summary = "send a message again that failed, expired or was cancelled, as a new one",
        .details = "Ends with 4 where it does not fit.",
        .options = { { "even-unknown", NULL, "also where nobody knows whether it arrived" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = notify_resend,
    },
    {
        .name = "notify gateways",
        .arguments = "",
        .summary = "how each gateway does: what waits for it, its calls of the last hour",
        .options = { { "tenant", "CODE", "of this tenant only" } },
        .run = cmd_gateways,
    },
    {
        .name = "notify test",
        .arguments = "",
        .summary = "send a test message through one gateway and wait for its answer",
        .details = "Needs the master key (keys.file). Ends with 1 if it was not sent.\n\n"
                   "Examples:\n"
                   "  redressctl notify test --tenant demo --gateway kannel --to +8613800138000\n"
                   "  redressctl notify test --tenant demo --gateway mail --to me@example.com",
        .options = { { "tenant", "CODE", "whose gateway it is" },
                     { "gateway", "NAME", "as the tenant's file calls it" },
                     { "to", "ADDRESS", "phone or e-mail; not for groups and webhooks" } },
        .run = notify_test,
    },
    {
        .name = "notify receipts-url",
        .arguments = "",
        .summary = "print where each gateway sends its receipts: for the provider's console",
        .details = "The address has a secret in it: whoever knows it can say that a message arrived. Needs the master\n"
                   "key (keys.file) and the tenant's receipts_url.\n\n"
                   "Example:\n"
                   "  redressctl notify receipts-url --tenant demo --gateway aliyun",
        .options = { { "tenant", "CODE", "whose gateways they are" }, { "gateway", "NAME", "of this one only" } },
        .run = notify_receipts_url,
    },
    { 0 },
};
