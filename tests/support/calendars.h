/* Calendars and questions for the tests of promised times. */
#pragma once

#include "services/watchdog/calendar.h"
#include "services/watchdog/clock.h"

/* From YAML text, or a file of the repository; fails the test if it does not validate. The arena is the caller's. */
const struct calendar *calendar_of_text(struct arena *a, const char *yaml, int first_year, int last_year);
const struct calendar *calendar_of_file(struct arena *a, const char *path, int first_year, int last_year);

/* RFC 3339, or "2026-09-18T15:00[:SS[.ffffff]]" in the calendar's zone. */
int64_t instant(const struct calendar *c, const char *text);
/* "5wd" */
struct limit limit_of(const char *text);
/* Pauses as "A/B,A/", merged for the clock. */
struct clock clock_of(struct arena *a, const struct calendar *c, const char *from, const char *limit,
                      const char *pauses);
/* Fails the test unless this is the due instant; "never" for a clock that is paused without end. */
void assert_due(const struct calendar *c, const char *from, const char *limit, const char *pauses, const char *due);
void assert_point(const struct calendar *c, const char *from, const char *limit, const char *pauses, int percent,
                  const char *at);

/* Small numbers from a seed, the same on every machine. */
uint64_t random_next(uint64_t *state);
/* From low to high, both included. */
int64_t random_within(uint64_t *state, int64_t low, int64_t high);
/* The seed of this run: REDRESS_TEST_SEED, or the time; printed on standard error. */
uint64_t random_seed(const char *test);
