#include "meter.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/str.h"

const char *const meter_role_names[METER_ROLES] = { "intake", "dispatch", "watchdog", "notification",
                                                    "relay",  "postgres", "kafka",    "harness" };

/* First number of a file; 0 if the process is gone. */
static int64_t first_number(const char *path)
{
    char line[128] = "";
    FILE *f = fopen(path, "r");

    if (!f)
        return 0;
    if (!fgets(line, sizeof line, f))
        line[0] = '\0';
    fclose(f);
    return strtoll(line, NULL, 10);
}

/* Time on a core of all threads that live, in ns. */
static int64_t threads_ns(pid_t pid)
{
    char path[300];
    struct dirent *e;
    int64_t sum = 0;
    DIR *d;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    d = opendir(path);
    while (d && (e = readdir(d))) {
        if (!isdigit((unsigned char)e->d_name[0]))
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.32s/schedstat", (int)pid, e->d_name);
        sum += first_number(path);
    }
    if (d)
        closedir(d);
    return sum;
}

/* Field of /proc/PID/stat, counted as in proc(5); the name in parentheses may hold anything. */
static int64_t stat_field(pid_t pid, int field)
{
    char path[64], line[1024], *p;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (!f)
        return 0;
    p = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
    fclose(f);
    for (int i = 2; p && i < field; i++)
        p = strchr(p + 1, ' ');
    return p ? strtoll(p + 1, NULL, 10) : 0;
}

/* The JVM starts and ends threads: the process's own count keeps them. */
static int64_t process_ns(pid_t pid)
{
    return (stat_field(pid, 14) + stat_field(pid, 15)) * (INT64_C(1000000000) / sysconf(_SC_CLK_TCK));
}

/* The living by their schedstat, the dead by what their parent has reaped. */
static int64_t family_ns(pid_t parent)
{
    int64_t sum = threads_ns(parent);
    DIR *d = opendir("/proc");
    struct dirent *e;

    sum += (stat_field(parent, 16) + stat_field(parent, 17)) * (INT64_C(1000000000) / sysconf(_SC_CLK_TCK));
    while (d && (e = readdir(d))) {
        int64_t pid;

        if (parse_int64(e->d_name, 1, INT32_MAX, &pid) && stat_field((pid_t)pid, 4) == parent)
            sum += threads_ns((pid_t)pid);
    }
    if (d)
        closedir(d);
    return sum;
}

/* First line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
static void machine(struct meter *m)
{
    char line[256] = "", *at = line + 4;
    int64_t ticks[8];
    FILE *f = fopen("/proc/stat", "r");

    if (!f || !fgets(line, sizeof line, f))
        fprintf(stderr, "meter: /proc/stat cannot be read\n");
    if (f)
        fclose(f);
    for (int i = 0; i < 8; i++)
        ticks[i] = strtoll(at, &at, 10);
    m->busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
    m->idle = ticks[3];
    m->iowait = ticks[4];
    m->steal = ticks[7];
}

static int64_t wal_position(struct pg_conn *c)
{
    static const struct pg_statement s = { .name = "meter_wal",
                                           .sql = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8" };
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;

    if (pg_exec(c, &s, NULL, &r) < 0) {
        fprintf(stderr, "meter: %s\n", err_text());
        exit(99);
    }
    return pg_int8(r, 0, 0);
}

void meter_read(const struct meter_processes *p, struct pg_conn *c, struct meter *ret)
{
    *ret = (struct meter){ .wal_bytes = wal_position(c) };
    for (int i = 0; i < METER_ROLES; i++) {
        if (p->pid[i] == 0)
            continue;
        if (i == METER_POSTGRES)
            ret->cpu_ns[i] = family_ns(p->pid[i]);
        else if (i == METER_KAFKA)
            ret->cpu_ns[i] = process_ns(p->pid[i]);
        else
            ret->cpu_ns[i] = threads_ns(p->pid[i]);
    }
    machine(ret);
    ret->at_us = clock_mono_us();
}

struct meter meter_between(const struct meter *a, const struct meter *b)
{
    struct meter m = {
        .at_us = b->at_us - a->at_us,
        .wal_bytes = b->wal_bytes - a->wal_bytes,
        .busy = b->busy - a->busy,
        .idle = b->idle - a->idle,
        .iowait = b->iowait - a->iowait,
        .steal = b->steal - a->steal,
    };

    for (int i = 0; i < METER_ROLES; i++)
        m.cpu_ns[i] = b->cpu_ns[i] - a->cpu_ns[i];
    return m;
}

struct meter meter_sum(const struct meter *a, const struct meter *b)
{
    const struct meter none = { 0 };
    struct meter negative = meter_between(b, &none);

    return meter_between(&negative, a);
}

static int64_t status_kb(pid_t pid, const char *name)
{
    char path[64], line[256];
    int64_t kb = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            kb = strtoll(line + strlen(name), NULL, 10);
    if (f)
        fclose(f);
    return kb;
}

int64_t meter_resident_kb(pid_t pid)
{
    return status_kb(pid, "VmRSS:");
}

int64_t meter_peak_kb(pid_t pid)
{
    return status_kb(pid, "VmHWM:");
}
