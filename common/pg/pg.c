#include "pg.h"

#include <endian.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/base/error.h"
#include "common/base/str.h"

struct prepared {
    const struct pg_statement *statement;
    int count;
    Oid types[PG_PARAMS_MAX];
    UT_hash_handle hh;
};

struct pg_conn {
    struct pg_options options;
    char *uri, *password, *role, *name, *schema;
    PGconn *pq;
    struct prepared *prepared;
    bool sent;      /* pg_send's answer is still to be taken */
    bool begin;     /* a transaction is to begin with the next statement */
    bool duplicate; /* the newest failure was a key that is there already */
    pg_meanwhile *meanwhile;
    void *user;
};

static char *copy(const char *s)
{
    char *p = s ? strdup(s) : NULL;

    if (s && !p)
        abort();
    return p;
}

struct pg_conn *pg_new(const struct pg_options *options)
{
    struct pg_conn *c = calloc(1, sizeof *c);

    if (!c)
        abort();
    c->options = *options;
    c->uri = copy(options->uri);
    c->password = copy(options->password);
    c->role = copy(options->role);
    c->name = copy(options->name);
    c->schema = copy(options->schema);
    return c;
}

static void forget_prepared(struct pg_conn *c)
{
    struct prepared *p, *next;

    HASH_ITER(hh, c->prepared, p, next)
    {
        HASH_DEL(c->prepared, p);
        free(p);
    }
}

static void disconnect(struct pg_conn *c)
{
    forget_prepared(c);
    PQfinish(c->pq);
    c->pq = NULL;
    c->sent = c->begin = false;
}

void pg_free(struct pg_conn *c)
{
    if (!c)
        return;
    disconnect(c);
    free(c->uri);
    if (c->password)
        explicit_bzero(c->password, strlen(c->password));
    free(c->password);
    free(c->role);
    free(c->name);
    free(c->schema);
    free(c);
}

void pg_freep(struct pg_conn **c)
{
    pg_free(*c);
}

bool pg_connected(const struct pg_conn *c)
{
    return c->pq && PQstatus(c->pq) == CONNECTION_OK;
}

int pg_socket(const struct pg_conn *c)
{
    return c->pq ? PQsocket(c->pq) : -1;
}

int pg_backend_pid(const struct pg_conn *c)
{
    return c->pq ? PQbackendPID(c->pq) : 0;
}

/* libpq's message ends with a newline and may quote values: only its first line is kept, numbers masked by the log. */
static const char *first_line(const char *message)
{
    static _Thread_local char line[512];

    str_copy(line, sizeof line, message);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

/* SQLSTATE -> class. Longest prefix wins; what is not here is FATAL for our own mistakes, so that it is seen at once.
 */
static const struct {
    const char *state;
    enum err_class class;
} classes[] = {
    { "08", ERR_RETRY },    /* connection */
    { "21", ERR_POISON },   /* cardinality */
    { "22", ERR_POISON },   /* data */
    { "23", ERR_POISON },   /* constraint */
    { "25P03", ERR_RETRY }, /* idle in transaction time-out */
    { "25006", ERR_RETRY }, /* read-only: a fail-over is under way */
    { "40", ERR_RETRY },    /* deadlock, serialization */
    { "53", ERR_RETRY },    /* disk full, out of memory, too many connections */
    { "54", ERR_POISON },   /* program limit: a row or index entry too large */
    { "55", ERR_RETRY },    /* object in use, lock not available */
    { "57", ERR_RETRY },    /* shut-down, crash, cancel */
    { "58", ERR_RETRY },    /* I/O error */
    { "3D000", ERR_RETRY }, /* the database is not there yet */
    { "3F000", ERR_RETRY }, /* the schema is not there yet */
    { "42P01", ERR_RETRY }, /* the table is not there yet: not migrated */
    { "42703", ERR_RETRY }, /* the column is not there yet: an older schema */
    { "42883", ERR_RETRY }, /* the function is not there yet */
    { "42704", ERR_RETRY }, /* the role or type is not there yet */
    { "XX", ERR_RETRY },    /* internal error */
};

static int class_of(const char *state)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strncmp(state, classes[i].state, strlen(classes[i].state)) == 0)
            return classes[i].class;
    return ERR_FATAL;
}

