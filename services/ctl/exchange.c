#include "exchange.h"

#include <string.h>
#include <uthash.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "common/kafka/producer.h"
#include "common/kafka/reader.h"
#include "follow.h"
#include "record.h"
#include "redress/v1/dead_letter.pb-c.h"

#define STEP_MS        50
#define QUIET_US       2000000 /* after an unexpected dead letter: its outcome may follow */
#define STRAYS_MAX     4096
#define ANSWER_BYTES   ((size_t)1 << 20)
#define ASK_TIMEOUT_MS 10000

struct key_queue {
    const char *key;
    struct exchange_item *head, *first, *last; /* of this key; first: the oldest without an answer */
    UT_hash_handle hh;
};

/* A dead letter that came before Kafka's acknowledgement of its record did. */
struct stray {
    int32_t partition;
    int64_t offset, at_us;
    struct field_problem problem;
};

struct running {
    const struct exchange *x;
    struct arena *arena; /* the run's */
    struct arena answer; /* of one answer */
    struct kafka_producer *producer;
    struct kafka_reader *reader;
    struct key_queue *queues;
    struct follow *follow; /* NULL: nothing is followed */
    struct stray *strays;
    size_t stray_count;
    size_t sent, acknowledged, answered, dead, dead_unexpected, failed;
    int64_t began_us, progress_us;
};

static void on_delivered(void *context, void *tag, int err_class, const char *why, int32_t partition, int64_t offset)
{
    struct running *run = context;
    struct exchange_item *item = tag;

    run->acknowledged++;
    run->progress_us = clock_mono_us();
    if (err_class) {
        item->failure = arena_strdup(run->arena, why);
        if (item->state == EXCHANGE_WAITING) {
            item->state = EXCHANGE_FAILED;
            run->failed++;
        }
        return;
    }
    item->partition = partition;
    item->offset = offset;
}

static const char *answer_key(const struct exchange_item *item)
{
    return item->answer_key ? item->answer_key : item->key;
}

static void remember(struct running *run, struct exchange_item *item)
{
    struct key_queue *q;

    HASH_FIND_STR(run->queues, answer_key(item), q);
    if (!q) {
        q = arena_new(run->arena, struct key_queue);
        q->key = answer_key(item);
        HASH_ADD_KEYPTR(hh, run->queues, q->key, strlen(q->key), q);
    }
    if (q->last)
        q->last->same_key = item;
    q->last = item;
    if (!q->head)
        q->head = item;
    if (!q->first)
        q->first = item;
}

static void send_item(struct running *run, struct exchange_item *item)
{
    int r = kafka_produce(run->producer, &(struct kafka_message){
                                             .topic = run->x->topic,
                                             .partition = -1,
                                             .key = item->key,
                                             .key_len = strlen(item->key),
                                             .value = item->value,
                                             .value_len = item->value_len,
                                             .headers = item->headers,
                                             .header_count = item->header_count,
                                             .tag = item,
                                         });
    if (r == ERR_RETRY)
        return; /* the queue is full: once more, later */
    item->sent_us = clock_wall_us();
    run->sent++;
    if (r < 0) {
        item->failure = arena_strdup(run->arena, err_text());
        item->state = EXCHANGE_FAILED;
        run->failed++;
        run->acknowledged++;
        return;
    }
    item->state = EXCHANGE_WAITING;
    remember(run, item);
}

static struct exchange_item *oldest_open(struct key_queue *q)
{
    while (q->first && q->first->state != EXCHANGE_WAITING && q->first->state != EXCHANGE_DEAD)
        q->first = q->first->same_key;
    return q->first;
}

static const struct field_problem *keep_problems(struct arena *a, const Redress__V1__Outcome *o)
{
    struct field_problem *kept = arena_array(a, struct field_problem, o->n_problems + 1);

    for (size_t i = 0; i < o->n_problems; i++)
        kept[i] = (struct field_problem){ arena_strdup(a, o->problems[i]->path), arena_strdup(a, o->problems[i]->code),
                                          arena_strdup(a, o->problems[i]->message) };
    return kept;
}

/* The answer's own memory is used again for the next one. */
static const Redress__V1__Outcome *keep_outcome(struct running *run, const Redress__V1__Outcome *o)
{
    struct field_problem ignored;
    ProtobufCMessage *m = NULL;
    size_t len;
    const void *packed = event_pack(&run->answer, &o->base, &len);

    if (event_unpack(run->arena, o->base.descriptor, packed, len, &m, &ignored) != 0)
        return NULL;
    return (const Redress__V1__Outcome *)m;
}

