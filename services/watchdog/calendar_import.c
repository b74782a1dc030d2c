#include "calendar_import.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/error.h"

const char *const calendar_source_names[4] = { "holiday-cn", "chinese-days", "ics", NULL };

struct import {
    struct arena *arena;
    const char *file;
    struct imported_days *days;
};

static void add(struct import *im, int32_t day, bool work, const char *name, size_t name_len)
{
    struct imported_days *d = im->days;

    if (d->count == d->room) {
        size_t room = d->room ? 2 * d->room : 256;
        struct imported_day *grown = arena_array(im->arena, struct imported_day, room);

        if (d->count)
            memcpy(grown, d->items, d->count * sizeof *grown);
        d->items = grown;
        d->room = room;
    }
    d->items[d->count++] = (struct imported_day){
        .day = day,
        .work = work,
        .name = name_len ? arena_strndup(im->arena, name, name_len) : NULL,
        .file = im->file,
    };
}

/* ---- JSON ---- */

static int parse_json(struct import *im, const char *text, size_t len, json_t **ret)
{
    json_error_t e;

    *ret = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (!*ret)
        return err_set(ERR_POISON, "%s:%d:%d: not JSON: %s", im->file, e.line, e.column, e.text);
    if (!json_is_object(*ret))
        return err_set(ERR_POISON, "%s: found no JSON object", im->file);
    return 0;
}

static int import_holiday_cn(struct import *im, const char *text, size_t len)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    const json_t *days, *d;
    size_t i;

    if (parse_json(im, text, len, &root) < 0)
        return ERR_POISON;
    days = json_object_get(root, "days");
    if (!json_is_array(days))
        return err_set(ERR_POISON, "%s: found no list \"days\"; is this holiday-cn's format?", im->file);
    json_array_foreach (days, i, d) {
        const char *date = json_string_value(json_object_get(d, "date"));
        const char *name = json_string_value(json_object_get(d, "name"));
        const json_t *off = json_object_get(d, "isOffDay");
        int32_t day;

        if (!date || !calendar_date_parse(date, strlen(date), &day))
            return err_set(ERR_POISON, "%s: days[%zu].date: found \"%.40s\"; allowed is a date such as 2026-10-01",
                           im->file, i + 1, date ? date : "");
        if (!json_is_boolean(off))
            return err_set(ERR_POISON, "%s: days[%zu].isOffDay: allowed is true or false", im->file, i + 1);
        add(im, day, json_is_false(off), name, name ? strlen(name) : 0);
    }
    return 0;
}

/* "Spring Festival,春节,4": English, Chinese, days. */
static struct str chinese_name(const char *value)
{
    const char *comma = strchr(value, ','), *begin = comma ? comma + 1 : value, *end = strchr(begin, ',');

    return (struct str){ begin, end ? (size_t)(end - begin) : strlen(begin) };
}

static int import_chinese_days(struct import *im, const char *text, size_t len)
{
    static const char *const keys[] = { "holidays", "workdays" };
    _cleanup_(json_decrefp) json_t *root = NULL;
    const char *date;
    json_t *value;

    if (parse_json(im, text, len, &root) < 0)
        return ERR_POISON;
    for (int i = 0; i < 2; i++) {
        json_t *days = json_object_get(root, keys[i]);

        if (!json_is_object(days))
            return err_set(ERR_POISON, "%s: found no object \"%s\"; is this chinese-days' format?", im->file, keys[i]);
        json_object_foreach(days, date, value)
        {
            struct str name = chinese_name(json_is_string(value) ? json_string_value(value) : "");
            int32_t day;

            if (!calendar_date_parse(date, strlen(date), &day))
                return err_set(ERR_POISON, "%s: %s: found \"%.40s\"; allowed is a date such as 2026-10-01", im->file,
                               keys[i], date);
            add(im, day, i == 1, name.data, name.len);
        }
    }
    return 0;
}

/* ---- ICS (RFC 5545) ---- */

struct ics {
    struct import *import;
    const char *text;
    size_t len, at;
    unsigned line;       /* of the physical line that `next` begins at */
    unsigned first_line; /* of the logical line in `buf` */
    struct strbuf buf;
};

struct event {
    bool open, timed, has_end, has_duration;
    int32_t first, end; /* end is the day after the last */
    bool has_first;
    const char *summary;
    unsigned line;
};

