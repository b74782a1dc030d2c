/* redressctl: what its commands share. A command is an entry of the table of its cmd_*.c, which commands.c lists; help,
 * completions, the man page and docs/redressctl.md are made from these tables (table.h). */
#pragma once

#include <stdio.h>

#include "common/base/str.h"
#include "common/config/config.h"
#include "common/kafka/kafka.h"
#include "common/pg/pg.h"

enum { CTL_OK = 0, CTL_FAILURE = 1, CTL_USAGE = 2, CTL_NOT_FOUND = 3, CTL_CONFLICT = 4, CTL_UNAVAILABLE = 5 };

enum ctl_output { CTL_TABLE, CTL_JSON, CTL_JSONL };

#define CTL_OPTIONS_MAX 12 /* of one command */

struct ctl_option {
    const char *name;     /* "limit" for --limit */
    const char *argument; /* "N"; NULL for a flag */
    const char *help;
};

/* An option as it was given: of several of the same name the last one counts, unless the command asks for all. */
struct ctl_given {
    const struct ctl_option *option;
    const char *value;
};

struct ctl {
    const struct config *config;
    struct arena *arena; /* of this run */
    enum ctl_output output;
    const struct ctl_command *command;
    int argc; /* positional arguments */
    char **argv;
    /* the rest is ctl.c's own */
    struct ctl_given *given;
    int given_count;
    struct pg_conn *pg;
};

struct ctl_command {
    const char *name;      /* "topics apply": one or two words */
    const char *arguments; /* "FILE..." for the usage line; "" for none */
    const char *summary;   /* one line */
    const char *details;   /* more of it, with examples; may be NULL */
    void (*more)(FILE *);  /* what else the help says, made from tables; NULL: nothing */
    struct ctl_option options[CTL_OPTIONS_MAX];
    int min_arguments, max_arguments;
    int (*run)(struct ctl *c); /* exit status */
    bool offline;              /* works without settings: c->config is NULL */
};

/* NULL if the option was not given; "" for a flag that was. */
const char *ctl_option(const struct ctl *c, const char *name);
/* The i-th value of an option that may be given several times; NULL: there are no more. */
const char *ctl_option_at(const struct ctl *c, const char *name, int i);
/* Whole number of an option, `fallback` if not given; prints a usage error and returns false if malformed. */
bool ctl_option_int(const struct ctl *c, const char *name, int64_t min, int64_t max, int64_t fallback, int64_t *ret);

/* Connected to PostgreSQL as the operator (no SET ROLE unless postgres.role is set); NULL after saying why. */
struct pg_conn *ctl_pg(struct ctl *c);
struct kafka_options ctl_kafka(const struct ctl *c);
/* Says "redressctl: ..." on standard error and returns the status. */
int ctl_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says err_text() and returns the status for the class (RETRY, UNCERTAIN: 5 unavailable; others: 1). */
int ctl_fail_err(int err_class);

/* Rows for people or programs, in the form asked for: a table whose columns fit (wide characters counted), a JSON
 * array, or a JSON object a line. */
enum ctl_type {
    CTL_TEXT,
    CTL_NUMBER,
    CTL_BOOL,
    CTL_TIME /* us since 1970, shown in the operator's zone; JSON: RFC 3339 */
};
struct ctl_column {
    const char *name;  /* JSON name, lowerCamelCase */
    const char *title; /* of the table */
    enum ctl_type type;
};
struct ctl_rows;
struct ctl_rows *ctl_rows_new(struct ctl *c, const struct ctl_column *columns, int count);
void ctl_add_text(struct ctl_rows *r, const char *v); /* NULL: JSON null, empty cell */
void ctl_add_int(struct ctl_rows *r, int64_t v);
void ctl_add_bool(struct ctl_rows *r, bool v);
void ctl_add_time(struct ctl_rows *r, int64_t at_us); /* 0: JSON null, empty cell */
/* Prints what was collected (JSONL rows are printed as they are completed). */
void ctl_rows_end(struct ctl_rows *r);
