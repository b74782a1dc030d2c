/* Open clocks by the hundred thousand, put into the watchdog's tables by set-based SQL, and the judgement of what was
 * told of them. Cases of the demo tenant in the middle of their lives, five clocks of the standard policy each. */
#pragma once

#include <stdint.h>

#include "suite.h"

#define CLOCK_LOAD_PER_CASE 5

/* The demo tenant promises the standard policy and nothing else; the journal may be written without a relay. */
void clock_load_promise(struct suite *s);

/* `open` clocks in an empty database, their next points scattered over the thirty days from tomorrow on. Neither
 * autovacuum nor a checkpoint of the filling falls into what is measured afterwards. */
void clock_load_fill(struct suite *s, int64_t open);

/* Makes one clock of each of `count` cases come due, gap_us apart, the first one start_us from now; the armed ones of
 * before are forgotten. The cases lie anywhere; each call takes the next ones. After it each clock's next point is
 * again somewhere in the thirty days. */
void clock_load_arm(struct suite *s, int64_t open, int64_t count, int64_t start_us, int64_t gap_us);

/* Moves `count` clocks through the index as if they had been armed and fired: what an old snapshot keeps from being
 * removed lies before everything that comes due later. */
void clock_load_churn(struct suite *s, int64_t open, int64_t count);

/* Canaries do not fire within the next hour: a floor that runs beside ours knows nothing of them. */
void clock_load_rest_canaries(struct suite *s);

/* Pushes out of PostgreSQL's buffers what was touched last: what comes due was written long ago. */
void clock_load_cool(struct suite *s);

/* The newest batch of the journal; 0: none. */
int64_t clock_load_journal(struct suite *s);

/* Reads the journal behind that batch: every armed point told once, nothing else, every clock waiting for its next
 * point. Returns the number of problems, each told on standard error. */
int64_t clock_load_judge(struct suite *s, int64_t after_batch);
