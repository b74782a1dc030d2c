#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/pg/migrate.h"
#include "options.h"
#include "private.h"
#include "signals.h"

#define ASK_PG_EVERY_US INT64_C(5000000)

const struct config *daemon_config(const struct daemon *d)
{
    return d->config;
}

struct pg_conn *daemon_pg(struct daemon *d)
{
    return d->pg;
}

const struct vault_key *daemon_master_key(const struct daemon *d)
{
    return d->has_master ? &d->master : NULL;
}

void daemon_set_state(struct daemon *d, void *state)
{
    d->state = state;
}

void *daemon_state(const struct daemon *d)
{
    return d->state;
}

bool daemon_consuming(const struct daemon *d)
{
    return d->partition_count > 0;
}

bool daemon_stopping(const struct daemon *d)
{
    (void)d;
    return signals_stop();
}

const char *daemon_epoch(const struct daemon *d)
{
    return d->epoch;
}

struct kafka_options daemon_kafka_options(const struct daemon *d)
{
    return config_kafka_options(d->config);
}

int64_t daemon_now_us(const struct daemon *d)
{
    return clock_mono_us() + d->pg_offset_us;
}

void daemon_learn_time(struct daemon *d, int64_t pg_now_us)
{
    d->pg_heard_us = clock_mono_us();
    d->pg_offset_us = pg_now_us - d->pg_heard_us;
}

static struct condition *find_condition(struct daemon *d, const char *of, const char *name)
{
    for (int i = 0; i < d->condition_count; i++)
        if (strcmp(d->conditions[i].name, name) == 0 && strcmp(d->conditions[i].of, of) == 0)
            return &d->conditions[i];
    if (d->condition_count == CONDITIONS_MAX)
        abort();
    d->conditions[d->condition_count] = (struct condition){ .of = of, .name = name };
    return &d->conditions[d->condition_count++];
}

void daemon_condition(struct daemon *d, const char *name, const char *why)
{
    const char *of = d->spec->part ? d->spec->part : "";
    char text[CONDITION_TEXT] = "";
    struct condition *c;
    bool changed;

    if (why)
        str_copy(text, sizeof text, why);
    mask_personal(text);
    if (d->face)
        d = d->face;
    pthread_mutex_lock(&d->lock);
    c = find_condition(d, of, name);
    changed = strcmp(c->why, text) != 0;
    if (changed)
        memcpy(c->why, text, sizeof text);
    pthread_mutex_unlock(&d->lock);
    if (changed && text[0])
        log_warning("not ready", LOG_STR("condition", name), LOG_STR("why", text));
    else if (changed)
        log_info("ready", LOG_STR("condition", name));
}

struct pg_conn *config_pg_new(const struct config *c, const char *daemon, const char *part)
{
    char role[80] = "", name[120] = "";
    const char *wanted = c->postgres.role;

    if (wanted[0] == '\0') {
        snprintf(role, sizeof role, "redress_%s", daemon);
        wanted = role;
    }
    snprintf(name, sizeof name, "redress-%s%s%s-%s", daemon, *part ? "-" : "", part, c->kafka.instance);
    return pg_new(&(struct pg_options){
        .uri = c->postgres.uri,
        .password = c->postgres.password[0] ? c->postgres.password : NULL,
        .role = strcmp(wanted, "none") == 0 ? NULL : wanted,
        .name = name,
        .schema = daemon,
        .connect_timeout_ms = (int)c->postgres.connect_timeout_ms,
        .statement_timeout_ms = (int)c->postgres.statement_timeout_ms,
        .idle_in_transaction_timeout_ms = (int)c->postgres.idle_in_transaction_timeout_ms,
        .lock_timeout_ms = (int)c->postgres.lock_timeout_ms,
    });
}

int daemon_init(struct daemon *d, const struct daemon_spec *spec, struct config *config)
{
    int r = 0;

    *d = (struct daemon){ .spec = spec, .config = config };
    pthread_mutex_init(&d->lock, NULL);
    arena_init(&d->arena, 0);
    arena_init(&d->timer_arena, 0);
    backoff_init(&d->backoff, config->retry.first_ms, config->retry.max_ms);
    for (int i = 0; i < DAEMON_TIMERS_MAX; i++)
        backoff_init(&d->timers[i].backoff, config->retry.first_ms, config->retry.max_ms);
    snprintf(d->group, sizeof d->group, "%sredress-%s", config->kafka.topic_prefix, spec->name);
    d->alive_us = clock_mono_us();
    daemon_condition(d, "postgres", "not connected yet");
    if (spec->listens_to[0])
        daemon_condition(d, "kafka", "not connected yet");
    if (config->keys.file[0]) {
        r = vault_read_master(config->keys.file, &d->master);
        d->has_master = r == 0;
    } else if (spec->needs_master_key) {
        r = err_set(ERR_FATAL, "keys.file is not set: %s needs the master key (redressctl keys new FILE makes one)",
                    spec->name);
    }
    if (r < 0)
        return r;
    d->pg = config_pg_new(config, spec->name, spec->part ? spec->part : "");
    return d->pg ? 0 : ERR_FATAL;
}

void daemon_done(struct daemon *d)
{
    http_server_stop(d->http);
    if (d->routes_context)
        d->spec->routes_done(d->routes_context);
    kafka_consumer_free(d->consumer);
    if (d->started && d->spec->on_stop)
        d->spec->on_stop(d);
    pg_free(d->pg);
    arena_done(&d->arena);
    arena_done(&d->timer_arena);
    free(d->partitions);
    vault_wipe(&d->master);
    pthread_mutex_destroy(&d->lock);
}

/* Another role than the owner's runs here: what it needs is there, or will be once somebody migrates. */
static int check_schema(struct daemon *d)
{
    int missing = d->spec->migrations ? pg_migrations_missing(d->pg, d->spec->name, d->spec->migrations) : 0;

    if (missing > 0)
        return err_set(ERR_RETRY, "%d migrations of %s are not applied: run redressctl db migrate", missing,
                       d->spec->name);
    return missing;
}

static int learn_time(struct daemon *d)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(d->pg, &runtime_clock, NULL, &r);

    if (e == 0)
        daemon_learn_time(d, pg_time_us(r, 0, 0));
    return e;
}

static int open_connection(struct daemon *d)
{
    int r = pg_connect(d->pg);

    if (r == 0)
        r = check_schema(d);
    if (r == 0 && !d->spec->opens_epoch)
        r = journal_read_epoch(d->pg, d->epoch);
    if (r == 0)
        r = learn_time(d);
    if (r == 0 && d->spec->listens_to[0])
        r = pg_prepare_all(d->pg, runtime_statements);
    if (r == 0 && d->spec->statements)
        r = pg_prepare_all(d->pg, d->spec->statements);
    if (r == 0 && d->spec->on_start)
        r = d->spec->on_start(d);
    return r;
}

/* An idle daemon asks now and then: one that waits for records shall not be ready while PostgreSQL is away. */
static bool still_there(struct daemon *d)
{
    if (!d->started || !pg_connected(d->pg))
        return false;
    return clock_mono_us() - d->pg_heard_us < ASK_PG_EVERY_US || learn_time(d) == 0;
}

int daemon_ensure_pg(struct daemon *d)
{
    int r;

    if (still_there(d))
        return 0;
    daemon_lose_pg(d);
    r = open_connection(d);
    daemon_condition(d, "postgres", r < 0 ? err_text() : NULL);
    d->started = r == 0;
    return r;
}

void daemon_lose_pg(struct daemon *d)
{
    if (d->started && d->spec->on_stop)
        d->spec->on_stop(d);
    d->started = false;
}
