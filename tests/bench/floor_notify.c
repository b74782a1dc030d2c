/* The least that the loop that sends can do. One transaction at a time: what was answered is written down, with an
 * entry of the journal each, and as many messages as there are places free (64 in all) are claimed: state sending and
 * an attempt. When it is committed their calls start. While it is under way the calls before it go on: one thread, one
 * curl multi, libpq without waiting. Nothing is opened, rendered or decided: no addresses, templates, quotas, lanes,
 * breakers, limits per gateway, repeats, settings. */
#include <curl/curl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/event/topic.h"
#include "redress/v1/notification_event.pb-c.h"
#include "tests/support/floor.h"
#include "tests/support/floor_journal.h"

#define PLACES      64
#define LOOK_US     1000 /* where nothing is queued */
#define PAYLOAD_MAX 1024
#define SENT        "redress.v1.NotificationEvent.sent"

enum { INT8 = 20, INT4 = 23, TEXT = 25, UUID = 2950 };

enum { ID, TENANT, COMPLAINT, NUMBER, EVENT, RECIPIENT, TEMPLATE, FACTS, PHONE, EMAIL, CHANNEL, AUDIENCE };

struct place {
    enum { FREE, CALLING, ANSWERED } state;
    CURL *handle;
    unsigned char id[16];
    char id_text[37], complaint[37], tenant[32], number[40], event[32], recipient[16], template[40], request_id[32];
    int channel, audience;
    int64_t took_us;
    char body[4096];
    size_t body_len, body_at;
};

static struct {
    PGconn *pg;
    CURLM *multi;
    struct place places[PLACES];
    struct floor_journal out;
    struct floor_array settled[4], room[1];
    PGresult *claimed;
    const char *url, *gateway;
    bool mail, busy; /* a transaction is under way */
    int syncs_due;   /* answers to PQpipelineSync that are still to come */
    int wake_syncs;  /* of them, those behind the transaction's own */
    int64_t look_us;
} f;

static volatile sig_atomic_t stopping;

static void on_term(int n)
{
    (void)n;
    stopping = 1;
}

/* ---- statements ---- */

static const char *const settle =
    "WITH n AS (SELECT * FROM unnest($1::uuid[], $2::int4[], $3::text[], $4::int8[])"
    "  AS n (id, attempt, request_id, took_us)),"
    " ended AS (UPDATE notification.attempt AS a SET ended_at = clock_timestamp(), class = 1,"
    "  request_id = n.request_id, parts = 0, took_us = n.took_us FROM n WHERE a.message_id = n.id AND a.n = n.attempt)"
    "UPDATE notification.message_state AS s SET state = 4, changed_at = now() FROM n WHERE s.id = n.id";

static const char *const claim =
    "WITH q AS MATERIALIZED (SELECT id FROM notification.message_state WHERE tenant_id = 'demo' AND gateway = '%s'"
    "  AND state = 1 AND next_at <= now() ORDER BY urgency DESC, next_at LIMIT ($1::int4[])[1] FOR UPDATE SKIP LOCKED),"
    " begun AS (INSERT INTO notification.attempt (message_id, n, gateway, started_at)"
    "  SELECT id, 1, '%s', clock_timestamp() FROM q),"
    " sending AS (UPDATE notification.message_state AS s SET state = 3, attempts = 1,"
    "  address_key = '0123456789abcdef0123456789abcdef', changed_at = now() FROM q WHERE s.id = q.id)"
    "SELECT m.id, m.tenant_id, m.complaint_id, m.number, m.event, m.recipient, m.template, m.facts, p.phone_sealed,"
    "  p.email_sealed, m.channel, m.audience FROM q JOIN notification.message AS m ON m.id = q.id"
    "  JOIN dispatch.staff_contact_view AS p ON p.tenant_id = m.tenant_id AND p.staff_id = m.recipient";

static void open_postgres(void)
{
    char sql[2048];

    f.pg = floor_connect();
    floor_run(f.pg, "SELECT set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false),"
                    " set_config('plan_cache_mode', 'force_generic_plan', false)");
    snprintf(sql, sizeof sql, claim, f.gateway, f.gateway);
    floor_prepare(f.pg, "claim", sql);
    floor_prepare(f.pg, "settle", settle);
    floor_journal_prepare(f.pg);
    if (!PQenterPipelineMode(f.pg) || PQsetnonblocking(f.pg, 1) != 0)
        floor_die("pipeline", PQerrorMessage(f.pg));
}

/* ---- calls ---- */

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct place *p = user;
    const char *id = memmem(data, size * count, "\"message_id\":\"", 14);

    if (id)
        snprintf(p->request_id, sizeof p->request_id, "%.*s", (int)strcspn(id + 14, "\""), id + 14);
    return size * count;
}

static size_t on_line(char *data, size_t size, size_t count, void *user)
{
    struct place *p = user;
    const char *id = memmem(data, size * count, "queued as ", 10);

    if (id)
        snprintf(p->request_id, sizeof p->request_id, "%.*s", (int)strcspn(id + 10, "\r\n"), id + 10);
    return size * count;
}

