#include "relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "private.h"

#define STANDBY_POLL_MS  100
#define IDLE_POLL_MS     25 /* a lost wake-up costs at most this */
#define BUSY_READ_US     3000
#define CURSOR_EVERY_US  50000
#define LAG_EVERY_US     5000000
#define UPKEEP_EVERY_US  60000000
#define SILENT_US        10000000 /* no acknowledgement for so long: Kafka is in trouble */
#define STOP_FLUSH_MS    3000
#define GAP_PAUSE_MAX_MS 16

struct metric metric_relay_published = { .name = "redress_relay_published_total",
                                         .help = "journal entries handed to Kafka",
                                         .type = METRIC_COUNTER };
struct metric metric_relay_repeated = { .name = "redress_relay_already_published_total",
                                        .help = "journal entries found in Kafka already",
                                        .type = METRIC_COUNTER };
struct metric metric_relay_gaps = { .name = "redress_relay_gaps_total",
                                    .help = "missing batch numbers that had to be waited for",
                                    .type = METRIC_COUNTER };
struct metric metric_relay_gap_wait = { .name = "redress_relay_gap_wait_seconds",
                                        .help = "time until a missing batch number was settled",
                                        .type = METRIC_HISTOGRAM };
struct metric metric_relay_rolled_back = { .name = "redress_relay_rolled_back_total",
                                           .help = "batch numbers that were never committed",
                                           .type = METRIC_COUNTER };
struct metric metric_relay_lag_entries = { .name = "redress_relay_lag_entries",
                                           .help = "entries after the cursor, counted up to 100,000",
                                           .type = METRIC_GAUGE };
struct metric metric_relay_lag_ms = { .name = "redress_relay_lag_milliseconds",
                                      .help = "age of the first entry after the cursor",
                                      .type = METRIC_GAUGE };
struct metric metric_relay_delay = { .name = "redress_relay_delay_seconds",
                                     .help = "from the time an entry was recorded with to Kafka's acknowledgement",
                                     .type = METRIC_HISTOGRAM };
struct metric metric_relay_in_flight = { .name = "redress_relay_in_flight",
                                         .help = "entries sent and not acknowledged",
                                         .type = METRIC_GAUGE };
struct metric metric_relay_leader = { .name = "redress_relay_leader",
                                      .help = "1: publishes; 0: stands by",
                                      .type = METRIC_GAUGE };
struct metric metric_relay_failures = { .name = "redress_relay_failures_total",
                                        .help = "times that publishing was started again after a failed delivery",
                                        .type = METRIC_COUNTER };
struct metric metric_relay_refused = { .name = "redress_relay_refused",
                                       .help = "1: an entry is refused and holds up all that follow",
                                       .type = METRIC_GAUGE };

static void show_metrics(void)
{
    struct metric *const shown[] = { &metric_relay_published, &metric_relay_repeated,    &metric_relay_gaps,
                                     &metric_relay_gap_wait,  &metric_relay_rolled_back, &metric_relay_lag_entries,
                                     &metric_relay_lag_ms,    &metric_relay_in_flight,   &metric_relay_leader,
                                     &metric_relay_failures,  &metric_relay_refused,     &metric_relay_delay };

    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        metric_register(shown[i]);
}

static struct relay *make(struct daemon *d)
{
    const struct config *cfg = daemon_config(d);
    struct kafka_options o = daemon_kafka_options(d);
    struct relay *r = calloc(1, sizeof *r);

    if (!r)
        abort();
    r->daemon = d;
    arena_init(&r->arena, 0);
    publisher_init(&r->publisher, &o, (int)cfg->relay.linger_ms, cfg->relay.in_flight, &metric_relay_delay);
    backoff_init(&r->retry, cfg->retry.first_ms, cfg->retry.max_ms);
    show_metrics();
    daemon_set_state(d, r);
    return r;
}

