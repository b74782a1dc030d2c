/* The least that dispatch can do with lives as tests/support/life_load makes them. A registration becomes two rows and
 * an event; a command moves its case on, is kept with its text, and leaves an event and an answer; one transaction per
 * batch. Nothing is decided and nothing checked: who has the case and where each command leads is written down here;
 * there are no rules, no texts to classify, no workloads, no repeats of references, no versions of others, no digests,
 * no chain. */
#include <endian.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/event/topic.h"
#include "redress/v1/command.pb-c.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/outcome.pb-c.h"
#include "tests/support/floor.h"
#include "tests/support/floor_journal.h"
#include "tests/support/floor_stream.h"

#define BATCH      1000
#define PACKED_MAX 4096
#define MONTH_US   (30 * INT64_C(86400000000))

enum { BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, TIME = 1184, UUID = 2950 };
enum { COMPLAINTS, COMMANDS, CLOCKS };
enum { FILES = 19, STATES = 10, STEPS = 7, KEPT = 7, TEXTS = 4 };

/* A command, and what its answer and event need of the case. */
struct step {
    Redress__V1__Command *m;
    unsigned char id[16];
    char number[64], project[32];
    int64_t version;
};

static struct {
    PGconn *pg;
    struct floor_stream in;
    struct floor_journal out;
    struct floor_array files[FILES], states[STATES], steps[STEPS], kept[KEPT], texts[TEXTS];
    rd_kafka_message_t *messages[BATCH];
    struct step commands[BATCH];
    int registered, command_count, text_count;
    int64_t now_us;
    bool waking;
} f;

static unsigned char zeros[32];

static volatile sig_atomic_t stopping;

static void on_term(int n)
{
    (void)n;
    stopping = 1;
}

/* ---- statements ---- */

static const struct {
    const char *name, *sql;
} statements[] = {
    { "files",
      "INSERT INTO dispatch.case_file (complaint_id, tenant_id, number, project_code, building, source, channel,"
      " complainant_kind, complainant_key, home_key, received_at, registered_at, amount_fen,"
      " likely_duplicate_of, category_code, category_source, category_confidence, severity, complexity)"
      " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
      " $7::int2[], $8::int2[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::int8[],"
      " $14::text[], $15::text[], $16::int2[], $17::int2[], $18::int2[], $19::int2[])" },
    { "states", "INSERT INTO dispatch.case_state (complaint_id, tenant_id, status, department_code, assignee_id,"
                " assignee_role, assigned_at, version, head, facts, level)"
                " SELECT n.a, n.b, n.c, n.d, n.e, n.f, now(), n.g, n.h, n.i, n.j"
                " FROM unnest($1::uuid[], $2::text[], $3::int2[], $4::text[], $5::text[], $6::int2[], $7::int8[],"
                " $8::bytea[], $9::int4[], $10::int4[]) AS n (a, b, c, d, e, f, g, h, i, j)" },
    /* number and project stand in each event and come with no command */
    { "steps", "UPDATE dispatch.case_state AS s SET status = coalesce(n.status, s.status),"
               " since_at = CASE WHEN n.status IS NULL THEN s.since_at ELSE now() END, facts = s.facts | n.facts,"
               " closed_at = n.closed_at, reopen_until_at = n.reopen_until, version = s.version + 1, head = n.head"
               " FROM unnest($1::int4[], $2::uuid[], $3::int2[], $4::int4[], $5::timestamptz[], $6::timestamptz[],"
               " $7::bytea[]) AS n (ord, complaint_id, status, facts, closed_at, reopen_until, head),"
               " dispatch.case_file AS c"
               " WHERE s.complaint_id = n.complaint_id AND c.complaint_id = n.complaint_id"
               " RETURNING n.ord, c.number, c.project_code, s.version" },
    { "kept", "INSERT INTO dispatch.command (command_id, source, tenant_id, digest, complaint_id, version, refusal)"
              " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::uuid[], $6::int8[],"
              " $7::bytea[])" },
    { "texts", "INSERT INTO dispatch.case_text (complaint_id, version, field, content)"
               " SELECT * FROM unnest($1::uuid[], $2::int8[], $3::text[], $4::text[])" },
};

