/* Due instants: from a start, a limit and the pauses to the microsecond at which a promise ends, and to the instants of
 * its warnings. Pure: same input, same answer. docs/clocks.md is the definition.
 *
 *     n = clock_pauses_merge(pauses, n, start_us);
 *     struct clock c = { .calendar = cal, .start_us = start_us, .limit = limit, .pauses = pauses, .pause_count = n };
 *     if (clock_due(&c, &due_us) == CLOCK_REACHED)
 *         clock_point(&c, due_us, 80, &warning_us);                                                               */
#pragma once

#include "calendar.h"
#include "limit.h"

#define CLOCK_NEVER INT64_MAX

/* [from, to); to is CLOCK_NEVER as long as nobody has resumed. */
struct pause {
    int64_t from_us, to_us;
};

struct clock {
    const struct calendar *calendar;
    int64_t start_us;
    struct limit limit;
    const struct pause *pauses; /* as clock_pauses_merge leaves them */
    size_t pause_count;
};

enum clock_outcome {
    CLOCK_REACHED = 0,
    CLOCK_PAUSED = 1,  /* a pause without end keeps it from being reached */
    CLOCK_OUTSIDE = 2, /* start or result lie outside the calendar's span */
};

/* Puts pauses in order: merged where they overlap or touch, clipped to the start, empty ones gone. In place; returns
 * how many are left. */
size_t clock_pauses_merge(struct pause *pauses, size_t count, int64_t start_us);

enum clock_outcome clock_due(const struct clock *c, int64_t *ret_due_us);
/* The due instant lies behind what the authority has published. */
bool clock_provisional(const struct clock *c, int64_t due_us);
/* The instant at which so many percent (>= 1) have run; `due_us` is clock_due's. */
enum clock_outcome clock_point(const struct clock *c, int64_t due_us, int percent, int64_t *ret_us);
/* The clock's measure that runs from one instant to another: running time, or running working time. */
int64_t clock_measure_us(const struct clock *c, int64_t from_us, int64_t to_us);

/* ---- how it came about ---- */

enum clock_day_role {
    CLOCK_DAY_START,   /* the day of the start */
    CLOCK_DAY_WORK,    /* a working day of the week */
    CLOCK_DAY_MAKE_UP, /* a make-up workday */
    CLOCK_DAY_HOURS,   /* a working day with other hours */
    CLOCK_DAY_OFF,     /* not a working day */
    CLOCK_DAY_PAUSED,  /* a working day whose close, or whose whole measure, falls inside a pause */
};

struct clock_day {
    int32_t day;
    enum clock_day_role role;
    struct calendar_day is;
    bool counted;   /* wd: its close was counted; other limits: some of the measure ran on it */
    int64_t ran_us; /* of the measure, on this day, from start to due */
};

/* Each day from the start's to the due instant's; `due_us` is CLOCK_NEVER for a paused clock, whose days end with the
 * one on which the endless pause begins. In the arena. */
void clock_explain(struct arena *a, const struct clock *c, int64_t due_us, struct clock_day **ret, size_t *ret_count);
/* "start", "work", "make_up", "other_hours", "off", "paused". */
const char *clock_day_role_name(enum clock_day_role role);
