/* Days off and make-up workdays from what others publish, and back: holiday-cn JSON, chinese-days JSON, ICS. No I/O. */
#pragma once

#include "calendar.h"
#include "common/base/str.h"

enum calendar_source { CALENDAR_HOLIDAY_CN, CALENDAR_CHINESE_DAYS, CALENDAR_ICS };

struct imported_day {
    int32_t day;
    bool work;
    const char *name; /* NULL without one */
    const char *file;
};

struct imported_days {
    struct imported_day *items;
    size_t count, room;
};

/* "holiday-cn", "chinese-days", "ics", then NULL. */
extern const char *const calendar_source_names[4];

/* Adds what a file says; all texts go to the arena. 0; ERR_POISON: err_text() says what is wrong and where.
 * Of ICS, events of whole days: work where the summary begins with 上班 or 补 or holds 班, else off. */
int calendar_import(struct arena *a, enum calendar_source source, const char *file, const char *text, size_t len,
                    struct imported_days *days);
/* Sorts, and drops what is there twice. ERR_POISON: a date is off by one file and work by another. */
int calendar_import_merge(struct imported_days *days);
/* The `days` (and `names`) of a calendar file, runs of dates as ranges. */
void calendar_import_write(struct strbuf *out, const struct imported_days *days);

/* The year's days off, make-up workdays and other hours as ICS. */
void calendar_export_ics(struct strbuf *out, const struct calendar *c, int year);
