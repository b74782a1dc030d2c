#include "calendar_print.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"

static const char *const weekdays_chinese[] = { "一", "二", "三", "四", "五", "六", "日" };

static const char *hours_text(struct arena *a, struct hours_list hours)
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    for (size_t i = 0; i < hours.count; i++)
        strbuf_printf(&b, "%s%02d:%02d-%02d:%02d", i ? " " : "", hours.items[i].open / 60, hours.items[i].open % 60,
                      hours.items[i].close / 60, hours.items[i].close % 60);
    return hours.count ? b.data : "";
}

/* "7:30:00.000001"; seconds only where there are any. */
static const char *span_text(struct arena *a, int64_t us)
{
    long long s = us / 1000000, rest = us % 1000000;
    char *text = arena_printf(a, "%lld:%02lld", s / 3600, s / 60 % 60);

    if (s % 60 || rest)
        text = arena_printf(a, "%s:%02lld", text, s % 60);
    return rest ? arena_printf(a, "%s.%06lld", text, rest) : text;
}

static const char *time_text(struct arena *a, const struct zone *z, int64_t at_us)
{
    char text[ZONE_TIME_SIZE];

    if (at_us == CLOCK_NEVER)
        return "…";
    zone_format(z, at_us, text);
    return arena_printf(a, "%s 周%s", text, weekdays_chinese[calendar_weekday(zone_date(z, at_us))]);
}

/* ---- a due instant ---- */

static const char *role_text(struct arena *a, const struct clock_day *d)
{
    static const char *const texts[] = {
        [CLOCK_DAY_START] = "起算日 start",
        [CLOCK_DAY_WORK] = "工作日 work",
        [CLOCK_DAY_MAKE_UP] = "调休上班 make-up",
        [CLOCK_DAY_HOURS] = "其他时间 other hours",
        [CLOCK_DAY_OFF] = "休 off",
        [CLOCK_DAY_PAUSED] = "暂停 paused",
    };

    return d->is.name ? arena_printf(a, "%s（%s）", texts[d->role], d->is.name) : texts[d->role];
}

static void print_head(struct ctl *c, const struct due_query *q, const struct due_answer *answer)
{
    const struct zone *z = &q->clock.calendar->facts.zone;
    struct limit l = q->clock.limit;

    printf("起算 start   %s\n", time_text(c->arena, z, q->clock.start_us));
    printf("时限 limit   %d %s (%d %s)\n", (int)l.count, limit_unit_chinese(l.unit), (int)l.count,
           limit_unit_english(l.unit));
    for (size_t i = 0; i < q->clock.pause_count; i++)
        printf("暂停 paused  %s — %s\n", time_text(c->arena, z, q->clock.pauses[i].from_us),
               time_text(c->arena, z, q->clock.pauses[i].to_us));
    if (answer->paused)
        printf("到期 due     暂停中，恢复后才有到期时间 (paused without end: no due instant until it resumes)\n");
    else
        printf("到期 due     %s%s\n", time_text(c->arena, z, answer->due_us),
               answer->provisional ? "  暂定：放假安排尚未公布 (provisional: holidays not yet published)" : "");
    for (size_t i = 0; i < q->percent_count && !answer->paused; i++)
        printf("%9d %%  %s\n", q->percents[i], time_text(c->arena, z, answer->points[i]));
    putchar('\n');
}

void calendar_print_due(struct ctl *c, const struct due_query *q, const struct due_answer *answer)
{
    static const struct ctl_column columns[] = {
        { "date", "日期 date", CTL_TEXT }, { "weekday", "星期", CTL_TEXT },
        { "is", "性质 what", CTL_TEXT },   { "counted", "计入 counted", CTL_TEXT },
        { "ran", "计时 ran", CTL_TEXT },   { "hours", "工作时间 hours", CTL_TEXT },
    };
    bool days = q->clock.limit.unit == LIMIT_WORKING_DAYS;
    struct ctl_rows *rows;
    int counted = 0;

    print_head(c, q, answer);
    rows = ctl_rows_new(c, columns, 6);
    for (size_t i = 0; i < answer->day_count; i++) {
        const struct clock_day *d = &answer->days[i];
        char date[CALENDAR_DATE_SIZE];

        calendar_date_format(d->day, date);
        counted += d->counted;
        ctl_add_text(rows, arena_strdup(c->arena, date));
        ctl_add_text(rows, arena_printf(c->arena, "周%s", weekdays_chinese[calendar_weekday(d->day)]));
        ctl_add_text(rows, role_text(c->arena, d));
        ctl_add_text(rows, !d->counted ? "—" : days ? arena_printf(c->arena, "第 %d", counted) : "是 yes");
        ctl_add_text(rows, d->ran_us ? span_text(c->arena, d->ran_us) : "—");
        ctl_add_text(rows, hours_text(c->arena, d->is.hours));
    }
    ctl_rows_end(rows);
}

/* ---- a summary ---- */

struct year_count {
    int working, off, make_up, other;
};

static struct year_count count_year(const struct calendar *cal, int year)
{
    int32_t end = (int32_t)days_from_civil(year + 1, 1, 1);
    struct year_count n = { 0 };

    for (int32_t day = (int32_t)days_from_civil(year, 1, 1); day < end; day++) {
        struct calendar_day d = calendar_day(&cal->facts, day);

        n.working += d.hours.count > 0;
        n.off += d.kind == DAY_OFF;
        n.make_up += d.kind == DAY_MAKE_UP;
        n.other += d.kind == DAY_HOURS;
    }
    return n;
}

