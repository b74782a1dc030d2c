#include "timeline.h"

#include <string.h>

#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "ctl_sql.h"

int complaint_find(struct ctl *c, struct pg_conn *pg, const char *name, struct uuid *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    const char *tenant = ctl_option(c, "tenant");
    struct pg_params p;
    int e;

    if (uuid_parse(name, strlen(name), ret))
        return 0;
    pg_params_init(&p, c->arena);
    pg_param_text(&p, name);
    pg_param_text(&p, tenant ? tenant : "");
    e = pg_exec(pg, &ctl_find_complaint, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    if (pg_rows(r) == 0)
        return ctl_fail(CTL_NOT_FOUND, "there is no complaint %s", name);
    if (pg_rows(r) > 1)
        return ctl_fail(CTL_CONFLICT, "several tenants have a complaint %s: say which with --tenant", name);
    *ret = pg_uuid(r, 0, 0);
    return 0;
}

void journal_row(struct arena *a, const struct pg_result *r, int row, struct journal_entry *ret, int64_t *ret_batch,
                 int *ret_ord)
{
    const void *bytes;
    size_t len;

    *ret_batch = pg_int8(r, row, 0);
    *ret_ord = pg_int4(r, row, 1);
    *ret = (struct journal_entry){
        .topic = pg_text_copy(a, r, row, 2),
        .key = pg_text_copy(a, r, row, 3),
        .event_id = pg_uuid(r, row, 4),
        .tenant = pg_text_copy(a, r, row, 5),
        .aggregate_version = pg_int8(r, row, 7),
        .type = pg_text_copy(a, r, row, 8),
        .headers = pg_text_copy(a, r, row, 9),
        .recorded_at_us = pg_time_us(r, row, 13),
    };
    if (!pg_is_null(r, row, 6))
        ret->aggregate_id = pg_uuid(r, row, 6);
    bytes = pg_bytes(r, row, 10, &len);
    ret->payload = arena_memdup(a, bytes, len);
    ret->payload_len = len;
    bytes = pg_bytes(r, row, 11, &len);
    memcpy(ret->prev_hash, bytes, len < SHA256_BYTES ? len : SHA256_BYTES);
    bytes = pg_bytes(r, row, 12, &len);
    memcpy(ret->hash, bytes, len < SHA256_BYTES ? len : SHA256_BYTES);
}

static const Redress__V1__ComplaintEvent *decode(struct arena *a, const struct journal_entry *e)
{
    struct field_problem problem;
    ProtobufCMessage *m;

    if (strcmp(e->topic, TOPIC_COMPLAINTS) != 0 ||
        event_unpack(a, &redress__v1__complaint_event__descriptor, e->payload, e->payload_len, &m, &problem) != 0)
        return NULL;
    return (const Redress__V1__ComplaintEvent *)m;
}

int timeline_load(struct ctl *c, struct pg_conn *pg, const struct uuid *id, struct timeline *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    int e;

    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, id);
    e = pg_exec(pg, &ctl_journal_of, &p, &r);
    if (e < 0)
        return e;
    ret->count = (size_t)pg_rows(r);
    ret->items = arena_array(c->arena, struct timeline_entry, ret->count + 1);
    for (size_t i = 0; i < ret->count; i++) {
        struct timeline_entry *t = &ret->items[i];
        journal_row(c->arena, r, (int)i, &t->entry, &t->batch, &t->ord);
        t->event = decode(c->arena, &t->entry);
    }
    return 0;
}

const char *event_kind(const Redress__V1__ComplaintEvent *e)
{
    const ProtobufCMessageDescriptor *d = &redress__v1__complaint_event__descriptor;
    const ProtobufCFieldDescriptor *f =
        e && e->event_case ? protobuf_c_message_descriptor_get_field(d, (unsigned)e->event_case) : NULL;

    return f ? f->name : "";
}
