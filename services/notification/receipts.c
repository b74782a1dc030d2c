/* Receipts that were taken (receive.c) change their messages. */
#include "common/base/cleanup.h"
#include "delivery.h"
#include "fate.h"
#include "notification_sql.h"
#include "receive.h"
#include "store_send.h"
#include "tell.h"

#define AT_ONCE 500

/* The columns of apply_receipts.sql behind those of a message. */
enum { BAD_ADDRESS = NOTICE_MESSAGE_COLUMNS, ADDRESS_KEY };

/* What was not delivered is told on another channel, where there is one. */
static enum notice_channel go_on(const struct notice_tenant *t, const struct message *m)
{
    if (m->state != MESSAGE_FAILED)
        return 0;
    for (size_t i = 0; i < m->other_count; i++)
        if (routing_gateway(&t->settings, m->others[i], NULL))
            return m->others[i];
    return 0;
}

int receipts_apply(struct batch *b)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct notification *n = daemon_state(b->daemon);
    struct message *more;
    struct fate_digest *digests;
    struct bounced *bad;
    size_t more_count = 0, bad_count = 0, digest_count = 0;
    struct pg_params p;
    int r;

    pg_params_init(&p, b->arena);
    pg_param_int4(&p, AT_ONCE);
    r = pg_exec(b->pg, &notification_apply_receipts, &p, &rows);
    if (r < 0)
        return r;
    more = arena_array(b->arena, struct message, (size_t)pg_rows(rows) + 1);
    bad = arena_array(b->arena, struct bounced, (size_t)pg_rows(rows) + 1);
    digests = arena_array(b->arena, struct fate_digest, (size_t)pg_rows(rows) + 1);
    for (int i = 0; r == 0 && i < pg_rows(rows); i++) {
        const struct notice_tenant *t;
        enum notice_channel channel;
        struct message m;

        notice_store_read_message(b->arena, rows, i, &m);
        t = notice_tenants_find(n->tenants, m.tenant);
        channel = t ? go_on(t, &m) : 0;
        if (channel)
            more[more_count++] = delivery_follow_up(b->arena, &t->settings, &t->zone, &m, channel, b->now_us);
        if (t && pg_bool(rows, i, BAD_ADDRESS))
            bad[bad_count++] = (struct bounced){ t->id, pg_text_copy(b->arena, rows, i, ADDRESS_KEY), m.code, m.channel,
                                                 t->settings.bounced_days };
        if (fate_is_digest(&m))
            digests[digest_count++] = (struct fate_digest){ m.id, channel != 0 };
        r = fate_emit(b, &m, &(struct fate){ .request_id = "", .goes_on = channel != 0 });
    }
    if (r == 0)
        r = fate_emit_told(b, digests, digest_count);
    if (r == 0)
        r = notice_store_insert(b, more, more_count);
    if (r == 0)
        r = notice_store_add_bad(b, bad, bad_count);
    return r < 0 ? r : pg_rows(rows) == AT_ONCE;
}
