#include "journal_load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/journal/journal.h"

#define WRITERS_MAX 64
#define BATCH_MAX   2000

struct load {
    struct load_spec spec;
    pthread_t threads[WRITERS_MAX];
    _Atomic bool stop;
    _Atomic int64_t committed;
};

struct writer {
    struct load *load;
    unsigned seed;
    struct pg_conn *pg;
    struct arena arena;
};

static const struct pg_statement lock_state = {
    "load_lock", "SELECT n, version, head FROM load.state WHERE n = ANY($1::int4[]) ORDER BY n FOR UPDATE"
};
static const struct pg_statement save_state = {
    "load_save",
    "UPDATE load.state AS s SET version = u.version, head = u.head, loose = s.loose + u.loose"
    "  FROM unnest($1::int4[], $2::int8[], $3::bytea[], $4::int8[]) AS u (n, version, head, loose) WHERE s.n = u.n"
};

void load_prepare(struct pg_conn *superuser, int keys)
{
    char sql[700];

    snprintf(sql, sizeof sql,
             "CREATE SCHEMA load; CREATE TABLE load.state (n int PRIMARY KEY, version bigint NOT NULL DEFAULT 0,"
             " head bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'), loose bigint NOT NULL DEFAULT 0)"
             " WITH (fillfactor = 50); INSERT INTO load.state (n) SELECT g FROM generate_series(1, %d) AS g;"
             " ANALYZE load.state",
             keys);
    if (pg_script(superuser, sql) < 0) {
        fprintf(stderr, "load: %s\n", err_text());
        exit(99);
    }
}

static unsigned draw(struct writer *w, unsigned below)
{
    return (unsigned)rand_r(&w->seed) % below;
}

static bool one_in(struct writer *w, int n)
{
    return n > 0 && draw(w, (unsigned)n) == 0;
}

/* Until PostgreSQL is there and a relay has opened the epoch. */
static bool connected(struct writer *w)
{
    while (!w->load->stop) {
        if (!pg_connected(w->pg) && pg_connect(w->pg) < 0) {
            clock_sleep_us(20000);
            continue;
        }
        if (journal_check_epoch(w->pg) == 0)
            return true;
        pg_rollback(w->pg);
        clock_sleep_us(20000);
    }
    return false;
}

struct change {
    struct pg_column n, version, head, loose;
    struct journal_entry entries[2 * BATCH_MAX];
    size_t count;
    int64_t now_us; /* one time for the whole batch, as journal_append demands */
};

static void add_event(struct writer *w, struct change *c, int32_t n, int64_t version, unsigned char head[32],
                      bool loose)
{
    struct journal_entry *e = &c->entries[c->count++];
    size_t len = (size_t)w->load->spec.payload;
    unsigned char *payload = arena_alloc(&w->arena, len + 1);
    struct uuid id = { .bytes = { 0, 0, 0, 0, 0, 0, 0x70, 0, 0x80 } };
    char key[UUID_TEXT_SIZE];

    for (size_t i = 0; i < len; i++)
        payload[i] = (unsigned char)(i * 7 + (size_t)version + (size_t)n);
    for (int i = 0; i < 4; i++)
        id.bytes[12 + i] = (unsigned char)(n >> (24 - 8 * i));
    uuid_format(&id, key);
    *e = (struct journal_entry){
        .topic = loose ? TOPIC_OUTCOMES : TOPIC_COMPLAINTS,
        .key = loose ? arena_printf(&w->arena, "load:test:%d", n) : arena_strdup(&w->arena, key),
        .tenant = "load",
        .type = loose ? "redress.v1.Outcome" : "redress.v1.ComplaintEvent.assigned",
        .headers = "content-type: application/protobuf\nce_source: /test/load\n",
        .payload = payload,
        .payload_len = len,
        .aggregate_version = loose ? 0 : version,
    };
    if (!loose)
        e->aggregate_id = id;
    journal_seal(e, c->now_us, loose ? NULL : head);
}