int relay_on_start(struct daemon *d)
{
    struct relay *r = daemon_state(d);

    if (!r)
        r = make(d);
    r->leads = r->open = false;
    r->retry_us = 0;
    r->ping_us = clock_mono_us();
    metric_set(&metric_relay_leader, NULL, 0);
    daemon_condition(d, "relay", "starting");
    return store_set_session(daemon_pg(d), &r->arena, daemon_config(d)->relay.idle_session_ms);
}

/* ---- the cursor ---- */

static void nothing_refused(struct relay *r)
{
    r->careful_batch = 0;
    r->careful_ord = 0;
    metric_set(&metric_relay_refused, NULL, 0);
    daemon_condition(r->daemon, "publishing", NULL);
}

static void take_acknowledged(struct relay *r)
{
    size_t count = 0;

    window_advance(&r->publisher.window, &r->acked.batch, &r->acked.ord, &count);
    metric_set(&metric_relay_in_flight, NULL, (int64_t)window_count(&r->publisher.window));
    if (count > 0 || window_count(&r->publisher.window) == 0)
        r->stalled = false;
    if (count == 0 || r->acked.batch < r->careful_batch ||
        (r->acked.batch == r->careful_batch && r->acked.ord < r->careful_ord))
        return;
    if (r->careful_batch)
        nothing_refused(r);
    backoff_reset(&r->retry);
}

static int move_cursor(struct relay *r)
{
    int e;

    if (journal_position_compare(&r->acked, &r->cursor) == 0)
        return 0;
    e = store_move_cursor(daemon_pg(r->daemon), &r->arena, &r->acked);
    if (e == 0)
        r->cursor = r->acked;
    r->cursor_us = r->ping_us = clock_mono_us();
    return e;
}

static int move_cursor_when_due(struct relay *r)
{
    bool idle = window_count(&r->publisher.window) == 0 && !r->behind;

    take_acknowledged(r);
    if (!idle && clock_mono_us() - r->cursor_us < CURSOR_EVERY_US)
        return 0;
    return move_cursor(r);
}

/* ---- one entry ---- */

/* Nothing more is sent; what is on its way is waited for, then everything is opened again after a pause. */
static int block(struct relay *r, const struct entry *e, const char *why)
{
    snprintf(r->blocked, sizeof r->blocked, "batch %lld ord %d (%s, %s, %zu bytes) cannot be published: %s",
             (long long)e->batch, e->ord, e->topic, e->type, e->payload_len, why);
    r->blocked_batch = e->batch;
    r->blocked_ord = e->ord;
    return 1;
}

/* The topic's state when it may be published to. */
static int check_topic(struct relay *r, const struct entry *e, struct tail_topic **ret)
{
    struct tail_topic *t = tails_add(&r->tails, e->topic);
    int x;

    if (!t)
        return block(r, e, "too many topics, or too long a name");
    if (t->stale)
        return block(r, e, "the topic's number of partitions has changed: looking again at what it holds");
    if (t->partitions == 0)
        return block(r, e, "there is no such topic; make it with redressctl topics apply");
    if (t->recorded == 0) {
        x = store_add_topic(daemon_pg(r->daemon), &r->arena, t->name, t->partitions, &t->recorded);
        if (x < 0)
            return x;
    }
    if (t->recorded != t->partitions)
        return block(r, e,
                     arena_printf(&r->arena,
                                  "the topic has %d partitions now and had %d when it was first published "
                                  "to: the order per key would break",
                                  t->partitions, t->recorded));
    *ret = t;
    return 0;
}

static void remember_sent(struct relay *r, const struct entry *e)
{
    r->last.batch = e->batch;
    r->last.ord = e->ord;
    r->last.bytes = e->payload_len;
    str_copy(r->last.topic, sizeof r->last.topic, e->topic);
    str_copy(r->last.type, sizeof r->last.type, e->type);
}

