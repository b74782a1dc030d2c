/* One batch, one transaction; and what is done when it fails: again, in halves, or set aside. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/event/json.h"
#include "private.h"

#define CAREFUL_AFTER   1 /* attempts without an end: from then on one record at a time */
#define SET_ASIDE_AFTER 3 /* attempts that a record gets before it is set aside unprocessed */

/* Text of a header for a dead letter: "" unless short and well-formed. */
static const char *reference(struct batch *b, const struct record *r, const char *name)
{
    const void *value;
    size_t len;

    if (!kafka_record_header(r->kafka, name, &value, &len) || len > 200 || memchr(value, '\0', len) ||
        !utf8_valid(value, len))
        return "";
    return arena_strndup(b->arena, value, len);
}

static void set_aside(struct batch *b, const struct record *r, const char *reason, const char *message)
{
    batch_dead_letter(b, r, reason, message, reference(b, r, "ce_tenantid"), reference(b, r, "ce_source"),
                      reference(b, r, "ce_id"));
}

static void set_aside_undecodable(struct batch *b)
{
    for (int i = 0; i < b->count; i++) {
        const struct record *r = &b->records[i];
        const struct field_problem *p = &r->problem;

        if (r->state == RECORD_UNDECODABLE)
            set_aside(b, r, p->code, p->path[0] ? arena_printf(b->arena, "%s: %s", p->path, p->message) : p->message);
    }
}

/* Why a record is set aside. */
struct verdict {
    const char *reason, *message;
};

/* What to do with a batch inside its transaction. */
typedef int batch_work(struct batch *b, const struct verdict *v);

static int work_normally(struct batch *b, const struct verdict *unused)
{
    (void)unused;
    set_aside_undecodable(b);
    return b->daemon->spec->on_batch(b);
}

static int work_set_aside(struct batch *b, const struct verdict *v)
{
    for (int i = 0; i < b->count; i++)
        if (b->records[i].state == RECORD_READY || b->records[i].state == RECORD_UNDECODABLE)
            set_aside(b, &b->records[i], v->reason, v->message);
    return 0;
}

/* The text of the error as it may be kept: PostgreSQL's words may quote a value, and may have been cut within a
 * character. */
static const char *told_error(struct arena *a)
{
    char *text = arena_strdup(a, err_text());
    size_t len = strlen(text);

    while (len > 0 && !utf8_valid(text, len))
        text[--len] = '\0';
    mask_personal(text);
    return text;
}

static void count_committed(struct batch *b, bool emitted, int64_t began_us)
{
    struct daemon *d = b->daemon;

    metric_observe_us(&metric_txn, NULL, clock_mono_us() - began_us);
    for (size_t i = 0; i < b->entry_count; i++)
        metric_add(&metric_events, b->entries[i].topic, 1);
    backoff_reset(&d->backoff);
    if (emitted)
        (void)pg_send(d->pg, JOURNAL_WAKE_UP); /* lost with the connection: the relay polls as well */
    if (b->count == 0)
        return;
    metric_add(&metric_batches, NULL, 1);
    metric_set(&metric_arena_peak, NULL, (int64_t)b->arena->peak);
    metric_set(&metric_lag_records, NULL, b->count);
    for (int i = 0; i < b->count; i++)
        metric_add(b->records[i].state == RECORD_REPEAT ? &metric_repeats : &metric_records, b->records[i].topic->name,
                   1);
}

static int finish(struct batch *b, int r, int64_t began_us)
{
    bool emitted = false;

    if (r == 0)
        r = batch_flush(b, &emitted);
    if (r == 0)
        r = pg_commit(b->pg);
    if (r < 0) {
        pg_rollback(b->pg);
        return r;
    }
    if (b->count)
        offsets_moved(b);
    count_committed(b, emitted, began_us);
    return 0;
}

/* What may end the process is counted before: all of a batch after an assignment, each record after a crash. */
static int begin_attempt(struct batch *b)
{
    struct daemon *d = b->daemon;
    int r = daemon_ensure_pg(d);

    if (r == ERR_POISON)
        r = err_prefix(ERR_RETRY, "connecting"); /* an unknown role, a wrong setting: not the record's fault */
    if (r == 0 && (d->careful || offsets_suspect(d, b->records, b->count)))
        r = offsets_count_attempt(b);
    return r;
}

