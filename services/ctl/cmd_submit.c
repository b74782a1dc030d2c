/* submit, submissions validate: what an integrator's own files are worth, and their way into Redress. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/json.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "exchange.h"
#include "submissions.h"

#define MAX_AGE_DAYS 400 /* as intake.max_age_days has it */

static const struct ctl_column problem_columns[] = {
    { "file", "file", CTL_TEXT },  { "line", "line", CTL_NUMBER }, { "reference", "reference", CTL_TEXT },
    { "path", "field", CTL_TEXT }, { "code", "code", CTL_TEXT },   { "message", "what is wrong", CTL_TEXT },
};

/* Prints a row per problem, or nothing at all where there is none; returns the number of submissions with any. */
static size_t print_problems(struct ctl *c, const struct submission_docs *docs, bool always)
{
    struct ctl_rows *rows = ctl_rows_new(c, problem_columns, 6);
    size_t bad = 0;

    for (size_t i = 0; i < docs->count; i++) {
        const struct submission_doc *d = &docs->items[i];

        bad += d->problem_count > 0;
        for (size_t p = 0; p < d->problem_count; p++) {
            ctl_add_text(rows, d->file);
            if (d->line)
                ctl_add_int(rows, d->line);
            else
                ctl_add_text(rows, NULL);
            ctl_add_text(rows, *d->key ? d->key : NULL);
            ctl_add_text(rows, d->problems[p].path);
            ctl_add_text(rows, d->problems[p].code);
            ctl_add_text(rows, d->problems[p].message);
        }
    }
    if (bad || always)
        ctl_rows_end(rows);
    return bad;
}

static int cmd_validate(struct ctl *c)
{
    struct submission_docs docs = { 0 };
    int64_t max_age_days;
    size_t bad;

    if (!ctl_option_int(c, "max-age-days", 1, 36500, MAX_AGE_DAYS, &max_age_days))
        return CTL_USAGE;
    for (int i = 0; i < c->argc; i++) {
        int r = submissions_load(c->arena, c->argv[i], max_age_days, &docs);
        if (r < 0)
            return ctl_fail_err(r);
    }
    bad = print_problems(c, &docs, c->output != CTL_TABLE);
    fprintf(stderr, "%zu submissions: %zu valid, %zu with problems\n", docs.count, docs.count - bad, bad);
    return bad ? CTL_FAILURE : CTL_OK;
}

static struct kafka_header text_header(const char *name, const char *value)
{
    return (struct kafka_header){ name, value, strlen(value) };
}

/* A record as an integrator would publish it: CloudEvents in binary mode. */
static int make_item(struct ctl *c, const struct submission_doc *d, bool json, struct exchange_item *ret)
{
    const Redress__V1__Submission *s = d->message;
    struct kafka_header *h = arena_array(c->arena, struct kafka_header, 7);
    char *now = arena_calloc(c->arena, RFC3339_SIZE, 1);
    struct strbuf text;

    rfc3339_format(clock_wall_us(), now);
    h[0] = text_header("ce_specversion", "1.0");
    h[1] = text_header("ce_id", s->source_event_id);
    h[2] = text_header("ce_source", s->source);
    h[3] = text_header("ce_type", "redress.v1.Submission");
    h[4] = text_header("ce_time", now);
    h[5] = text_header("ce_tenantid", s->tenant);
    h[6] = text_header("content-type", json ? "application/json" : "application/protobuf");
    *ret = (struct exchange_item){ .key = d->key, .headers = h, .header_count = 7, .line = d->line };
    if (!json) {
        ret->value = event_pack(c->arena, &s->base, &ret->value_len);
        return 0;
    }
    strbuf_init(&text, c->arena);
    if (json_write(&text, &s->base) < 0)
        return ERR_POISON;
    ret->value = text.data;
    ret->value_len = text.len;
    return 0;
}

static void print_outcomes(struct ctl *c, const struct exchange_item *items, size_t count, bool waited)
{
    static const struct ctl_column columns[] = {
        { "reference", "来源编号 reference", CTL_TEXT },
        { "result", "结果 result", CTL_TEXT },
        { "number", "投诉编号 number", CTL_TEXT },
        { "problems", "问题 problems", CTL_TEXT },
        { "complaintId", "id", CTL_TEXT },
        { "partition", "partition", CTL_NUMBER },
        { "offset", "offset", CTL_NUMBER },
        { "sentAt", "发送 sent", CTL_TIME },
        { "outcomeAt", "答复 answered", CTL_TIME },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, c->output == CTL_TABLE ? 4 : 9);

    for (size_t i = 0; i < count; i++) {
        const struct exchange_item *item = &items[i];
        bool published = !waited && item->state == EXCHANGE_WAITING;

        ctl_add_text(rows, item->key);
        ctl_add_text(rows, published ? "PUBLISHED" : exchange_result(item));
        ctl_add_text(rows, item->complaint_number && *item->complaint_number ? item->complaint_number : NULL);
        ctl_add_text(rows, item->failure ? item->failure : exchange_problems(c->arena, item));
        if (c->output == CTL_TABLE)
            continue;
        ctl_add_text(rows, item->complaint_id && *item->complaint_id ? item->complaint_id : NULL);
        ctl_add_int(rows, item->partition);
        ctl_add_int(rows, item->offset);
        ctl_add_time(rows, item->sent_us);
        ctl_add_time(rows, item->answered_us);
    }
    ctl_rows_end(rows);
}

