/* A second implementation of docs/clocks.md, written to be plainly right and not fast, for comparison with the engine.
 *
 * It shares with the engine what people wrote (struct calendar_facts) and nothing else: it asks ICU for each offset, it
 * walks from edge to edge (window or pause) and adds up, and it looks at all pauses as they were given, in any order,
 * overlapping or not. */
#pragma once

#include "services/watchdog/calendar.h"
#include "services/watchdog/clock.h"

struct naive_calendar;

/* Good for instants of the years from first to last; free it. */
struct naive_calendar *naive_calendar_new(const struct calendar_facts *facts, int first_year, int last_year);
void naive_calendar_free(struct naive_calendar *n);

/* CLOCK_NEVER: a pause without end keeps it from being reached. The pauses are as given, not merged. */
int64_t naive_due(const struct naive_calendar *n, int64_t start_us, struct limit limit, const struct pause *pauses,
                  size_t pause_count);
int64_t naive_point(const struct naive_calendar *n, int64_t start_us, struct limit limit, const struct pause *pauses,
                    size_t pause_count, int64_t due_us, int percent);
