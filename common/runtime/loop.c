/* The turn of a daemon: signals, connections, poll, batch, timers. */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "private.h"
#include "signals.h"

#define MIRROR_EVERY_US INT64_C(1000000)

static void on_revoked(void *context)
{
    struct daemon *d = context;

    d->revoked = true;
    d->partition_count = 0;
    log_info("partitions taken away");
}

static int connect_kafka(struct daemon *d)
{
    struct kafka_options o = daemon_kafka_options(d);
    const char *missing = NULL;
    int r;

    r = kafka_missing_topic(&o, d->spec->listens_to, 5000, &missing);
    if (r > 0)
        r = err_set(ERR_RETRY, "topic %s%s does not exist yet: run redressctl topics apply", o.topic_prefix, missing);
    if (r < 0)
        return r;
    return kafka_consumer_new(&o,
                              &(struct kafka_consumer_spec){
                                  .group = d->group,
                                  .instance = d->config->kafka.instance,
                                  .topics = d->spec->listens_to,
                                  .session_timeout_ms = (int)d->config->kafka.session_timeout_ms,
                                  .max_poll_interval_ms = (int)d->config->kafka.max_poll_interval_ms,
                                  .on_revoked = on_revoked,
                                  .context = d,
                              },
                              &d->consumer);
}

static void mirror(struct daemon *d)
{
    struct kafka_partition at[64];
    int n = 0;

    if (clock_mono_us() - d->mirrored_us < MIRROR_EVERY_US)
        return;
    d->mirrored_us = clock_mono_us();
    for (int i = 0; i < d->partition_count && n < 64; i++)
        at[n++] = (struct kafka_partition){ d->partitions[i].topic, d->partitions[i].partition,
                                            d->partitions[i].next_offset };
    if (n)
        kafka_consumer_mirror(d->consumer, at, n);
}

/* There is an i-th timer, and PostgreSQL is there for it. */
static bool timer_can_run(const struct daemon *d, int i)
{
    return i < DAEMON_TIMERS_MAX && d->spec->timers[i].run && d->started && pg_connected(d->pg);
}

/* How long we may wait for something else: until the next timer, rounded up, or the last millisecond before it would be
 * spun away. */
static int wait_ms(const struct daemon *d, int64_t most_ms)
{
    int64_t ms = most_ms, now_us = clock_mono_us();

    for (int i = 0; timer_can_run(d, i); i++) {
        int64_t left = (d->timers[i].due_us - now_us + 999) / 1000;
        if (left < ms)
            ms = left > 0 ? left : 0;
    }
    return (int)ms;
}

/* Says that it will be tried again, and when: in so many milliseconds. */
static int64_t put_off(struct backoff *b, const char *what, int err_class)
{
    int64_t pause_ms = backoff_next_ms(b);

    log_warning("will try again", LOG_STR("what", what), LOG_STR("class", err_class_name(err_class)),
                LOG_STR("why", err_text()), LOG_INT("attempt", b->attempts), LOG_INT("pause_ms", pause_ms));
    metric_add(&metric_retries, err_class_name(err_class), 1);
    return pause_ms;
}

static int run_timer(struct daemon *d, const struct daemon_timer *t, struct timer_state *s)
{
    int r = process_timer(d, t);
    int64_t pause_ms = r > 0 ? 0 : t->every_ms;

    if (r == ERR_FATAL)
        return err_prefix(r, "timer %s", t->name);
    if (r < 0)
        pause_ms = put_off(&s->backoff, t->name, r);
    else
        backoff_reset(&s->backoff);
    s->due_us = clock_mono_us() + pause_ms * 1000;
    return 0;
}

/* Each on its own: neither the others nor the records wait for what one of them cannot do now. 0 or ERR_FATAL. */
static int run_timers(struct daemon *d)
{
    int r = 0;

    for (int i = 0; r == 0 && timer_can_run(d, i); i++)
        if (clock_mono_us() >= d->timers[i].due_us)
            r = run_timer(d, &d->spec->timers[i], &d->timers[i]);
    return r;
}

/* Until it succeeds: records that were dropped and are followed by no other would wait for ever. */
static int find_the_way(struct daemon *d)
{
    int r = d->astray ? daemon_ensure_pg(d) : 0;

    if (r == 0 && d->astray)
        r = offsets_reload(d);
    if (r == 0)
        d->astray = false;
    return r;
}

