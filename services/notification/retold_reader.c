/* Reading what was told in a time that a restore took back. */
#include <stdlib.h>
#include <string.h>

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/kafka/reader.h"
#include "redress/v1/notification_event.pb-c.h"
#include "retold.h"
#include "send_private.h"
#include "store_retold.h"

#define MARGIN_US     INT64_C(3600000000) /* clocks differ, and what was written last need not be the youngest */
#define ASK_MS        3000                /* one question to Kafka */
#define STEP_US       INT64_C(100000)
#define QUIET_US      INT64_C(30000000) /* without a record: begun anew */
#define AT_ONCE       500
#define LOCK_PAUSE_US INT64_C(1000000)

struct retold_reader {
    struct retold_known known;
    struct kafka_reader *kafka; /* NULL: not begun */
    int64_t next_us;            /* not before */
    int64_t progress_us;
    struct backoff backoff;
    struct arena arena;
    struct retold *items; /* of this step; in the arena */
    size_t count, kept, found, recognised;
    bool locked, begun;
    bool unsaved; /* the items are to be written */
    bool ended;   /* they are the last */
    bool said;    /* why it waits */
    struct arena list_arena;
    struct uuid *waiting; /* messages that may be among what was told; NULL: not asked for yet */
    size_t waiting_count, looked_up, page;
};

static void close_kafka(struct retold_reader *r)
{
    kafka_reader_free(r->kafka);
    r->kafka = NULL;
    r->kept = 0;
}

/* All that was begun. */
static void forget(struct retold_reader *r)
{
    close_kafka(r);
    r->locked = r->begun = r->unsaved = r->ended = false;
    r->waiting = NULL;
    r->waiting_count = r->looked_up = r->recognised = 0;
    r->next_us = 0;
    arena_reset(&r->arena);
    arena_reset(&r->list_arena);
}

void retold_reader_free(struct retold_reader *r)
{
    close_kafka(r);
    arena_done(&r->arena);
    arena_done(&r->list_arena);
    free(r);
}

static struct retold_reader *make(const struct config *config)
{
    struct retold_reader *r = calloc(1, sizeof *r);

    if (!r)
        abort();
    arena_init(&r->arena, 0);
    arena_init(&r->list_arena, 0);
    backoff_init(&r->backoff, config->retry.first_ms, config->retry.max_ms);
    retold_metrics();
    return r;
}

struct retold_reader *retold_reader_start(struct retold_reader *r, const struct config *config)
{
    if (!r)
        return make(config);
    forget(r);
    r->known = (struct retold_known){ .anything = false };
    return r;
}

bool retold_reader_done(const struct retold_reader *r)
{
    return r->known.epoch[0] != '\0';
}

const struct retold_known *retold_reader_known(const struct retold_reader *r)
{
    return &r->known;
}

/* ---- Kafka ---- */

static int open_kafka(struct retold_reader *r, const struct daemon *d, int64_t since_us)
{
    struct kafka_options o = daemon_kafka_options(d);
    int e = kafka_reader_new(&o, &r->kafka);

    if (e == 0)
        e = kafka_reader_add(r->kafka, TOPIC_NOTIFICATIONS, -1, KAFKA_BEGINNING, ASK_MS);
    if (e > 0)
        e = err_set(ERR_RETRY, "topic %s%s does not exist", o.topic_prefix, TOPIC_NOTIFICATIONS);
    if (e == 0)
        e = kafka_reader_since(r->kafka, since_us - MARGIN_US, ASK_MS);
    if (e == 0)
        e = kafka_reader_start(r->kafka);
    r->progress_us = clock_mono_us();
    return e;
}

/* What became of a message, as the topic calls it; 0: another program's word. */
static enum message_state state_of(const Redress__V1__NotificationEvent *e)
{
    static const struct {
        Redress__V1__NotificationEvent__EventCase event;
        enum message_state state;
    } states[] = { { REDRESS__V1__NOTIFICATION_EVENT__EVENT_SENT, MESSAGE_SENT },
                   { REDRESS__V1__NOTIFICATION_EVENT__EVENT_DELIVERED, MESSAGE_DELIVERED },
                   { REDRESS__V1__NOTIFICATION_EVENT__EVENT_FAILED, MESSAGE_FAILED },
                   { REDRESS__V1__NOTIFICATION_EVENT__EVENT_UNKNOWN, MESSAGE_UNKNOWN },
                   { REDRESS__V1__NOTIFICATION_EVENT__EVENT_EXPIRED, MESSAGE_EXPIRED },
                   { REDRESS__V1__NOTIFICATION_EVENT__EVENT_CANCELLED, MESSAGE_CANCELLED } };

    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (states[i].event == e->event_case)
            return states[i].state;
    return 0;
}

