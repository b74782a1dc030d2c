/* How the due instant of a running clock comes about, day by day, from what is in the watchdog's tables. */
#pragma once

#include "ctl.h"

struct named_clock {
    struct uuid complaint;
    const char *policy, *name;
    int version;
    int64_t started_us;
};

/* Prints it for people; nothing for a date that was agreed. 0 or an error class. */
int clock_days_print(struct ctl *c, struct pg_conn *pg, const struct named_clock *clock);