/* The next logical line, continuation lines joined; false at the end. */
static bool next_line(struct ics *s)
{
    bool any = false;

    strbuf_reset(&s->buf);
    s->first_line = s->line + 1;
    while (s->at < s->len && (!any || s->text[s->at] == ' ' || s->text[s->at] == '\t')) {
        const char *begin = s->text + s->at + (any ? 1 : 0), *end = memchr(begin, '\n', s->len - s->at - (any ? 1 : 0));
        size_t len = end ? (size_t)(end - begin) : s->len - (size_t)(begin - s->text);

        s->at = (size_t)(begin - s->text) + len + (end ? 1 : 0);
        s->line++;
        strbuf_add(&s->buf, begin, len > 0 && begin[len - 1] == '\r' ? len - 1 : len);
        any = true;
    }
    return any;
}

/* The value of a property of this name, parameters passed over; NULL if the line is another one. */
static const char *value_of(const char *line, const char *name)
{
    size_t n = strlen(name);
    bool quoted = false;

    if (strncasecmp(line, name, n) != 0 || (line[n] != ':' && line[n] != ';'))
        return NULL;
    for (line += n; *line && (quoted || *line != ':'); line++)
        if (*line == '"')
            quoted = !quoted;
    return *line == ':' ? line + 1 : NULL;
}

static int read_ics_date(struct ics *s, const char *value, int32_t *ret, bool *ret_timed)
{
    char date[CALENDAR_DATE_SIZE];
    size_t n = strspn(value, "0123456789");

    *ret_timed = n == 8 && value[8] == 'T';
    if (n == 8 && (value[8] == '\0' || *ret_timed)) {
        snprintf(date, sizeof date, "%.4s-%.2s-%.2s", value, value + 4, value + 6);
        if (calendar_date_parse(date, 10, ret))
            return 0;
    }
    return err_set(ERR_POISON, "%s:%u: found the date \"%.40s\"; allowed is one such as 20261001, from %d to %d",
                   s->import->file, s->first_line, value, CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR);
}