/* Everything that is kept of it, in the arena. */
static bool read_message(struct arena *a, const Redress__V1__NotificationEvent *e, struct message *ret)
{
    *ret = (struct message){ .tenant = arena_strdup(a, e->tenant),
                             .number = arena_strdup(a, e->complaint_number),
                             .event = arena_strdup(a, e->cause),
                             .audience = (enum notice_audience)e->audience,
                             .recipient = arena_strdup(a, e->recipient_id),
                             .channel = (enum notice_channel)e->channel,
                             .gateway = arena_strdup(a, e->gateway),
                             .state = state_of(e) };
    if (!uuid_parse(e->message_id, strlen(e->message_id), &ret->id))
        return false;
    if (*e->complaint_id && !uuid_parse(e->complaint_id, strlen(e->complaint_id), &ret->complaint))
        return false;
    return ret->state != 0;
}

/* Of another time of this system; whether this journal knows of it is asked of all at once. */
static void take_record(struct retold_reader *r, const struct daemon *d, const struct kafka_record *k)
{
    struct retold *item = &r->items[r->count];
    struct record record;

    daemon_open_record(&r->arena, k, &record);
    if (record.state != RECORD_READY || !record.position.epoch[0] ||
        !journal_epoch_is_other(record.position.epoch, daemon_epoch(d)))
        return;
    item->position = record.position;
    if (read_message(&r->arena, (const Redress__V1__NotificationEvent *)record.message, &item->message))
        r->count++;
}

/* What comes within the step's time. */
static int read_records(struct retold_reader *r, const struct daemon *d)
{
    int64_t end_us = clock_mono_us() + STEP_US;

    while (r->count < AT_ONCE && clock_mono_us() < end_us && !kafka_reader_caught_up(r->kafka)) {
        struct kafka_record k;

        if (kafka_reader_poll(r->kafka, &k, 50) <= 0)
            continue;
        r->progress_us = clock_mono_us();
        take_record(r, d, &k);
        kafka_records_free(&k, 1);
    }
    if (clock_mono_us() - r->progress_us > QUIET_US)
        return err_set(ERR_RETRY, "kafka: %s could not be read to its end in time", TOPIC_NOTIFICATIONS);
    r->ended = kafka_reader_caught_up(r->kafka);
    return 0;
}

/* ---- PostgreSQL ---- */

/* Only what this journal never wrote: of the rest it has its own rows. */
static int keep_unwritten(struct retold_reader *r, struct daemon *d)
{
    const struct journal_position **positions = arena_array(&r->arena, const struct journal_position *, AT_ONCE);
    bool *unwritten = arena_array(&r->arena, bool, AT_ONCE);
    size_t kept = 0;
    int e;

    if (r->count == 0)
        return 0;
    for (size_t i = 0; i < r->count; i++)
        positions[i] = &r->items[i].position;
    e = journal_find_unwritten(daemon_pg(d), &r->arena, positions, r->count, unwritten);
    for (size_t i = 0; e == 0 && i < r->count; i++)
        if (unwritten[i])
            r->items[kept++] = r->items[i];
    r->count = kept;
    return e;
}

static int save(struct batch *b)
{
    struct retold_reader *r = ((struct sender *)daemon_state(b->daemon))->retold;

    return retold_store_save(b, r->items, r->count);
}

/* What the database holds as not sent yet may have been sent since: nothing has left in this epoch. */
static int recognise(struct batch *b)
{
    struct retold_reader *r = ((struct sender *)daemon_state(b->daemon))->retold;
    int e = retold_store_recognise(b, r->waiting + r->looked_up, r->page, true, NULL, &r->found);

    return e < 0 || r->looked_up + r->page < r->waiting_count ? e : retold_store_save_epoch(b);
}

/* ---- steps ---- */

