/* Promised times: what a tenant promises goes to the watchdog, and how the clocks of its complaints stand. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock_days.h"
#include "commitments_store.h"
#include "common/base/error.h"
#include "common/event/words.h"
#include "ctl.h"
#include "ctl_sql.h"
#include "facts.h"
#include "timeline.h"

/* ---- policy apply ---- */

static int cmd_apply(struct ctl *c)
{
    const char *reason = ctl_option(c, "to-running");
    struct commitments_saved saved;
    struct commitments_file f;
    struct pg_conn *pg;
    int r;

    if (commitments_file_read(c->arena, c->argv[0], &f) < 0)
        return ctl_fail(CTL_FAILURE, "nothing was changed:\n%s", err_text());
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    r = commitments_save(pg, c->arena, &f, reason, &saved);
    if (r == COMMITMENTS_CONFLICT)
        return ctl_fail(
            CTL_CONFLICT,
            "nothing was changed: version %d of policy %s is there already, and it is another one; what was "
            "promised stays: count the version up",
            saved.conflict_version, saved.conflict);
    if (r < 0)
        return ctl_fail_err(r);
    if (c->output == CTL_TABLE)
        printf("tenant %s: %d new calendar versions, %d new policy versions\n", f.tenant.id, saved.calendars,
               saved.policies);
    else
        printf("{\"tenant\":\"%s\",\"calendars\":%d,\"policies\":%d}\n", f.tenant.id, saved.calendars, saved.policies);
    return CTL_OK;
}

/* ---- clocks show, policy explain ---- */

enum {
    POLICY,
    VERSION,
    NAME,
    CYCLE,
    STATE,
    STARTED,
    DUE,
    PROVISIONAL,
    ENDED,
    BREACHED,
    FIRED,
    PERCENTS,
    POINTS,
    NOW,
    STEP,
    WORK_ORDER,
    STRICTEST
};

static int64_t time_or_0(const struct pg_result *r, int row, int column)
{
    return pg_is_null(r, row, column) ? 0 : pg_time_us(r, row, column);
}

static int load_clocks(struct ctl *c, struct uuid *ret_id, struct pg_result **ret)
{
    struct pg_conn *pg = ctl_pg(c);
    struct pg_params p;
    int e;

    if (!pg)
        return CTL_UNAVAILABLE;
    e = complaint_find(c, pg, c->argv[0], ret_id);
    if (e)
        return e;
    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, ret_id);
    e = pg_exec(pg, &ctl_clocks_of, &p, ret);
    return e < 0 ? ctl_fail_err(e) : CTL_OK;
}

/* The bounce clock: how often the complaint was passed on, and how long nobody had it. */
struct bounce {
    int times;
    int64_t between_s;
    bool between_now;
};

static int load_bounce(struct ctl *c, const struct uuid *id, struct bounce *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    int e;

    *ret = (struct bounce){ 0 };
    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, id);
    e = pg_exec(ctl_pg(c), &ctl_bounce_of, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    if (pg_rows(r) > 0)
        *ret = (struct bounce){ pg_int4(r, 0, 0), pg_int8(r, 0, 1) / 1000000, pg_bool(r, 0, 2) };
    return CTL_OK;
}

static void print_bounce(const struct bounce *b)
{
    printf("\n部门间流转 between departments  转派 %d 次 passed on  共 %" PRId64 ":%02" PRId64 ":%02" PRId64
           " in all%s\n",
           b->times, b->between_s / 3600, b->between_s / 60 % 60, b->between_s % 60,
           b->between_now ? "（至今无人接收 nobody has it yet）" : "");
}

static void add_work_order(struct ctl_rows *rows, int work_order)
{
    if (work_order)
        ctl_add_int(rows, work_order);
    else
        ctl_add_text(rows, NULL);
}

enum { SHOW_TABLE_COLUMNS = 13, SHOW_ALL_COLUMNS = 15 };

