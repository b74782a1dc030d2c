#include "notice_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/error.h"
#include "services/notification/message.h"

static void __attribute__((noreturn)) give_up(const char *what, const char *why)
{
    fprintf(stderr, "notices: %s: %s\n", what, why);
    exit(99);
}

/* ---- settings ---- */

static void write_gateway(FILE *f, const struct notice_load_gateway *g)
{
    fprintf(f, "  - gateway: %s\n    kind: %s\n    in_flight: %d\n    timeout_seconds: %d\n", g->name, g->kind,
            g->in_flight, g->timeout_s);
    if (strcmp(g->kind, "smtp") == 0)
        fprintf(f, "    settings: {endpoint: \"smtp://127.0.0.1:%d\", require_tls: \"false\", helo: bench}\n", g->port);
    else
        fprintf(f,
                "    settings:\n"
                "      endpoint: http://127.0.0.1:%d/send\n"
                "      body: '{\"to\":\"{{to}}\",\"text\":\"{{text}}\",\"id\":\"{{id}}\",\"sign\":\"{{sign}}\"}'\n"
                "      success_at: /code\n"
                "      request_id_at: /message_id\n",
                g->port);
}

void notice_load_settings(struct suite *s, const struct notice_load_gateway *gateways, int count)
{
    char path[600];
    FILE *f;

    snprintf(path, sizeof path, "%s/notifications.yaml", suite_folder(s));
    f = fopen(path, "w");
    if (!f)
        give_up(path, "cannot be written");
    fputs("sign: 示范地产\n"
          "quiet: {from: \"00:00\", to: \"00:00\"}\n"
          "limits: {sms_per_phone_day: 1000000, sms_per_day: 1000000}\n"
          "mail: {from: service@example.com, name: 示范地产客户服务}\n"
          "gateways:\n",
          f);
    for (int i = 0; i < count; i++)
        write_gateway(f, &gateways[i]);
    if (fclose(f) != 0)
        give_up(path, "cannot be written");
    if (suite_ctl(s, (const char *const[]){ "notify", "apply", "--tenant", "demo", path, NULL }) != 0)
        give_up("redressctl notify apply", "failed");
    suite_execute(s, "UPDATE journal.cursor SET epoch = journal.current_epoch();"
                     "CREATE SCHEMA bench; CREATE UNLOGGED TABLE bench.queued (id uuid PRIMARY KEY, n int8 NOT NULL,"
                     " gateway text NOT NULL, at timestamptz NOT NULL)");
}

/* ---- messages ---- */

/* "Given to you", to the staff in turn. Ids are digests, as real ones. */
static const struct pg_statement queue = {
    .name = "bench_queue_messages",
    .sql =
        "WITH staff AS MATERIALIZED (SELECT array_agg(staff_id ORDER BY staff_id) AS ids FROM dispatch.staff"
        "  WHERE tenant_id = 'demo' AND phone_sealed IS NOT NULL AND email_sealed IS NOT NULL),"
        " queued AS (INSERT INTO bench.queued (id, n, gateway, at)"
        "  SELECT md5('message ' || $3 || n)::uuid, n, $3::text,"
        "   now() + $4::int8 * interval '1 us' + (n - $1) * $5::int8 * interval '1 us'"
        "   FROM generate_series($1::int8, $2::int8 - 1) AS n RETURNING *),"
        " messages AS (INSERT INTO notification.message (id, tenant_id, complaint_id, number, event, version, cause,"
        "   audience, recipient, channel, others, template, locale, urgency, facts, created_at)"
        "  SELECT id, 'demo', md5('complaint ' || gateway || n)::uuid, 'YHHY-20261126-' || lpad(n::text, 5, '0'),"
        "   'assigned', 2, '', 2, ids[1 + n % cardinality(ids)], $6::int4::int2, '{}', 'assigned_handler', 'zh-CN', 3,"
        "   jsonb_build_object('number', 'YHHY-20261126-' || lpad(n::text, 5, '0'), 'project', '云海华园',"
        "    'category', '外墙渗漏', 'severity', '一般', 'department', '工程部', 'handler', '张伟', 'status', '处理中',"
        "    'received', '11月26日 18:30', 'tenant', '示范地产', 'sign', '示范地产',"
        "    'handler_id', ids[1 + n % cardinality(ids)], 'automatic', 'true')::text, now() FROM queued, staff)"
        "INSERT INTO notification.message_state (id, tenant_id, gateway, state, held, urgency, next_at, lane,"
        "  expires_at, changed_at)"
        " SELECT id, 'demo', gateway, 1, 0, 3, at, ('x' || substr(md5('lane ' || gateway || n), 1, 16))::bit(64)::int8,"
        "  at + interval '1 day', now() FROM queued ORDER BY n"
};

void notice_load_queue(struct suite *s, const struct notice_load *l)
{
    bool mail = strcmp(l->gateway->kind, "smtp") == 0;
    struct pg_params p;
    struct arena a;

    arena_init(&a, 0);
    pg_params_init(&p, &a);
    pg_param_int8(&p, l->from);
    pg_param_int8(&p, l->to);
    pg_param_text(&p, l->gateway->name);
    pg_param_int8(&p, l->lead_us);
    pg_param_int8(&p, l->gap_us);
    pg_param_int4(&p, mail ? NOTICE_EMAIL : NOTICE_SMS);
    if (pg_exec_once(suite_pg(s), &queue, &p, NULL) < 0)
        give_up("queue", err_text());
    arena_done(&a);
}