static int take_batch(struct daemon *d, struct kafka_record *records)
{
    const struct config *c = d->config;
    const struct kafka_partition *pending;
    int n, r = find_the_way(d);

    if (r < 0)
        return r;
    n = kafka_consumer_poll(d->consumer, records, (int)c->batch.records, (size_t)c->batch.bytes,
                            wait_ms(d, c->batch.poll_ms), c->batch.wait_ms * 1000);
    if (n < 0) {
        /* an offset that is gone stays gone: never jump over what was not read */
        daemon_condition(d, n == ERR_FENCED ? "offsets" : "kafka", err_text());
        return n == ERR_FENCED ? ERR_RETRY : n;
    }
    if (n > 0) {
        daemon_condition(d, "kafka", NULL);
        r = process_records(d, records, n);
        kafka_records_free(records, n);
        daemon_condition(d, "batch", NULL); /* done, or dropped to be read again */
        if (r < 0)
            d->astray = true; /* they were read and not done */
        if (r != ERR_FENCED && r != ERR_UNCERTAIN)
            return r;
        log_warning("reading the offsets again", LOG_STR("class", err_class_name(r)), LOG_STR("why", err_text()));
        metric_add(&metric_retries, err_class_name(r), 1);
        return find_the_way(d);
    }
    for (const char *const *t = d->spec->listens_to; *t && d->partition_count; t++)
        metric_set(&metric_lag_age, *t, 0); /* nothing is waiting */
    if (kafka_consumer_pending(d->consumer, &pending) >= 0) {
        r = daemon_ensure_pg(d);
        return r < 0 ? r : offsets_assign(d);
    }
    if (kafka_consumer_has_assignment(d->consumer))
        daemon_condition(d, "kafka", NULL);
    return 0;
}

static int turn(struct daemon *d, struct kafka_record *records)
{
    int r = daemon_ensure_pg(d);

    if (r == 0 && d->spec->on_step)
        return d->spec->on_step(d, (int)d->config->batch.poll_ms);
    if (r == 0 && !d->consumer) {
        r = connect_kafka(d);
        daemon_condition(d, "kafka", r < 0 ? err_text() : "waiting for partitions");
    }
    if (r == 0)
        r = take_batch(d, records);
    if (r == 0)
        r = run_timers(d);
    if (r == 0)
        mirror(d);
    return r;
}

static void take_signals(struct daemon *d)
{
    if (signals_take_hup()) {
        log_reopen();
        log_info("log opened again");
    }
    if (signals_stop() && !d->stop_deadline_us) {
        d->stop_deadline_us = clock_mono_us() + d->config->stop.within_ms * 1000;
        sd_notify(0, "STOPPING=1");
    }
    d->alive_us = clock_mono_us();
    sd_notify(0, "WATCHDOG=1");
}

/* The group must hear from us. A record that slips through is read again. */
static void attend(struct daemon *d, int64_t most_ms)
{
    int ms = wait_ms(d, most_ms);

    if (d->spec->on_pause)
        d->spec->on_pause(d, ms);
    else if (!d->consumer)
        clock_sleep_us(ms * 1000);
    else if (kafka_consumer_attend(d->consumer, ms))
        d->astray = true;
}

int daemon_pause(struct daemon *d, const char *what, int err_class)
{
    int64_t end_us = clock_mono_us() + put_off(&d->backoff, what, err_class) * 1000, left_us;
    const struct backoff kept = d->backoff;
    bool stopping = d->stop_deadline_us != 0;
    int r = 0;

    if (d->consumer)
        kafka_consumer_pause(d->consumer, true);
    /* A stop cuts the pause short once; what is tried again until its deadline is tried with pauses. */
    while (r == 0 && (left_us = end_us - clock_mono_us()) > 0 && !(signals_stop() && !stopping) &&
           !(stopping && clock_mono_us() > d->stop_deadline_us)) {
        attend(d, left_us < 100000 ? left_us / 1000 + 1 : 100);
        take_signals(d);
        r = run_timers(d);
    }
    d->backoff = kept; /* that a timer could do its work says nothing about what we wait for */
    take_signals(d);
    if (d->consumer)
        kafka_consumer_pause(d->consumer, false);
    return r;
}

int daemon_loop(struct daemon *d)
{
    struct kafka_record *records = calloc((size_t)d->config->batch.records, sizeof *records);
    bool told = false;
    int r = 0;

    if (!records)
        abort();
    take_signals(d);
    while (!d->stop_deadline_us) {
        r = turn(d, records);
        take_signals(d);
        if (r == 0 && !told) {
            sd_notify(0, "READY=1");
            told = true;
        }
        if (r < 0 && r != ERR_FATAL && !d->stop_deadline_us)
            r = daemon_pause(d, d->spec->name, r);
        if (r == ERR_FATAL)
            break;
    }
    free(records);
    return r == ERR_FATAL ? r : 0;
}
