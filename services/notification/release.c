#include "release.h"

#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "delivery.h"
#include "fate.h"
#include "notice_facts.h"
#include "notification_sql.h"
#include "store_send.h"
#include "tell.h"
#include "template.h"

#define AT_ONCE           500
#define DIGEST_LINES      30
#define DIGEST_EXPIRES_US INT64_C(86400000000)

static struct metric metric_queue = { "redress_notification_queue", "Messages that wait for a gateway.", METRIC_GAUGE,
                                      .label = "gateway" };
static struct metric metric_queue_age = { "redress_notification_queue_age_seconds",
                                          "How long the oldest of them waits, by gateway.", METRIC_GAUGE,
                                          .label = "gateway" };

void release_metrics(void)
{
    metric_register(&metric_queue);
    metric_register(&metric_queue_age);
}

static const struct notice_tenant *tenant_of(struct batch *b, const char *id)
{
    struct notification *n = daemon_state(b->daemon);

    return notice_tenants_find(n->tenants, id);
}

/* ---- told together ---- */

/* Messages of one person on one channel. */
struct group {
    const struct message *items;
    size_t count;
};

static bool same_group(const struct message *a, const struct message *b)
{
    return strcmp(a->tenant, b->tenant) == 0 && strcmp(a->recipient, b->recipient) == 0 && a->channel == b->channel;
}

/* What it would have said by itself; its number where that cannot be rendered. */
static const char *line_of(struct arena *a, const struct notice_tenant *t, const struct message *m)
{
    const struct notice_template *template = notice_template(&t->settings, m->template);
    const struct notice_text *text = template ? notice_text(&t->settings, template, NOTICE_SMS, m->locale) : NULL;
    struct notice_facts facts;
    const char *missing;
    struct strbuf line;

    strbuf_init(&line, a);
    notice_facts_init(&facts);
    if (!text || !notice_facts_read(a, m->facts, &facts) ||
        template_render(&line, text->text, &facts, TEMPLATE_LINE, &missing) > 0)
        return m->number;
    return line.data;
}

static const char *digest_facts(struct arena *a, const struct notice_tenant *t, const struct group *g)
{
    struct notice_facts facts;
    struct strbuf lines;

    strbuf_init(&lines, a);
    for (size_t i = 0; i < g->count && i < DIGEST_LINES; i++)
        strbuf_printf(&lines, "%s%s", i ? "\n" : "", line_of(a, t, &g->items[i]));
    if (g->count > DIGEST_LINES)
        strbuf_adds(&lines, "\n…");
    notice_facts_init(&facts);
    notice_facts_set(a, &facts, "count", arena_printf(a, "%zu", g->count));
    notice_facts_set(a, &facts, "number", g->items[0].number);
    notice_facts_set(a, &facts, "items", lines.data);
    notice_facts_set(a, &facts, "tenant", t->name);
    notice_facts_set(a, &facts, "sign", t->settings.sign);
    return notice_facts_write(a, &facts);
}

static bool has_digest_text(const struct notice_tenant *t, const struct message *m)
{
    const struct notice_template *template = t ? notice_template(&t->settings, "digest") : NULL;

    return template && notice_text(&t->settings, template, m->channel, m->locale);
}

/* One message that tells them all. */
static struct message digest_of(struct batch *b, const struct notice_tenant *t, const struct group *g)
{
    struct message m = g->items[0];
    char first[UUID_TEXT_SIZE];

    uuid_format(&m.id, first);
    m.id = message_id(m.tenant, arena_printf(b->arena, "digest:%s", first), "digest", m.recipient, m.channel);
    m.complaint = (struct uuid){ { 0 } };
    m.event = "digest";
    m.template = "digest";
    m.number = m.cause = m.code = "";
    m.version = 0;
    m.attempts = 0;
    m.facts = digest_facts(b->arena, t, g);
    m.state = MESSAGE_QUEUED;
    m.held = HELD_NOT;
    m.next_us = b->now_us;
    m.expires_us = b->now_us + DIGEST_EXPIRES_US;
    for (size_t i = 1; i < g->count; i++)
        if (g->items[i].urgency > m.urgency)
            m.urgency = g->items[i].urgency;
    return m;
}