/* Takes the backslashes out. */
static const char *unescape(struct arena *a, const char *value)
{
    char *text = arena_strdup(a, value), *to = text;

    for (const char *from = text; *from; from++) {
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return text;
}

static bool cut_behind(struct str *s, const char *end)
{
    size_t n = strlen(end);

    if (s->len < n || memcmp(s->data + s->len - n, end, n) != 0)
        return false;
    s->len -= n;
    return true;
}

static bool cut_before(struct str *s, const char *begin)
{
    size_t n = strlen(begin);

    if (s->len < n || memcmp(s->data, begin, n) != 0)
        return false;
    s->data += n;
    s->len -= n;
    return true;
}

/* The holiday's name without the marks that say off or work: "元旦(休)", "国庆节（班）", "上班（春节）". */
static struct str name_of_summary(const char *summary)
{
    static const char *const marks[] = { "(休)", "（休）", "(班)", "（班）", "(补班)", "（补班）", "休", NULL };
    struct str s = str_from(summary);

    if (cut_before(&s, "上班") || cut_before(&s, "补班")) {
        if (!cut_before(&s, "（") || !cut_behind(&s, "）"))
            s.len = 0;
        return s;
    }
    for (int i = 0; marks[i]; i++)
        if (cut_behind(&s, marks[i]))
            break;
    while (s.len && s.data[s.len - 1] == ' ')
        s.len--;
    return s;
}

static bool summary_is_work(const char *summary)
{
    return strncmp(summary, "上班", strlen("上班")) == 0 || strncmp(summary, "补", strlen("补")) == 0 ||
           strstr(summary, "班") != NULL;
}

static int end_event(struct ics *s, struct event *e)
{
    const char *summary = e->summary ? e->summary : "";
    struct str name = name_of_summary(summary);

    e->open = false;
    if (e->timed)
        return 0; /* a meeting, not a day */
    if (!e->has_first)
        return err_set(ERR_POISON, "%s:%u: found an event without DTSTART", s->import->file, e->line);
    if (!e->has_end)
        e->end = e->first + 1;
    if (e->end <= e->first || e->end - e->first > 366)
        return err_set(ERR_POISON, "%s:%u: found an event of %d days; allowed are 1 to 366", s->import->file, e->line,
                       (int)(e->end - e->first));
    for (int32_t day = e->first; day < e->end; day++)
        add(s->import, day, summary_is_work(summary), name.data, name.len);
    return 0;
}

static int read_event_line(struct ics *s, struct event *e, const char *line)
{
    const char *value;
    bool timed = false;
    int r = 0;

    if ((value = value_of(line, "DTSTART"))) {
        r = read_ics_date(s, value, &e->first, &timed);
        e->has_first = true;
    } else if ((value = value_of(line, "DTEND"))) {
        r = read_ics_date(s, value, &e->end, &timed);
        e->has_end = true;
    } else if ((value = value_of(line, "SUMMARY"))) {
        e->summary = unescape(s->import->arena, value);
    } else if (value_of(line, "RRULE") || value_of(line, "RDATE") || value_of(line, "DURATION")) {
        return err_set(ERR_POISON, "%s:%u: found \"%.40s\"; allowed are events with DTSTART and DTEND only",
                       s->import->file, s->first_line, line);
    }
    e->timed = e->timed || timed;
    return r;
}

static int import_ics(struct import *im, const char *text, size_t len)
{
    struct ics s = { .import = im, .text = text, .len = len };
    struct event e = { 0 };
    bool calendar = false;
    int inner = 0; /* components inside the event: alarms */
    int r = 0;

    strbuf_init(&s.buf, im->arena);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        s.at = 3;
    while (r == 0 && next_line(&s)) {
        const char *line = s.buf.data, *begin = value_of(line, "BEGIN"), *end = value_of(line, "END");

        calendar = calendar || (begin && strcasecmp(begin, "VCALENDAR") == 0);
        if (!e.open && begin && strcasecmp(begin, "VEVENT") == 0)
            e = (struct event){ .open = true, .line = s.first_line };
        else if (e.open && begin)
            inner++;
        else if (e.open && end && inner > 0)
            inner--;
        else if (e.open && end)
            r = end_event(&s, &e);
        else if (e.open && inner == 0)
            r = read_event_line(&s, &e, line);
    }
    if (r == 0 && (!calendar || e.open))
        return err_set(ERR_POISON, "%s: %s", im->file,
                       calendar ? "the last event has no end" : "found no BEGIN:VCALENDAR");
    return r;
}

int calendar_import(struct arena *a, enum calendar_source source, const char *file, const char *text, size_t len,
                    struct imported_days *days)
{
    struct import im = { a, file, days };

    if (memchr(text, '\0', len) || !utf8_valid(text, len))
        return err_set(ERR_POISON, "%s: this is no UTF-8 text", file);
    switch (source) {
    case CALENDAR_HOLIDAY_CN:
        return import_holiday_cn(&im, text, len);
    case CALENDAR_CHINESE_DAYS:
        return import_chinese_days(&im, text, len);
    case CALENDAR_ICS:
        break;
    }
    return import_ics(&im, text, len);
}

/* ---- together ---- */

static int by_day(const void *a, const void *b)
{
    const struct imported_day *x = a, *y = b;

    return x->day < y->day ? -1 : x->day > y->day;
}

int calendar_import_merge(struct imported_days *days)
{
    size_t n = 0;

    if (days->count)
        qsort(days->items, days->count, sizeof *days->items, by_day);
    for (size_t i = 0; i < days->count; i++) {
        const struct imported_day *d = &days->items[i], *last = n ? &days->items[n - 1] : NULL;
        char date[CALENDAR_DATE_SIZE];

        if (!last || last->day != d->day) {
            days->items[n++] = *d;
        } else if (last->work != d->work) {
            calendar_date_format(d->day, date);
            return err_set(ERR_POISON, "%s is %s in %s and %s in %s", date, last->work ? "work" : "off", last->file,
                           d->work ? "work" : "off", d->file);
        } else if (!last->name) {
            days->items[n - 1].name = d->name;
        }
    }
    days->count = n;
    return 0;
}

static bool same_name(const struct imported_day *a, const struct imported_day *b)
{
    return a->name && b->name ? strcmp(a->name, b->name) == 0 : a->name == b->name;
}

static void write_dates(struct strbuf *out, int32_t first, int32_t last)
{
    char date[CALENDAR_DATE_SIZE];

    calendar_date_format(first, date);
    strbuf_printf(out, "  %s", date);
    if (last > first) {
        calendar_date_format(last, date);
        strbuf_printf(out, "..%s", date);
    }
    strbuf_adds(out, ": ");
}

static void write_runs(struct strbuf *out, const struct imported_days *days, bool names)
{
    for (size_t i = 0, j; i < days->count; i = j) {
        const struct imported_day *d = &days->items[i];

        for (j = i + 1; j < days->count && days->items[j].day == d->day + (int32_t)(j - i) &&
                        days->items[j].work == d->work && same_name(&days->items[j], d);)
            j++;
        if (names && !d->name)
            continue;
        write_dates(out, d->day, d->day + (int32_t)(j - i) - 1);
        if (names)
            strbuf_add_json(out, d->name, strlen(d->name));
        else
            strbuf_adds(out, d->work ? "work" : "off");
        strbuf_addc(out, '\n');
    }
}

void calendar_import_write(struct strbuf *out, const struct imported_days *days)
{
    bool named = false;

    for (size_t i = 0; i < days->count; i++)
        named = named || days->items[i].name;
    strbuf_adds(out, days->count ? "days:\n" : "days: {}\n");
    write_runs(out, days, false);
    if (named)
        strbuf_adds(out, "names:\n");
    write_runs(out, days, true);
}