static void open_postgres(void)
{
    f.pg = floor_connect();
    floor_run(f.pg, "SELECT set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),"
                    " set_config('enable_mergejoin', 'off', false), set_config('enable_bitmapscan', 'off', false),"
                    " set_config('plan_cache_mode', 'force_generic_plan', false)");
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        floor_prepare(f.pg, statements[i].name, statements[i].sql);
    floor_journal_prepare(f.pg);
}

/* ---- telling ---- */

static char category[] = "community_environment.rubbish", department[] = "environment", handler[] = "S0401",
            dispatcher[] = "system:dispatch";

static Google__Protobuf__Timestamp timestamp(int64_t at_us)
{
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    t.seconds = at_us / 1000000;
    t.nanos = (int32_t)(at_us % 1000000 * 1000);
    return t;
}

static int64_t us_of(const Google__Protobuf__Timestamp *t)
{
    return t->seconds * 1000000 + t->nanos / 1000;
}

/* The event is ready but for its time. */
static void tell(Redress__V1__ComplaintEvent *m, const unsigned char *id, const char *type)
{
    Google__Protobuf__Timestamp at = timestamp(f.now_us);
    uint8_t packed[PACKED_MAX];
    struct floor_entry e = { .topic = TOPIC_COMPLAINTS,
                             .key = m->complaint_id,
                             .tenant = m->tenant,
                             .type = type,
                             .headers = FLOOR_HEADERS("dispatch"),
                             .aggregate = id,
                             .version = m->version,
                             .payload = packed };

    m->at = &at;
    e.len = redress__v1__complaint_event__pack(m, packed);
    m->at = NULL;
    floor_journal_add(&f.out, &e, f.now_us);
}

static void answer(const struct step *s, const char *command)
{
    Redress__V1__Outcome o = REDRESS__V1__OUTCOME__INIT;
    char key[256], name[32];
    uint8_t packed[PACKED_MAX];
    struct floor_entry e = { .topic = TOPIC_OUTCOMES,
                             .key = key,
                             .tenant = s->m->tenant,
                             .type = "redress.v1.Outcome",
                             .headers = FLOOR_HEADERS("dispatch"),
                             .payload = packed };

    snprintf(key, sizeof key, "%s:%s:%s", s->m->tenant, s->m->source, s->m->command_id);
    snprintf(name, sizeof name, "%s", command);
    o.tenant = s->m->tenant;
    o.source = s->m->source;
    o.source_event_id = s->m->command_id;
    o.result = REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED;
    o.complaint_id = s->m->complaint_id;
    o.command = name;
    o.complaint_version = s->version;
    e.len = redress__v1__outcome__pack(&o, packed);
    floor_journal_add(&f.out, &e, f.now_us);
}

/* ---- registrations ---- */

static void add_file(const Redress__V1__ComplaintEvent *e, const unsigned char *id)
{
    const Redress__V1__Registered *r = e->registered;
    struct floor_array *a = f.files;

    floor_array_bytes(&a[0], id, 16);
    floor_array_text(&a[1], e->tenant);
    floor_array_text(&a[2], e->complaint_number);
    floor_array_text(&a[3], e->project_code);
    floor_array_text(&a[4], r->building);
    floor_array_text(&a[5], r->source);
    floor_array_int2(&a[6], (int16_t)r->channel);
    floor_array_int2(&a[7], (int16_t)r->complainant_kind);
    floor_array_text(&a[8], r->complainant_key);
    floor_array_text(&a[9], r->home_key);
    floor_array_time(&a[10], us_of(r->received_at));
    floor_array_time(&a[11], us_of(r->registered_at));
    floor_array_null(&a[12]);
    floor_array_text(&a[13], "");
    floor_array_text(&a[14], category);
    floor_array_int2(&a[15], 1);
    floor_array_int2(&a[16], 100);
    floor_array_int2(&a[17], 1);
    floor_array_int2(&a[18], 1);
}

static void add_state(const Redress__V1__ComplaintEvent *e, const unsigned char *id)
{
    struct floor_array *a = f.states;

    floor_array_bytes(&a[0], id, 16);
    floor_array_text(&a[1], e->tenant);
    floor_array_int2(&a[2], 3);
    floor_array_text(&a[3], department);
    floor_array_text(&a[4], handler);
    floor_array_int2(&a[5], 1);
    floor_array_int8(&a[6], 2);
    floor_array_bytes(&a[7], zeros, sizeof zeros);
    floor_array_int4(&a[8], 0);
    floor_array_int4(&a[9], 1);
}

