#include "zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "common/base/clock.h"
#include "common/base/error.h"

#define NAME_MAX_CHARS 64
/* Offsets lie within a day and two hours of UTC, with the days that zones have skipped. */
#define OFFSET_MAX_US (INT64_C(26) * 3600 * 1000000)

/* ---- loading ---- */

/* ICU knows three-letter names of Java's that IANA does not have, and that mislead: CST is Chicago, not China. */
static bool three_letters_of_iana(const char *name)
{
    static const char *const known[] = { "CET", "EET", "EST", "GMT", "HST", "MET", "MST",
                                         "PRC", "ROC", "ROK", "UCT", "UTC", "WET", NULL };

    for (int i = 0; known[i]; i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

static bool zone_exists(const char *name, UChar *id)
{
    UChar canonical[NAME_MAX_CHARS * 2];
    UErrorCode status = U_ZERO_ERROR;
    UBool is_system = false;
    size_t len = strlen(name);

    if (len < 3 || len > NAME_MAX_CHARS || (len == 3 && !three_letters_of_iana(name)) ||
        strncmp(name, "SystemV/", 8) == 0)
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] <= ' ' || name[i] >= 0x7f)
            return false;
    u_charsToUChars(name, id, (int32_t)len + 1);
    ucal_getCanonicalTimeZoneID(id, -1, canonical, NAME_MAX_CHARS * 2, &is_system, &status);
    return U_SUCCESS(status) && is_system && strcmp(name, "Etc/Unknown") != 0;
}

static int64_t offset_at(UCalendar *c, double at_ms, UErrorCode *status)
{
    int32_t ms;

    ucal_setMillis(c, at_ms, status);
    ms = ucal_get(c, UCAL_ZONE_OFFSET, status) + ucal_get(c, UCAL_DST_OFFSET, status);
    return (int64_t)ms * 1000;
}

static double year_ms(int year)
{
    return (double)days_from_civil(year, 1, 1) * 86400000.0;
}

/* Changes of the whole offset; those that only rename it (standard for summer time) are left out. */
static size_t read_changes(UCalendar *c, double from_ms, double to_ms, struct zone_change *out, size_t room,
                           UErrorCode *status)
{
    size_t n = 0;
    double at;

    out[n++] = (struct zone_change){ INT64_MIN, offset_at(c, from_ms, status) };
    while (n < room && U_SUCCESS(*status) && ucal_getTimeZoneTransitionDate(c, UCAL_TZ_TRANSITION_NEXT, &at, status) &&
           at < to_ms) {
        int64_t offset = offset_at(c, at, status);

        if (offset != out[n - 1].offset_us)
            out[n++] = (struct zone_change){ (int64_t)at * 1000, offset };
    }
    return n;
}

int zone_load(struct arena *a, const char *name, int first_year, int last_year, struct zone *ret)
{
    size_t room = (size_t)(last_year - first_year + 3) * 8;
    UErrorCode status = U_ZERO_ERROR;
    UChar id[NAME_MAX_CHARS + 1];
    struct zone_change *changes;
    UCalendar *c;
    size_t n;

    if (!zone_exists(name, id))
        return 1;
    c = ucal_open(id, -1, "en_US", UCAL_GREGORIAN, &status);
    if (U_FAILURE(status))
        return err_set(ERR_FATAL, "zone %s: %s", name, u_errorName(status));
    changes = arena_array(a, struct zone_change, room);
    n = read_changes(c, year_ms(first_year), year_ms(last_year + 1), changes, room, &status);
    ucal_close(c);
    if (U_FAILURE(status))
        return err_set(ERR_FATAL, "zone %s: %s", name, u_errorName(status));
    *ret = (struct zone){ arena_strdup(a, name), changes, n };
    return 0;
}

const char *zone_edition(void)
{
    UErrorCode status = U_ZERO_ERROR;
    const char *edition = ucal_getTZDataVersion(&status);

    return U_SUCCESS(status) && edition ? edition : "";
}

/* ---- asking ---- */

/* The index of the change that holds at an instant. */
static size_t change_at(const struct zone *z, int64_t at_us)
{
    size_t low = 0, n = z->count;

    while (n > 1) {
        size_t half = n / 2;

        if (z->changes[low + half].at_us <= at_us)
            low += half;
        n -= half;
    }
    return low;
}

int64_t zone_offset(const struct zone *z, int64_t at_us)
{
    return z->changes[change_at(z, at_us)].offset_us;
}

int64_t zone_local(const struct zone *z, int64_t at_us)
{
    return at_us + zone_offset(z, at_us);
}

int32_t zone_date(const struct zone *z, int64_t at_us)
{
    int64_t local = zone_local(z, at_us);

    return (int32_t)(local >= 0 ? local / DAY_US : -((DAY_US - 1 - local) / DAY_US));
}

int64_t zone_utc(const struct zone *z, int64_t local_us, enum zone_side side)
{
    int64_t found = 0;
    bool any = false;

    for (size_t i = change_at(z, local_us - OFFSET_MAX_US); i < z->count; i++) {
        const struct zone_change *c = &z->changes[i];
        int64_t until = i + 1 < z->count ? c[1].at_us : INT64_MAX, at = local_us - c->offset_us;

        if (c->at_us != INT64_MIN && c->at_us > local_us + OFFSET_MAX_US)
            break;
        if (at >= c->at_us && at < until && (!any || side == ZONE_CLOSING)) {
            found = at;
            any = true;
        }
        /* Behind the end by this offset, before the beginning by the next: the clock jumps over it. */
        if (!any && at >= until && local_us - c[1].offset_us < until) {
            found = until;
            any = true;
        }
    }
    return found;
}

void zone_format(const struct zone *z, int64_t at_us, char out[ZONE_TIME_SIZE])
{
    int64_t offset_s = zone_offset(z, at_us) / 1000000, s = offset_s < 0 ? -offset_s : offset_s;
    char local[RFC3339_SIZE];
    int n;

    rfc3339_format(at_us + offset_s * 1000000, local);
    n = snprintf(out, ZONE_TIME_SIZE, "%.*s%c%02d:%02d", (int)strlen(local) - 1, local, offset_s < 0 ? '-' : '+',
                 (int)(s / 3600), (int)(s / 60 % 60));
    if (s % 60 && n > 0 && n < ZONE_TIME_SIZE)
        snprintf(out + n, (size_t)(ZONE_TIME_SIZE - n), ":%02d", (int)(s % 60));
}