/* 0: taken; 1: not now (no room, or blocked); < 0. */
static int publish(struct relay *r, const struct entry *e)
{
    int epoch = epochs_of_batch(&r->epochs, e->batch);
    struct tail_topic *t = NULL;
    struct message m;
    int32_t partition;
    int x = check_topic(r, e, &t);

    if (x != 0)
        return x;
    if (epoch < 0)
        return block(r, e, "its number lies before the first epoch of journal.epoch");
    partition = kafka_partition_of(e->key, strlen(e->key), t->partitions);
    if (epochs_published(&r->epochs, epoch, e->batch, e->ord, &t->parts[partition].newest)) {
        x = publisher_skip(&r->publisher, e);
        metric_add(&metric_relay_repeated, NULL, x == 0);
        return x;
    }
    x = message_make(&m, e, r->epochs.list[epoch].name);
    if (x == 0)
        x = publisher_send(&r->publisher, &m, partition, e, &t->parts[partition]);
    if (x < 0)
        return block(r, e, err_text());
    if (x == 0) {
        metric_add(&metric_relay_published, NULL, 1);
        if (r->careful_batch)
            remember_sent(r, e);
    }
    return x;
}

/* ---- reading ---- */

static int ask_about_gap(struct relay *r, int64_t seen)
{
    uint64_t xid;
    int e = store_take_xid(daemon_pg(r->daemon), &xid);

    if (e < 0)
        return e;
    gap_asked(&r->gap, xid, seen);
    if (!r->gap_pause_ms)
        r->gap_since_us = clock_mono_us();
    r->gap_pause_ms = 1;
    metric_add(&metric_relay_gaps, NULL, 1);
    return 0;
}

static void gap_settled(struct relay *r)
{
    if (!r->gap_pause_ms)
        return;
    metric_observe_us(&metric_relay_gap_wait, NULL, clock_mono_us() - r->gap_since_us);
    r->gap_pause_ms = 0;
}

/* Publishes the rows until one has to wait. */
static int publish_rows(struct relay *r, const struct pg_result *rows, int count)
{
    struct entry e;
    int x;

    for (int i = 0; i < count; i++) {
        store_entry(rows, i, &e);
        switch (gap_judge(&r->gap, e.batch, e.ord, e.snapshot_xmin)) {
        case GAP_BEHIND:
            continue;
        case GAP_ASK:
            store_entry(rows, count - 1, &e);
            return ask_about_gap(r, e.batch);
        case GAP_WAIT:
            r->gap_pause_ms = r->gap_pause_ms < GAP_PAUSE_MAX_MS ? r->gap_pause_ms * 2 : GAP_PAUSE_MAX_MS;
            return 0;
        case GAP_TAKE:
            break;
        }
        x = publish(r, &e);
        r->stalled = x > 0;
        if (x != 0)
            return x < 0 ? x : 0;
        gap_settled(r);
        metric_add(&metric_relay_rolled_back, NULL, gap_take(&r->gap, e.batch, e.ord));
    }
    return 0;
}

/* How many entries to ask for: one while a gap or a refused entry is waited for, else as many as there is room for. */
static int32_t read_limit(const struct relay *r)
{
    const struct window *w = &r->publisher.window;
    int64_t limit = daemon_config(r->daemon)->relay.read_entries;
    int64_t room = (int64_t)(w->size - window_count(w));

    if (r->careful_batch)
        return window_count(w) == 0;
    if (r->gap_pause_ms)
        return 1;
    return (int32_t)(room < limit ? room : limit);
}

static int read_and_publish(struct relay *r, int32_t limit)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    bool waited = r->gap_pause_ms > 0;
    int e = store_read(daemon_pg(r->daemon), &r->arena, r->gap.batch, r->gap.ord, limit, &rows);

    r->read_us = r->ping_us = clock_mono_us();
    if (e < 0)
        return e;
    r->behind = pg_rows(rows) == limit;
    e = publish_rows(r, rows, pg_rows(rows));
    if (waited && !r->gap_pause_ms)
        r->behind = true;
    return e;
}

/* Waits for acknowledgements while something is in flight (and looks whether a wake-up has come), else for a wake-up.
 */