static const struct ctl_column show_columns[SHOW_ALL_COLUMNS] = {
    { "step", "step", CTL_TEXT },
    { "clock", "clock", CTL_TEXT },
    { "workOrder", "order", CTL_NUMBER },
    { "cycle", "cycle", CTL_NUMBER },
    { "state", "state", CTL_TEXT },
    { "dueAt", "due", CTL_TIME },
    { "strictest", "counts", CTL_BOOL },
    { "breached", "breached", CTL_BOOL },
    { "startedAt", "started", CTL_TIME },
    { "endedAt", "ended", CTL_TIME },
    { "provisional", "provisional", CTL_BOOL },
    { "policy", "policy", CTL_TEXT },
    { "policyVersion", "version", CTL_NUMBER },
    /* of the complaint: people read them once, below the table */
    { "bounces", "bounces", CTL_NUMBER },
    { "betweenSeconds", "between", CTL_NUMBER },
};

static void add_clock(struct ctl_rows *rows, const struct pg_result *r, int i)
{
    ctl_add_text(rows, pg_text(r, i, STEP));
    ctl_add_text(rows, pg_text(r, i, NAME));
    add_work_order(rows, pg_int4(r, i, WORK_ORDER));
    ctl_add_int(rows, pg_int4(r, i, CYCLE));
    ctl_add_text(rows, pg_text(r, i, STATE));
    ctl_add_time(rows, time_or_0(r, i, DUE));
    ctl_add_bool(rows, pg_bool(r, i, STRICTEST));
    ctl_add_bool(rows, pg_bool(r, i, BREACHED));
    ctl_add_time(rows, pg_time_us(r, i, STARTED));
    ctl_add_time(rows, time_or_0(r, i, ENDED));
    ctl_add_bool(rows, pg_bool(r, i, PROVISIONAL));
    ctl_add_text(rows, pg_text(r, i, POLICY));
    ctl_add_int(rows, pg_int4(r, i, VERSION));
}

static int cmd_show(struct ctl *c)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    bool table = c->output == CTL_TABLE;
    struct ctl_rows *rows;
    struct bounce bounce;
    struct uuid id;
    int status = load_clocks(c, &id, &r);

    if (status == CTL_OK)
        status = load_bounce(c, &id, &bounce);
    if (status)
        return status;
    rows = ctl_rows_new(c, show_columns, table ? SHOW_TABLE_COLUMNS : SHOW_ALL_COLUMNS);
    for (int i = 0; i < pg_rows(r); i++) {
        add_clock(rows, r, i);
        if (!table) {
            ctl_add_int(rows, bounce.times);
            ctl_add_int(rows, bounce.between_s);
        }
    }
    ctl_rows_end(rows);
    if (table)
        print_bounce(&bounce);
    return CTL_OK;
}

/* The line of time: 60 cells from the first start to the last instant that matters. */
#define CELLS 60

struct span {
    int64_t from_us, to_us;
};

static int cell_of(const struct span *s, int64_t at_us)
{
    if (at_us <= s->from_us)
        return 0;
    if (at_us >= s->to_us)
        return CELLS - 1;
    return (int)((double)(at_us - s->from_us) / (double)(s->to_us - s->from_us) * (CELLS - 1));
}

static void include(struct span *s, int64_t at_us)
{
    if (at_us && at_us < s->from_us)
        s->from_us = at_us;
    if (at_us && at_us > s->to_us)
        s->to_us = at_us;
}

/* What has ended is over: only what still runs reaches to its due instant, and to now. */
static struct span span_of(const struct pg_result *r)
{
    struct span s = { INT64_MAX, INT64_MIN };

    for (int i = 0; i < pg_rows(r); i++) {
        int64_t ended_us = time_or_0(r, i, ENDED);

        include(&s, pg_time_us(r, i, STARTED));
        include(&s, ended_us ? ended_us : pg_time_us(r, i, NOW));
        include(&s, ended_us ? 0 : time_or_0(r, i, DUE));
    }
    return s;
}