#define REASONS 5

/* Sentences as long as those that explain a decision. */
static void tell_assigned(const Redress__V1__ComplaintEvent *registered, const unsigned char *id)
{
    static char rules[REASONS][4] = { "R10", "R9", "R10", "R9", "R10" };
    static char texts[REASONS][100] = { "来件已指明分类：垃圾", "一般：类别与文字均不涉及安全", "归口部门：环境部",
                                        "简单：类别、部门与金额均不属复杂", "S0401 在 3 名可派人员中在办最少：12 件" };
    Redress__V1__ComplaintEvent e = *registered;
    Redress__V1__Assigned a = REDRESS__V1__ASSIGNED__INIT;
    Redress__V1__Reason reasons[REASONS], *list[REASONS];

    for (int i = 0; i < REASONS; i++) {
        redress__v1__reason__init(&reasons[i]);
        reasons[i].subject = (Redress__V1__ReasonSubject)(i + 1);
        reasons[i].rule = rules[i];
        reasons[i].text = texts[i];
        list[i] = &reasons[i];
    }
    a.category_code = category;
    a.category_source = REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_SENDER;
    a.category_confidence = 100;
    a.severity = REDRESS__V1__SEVERITY__SEVERITY_GENERAL;
    a.complexity = REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE;
    a.department_code = department;
    a.assignee_id = handler;
    a.assignee_role = REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_HANDLER;
    a.reasons = list;
    a.n_reasons = REASONS;
    e.version = 2;
    e.actor = dispatcher;
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED;
    e.assigned = &a;
    tell(&e, id, "redress.v1.ComplaintEvent.assigned");
}

/* Its own events come back this way and are nothing new. */
static void take_event(const rd_kafka_message_t *m)
{
    Redress__V1__ComplaintEvent *e = redress__v1__complaint_event__unpack(NULL, m->len, m->payload);
    unsigned char id[16];

    if (!e)
        floor_die("unpack", "refused");
    if (e->event_case == REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED) {
        floor_uuid_parse(e->complaint_id, id);
        add_file(e, id);
        add_state(e, id);
        tell_assigned(e, id);
        f.registered++;
    }
    redress__v1__complaint_event__free_unpacked(e, NULL);
}

/* ---- commands ---- */

static void add_text(const struct step *s, const char *field, const char *text)
{
    struct floor_array *a = f.texts;

    floor_array_bytes(&a[0], s->id, 16);
    floor_array_int8(&a[1], s->version);
    floor_array_text(&a[2], field);
    floor_array_text(&a[3], text);
    f.text_count++;
}

static void add_kept(const struct step *s)
{
    struct floor_array *a = f.kept;

    floor_array_text(&a[0], s->m->command_id);
    floor_array_text(&a[1], s->m->source);
    floor_array_text(&a[2], s->m->tenant);
    floor_array_bytes(&a[3], zeros, sizeof zeros);
    floor_array_bytes(&a[4], s->id, 16);
    floor_array_int8(&a[5], s->version);
    floor_array_null(&a[6]);
}

/* Members of one command's event. */
struct saying {
    Redress__V1__ComplaintEvent e;
    Redress__V1__Contacted contacted;
    Redress__V1__Rectified rectified;
    Redress__V1__Confirmed confirmed;
    Redress__V1__Closed closed;
    Google__Protobuf__Timestamp until;
    Redress__V1__TextDigest digest, *digests;
};

static void say_text(struct saying *y, const struct step *s, char *field, const char *text)
{
    redress__v1__text_digest__init(&y->digest);
    y->digest.field = field;
    y->digest.sha256 = (ProtobufCBinaryData){ sizeof zeros, zeros };
    y->digests = &y->digest;
    y->e.texts = &y->digests;
    y->e.n_texts = 1;
    add_text(s, field, text);
}

static const char *say_contacted(struct saying *y, const struct step *s)
{
    static char note[] = "note";

    redress__v1__contacted__init(&y->contacted);
    y->contacted.channel = s->m->contact->channel;
    y->e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_CONTACTED;
    y->e.contacted = &y->contacted;
    say_text(y, s, note, s->m->contact->note);
    return "redress.v1.ComplaintEvent.contacted";
}

