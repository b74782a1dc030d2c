/* calendar: working days and promised times, without any server. The definitions are in docs/clocks.md. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calendar_print.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "ctl.h"
#include "due_query.h"
#include "services/watchdog/calendar_import.h"

#define LINE_MAX_BYTES ((size_t)4 << 20)
#define FILE_MAX_BYTES ((size_t)16 << 20)

/* Each calendar of the command is good for all years that there are. */
static int load_calendar(struct ctl *c, const char *path, struct calendar *ret)
{
    int r = calendar_load_file(c->arena, path, CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR, ret);

    return r < 0 ? ctl_fail_err(r) : CTL_OK;
}

/* ---- due: lines ---- */

struct lines {
    const struct calendar *calendar;
    struct arena arena; /* of one line */
    char *buf;          /* what was read and not yet answered */
    size_t len, room;
    long long line;
    bool too_long; /* the rest of this line is thrown away */
    bool failed;
};

static void answer_line(struct lines *l, const char *text, size_t len)
{
    struct due_query q;
    struct due_answer answer;
    struct strbuf out;
    int r = 0;

    arena_reset(&l->arena);
    strbuf_init(&out, &l->arena);
    l->line++;
    if (len > 0 && text[len - 1] == '\r')
        len--;
    if (l->too_long || len > LINE_MAX_BYTES)
        r = err_set(ERR_POISON, "the line is longer than %zu bytes", LINE_MAX_BYTES);
    if (r == 0)
        r = due_query_read(&l->arena, l->calendar, text, len, &q);
    if (r == 0)
        r = due_query_answer(&l->arena, &q, &answer);
    if (r == 0) {
        due_answer_write(&out, &q, &answer);
    } else {
        l->failed = true;
        strbuf_adds(&out, "{\"error\":");
        strbuf_add_json(&out, err_text(), strlen(err_text()));
        strbuf_printf(&out, ",\"line\":%lld}", l->line);
    }
    strbuf_addc(&out, '\n');
    fwrite(out.data, 1, out.len, stdout);
    l->too_long = false;
}

/* Answers all whole lines of the buffer and keeps the rest. */
static void answer_buffer(struct lines *l)
{
    char *at = l->buf, *end = l->buf + l->len, *newline;

    while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
        size_t len = (size_t)(newline - at);

        answer_line(l, at, len);
        at = newline + 1;
    }
    l->len = (size_t)(end - at);
    memmove(l->buf, at, l->len);
    if (l->len > LINE_MAX_BYTES + 1) { /* the last byte may be a CR */
        l->too_long = true;
        l->len = 0;
    }
}