/* One point of a clock, and what it is drawn as: told, to come, or the due instant. */
static void draw_points(const struct pg_result *r, int row, const struct span *s, const char **cells)
{
    const char *percents = pg_text(r, row, PERCENTS), *points = pg_text(r, row, POINTS);
    char *percent_end, *point_end;

    for (int n = 0; *percents && *points; n++) {
        long percent = strtol(percents, &percent_end, 10);
        int64_t at_us = strtoll(points, &point_end, 10);
        bool told = n < pg_int4(r, row, FIRED);

        if (at_us <= s->to_us && (told || !time_or_0(r, row, ENDED)))
            cells[cell_of(s, at_us)] = percent < 100    ? told ? "▲" : "△"
                                       : percent == 100 ? told ? "✖" : "◇"
                                       : told           ? "■"
                                                        : "□";
        percents = percent_end;
        points = point_end;
    }
}

static void draw(const struct pg_result *r, int row, const struct span *s)
{
    int64_t ended_us = time_or_0(r, row, ENDED), due_us = time_or_0(r, row, DUE), now_us = pg_time_us(r, row, NOW);
    int64_t until_us = ended_us ? ended_us : due_us && due_us > now_us ? due_us : now_us;
    const char *cells[CELLS];

    for (int i = 0; i < CELLS; i++)
        cells[i] = i < cell_of(s, pg_time_us(r, row, STARTED)) || i > cell_of(s, until_us) ? " "
                   : i <= cell_of(s, ended_us ? ended_us : now_us)                         ? "━"
                                                                                           : "─";
    draw_points(r, row, s, cells);
    if (ended_us)
        cells[cell_of(s, ended_us)] = strcmp(pg_text(r, row, STATE), "met") == 0 ? "✔" : "×";
    fputs("  ", stdout);
    for (int i = 0; i < CELLS; i++)
        fputs(cells[i], stdout);
    putchar('\n');
}

/* ---- the clocks of a step, together ---- */

static bool same_step(const struct pg_result *r, int a, int b)
{
    return strcmp(pg_text(r, a, STEP), pg_text(r, b, STEP)) == 0 &&
           pg_int4(r, a, WORK_ORDER) == pg_int4(r, b, WORK_ORDER);
}

/* Several policies bind it, not one in several cycles. */
static bool bound_by_several(const struct pg_result *r, int row)
{
    for (int i = 0; i < pg_rows(r); i++)
        if (same_step(r, i, row) && (strcmp(pg_text(r, i, POLICY), pg_text(r, row, POLICY)) != 0 ||
                                     strcmp(pg_text(r, i, NAME), pg_text(r, row, NAME)) != 0))
            return true;
    return false;
}

static void explain(struct ctl *c, const struct pg_result *r, int row, const struct span *s)
{
    int64_t due_us = time_or_0(r, row, DUE), ended_us = time_or_0(r, row, ENDED);
    int work_order = pg_int4(r, row, WORK_ORDER);
    bool several = bound_by_several(r, row);

    if (several && (row == 0 || !same_step(r, row - 1, row)))
        printf("%s：多项时限，最早到期者为准 several promises, the earliest counts\n", pg_text(r, row, STEP));
    printf("%s", pg_text(r, row, NAME));
    if (work_order)
        printf("  维修单 work order %d ", work_order);
    printf(" #%d  %s%s  (%s v%d)%s\n", pg_int4(r, row, CYCLE), word_of(pg_text(r, row, STATE)),
           pg_bool(r, row, BREACHED) ? "，已超期 breached" : "", pg_text(r, row, POLICY), pg_int4(r, row, VERSION),
           several && pg_bool(r, row, STRICTEST) ? "  ← 以此为准 counts" : "");
    printf("  起 %s", facts_local_time(c->arena, pg_time_us(r, row, STARTED)));
    printf("  限 %s%s", due_us ? facts_local_time(c->arena, due_us) : "（暂停中 paused）",
           pg_bool(r, row, PROVISIONAL) ? "（暂定 provisional）" : "");
    printf("%s%s\n", ended_us ? "  止 " : "", ended_us ? facts_local_time(c->arena, ended_us) : "");
    draw(r, row, s);
}

