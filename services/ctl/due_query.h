/* One question to the engine of promised times, as `calendar due` reads it, and its answer. */
#pragma once

#include "common/base/str.h"
#include "services/watchdog/clock.h"

#define DUE_PAUSES_MAX   10000
#define DUE_PERCENTS_MAX 100
#define DUE_PERCENT_MAX  1000

struct due_query {
    struct clock clock;
    int percents[DUE_PERCENTS_MAX]; /* in the order asked, each once */
    size_t percent_count;
    bool explain;
};

struct due_answer {
    bool paused; /* no due instant until the clock is resumed; the rest is empty but for the days */
    int64_t due_us;
    bool provisional;
    int64_t points[DUE_PERCENTS_MAX]; /* CLOCK_NEVER: a pause without end keeps it from being reached */
    struct clock_day *days;           /* if an explanation was asked for */
    size_t day_count;
};

/* Reads {"from","limit","pauses","percents","explain"}. 0; ERR_POISON: err_text() says what is wrong. */
int due_query_read(struct arena *a, const struct calendar *cal, const char *json, size_t len, struct due_query *ret);
/* 0; ERR_POISON: the start or a result is not within the calendar's years. */
int due_query_answer(struct arena *a, const struct due_query *q, struct due_answer *ret);
/* The answer as a JSON object, without a newline. */
void due_answer_write(struct strbuf *out, const struct due_query *q, const struct due_answer *answer);

/* The pieces, for the command line. 0 or ERR_POISON. */
int due_read_time(const char *what, const char *text, size_t len, int64_t *ret_us);
int due_add_percent(struct due_query *q, int64_t percent);
int due_check_pause(size_t number, const struct pause *p);