static int fail(struct pg_conn *c, const PGresult *r, const char *what)
{
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    const char *message = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;

    c->duplicate = state && strcmp(state, "23505") == 0;
    if (state && PQstatus(c->pq) == CONNECTION_OK && strcmp(state, "23514") == 0 &&
        !PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME)) /* no partition for the row yet */
        return err_set(ERR_RETRY, "%s: %s (SQLSTATE %s)", what, first_line(message ? message : "?"), state);
    if (state && PQstatus(c->pq) == CONNECTION_OK)
        return err_set(class_of(state), "%s: %s (SQLSTATE %s)", what, first_line(message ? message : "?"), state);
    return err_set(ERR_RETRY, "%s: connection lost: %s", what, first_line(PQerrorMessage(c->pq)));
}

bool pg_failed_duplicate(const struct pg_conn *c)
{
    return c->duplicate;
}

void pg_do_meanwhile(struct pg_conn *c, pg_meanwhile *fn, void *user)
{
    c->meanwhile = fn;
    c->user = user;
}

/* The answer to what was sent, the last of several; NULL: nothing could be sent, the connection is lost. */
static PGresult *await(struct pg_conn *c, int sent)
{
    PGresult *last = NULL, *r;

    while (sent) {
        while (sent && c->meanwhile && PQisBusy(c->pq)) {
            c->meanwhile(c->user, PQsocket(c->pq));
            sent = PQconsumeInput(c->pq);
        }
        r = PQgetResult(c->pq);
        if (!r)
            break;
        PQclear(last);
        last = r;
        sent = sent && PQstatus(c->pq) == CONNECTION_OK;
    }
    return last;
}

/* Takes the answers of pg_send. What it sent is never needed to succeed. */
static void take_sent(struct pg_conn *c)
{
    if (!c->sent)
        return;
    PQclear(await(c, 1));
    if (PQtransactionStatus(c->pq) == PQTRANS_INERROR) /* cancelled before its own COMMIT */
        PQclear(PQexec(c->pq, "ROLLBACK"));            /* allow: constant text */
    c->sent = false;
}

/* What is to come before anything else. */
static int take_up(struct pg_conn *c)
{
    if (!c->pq)
        return err_set(ERR_RETRY, "not connected to PostgreSQL");
    take_sent(c);
    if (!c->begin)
        return 0;
    c->begin = false;
    return pg_script(c, "BEGIN");
}

int pg_script(struct pg_conn *c, const char *sql)
{
    PGresult *r;
    int result = take_up(c);

    if (result < 0)
        return result;
    r = await(c, PQsendQuery(c->pq, sql)); /* allow: constant text */
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        result = fail(c, r, "SQL script");
    PQclear(r);
    return result;
}

static int set_session(struct pg_conn *c)
{
    char sql[512];
    int r;

    snprintf(sql, sizeof sql,
             "SET search_path = ''; SET statement_timeout = %d; SET idle_in_transaction_session_timeout = %d;"
             " SET lock_timeout = %d; SET idle_session_timeout = %d; SET client_min_messages = warning;"
             " SET timezone = 'UTC'",
             c->options.statement_timeout_ms, c->options.idle_in_transaction_timeout_ms, c->options.lock_timeout_ms,
             c->options.idle_session_timeout_ms);
    r = pg_script(c, sql);
    if (r == 0 && c->role) {
        char *quoted = PQescapeIdentifier(c->pq, c->role, strlen(c->role)); /* allow: a role's name has no parameter */
        snprintf(sql, sizeof sql, "SET ROLE %s", quoted ? quoted : "none");
        PQfreemem(quoted);
        r = pg_script(c, sql);
    }
    return r;
}

static int connect_failure(struct pg_conn *c)
{
    const char *message = PQerrorMessage(c->pq);
    bool refused = strstr(message, "authentication failed") || strstr(message, "no pg_hba.conf entry");

    return err_set(refused ? ERR_FATAL : ERR_RETRY, "cannot connect to PostgreSQL: %s", first_line(message));
}