static void take_outcome(struct running *run, const struct kafka_record *k, const Redress__V1__Outcome *o)
{
    const char *key = arena_strndup(&run->answer, k->key ? k->key : "", k->key_len);
    const char *id = ctl_record_header(&run->answer, k, "ce_id");
    struct exchange_item *item;
    struct key_queue *q;

    HASH_FIND_STR(run->queues, key, q);
    if (!q)
        return;
    for (item = q->head; item && *id; item = item->same_key)
        if (item->answer_id && strcmp(item->answer_id, id) == 0)
            return;
    item = oldest_open(q);
    if (!item)
        return;
    if (item->state == EXCHANGE_DEAD) {
        run->dead--;
        run->dead_unexpected -= !item->dead_letter_expected;
    }
    item->state = EXCHANGE_ANSWERED;
    item->answered_us = k->timestamp_us;
    item->result = o->result;
    item->complaint_id = arena_strdup(run->arena, o->complaint_id);
    item->complaint_number = arena_strdup(run->arena, o->complaint_number);
    item->problems = keep_problems(run->arena, o);
    item->problem_count = o->n_problems;
    item->outcome = run->x->keep_outcomes ? keep_outcome(run, o) : NULL;
    item->answer_id = arena_strdup(run->arena, id);
    run->answered++;
    run->progress_us = clock_mono_us();
    if (run->follow && o->result == REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED) {
        item->followed = true;
        follow_expect(run->follow, item);
    }
}

static void take_event(struct running *run, const struct kafka_record *k, const Redress__V1__ComplaintEvent *e)
{
    size_t before = follow_open(run->follow);

    follow_take(run->follow, e, k->timestamp_us);
    if (follow_open(run->follow) < before)
        run->progress_us = clock_mono_us();
}

static void keep_stray(struct running *run, const struct kafka_record *k, const Redress__V1__DeadLetter *d)
{
    if (strcmp(d->topic, run->x->topic) != 0 || run->stray_count == STRAYS_MAX)
        return;
    run->strays[run->stray_count++] = (struct stray){
        d->partition,
        d->offset,
        k->timestamp_us,
        { "", arena_strdup(run->arena, d->reason), arena_strdup(run->arena, d->message) },
    };
}

static struct exchange_item *item_at(struct running *run, const struct stray *s)
{
    for (size_t i = 0; i < run->x->count; i++) {
        struct exchange_item *item = &run->x->items[i];
        if (item->state == EXCHANGE_WAITING && item->offset == s->offset && item->partition == s->partition)
            return item;
    }
    return NULL;
}

static void match_strays(struct running *run)
{
    size_t left = 0;

    for (size_t i = 0; i < run->stray_count; i++) {
        struct stray *s = &run->strays[i];
        struct exchange_item *item = item_at(run, s);
        if (!item) {
            run->strays[left++] = *s;
            continue;
        }
        item->state = EXCHANGE_DEAD;
        item->answered_us = s->at_us;
        item->problems = arena_memdup(run->arena, &s->problem, sizeof s->problem);
        item->problem_count = 1;
        run->dead++;
        run->dead_unexpected += !item->dead_letter_expected;
        run->progress_us = clock_mono_us();
    }
    /* Those of other senders are forgotten once all of ours have a place. */
    run->stray_count = run->acknowledged == run->x->count ? 0 : left;
}

static int take_answers(struct running *run, int wait_ms)
{
    struct kafka_record k;
    int r;

    while ((r = kafka_reader_poll(run->reader, &k, wait_ms)) > 0) {
        const struct topic *t = topic_find(k.topic);
        struct field_problem problem;
        ProtobufCMessage *m;

        wait_ms = 0;
        arena_reset(&run->answer);
        if (t && ctl_record_message(&run->answer, t, &k, &m, &problem) == 0) {
            if (m->descriptor == &redress__v1__outcome__descriptor)
                take_outcome(run, &k, (const Redress__V1__Outcome *)m);
            else if (m->descriptor == &redress__v1__complaint_event__descriptor)
                take_event(run, &k, (const Redress__V1__ComplaintEvent *)m);
            else
                keep_stray(run, &k, (const Redress__V1__DeadLetter *)m);
        }
        kafka_records_free(&k, 1);
    }
    return r;
}