static const char *say_rectified(struct saying *y, const struct step *s)
{
    static char result[] = "result";

    redress__v1__rectified__init(&y->rectified);
    y->rectified.simple = true;
    y->rectified.evidence_sha256 = s->m->complete->evidence_sha256;
    y->rectified.n_evidence_sha256 = s->m->complete->n_evidence_sha256;
    y->e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_RECTIFIED;
    y->e.rectified = &y->rectified;
    say_text(y, s, result, s->m->complete->result);
    return "redress.v1.ComplaintEvent.rectified";
}

static const char *say_confirmed(struct saying *y, const struct step *s)
{
    redress__v1__confirmed__init(&y->confirmed);
    y->confirmed.way = s->m->confirm->way;
    y->e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_CONFIRMED;
    y->e.confirmed = &y->confirmed;
    return "redress.v1.ComplaintEvent.confirmed";
}

static const char *say_closed(struct saying *y, const struct step *s)
{
    (void)s;
    redress__v1__closed__init(&y->closed);
    y->until = timestamp(f.now_us + MONTH_US);
    y->closed.because = REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_CONFIRMED;
    y->closed.reopen_until = &y->until;
    y->e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_CLOSED;
    y->e.closed = &y->closed;
    return "redress.v1.ComplaintEvent.closed";
}

/* Where each command leads. */
static const struct kind {
    Redress__V1__Command__CommandCase command;
    const char *name;
    int16_t status; /* 0: as it is */
    int32_t facts;
    const char *(*say)(struct saying *y, const struct step *s);
} kinds[] = {
    { REDRESS__V1__COMMAND__COMMAND_CONTACT, "contact", 0, 4, say_contacted },
    { REDRESS__V1__COMMAND__COMMAND_COMPLETE, "complete", 10, 0, say_rectified },
    { REDRESS__V1__COMMAND__COMMAND_CONFIRM, "confirm", 13, 0, say_confirmed },
    { REDRESS__V1__COMMAND__COMMAND_CLOSE, "close", 14, 0, say_closed },
};

static const struct kind *kind_of(const Redress__V1__Command *m)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].command == m->command_case)
            return &kinds[i];
    floor_die("command", "not one of a life");
}

static void tell_step(const struct step *s)
{
    const struct kind *kind = kind_of(s->m);
    struct saying y;
    const char *type;

    redress__v1__complaint_event__init(&y.e);
    type = kind->say(&y, s);
    y.e.tenant = s->m->tenant;
    y.e.complaint_id = s->m->complaint_id;
    y.e.complaint_number = (char *)(uintptr_t)s->number;
    y.e.project_code = (char *)(uintptr_t)s->project;
    y.e.actor = s->m->actor;
    y.e.version = s->version;
    tell(&y.e, s->id, type);
    answer(s, kind->name);
}

static void add_step(const struct step *s, int ord)
{
    const struct kind *kind = kind_of(s->m);
    struct floor_array *a = f.steps;

    floor_array_int4(&a[0], ord);
    floor_array_bytes(&a[1], s->id, 16);
    if (kind->status)
        floor_array_int2(&a[2], kind->status);
    else
        floor_array_null(&a[2]);
    floor_array_int4(&a[3], kind->facts);
    if (kind->command == REDRESS__V1__COMMAND__COMMAND_CLOSE) {
        floor_array_time(&a[4], f.now_us);
        floor_array_time(&a[5], f.now_us + MONTH_US);
    } else {
        floor_array_null(&a[4]);
        floor_array_null(&a[5]);
    }
    floor_array_bytes(&a[6], zeros, sizeof zeros);
}

static void take_command(const rd_kafka_message_t *m)
{
    struct step *s = &f.commands[f.command_count];

    s->m = redress__v1__command__unpack(NULL, m->len, m->payload);
    if (!s->m)
        floor_die("unpack", "refused");
    floor_uuid_parse(s->m->complaint_id, s->id);
    add_step(s, f.command_count++);
}

/* Where the cases stand now; each command's event and answer. */
static void take_cases(const PGresult *r)
{
    if (PQntuples(r) != f.command_count)
        floor_die("steps", "a case is not there, or two commands of one came in a batch");
    for (int i = 0; i < f.command_count; i++) {
        struct step *s = &f.commands[floor_int4(r, i, 0)];

        snprintf(s->number, sizeof s->number, "%s", PQgetvalue(r, i, 1));
        snprintf(s->project, sizeof s->project, "%s", PQgetvalue(r, i, 2));
        s->version = floor_int8(r, i, 3);
    }
    for (int i = 0; i < f.command_count; i++) {
        add_kept(&f.commands[i]);
        tell_step(&f.commands[i]);
        redress__v1__command__free_unpacked(f.commands[i].m, NULL);
    }
}

