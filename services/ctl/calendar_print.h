/* Calendars and due instants drawn for people. */
#pragma once

#include "ctl.h"
#include "due_query.h"

/* How a due instant came about, day by day. */
void calendar_print_due(struct ctl *c, const struct due_query *q, const struct due_answer *answer);
/* Zone, known years, and working days of each year that `days` or known_until touch. */
void calendar_print_summary(struct ctl *c, const char *file, const struct calendar *cal);
/* The year as a drawing; with --output json and jsonl a row for each day. */
void calendar_print_year(struct ctl *c, const struct calendar *cal, int year);
