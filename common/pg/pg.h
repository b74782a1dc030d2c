/* PostgreSQL: one connection, prepared statements with binary parameters, transactions. The only place with libpq.
 *
 * Errors are classes (common/base/error.h): a lost connection is RETRY, a lost one during COMMIT is UNCERTAIN, bad data
 * is POISON, a missing table or right is FATAL. After RETRY or UNCERTAIN the connection may be gone: pg_connected()
 * tells, pg_connect() makes a new one.
 *
 * Every wait has a deadline: connect, statement and idle-in-transaction time-outs are set on the server, TCP keep-alive
 * and user time-out on the socket, so that a half-open connection is noticed within the bound. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "column.h"
#include "common/base/cleanup.h"
#include "common/base/uuid.h"
#include "statement.h"

struct pg_options {
    const char *uri;      /* libpq connection string */
    const char *password; /* NULL: none beyond what the uri says */
    const char *role;     /* SET ROLE after connecting; NULL: stay who the uri says */
    const char *name;     /* application_name */
    const char *schema;   /* stands for @schema@ in statements; NULL where none is used */
    int connect_timeout_ms, statement_timeout_ms, idle_in_transaction_timeout_ms, lock_timeout_ms;
    int idle_session_timeout_ms; /* 0: none */
};

struct pg_conn;
struct pg_result;

struct pg_conn *pg_new(const struct pg_options *options); /* copies; not connected yet */
void pg_free(struct pg_conn *c);
void pg_freep(struct pg_conn **c);

/* Connects, or connects again. 0, ERR_RETRY, or ERR_FATAL (wrong password, no such role). */
int pg_connect(struct pg_conn *c);
bool pg_connected(const struct pg_conn *c);
/* The socket, to wait on for notifications; -1 if not connected. */
int pg_socket(const struct pg_conn *c);
/* Server process id: to be told apart in pg_stat_activity. */
int pg_backend_pid(const struct pg_conn *c);

/* What is done while an answer is awaited, instead of sleeping: called until `fd` is readable, and returns when it is,
 * or earlier. It must not touch the connection. NULL: sleep. */
typedef void pg_meanwhile(void *user, int fd);
void pg_do_meanwhile(struct pg_conn *c, pg_meanwhile *fn, void *user);

/* Prepares all statements of a NULL-terminated list: a wrong one shows at start, not at the first record. */
int pg_prepare_all(struct pg_conn *c, const struct pg_statement *const *statements);

/* Parameters of one execution. Data must live until the call returns; columns and numbers live in the arena. */
#define PG_PARAMS_MAX 32
struct pg_params {
    struct arena *arena;
    int count;
    const char *values[PG_PARAMS_MAX];
    int lengths[PG_PARAMS_MAX];
    unsigned types[PG_PARAMS_MAX]; /* OIDs, compared with what the statement expects */
};
void pg_params_init(struct pg_params *p, struct arena *a);
/* Begins with these columns, in their order; more may follow. */
void pg_params_columns(struct pg_params *p, struct arena *a, const struct pg_column *columns, int count);
/* Begins with an array of these ids; more may follow. */
void pg_params_uuids(struct pg_params *p, struct arena *a, const struct uuid *ids, size_t count);
void pg_param_null(struct pg_params *p, enum pg_type type);
void pg_param_bool(struct pg_params *p, bool v);
void pg_param_int4(struct pg_params *p, int32_t v);
void pg_param_int8(struct pg_params *p, int64_t v);
void pg_param_time(struct pg_params *p, int64_t at_us);
void pg_param_text(struct pg_params *p, const char *s); /* NULL: SQL null */
void pg_param_textn(struct pg_params *p, const char *s, size_t len);
void pg_param_bytes(struct pg_params *p, const void *data, size_t len); /* NULL: SQL null */
void pg_param_uuid(struct pg_params *p, const struct uuid *u);          /* NULL: SQL null */
void pg_param_column(struct pg_params *p, const struct pg_column *c);

/* Runs a prepared statement (prepares it the first time). ret may be NULL. params may be NULL. */
int pg_exec(struct pg_conn *c, const struct pg_statement *s, const struct pg_params *params, struct pg_result **ret);

/* The same without keeping the statement: for tools that ask once. */
int pg_exec_once(struct pg_conn *c, const struct pg_statement *s, const struct pg_params *params,
                 struct pg_result **ret);

/* After ERR_POISON: whether it was a key that is there already. Where it was looked for before, somebody else has been
 * quicker, and the transaction is to be done again. */
bool pg_failed_duplicate(const struct pg_conn *c);

/* Rows changed or returned by a statement without result; the common short form of pg_exec. */
int pg_exec_count(struct pg_conn *c, const struct pg_statement *s, const struct pg_params *params, int64_t *ret_rows);

/* Runs constant text of one or more statements without parameters (migrations, SET). Never with data in it. */
int pg_script(struct pg_conn *c, const char *sql);

int pg_begin(struct pg_conn *c);  /* goes with the next statement */
int pg_commit(struct pg_conn *c); /* ERR_UNCERTAIN when the answer was lost */
void pg_rollback(struct pg_conn *c);

/* Sends constant text without waiting for its answer; the next call on the connection takes it first. */
int pg_send(struct pg_conn *c, const char *sql);

/* Takes notifications that have arrived; returns their number or an error class. Waits up to timeout_ms for one. */
int pg_wait_notify(struct pg_conn *c, int timeout_ms);

/* Results: binary. Rows and columns count from 0. */
void pg_result_free(struct pg_result *r);
void pg_result_freep(struct pg_result **r);
int pg_rows(const struct pg_result *r);
int pg_columns(const struct pg_result *r);
const char *pg_column_name(const struct pg_result *r, int column);
bool pg_is_null(const struct pg_result *r, int row, int column);
bool pg_bool(const struct pg_result *r, int row, int column);
int32_t pg_int4(const struct pg_result *r, int row, int column); /* int2 and int4 */
int64_t pg_int8(const struct pg_result *r, int row, int column); /* int2, int4 and int8 */
double pg_float8(const struct pg_result *r, int row, int column);
int64_t pg_time_us(const struct pg_result *r, int row, int column); /* timestamptz -> us since 1970 */
struct uuid pg_uuid(const struct pg_result *r, int row, int column);
/* Borrowed from the result; NUL-terminated; "" for null. */
const char *pg_text(const struct pg_result *r, int row, int column);
/* The same, in the arena. */
char *pg_text_copy(struct arena *a, const struct pg_result *r, int row, int column);
const void *pg_bytes(const struct pg_result *r, int row, int column, size_t *ret_len);