static int explain_days(struct ctl *c, const struct uuid *id, const struct pg_result *r, int row)
{
    struct named_clock clock = { .complaint = *id,
                                 .policy = pg_text(r, row, POLICY),
                                 .name = pg_text(r, row, NAME),
                                 .version = pg_int4(r, row, VERSION),
                                 .started_us = pg_time_us(r, row, STARTED) };

    if (!pg_is_null(r, row, ENDED))
        return 0;
    return clock_days_print(c, ctl_pg(c), &clock);
}

static int cmd_explain(struct ctl *c)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct bounce bounce;
    struct uuid id;
    struct span s;
    int status;

    if (c->output != CTL_TABLE)
        return cmd_show(c);
    status = load_clocks(c, &id, &r);
    if (status == CTL_OK)
        status = load_bounce(c, &id, &bounce);
    if (status)
        return status;
    if (pg_rows(r) == 0) {
        puts("没有计时 (no clocks: nothing was promised when this complaint came)");
        return CTL_OK;
    }
    s = span_of(r);
    for (int i = 0; i < pg_rows(r); i++) {
        int e;

        explain(c, r, i, &s);
        e = ctl_option(c, "days") ? explain_days(c, &id, r, i) : 0;
        if (e < 0)
            return ctl_fail_err(e);
    }
    print_bounce(&bounce);
    puts("\n△ 预警 warning  ◇ 期限 due  □ 升级 ladder; 实心为已发 filled: told  ✖ 超期 breached  ✔ 完成 met  ━ 至今 "
         "until now");
    return CTL_OK;
}

/* ---- clocks list ---- */

/* "2h", "30m", "3d": plain time. */
static bool read_within(const char *text, int64_t *ret_s)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    size_t len = strlen(text);
    char number[12];

    if (len < 2 || len > 10)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)len - 1, text);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (text[len - 1] == units[i].unit && parse_int64(number, 0, 1000000, ret_s)) {
            *ret_s *= units[i].seconds;
            return true;
        }
    return false;
}

static int list(struct ctl *c, int64_t within_s, int64_t limit, struct pg_result **ret)
{
    struct pg_conn *pg = ctl_pg(c);
    struct pg_params p;
    int e;

    if (!pg)
        return CTL_UNAVAILABLE;
    pg_params_init(&p, c->arena);
    pg_param_int8(&p, within_s);
    pg_param_text(&p, ctl_option(c, "tenant") ? ctl_option(c, "tenant") : "");
    pg_param_text(&p, ctl_option(c, "project") ? ctl_option(c, "project") : "");
    pg_param_int8(&p, limit);
    pg_param_bool(&p, ctl_option(c, "all") != NULL);
    e = pg_exec(pg, &ctl_clocks_due, &p, ret);
    return e < 0 ? ctl_fail_err(e) : CTL_OK;
}

static int cmd_list(struct ctl *c)
{
    static const struct ctl_column columns[] = {
        { "number", "number", CTL_TEXT },     { "project", "project", CTL_TEXT },
        { "step", "step", CTL_TEXT },         { "clock", "clock", CTL_TEXT },
        { "workOrder", "order", CTL_NUMBER }, { "cycle", "cycle", CTL_NUMBER },
        { "dueAt", "due", CTL_TIME },         { "strictest", "counts", CTL_BOOL },
        { "breached", "breached", CTL_BOOL }, { "policy", "policy", CTL_TEXT },
        { "startedAt", "started", CTL_TIME }, { "provisional", "provisional", CTL_BOOL },
        { "tenant", "tenant", CTL_TEXT },
    };
    const char *within = ctl_option(c, "due-within");
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int64_t within_s = 86400, limit;
    struct ctl_rows *rows;
    int status;

    if (within && !read_within(within, &within_s))
        return ctl_fail(CTL_USAGE, "--due-within: found \"%.40s\"; allowed is a time such as 30m, 2h or 3d", within);
    if (!ctl_option_int(c, "limit", 1, 1000000, 100, &limit))
        return CTL_USAGE;
    status = list(c, within_s, limit, &r);
    if (status)
        return status;
    rows = ctl_rows_new(c, columns, sizeof columns / sizeof *columns);
    for (int i = 0; i < pg_rows(r); i++) {
        ctl_add_text(rows, pg_text(r, i, 0));
        ctl_add_text(rows, pg_text(r, i, 1));
        ctl_add_text(rows, pg_text(r, i, 10));
        ctl_add_text(rows, pg_text(r, i, 3));
        add_work_order(rows, pg_int4(r, i, 11));
        ctl_add_int(rows, pg_int4(r, i, 4));
        ctl_add_time(rows, pg_time_us(r, i, 5));
        ctl_add_bool(rows, pg_bool(r, i, 12));
        ctl_add_bool(rows, pg_bool(r, i, 6));
        ctl_add_text(rows, pg_text(r, i, 2));
        ctl_add_time(rows, pg_time_us(r, i, 7));
        ctl_add_bool(rows, pg_bool(r, i, 8));
        ctl_add_text(rows, pg_text(r, i, 9));
    }
    ctl_rows_end(rows);
    return CTL_OK;
}

