#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S INT64_C(86400)

static int64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void clock_sleep_us(int64_t us)
{
    struct timespec t = { us / 1000000, us % 1000000 * 1000 };

    if (us > 0)
        nanosleep(&t, NULL);
}

/* Howard Hinnant's algorithms for the proleptic Gregorian calendar. */
int64_t days_from_civil(int year, unsigned month, unsigned day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void civil_from_days(int64_t days, int *ret_year, unsigned *ret_month, unsigned *ret_day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *ret_day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    *ret_month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    *ret_year = (int)(yoe + era * 400 + (*ret_month <= 2));
}

void rfc3339_format(int64_t at_us, char out[RFC3339_SIZE])
{
    int64_t s = at_us / 1000000, us = at_us % 1000000, days, in_day;
    int year;
    unsigned month, day;
    int n;

    if (us < 0) {
        us += 1000000;
        s--;
    }
    days = s / DAY_S;
    in_day = s % DAY_S;
    if (in_day < 0) {
        in_day += DAY_S;
        days--;
    }
    civil_from_days(days, &year, &month, &day);
    n = snprintf(out, RFC3339_SIZE, "%04d-%02u-%02uT%02d:%02d:%02d", year, month, day, (int)(in_day / 3600),
                 (int)(in_day / 60 % 60), (int)(in_day % 60));
    if (us && n > 0 && n < RFC3339_SIZE)
        n += snprintf(out + n, (size_t)(RFC3339_SIZE - n), ".%06d", (int)us);
    if (n > 0 && n < RFC3339_SIZE - 1)
        memcpy(out + n, "Z", 2);
}

static bool digits(const char **p, const char *end, int count, int *ret)
{
    int v = 0;

    for (int i = 0; i < count; i++, (*p)++) {
        if (*p >= end || **p < '0' || **p > '9')
            return false;
        v = v * 10 + (**p - '0');
    }
    *ret = v;
    return true;
}

static bool expect(const char **p, const char *end, char c)
{
    if (*p >= end || (**p != c && !(c == 'T' && **p == 't')))
        return false;
    (*p)++;
    return true;
}

static bool parse_fraction(const char **p, const char *end, int64_t *ret_us)
{
    int64_t us = 0;
    int n = 0;

    *ret_us = 0;
    if (*p >= end || **p != '.')
        return true;
    for ((*p)++; *p < end && **p >= '0' && **p <= '9'; (*p)++, n++)
        if (n < 6)
            us = us * 10 + (**p - '0');
    if (n < 1 || n > 9)
        return false;
    for (; n < 6; n++)
        us *= 10;
    *ret_us = us;
    return true;
}

static bool parse_offset(const char **p, const char *end, int *ret_s)
{
    int sign, h, m;

    if (*p < end && (**p == 'Z' || **p == 'z')) {
        (*p)++;
        *ret_s = 0;
        return true;
    }
    if (*p >= end || (**p != '+' && **p != '-'))
        return false;
    sign = *(*p)++ == '-' ? -1 : 1;
    if (!digits(p, end, 2, &h) || !expect(p, end, ':') || !digits(p, end, 2, &m) || h > 23 || m > 59)
        return false;
    *ret_s = sign * (h * 3600 + m * 60);
    return true;
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

bool rfc3339_parse(const char *text, size_t len, int64_t *ret_us)
{
    const char *p = text, *end = text + len;
    int year, month, day, h, m, s, offset;
    int64_t us;

    if (!digits(&p, end, 4, &year) || !expect(&p, end, '-') || !digits(&p, end, 2, &month) || !expect(&p, end, '-') ||
        !digits(&p, end, 2, &day) || !expect(&p, end, 'T') || !digits(&p, end, 2, &h) || !expect(&p, end, ':') ||
        !digits(&p, end, 2, &m) || !expect(&p, end, ':') || !digits(&p, end, 2, &s) || !parse_fraction(&p, end, &us) ||
        !parse_offset(&p, end, &offset) || p != end)
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_days(year, month) || h > 23 || m > 59 || s > 59)
        return false;
    *ret_us =
        ((days_from_civil(year, (unsigned)month, (unsigned)day) * DAY_S) + h * 3600 + m * 60 + s - offset) * 1000000 +
        us;
    return true;
}
