#include "mailbox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bounce.h"
#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "gateway_call.h"
#include "receipt_store.h"

#define GATEWAY       "mail:bounces" /* of their receipts: no gateway can have this name */
#define LOOK_US       INT64_C(1000000)
#define ROUNDS_MAX    8  /* at a time */
#define MAILS_MAX     50 /* of a round */
#define FAILURES_MAX  3  /* mails that cannot be read before a round gives up */
#define BACKOFF_MAX_S 900
#define CONNECT_MS    10000
#define TIMEOUT_MS    30000
#define FOUND_MAX     ((size_t)4 << 20) /* hundreds of thousands of mails */
#define TALK_MAX      ((size_t)64 << 10)

static struct metric metric_mails = { "redress_notification_mails_total", "Mails in mailboxes for bounces, by kind.",
                                      METRIC_COUNTER, .label = "kind" };
static struct metric metric_failing = { "redress_notification_mailbox_failing",
                                        "1 while a tenant's mailbox for bounces cannot be read.", METRIC_GAUGE,
                                        .label = "tenant" };

enum phase { RESTING, INTRODUCING, SEARCHING, FLAGGING, READING, KEEPING, MARKING };

struct mailbox {
    struct mailbox *next;
    char *tenant;
    enum phase phase;
    struct arena arena; /* of a round */
    struct notice_mailbox settings;
    struct transfer transfer;
    uint32_t found[MAILS_MAX], done[MAILS_MAX];
    size_t found_count, read_count, done_count;
    struct receipt receipts[MAILS_MAX];
    size_t receipt_count;
    bool more;      /* it found as many as it may */
    uint32_t after; /* the next round begins behind this mail: what cannot be read keeps nobody else from it */
    bool failing;
    struct backoff backoff;
    int64_t next_us; /* monotonic */
};

struct mailboxes {
    struct http_client *http; /* its own: nothing here is in the way of a message */
    struct mailbox *first;
    int64_t look_us;
    size_t rounds;
};

static void enter(struct mailboxes *m, struct mailbox *b, enum phase phase);

/* ---- how a round ends ---- */

static void rest(struct mailboxes *m, struct mailbox *b, int64_t pause_ms)
{
    b->next_us = clock_mono_us() + pause_ms * 1000;
    b->phase = RESTING;
    transfer_done(&b->transfer);
    arena_reset(&b->arena);
    m->rounds--;
}

static void succeed(struct mailboxes *m, struct mailbox *b)
{
    if (b->failing)
        log_info("mailbox for bounces is read again", LOG_STR("tenant", b->tenant));
    b->failing = false;
    backoff_reset(&b->backoff);
    metric_set(&metric_failing, b->tenant, 0);
    rest(m, b, b->more ? 0 : b->settings.every_s * INT64_C(1000));
}

static void fail(struct mailboxes *m, struct mailbox *b)
{
    static const char *const doing[] = { [INTRODUCING] = "log in", [SEARCHING] = "search", [FLAGGING] = "flag",
                                         [READING] = "read",       [KEEPING] = "read",     [MARKING] = "mark" };

    if (!b->failing)
        log_warning("mailbox for bounces cannot be read; it is tried again", LOG_STR("tenant", b->tenant),
                    LOG_STR("step", doing[b->phase]), LOG_STR("why", b->transfer.error));
    b->failing = true;
    metric_set(&metric_failing, b->tenant, 1);
    rest(m, b, backoff_next_ms(&b->backoff));
}

/* ---- what is asked ---- */

static void ask(struct mailboxes *m, struct mailbox *b, const char *url, const char *request, size_t max_answer)
{
    bool plain = strncmp(b->settings.url, "imap://", 7) == 0;

    transfer_done(&b->transfer);
    b->transfer = (struct transfer){ .url = url,
                                     .request = request,
                                     .user = b->settings.user,
                                     .password = b->settings.password,
                                     .require_tls = plain && !gateway_call_is_local(b->settings.url),
                                     .ca_file = b->settings.ca_path,
                                     .connect_timeout_ms = CONNECT_MS,
                                     .timeout_ms = TIMEOUT_MS,
                                     .max_answer = max_answer,
                                     .user_data = b };
    http_client_start(m->http, &b->transfer);
}

static void ask_store(struct mailboxes *m, struct mailbox *b, const uint32_t *uids, size_t count, const char *what)
{
    struct strbuf s;

    strbuf_init(&s, &b->arena);
    strbuf_adds(&s, "UID STORE ");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&s, "%s%" PRIu32, i ? "," : "", uids[i]);
    strbuf_printf(&s, " %s", what);
    ask(m, b, b->settings.url, s.data, TALK_MAX);
}

/* ---- who we are ---- */

/* Some providers (NetEase) open no folder for a program that does not say what it is (RFC 2971). */
static void begin_introducing(struct mailboxes *m, struct mailbox *b)
{
    const char *url = b->settings.url, *host = strstr(url, "://") + 3;

    ask(m, b, arena_printf(&b->arena, "%.*s/", (int)((size_t)(host - url) + strcspn(host, "/")), url),
        "ID (\"name\" \"Redress\" \"version\" \"" REDRESS_VERSION "\" \"vendor\" \"Redress\")", TALK_MAX);
}

