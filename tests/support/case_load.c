#include "case_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/uuid.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "common/kafka/producer.h"
#include "redress/v1/complaint_event.pb-c.h"

#define MINUTE_US INT64_C(60000000)

struct case_load {
    struct kafka_producer *producer;
    char (*ids)[UUID_TEXT_SIZE];
    int64_t received_us, batch; /* batch: journal positions, as the relay writes them */
    struct arena arena;
};

static void must(int r, const char *what)
{
    if (r == 0)
        return;
    fprintf(stderr, "cases: %s: %s\n", what, err_text());
    exit(99);
}

struct case_load *case_load_new(struct suite *s, size_t count)
{
    const struct kafka_producer_spec spec = { .linger_ms = 20, .timeout_ms = 20000, .max_record_bytes = 1 << 20 };
    struct kafka_options o = suite_kafka(s);
    struct case_load *l = calloc(1, sizeof *l);

    if (!l || !(l->ids = calloc(count, sizeof *l->ids)))
        abort();
    l->received_us = clock_wall_us() - 3 * MINUTE_US;
    for (size_t i = 0; i < count; i++) {
        struct uuid id = uuid_new(l->received_us + (int64_t)i);

        uuid_format(&id, l->ids[i]);
    }
    arena_init(&l->arena, 0);
    must(kafka_producer_new(&o, &spec, &l->producer), "producer");
    return l;
}

void case_load_free(struct case_load *l)
{
    kafka_producer_free(l->producer);
    arena_done(&l->arena);
    free(l->ids);
    free(l);
}

static Google__Protobuf__Timestamp timestamp(int64_t at_us)
{
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    t.seconds = at_us / 1000000;
    t.nanos = (int32_t)(at_us % 1000000 * 1000);
    return t;
}

/* One event with all that it points to. */
struct draft {
    Redress__V1__ComplaintEvent e;
    Redress__V1__Registered registered;
    Redress__V1__Assigned assigned;
    Redress__V1__Reassigned reassigned;
    Google__Protobuf__Timestamp at;
    char number[32];
};

static void set_step(struct draft *d, enum case_step step)
{
    static char category[] = "repair.public_area", department[] = "property_service", who[] = "S0007";

    redress__v1__registered__init(&d->registered);
    redress__v1__assigned__init(&d->assigned);
    redress__v1__reassigned__init(&d->reassigned);
    d->registered.received_at = d->registered.registered_at = &d->at;
    d->assigned.category_code = category;
    d->assigned.severity = REDRESS__V1__SEVERITY__SEVERITY_GENERAL;
    d->assigned.complexity = REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE;
    d->assigned.department_code = d->reassigned.department_code = department;
    d->assigned.assignee_id = d->reassigned.assignee_id = who;
    if (step == CASE_REGISTERED) {
        d->e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED;
        d->e.registered = &d->registered;
    } else if (step == CASE_ASSIGNED) {
        d->e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED;
        d->e.assigned = &d->assigned;
    } else {
        d->e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REASSIGNED;
        d->e.reassigned = &d->reassigned;
    }
}

static void send_one(struct case_load *l, enum case_step step, size_t i)
{
    static char tenant[] = "demo", project[] = "YHHY";
    char *batch = arena_printf(&l->arena, "%" PRId64, ++l->batch);
    const struct kafka_header headers[] = { { "redress-epoch", "1-1", 3 },
                                            { "redress-batch", batch, strlen(batch) },
                                            { "redress-ord", "0", 1 } };
    struct kafka_message m = { .topic = TOPIC_COMPLAINTS, .partition = -1, .headers = headers, .header_count = 3 };
    struct draft d;

    redress__v1__complaint_event__init(&d.e);
    d.at = timestamp(l->received_us + step * MINUTE_US);
    snprintf(d.number, sizeof d.number, "YHHY-20261101-%zu", i);
    d.e.tenant = tenant;
    d.e.complaint_id = l->ids[i];
    d.e.complaint_number = d.number;
    d.e.project_code = project;
    d.e.version = step + 1;
    d.e.at = &d.at;
    set_step(&d, step);
    m.key = l->ids[i];
    m.key_len = UUID_TEXT_SIZE - 1;
    m.value = event_pack(&l->arena, &d.e.base, &m.value_len);
    while (kafka_produce(l->producer, &m) == ERR_RETRY)
        kafka_producer_poll(l->producer, 10);
    arena_reset(&l->arena);
}

void case_load_publish(struct case_load *l, enum case_step step, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        send_one(l, step, i);
    must(kafka_producer_flush(l->producer, 60000), "flush");
}