/* It failed, but it did end: that is no crash, however the process ends later. */
static int end_attempt(struct batch *b, int r)
{
    const char *why = arena_strdup(b->arena, err_text());

    offsets_uncount_attempt(b);
    return err_set(r, "%s", why);
}

/* One attempt: everything or nothing. */
static int attempt(struct daemon *d, struct record *records, int count, batch_work *work, const struct verdict *v)
{
    struct arena_mark mark = arena_mark(&d->arena);
    struct batch b = { .daemon = d, .arena = &d->arena, .pg = d->pg, .records = records, .count = count };
    int64_t began_us;
    int r;

    r = begin_attempt(&b);
    if (r == 0 && work == work_normally && d->spec->on_prepare)
        r = d->spec->on_prepare(&b);
    began_us = clock_mono_us();
    if (r == 0)
        r = pg_begin(d->pg);
    if (r == 0) {
        r = offsets_move(&b, &b.now_us);
        if (r == 0) {
            daemon_learn_time(d, b.now_us);
            r = work(&b, v);
        }
        r = finish(&b, r, began_us);
    }
    if (r < 0)
        r = end_attempt(&b, r);
    arena_rewind(&d->arena, mark);
    return r;
}

/* Again before each pause: while a batch waits its age grows. */
static void measure_lag(const struct record *records, int count)
{
    int64_t now_us = clock_wall_us(); /* Kafka's stamps are wall time */

    for (int i = count - 1; i >= 0; i--) { /* the first record of each topic is the oldest: it is set last */
        int64_t age = now_us - records[i].kafka->timestamp_us;
        metric_set(&metric_lag_age, records[i].topic->name, records[i].kafka->timestamp_us && age > 0 ? age / 1000 : 0);
    }
}

static int process_range(struct daemon *d, struct record *records, int count, batch_work *work,
                         const struct verdict *v);

static int halve(struct daemon *d, struct record *records, int count)
{
    int half = count / 2, r;

    r = process_range(d, records, half, work_normally, NULL);
    return r < 0 ? r : process_range(d, records + half, count - half, work_normally, NULL);
}

/* Until it is done, or is not ours any more, or the process must end. */
static int process_range(struct daemon *d, struct record *records, int count, batch_work *work, const struct verdict *v)
{
    struct verdict refused = { .reason = "refused" };
    int failures = 0;

    for (;;) {
        int r = attempt(d, records, count, work, v);

        if (r == 0 || r == ERR_FENCED || r == ERR_UNCERTAIN || r == ERR_FATAL)
            return r;
        failures += pg_connected(d->pg);
        if (work == work_normally && r == ERR_POISON && count == 1) {
            log_warning("record set aside", LOG_STR("topic", records->kafka->topic),
                        LOG_INT("partition", records->kafka->partition), LOG_INT("offset", records->kafka->offset),
                        LOG_STR("why", err_text()));
            work = work_set_aside;
            refused.message = told_error(&d->arena); /* now: writing it may fail and have a text of its own */
            v = &refused;
            continue;
        }
        if (count > 1 && (r == ERR_POISON || failures >= (int)d->config->retry.bisect_after))
            return halve(d, records, count);
        measure_lag(records, count);
        daemon_condition(d, "batch", err_text());
        r = daemon_pause(d, "batch", r);
        if (r < 0)
            return r;
        if (d->revoked)
            return err_set(ERR_FENCED, "the partitions were taken away while the batch was waiting");
        if (d->stop_deadline_us && clock_mono_us() > d->stop_deadline_us)
            return err_set(ERR_RETRY, "stopped before the batch could be done");
    }
}