/* Answers are flushed before more is waited for: whoever asks line by line gets each answer at once. */
static int answer_all(struct lines *l)
{
    for (;;) {
        ssize_t n;

        if (l->room - l->len < 65536) {
            char *grown = realloc(l->buf, l->room + LINE_MAX_BYTES / 8);

            if (!grown)
                return ctl_fail(CTL_FAILURE, "out of memory");
            l->buf = grown;
            l->room += LINE_MAX_BYTES / 8;
        }
        if (fflush(stdout) != 0)
            return ctl_fail(CTL_FAILURE, "cannot write the answers: %m");
        n = read(STDIN_FILENO, l->buf + l->len, l->room - l->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ctl_fail(CTL_FAILURE, "cannot read standard input: %m");
        if (n == 0)
            break;
        l->len += (size_t)n;
        answer_buffer(l);
    }
    if (l->len > 0 || l->too_long)
        answer_line(l, l->buf, l->len);
    return l->failed ? CTL_FAILURE : CTL_OK;
}

static int due_lines(const struct calendar *cal)
{
    struct lines l = { .calendar = cal };
    int status;

    arena_init(&l.arena, 0);
    status = answer_all(&l);
    arena_done(&l.arena);
    free(l.buf);
    return status;
}

/* ---- due: one, explained ---- */

/* --from: with its offset, or the calendar's local time down to the minute or second. */
static int read_from(const struct calendar *cal, const char *text, int64_t *ret_us)
{
    size_t len = strlen(text);
    char whole[40];
    int64_t local;

    if (rfc3339_parse(text, len, ret_us))
        return 0;
    if (len == 16 || len == 19) {
        snprintf(whole, sizeof whole, "%s%sZ", text, len == 16 ? ":00" : "");
        if (whole[10] == ' ')
            whole[10] = 'T';
        if (rfc3339_parse(whole, strlen(whole), &local)) {
            *ret_us = zone_utc(&cal->facts.zone, local, ZONE_OPENING);
            return 0;
        }
    }
    return err_set(ERR_POISON,
                   "--from: found \"%.40s\"; allowed is a time such as 2026-09-18T15:00:00+08:00, or "
                   "2026-09-18T15:00 in the calendar's zone",
                   text);
}

/* --pause A/B,A/B; nothing behind the last '/': without end. */
static int read_pauses(struct ctl *c, const char *text, struct clock *clock)
{
    struct pause *pauses = arena_array(c->arena, struct pause, strlen(text) / 2 + 1);
    size_t n = 0;

    while (*text) {
        size_t len = strcspn(text, ","), first = strcspn(text, "/,");
        struct pause *p = &pauses[n++];

        if (first == len)
            return err_set(ERR_POISON, "--pause: found \"%.*s\"; allowed is FROM/TO, or FROM/ for a pause without end",
                           (int)(len < 80 ? len : 80), text);
        p->to_us = CLOCK_NEVER;
        if (due_read_time("--pause", text, first, &p->from_us) < 0 ||
            (first + 1 < len && due_read_time("--pause", text + first + 1, len - first - 1, &p->to_us) < 0) ||
            due_check_pause(n, p) < 0)
            return ERR_POISON;
        text += len + (text[len] == ',');
    }
    clock->pauses = pauses;
    clock->pause_count = clock_pauses_merge(pauses, n, clock->start_us);
    return 0;
}

static int read_percents(const char *text, struct due_query *q)
{
    while (*text) {
        size_t len = strcspn(text, ",");
        char number[8];
        int64_t percent;

        snprintf(number, sizeof number, "%.*s", (int)(len < 7 ? len : 7), text);
        if (!parse_int64(number, 1, DUE_PERCENT_MAX, &percent))
            return err_set(ERR_POISON, "--percents: found \"%.*s\"; allowed are whole numbers from 1 to %d",
                           (int)(len < 40 ? len : 40), text, DUE_PERCENT_MAX);
        if (due_add_percent(q, percent) < 0)
            return ERR_POISON;
        text += len + (text[len] == ',');
    }
    return 0;
}

static int due_one(struct ctl *c, const struct calendar *cal)
{
    const char *from = ctl_option(c, "from"), *limit = ctl_option(c, "limit"), *pauses = ctl_option(c, "pause"),
               *percents = ctl_option(c, "percents");
    struct due_query *q = arena_new(c->arena, struct due_query);
    struct due_answer *answer = arena_new(c->arena, struct due_answer);
    struct strbuf out;

    if (!from || !limit)
        return ctl_fail(CTL_USAGE, "calendar due needs --from and --limit, or --jsonl");
    q->clock.calendar = cal;
    q->explain = true;
    if (read_from(cal, from, &q->clock.start_us) < 0 || limit_parse(limit, strlen(limit), &q->clock.limit) < 0 ||
        (pauses && read_pauses(c, pauses, &q->clock) < 0) || (percents && read_percents(percents, q) < 0))
        return ctl_fail(CTL_USAGE, "%s", err_text());
    if (due_query_answer(c->arena, q, answer) < 0)
        return ctl_fail_err(ERR_POISON);
    if (c->output == CTL_TABLE) {
        calendar_print_due(c, q, answer);
        return CTL_OK;
    }
    strbuf_init(&out, c->arena);
    due_answer_write(&out, q, answer);
    puts(out.data);
    return CTL_OK;
}

static int cmd_due(struct ctl *c)
{
    const char *path = ctl_option(c, "calendar");
    struct calendar cal;
    int status;

    if (!path)
        return ctl_fail(CTL_USAGE, "calendar due needs --calendar FILE");
    if (ctl_option(c, "jsonl") &&
        (ctl_option(c, "from") || ctl_option(c, "limit") || ctl_option(c, "pause") || ctl_option(c, "percents")))
        return ctl_fail(CTL_USAGE, "with --jsonl each line of standard input says from, limit, pauses and percents");
    status = load_calendar(c, path, &cal);
    if (status)
        return status;
    return ctl_option(c, "jsonl") ? due_lines(&cal) : due_one(c, &cal);
}

/* ---- check, show, export ---- */

static int cmd_check(struct ctl *c)
{
    const char *on = ctl_option(c, "on");
    int64_t now = clock_wall_us();
    int32_t day;
    int missing;
    struct calendar cal;
    int status = CTL_OK;

    if (on && !calendar_date_parse(on, strlen(on), &day))
        return ctl_fail(CTL_USAGE, "--on: found \"%s\"; allowed is a date such as 2026-11-01", on);
    for (int i = 0; i < c->argc; i++) {
        if (load_calendar(c, c->argv[i], &cal) != CTL_OK) {
            status = CTL_FAILURE;
            continue;
        }
        if (on)
            now = zone_utc(&cal.facts.zone, day * DAY_US, ZONE_OPENING);
        missing = calendar_missing_year(&cal, now);
        calendar_print_summary(c, c->argv[i], &cal);
        if (missing)
            fprintf(stderr,
                    "%s: 缺少 %d 年的放假安排，之后的期限均为暂定 (warning: known_until does not cover %d; later "
                    "deadlines are provisional)\n",
                    c->argv[i], missing, missing);
    }
    return status;
}

/* --year, within the calendar's. */
static bool year_option(struct ctl *c, int *ret)
{
    int64_t year;

    if (!ctl_option(c, "year")) {
        ctl_fail(CTL_USAGE, "%s needs --year YYYY", c->command->name);
        return false;
    }
    if (!ctl_option_int(c, "year", CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR, 0, &year))
        return false;
    *ret = (int)year;
    return true;
}

static int cmd_show(struct ctl *c)
{
    struct calendar cal;
    int year, status;

    if (!year_option(c, &year))
        return CTL_USAGE;
    status = load_calendar(c, c->argv[0], &cal);
    if (status == CTL_OK)
        calendar_print_year(c, &cal, year);
    return status;
}

static int cmd_export(struct ctl *c)
{
    struct calendar cal;
    struct strbuf out;
    int year, status;

    if (!year_option(c, &year))
        return CTL_USAGE;
    status = load_calendar(c, c->argv[0], &cal);
    if (status)
        return status;
    strbuf_init(&out, c->arena);
    calendar_export_ics(&out, &cal, year);
    fwrite(out.data, 1, out.len, stdout);
    return CTL_OK;
}

/* ---- import ---- */

static void closep(int *fd)
{
    if (*fd > STDIN_FILENO)
        close(*fd);
}

static int read_file(struct arena *a, const char *path, struct str *ret)
{
    _cleanup_(closep) int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct strbuf text;
    char chunk[65536];
    ssize_t n;

    if (fd < 0)
        return err_set(ERR_FATAL, "%s: %m", path);
    strbuf_init(&text, a);
    while ((n = read(fd, chunk, sizeof chunk)) > 0 && text.len <= FILE_MAX_BYTES)
        strbuf_add(&text, chunk, (size_t)n);
    if (n < 0)
        return err_set(ERR_FATAL, "%s: %m", path);
    if (text.len > FILE_MAX_BYTES)
        return err_set(ERR_POISON, "%s: larger than %zu bytes", path, FILE_MAX_BYTES);
    *ret = (struct str){ text.len ? text.data : "", text.len };
    return 0;
}

static bool source_option(struct ctl *c, enum calendar_source *ret)
{
    const char *from = ctl_option(c, "from");

    for (int i = 0; from && calendar_source_names[i]; i++)
        if (strcmp(calendar_source_names[i], from) == 0) {
            *ret = (enum calendar_source)i;
            return true;
        }
    ctl_fail(CTL_USAGE, "--from: found \"%s\"; allowed are holiday-cn, chinese-days, ics", from ? from : "");
    return false;
}

static int cmd_import(struct ctl *c)
{
    struct imported_days days = { 0 };
    enum calendar_source source;
    struct strbuf out;
    int r = 0;

    if (!source_option(c, &source))
        return CTL_USAGE;
    for (int i = 0; i < c->argc && r == 0; i++) {
        struct str text;

        r = read_file(c->arena, c->argv[i], &text);
        if (r == 0)
            r = calendar_import(c->arena, source, c->argv[i], text.data, text.len, &days);
    }
    if (r == 0)
        r = calendar_import_merge(&days);
    if (r < 0)
        return ctl_fail_err(r);
    strbuf_init(&out, c->arena);
    calendar_import_write(&out, &days);
    fwrite(out.data, 1, out.len, stdout);
    return CTL_OK;
}

const struct ctl_command calendar_commands[] = {
    {
        .name = "calendar due",
        .arguments = "",
        .summary = "when a promised time ends, and why",
        .details =
            "For people: the due instant with every day on the way to it. For programs, with --jsonl: one JSON\n"
            "object a line on standard input, one answer a line, in order:\n\n"
            "  {\"from\":\"2026-09-18T15:00:00+08:00\",\"limit\":\"5wd\",\"pauses\":[[\"...\",\"...\"]],"
            "\"percents\":[50,80]}\n"
            "  {\"due\":\"2026-09-24T17:30:00+08:00\",\"provisional\":false,\"at\":{\"50\":\"...\",\"80\":\"...\"}}"
            "\n\n"
            "A limit is Nm, Nh, Nd, Nwd or Nwh. A pause without end is [\"...\", null]. A bad line answers\n"
            "{\"error\":\"...\",\"line\":N}, and the command ends with 1.\n\n"
            "Example:\n"
            "  redressctl calendar due --calendar cn.yaml --from 2026-09-18T15:00 --limit 5wd",
        .options = { { "calendar", "FILE", "the calendar (YAML)" },
                     { "jsonl", NULL, "read questions from standard input, a JSON object a line" },
                     { "from", "TIME", "the start; without an offset in the calendar's zone" },
                     { "limit", "LIMIT", "30m, 24h, 7d, 5wd (working days) or 8wh (working hours)" },
                     { "pause", "A/B", "from A to B the clock stood still; A/ without end; several with commas" },
                     { "percents", "LIST", "also the instants of so many percent: 50,80,150" } },
        .max_arguments = 0,
        .run = cmd_due,
        .offline = true,
    },
    {
        .name = "calendar check",
        .arguments = "FILE...",
        .summary = "check calendars, and tell what is in them",
        .details =
            "Tells every mistake with its line and column, and ends with 1 if there is one. From 1 November on it\n"
            "warns where known_until does not cover the next year.",
        .options = { { "on", "DATE", "warn as on this date; default: today" } },
        .min_arguments = 1,
        .max_arguments = 1000,
        .run = cmd_check,
        .offline = true,
    },
    {
        .name = "calendar show",
        .arguments = "FILE",
        .summary = "draw a year of a calendar: days off, make-up workdays, other hours",
        .details = "With --output json or jsonl: each day of the year with what it is.",
        .options = { { "year", "YYYY", "the year" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_show,
        .offline = true,
    },
    {
        .name = "calendar import",
        .arguments = "FILE...",
        .summary = "make the days of a calendar from published holidays",
        .details =
            "Writes `days` and `names` for a calendar file to standard output. Of ICS files, events of whole days\n"
            "count: work where the summary begins with 上班 or 补 or holds 班, off otherwise.\n\n"
            "Example:\n"
            "  redressctl calendar import --from holiday-cn 2026.json 2027.json",
        .options = { { "from", "FORMAT", "holiday-cn, chinese-days or ics" } },
        .min_arguments = 1,
        .max_arguments = 1000,
        .run = cmd_import,
        .offline = true,
    },
    {
        .name = "calendar export",
        .arguments = "FILE",
        .summary = "write a year's days off and make-up workdays as ICS",
        .options = { { "year", "YYYY", "the year" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_export,
        .offline = true,
    },
    { 0 },
};
