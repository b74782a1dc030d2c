/* act: one command about one case, made from the command line, and what dispatch says to it. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/json.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "common/event/words.h"
#include "ctl_sql.h"
#include "exchange.h"
#include "facts.h"
#include "services/dispatch/lifecycle.h"
#include "timeline.h"

#define AGAIN_MS 500 /* a case that is on its way from intake is asked for this often */

/* ---- the case ---- */

/* Where the case stands; "" before dispatch has it. */
struct case_now {
    const char *tenant, *number, *status;
    int64_t version;
};

static int load_case(struct ctl *c, struct pg_conn *pg, const struct uuid *id, struct case_now *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    int e;

    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, id);
    e = pg_exec(pg, &ctl_case_now, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    if (pg_rows(r) == 0)
        return ctl_fail(CTL_NOT_FOUND, "there is no such complaint");
    *ret = (struct case_now){ .tenant = pg_text_copy(c->arena, r, 0, 0),
                              .number = pg_text_copy(c->arena, r, 0, 1),
                              .status = pg_is_null(r, 0, 2) ? "" : pg_text_copy(c->arena, r, 0, 2),
                              .version = pg_is_null(r, 0, 3) ? 0 : pg_int8(r, 0, 3) };
    return 0;
}

/* Completes what the command says of its case: the id is the record's key. 0, or the exit status. */
static int name_case(struct ctl *c, Redress__V1__Command *m, struct uuid *ret_id)
{
    const char *name = *m->complaint_id ? m->complaint_id : m->complaint_number;
    char *id = arena_alloc(c->arena, UUID_TEXT_SIZE);
    struct pg_conn *pg = ctl_pg(c);
    struct case_now now = { "", "", "", 0 };
    int r;

    if (!pg)
        return CTL_UNAVAILABLE;
    r = complaint_find(c, pg, name, ret_id);
    if (r == 0)
        r = load_case(c, pg, ret_id, &now);
    if (r)
        return r;
    if (*m->tenant && strcmp(m->tenant, now.tenant) != 0)
        return ctl_fail(CTL_NOT_FOUND, "%s has no complaint %s", m->tenant, name);
    uuid_format(ret_id, id);
    m->tenant = (char *)(uintptr_t)now.tenant;
    m->complaint_id = id;
    m->complaint_number = (char *)(uintptr_t)now.number;
    return 0;
}

/* ---- sending ---- */

static struct kafka_header text_header(const char *name, const char *value)
{
    return (struct kafka_header){ name, value, strlen(value) };
}

/* A record as an integrator would publish it: CloudEvents in binary mode. */
static struct exchange_item make_item(struct ctl *c, const Redress__V1__Command *m)
{
    struct kafka_header *h = arena_array(c->arena, struct kafka_header, 7);
    char *now = arena_calloc(c->arena, RFC3339_SIZE, 1);
    struct exchange_item item = { .key = m->complaint_id, .headers = h, .header_count = 7 };

    rfc3339_format(clock_wall_us(), now);
    h[0] = text_header("ce_specversion", "1.0");
    h[1] = text_header("ce_id", m->command_id);
    h[2] = text_header("ce_source", m->source);
    h[3] = text_header("ce_type", "redress.v1.Command");
    h[4] = text_header("ce_time", now);
    h[5] = text_header("ce_tenantid", m->tenant);
    h[6] = text_header("content-type", "application/protobuf");
    item.answer_key = arena_printf(c->arena, "%s:%s:%s", m->tenant, m->source, m->command_id);
    item.value = event_pack(c->arena, &m->base, &item.value_len);
    return item;
}

static bool is_on_its_way(const struct exchange_item *item)
{
    const Redress__V1__Outcome *o = item->outcome;

    return item->state == EXCHANGE_ANSWERED && o && o->refusal && strcmp(o->refusal->code, "unknown_complaint") == 0;
}

/* Intake has the complaint: where dispatch does not know it yet the command is sent again, for nothing is kept of one
 * to an unknown case. 0; 1: no answer in time; < 0. */
static int send_command(struct ctl *c, const Redress__V1__Command *m, int64_t timeout_ms,
                        struct exchange_item *ret_item)
{
    int64_t end_us = clock_mono_us() + timeout_ms * 1000;

    for (;;) {
        int64_t left_ms = (end_us - clock_mono_us()) / 1000;
        int r;

        *ret_item = make_item(c, m);
        r = exchange_run(&(struct exchange){ .ctl = c,
                                             .topic = TOPIC_COMMANDS,
                                             .items = ret_item,
                                             .count = 1,
                                             .wait = true,
                                             .keep_outcomes = true,
                                             .timeout_ms = left_ms });
        if (r || !is_on_its_way(ret_item) || clock_mono_us() + (int64_t)2 * AGAIN_MS * 1000 > end_us)
            return r;
        nanosleep(&(struct timespec){ .tv_nsec = (long)AGAIN_MS * 1000000 }, NULL);
    }
}

