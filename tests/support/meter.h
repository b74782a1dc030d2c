/* What a stretch of work cost: CPU of each process that took part, WAL, and what the machine did meanwhile. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "common/pg/pg.h"

enum meter_role {
    METER_INTAKE,
    METER_DISPATCH,
    METER_WATCHDOG,
    METER_NOTIFICATION,
    METER_RELAY,
    METER_POSTGRES, /* the postmaster and all its children, those that ended meanwhile too */
    METER_KAFKA,
    METER_HARNESS, /* this process: generator, watcher, meter */
    METER_ROLES,
};

extern const char *const meter_role_names[METER_ROLES];

/* 0 for a process that does not take part. The harness is getpid(). */
struct meter_processes {
    pid_t pid[METER_ROLES];
};

struct meter {
    int64_t at_us; /* monotonic */
    int64_t cpu_ns[METER_ROLES];
    int64_t wal_bytes;
    int64_t busy, idle, iowait, steal; /* ticks of all cores */
};

/* c: any connection of the server; its own share is not taken out. */
void meter_read(const struct meter_processes *p, struct pg_conn *c, struct meter *ret);
/* b - a, field by field. */
struct meter meter_between(const struct meter *a, const struct meter *b);
/* Field by field. */
struct meter meter_sum(const struct meter *a, const struct meter *b);

/* Resident memory of a process in kB, now and at its highest. */
int64_t meter_resident_kb(pid_t pid);
int64_t meter_peak_kb(pid_t pid);