static int process_one(struct daemon *d, struct record *record)
{
    static const struct verdict crashed = { "crashed", "processing this record ended the process several times" };
    struct batch b = { .daemon = d, .arena = &d->arena, .pg = d->pg, .records = record, .count = 1 };
    const struct partition_state *s = offsets_find(d, record->kafka->topic, record->kafka->partition);
    int r;

    /* The attempts of a partition are those of the first record after its offset. */
    if (s && s->suspect && s->attempts >= SET_ASIDE_AFTER) {
        log_error("record ended the process several times: set aside", LOG_STR("topic", record->kafka->topic),
                  LOG_INT("partition", record->kafka->partition), LOG_INT("offset", record->kafka->offset));
        return process_range(d, record, 1, work_set_aside, &crashed);
    }
    r = begin_attempt(&b);
    if (r < 0)
        return r;
    records_decode(&d->arena, record, 1);
    return process_range(d, record, 1, work_normally, NULL);
}

/* After a crash. */
static int process_carefully(struct daemon *d, struct record *records, int count)
{
    int r = 0;

    d->careful = true;
    for (int i = 0; i < count && r == 0; i++)
        r = process_one(d, &records[i]);
    d->careful = false;
    return r;
}

static int process_batch(struct daemon *d, struct record *records, int count)
{
    struct batch b = { .daemon = d, .arena = &d->arena, .pg = d->pg, .records = records, .count = count };
    int r = begin_attempt(&b);

    if (r < 0)
        return r;
    records_decode(&d->arena, records, count);
    return process_range(d, records, count, work_normally, NULL);
}

/* After a restore Kafka still holds what this database has lost again. It tells of what did not happen here: were it
 * applied, what happens now would be taken for its repeat. */
static int drop_unwritten(struct daemon *d, struct record *records, int count)
{
    const struct journal_position **positions = arena_array(&d->arena, const struct journal_position *, (size_t)count);
    struct record **others = arena_array(&d->arena, struct record *, (size_t)count);
    bool *unwritten = arena_array(&d->arena, bool, (size_t)count);
    size_t found = 0;
    int64_t dropped = 0;
    int r;

    for (int i = 0; i < count; i++)
        if (records[i].position.epoch[0] && journal_epoch_is_other(records[i].position.epoch, d->epoch)) {
            others[found] = &records[i];
            positions[found++] = &records[i].position;
        }
    r = found ? daemon_ensure_pg(d) : 0;
    if (r == 0 && found)
        r = journal_find_unwritten(d->pg, &d->arena, positions, found, unwritten);
    for (size_t i = 0; r == 0 && i < found; i++)
        if (unwritten[i]) {
            others[i]->state = RECORD_REPEAT;
            dropped++;
        }
    if (dropped)
        log_warning("records of a time that a restore took back are dropped", LOG_INT("records", dropped));
    return r;
}

int process_records(struct daemon *d, struct kafka_record *in, int count)
{
    struct record *records;
    int good = offsets_check(d, in, count), r;

    d->revoked = false;
    if (good == 0)
        return err_set(ERR_FENCED, "records are missing between where we are and what came: reading again");
    records = arena_array(&d->arena, struct record, (size_t)good);
    records_open(d, &d->arena, in, good, records);
    measure_lag(records, good);
    r = drop_unwritten(d, records, good);
    if (r == 0)
        r = offsets_attempts(d, records, good) >= CAREFUL_AFTER ? process_carefully(d, records, good)
                                                                : process_batch(d, records, good);
    if (good < count)
        d->astray = true;
    arena_reset(&d->arena);
    return r;
}

int process_timer(struct daemon *d, const struct daemon_timer *t)
{
    _cleanup_(pg_result_freep) struct pg_result *now = NULL;
    struct batch b = { .daemon = d, .arena = &d->timer_arena, .pg = d->pg };
    int64_t began_us = clock_mono_us();
    int r, more = 0;

    r = pg_begin(d->pg);
    if (r == 0)
        r = pg_exec(d->pg, &runtime_clock, NULL, &now);
    if (r == 0) {
        b.now_us = pg_time_us(now, 0, 0);
        daemon_learn_time(d, b.now_us);
        more = t->run(&b);
        r = more < 0 ? more : 0;
    }
    r = finish(&b, r, began_us);
    if (r == 0)
        metric_add(&metric_timer_runs, t->name, 1);
    arena_reset(&d->timer_arena);
    return r < 0 ? r : more;
}

int daemon_transact(struct daemon *d, const struct daemon_timer *t)
{
    return process_timer(d, t);
}