int pg_connect(struct pg_conn *c)
{
    /* later entries win over the uri, which dbname expands */
    const char *const keys[] = {
        "dbname",           "application_name", "keepalives_idle", "keepalives_interval",           "keepalives_count",
        "tcp_user_timeout", "client_encoding",  "connect_timeout", c->password ? "password" : NULL, NULL
    };
    char seconds[16]; /* for each host: of several the next one must have its turn when one is silent */
    const char *const values[] = { c->uri, c->name, "10", "5", "3", "20000", "UTF8", seconds, c->password, NULL };
    int r;

    disconnect(c);
    snprintf(seconds, sizeof seconds, "%d", (c->options.connect_timeout_ms + 999) / 1000);
    c->pq = PQconnectdbParams(keys, values, 1);
    if (!c->pq)
        abort();
    r = PQstatus(c->pq) == CONNECTION_OK ? set_session(c) : connect_failure(c);
    if (r < 0)
        disconnect(c);
    return r;
}

/* "@schema@" -> the schema's name, a constant of the program. */
static char *with_schema(const struct pg_conn *c, const struct pg_statement *s, struct arena *a)
{
    struct strbuf b;
    const char *p = s->sql, *at;

    strbuf_init(&b, a);
    while ((at = strstr(p, "@schema@"))) {
        strbuf_add(&b, p, (size_t)(at - p));
        strbuf_adds(&b, c->schema ? c->schema : "no_schema_given");
        p = at + strlen("@schema@");
    }
    strbuf_adds(&b, p);
    return b.data;
}

static int prepare(struct pg_conn *c, const struct pg_statement *s, struct prepared **ret)
{
    struct prepared *p;
    struct arena a;
    PGresult *r;

    arena_init(&a, 0);
    r = PQprepare(c->pq, s->name, with_schema(c, s, &a), 0, NULL);
    arena_done(&a);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        int e = fail(c, r, s->name);
        PQclear(r);
        return e;
    }
    PQclear(r);
    r = PQdescribePrepared(c->pq, s->name);
    if (PQresultStatus(r) != PGRES_COMMAND_OK || PQnparams(r) > PG_PARAMS_MAX) {
        int e = fail(c, r, s->name);
        PQclear(r);
        return e;
    }
    p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->statement = s;
    p->count = PQnparams(r);
    for (int i = 0; i < p->count; i++)
        p->types[i] = PQparamtype(r, i);
    PQclear(r);
    HASH_ADD_PTR(c->prepared, statement, p);
    *ret = p;
    return 0;
}

static int lookup(struct pg_conn *c, const struct pg_statement *s, struct prepared **ret)
{
    struct prepared *p;

    if (!c->pq)
        return err_set(ERR_RETRY, "not connected to PostgreSQL");
    take_sent(c);
    HASH_FIND_PTR(c->prepared, &s, p);
    if (!p)
        return prepare(c, s, ret);
    *ret = p;
    return 0;
}

int pg_prepare_all(struct pg_conn *c, const struct pg_statement *const *statements)
{
    for (; *statements; statements++) {
        struct prepared *p;
        int r = lookup(c, *statements, &p);
        if (r < 0)
            return r;
    }
    return 0;
}

static int check_types(const struct prepared *p, const struct pg_params *params)
{
    int count = params ? params->count : 0;

    if (count != p->count)
        return err_set(ERR_FATAL, "%s: takes %d parameters, got %d", p->statement->name, p->count, count);
    for (int i = 0; i < count; i++)
        if (params->types[i] != p->types[i])
            return err_set(ERR_FATAL, "%s: parameter $%d has type %u, got %u", p->statement->name, i + 1, p->types[i],
                           params->types[i]);
    return 0;
}

static int send_prepared(struct pg_conn *c, const struct pg_statement *s, const struct pg_params *params)
{
    static const int binary[PG_PARAMS_MAX] = { [0 ... PG_PARAMS_MAX - 1] = 1 };

    return PQsendQueryPrepared(c->pq, s->name, params ? params->count : 0, params ? params->values : NULL,
                               params ? params->lengths : NULL, binary, 1);
}