static void say(struct retold_reader *r, struct daemon *d, const char *why)
{
    if (!why && !r->said)
        return;
    daemon_condition(d, "told before", why);
    r->said = why != NULL;
}

/* What was read and not kept is read again: all is begun anew, later, and perhaps by an instance that has more luck. */
static void put_off(struct retold_reader *r, struct daemon *d)
{
    say(r, d, err_text());
    if (r->locked)
        (void)retold_store_unlock(daemon_pg(d)); /* if it fails, the lock goes with the connection */
    forget(r);
    r->next_us = clock_mono_us() + backoff_next_ms(&r->backoff) * 1000;
}

/* Where nothing was written before this epoch there is nothing to read, and no need of Kafka. */
static int begin(struct retold_reader *r, struct daemon *d)
{
    struct retold_epoch epoch;
    int e = r->locked ? 1 : retold_store_lock(daemon_pg(d));

    if (e == 0) {
        say(r, d, "another instance reads what was told before a fail-over or restore");
        r->next_us = clock_mono_us() + LOCK_PAUSE_US;
    }
    if (e <= 0)
        return e;
    r->locked = true;
    e = retold_store_find(daemon_pg(d), &r->arena, daemon_epoch(d), &epoch);
    if (e < 0)
        return e;
    r->begun = true;
    r->ended = epoch.read || !epoch.any_before;
    if (r->ended)
        return 0;
    say(r, d, "what was told before a fail-over or restore is being read from Kafka");
    if (open_kafka(r, d, epoch.before_us) < 0)
        put_off(r, d);
    return 0;
}

/* Fills the step's items. */
static int gather(struct retold_reader *r, struct daemon *d)
{
    int e;

    r->items = arena_array(&r->arena, struct retold, AT_ONCE);
    r->count = 0;
    if (!r->ended && read_records(r, d) < 0) {
        put_off(r, d);
        return 0;
    }
    e = keep_unwritten(r, d);
    if (e < 0)
        put_off(r, d);
    r->unsaved = e == 0 && r->count > 0;
    if (!r->unsaved)
        arena_reset(&r->arena);
    return e;
}

static int finish(struct retold_reader *r, struct daemon *d)
{
    int e;

    log_info("what was told before this epoch is known", LOG_STR("epoch", daemon_epoch(d)),
             LOG_INT("messages", (int64_t)r->kept), LOG_INT("recognised", (int64_t)r->recognised));
    retold_count(r->recognised);
    forget(r);
    backoff_reset(&r->backoff);
    e = retold_store_unlock(daemon_pg(d));
    return e < 0 ? e : 0;
}

static int read_on(struct retold_reader *r, struct daemon *d)
{
    static const struct daemon_timer timer = { .name = "told_before", .run = save };
    int e = r->unsaved ? 0 : gather(r, d);

    if (e < 0 || !r->unsaved)
        return e;
    e = daemon_transact(d, &timer);
    if (e < 0)
        return e;
    r->unsaved = false;
    r->kept += r->count;
    arena_reset(&r->arena);
    return 0;
}

/* Page by page; the epoch is known with the last of them. */
static int look_up(struct retold_reader *r, struct daemon *d)
{
    static const struct daemon_timer timer = { .name = "recognise", .run = recognise };
    size_t left;
    int e = r->waiting ? 0 : retold_store_candidates(daemon_pg(d), &r->list_arena, &r->waiting, &r->waiting_count);

    if (e < 0)
        return e;
    left = r->waiting_count - r->looked_up;
    r->page = left < AT_ONCE ? left : AT_ONCE;
    e = daemon_transact(d, &timer);
    if (e < 0)
        return e;
    r->looked_up += r->page;
    r->recognised += r->found;
    return r->looked_up < r->waiting_count ? 0 : finish(r, d);
}

int retold_reader_step(struct retold_reader *r, struct daemon *d)
{
    int e;

    if (clock_mono_us() < r->next_us)
        return 0;
    e = retold_known(d, &r->known);
    if (e > 0)
        say(r, d, NULL);
    if (e != 0)
        return e < 0 ? e : 0;
    if (!r->begun)
        e = begin(r, d);
    if (e < 0 || !r->begun)
        return e;
    return r->ended && !r->unsaved ? look_up(r, d) : read_on(r, d);
}