static int gather(struct batch *b, const struct message *items, size_t count)
{
    static const enum pg_type types[] = { PG_UUID, PG_UUID };
    struct message *digests = arena_array(b->arena, struct message, count + 1);
    struct pg_column c[2];
    struct pg_params p;
    size_t made = 0;
    int r;

    pg_columns_init(c, b->arena, types, 2, count);
    for (size_t i = 0; i < count;) {
        struct group g = { &items[i], 1 };
        const struct notice_tenant *t = tenant_of(b, items[i].tenant);
        const struct uuid *digest = NULL;

        while (i + g.count < count && same_group(&items[i], &items[i + g.count]))
            g.count++;
        if (g.count > 1 && has_digest_text(t, &items[i])) {
            digests[made] = digest_of(b, t, &g);
            digest = &digests[made++].id;
        }
        for (size_t k = 0; k < g.count; k++) {
            pg_column_uuid(&c[0], &items[i + k].id);
            pg_column_uuid(&c[1], digest);
        }
        i += g.count;
    }
    pg_params_columns(&p, b->arena, c, 2);
    r = pg_exec(b->pg, &notification_gather_digest, &p, NULL);
    return r < 0 ? r : notice_store_insert(b, digests, made);
}

static void limit_params(struct batch *b, struct pg_params *p)
{
    pg_params_init(p, b->arena);
    pg_param_int4(p, AT_ONCE);
}

/* The messages that a statement has chosen. */
static int take(struct batch *b, const struct pg_statement *statement, const struct pg_params *p, struct message **ret,
                size_t *ret_count)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(b->pg, statement, p, &rows);

    if (r < 0)
        return r;
    *ret = notice_store_read_messages(b->arena, rows, ret_count);
    return 0;
}

/* What was told before a restore must be known first: it is not told with others either. */
static int gather_digests(struct batch *b, const struct pg_params *p)
{
    struct notification *n = daemon_state(b->daemon);
    struct message *items;
    size_t count;
    int r = retold_known(b->daemon, &n->retold);

    if (r <= 0)
        return r;
    r = take(b, &notification_select_digests, p, &items, &count);
    if (r == 0)
        r = retold_drop_messages(b, &n->retold, items, &count);
    return r < 0 || count == 0 ? r : gather(b, items, count);
}

int release_held(struct batch *b)
{
    struct pg_params p;
    int64_t released = 0;
    int r;

    limit_params(b, &p);
    r = pg_exec_count(b->pg, &notification_release_held, &p, &released);
    if (r == 0)
        r = gather_digests(b, &p);
    return r < 0 ? r : released == AT_ONCE;
}

/* ---- ends ---- */

/* What a statement has chosen has ended: it is told of. 1: there may be more. */
static int tell_of(struct batch *b, const struct pg_statement *statement,
                   int (*emit)(struct batch *b, const struct message *items, size_t count), size_t *ret_count)
{
    struct message *items;
    struct pg_params p;
    int r;

    limit_params(b, &p);
    r = take(b, statement, &p, &items, ret_count);
    if (r == 0)
        r = emit(b, items, *ret_count);
    return r < 0 ? r : *ret_count == AT_ONCE;
}

int release_expired(struct batch *b)
{
    size_t count;

    return tell_of(b, &notification_expire_messages, fate_emit_all, &count);
}

/* Each by itself: what a digest told was taken out by itself, too. */
int release_by_hand(struct batch *b)
{
    size_t count;

    return tell_of(b, &notification_take_untold, fate_emit_each, &count);
}

int release_lost(struct batch *b)
{
    size_t count;
    int r = tell_of(b, &notification_lose_messages, fate_emit_all, &count);

    if (r >= 0 && count)
        log_warning("calls were lost with their process: nobody knows what became of them",
                    LOG_INT("messages", (int64_t)count));
    return r;
}

static int give_up(struct batch *b, const struct message *items, size_t count)
{
    struct message *more = arena_array(b->arena, struct message, count + 1);
    size_t more_count = 0;

    for (size_t i = 0; i < count; i++) {
        const struct message *m = &items[i];
        const struct notice_tenant *t = tenant_of(b, m->tenant);
        struct delivery_state state = { .channel = m->channel,
                                        .others = m->others,
                                        .other_count = m->other_count,
                                        .gateway = t ? notice_gateway(&t->settings, m->gateway) : NULL };
        struct delivery_step step;

        if (!t)
            continue;
        delivery_give_up_waiting(&t->settings, &state, &step);
        if (step.go_on)
            more[more_count++] = delivery_follow_up(b->arena, &t->settings, &t->zone, m, step.go_on, b->now_us);
    }
    return notice_store_insert(b, more, more_count);
}

int release_waiting(struct batch *b)
{
    struct message *items;
    struct pg_params p;
    size_t count;
    int r;

    limit_params(b, &p);
    pg_param_int4(&p, (int32_t)daemon_config(b->daemon)->notification.unknown_minutes);
    r = take(b, &notification_take_waiting, &p, &items, &count);
    if (r < 0)
        return r;
    r = give_up(b, items, count);
    return r < 0 ? r : count == AT_ONCE;
}