/* ---- a batch ---- */

static void begin_rows(void)
{
    floor_arrays_begin(f.files,
                       (const uint32_t[]){ UUID, TEXT, TEXT, TEXT, TEXT, TEXT, INT2, INT2, TEXT, TEXT, TIME, TIME, INT8,
                                           TEXT, TEXT, INT2, INT2, INT2, INT2 },
                       FILES);
    floor_arrays_begin(f.states, (const uint32_t[]){ UUID, TEXT, INT2, TEXT, TEXT, INT2, INT8, BYTEA, INT4, INT4 },
                       STATES);
    floor_arrays_begin(f.steps, (const uint32_t[]){ INT4, UUID, INT2, INT4, TIME, TIME, BYTEA }, STEPS);
    floor_arrays_begin(f.kept, (const uint32_t[]){ TEXT, TEXT, TEXT, BYTEA, UUID, INT8, BYTEA }, KEPT);
    floor_arrays_begin(f.texts, (const uint32_t[]){ UUID, INT8, TEXT, TEXT }, TEXTS);
    floor_journal_begin(&f.out);
    f.registered = f.command_count = f.text_count = 0;
}

static void take(int count)
{
    for (int i = 0; i < count; i++) {
        int topic = floor_stream_topic(&f.in, f.messages[i]);

        if (topic == COMPLAINTS)
            take_event(f.messages[i]);
        else if (topic == COMMANDS)
            take_command(f.messages[i]);
    }
}

/* Everything that needs no answer of the other in one trip: the offsets, new cases, where the old ones go. */
static void first_trip(int count)
{
    PGresult *r;

    floor_bare(f.pg, "begin");
    floor_stream_move(&f.in, f.pg, f.messages, count);
    if (f.registered) {
        floor_send(f.pg, "files", f.files, FILES, 0);
        floor_send(f.pg, "states", f.states, STATES, 0);
    }
    if (f.command_count)
        floor_send(f.pg, "steps", f.steps, STEPS, 0);
    PQsendFlushRequest(f.pg);
    PQflush(f.pg);
    floor_skip(f.pg, 1);
    r = floor_answer_whole(f.pg);
    floor_stream_moved(&f.in, r);
    PQclear(r);
    floor_skip(f.pg, f.registered ? 2 : 0);
    if (f.command_count) {
        r = floor_answer_whole(f.pg);
        take_cases(r);
        PQclear(r);
    }
}

static void process(int count)
{
    bool told = false;
    int sent = 0;

    f.now_us = floor_now_us();
    begin_rows();
    take(count);
    if (f.waking)
        floor_journal_woken(f.pg);
    first_trip(count);
    if (f.command_count) {
        floor_send(f.pg, "kept", f.kept, KEPT, 0);
        sent++;
    }
    if (f.text_count) {
        floor_send(f.pg, "texts", f.texts, TEXTS, 0);
        sent++;
    }
    told = f.registered || f.command_count;
    if (told) {
        floor_journal_append(&f.out, f.pg, f.now_us);
        sent++;
    }
    floor_bare(f.pg, "commit");
    floor_sync(f.pg);
    PQflush(f.pg);
    floor_skip(f.pg, sent + 2);
    if (told)
        floor_journal_wake(f.pg);
    f.waking = told;
    for (int i = 0; i < count; i++)
        rd_kafka_message_destroy(f.messages[i]);
}

int main(void)
{
    signal(SIGTERM, on_term);
    open_postgres();
    floor_stream_open(&f.in, f.pg, "dispatch",
                      (const char *const[]){ TOPIC_COMPLAINTS, TOPIC_COMMANDS, TOPIC_SLA, NULL });
    if (!PQenterPipelineMode(f.pg))
        floor_die("pipeline", PQerrorMessage(f.pg));
    fprintf(stderr, "ready\n");
    while (!stopping) {
        int count = floor_stream_poll(&f.in, f.messages, BATCH, 100, 0);

        if (count)
            process(count);
    }
    floor_stream_close(&f.in);
    return 0;
}