const struct ctl_command clocks_commands[] = {
    {
        .name = "policy apply",
        .arguments = "DIR",
        .summary = "promise what a tenant's commitments.yaml says",
        .details =
            "DIR is the tenant's folder. Its calendars and policies are checked together and written in one\n"
            "transaction; the watchdog takes them up by itself. A version of a policy never changes once it is\n"
            "there (status 4): count it up. Clocks that run keep the version they began with, unless --to-running\n"
            "moves them on purpose; a calendar that changes moves them always. Each due instant that moves is told\n"
            "with its reason. The same files again change nothing.\n\n"
            "Example:\n"
            "  redressctl policy apply deploy/demo.d/tenant",
        .options = { { "to-running", "REASON", "move running clocks to the new versions too, for this reason" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_apply,
    },
    {
        .name = "policy explain",
        .arguments = "NUMBER|ID",
        .summary = "draw a complaint's line of time: clocks, warnings, due instants, ladder",
        .details =
            "With --days also how each running clock comes to its due instant: every day with what it was and whether\n"
            "it counted, and the pauses.\n\n"
            "Where several policies bind the same step, its clocks stand together and the one that counts is marked: "
            "of\n"
            "those that run, the one that is due first. Below: how often the complaint was passed on, and how long it\n"
            "was between departments. With --output json or jsonl: what clocks show gives.",
        .options = { { "days", NULL, "every day on the way to each due instant" },
                     { "tenant", "CODE", "whose number it is, where several tenants have it" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_explain,
    },
    {
        .name = "clocks show",
        .arguments = "NUMBER|ID",
        .summary = "show every clock of a complaint, in all its cycles",
        .details = "Clocks of the same step stand together. \"counts\" (JSON: strictest): of the running clocks of its "
                   "step none\n"
                   "is due earlier. \"order\" (workOrder) is the number of the work order that a clock is about. Below "
                   "the table,\n"
                   "in JSON with each clock (bounces, betweenSeconds): how often the complaint was passed on, and how "
                   "long it was\n"
                   "between departments.",
        .options = { { "tenant", "CODE", "whose number it is, where several tenants have it" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_show,
    },
    {
        .name = "clocks list",
        .arguments = "",
        .summary = "list running clocks that are due soon or overdue, the most urgent first",
        .details =
            "One line for each promise: where several policies bind the same step, the clock that counts, which is\n"
            "the one that is due first. --all shows the others too.\n\n"
            "Example:\n"
            "  redressctl clocks list --due-within 2h --project YHHY",
        .options = { { "due-within", "TIME", "30m, 2h or 3d; default: 1d" },
                     { "tenant", "CODE", "of this tenant only" },
                     { "project", "CODE", "of this project only" },
                     { "all", NULL, "those that do not count for their step, too" },
                     { "limit", "N", "at most so many; default: 100" } },
        .run = cmd_list,
    },
    { 0 },
};
