/* The clocks of a case, and what was told of them, as lines of text: a test says what it wants to read. Times are those
 * since the complaint was received. All in the stage's arena. */
#pragma once

#include "watchdog_stage.h"

#define HOUR (60 * MINUTE)
#define DAY  (24 * HOUR)

struct lined_case {
    struct stage *stage;
    struct uuid id;
    int64_t received_us;
};

/* "+10:15", hours and minutes since the receipt; in seconds where it is not whole minutes. */
const char *clock_lines_since(const struct lined_case *m, int64_t at_us);
/* As they stand in the table, by name, work order and cycle: "visit/2 #1 running, due +10:00, told 1, counts". */
const char *clock_lines_stand(const struct lined_case *m);
/* What the journal holds, in the order in which it was told (clocks start in the order of their policy, what happens to
 * them later is told in the order of their names): "response #1 started +0:00, due +10:00". */
const char *clock_lines_told(const struct lined_case *m);
