/* replay: sends a recording as its senders did, and sees whether what becomes of it is what was expected. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "exchange.h"
#include "follow.h"
#include "progress.h"
#include "recording.h"

struct verdicts {
    size_t results[8], different[8], differences;
};

static const char *const results[] = { "ACCEPTED", "DUPLICATE",   "CONFLICT",  "REJECTED",
                                       "UNKNOWN",  "DEAD_LETTER", "NO_ANSWER", "FAILED" };

static size_t result_index(const char *result)
{
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        if (strcmp(result, results[i]) == 0)
            return i;
    abort(); /* exchange_result has another word: the table above is wrong */
}

static bool has_problem(const struct exchange_item *item, const char *wanted)
{
    size_t path = strcspn(wanted, ":");

    for (size_t i = 0; i < item->problem_count; i++) {
        const struct field_problem *p = &item->problems[i];
        if (strlen(p->path) == path && memcmp(p->path, wanted, path) == 0 && wanted[path] == ':' &&
            strcmp(p->code, wanted + path + 1) == 0)
            return true;
    }
    return false;
}

/* What was accepted in an earlier, unfinished replay is a repeat in the next one. */
static bool result_is_right(const struct recorded *r, const struct exchange_item *item, bool again)
{
    const char *result = exchange_result(item);

    return strcmp(r->expect, result) == 0 ||
           (again && strcmp(r->expect, "ACCEPTED") == 0 && strcmp(result, "DUPLICATE") == 0);
}

/* Problems are a set: their order says nothing. */
static bool as_expected(const struct recorded *r, const struct exchange_item *item, bool again)
{
    if (!r->expect)
        return item->state == EXCHANGE_ANSWERED || item->state == EXCHANGE_DEAD;
    if (!result_is_right(r, item, again))
        return false;
    if (item->state == EXCHANGE_DEAD)
        return true;
    if (r->problem_count != item->problem_count)
        return false;
    for (size_t i = 0; i < r->problem_count; i++)
        if (!has_problem(item, r->problems[i]))
            return false;
    return true;
}

static void say_difference(struct ctl *c, const struct recorded *r, const struct exchange_item *item)
{
    fprintf(stderr, "line %u, %s: expected %s", r->line, r->key, r->expect ? r->expect : "an answer");
    for (size_t i = 0; i < r->problem_count; i++)
        fprintf(stderr, " %s", r->problems[i]);
    fprintf(stderr, "; got %s %s%s\n", exchange_result(item), exchange_problems(c->arena, item),
            item->failure ? item->failure : "");
}

static void report_text(struct strbuf *b, const char *name, const char *value)
{
    strbuf_printf(b, ",\"%s\":", name);
    if (value && *value)
        strbuf_add_json(b, value, strlen(value));
    else
        strbuf_adds(b, "null");
}

static void report_time(struct strbuf *b, const char *name, int64_t at_us)
{
    char text[RFC3339_SIZE];

    rfc3339_format(at_us, text);
    report_text(b, name, at_us ? text : NULL);
}

static void report_item(struct strbuf *b, const struct recorded *r, const struct exchange_item *item, bool again)
{
    strbuf_printf(b, "{\"line\":%u", r->line);
    report_text(b, "key", r->key);
    report_text(b, "encoding", r->encoding);
    strbuf_printf(b, ",\"partition\":%d,\"offset\":%lld", item->partition, (long long)item->offset);
    report_time(b, "sentAt", item->sent_us);
    report_time(b, "outcomeAt", item->answered_us);
    report_text(b, "expected", r->expect);
    report_text(b, "result", exchange_result(item));
    strbuf_printf(b, ",\"asExpected\":%s", as_expected(r, item, again) ? "true" : "false");
    report_text(b, "number", item->complaint_number);
    report_text(b, "complaintId", item->complaint_id);
    report_time(b, "assignedAt", item->assignment ? item->assignment->at_us : 0);
    strbuf_adds(b, ",\"problems\":[");
    for (size_t i = 0; i < item->problem_count; i++) {
        const struct field_problem *p = &item->problems[i];
        strbuf_adds(b, i ? ",{\"path\":" : "{\"path\":");
        strbuf_add_json(b, p->path, strlen(p->path));
        report_text(b, "code", p->code);
        report_text(b, "message", p->message);
        strbuf_addc(b, '}');
    }
    strbuf_adds(b, "]}\n");
}

static int write_report(struct ctl *c, const char *path, const struct recording *rec, const struct exchange_item *items)
{
    bool again = ctl_option(c, "again");
    FILE *f = fopen(path, "w");
    struct strbuf b;

    if (!f)
        return ctl_fail(CTL_FAILURE, "cannot write %s: %s", path, strerror(errno));
    strbuf_init(&b, c->arena);
    for (size_t i = 0; i < rec->count; i++) {
        strbuf_reset(&b);
        report_item(&b, &rec->items[i], &items[i], again);
        fwrite(b.data, 1, b.len, f);
    }
    return fclose(f) == 0 ? CTL_OK : ctl_fail(CTL_FAILURE, "cannot write %s: %s", path, strerror(errno));
}

static void judge(struct ctl *c, const struct recording *rec, const struct exchange_item *items, struct verdicts *v)
{
    for (size_t i = 0; i < rec->count; i++) {
        size_t result = result_index(exchange_result(&items[i]));
        bool different = !as_expected(&rec->items[i], &items[i], ctl_option(c, "again"));

        v->results[result]++;
        v->different[result] += different;
        v->differences += different;
        if (different && v->differences <= 100)
            say_difference(c, &rec->items[i], &items[i]);
    }
}