/* Others do not know the command: that they heard it is enough. */
static void end_introducing(struct mailboxes *m, struct mailbox *b)
{
    if (b->transfer.end == TRANSFER_NOT_SENT)
        fail(m, b);
    else
        enter(m, b, SEARCHING);
}

/* ---- searching ---- */

static void begin_searching(struct mailboxes *m, struct mailbox *b)
{
    ask(m, b, b->settings.url, "UID SEARCH UNDELETED OR UNSEEN FLAGGED", FOUND_MAX);
}

static bool take_number(const char **text, uint32_t *ret)
{
    uint64_t n = 0;
    const char *p = *text + strspn(*text, " ");

    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9' && n <= UINT32_MAX; p++)
        n = n * 10 + (uint64_t)(*p - '0');
    *text = p;
    *ret = (uint32_t)n;
    return n > 0 && n <= UINT32_MAX;
}

/* The numbers of "* SEARCH 4 7 9" behind b->after, as many as a round takes. */
static void read_found(struct mailbox *b)
{
    static const char word[] = "* SEARCH";
    const char *line = b->transfer.answer;

    b->found_count = 0;
    while ((line = strcasestr(line, word))) {
        uint32_t uid;

        line += strlen(word);
        while (b->found_count < MAILS_MAX && take_number(&line, &uid))
            if (uid > b->after)
                b->found[b->found_count++] = uid;
    }
    b->more = b->found_count == MAILS_MAX;
}

static void end_searching(struct mailboxes *m, struct mailbox *b)
{
    if (b->transfer.end != TRANSFER_ANSWERED) {
        fail(m, b);
        return;
    }
    read_found(b);
    if (b->found_count == 0 && b->after > 0) { /* from the beginning */
        b->after = 0;
        read_found(b);
    }
    if (b->found_count == 0)
        succeed(m, b);
    else
        enter(m, b, FLAGGING);
}

/* ---- reading ---- */

static void begin_flagging(struct mailboxes *m, struct mailbox *b)
{
    ask_store(m, b, b->found, b->found_count, "+FLAGS.SILENT (\\Flagged)");
}

static void end_flagging(struct mailboxes *m, struct mailbox *b)
{
    if (b->transfer.end == TRANSFER_ANSWERED)
        enter(m, b, READING);
    else
        fail(m, b);
}

static void begin_reading(struct mailboxes *m, struct mailbox *b)
{
    ask(m, b,
        arena_printf(&b->arena, "%s/;UID=%" PRIu32 "/;PARTIAL=0.%zu", b->settings.url, b->found[b->read_count],
                     BOUNCE_MAX),
        NULL, BOUNCE_MAX + TALK_MAX);
}

/* Nothing of a mail is kept but what became of ours. */
static void take_mail(struct mailbox *b)
{
    static const char *const kinds[] = {
        [BOUNCE_REPORT] = "bounce", [BOUNCE_NONE] = "other", [BOUNCE_FOREIGN] = "foreign"
    };
    enum bounce_outcome outcome;
    struct arena scratch;
    struct receipt r;

    arena_init(&scratch, 0);
    outcome = bounce_read(&scratch, b->transfer.answer, b->transfer.answer_len, &r);
    if (outcome == BOUNCE_REPORT) {
        r.id = arena_strdup(&b->arena, r.id);
        r.code = arena_strdup(&b->arena, r.code);
        b->receipts[b->receipt_count++] = r;
    }
    arena_done(&scratch);
    metric_add(&metric_mails, kinds[outcome], 1);
    b->done[b->done_count++] = b->found[b->read_count];
}

/* One that cannot be read is left as it is: others may be. */
static void end_reading(struct mailboxes *m, struct mailbox *b)
{
    size_t failures;

    if (b->transfer.end == TRANSFER_ANSWERED)
        take_mail(b);
    else
        metric_add(&metric_mails, "unreadable", 1);
    b->read_count++;
    failures = b->read_count - b->done_count;
    b->after = failures ? b->found[b->read_count - 1] : 0;
    if (b->read_count < b->found_count && failures < FAILURES_MAX)
        enter(m, b, READING);
    else if (b->done_count == 0)
        fail(m, b);
    else
        enter(m, b, b->receipt_count ? KEEPING : MARKING);
}

/* ---- marking ---- */

/* Exactly seen: the flag goes in the same breath. */
static void begin_marking(struct mailboxes *m, struct mailbox *b)
{
    ask_store(m, b, b->done, b->done_count, "FLAGS.SILENT (\\Seen)");
}

static void end_marking(struct mailboxes *m, struct mailbox *b)
{
    if (b->transfer.end == TRANSFER_ANSWERED)
        succeed(m, b);
    else
        fail(m, b);
}

