/* complaint show, complaint history, complaint list: what is known of complaints, without anything personal (R46). */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/words.h"
#include "complaint_show.h"
#include "ctl_sql.h"
#include "services/dispatch/lifecycle.h"
#include "timeline.h"

#define PAGE   1000
#define DAY_US INT64_C(86400000000)

struct filter {
    const char *text[5];  /* tenant, project, department, state, category; "" for any */
    const char *assignee; /* "" for any */
    bool waiting;         /* only those that wait for something */
    int64_t since_us, limit;
    struct uuid before; /* the last one shown: the next page begins below it */
};

static const struct ctl_column list_columns[] = {
    { "number", "编号", CTL_TEXT },
    { "projectName", "项目", CTL_TEXT },
    { "categoryName", "类别", CTL_TEXT },
    { "severity", "严重", CTL_TEXT },
    { "departmentName", "部门", CTL_TEXT },
    { "handlerName", "经办", CTL_TEXT },
    { "status", "状态", CTL_TEXT },
    { "receivedAt", "接收", CTL_TIME },
    { "registeredAt", "登记", CTL_TIME },
    { "registeredToAssignedMs", "登记→派单（秒）", CTL_NUMBER },
    { "assignedAt", "派单", CTL_TIME }, /* from here on for programs */
    { "receivedToAssignedMs", "接收→派单", CTL_NUMBER },
    { "id", "id", CTL_TEXT },
    { "tenant", "集团", CTL_TEXT },
    { "project", "项目代码", CTL_TEXT },
    { "category", "类别代码", CTL_TEXT },
    { "categorySource", "分类依据", CTL_TEXT },
    { "categoryConfidence", "把握 %", CTL_NUMBER },
    { "complexity", "复杂", CTL_TEXT },
    { "department", "部门代码", CTL_TEXT },
    { "handler", "经办代码", CTL_TEXT },
    { "channel", "渠道", CTL_TEXT },
    { "source", "来源", CTL_TEXT },
    { "sourceEventId", "来源编号", CTL_TEXT },
    { "likelyDuplicate", "疑似重复", CTL_BOOL },
    { "waitingFor", "等待", CTL_TEXT },
    { "level", "层级", CTL_TEXT },
    { "since", "此状态起", CTL_TIME },
};
#define TABLE_COLUMNS 10
#define ALL_COLUMNS   ((int)(sizeof list_columns / sizeof *list_columns))

static int64_t time_or_0(const struct pg_result *r, int row, int column)
{
    return pg_is_null(r, row, column) ? 0 : pg_time_us(r, row, column);
}

static void add_column(struct ctl_rows *rows, const struct pg_result *r, int row, int column)
{
    ctl_add_text(rows, pg_is_null(r, row, column) ? NULL : pg_text(r, row, column));
}

/* Seconds for people, milliseconds for programs. */
static void add_span(struct ctl *c, struct ctl_rows *rows, int64_t from_us, int64_t to_us)
{
    int64_t ms = (to_us - from_us) / 1000;

    if (!to_us)
        ctl_add_text(rows, NULL);
    else if (c->output == CTL_TABLE)
        ctl_add_text(rows, arena_printf(c->arena, "%.3f", (double)ms / 1000.0));
    else
        ctl_add_int(rows, ms);
}

/* The columns of list_complaints.sql in their order. */
enum {
    L_ID,
    L_TENANT,
    L_NUMBER,
    L_PROJECT,
    L_PROJECT_NAME,
    L_CATEGORY,
    L_CATEGORY_NAME,
    L_SEVERITY,
    L_DEPARTMENT,
    L_DEPARTMENT_NAME,
    L_ASSIGNEE,
    L_ASSIGNEE_NAME,
    L_STATUS,
    L_RECEIVED,
    L_REGISTERED,
    L_ASSIGNED,
    L_CHANNEL,
    L_SOURCE,
    L_SOURCE_EVENT,
    L_DUPLICATE,
    L_COMPLEXITY,
    L_CATEGORY_SOURCE,
    L_CONFIDENCE,
    L_WAITING_FOR,
    L_LEVEL,
    L_SINCE
};

static void add_word(struct ctl *c, struct ctl_rows *rows, const struct pg_result *r, int row, int column)
{
    const char *code = pg_is_null(r, row, column) ? NULL : pg_text(r, row, column);

    ctl_add_text(rows, c->output == CTL_TABLE ? word_of(code) : code);
}