static int wait_for_work(struct relay *r, int wait_ms)
{
    bool in_flight = window_count(&r->publisher.window) > 0;
    int n;

    if (r->gap_pause_ms)
        wait_ms = r->gap_pause_ms;
    if (wait_ms > IDLE_POLL_MS)
        wait_ms = IDLE_POLL_MS;
    if (in_flight)
        kafka_producer_poll(r->publisher.producer, 1);
    n = pg_wait_notify(daemon_pg(r->daemon), in_flight ? 0 : wait_ms);
    if (n > 0)
        r->read_us = 0;
    return n < 0 ? n : 0;
}

/* ---- failures ---- */

/* A delivery failed. What was acknowledged counts; the rest is sent again, one at a time up to the last that failed. */
static int start_again(struct relay *r)
{
    struct slot first, last;
    char text[700];
    int e;

    take_acknowledged(r);
    metric_add(&metric_relay_failures, NULL, 1);
    if (!window_failures(&r->publisher.window, &first, &last)) {
        log_warning("producer failed, starting again", LOG_STR("why", r->publisher.why));
    } else if (r->careful_batch == 0) {
        r->careful_batch = last.batch;
        r->careful_ord = last.ord;
        log_warning("delivery failed, starting again one by one", LOG_STR("why", r->publisher.why),
                    LOG_INT("batch", first.batch), LOG_INT("ord", first.ord));
    } else {
        snprintf(text, sizeof text,
                 "batch %lld ord %d (%s, %s, %zu bytes) is refused by Kafka: %s; nothing after it is "
                 "published",
                 (long long)r->last.batch, r->last.ord, r->last.topic, r->last.type, r->last.bytes, r->publisher.why);
        metric_set(&metric_relay_refused, NULL, 1);
        daemon_condition(r->daemon, "publishing", text);
    }
    e = move_cursor(r);
    relay_close(r);
    return e;
}

/* Something before the sending itself forbids it. */
static int finish_blocked(struct relay *r)
{
    int e = 0;

    if (window_count(&r->publisher.window) > 0)
        return 0;
    daemon_condition(r->daemon, "publishing", r->blocked);
    metric_set(&metric_relay_refused, NULL, 1);
    r->careful_batch = r->blocked_batch;
    r->careful_ord = r->blocked_ord;
    e = move_cursor(r);
    relay_close(r);
    return e;
}

/* ---- the loop ---- */

/* A number of partitions that was changed while we run is noticed at the topic's next entry. A broker that does not
 * answer is asked about one topic only: PostgreSQL waits for us too. */
static void check_partitions(struct relay *r)
{
    int n = 0;

    for (size_t i = 0; i < r->tails.count && n >= 0; i++) {
        struct tail_topic *t = &r->tails.topics[i];

        if (!t->recorded)
            continue;
        n = kafka_producer_partitions(r->publisher.producer, t->name, 1000);
        if (n >= 0)
            tails_compare(t, n);
    }
}

static int upkeep(struct relay *r)
{
    struct pg_conn *pg = daemon_pg(r->daemon);
    int64_t now = clock_mono_us(), entries, age_ms;
    bool silent = window_count(&r->publisher.window) > 0 && now - r->publisher.acked_us > SILENT_US;
    int e = relay_keep_session(r);

    daemon_condition(r->daemon, "kafka", silent ? "no acknowledgement for more than 10 s" : NULL);
    if (e == 0 && now - r->upkeep_us > UPKEEP_EVERY_US) {
        r->upkeep_us = now;
        e = store_ensure_partitions(pg, &r->arena);
        check_partitions(r);
    }
    if (e == 0 && now - r->lag_us > LAG_EVERY_US) {
        r->lag_us = now;
        e = store_measure_lag(pg, &r->arena, &r->cursor, &entries, &age_ms);
        if (e < 0)
            return e;
        metric_set(&metric_relay_lag_entries, NULL, entries);
        metric_set(&metric_relay_lag_ms, NULL, age_ms);
    }
    return e;
}

