/* Working days and hours: what people wrote in a calendar, and the tables made from it.
 *
 * docs/clocks.md defines all of it. `struct calendar_facts` is the file's content. calendar_prepare turns it into
 * sorted tables of UTC microseconds for a span of years, so that a due instant costs a few binary searches; a prepared
 * calendar never changes and may be read by many threads. Dates are days since 1970-01-01 (common/base/clock.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/zone/zone.h"

/* No instant outside these years is understood. */
#define CALENDAR_FIRST_YEAR 1970
#define CALENDAR_LAST_YEAR  2100

/* ---- what people wrote ---- */

/* A window of work [open, close), minutes after local midnight; 1440 is 24:00. */
struct hours {
    uint16_t open, close;
};

/* The windows of a day: sorted, without overlap. None: a day off. */
struct hours_list {
    const struct hours *items;
    size_t count;
};

enum day_kind {
    DAY_WEEK,    /* as the weekday has it */
    DAY_OFF,     /* a day off */
    DAY_MAKE_UP, /* "work": a make-up workday */
    DAY_HOURS,   /* other hours */
};

/* A line of `days`: these dates, both ends included. */
struct day_rule {
    int32_t first, last;
    enum day_kind kind;
    struct hours_list hours; /* of DAY_HOURS */
    unsigned line;           /* in the file; 0 without one */
};

/* A line of `names`: what these dates are called. */
struct day_name {
    int32_t first, last;
    const char *name;
    unsigned line;
};

struct calendar_facts {
    struct zone zone;
    struct hours_list week[7]; /* Monday first */
    struct hours_list make_up;
    bool ends_at_midnight; /* a counted working day ends at 24:00, not at the close of business */
    bool has_known_until;
    int32_t known_until;
    const struct day_rule *rules; /* sorted, without overlap */
    size_t rule_count;
    const struct day_name *names; /* sorted, without overlap */
    size_t name_count;
};

/* ---- the tables ---- */

struct window {
    int64_t open_us, close_us; /* [open, close), longer than nothing */
    int64_t before_us;         /* working time of the span before it opens */
};

struct calendar {
    struct calendar_facts facts;
    int32_t first_day, last_day;
    int64_t first_us, last_us; /* the span: from the first day's 00:00 to the last day's 24:00 */
    struct window *windows;    /* sorted, apart from each other */
    size_t window_count;
    int64_t *closes; /* when each working day ends, in the order of the days */
    size_t close_count;
    uint32_t *first_close; /* by day of the span: the first close of a later day */
    int64_t known_us;      /* the end of known_until; INT64_MAX without one */
};

/* 0; ERR_FATAL: the years are not within CALENDAR_FIRST_YEAR and CALENDAR_LAST_YEAR. The tables are in the arena; what
 * the facts point to must live as long. */
int calendar_prepare(struct arena *a, const struct calendar_facts *facts, int first_year, int last_year,
                     struct calendar *ret);

/* What a date is. */
struct calendar_day {
    enum day_kind kind;
    struct hours_list hours; /* none: not a working day */
    const char *name;        /* NULL without one */
};
struct calendar_day calendar_day(const struct calendar_facts *f, int32_t day);

/* 0 for Monday. */
int calendar_weekday(int32_t day);
/* "mon" ... "sun", then NULL. */
extern const char *const calendar_weekdays[8];

/* Working time of the span before an instant. */
int64_t calendar_worked_us(const struct calendar *c, int64_t at_us);
/* The first instant before which this much (> 0) was worked; false: not within the span. */
bool calendar_when_worked(const struct calendar *c, int64_t worked_us, int64_t *ret_us);
/* The first close (an index into closes) at or after an instant. */
size_t calendar_close_from(const struct calendar *c, int64_t at_us);

/* From 1 November a calendar should know the whole next year: the year that is missing at an instant, 0 if none is. */
int calendar_missing_year(const struct calendar *c, int64_t now_us);

/* ---- files (calendar_file.c) ---- */

/* Reads and prepares. 0, or ERR_FATAL: err_text() has a line per problem: file, line, column, what was found, what
 * would be right. `name` stands for the file in messages. */
int calendar_load_file(struct arena *a, const char *path, int first_year, int last_year, struct calendar *ret);
int calendar_load_text(struct arena *a, const char *name, const char *text, size_t len, int first_year, int last_year,
                       struct calendar *ret);

/* "2026-01-31" as a day within the calendar's years. */
bool calendar_date_parse(const char *text, size_t len, int32_t *ret);
#define CALENDAR_DATE_SIZE 16
void calendar_date_format(int32_t day, char out[CALENDAR_DATE_SIZE]);