/* A name where there is one, else for people the code. */
static void add_named(struct ctl *c, struct ctl_rows *rows, const struct pg_result *r, int row, int name, int code)
{
    add_column(rows, r, row, pg_is_null(r, row, name) && c->output == CTL_TABLE ? code : name);
}

static void add_rest(struct ctl *c, struct ctl_rows *rows, const struct pg_result *r, int row)
{
    struct uuid id = pg_uuid(r, row, L_ID);
    char id_text[UUID_TEXT_SIZE];

    uuid_format(&id, id_text);
    ctl_add_time(rows, time_or_0(r, row, L_ASSIGNED));
    add_span(c, rows, time_or_0(r, row, L_RECEIVED), time_or_0(r, row, L_ASSIGNED));
    ctl_add_text(rows, id_text);
    add_column(rows, r, row, L_TENANT);
    add_column(rows, r, row, L_PROJECT);
    add_column(rows, r, row, L_CATEGORY);
    add_column(rows, r, row, L_CATEGORY_SOURCE);
    if (pg_is_null(r, row, L_CONFIDENCE))
        ctl_add_text(rows, NULL);
    else
        ctl_add_int(rows, pg_int4(r, row, L_CONFIDENCE));
    add_column(rows, r, row, L_COMPLEXITY);
    add_column(rows, r, row, L_DEPARTMENT);
    add_column(rows, r, row, L_ASSIGNEE);
    ctl_add_text(rows, enum_code(c->arena, &redress__v1__channel__descriptor, pg_int4(r, row, L_CHANNEL)));
    add_column(rows, r, row, L_SOURCE);
    add_column(rows, r, row, L_SOURCE_EVENT);
    ctl_add_bool(rows, pg_bool(r, row, L_DUPLICATE));
    add_column(rows, r, row, L_WAITING_FOR);
    add_column(rows, r, row, L_LEVEL);
    ctl_add_time(rows, time_or_0(r, row, L_SINCE));
}

/* For people in Chinese, with what it waits for. */
static void add_state(struct ctl *c, struct ctl_rows *rows, const struct pg_result *r, int row)
{
    const char *name = pg_text(r, row, L_STATUS), *chinese = case_status_chinese((int)case_status_find(name));
    const char *waiting = pg_is_null(r, row, L_WAITING_FOR) ? "" : pg_text(r, row, L_WAITING_FOR);

    if (c->output != CTL_TABLE || !chinese)
        ctl_add_text(rows, name);
    else
        ctl_add_text(rows, *waiting ? arena_printf(c->arena, "%s（等 %s）", chinese, word_of(waiting)) : chinese);
}

static void add_complaint(struct ctl *c, struct ctl_rows *rows, const struct pg_result *r, int row)
{
    add_column(rows, r, row, L_NUMBER);
    add_named(c, rows, r, row, L_PROJECT_NAME, L_PROJECT);
    add_named(c, rows, r, row, L_CATEGORY_NAME, L_CATEGORY);
    add_word(c, rows, r, row, L_SEVERITY);
    add_named(c, rows, r, row, L_DEPARTMENT_NAME, L_DEPARTMENT);
    add_named(c, rows, r, row, L_ASSIGNEE_NAME, L_ASSIGNEE);
    add_state(c, rows, r, row);
    ctl_add_time(rows, time_or_0(r, row, L_RECEIVED));
    ctl_add_time(rows, time_or_0(r, row, L_REGISTERED));
    add_span(c, rows, time_or_0(r, row, L_REGISTERED), time_or_0(r, row, L_ASSIGNED));
    if (c->output != CTL_TABLE)
        add_rest(c, rows, r, row);
}

/* The smallest id that a complaint of that time can have; a day of margin for clocks. */
static struct uuid id_from(int64_t since_us)
{
    int64_t ms = since_us > DAY_US ? (since_us - DAY_US) / 1000 : 0;
    struct uuid id = { 0 };

    for (int i = 0; i < 6; i++)
        id.bytes[i] = (unsigned char)(ms >> (40 - 8 * i));
    return id;
}

static int load_page(struct ctl *c, struct pg_conn *pg, const struct filter *f, int64_t rows, struct pg_result **ret)
{
    struct uuid lowest = id_from(f->since_us);
    struct pg_params p;

    pg_params_init(&p, c->arena);
    for (size_t i = 0; i < sizeof f->text / sizeof *f->text; i++)
        pg_param_text(&p, f->text[i]);
    pg_param_time(&p, f->since_us);
    pg_param_uuid(&p, &lowest);
    pg_param_uuid(&p, &f->before);
    pg_param_int8(&p, rows);
    pg_param_text(&p, f->assignee);
    pg_param_bool(&p, f->waiting);
    return pg_exec(pg, &ctl_list_complaints, &p, ret);
}