static void print_summary(struct ctl *c, const struct verdicts *v)
{
    static const struct ctl_column columns[] = { { "result", "结果 result", CTL_TEXT },
                                                 { "records", "条数 records", CTL_NUMBER },
                                                 { "asExpected", "符合预期 as expected", CTL_NUMBER },
                                                 { "different", "不符 different", CTL_NUMBER } };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 4);

    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        if (!v->results[i])
            continue;
        ctl_add_text(rows, results[i]);
        ctl_add_int(rows, (int64_t)v->results[i]);
        ctl_add_int(rows, (int64_t)(v->results[i] - v->different[i]));
        ctl_add_int(rows, (int64_t)v->different[i]);
    }
    ctl_rows_end(rows);
}

static struct exchange_item *make_items(struct ctl *c, const struct recording *rec)
{
    struct exchange_item *items = arena_array(c->arena, struct exchange_item, rec->count + 1);

    for (size_t i = 0; i < rec->count; i++) {
        const struct recorded *r = &rec->items[i];
        items[i] = (struct exchange_item){
            .key = r->key,
            .value = r->value,
            .value_len = r->value_len,
            .headers = r->headers,
            .header_count = r->header_count,
            .dead_letter_expected = r->expect && strcmp(r->expect, "DEAD_LETTER") == 0,
            .line = r->line,
        };
    }
    return items;
}

static void on_progress(void *context, size_t sent, size_t answered, size_t total)
{
    (void)sent;
    progress_show(context, answered, total);
}

struct replay_options {
    int64_t limit, rate, timeout_s, now_us;
    const char *report;
};

static bool read_options(struct ctl *c, struct replay_options *o)
{
    const char *now = ctl_option(c, "now");

    if (!ctl_option_int(c, "limit", 1, INT64_C(100000000), INT64_C(100000000), &o->limit) ||
        !ctl_option_int(c, "rate", 1, 1000000, 0, &o->rate) ||
        !ctl_option_int(c, "timeout", 1, 86400, 30, &o->timeout_s))
        return false;
    o->report = ctl_option(c, "report");
    o->now_us = clock_wall_us();
    if (now && !rfc3339_parse(now, strlen(now), &o->now_us)) {
        ctl_fail(CTL_USAGE, "--now: found \"%s\"; allowed is a time such as 2026-11-01T08:00:00Z", now);
        return false;
    }
    return true;
}

static int cmd_replay(struct ctl *c)
{
    struct replay_options o;
    struct verdicts verdicts = { 0 };
    struct exchange_item *items;
    struct progress progress;
    struct recording rec;
    int r, status = CTL_OK;

    if (!read_options(c, &o))
        return CTL_USAGE;
    r = recording_load(c->arena, c->argv[0], o.now_us, (size_t)o.limit, &rec);
    if (r < 0)
        return ctl_fail_err(r);
    items = make_items(c, &rec);
    progress_init(&progress, "answered");
    r = exchange_run(&(struct exchange){ .ctl = c,
                                         .topic = TOPIC_SUBMISSIONS,
                                         .items = items,
                                         .count = rec.count,
                                         .wait = true,
                                         .follow = ctl_option(c, "follow"),
                                         .timeout_ms = o.timeout_s * 1000,
                                         .rate_per_s = o.rate,
                                         .progress = on_progress,
                                         .context = &progress });
    progress_end(&progress);
    if (r < 0)
        return ctl_fail_err(r);
    if (o.report)
        status = write_report(c, o.report, &rec, items);
    judge(c, &rec, items, &verdicts);
    if (ctl_option(c, "follow"))
        follow_print(c, items, rec.count);
    print_summary(c, &verdicts);
    if (r == 1)
        return ctl_fail(CTL_UNAVAILABLE, "%zu of %zu records have no answer after %lld s without any",
                        verdicts.results[result_index("NO_ANSWER")], rec.count, (long long)o.timeout_s);
    return verdicts.differences ? ctl_fail(CTL_FAILURE, "%zu of %zu records differ", verdicts.differences, rec.count)
                                : status;
}

const struct ctl_command replay_commands[] = {
    {
        .name = "replay",
        .arguments = "FILE",
        .summary = "send recorded submissions as they are and compare what becomes of them",
        .details = "FILE is a recording (deploy/samples/README.md). Keys, headers, encodings and bytes are sent as\n"
                   "recorded; {{now-3h}} and the like become times, all from one instant. Differences from what the\n"
                   "recording expects are told on standard error, and the exit status is 1 if there are any.\n\n"
                   "Examples:\n"
                   "  redressctl replay deploy/samples/complaints.jsonl\n"
                   "  redressctl replay deploy/samples/complaints.jsonl --limit 10 --rate 5 --report answers.jsonl",
        .options = { { "limit", "N", "send the first N records only" },
                     { "rate", "N", "send N records a second; default: as fast as it goes" },
                     { "now", "TIME", "the instant that {{now-...}} counts from, RFC 3339; default: now" },
                     { "timeout", "S", "give up after so many seconds without an answer; default: 30" },
                     { "again", NULL, "a replay before this one was not finished: DUPLICATE will do for ACCEPTED" },
                     { "follow", NULL, "wait for the assignment of what is accepted, and list it" },
                     { "report", "FILE", "write what became of each record there, a JSON object a line" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_replay,
    },
    { 0 },
};
