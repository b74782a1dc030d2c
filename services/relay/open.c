/* Before anything is published: what is in Kafka, which epoch it is, where the cursor stands. */
#include "private.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"

#define KAFKA_TIMEOUT_MS 5000
/* Only the newest TAILS_RECORDS of each partition are looked at. Should a higher number hide behind late records of an
 * earlier relay, it is less than a window's worth of batches higher. */
#define EPOCH_MARGIN 100000

int relay_keep_session(void *relay)
{
    struct relay *r = relay;
    int64_t now = clock_mono_us();

    if (now - r->ping_us < daemon_config(r->daemon)->relay.idle_session_ms * 250)
        return 0;
    r->ping_us = now;
    return pg_script(daemon_pg(r->daemon), "SELECT 1");
}

void relay_close(struct relay *r)
{
    publisher_close(&r->publisher);
    r->open = false;
    r->blocked[0] = '\0';
    r->retry_us = clock_mono_us() + backoff_next_ms(&r->retry) * 1000;
}

static int read_tails(struct relay *r)
{
    struct kafka_options o = daemon_kafka_options(r->daemon);
    int e;

    for (const struct topic *t = topics; t->name; t++)
        if (!t->from_outside && !tails_add(&r->tails, t->name))
            return err_set(ERR_FATAL, "too many topics");
    e = store_load_topics(daemon_pg(r->daemon), &r->tails);
    if (e < 0)
        return e;
    e = tails_read(&r->tails, &r->epochs, &o, KAFKA_TIMEOUT_MS, relay_keep_session, r);
    if (e < 0 && !pg_connected(daemon_pg(r->daemon)))
        return e;
    daemon_condition(r->daemon, "kafka", e < 0 ? err_text() : NULL);
    return e < 0 ? 1 : 0;
}

/* The system was failed over or restored, or is new: a new number line, past everything published. */
static int open_epoch(struct relay *r, const struct standing *s)
{
    int64_t past = r->tails.highest_batch ? r->tails.highest_batch + EPOCH_MARGIN : 0;
    int e = store_open_epoch(daemon_pg(r->daemon), &r->arena, s->now_epoch, past);

    if (e == 0)
        log_warning("journal epoch opened", LOG_STR("epoch", s->now_epoch), LOG_STR("before", s->cursor.epoch),
                    LOG_INT("highest_published", r->tails.highest_batch));
    return e;
}

/* Kafka holds more of this very epoch than was ever drawn: a copy of the data folder was put back without recovery, so
 * the timeline is the same. New entries would have the numbers of published ones and be taken for repeats. */
static bool was_set_back(struct relay *r, const struct standing *s)
{
    int64_t published = tails_highest_of(&r->tails, s->now_epoch);

    if (published <= s->last_batch) {
        daemon_condition(r->daemon, "journal", NULL);
        return false;
    }
    daemon_condition(r->daemon, "journal",
                     arena_printf(&r->arena,
                                  "Kafka holds batch %lld of epoch %s, but the journal ends at %lld: the database was "
                                  "set back without a new timeline; restore it with archive recovery (recovery.signal)",
                                  (long long)published, s->now_epoch, (long long)s->last_batch));
    return true;
}

static int start_publishing(struct relay *r, const struct standing *s)
{
    int e = publisher_open(&r->publisher);

    if (e < 0)
        return e;
    r->cursor = r->acked = s->cursor;
    gap_init(&r->gap, s->cursor.batch, s->cursor.ord);
    r->gap_pause_ms = 0;
    r->stalled = false;
    r->behind = true;
    r->open = true;
    daemon_condition(r->daemon, "relay", NULL);
    log_info("publishing", LOG_STR("epoch", s->cursor.epoch), LOG_INT("batch", s->cursor.batch),
             LOG_INT("ord", s->cursor.ord));
    return 0;
}

int relay_open(struct relay *r)
{
    struct pg_conn *pg = daemon_pg(r->daemon);
    struct standing s;
    int e = store_load_epochs(pg, &r->epochs);

    if (e == 0)
        e = read_tails(r);
    if (e == 0)
        e = store_load_standing(pg, &s); /* after the tails: what was drawn since is only more */
    if (e == 0 && (strcmp(s.cursor.epoch, s.now_epoch) != 0 || epochs_find(&r->epochs, s.now_epoch) < 0)) {
        e = open_epoch(r, &s);
        r->retry_us = 0;
        return e < 0 ? e : 1; /* and once more from the start: the tails are judged by the epochs */
    }
    if (e == 0 && was_set_back(r, &s))
        e = 1;
    if (e == 0)
        e = start_publishing(r, &s);
    if (e > 0)
        r->retry_us = clock_mono_us() + backoff_next_ms(&r->retry) * 1000;
    return e;
}
