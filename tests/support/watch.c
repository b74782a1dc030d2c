#include "watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include <librdkafka/rdkafka.h>

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/event/topic.h"
#include "load.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/outcome.pb-c.h"

#define PROBLEMS_SHOWN 5

struct arrival {
    int64_t at_us;
    size_t len;
    bool outcome;
    void *value;
};

struct watch {
    rd_kafka_t *rk;
    pthread_t thread;
    atomic_bool stop;
    atomic_size_t complaints, assigned, outcomes;
    bool running;
    char outcomes_topic[256];
    struct arrival *arrivals;
    size_t count, cap;
};

static void __attribute__((noreturn)) give_up(const char *what, const char *why)
{
    fprintf(stderr, "watch: %s: %s\n", what, why);
    exit(99);
}

static rd_kafka_t *consumer(const struct kafka_options *o)
{
    const char *const settings[][2] = {
        { "bootstrap.servers", o->brokers }, { "group.id", "bench-watch" }, /* asked for by the client, not used */
        { "enable.auto.commit", "false" },   { "auto.offset.reset", "error" },
        { "fetch.error.backoff.ms", "10" },  { "queued.min.messages", "100000" },
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];
    rd_kafka_t *rk;

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why) != RD_KAFKA_CONF_OK)
            give_up(settings[i][0], why);
    rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!rk)
        give_up("consumer", why);
    return rk;
}

static int partitions_of(rd_kafka_t *rk, const char *topic)
{
    rd_kafka_topic_t *t = rd_kafka_topic_new(rk, topic, NULL);
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_resp_err_t e = rd_kafka_metadata(rk, 0, t, &m, 10000);
    int n;

    if (e || m->topic_cnt != 1 || m->topics[0].partition_cnt == 0)
        give_up(topic, e ? rd_kafka_err2str(e) : "no such topic");
    n = m->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(m);
    rd_kafka_topic_destroy(t);
    return n;
}

static bool is_assigned(const rd_kafka_message_t *m)
{
    static const char type[] = "redress.v1.ComplaintEvent.assigned";
    rd_kafka_headers_t *headers;
    const void *value;
    size_t len;

    return rd_kafka_message_headers(m, &headers) == 0 &&
           rd_kafka_header_get_last(headers, "ce_type", &value, &len) == 0 && len == sizeof type - 1 &&
           memcmp(value, type, len) == 0;
}

static void note(struct watch *w, const rd_kafka_message_t *m, int64_t at_us)
{
    struct arrival *a;

    if (w->count == w->cap) {
        w->cap = w->cap ? 2 * w->cap : 1 << 16;
        w->arrivals = realloc(w->arrivals, w->cap * sizeof *w->arrivals);
        if (!w->arrivals)
            abort();
    }
    a = &w->arrivals[w->count++];
    *a = (struct arrival){ .at_us = at_us, .len = m->len, .value = malloc(m->len + 1) };
    if (!a->value)
        abort();
    if (m->len)
        memcpy(a->value, m->payload, m->len);
    a->outcome = strcmp(rd_kafka_topic_name(m->rkt), w->outcomes_topic) == 0;
    atomic_fetch_add(a->outcome ? &w->outcomes : &w->complaints, 1);
    atomic_fetch_add(&w->assigned, !a->outcome && is_assigned(m));
}

static void *read_all(void *context)
{
    struct watch *w = context;

    while (!w->stop) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(w->rk, 50);

        if (m && !m->err)
            note(w, m, clock_mono_us());
        else if (m)
            fprintf(stderr, "watch: %s\n", rd_kafka_message_errstr(m));
        if (m)
            rd_kafka_message_destroy(m);
    }
    return NULL;
}

struct watch *watch_new(const struct kafka_options *o)
{
    static const char *const names[] = { TOPIC_COMPLAINTS, TOPIC_OUTCOMES };
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
    struct watch *w = calloc(1, sizeof *w);
    char topic[256];