static int status_of(const struct exchange_item *items, size_t count)
{
    int status = CTL_OK;

    for (size_t i = 0; i < count; i++) {
        switch (items[i].state) {
        case EXCHANGE_FAILED:
        case EXCHANGE_DEAD:
            return CTL_FAILURE;
        case EXCHANGE_ANSWERED:
            if (items[i].result == REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_REJECTED)
                return CTL_FAILURE;
            if (items[i].result == REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_CONFLICT)
                status = CTL_CONFLICT;
            break;
        case EXCHANGE_UNSENT:
        case EXCHANGE_WAITING:
            break;
        }
    }
    return status;
}

static bool encoding_option(const struct ctl *c, bool *ret_json)
{
    const char *encoding = ctl_option(c, "encoding");

    *ret_json = !encoding || strcmp(encoding, "json") == 0;
    if (*ret_json || strcmp(encoding, "protobuf") == 0)
        return true;
    ctl_fail(CTL_USAGE, "--encoding: found \"%s\"; allowed are json and protobuf", encoding);
    return false;
}

/* 0, or the exit status after saying what is wrong. */
static int load(struct ctl *c, struct submission_docs *docs)
{
    int r = submissions_load(c->arena, c->argv[0], c->config->intake.max_age_days, docs);
    bool undecodable = false;

    if (r < 0)
        return ctl_fail_err(r);
    if (docs->count == 0)
        return ctl_fail(CTL_FAILURE, "%s holds no submission", c->argv[0]);
    for (size_t i = 0; i < docs->count; i++)
        undecodable = undecodable || !docs->items[i].message;
    if ((undecodable || !ctl_option(c, "no-validate")) && print_problems(c, docs, false) > 0)
        return ctl_fail(CTL_FAILURE, "nothing was published");
    return 0;
}

static int cmd_submit(struct ctl *c)
{
    struct submission_docs docs = { 0 };
    struct exchange_item *items;
    bool json, wait = !ctl_option(c, "no-wait");
    int64_t timeout_s;
    int r;

    if (!encoding_option(c, &json) || !ctl_option_int(c, "timeout", 1, 86400, 30, &timeout_s))
        return CTL_USAGE;
    r = load(c, &docs);
    if (r)
        return r;
    items = arena_array(c->arena, struct exchange_item, docs.count);
    for (size_t i = 0; i < docs.count; i++)
        if (make_item(c, &docs.items[i], json, &items[i]) < 0)
            return ctl_fail_err(ERR_POISON);
    r = exchange_run(&(struct exchange){ .ctl = c,
                                         .topic = TOPIC_SUBMISSIONS,
                                         .items = items,
                                         .count = docs.count,
                                         .wait = wait,
                                         .timeout_ms = timeout_s * 1000 });
    if (r < 0)
        return ctl_fail_err(r);
    print_outcomes(c, items, docs.count, wait);
    return r == 1 ? ctl_fail(CTL_UNAVAILABLE, "no answer within %lld s; is intake running?", (long long)timeout_s)
                  : status_of(items, docs.count);
}

const struct ctl_command submit_commands[] = {
    {
        .name = "submit",
        .arguments = "FILE",
        .summary = "publish submissions and wait for their outcomes",
        .details =
            "FILE (- is standard input) holds a redress.v1.Submission as JSON, one a line, or as protobuf bytes.\n"
            "All are checked first as `submissions validate` does; nothing is published if any has a problem.\n\n"
            "Exit status: 0 all accepted or known already, 1 any refused, 4 any in conflict with an earlier one\n"
            "of the same reference, 5 no answer in time.\n\n"
            "Examples:\n"
            "  redressctl submit complaint.json\n"
            "  producer | redressctl submit - --encoding protobuf --output jsonl",
        .options = { { "encoding", "FORM", "how to publish: json or protobuf; default: json" },
                     { "no-wait", NULL, "end when Kafka has them, without waiting for outcomes" },
                     { "no-validate", NULL, "publish whatever can be decoded" },
                     { "timeout", "S", "give up after so many seconds without an answer; default: 30" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_submit,
    },
    {
        .name = "submissions validate",
        .arguments = "FILE...",
        .summary = "check files of submissions, without any server",
        .details =
            "Reads JSON, JSON lines and protobuf bytes, and tells everything that intake would refuse, each with\n"
            "the field's path, a stable code and a sentence. Whether the tenant, project and building exist is\n"
            "only known to intake. Ends with 1 if there are problems.\n\n"
            "Example:\n"
            "  redressctl submissions validate *.json",
        .options = { { "max-age-days", "N", "refuse what was received longer ago, as intake.max_age_days does; 400" } },
        .min_arguments = 1,
        .max_arguments = 1000,
        .run = cmd_validate,
        .offline = true,
    },
    { 0 },
};