/* Both in one go. A BEGIN that fails has lost the connection. */
static PGresult *begin_with(struct pg_conn *c, const struct pg_statement *s, const struct pg_params *params)
{
    PGresult *begun, *r;

    c->begin = false;
    begun = await(c, PQenterPipelineMode(c->pq) && PQsendQueryParams(c->pq, "BEGIN", 0, NULL, NULL, NULL, NULL, 1) &&
                         send_prepared(c, s, params) && PQpipelineSync(c->pq)); /* allow: constant text */
    r = await(c, begun != NULL);
    PQclear(begun);
    PQclear(await(c, r != NULL)); /* the synchronisation */
    PQexitPipelineMode(c->pq);
    return r;
}

int pg_exec(struct pg_conn *c, const struct pg_statement *s, const struct pg_params *params, struct pg_result **ret)
{
    struct prepared *p;
    PGresult *r;
    int e;

    e = lookup(c, s, &p);
    if (e == 0)
        e = check_types(p, params);
    if (e < 0)
        return e;
    r = c->begin ? begin_with(c, s, params) : await(c, send_prepared(c, s, params));
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
        e = fail(c, r, s->name);
        PQclear(r);
        return e;
    }
    if (ret)
        *ret = (struct pg_result *)r;
    else
        PQclear(r);
    return 0;
}

int pg_exec_once(struct pg_conn *c, const struct pg_statement *s, const struct pg_params *params,
                 struct pg_result **ret)
{
    const struct pg_statement unnamed = { .name = "", .sql = s->sql };
    const struct pg_statement *key = &unnamed;
    struct prepared *p;
    int r = pg_exec(c, key, params, ret);

    HASH_FIND_PTR(c->prepared, &key, p);
    if (p) {
        HASH_DEL(c->prepared, p);
        free(p);
    }
    return r;
}

int pg_exec_count(struct pg_conn *c, const struct pg_statement *s, const struct pg_params *params, int64_t *ret_rows)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(c, s, params, &r);

    if (e < 0)
        return e;
    if (!parse_int64(PQcmdTuples((PGresult *)r), 0, INT64_MAX, ret_rows))
        *ret_rows = 0;
    return 0;
}

int pg_begin(struct pg_conn *c)
{
    if (!c->pq)
        return err_set(ERR_RETRY, "not connected to PostgreSQL");
    c->begin = true;
    return 0;
}

int pg_commit(struct pg_conn *c)
{
    PGresult *r;
    int e = 0;

    if (!c->pq)
        return err_set(ERR_RETRY, "not connected to PostgreSQL");
    if (c->begin) { /* nothing was done */
        c->begin = false;
        return 0;
    }
    r = await(c, PQsendQuery(c->pq, "COMMIT")); /* allow: constant text */
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        e = fail(c, r, "COMMIT");
        if (!pg_connected(c))
            e = err_prefix(ERR_UNCERTAIN, "the answer to COMMIT was lost");
    } else if (strcmp(PQcmdStatus(r), "COMMIT") != 0) {
        e = err_set(ERR_RETRY, "COMMIT was answered with %s", PQcmdStatus(r));
    }
    PQclear(r);
    return e;
}

void pg_rollback(struct pg_conn *c)
{
    c->begin = false;
    if (!c->pq || PQtransactionStatus(c->pq) == PQTRANS_IDLE)
        return;
    if (pg_script(c, "ROLLBACK") < 0)
        disconnect(c);
}

int pg_send(struct pg_conn *c, const char *sql)
{
    int r = take_up(c);

    if (r < 0)
        return r;
    if (!PQsendQuery(c->pq, sql))
        return fail(c, NULL, "send");
    c->sent = true;
    return 0;
}

int pg_wait_notify(struct pg_conn *c, int timeout_ms)
{
    struct pollfd p = { .fd = pg_socket(c), .events = POLLIN };
    PGnotify *n;
    int count = 0;

    if (!c->pq)
        return err_set(ERR_RETRY, "not connected to PostgreSQL");
    take_sent(c);
    for (;;) {
        while ((n = PQnotifies(c->pq))) {
            PQfreemem(n);
            count++;
        }
        if (count || timeout_ms < 0)
            return count;
        if (poll(&p, 1, timeout_ms) < 0 && errno != EINTR)
            return err_set(ERR_RETRY, "poll: %s", strerror(errno));
        timeout_ms = -1;
        if (!PQconsumeInput(c->pq))
            return fail(c, NULL, "wait for notification");
    }
}