static int publish_step(struct relay *r, int wait_ms)
{
    int32_t limit = read_limit(r);
    bool idle = window_count(&r->publisher.window) == 0;
    int64_t now = clock_mono_us();
    int e;

    if (publisher_poll(&r->publisher, 0) < 0)
        return start_again(r);
    e = move_cursor_when_due(r);
    if (e < 0)
        return e;
    if (r->blocked[0] && window_count(&r->publisher.window) == 0)
        return finish_blocked(r);
    /* Full reads follow each other while there is room for a good part of one; else it is the wait that decides. */
    if (!r->blocked[0] && !r->stalled && limit > 0 &&
        ((r->behind && (limit == 1 || limit * 4 >= daemon_config(r->daemon)->relay.read_entries)) || idle ||
         now - r->read_us >= BUSY_READ_US)) {
        e = read_and_publish(r, limit);
        if (e < 0 || (r->behind && !r->gap_pause_ms && !r->stalled))
            return e;
    }
    return wait_for_work(r, wait_ms);
}

static int stand_by(struct relay *r, int wait_ms)
{
    int e = store_take_lock(daemon_pg(r->daemon), &r->leads);

    r->ping_us = clock_mono_us();
    if (e < 0)
        return e;
    if (!r->leads) {
        daemon_condition(r->daemon, "relay", NULL);
        e = pg_wait_notify(daemon_pg(r->daemon), wait_ms < STANDBY_POLL_MS ? wait_ms : STANDBY_POLL_MS);
        /* a writer's wake-ups are not for us: they must not make this a busy loop */
        if (e > 0)
            clock_sleep_us(STANDBY_POLL_MS * 1000);
        return e < 0 ? e : 0;
    }
    metric_set(&metric_relay_leader, NULL, 1);
    r->retry_us = 0;
    r->upkeep_us = clock_mono_us();
    daemon_condition(r->daemon, "relay", "looking for what Kafka holds");
    log_info("this relay publishes now");
    return 0;
}

static int open_when_due(struct relay *r, int wait_ms)
{
    int64_t left_ms = (r->retry_us - clock_mono_us()) / 1000;
    int e;

    if (left_ms > 0) {
        clock_sleep_us((left_ms < wait_ms ? left_ms : wait_ms) * 1000);
        return 0;
    }
    e = relay_open(r);
    return e < 0 ? e : 0;
}

int relay_on_step(struct daemon *d, int wait_ms)
{
    struct relay *r = daemon_state(d);
    int e;

    arena_reset(&r->arena);
    if (!r->leads)
        return stand_by(r, wait_ms);
    e = r->open ? upkeep(r) : relay_keep_session(r);
    if (e == 0 && r->open)
        e = publish_step(r, wait_ms);
    else if (e == 0)
        e = open_when_due(r, wait_ms);
    if (e < 0)
        relay_close(r); /* whatever it was: from the start */
    return e;
}

void relay_on_stop(struct daemon *d)
{
    struct relay *r = daemon_state(d);
    bool connected = pg_connected(daemon_pg(d));

    if (!r)
        return;
    if (r->open && connected && kafka_producer_flush(r->publisher.producer, STOP_FLUSH_MS) < 0)
        log_warning("stopping with entries in flight", LOG_STR("why", err_text()));
    if (r->open && connected) {
        take_acknowledged(r);
        if (move_cursor(r) < 0)
            log_warning("the cursor could not be moved", LOG_STR("why", err_text()));
    }
    relay_close(r);
    r->leads = false;
    metric_set(&metric_relay_leader, NULL, 0);
    nothing_refused(r); /* a standby is ready; who publishes says what is wrong */
    daemon_condition(d, "journal", NULL);
    daemon_condition(d, "kafka", NULL);
    if (!daemon_stopping(d))
        return;
    publisher_done(&r->publisher);
    tails_done(&r->tails);
    arena_done(&r->arena);
    free(r);
    daemon_set_state(d, NULL);
}