int release_purge(struct batch *b)
{
    return pg_exec(b->pg, &notification_purge, NULL, NULL);
}

/* Gateways that have nothing now are set to nothing: a gauge keeps what it was. */
static void clear_gauges(struct batch *b)
{
    struct notification *n = daemon_state(b->daemon);

    for (size_t i = 0; i < notice_tenants_count(n->tenants); i++) {
        const struct notice_settings *s = &notice_tenants_at(n->tenants, i)->settings;

        for (size_t g = 0; g < s->gateway_count; g++) {
            metric_set(&metric_queue, s->gateways[g].name, 0);
            metric_set(&metric_queue_age, s->gateways[g].name, 0);
        }
    }
}

/* Tenants' gateways that messages wait for and that are not among their settings any more. */
static size_t find_gone(struct batch *b, const struct pg_result *rows, struct free_gateway *ret)
{
    size_t count = 0;

    for (int i = 0; i < pg_rows(rows); i++) {
        const struct notice_tenant *t = tenant_of(b, pg_text(rows, i, 0));

        if (t && !*t->problem && !notice_gateway(&t->settings, pg_text(rows, i, 1)))
            ret[count++] = (struct free_gateway){ .tenant = t->id, .gateway = pg_text(rows, i, 1) };
    }
    return count;
}

struct moving {
    struct moved *moved;
    struct message *more;
    struct fate_digest *digests;
    size_t more_count, digest_count;
};

static int move_one(struct batch *b, const struct notice_tenant *t, struct message *m, struct moving *w, size_t i)
{
    struct delivery_state state = { .channel = m->channel,
                                    .others = m->others,
                                    .other_count = m->other_count,
                                    .fixed = delivery_is_fixed(m),
                                    .now_us = b->now_us };
    struct delivery_step step;

    delivery_reroute(&t->settings, &state, &step);
    m->state = step.state;
    m->code = step.gateway ? "" : "the gateway is gone";
    w->moved[i] = (struct moved){ m->id, step.state, step.gateway ? step.gateway->name : m->gateway, m->code };
    if (step.go_on)
        w->more[w->more_count++] = delivery_follow_up(b->arena, &t->settings, &t->zone, m, step.go_on, b->now_us);
    if (fate_is_digest(m))
        w->digests[w->digest_count++] = (struct fate_digest){ m->id, step.go_on != 0 };
    return fate_emit(b, m, &(struct fate){ .request_id = "", .goes_on = step.go_on != 0 });
}

/* What waits for a gateway that is gone would wait until it expires. */
static int move_stranded(struct batch *b, const struct pg_result *rows)
{
    struct free_gateway *gone = arena_array(b->arena, struct free_gateway, (size_t)pg_rows(rows) + 1);
    struct moving w = { 0 };
    struct message *items;
    size_t count;
    int r = notice_store_find_stranded(b, gone, find_gone(b, rows, gone), AT_ONCE, &items, &count);

    if (r < 0 || count == 0)
        return r;
    w.moved = arena_array(b->arena, struct moved, count);
    w.more = arena_array(b->arena, struct message, count);
    w.digests = arena_array(b->arena, struct fate_digest, count);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = move_one(b, tenant_of(b, items[i].tenant), &items[i], &w, i);
    if (r == 0)
        r = notice_store_move_stranded(b, w.moved, count);
    if (r == 0)
        r = fate_emit_told(b, w.digests, w.digest_count);
    if (r == 0)
        r = notice_store_insert(b, w.more, w.more_count);
    return r < 0 ? r : count == AT_ONCE;
}

static void add_gauges(const struct pg_result *rows)
{
    for (int i = 0; i < pg_rows(rows); i++) {
        const char *gateway = pg_text(rows, i, 1);
        int64_t count = pg_int8(rows, i, 2), age_s = pg_int8(rows, i, 3);

        for (int k = 0; k < i; k++) /* of another tenant's of the same name */
            if (strcmp(pg_text(rows, k, 1), gateway) == 0) {
                count += pg_int8(rows, k, 2);
                age_s = pg_int8(rows, k, 3) > age_s ? pg_int8(rows, k, 3) : age_s;
            }
        metric_set(&metric_queue, gateway, count);
        metric_set(&metric_queue_age, gateway, age_s);
    }
}

/* Settings are looked at here, too: where nothing happens no batch does it. */
int release_measure(struct batch *b)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = tell_on_prepare(b);

    if (r == 0)
        r = pg_exec(b->pg, &notification_measure_queue, NULL, &rows);
    if (r < 0)
        return r;
    clear_gauges(b);
    add_gauges(rows);
    return move_stranded(b, rows);
}
