/* What an event does to the clocks of a complaint. Pure: the same clocks, event and policies give the same changes,
 * whenever it is worked out and however often. Nothing here knows of tables, topics or the time of day.
 *
 * An event happened at its own time, which is before it is read. So a stop counts from when it happened: points that
 * had been reached by then are told, late, and those after it never are; a breach that was told is never taken back. */
#pragma once

#include "policy.h"

/* Stored (watchdog.clock.state): never renumber, only add. */
enum clock_state {
    CLOCK_RUNNING = 1,
    CLOCK_WAITING = 2, /* paused: no due instant until somebody resumes */
    CLOCK_MET = 3,
    CLOCK_SKIPPED = 4,
    CLOCK_CASE_ENDED = 5,
    CLOCK_RESTARTED = 6,
    CLOCK_NOT_PROMISED = 7,
};

struct case_pause {
    int64_t from_us, to_us; /* CLOCK_NEVER: nobody has resumed yet */
    uint32_t reason;        /* enum sla_pause */
};

struct case_clock {
    const char *policy, *name;
    const char *step; /* what it binds: clocks of the same step are one promise, the earliest counts */
    int policy_version, cycle;
    int work_order; /* of the case, which the clock is about; 0: about the case itself */
    enum clock_state state;
    enum sla_event start_event;
    int64_t started_us;
    int64_t due_us;    /* CLOCK_NEVER: none */
    int64_t agreed_us; /* 0: none */
    int64_t ended_us;  /* 0: not yet */
    bool provisional;
    int64_t *points; /* instants of warnings and ladder steps, ascending; those that can be reached */
    int16_t *percents;
    size_t point_count, fired; /* fired: so many of them are told or may not be told any more */
    bool changed;
};

/* NULL where there is no next one to wait for. */
const int64_t *case_clock_next(const struct case_clock *c);

struct case_clocks {
    struct case_clock **items;
    size_t count, cap;
};

struct clock_case {
    const char *project, *category;
    enum sla_severity severity;
    enum sla_complexity complexity;
    bool ended;
    int64_t received_us, registered_us; /* 0: not yet */
    struct case_pause *pauses;
    size_t pause_count;
    int64_t between_since_us, between_us; /* since: 0 while somebody has it */
    int bounces;
    struct case_clocks clocks;
};

/* What is promised, for one tenant. */
struct promises {
    const struct sla_book *book;
    const struct zone *zone; /* in which dates of effect are counted */
    /* The calendar of a name; NULL: there is none. */
    const struct calendar *(*calendar)(const struct promises *p, const char *name);
};

struct clock_event {
    enum sla_event what;
    int64_t at_us;
    uint32_t pause_reason; /* of SLA_PAUSED; of SLA_RESUMED: which wait is over, 0: every */
    int64_t agreed_us;     /* of events that agree on a date; 0: none */
    int work_order;        /* of events about one; 0: none. Its clocks are its own: another one does not stop them */
    /* what a classification brings; empty and 0: unchanged */
    const char *category;
    enum sla_severity severity;
    enum sla_complexity complexity;
};

enum change_kind {
    CHANGE_STARTED,
    CHANGE_POINT, /* a warning, the breach or a ladder step that was reached before the event */
    CHANGE_MET,
    CHANGE_ENDED, /* the clock's state says why */
    CHANGE_PAUSED,
    CHANGE_RESUMED,
    CHANGE_DUE, /* another due instant, or the same one and firm now */
};

struct clock_change {
    enum change_kind kind;
    struct case_clock clock; /* as it was then */
    int percent;             /* of CHANGE_POINT */
    int64_t at_us;           /* when it happened; of CHANGE_POINT when it was reached */
    int64_t old_due_us;      /* of CHANGE_DUE; CLOCK_NEVER: none */
};

struct clock_changes {
    struct arena *arena;
    struct clock_change *items;
    size_t count, cap;
};

/* Applies one event; changes are added in the order in which they are to be told. 0, or ERR_POISON: a clock has no due
 * instant within the years that calendars cover, or names a calendar that is not there. */
int clockwork_apply(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                    const struct clock_event *e);

/* Works a running clock out again by the calendars as they are now; with `version` > 0 by that version of its policy,
 * if it has such a clock. */
int clockwork_recompute(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                        struct case_clock *clock, int version, int64_t now_us);

/* The terms by which a clock runs; false: its policy does not promise anything to such a case any more. */
bool clockwork_terms(const struct promises *p, const struct clock_case *c, const struct case_clock *clock,
                     struct sla_bound *ret);
/* How the due instant of a clock comes about; its pauses are in the arena. Like clockwork_apply. */
int clockwork_run(struct arena *a, const struct promises *p, const struct clock_case *c, const struct case_clock *clock,
                  struct sla_run *ret);