    if (!w)
        abort();
    w->rk = consumer(o);
    rd_kafka_poll_set_consumer(w->rk);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(topic, sizeof topic, "%s%s", o->topic_prefix, names[i]);
        for (int p = partitions_of(w->rk, topic); p > 0; p--)
            rd_kafka_topic_partition_list_add(list, topic, p - 1)->offset = 0;
    }
    snprintf(w->outcomes_topic, sizeof w->outcomes_topic, "%s" TOPIC_OUTCOMES, o->topic_prefix);
    if (rd_kafka_assign(w->rk, list))
        give_up("assign", "refused");
    rd_kafka_topic_partition_list_destroy(list);
    if (pthread_create(&w->thread, NULL, read_all, w) != 0)
        give_up("thread", "not made");
    w->running = true;
    return w;
}

static void stop(struct watch *w)
{
    if (!w->running)
        return;
    w->stop = true;
    pthread_join(w->thread, NULL);
    w->running = false;
}

void watch_free(struct watch *w)
{
    stop(w);
    rd_kafka_consumer_close(w->rk);
    rd_kafka_destroy(w->rk);
    for (size_t i = 0; i < w->count; i++)
        free(w->arrivals[i].value);
    free(w->arrivals);
    free(w);
}

size_t watch_complaints(const struct watch *w)
{
    return w->complaints;
}

size_t watch_outcomes(const struct watch *w)
{
    return w->outcomes;
}

int watch_wait(struct watch *w, size_t complaints, size_t outcomes, int seconds)
{
    int64_t end_us = clock_mono_us() + seconds * INT64_C(1000000);

    while (w->complaints < complaints || w->outcomes < outcomes) {
        if (clock_mono_us() > end_us) {
            fprintf(stderr, "watch: %zu of %zu complaints' events and %zu of %zu outcomes after %d s\n",
                    (size_t)w->complaints, complaints, (size_t)w->outcomes, outcomes, seconds);
            return -1;
        }
        clock_sleep_us(10000);
    }
    return 0;
}

int watch_wait_assigned(struct watch *w, size_t assigned, int seconds)
{
    int64_t end_us = clock_mono_us() + seconds * INT64_C(1000000);

    while (w->assigned < assigned) {
        if (clock_mono_us() > end_us) {
            fprintf(stderr, "watch: %zu of %zu assigned after %d s\n", (size_t)w->assigned, assigned, seconds);
            return -1;
        }
        clock_sleep_us(10000);
    }
    return 0;
}

/* ---- ends ---- */

struct ends {
    rd_kafka_t *rk;
    char topic[256];
    int partitions;
};

struct ends *ends_new(const struct kafka_options *o, const char *topic)
{
    struct ends *e = calloc(1, sizeof *e);

    if (!e)
        abort();
    e->rk = consumer(o);
    snprintf(e->topic, sizeof e->topic, "%s%s", o->topic_prefix, topic);
    e->partitions = partitions_of(e->rk, e->topic);
    return e;
}

void ends_free(struct ends *e)
{
    rd_kafka_destroy(e->rk);
    free(e);
}

int64_t ends_sum(struct ends *e)
{
    int64_t sum = 0, low, high;

    for (int p = 0; p < e->partitions; p++) {
        rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(e->rk, e->topic, p, &low, &high, 10000);
        if (err)
            give_up(e->topic, rd_kafka_err2str(err));
        sum += high;
    }
    return sum;
}

/* ---- judging ---- */

struct life {
    char id[40];
    int64_t version, number;
    UT_hash_handle hh;
};

struct judge {
    struct sightings *seen;
    struct arena arena;
    struct life *lives;
};

static void problem(struct judge *j, const char *what, const char *who)
{
    if (j->seen->problems++ < PROBLEMS_SHOWN)
        fprintf(stderr, "watch: %s: %s\n", what, who);
}