static int open_run(struct running *run)
{
    struct kafka_options o = ctl_kafka(run->x->ctl);
    static const char *const answers[] = { TOPIC_OUTCOMES, TOPIC_DEAD_LETTERS, TOPIC_COMPLAINTS };
    size_t topics_read = run->x->follow ? 3 : 2;
    int r;

    r = kafka_producer_new(&o,
                           &(struct kafka_producer_spec){ .linger_ms = 5,
                                                          .timeout_ms = (int)run->x->timeout_ms,
                                                          .max_record_bytes = (size_t)64 << 20,
                                                          .on_delivered = on_delivered,
                                                          .context = run },
                           &run->producer);
    if (r < 0)
        return r;
    r = kafka_producer_partitions(run->producer, run->x->topic, ASK_TIMEOUT_MS);
    if (r <= 0)
        return r < 0 ? r : err_set(ERR_RETRY, "there is no topic %s%s", o.topic_prefix, run->x->topic);
    if (!run->x->wait)
        return 0;
    r = kafka_reader_new(&o, &run->reader);
    for (size_t i = 0; r == 0 && i < topics_read; i++) {
        r = kafka_reader_add(run->reader, answers[i], -1, KAFKA_END, ASK_TIMEOUT_MS);
        if (r == 1)
            return err_set(ERR_RETRY, "there is no topic %s%s", o.topic_prefix, answers[i]);
    }
    return r < 0 ? r : kafka_reader_start(run->reader);
}

static bool finished(const struct running *run)
{
    if (run->acknowledged < run->x->count)
        return false;
    if (!run->x->wait)
        return true;
    if (run->answered + run->dead + run->failed < run->x->count)
        return false;
    if (run->follow && follow_open(run->follow) > 0)
        return false;
    return run->dead_unexpected == 0 || clock_mono_us() - run->progress_us > QUIET_US;
}

static bool send_is_due(const struct running *run)
{
    const struct exchange *x = run->x;

    if (run->sent == x->count)
        return false;
    return x->rate_per_s == 0 || clock_mono_us() >= run->began_us + (int64_t)run->sent * 1000000 / x->rate_per_s;
}

static int turn(struct running *run)
{
    const struct exchange *x = run->x;
    int r = 0, burst = 0;

    while (send_is_due(run) && burst++ < 256)
        send_item(run, &x->items[run->sent]);
    kafka_producer_poll(run->producer, x->wait ? 0 : STEP_MS);
    if (x->wait) {
        r = take_answers(run, run->sent < x->count ? 1 : STEP_MS);
        if (run->stray_count)
            match_strays(run);
    }
    if (x->progress)
        x->progress(x->context, run->sent, run->answered + run->dead, x->count);
    return r;
}

static int loop(struct running *run)
{
    int r;

    run->began_us = run->progress_us = clock_mono_us();
    while (!finished(run)) {
        r = turn(run);
        if (r < 0)
            return r;
        if (run->sent < run->x->count && run->x->rate_per_s)
            run->progress_us = clock_mono_us();
        if (clock_mono_us() - run->progress_us > run->x->timeout_ms * 1000)
            return 1;
    }
    return 0;
}

int exchange_run(const struct exchange *x)
{
    struct running run = { .x = x, .arena = x->ctl->arena };
    int r;

    for (size_t i = 0; i < x->count; i++)
        x->items[i].offset = -1;
    run.strays = arena_array(run.arena, struct stray, STRAYS_MAX);
    if (x->follow)
        run.follow = follow_new(run.arena);
    arena_init(&run.answer, ANSWER_BYTES);
    r = open_run(&run);
    if (r == 0)
        r = loop(&run);
    kafka_producer_free(run.producer);
    kafka_reader_free(run.reader);
    HASH_CLEAR(hh, run.queues);
    follow_free(run.follow);
    arena_done(&run.answer);
    return r;
}

const char *exchange_result(const struct exchange_item *item)
{
    const ProtobufCEnumValue *v;

    switch (item->state) {
    case EXCHANGE_FAILED:
        return "FAILED";
    case EXCHANGE_DEAD:
        return "DEAD_LETTER";
    case EXCHANGE_ANSWERED:
        v = protobuf_c_enum_descriptor_get_value(&redress__v1__outcome_result__descriptor, (int)item->result);
        return v ? v->name + strlen("OUTCOME_RESULT_") : "UNKNOWN";
    case EXCHANGE_UNSENT:
    case EXCHANGE_WAITING:
        break;
    }
    return "NO_ANSWER";
}

const char *exchange_problems(struct arena *a, const struct exchange_item *item)
{
    struct strbuf b;

    strbuf_init(&b, a);
    for (size_t i = 0; i < item->problem_count; i++)
        strbuf_printf(&b, "%s%s:%s", i ? " " : "", item->problems[i].path, item->problems[i].code);
    return b.len ? b.data : "";
}