/* ---- the answer ---- */

static const struct {
    const char *result, *chinese;
    int status;
} results[] = {
    { "ACCEPTED", "已执行", CTL_OK },
    { "DUPLICATE", "此前已执行", CTL_OK },
    { "REFUSED", "按规则不能执行", CTL_CONFLICT },
    { "CONFLICT", "此编号已用于另一命令", CTL_CONFLICT },
    { "REJECTED", "内容有误", CTL_FAILURE },
    { "DEAD_LETTER", "无法处理", CTL_FAILURE },
    { "FAILED", "未能发出", CTL_FAILURE },
};

static const char *with_name(struct arena *a, const char *chinese, const char *name)
{
    return arena_printf(a, "%s %s", chinese ? chinese : "", name);
}

static const char *state_text(struct arena *a, const char *name)
{
    return *name ? with_name(a, case_status_chinese((int)case_status_find(name)), name) : "";
}

static const char *command_text(struct arena *a, const char *name)
{
    enum case_command what = case_command_find(name);

    return what == CASE_COMMAND_COUNT ? name : with_name(a, case_commands[what].chinese, name);
}

static void show_refusal(struct facts *f, const Redress__V1__Refusal *refusal)
{
    struct arena *a = f->ctl->arena;

    facts_text(f, NULL, "原因 why", refusal->message);
    facts_text(f, NULL, "代码 code", refusal->code);
    facts_text(f, NULL, "依据 rule", refusal->rule);
    facts_text(f, NULL, "状态 state", state_text(a, refusal->state));
    if (refusal->n_allowed == 0)
        return;
    facts_list(f, NULL, "此人现在可做 allowed now");
    for (size_t i = 0; i < refusal->n_allowed; i++) {
        facts_item(f, command_text(a, refusal->allowed[i]));
        facts_item_end(f);
    }
    facts_list_end(f);
}

static void show_problems(struct facts *f, const struct field_problem *problems, size_t count)
{
    facts_list(f, NULL, "问题 problems");
    for (size_t i = 0; i < count; i++) {
        const struct field_problem *p = &problems[i];

        facts_item(f, arena_printf(f->ctl->arena, "%s%s%s: %s", p->path, *p->path ? "  " : "", p->code, p->message));
        facts_item_end(f);
    }
    facts_list_end(f);
}

/* The state after it: the outcome has only the version. Somebody may have gone on since, then it says so. */
static void show_state(struct facts *f, const Redress__V1__Outcome *o, const struct uuid *id)
{
    struct arena *a = f->ctl->arena;
    struct pg_conn *pg = ctl_pg(f->ctl);
    struct case_now now = { "", "", "", 0 };

    facts_int(f, NULL, "版本 version", o->complaint_version);
    if (!pg || load_case(f->ctl, pg, id, &now))
        return; /* it was said why; what was asked for is done all the same */
    facts_text(f, NULL, "状态 state",
               now.version > o->complaint_version
                   ? arena_printf(a, "%s（版本 version %lld）", state_text(a, now.status), (long long)now.version)
                   : state_text(a, now.status));
}

static void show_answer(struct ctl *c, const Redress__V1__Command *m, const struct exchange_item *item,
                        const struct uuid *id, const char *chinese)
{
    const Redress__V1__Outcome *o = item->outcome;
    struct facts f;

    facts_begin(&f, c);
    facts_text(&f, NULL, "结果 result", with_name(c->arena, chinese, exchange_result(item)));
    facts_text(&f, NULL, "投诉编号 number", m->complaint_number);
    facts_text(&f, NULL, "命令 command", command_text(c->arena, command_name(m)));
    facts_text(&f, NULL, "命令编号 command id", m->command_id);
    facts_text(&f, NULL, "失败 failure", item->failure);
    if (o && o->refusal)
        show_refusal(&f, o->refusal);
    else if (item->problem_count)
        show_problems(&f, item->problems, item->problem_count);
    else if (o && o->complaint_version)
        show_state(&f, o, id);
    facts_end(&f);
}

static int print_answer(struct ctl *c, const Redress__V1__Command *m, const struct exchange_item *item,
                        const struct uuid *id)
{
    const char *result = exchange_result(item);
    struct strbuf b;
    size_t i = 0;

    while (i + 1 < sizeof results / sizeof *results && strcmp(results[i].result, result) != 0)
        i++;
    strbuf_init(&b, c->arena);
    if (c->output == CTL_TABLE)
        show_answer(c, m, item, id, results[i].chinese);
    else if (item->outcome && json_write(&b, &item->outcome->base) == 0)
        puts(b.data);
    else
        return ctl_fail(results[i].status, "%s: %s", result,
                        item->failure ? item->failure : exchange_problems(c->arena, item));
    return results[i].status;
}

