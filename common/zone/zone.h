/* Time zones without a library call per question: the changes of an IANA zone's offset as a sorted table.
 *
 * zone_load asks ICU once; everything else is a binary search. Local times are microseconds too, counted as if the
 * local clock were UTC: local = UTC + offset. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"

#define DAY_US INT64_C(86400000000)

struct zone_change {
    int64_t at_us;     /* UTC; INT64_MIN for the first */
    int64_t offset_us; /* local minus UTC, from then on */
};

struct zone {
    const char *name;
    const struct zone_change *changes;
    size_t count; /* at least 1 */
};

/* A local time that comes twice is the first as an opening, the last as a closing. */
enum zone_side { ZONE_OPENING, ZONE_CLOSING };

/* The zone's changes from the first to the last year, in the arena. 0; 1: IANA has no such zone; ERR_FATAL: ICU fails.
 * Before the first year its offset at the beginning holds, after the last year the last one. */
int zone_load(struct arena *a, const char *name, int first_year, int last_year, struct zone *ret);

/* Which edition of the IANA database ICU has: "2025b". */
const char *zone_edition(void);

int64_t zone_offset(const struct zone *z, int64_t at_us);
/* The local clock at an instant. */
int64_t zone_local(const struct zone *z, int64_t at_us);
/* The number of the local date (days since 1970-01-01) at an instant. */
int32_t zone_date(const struct zone *z, int64_t at_us);
/* The instant of a local time; one that is skipped is the moment of the change. */
int64_t zone_utc(const struct zone *z, int64_t local_us, enum zone_side side);

/* "2026-09-24T17:30:00+08:00"; six decimals where there are any. */
#define ZONE_TIME_SIZE 48
void zone_format(const struct zone *z, int64_t at_us, char out[ZONE_TIME_SIZE]);
