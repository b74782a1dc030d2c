/* Time: microseconds since 1970 UTC for instants (`_us`), a monotonic clock for waiting.
 * Business decisions use PostgreSQL's now(), never these clocks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_wall_us(void);
int64_t clock_mono_us(void);
void clock_sleep_us(int64_t us);

/* "2026-09-18T15:00:00Z" or with six decimals where there are any; out holds 32. Years 0001-9999. */
#define RFC3339_SIZE 32
void rfc3339_format(int64_t at_us, char out[RFC3339_SIZE]);
/* Any offset, 0-9 decimals (beyond six are cut); false if malformed. */
bool rfc3339_parse(const char *text, size_t len, int64_t *ret_us);

/* Civil date of a day number (days since 1970-01-01) and back; proleptic Gregorian. */
void civil_from_days(int64_t days, int *ret_year, unsigned *ret_month, unsigned *ret_day);
int64_t days_from_civil(int year, unsigned month, unsigned day);