static int fill(struct writer *w, struct change *c)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    const struct load_spec *spec = &w->load->spec;
    struct pg_column wanted;
    struct pg_params p;
    int e;

    pg_column_init(&wanted, &w->arena, PG_INT4, (size_t)spec->per_batch);
    for (int i = 0; i < spec->per_batch; i++)
        pg_column_int4(&wanted, 1 + (int32_t)draw(w, (unsigned)spec->keys));
    pg_params_init(&p, &w->arena);
    pg_param_column(&p, &wanted);
    e = pg_exec(w->pg, &lock_state, &p, &r);
    if (e < 0)
        return e;
    pg_column_init(&c->n, &w->arena, PG_INT4, (size_t)pg_rows(r));
    pg_column_init(&c->version, &w->arena, PG_INT8, (size_t)pg_rows(r));
    pg_column_init(&c->head, &w->arena, PG_BYTEA, (size_t)pg_rows(r));
    pg_column_init(&c->loose, &w->arena, PG_INT8, (size_t)pg_rows(r));
    for (int i = 0; i < pg_rows(r) && c->count + 2 < BATCH_MAX; i++) {
        int32_t n = pg_int4(r, i, 0);
        int64_t version = pg_int8(r, i, 1) + 1;
        bool loose = one_in(w, 5);
        unsigned char head[32];
        size_t len;

        memcpy(head, pg_bytes(r, i, 2, &len), sizeof head);
        add_event(w, c, n, version, head, false);
        if (loose)
            add_event(w, c, n, 0, NULL, true);
        pg_column_int4(&c->n, n);
        pg_column_int8(&c->version, version);
        pg_column_bytes(&c->head, head, sizeof head);
        pg_column_int8(&c->loose, loose);
    }
    return 0;
}

static int write_batch(struct writer *w, struct change *c)
{
    const struct load_spec *spec = &w->load->spec;
    struct pg_params p;
    int64_t batch;
    int e;

    c->count = 0;
    c->now_us = clock_wall_us();
    e = pg_begin(w->pg);
    if (e == 0)
        e = fill(w, c);
    if (e < 0)
        return e;
    pg_params_init(&p, &w->arena);
    pg_param_column(&p, &c->n);
    pg_param_column(&p, &c->version);
    pg_param_column(&p, &c->head);
    pg_param_column(&p, &c->loose);
    e = pg_exec(w->pg, &save_state, &p, NULL);
    if (e == 0)
        e = journal_append(w->pg, &w->arena, c->entries, c->count, &batch);
    if (e < 0)
        return e;
    if (one_in(w, spec->stall_one_in))
        clock_sleep_us(1000 * (1 + (int64_t)draw(w, (unsigned)spec->stall_ms)));
    if (one_in(w, spec->disconnect_one_in))
        return pg_connect(w->pg); /* drops the open transaction with its connection */
    if (one_in(w, spec->abort_one_in)) {
        pg_rollback(w->pg);
        return 0;
    }
    e = pg_commit(w->pg);
    if (e == 0) {
        w->load->committed += (int64_t)c->count;
        e = pg_send(w->pg, JOURNAL_WAKE_UP);
    }
    return e;
}

static void *write_until_told(void *context)
{
    struct writer *w = context;
    struct load *l = w->load;
    struct change *c = calloc(1, sizeof *c);

    w->pg = pg_new(&(struct pg_options){ .uri = l->spec.uri,
                                         .name = "load",
                                         .connect_timeout_ms = 5000,
                                         .statement_timeout_ms = 60000,
                                         .idle_in_transaction_timeout_ms = 60000,
                                         .lock_timeout_ms = 60000 });
    arena_init(&w->arena, 0);
    while (!l->stop && l->committed < l->spec.events && connected(w)) {
        arena_reset(&w->arena);
        if (write_batch(w, c) < 0)
            pg_rollback(w->pg);
        if (l->spec.pause_us)
            clock_sleep_us(l->spec.pause_us);
    }
    pg_free(w->pg);
    arena_done(&w->arena);
    free(c);
    free(w);
    return NULL;
}

struct load *load_start(const struct load_spec *spec)
{
    struct load *l = calloc(1, sizeof *l);

    if (!l || spec->writers > WRITERS_MAX || spec->per_batch > BATCH_MAX / 2)
        abort();
    l->spec = *spec;
    fprintf(stderr, "load: seed %u\n", spec->seed);
    for (int i = 0; i < spec->writers; i++) {
        struct writer *w = calloc(1, sizeof *w);

        if (!w)
            abort();
        w->load = l;
        w->seed = spec->seed + (unsigned)i * 7919;
        if (pthread_create(&l->threads[i], NULL, write_until_told, w) != 0)
            abort();
    }
    return l;
}

int64_t load_committed(const struct load *l)
{
    return l->committed;
}

void load_wait(struct load *l)
{
    for (int i = 0; i < l->spec.writers; i++)
        pthread_join(l->threads[i], NULL);
    free(l);
}

void load_stop(struct load *l)
{
    l->stop = true;
    load_wait(l);
}

int64_t load_expected(struct pg_conn *c)
{
    static const struct pg_statement sum = { "load_sum", "SELECT (sum(version) + sum(loose))::int8 FROM load.state" };
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;

    if (pg_exec_once(c, &sum, NULL, &r) < 0)
        return -2;
    return pg_int8(r, 0, 0);
}