static size_t on_upload(char *out, size_t size, size_t count, void *user)
{
    struct place *p = user;
    size_t len = p->body_len - p->body_at;

    if (len > size * count)
        len = size * count;
    memcpy(out, p->body + p->body_at, len);
    p->body_at += len;
    return len;
}

static void set_up(struct place *p)
{
    struct curl_slist *list =
        curl_slist_append(NULL, f.mail ? "s0101@staff.example.com" : "Content-Type: application/json");

    p->handle = curl_easy_init();
    curl_easy_setopt(p->handle, CURLOPT_URL, f.url);
    curl_easy_setopt(p->handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(p->handle, CURLOPT_PRIVATE, p);
    curl_easy_setopt(p->handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(p->handle, CURLOPT_WRITEDATA, p);
    if (!f.mail) {
        curl_easy_setopt(p->handle, CURLOPT_HTTPHEADER, list);
        curl_easy_setopt(p->handle, CURLOPT_POSTFIELDS, p->body);
        return;
    }
    curl_easy_setopt(p->handle, CURLOPT_MAIL_FROM, "service@example.com");
    curl_easy_setopt(p->handle, CURLOPT_MAIL_RCPT, list);
    curl_easy_setopt(p->handle, CURLOPT_HEADERFUNCTION, on_line);
    curl_easy_setopt(p->handle, CURLOPT_HEADERDATA, p);
    curl_easy_setopt(p->handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(p->handle, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(p->handle, CURLOPT_READDATA, p);
}

static void open_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    f.multi = curl_multi_init();
    curl_multi_setopt(f.multi, CURLMOPT_MAXCONNECTS, (long)PLACES);
    for (int i = 0; i < PLACES; i++)
        set_up(&f.places[i]);
}

/* As long as what ours sends, with the id and the number in it. */
static int write_sms(struct place *p)
{
    return snprintf(p->body, sizeof p->body,
                    "{\"to\":\"+8613800000101\",\"text\":\"投诉单%s（云海华园）已派给您，请及时确认接收。\","
                    "\"id\":\"%s\",\"sign\":\"示范地产\"}",
                    p->number, p->id_text);
}

static int write_mail(struct place *p)
{
    static char filler[1200];

    if (!filler[0])
        for (size_t i = 0; i < sizeof filler - 1; i++)
            filler[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : 'A';
    return snprintf(p->body, sizeof p->body,
                    "From: <service@example.com>\r\nTo: <s0101@staff.example.com>\r\nSubject: %s\r\n"
                    "Message-ID: <%s@example.com>\r\nContent-Type: text/html; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\n%s\r\n",
                    p->number, p->id_text, filler);
}

static void start(struct place *p)
{
    p->body_len = (size_t)(f.mail ? write_mail : write_sms)(p);
    p->body_at = 0;
    p->state = CALLING;
    p->request_id[0] = '\0';
    curl_easy_setopt(p->handle, f.mail ? CURLOPT_INFILESIZE_LARGE : CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)p->body_len);
    curl_multi_add_handle(f.multi, p->handle);
}

static void take_answers(void)
{
    CURLMsg *m;
    int n;

    curl_multi_perform(f.multi, &n);
    while ((m = curl_multi_info_read(f.multi, &n))) {
        curl_off_t took_us = 0;
        struct place *p;

        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p);
        curl_easy_getinfo(m->easy_handle, CURLINFO_TOTAL_TIME_T, &took_us);
        if (m->data.result != CURLE_OK)
            floor_die("call", curl_easy_strerror(m->data.result));
        p->took_us = took_us;
        p->state = ANSWERED;
        curl_multi_remove_handle(f.multi, p->handle);
    }
}

/* ---- transactions ---- */

static void tell(const struct place *p, int64_t now_us)
{
    Redress__V1__NotificationEvent e = REDRESS__V1__NOTIFICATION_EVENT__INIT;
    Redress__V1__NoticeSent sent = REDRESS__V1__NOTICE_SENT__INIT;
    Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    uint8_t packed[PAYLOAD_MAX];
    struct floor_entry entry = { .topic = TOPIC_NOTIFICATIONS,
                                 .key = p->complaint,
                                 .tenant = p->tenant,
                                 .type = SENT,
                                 .headers = FLOOR_HEADERS("notification"),
                                 .payload = packed };

    at.seconds = now_us / 1000000;
    at.nanos = (int32_t)(now_us % 1000000 * 1000);
    sent.request_id = (char *)(uintptr_t)p->request_id;
    e.tenant = (char *)(uintptr_t)p->tenant;
    e.complaint_id = (char *)(uintptr_t)p->complaint;
    e.complaint_number = (char *)(uintptr_t)p->number;
    e.message_id = (char *)(uintptr_t)p->id_text;
    e.at = &at;
    e.channel = (Redress__V1__NoticeChannel)p->channel;
    e.audience = (Redress__V1__NoticeAudience)p->audience;
    e.recipient_id = (char *)(uintptr_t)p->recipient;
    e.template_ = (char *)(uintptr_t)p->template;
    e.gateway = (char *)(uintptr_t)f.gateway;
    e.attempt = 1;
    e.cause = (char *)(uintptr_t)p->event;
    e.event_case = REDRESS__V1__NOTIFICATION_EVENT__EVENT_SENT;
    e.sent = &sent;
    if (redress__v1__notification_event__get_packed_size(&e) > sizeof packed)
        floor_die("event", "too long");
    entry.len = redress__v1__notification_event__pack(&e, packed);
    floor_journal_add(&f.out, &entry, now_us);
}

/* Answered places become free when the transaction that says so is sent: whoever is claimed with it may have them. */
static int collect(int *ret_free)
{
    int64_t now_us = floor_now_us();
    int answered = 0;

    *ret_free = 0;
    floor_arrays_begin(f.settled, (const uint32_t[]){ UUID, INT4, TEXT, INT8 }, 4);
    floor_journal_begin(&f.out);
    for (struct place *p = f.places; p < f.places + PLACES; p++) {
        if (p->state == ANSWERED) {
            floor_array_bytes(&f.settled[0], p->id, 16);
            floor_array_int4(&f.settled[1], 1);
            floor_array_text(&f.settled[2], p->request_id);
            floor_array_int8(&f.settled[3], p->took_us);
            tell(p, now_us);
            p->state = FREE;
            answered++;
        }
        *ret_free += p->state == FREE;
    }
    return answered;
}

static void send_transaction(void)
{
    int room, answered = collect(&room);

    floor_bare(f.pg, "begin");
    if (answered) {
        floor_send(f.pg, "settle", f.settled, 4, 0);
        floor_journal_append(&f.out, f.pg, floor_now_us());
    }
    floor_arrays_begin(f.room, (const uint32_t[]){ INT4 }, 1);
    floor_array_int4(&f.room[0], room);
    floor_send(f.pg, "claim", f.room, 1, 0);
    floor_bare(f.pg, "commit");
    floor_sync(f.pg);
    f.wake_syncs = answered ? 1 : 0;
    f.syncs_due += 1 + f.wake_syncs;
    if (answered)
        floor_journal_wake(f.pg);
    f.busy = true;
}

static void copy(char *out, size_t size, int row, int column)
{
    snprintf(out, size, "%s", PQgetvalue(f.claimed, row, column));
}

static void begin_calls(void)
{
    struct place *p = f.places;

    for (int i = 0; i < PQntuples(f.claimed); i++) {
        while (p->state != FREE)
            p++;
        memcpy(p->id, PQgetvalue(f.claimed, i, ID), 16);
        floor_uuid_text(p->id, p->id_text);
        floor_uuid_text((const unsigned char *)PQgetvalue(f.claimed, i, COMPLAINT), p->complaint);
        copy(p->tenant, sizeof p->tenant, i, TENANT);
        copy(p->number, sizeof p->number, i, NUMBER);
        copy(p->event, sizeof p->event, i, EVENT);
        copy(p->recipient, sizeof p->recipient, i, RECIPIENT);
        copy(p->template, sizeof p->template, i, TEMPLATE);
        p->channel = floor_int2(f.claimed, i, CHANNEL);
        p->audience = floor_int2(f.claimed, i, AUDIENCE);
        start(p);
    }
    f.look_us = PQntuples(f.claimed) ? 0 : clock_mono_us() + LOOK_US;
    PQclear(f.claimed);
    f.claimed = NULL;
    f.busy = false;
}

/* What PostgreSQL has said so far, without waiting for more. */
static void hear_postgres(void)
{
    if (PQflush(f.pg) < 0 || !PQconsumeInput(f.pg))
        floor_die("postgres", PQerrorMessage(f.pg));
    while (f.syncs_due > 0 && !PQisBusy(f.pg)) {
        PGresult *r = floor_answer(f.pg);

        if (r && PQresultStatus(r) == PGRES_TUPLES_OK) {
            f.claimed = r;
            continue;
        }
        if (r && PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
            f.syncs_due--;
            if (f.busy && f.syncs_due == f.wake_syncs)
                begin_calls();
        }
        PQclear(r);
    }
}

static bool is_there_work(void)
{
    int answered = 0, room = 0;

    for (int i = 0; i < PLACES; i++) {
        answered += f.places[i].state == ANSWERED;
        room += f.places[i].state == FREE;
    }
    return answered > 0 || (room > 0 && clock_mono_us() >= f.look_us);
}

int main(void)
{
    signal(SIGTERM, on_term);
    f.url = floor_env("FLOOR_URL", NULL);
    f.gateway = floor_env("FLOOR_GATEWAY", NULL);
    f.mail = strncmp(f.url, "smtp", 4) == 0;
    open_curl();
    open_postgres();
    fprintf(stderr, "ready\n");
    while (!stopping) {
        struct curl_waitfd pg = { .fd = PQsocket(f.pg), .events = CURL_WAIT_POLLIN };

        take_answers();
        hear_postgres();
        if (!f.busy && is_there_work())
            send_transaction();
        if (PQflush(f.pg) > 0)
            pg.events |= CURL_WAIT_POLLOUT;
        curl_multi_poll(f.multi, &pg, 1, f.busy ? 1000 : 1, NULL);
    }
    return 0;
}