/* ---- without sending ---- */

static int print_problems(struct ctl *c, const struct command_problems *problems)
{
    static const struct ctl_column columns[] = {
        { "path", "字段 field", CTL_TEXT },
        { "code", "代码 code", CTL_TEXT },
        { "message", "问题 what is wrong", CTL_TEXT },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 3);

    for (size_t i = 0; i < problems->count; i++) {
        ctl_add_text(rows, problems->items[i].path);
        ctl_add_text(rows, problems->items[i].code);
        ctl_add_text(rows, problems->items[i].message);
    }
    ctl_rows_end(rows);
    return CTL_FAILURE;
}

static int dry_run(struct ctl *c, const Redress__V1__Command *m)
{
    struct command_problems problems = { 0 };
    struct strbuf b;

    command_check(c->arena, m, &problems);
    if (problems.count)
        return print_problems(c, &problems);
    strbuf_init(&b, c->arena);
    if (json_write(&b, &m->base) < 0)
        return ctl_fail_err(ERR_POISON);
    puts(b.data);
    return CTL_OK;
}

static int cmd_act(struct ctl *c)
{
    struct command_problems problems = { 0 };
    struct exchange_item item;
    Redress__V1__Command *m;
    struct uuid id;
    int64_t timeout_s;
    int r;

    if (!ctl_option_int(c, "timeout", 1, 86400, 30, &timeout_s))
        return CTL_USAGE;
    r = command_build(c, &m, &problems);
    if (r)
        return problems.count ? print_problems(c, &problems) : r;
    if (ctl_option(c, "dry-run"))
        return dry_run(c, m);
    r = name_case(c, m, &id);
    if (r)
        return r;
    r = send_command(c, m, timeout_s * 1000, &item);
    if (r < 0)
        return ctl_fail_err(r);
    return r == 1 ? ctl_fail(CTL_UNAVAILABLE,
                             "no answer within %lld s; is dispatch running? --id %s sends the same command again",
                             (long long)timeout_s, m->command_id)
                  : print_answer(c, m, &item, &id);
}

const struct ctl_command act_commands[] = {
    {
        .name = "act",
        .arguments = "NUMBER|ID COMMAND",
        .summary = "do something to a case: send one command and wait for what comes of it",
        .details =
            "Publishes a redress.v1.Command on redress.commands.v1 and waits for its answer on redress.outcomes.v1.\n"
            "With --output json the answer is the redress.v1.Outcome.\n\n"
            "A field is named as in the contract, and one of a list by its place: steps[0].measure=... A list without\n"
            "a place is added to: codes, words and digests with commas between, or one --set each. TIME is RFC 3339,\n"
            "DIGEST 64 hex digits or @FILE (the SHA-256 of the file); words may be in any case. With --file the\n"
            "command is a redress.v1.Command as JSON (- is standard input); options and arguments change it, and\n"
            "NUMBER and COMMAND may be left out.\n\n"
            "Who does it is said by --as or by the setting ctl.actor (REDRESS_CTL_ACTOR); nobody else is assumed.\n"
            "--dry-run asks no server: it prints the command, or what is wrong with it as far as the command alone\n"
            "tells. The same --id again is the same command: it is carried out once. A case that is still on its way\n"
            "from intake to dispatch is waited for.\n\n"
            "Exit status: 0 carried out, now or before, 1 not valid, 3 no such complaint, 4 the rules do not allow it\n"
            "(or the id was used for another command), 5 no answer in time.\n\n"
            "Examples:\n"
            "  redressctl act YHHY-20261101-00001 acknowledge --as S0101\n"
            "  redressctl act YHHY-20261101-00001 contact --as S0101 --set channel=phone --set reached=true\n"
            "  redressctl act YHHY-20261101-00001 confirm_plan --as S0101 --set way=paper --set "
            "evidence_sha256=@scan.pdf\n"
            "  redressctl act --file command.json --dry-run",
        .more = command_list,
        .options = { { "set", "FIELD=VALUE", "a field of the command; once per field" },
                     { "as", "ACTOR", "who does it: a staff id, complainant or agent:<id>; default: ctl.actor" },
                     { "at", "TIME", "when it was done, RFC 3339; default: now" },
                     { "expect", "VERSION", "only if the case still has this version" },
                     { "id", "ID", "the command's own reference; default: a new one" },
                     { "source", "CODE", "the sending system; default: redressctl" },
                     { "tenant", "CODE", "whose number it is, where several tenants have it" },
                     { "file", "FILE", "the command as JSON" },
                     { "dry-run", NULL, "print the command instead of sending it" },
                     { "timeout", "S", "give up after so many seconds without an answer; default: 30" } },
        .min_arguments = 0,
        .max_arguments = 2,
        .run = cmd_act,
    },
    { 0 },
};
