/* Calendars as ICS, for whoever subscribes with an ordinary calendar program. */
#include <string.h>

#include "calendar_import.h"
#include "common/base/clock.h"

static void add_date(struct strbuf *out, const char *name, int32_t day)
{
    unsigned m, d;
    int y;

    civil_from_days(day, &y, &m, &d);
    strbuf_printf(out, "%s;VALUE=DATE:%04d%02u%02u\r\n", name, y, m, d);
}

/* Text as RFC 5545 has it: backslashes before what separates. */
static void add_text(struct strbuf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\;,", *text))
            strbuf_addc(out, '\\');
        strbuf_addc(out, *text);
    }
}

/* Folds the line that begins at `from` where it is longer than 75 bytes, between characters. */
static void fold(struct strbuf *out, size_t from)
{
    struct strbuf folded;
    size_t width = 0;

    strbuf_init(&folded, out->arena);
    for (size_t i = from, n; i < out->len; i += n) {
        size_t at = i;

        utf8_next(out->data, out->len, &at);
        n = at - i;
        if (width + n > 75) {
            strbuf_adds(&folded, "\r\n ");
            width = 1;
        }
        strbuf_add(&folded, out->data + i, n);
        width += n;
    }
    out->len = from;
    strbuf_add(out, folded.data, folded.len);
}

static void add_summary(struct strbuf *out, const struct calendar_day *d)
{
    const char *name = d->name ? d->name : "";
    size_t from = out->len;

    strbuf_adds(out, "SUMMARY:");
    if (d->hours.count == 0) {
        add_text(out, name);
        strbuf_adds(out, *name ? "（休）" : "休");
    } else {
        strbuf_adds(out, "上班");
        for (size_t i = 0; d->kind == DAY_HOURS && i < d->hours.count; i++)
            strbuf_printf(out, " %02u:%02u-%02u:%02u", d->hours.items[i].open / 60U, d->hours.items[i].open % 60U,
                          d->hours.items[i].close / 60U, d->hours.items[i].close % 60U);
        if (*name) {
            strbuf_adds(out, "（");
            add_text(out, name);
            strbuf_adds(out, "）");
        }
    }
    fold(out, from);
    strbuf_adds(out, "\r\n");
}

static bool same_day(const struct calendar_day *a, const struct calendar_day *b)
{
    bool named = a->name && b->name ? strcmp(a->name, b->name) == 0 : a->name == b->name;

    if (!named || a->kind != b->kind || a->hours.count != b->hours.count)
        return false;
    return a->hours.count == 0 || memcmp(a->hours.items, b->hours.items, a->hours.count * sizeof *a->hours.items) == 0;
}

void calendar_export_ics(struct strbuf *out, const struct calendar *c, int year)
{
    int32_t first = (int32_t)days_from_civil(year, 1, 1), end = (int32_t)days_from_civil(year + 1, 1, 1);
    char date[CALENDAR_DATE_SIZE];

    strbuf_adds(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Redress//calendar//ZH\r\nCALSCALE:GREGORIAN\r\n");
    for (int32_t day = first, next; day < end; day = next) {
        struct calendar_day d = calendar_day(&c->facts, day), other;

        next = day + 1;
        if (d.kind == DAY_WEEK)
            continue;
        while (next < end && (other = calendar_day(&c->facts, next), same_day(&d, &other)))
            next++;
        calendar_date_format(day, date);
        strbuf_printf(out, "BEGIN:VEVENT\r\nUID:%s@redress\r\nDTSTAMP:%04d0101T000000Z\r\n", date, year);
        add_date(out, "DTSTART", day);
        add_date(out, "DTEND", next);
        add_summary(out, &d);
        strbuf_adds(out, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n");
    }
    strbuf_adds(out, "END:VCALENDAR\r\n");
}