static void see(struct judge *j, int64_t *when_us, int64_t *sum, int64_t number, const struct arrival *a,
                const char *who)
{
    if (number < 0 || (size_t)number >= j->seen->count)
        problem(j, "not one of the load", who);
    else if (when_us[number])
        problem(j, "seen twice", who);
    else
        when_us[number] = a->at_us;
    ++*sum;
}

static struct life *life_of(struct judge *j, const char *id)
{
    struct life *l;

    HASH_FIND_STR(j->lives, id, l);
    if (l)
        return l;
    l = arena_new(&j->arena, struct life);
    snprintf(l->id, sizeof l->id, "%s", id);
    l->number = -1;
    HASH_ADD_STR(j->lives, id, l);
    return l;
}

static void judge_event(struct judge *j, const struct arrival *a)
{
    Redress__V1__ComplaintEvent *e = redress__v1__complaint_event__unpack(NULL, a->len, a->value);
    struct life *life;

    if (!e) {
        problem(j, "cannot be unpacked", "an event");
        return;
    }
    life = life_of(j, e->complaint_id);
    if (e->version != life->version + 1)
        problem(j, "version out of order", e->complaint_id);
    life->version = e->version;
    if (e->event_case == REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED) {
        life->number = load_number(e->registered->source_event_id);
        see(j, j->seen->registered_us, &j->seen->registered, life->number, a, e->complaint_id);
    } else if (e->event_case == REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED) {
        see(j, j->seen->assigned_us, &j->seen->assigned, life->number, a, e->complaint_id);
    }
    redress__v1__complaint_event__free_unpacked(e, NULL);
}

/* Outcomes in JSON are not part of any load whose outcomes are judged one by one: they are only counted. */
static void judge_outcome(struct judge *j, const struct arrival *a)
{
    Redress__V1__Outcome *o = redress__v1__outcome__unpack(NULL, a->len, a->value);
    int64_t number = o ? load_number(o->source_event_id) : -1;

    if (!o) {
        j->seen->other_outcomes++;
        return;
    }
    if (number < 0 || (size_t)number >= j->seen->count)
        problem(j, "outcome of something else", o->source_event_id);
    else
        j->seen->outcomes[number]++;
    if (o->result == REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED)
        j->seen->accepted++;
    else if (o->result == REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_DUPLICATE)
        j->seen->duplicate++;
    else {
        j->seen->other_outcomes++;
        problem(j, "neither accepted nor a duplicate", o->n_problems ? o->problems[0]->path : o->source_event_id);
    }
    redress__v1__outcome__free_unpacked(o, NULL);
}

void watch_judge(struct watch *w, size_t count, struct sightings *ret)
{
    struct judge j = { .seen = ret };

    stop(w);
    *ret = (struct sightings){ .count = count };
    ret->registered_us = calloc(count, sizeof *ret->registered_us);
    ret->assigned_us = calloc(count, sizeof *ret->assigned_us);
    ret->outcomes = calloc(count, sizeof *ret->outcomes);
    if (!ret->registered_us || !ret->assigned_us || !ret->outcomes)
        abort();
    arena_init(&j.arena, 0);
    for (size_t i = 0; i < w->count; i++)
        if (w->arrivals[i].outcome)
            judge_outcome(&j, &w->arrivals[i]);
        else
            judge_event(&j, &w->arrivals[i]);
    HASH_CLEAR(hh, j.lives);
    arena_done(&j.arena);
}

void watch_outcomes_us(const struct watch *w, int64_t *when_us, size_t count)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct arrival *a = &w->arrivals[i];
        Redress__V1__Outcome *o = a->outcome ? redress__v1__outcome__unpack(NULL, a->len, a->value) : NULL;
        int64_t number = o ? load_number(o->source_event_id) : -1;

        if (number >= 0 && (size_t)number < count && !when_us[number])
            when_us[number] = a->at_us;
        if (o)
            redress__v1__outcome__free_unpacked(o, NULL);
    }
}

void sightings_done(struct sightings *s)
{
    free(s->registered_us);
    free(s->assigned_us);
    free(s->outcomes);
}
