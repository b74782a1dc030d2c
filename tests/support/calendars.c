#include "calendars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"

/* Criterion takes an abort for a failed test and shows what was printed. */
static void fail(const char *what, const char *text)
{
    fprintf(stderr, "%s: %s\n", what, text);
    abort();
}

const struct calendar *calendar_of_text(struct arena *a, const char *yaml, int first_year, int last_year)
{
    struct calendar *c = arena_new(a, struct calendar);

    if (calendar_load_text(a, "test.yaml", yaml, strlen(yaml), first_year, last_year, c) < 0)
        fail("calendar", err_text());
    return c;
}

const struct calendar *calendar_of_file(struct arena *a, const char *path, int first_year, int last_year)
{
    struct calendar *c = arena_new(a, struct calendar);

    if (calendar_load_file(a, path, first_year, last_year, c) < 0)
        fail("calendar", err_text());
    return c;
}

int64_t instant(const struct calendar *c, const char *text)
{
    size_t len = strlen(text);
    char whole[48];
    int64_t us;

    if (rfc3339_parse(text, len, &us))
        return us;
    snprintf(whole, sizeof whole, "%s%sZ", text, len == 16 ? ":00" : "");
    if (!rfc3339_parse(whole, strlen(whole), &us))
        fail("not a time", text);
    return zone_utc(&c->facts.zone, us, ZONE_OPENING);
}

struct limit limit_of(const char *text)
{
    struct limit l;

    if (limit_parse(text, strlen(text), &l) < 0)
        fail("limit", err_text());
    return l;
}

struct clock clock_of(struct arena *a, const struct calendar *c, const char *from, const char *limit,
                      const char *pauses)
{
    struct clock k = { .calendar = c, .start_us = instant(c, from), .limit = limit_of(limit) };
    struct pause *p = arena_array(a, struct pause, strlen(pauses) + 1);
    char *copy = arena_strdup(a, pauses), *one, *rest = copy;
    size_t n = 0;

    while ((one = strsep(&rest, ",")) && *one) {
        char *slash = strchr(one, '/');

        *slash = '\0';
        p[n].from_us = instant(c, one);
        p[n++].to_us = slash[1] ? instant(c, slash + 1) : CLOCK_NEVER;
    }
    k.pauses = p;
    k.pause_count = clock_pauses_merge(p, n, k.start_us);
    return k;
}

static const char *shown(const struct calendar *c, int64_t at_us, char out[ZONE_TIME_SIZE])
{
    if (at_us == CLOCK_NEVER)
        return "never";
    zone_format(&c->facts.zone, at_us, out);
    return out;
}

static void compare(const struct calendar *c, const char *question, int64_t found, const char *wanted)
{
    int64_t at = strcmp(wanted, "never") == 0 ? CLOCK_NEVER : instant(c, wanted);
    char a[ZONE_TIME_SIZE], b[ZONE_TIME_SIZE];

    if (found == at)
        return;
    fprintf(stderr, "%s: found %s, wanted %s\n", question, shown(c, found, a), shown(c, at, b));
    abort();
}

void assert_due(const struct calendar *c, const char *from, const char *limit, const char *pauses, const char *due)
{
    int64_t found = CLOCK_NEVER;
    struct arena a;
    struct clock k;

    arena_init(&a, 0);
    k = clock_of(&a, c, from, limit, pauses);
    if (clock_due(&k, &found) == CLOCK_OUTSIDE)
        fail("outside the calendar's years", from);
    compare(c, arena_printf(&a, "%s + %s [%s]", from, limit, pauses), found, due);
    arena_done(&a);
}

void assert_point(const struct calendar *c, const char *from, const char *limit, const char *pauses, int percent,
                  const char *at)
{
    int64_t due, found = CLOCK_NEVER;
    struct arena a;
    struct clock k;

    arena_init(&a, 0);
    k = clock_of(&a, c, from, limit, pauses);
    if (clock_due(&k, &due) != CLOCK_REACHED || clock_point(&k, due, percent, &found) == CLOCK_OUTSIDE)
        fail("no due instant, or outside the calendar's years", from);
    compare(c, arena_printf(&a, "%s + %s [%s] at %d %%", from, limit, pauses, percent), found, at);
    arena_done(&a);
}

/* SplitMix64. */
uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t random_within(uint64_t *state, int64_t low, int64_t high)
{
    return low + (int64_t)(random_next(state) % (uint64_t)(high - low + 1));
}

uint64_t random_seed(const char *test)
{
    const char *text = getenv("REDRESS_TEST_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 10) : (uint64_t)clock_wall_us();

    fprintf(stderr, "%s: REDRESS_TEST_SEED=%llu\n", test, (unsigned long long)seed);
    return seed;
}