static int year_of(int32_t day)
{
    unsigned m, d;
    int y;

    civil_from_days(day, &y, &m, &d);
    return y;
}

static void print_count(int year, struct year_count n)
{
    printf("  %d: 工作日 %d，放假 %d，调休上班 %d，其他时间 %d (%d working days, %d off, %d make-up, %d other hours)\n",
           year, n.working, n.off, n.make_up, n.other, n.working, n.off, n.make_up, n.other);
}

void calendar_print_summary(struct ctl *c, const char *file, const struct calendar *cal)
{
    const struct calendar_facts *f = &cal->facts;
    char known[CALENDAR_DATE_SIZE] = "—";
    int first = 0, last = -1;

    (void)c;
    if (f->has_known_until)
        calendar_date_format(f->known_until, known);
    printf("%s: 正确 ok\n  时区 zone %s (tz %s)，已公布至 known until %s\n", file, f->zone.name, zone_edition(), known);
    if (f->rule_count) {
        first = year_of(f->rules[0].first);
        last = year_of(f->rules[f->rule_count - 1].last);
    }
    for (int year = first; year <= last; year++)
        print_count(year, count_year(cal, year));
}

/* ---- a year ---- */

/* Two columns behind the number of a day. */
static const char *mark_of(const struct calendar_day *d)
{
    switch (d->kind) {
    case DAY_OFF:
        return "休";
    case DAY_MAKE_UP:
        return "班";
    case DAY_HOURS:
        return "时";
    case DAY_WEEK:
        break;
    }
    return d->hours.count ? "  " : "· ";
}

static const char *color_of(const struct calendar_day *d, bool color)
{
    if (!color)
        return "";
    if (d->kind == DAY_HOURS)
        return "\033[33m";
    return d->hours.count == 0 ? "\033[31m" : d->kind == DAY_MAKE_UP ? "\033[1;34m" : "";
}

/* One week of a month, 35 columns; empty where the month has no such week. */
static void print_week(const struct calendar *cal, int year, unsigned month, int week, bool color)
{
    int32_t first = (int32_t)days_from_civil(year, month, 1);
    int32_t end = (int32_t)days_from_civil(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1);
    int32_t monday = first - calendar_weekday(first) + 7 * week;

    for (int32_t day = monday; day < monday + 7; day++) {
        struct calendar_day d = calendar_day(&cal->facts, day);
        const char *paint = color_of(&d, color);

        if (day < first || day >= end)
            fputs("     ", stdout);
        else
            printf("%s%2d%s%s ", paint, day - first + 1, mark_of(&d), *paint ? "\033[0m" : "");
    }
}

static void print_months(const struct calendar *cal, int year, unsigned month, bool color)
{
    printf("%2u 月%30s  %2u 月\n", month, "", month + 1);
    for (int half = 0; half < 2; half++) {
        for (int i = 0; i < 7; i++)
            printf("%s   ", weekdays_chinese[i]);
        fputs(half ? "\n" : "  ", stdout);
    }
    for (int week = 0; week < 6; week++) {
        print_week(cal, year, month, week, color);
        fputs("  ", stdout);
        print_week(cal, year, month + 1, week, color);
        putchar('\n');
    }
}

static const char *kind_text(const struct calendar_day *d)
{
    switch (d->kind) {
    case DAY_OFF:
        return "off";
    case DAY_MAKE_UP:
        return "make_up";
    case DAY_HOURS:
        return "other_hours";
    case DAY_WEEK:
        break;
    }
    return d->hours.count ? "work" : "weekend";
}

static void print_rows(struct ctl *c, const struct calendar *cal, int year)
{
    static const struct ctl_column columns[] = {
        { "date", "date", CTL_TEXT }, { "weekday", "weekday", CTL_TEXT }, { "is", "is", CTL_TEXT },
        { "work", "work", CTL_BOOL }, { "hours", "hours", CTL_TEXT },     { "name", "name", CTL_TEXT },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 6);
    int32_t end = (int32_t)days_from_civil(year + 1, 1, 1);

    for (int32_t day = (int32_t)days_from_civil(year, 1, 1); day < end; day++) {
        struct calendar_day d = calendar_day(&cal->facts, day);
        char date[CALENDAR_DATE_SIZE];

        calendar_date_format(day, date);
        ctl_add_text(rows, arena_strdup(c->arena, date));
        ctl_add_text(rows, calendar_weekdays[calendar_weekday(day)]);
        ctl_add_text(rows, kind_text(&d));
        ctl_add_bool(rows, d.hours.count > 0);
        ctl_add_text(rows, hours_text(c->arena, d.hours));
        ctl_add_text(rows, d.name);
    }
    ctl_rows_end(rows);
}

void calendar_print_year(struct ctl *c, const struct calendar *cal, int year)
{
    bool color = isatty(STDOUT_FILENO);

    if (c->output != CTL_TABLE) {
        print_rows(c, cal, year);
        return;
    }
    printf("%d 年  %s\n\n", year, cal->facts.zone.name);
    for (unsigned month = 1; month <= 12; month += 2)
        print_months(cal, year, month, color);
    printf("休 放假 off   班 调休上班 make-up   时 其他时间 other hours   · 周末 weekend\n");
    print_count(year, count_year(cal, year));
    if (cal->facts.has_known_until && cal->facts.known_until < (int32_t)days_from_civil(year, 12, 31))
        printf("  该年放假安排尚未公布，期限为暂定 (not published yet: deadlines are provisional)\n");
}