static const struct {
    void (*begin)(struct mailboxes *m, struct mailbox *b);
    void (*end)(struct mailboxes *m, struct mailbox *b);
} phases[] = {
    [INTRODUCING] = { begin_introducing, end_introducing },
    [SEARCHING] = { begin_searching, end_searching },
    [FLAGGING] = { begin_flagging, end_flagging },
    [READING] = { begin_reading, end_reading },
    [KEEPING] = { NULL, NULL }, /* until mailboxes_saved */
    [MARKING] = { begin_marking, end_marking },
};

static void enter(struct mailboxes *m, struct mailbox *b, enum phase phase)
{
    b->phase = phase;
    if (phases[phase].begin)
        phases[phase].begin(m, b);
}

/* ---- mailboxes ---- */

struct mailboxes *mailboxes_new(void)
{
    struct mailboxes *m = calloc(1, sizeof *m);

    if (!m)
        abort();
    m->http = http_client_new(ROUNDS_MAX);
    m->look_us = clock_mono_us() - LOOK_US;
    metric_register(&metric_mails);
    metric_register(&metric_failing);
    return m;
}

static void mailbox_free(struct mailbox *b)
{
    transfer_done(&b->transfer);
    arena_done(&b->arena);
    free(b->tenant);
    free(b);
}

void mailboxes_free(struct mailboxes *m)
{
    if (!m)
        return;
    http_client_free(m->http); /* before their transfers */
    while (m->first) {
        struct mailbox *b = m->first;

        m->first = b->next;
        mailbox_free(b);
    }
    free(m);
}

static bool has_mailbox(const struct notice_tenant *t)
{
    return t && !*t->problem && t->settings.bounces.url && *t->settings.bounces.url;
}

static struct mailbox *mailbox_of(struct mailboxes *m, const struct notice_tenant *t)
{
    struct mailbox *b;

    for (b = m->first; b; b = b->next)
        if (strcmp(b->tenant, t->id) == 0)
            return b;
    b = calloc(1, sizeof *b);
    if (!b || !(b->tenant = strdup(t->id)))
        abort();
    arena_init(&b->arena, 0);
    b->next_us = clock_mono_us();
    b->next = m->first;
    m->first = b;
    return b;
}

/* The settings may change while a round is under way: it has its own. */
static void begin_round(struct mailboxes *m, struct mailbox *b, const struct notice_mailbox *s)
{
    b->settings = (struct notice_mailbox){ .url = arena_strdup(&b->arena, s->url),
                                           .user = arena_strdup(&b->arena, s->user),
                                           .password = arena_strdup(&b->arena, s->password),
                                           .ca_path = arena_strdup(&b->arena, s->ca_path),
                                           .every_s = s->every_s };
    b->backoff.first_ms = s->every_s * INT64_C(1000);
    b->backoff.max_ms = (s->every_s > BACKOFF_MAX_S ? s->every_s : BACKOFF_MAX_S) * INT64_C(1000);
    b->found_count = b->read_count = b->done_count = b->receipt_count = 0;
    m->rounds++;
    enter(m, b, INTRODUCING);
}

static void forget_gone(struct mailboxes *m, const struct notice_tenants *tenants)
{
    for (struct mailbox **at = &m->first; *at;) {
        struct mailbox *b = *at;

        if (b->phase != RESTING || has_mailbox(notice_tenants_find(tenants, b->tenant))) {
            at = &b->next;
            continue;
        }
        *at = b->next;
        metric_set(&metric_failing, b->tenant, 0);
        mailbox_free(b);
    }
}

static void look(struct mailboxes *m, const struct notice_tenants *tenants)
{
    int64_t now_us = clock_mono_us();

    if (now_us - m->look_us < LOOK_US)
        return;
    m->look_us = now_us;
    forget_gone(m, tenants);
    for (size_t i = 0; i < notice_tenants_count(tenants); i++) {
        const struct notice_tenant *t = notice_tenants_at(tenants, i);
        struct mailbox *b = has_mailbox(t) ? mailbox_of(m, t) : NULL;

        if (b && b->phase == RESTING && b->next_us <= now_us && m->rounds < ROUNDS_MAX)
            begin_round(m, b, &t->settings.bounces);
    }
}

void mailboxes_step(struct mailboxes *m, const struct notice_tenants *tenants, bool may_begin)
{
    struct transfer *t;

    if (may_begin)
        look(m, tenants);
    if (m->rounds == 0)
        return;
    http_client_wait(m->http, 0);
    while ((t = http_client_take(m->http))) {
        struct mailbox *b = t->user_data;

        phases[b->phase].end(m, b);
    }
}

int mailboxes_save(struct mailboxes *m, struct pg_conn *pg, struct arena *a, int64_t now_us)
{
    int r = 0;

    for (struct mailbox *b = m->first; b && r == 0; b = b->next) {
        const struct receipt_source from = { .tenant = b->tenant, .gateway = GATEWAY };

        if (b->phase == KEEPING)
            r = receipt_store_save(pg, a, &from, b->receipts, b->receipt_count, now_us);
    }
    return r;
}

void mailboxes_saved(struct mailboxes *m)
{
    for (struct mailbox *b = m->first; b; b = b->next)
        if (b->phase == KEEPING)
            enter(m, b, MARKING);
}
