/* A suite: a database of its own with every schema, topics with a prefix of their own, a key, a settings file, and
 * daemons to start, stop and kill. Uses the servers of the run (REDRESS_TEST_PG, REDRESS_TEST_KAFKA) and the programs
 * of the build (REDRESS_BIN). What cannot be set up ends the test with a message: a test without servers has not
 * passed. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/kafka/kafka.h"
#include "common/pg/pg.h"

struct suite;

/* name: short, [a-z0-9_]. The template database is made at the first call on a server. */
struct suite *suite_new(const char *name);
/* Stops what runs and drops the database. */
void suite_free(struct suite *s);

const char *suite_config(const struct suite *s); /* path of the settings file */
const char *suite_folder(const struct suite *s); /* for files of this suite */
const char *suite_uri(const struct suite *s);    /* of its database, as superuser */
struct kafka_options suite_kafka(const struct suite *s);
/* One connection as superuser, made at the first call. */
struct pg_conn *suite_pg(struct suite *s);

/* Starts REDRESS_BIN/redress-<daemon>, logging to <folder>/redress-<daemon>-<instance>.log. env: further "NAME=value",
 * NULL at the end, or NULL. Returns its pid. */
pid_t suite_start(struct suite *s, const char *daemon, const char *instance, const char *const *env);
/* The same for a program of another folder; its log is <folder>/<program>-<instance>.log. */
pid_t suite_start_program(struct suite *s, const char *bin, const char *program, const char *instance,
                          const char *const *env);
/* Whether it still runs. */
bool suite_alive(struct suite *s, pid_t pid);
/* Waits until /readyz says so; false after the time or when it ended. */
bool suite_wait_ready(struct suite *s, pid_t pid, int seconds);
/* Body of a GET; "" if there is no answer. Static buffer. */
const char *suite_get(struct suite *s, pid_t pid, const char *path);
/* Sends a signal; for SIGKILL and SIGTERM waits for the end and returns the wait status, else 0. */
int suite_signal(struct suite *s, pid_t pid, int signal_number);
/* The text of the log of "redress-intake" or another program so far; free it. */
char *suite_log(struct suite *s, const char *program, const char *instance);

/* Runs redressctl with the suite's settings; returns its exit status. Output goes to <folder>/ctl.out. */
int suite_ctl(struct suite *s, const char *const *arguments);
/* The demo tenant. */
void suite_apply_tenant(struct suite *s);

/* An outage: every connection to the suite's database is ended and none is let in, until it is opened again. */
void suite_database_closed(struct suite *s, bool closed);

/* Constant SQL without parameters; one number, 0 for none. */
int64_t suite_number(struct suite *s, const char *sql);
void suite_execute(struct suite *s, const char *sql);
/* Waits until the number is `wanted`; false (and a message) after the time. */
bool suite_wait_number(struct suite *s, const char *sql, int64_t wanted, int seconds);