static int list_pages(struct ctl *c, struct pg_conn *pg, struct filter *f, struct ctl_rows *rows)
{
    for (int64_t left = f->limit; left > 0;) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        int e = load_page(c, pg, f, left < PAGE ? left : PAGE, &r);

        if (e < 0)
            return e;
        for (int i = 0; i < pg_rows(r); i++)
            add_complaint(c, rows, r, i);
        if (pg_rows(r) < PAGE)
            return 0;
        left -= pg_rows(r);
        f->before = pg_uuid(r, pg_rows(r) - 1, L_ID);
    }
    return 0;
}

/* 0, or the exit status. */
static int read_filter(struct ctl *c, struct pg_conn *pg, struct filter *f)
{
    static const char *const names[] = { "tenant", "project", "department", "state", "category" };
    const char *since = ctl_option(c, "since"), *before = ctl_option(c, "before");
    const char *assignee = ctl_option(c, "assignee"), *state = ctl_option(c, "state");

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        f->text[i] = ctl_option(c, names[i]) ? ctl_option(c, names[i]) : "";
    f->assignee = assignee ? assignee : "";
    f->waiting = ctl_option(c, "waiting") != NULL;
    if (state && case_status_find(state) == CASE_SAME)
        return ctl_fail(CTL_USAGE, "--state: there is no state \"%s\"; `redressctl lifecycle --markdown` has them",
                        state);
    if (since && !rfc3339_parse(since, strlen(since), &f->since_us))
        return ctl_fail(CTL_USAGE, "--since: found \"%s\"; allowed is a time such as 2026-11-01T08:00:00Z", since);
    memset(f->before.bytes, 0xff, sizeof f->before.bytes);
    return before ? complaint_find(c, pg, before, &f->before) : 0;
}

static int cmd_list(struct ctl *c)
{
    struct filter f = { 0 };
    struct pg_conn *pg;
    struct ctl_rows *rows;
    int e;

    if (!ctl_option_int(c, "limit", 1, 1000000, 50, &f.limit))
        return CTL_USAGE;
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    e = read_filter(c, pg, &f);
    if (e)
        return e;
    rows = ctl_rows_new(c, list_columns, c->output == CTL_TABLE ? TABLE_COLUMNS : ALL_COLUMNS);
    e = list_pages(c, pg, &f, rows);
    if (e < 0)
        return ctl_fail_err(e);
    ctl_rows_end(rows);
    return CTL_OK;
}

const struct ctl_command complaint_commands[] = {
    {
        .name = "complaint show",
        .arguments = "NUMBER|ID",
        .summary = "show one complaint's whole record, without personal data",
        .details = "Facts, assignment, where it stands, work orders, timeline and the reason of each choice. Ends with "
                   "3 if there is none.\n\n"
                   "Example:\n"
                   "  redressctl complaint show YHHY-20261101-00001",
        .options = { { "tenant", "CODE", "whose number it is, where several tenants have it" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = complaint_show,
    },
    {
        .name = "complaint history",
        .arguments = "NUMBER|ID",
        .summary = "show what happened to one complaint: when, who, what",
        .details =
            "The events of its record, a line each; with --output json each with all that it says. Texts that people\n"
            "wrote are not in the record. Ends with 3 if there is none.",
        .options = { { "tenant", "CODE", "whose number it is, where several tenants have it" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = complaint_history,
    },
    {
        .name = "complaint list",
        .arguments = "",
        .summary = "list complaints, newest first",
        .details = "Examples:\n"
                   "  redressctl complaint list --project YHHY --category house_quality --limit 20\n"
                   "  redressctl complaint list --before YHHY-20261101-00020 --output jsonl",
        .options = { { "tenant", "CODE", "of this tenant only" },
                     { "project", "CODE", "of this project only" },
                     { "department", "CODE", "with this department only" },
                     { "state", "STATE", "in this state only, for example rectifying" },
                     { "assignee", "STAFF", "that this person has" },
                     { "waiting", NULL, "that wait for something or somebody" },
                     { "category", "CODE", "of this category, or of those below it" },
                     { "since", "TIME", "registered at this time or later, RFC 3339" },
                     { "before", "NUMBER|ID", "those older than this one: the next page" },
                     { "limit", "N", "at most so many; default: 50" } },
        .run = cmd_list,
    },
    { 0 },
};
