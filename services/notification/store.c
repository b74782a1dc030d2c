#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/str.h"
#include "common/contact/contact.h"
#include "common/contact/phone.h"
#include "notification_sql.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

void notice_set_init(struct told_set *s, struct arena *a, size_t max)
{
    id_index_init(&s->ids, a, max);
    s->rows = arena_array(a, struct told_case, max);
}

struct told_case *notice_set_add(struct told_set *s, const struct uuid *id)
{
    size_t i = id_index_add(&s->ids, id);

    s->rows[i].id = *id;
    if (!s->rows[i].happened)
        s->rows[i].happened = "";
    return &s->rows[i];
}

/* ---- versions ---- */

static void add_ids(struct batch *b, struct pg_params *p, const struct told_set *s, bool wanted_only)
{
    struct pg_column *ids = arena_new(b->arena, struct pg_column);

    pg_column_init(ids, b->arena, PG_UUID, s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++)
        if (!wanted_only || s->rows[i].wanted)
            pg_column_uuid(ids, &s->rows[i].id);
    pg_params_init(p, b->arena);
    pg_param_column(p, ids);
}

static struct told_case *row_of(struct told_set *s, const struct pg_result *r, int row)
{
    struct uuid id = pg_uuid(r, row, 0);

    return &s->rows[id_index_find(&s->ids, &id)];
}

int notice_store_load_seen(struct batch *b, struct told_set *s)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_params p;
    int r;

    if (s->ids.count == 0)
        return 0;
    add_ids(b, &p, s, false);
    r = pg_exec(b->pg, &notification_load_seen, &p, &rows);
    for (int i = 0; r == 0 && i < pg_rows(rows); i++) {
        struct told_case *c = row_of(s, rows, i);

        c->version = pg_int8(rows, i, 1);
        c->happened = pg_text_copy(b->arena, rows, i, 2);
    }
    return r;
}

int notice_store_save_seen(struct batch *b, const struct told_set *s)
{
    static const enum pg_type types[] = { PG_UUID, PG_INT8, PG_TEXT };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    pg_columns_init(c, b->arena, types, COUNT(types), s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++) {
        if (!s->rows[i].changed)
            continue;
        pg_column_uuid(&c[0], &s->rows[i].id);
        pg_column_int8(&c[1], s->rows[i].version);
        pg_column_text(&c[2], s->rows[i].happened);
    }
    if (c[0].count == 0)
        return 0;
    pg_params_columns(&p, b->arena, c, COUNT(types));
    return pg_exec(b->pg, &notification_save_seen, &p, NULL);
}

/* ---- cases ---- */

/* The columns of load_cases.sql in their order. */
enum {
    ID,
    NUMBER,
    PROJECT,
    PROJECT_NAME,
    CATEGORY,
    CATEGORY_NAME,
    DEPARTMENT,
    DEPARTMENT_NAME,
    STATUS,
    SEVERITY,
    COMPLEXITY,
    HANDLER,
    HANDLER_NAME,
    RECEIVED,
    CONTACT,
    PREFERRED,
    HEAD,
    SERVICE,
    DUTY,
    LEADERS
};

static const char *keyed(struct arena *a, const struct vault_key *hash_key, const char *text)
{
    char key[VAULT_HASH_TEXT];

    vault_hash(hash_key, text, strlen(text), key);
    return arena_strdup(a, key);
}

/* Of a contact that cannot be opened now everything may be there: what is not turns up when it is sent, and then the
 * next channel is tried. */
static struct reach unknown_reach(int preferred)
{
    return (struct reach){ .phone = true,
                           .email = true,
                           .wechat = true,
                           .phone_key = "",
                           .email_key = "",
                           .wechat_key = "",
                           .preferred = preferred };
}

/* The addresses stay sealed until something is sent; here it counts whether there are any. */
static void read_reach(struct arena *a, const struct pg_result *r, int row, const struct told_case *c,
                       struct reach *ret)
{
    struct arena_mark mark;
    Redress__V1__Submission *m = NULL;
    char phone[PHONE_SIZE] = "", key[VAULT_HASH_TEXT];
    size_t len;
    const void *sealed = pg_bytes(r, row, CONTACT, &len);

    *ret = (struct reach){ .phone_key = "", .email_key = "", .wechat_key = "" };
    if (!pg_is_null(r, row, CONTACT) && !c->tenant->has_keys) {
        *ret = unknown_reach(pg_is_null(r, row, PREFERRED) ? 0 : pg_int4(r, row, PREFERRED));
        return;
    }
    mark = arena_mark(a);
    if (!pg_is_null(r, row, CONTACT))
        m = contact_open(a, &c->tenant->seal_key, &c->id, sealed, len);
    if (!m || !m->complainant) {
        arena_rewind(a, mark);
        return;
    }
    if (*m->complainant->email) {
        ret->email = true;
        ret->email_key = keyed(a, &c->tenant->hash_key, m->complainant->email);
    }
    if (*m->complainant->wechat_open_id) {
        ret->wechat = true;
        ret->wechat_key = keyed(a, &c->tenant->hash_key, m->complainant->wechat_open_id);
    }
    if (*m->complainant->phone && phone_normalise(m->complainant->phone, phone)) {
        ret->phone = true;
        phone_key(&c->tenant->hash_key, phone, key);
        ret->phone_key = arena_strdup(a, key);
    }
    explicit_bzero(phone, sizeof phone);
    ret->preferred = pg_is_null(r, row, PREFERRED) ? 0 : pg_int4(r, row, PREFERRED);
}

static const char *const *split(struct arena *a, const char *list, size_t *ret_count)
{
    size_t count = *list != '\0', i = 0;
    const char **items;
    char *copy = arena_strdup(a, list), *rest = copy, *item;

    for (const char *p = list; *p; p++)
        count += *p == '\x1f';
    items = arena_array(a, const char *, count + 1);
    while (i < count && (item = strsep(&rest, "\x1f")))
        items[i++] = item;
    *ret_count = i;
    return items;
}

static void read_case(struct batch *b, const struct pg_result *r, int row, struct told_case *c)
{
    struct arena *a = b->arena;

    c->facts = (struct case_facts){
        .id = c->id,
        .tenant = c->tenant->id,
        .number = pg_text_copy(a, r, row, NUMBER),
        .project = pg_text_copy(a, r, row, PROJECT),
        .project_name = pg_text_copy(a, r, row, PROJECT_NAME),
        .category = pg_text_copy(a, r, row, CATEGORY),
        .category_name = pg_text_copy(a, r, row, CATEGORY_NAME),
        .department = pg_text_copy(a, r, row, DEPARTMENT),
        .department_name = pg_text_copy(a, r, row, DEPARTMENT_NAME),
        .status = pg_text_copy(a, r, row, STATUS),
        .severity = pg_text_copy(a, r, row, SEVERITY),
        .complexity = pg_text_copy(a, r, row, COMPLEXITY),
        .handler = pg_text_copy(a, r, row, HANDLER),
        .handler_name = pg_text_copy(a, r, row, HANDLER_NAME),
        .received_us = pg_time_us(r, row, RECEIVED),
    };
    c->people = (struct people){
        .handler = c->facts.handler,
        .department_head = pg_text_copy(a, r, row, HEAD),
        .customer_service = pg_text_copy(a, r, row, SERVICE),
        .duty = pg_text_copy(a, r, row, DUTY),
    };
    c->people.leaders = split(a, pg_text(r, row, LEADERS), &c->people.leader_count);
    read_reach(a, r, row, c, &c->facts.complainant);
    c->loaded = true;
}

int notice_store_load_cases(struct batch *b, struct told_set *s)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_params p;
    bool any = false;
    int r;

    for (size_t i = 0; i < s->ids.count; i++)
        any = any || s->rows[i].wanted;
    if (!any)
        return 0;
    add_ids(b, &p, s, true);
    r = pg_exec(b->pg, &notification_load_cases, &p, &rows);
    for (int i = 0; r == 0 && i < pg_rows(rows); i++)
        read_case(b, rows, i, row_of(s, rows, i));
    return r;
}

/* ---- people and addresses ---- */

int notice_store_load_staff(struct batch *b, const struct named_staff *names, size_t count, struct found_staff **ret,
                            size_t *ret_count)
{
    static const enum pg_type types[] = { PG_TEXT, PG_TEXT };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    struct arena *a = b->arena;
    int r = 0;

    *ret_count = 0;
    if (count == 0)
        return 0;
    pg_columns_init(c, a, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_text(&c[0], names[i].tenant);
        pg_column_text(&c[1], names[i].id);
    }
    pg_params_columns(&p, a, c, COUNT(types));
    r = pg_exec(b->pg, &notification_load_staff, &p, &rows);
    if (r < 0)
        return r;
    *ret = arena_array(a, struct found_staff, (size_t)pg_rows(rows) + 1);
    for (int i = 0; i < pg_rows(rows); i++)
        (*ret)[i] = (struct found_staff){ pg_text_copy(a, rows, i, 0),
                                          { .id = pg_text_copy(a, rows, i, 1),
                                            .phone = pg_bool(rows, i, 2),
                                            .email = pg_bool(rows, i, 3),
                                            .phone_key = pg_text_copy(a, rows, i, 4),
                                            .email_key = pg_text_copy(a, rows, i, 5) } };
    *ret_count = (size_t)pg_rows(rows);
    return 0;
}

int notice_store_load_bad(struct batch *b, const struct keyed_address *keys, size_t count, struct found_bad **ret,
                          size_t *ret_count)
{
    static const enum pg_type types[] = { PG_TEXT, PG_TEXT };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    *ret_count = 0;
    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_text(&c[0], keys[i].tenant);
        pg_column_text(&c[1], keys[i].key);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &notification_load_bad_addresses, &p, &rows);
    if (r < 0)
        return r;
    *ret = arena_array(b->arena, struct found_bad, (size_t)pg_rows(rows) + 1);
    for (int i = 0; i < pg_rows(rows); i++)
        (*ret)[i] = (struct found_bad){
            pg_text_copy(b->arena, rows, i, 0),
            { (enum notice_channel)pg_int4(rows, i, 1), pg_text_copy(b->arena, rows, i, 2) },
        };
    *ret_count = (size_t)pg_rows(rows);
    return 0;
}

/* ---- messages ---- */

/* The columns of NOTICE_MESSAGE_COLUMNS in their order. */
enum {
    M_ID,
    M_TENANT,
    M_GATEWAY,
    M_ATTEMPTS,
    M_COMPLAINT,
    M_NUMBER,
    M_EVENT,
    M_VERSION,
    M_AUDIENCE,
    M_RECIPIENT,
    M_CHANNEL,
    M_OTHERS,
    M_TEMPLATE,
    M_LOCALE,
    M_URGENCY,
    M_FACTS,
    M_EXPIRES,
    M_STATE,
    M_CODE,
    M_CAUSE
};

/* "2,3" */
static void read_others(const char *text, struct message *m)
{
    for (const char *p = text; *p && m->other_count < NOTICE_CHANNELS; p += strcspn(p, ","), p += *p == ',')
        m->others[m->other_count++] = (enum notice_channel)strtol(p, NULL, 10);
}

void notice_store_read_message(struct arena *a, const struct pg_result *r, int row, struct message *ret)
{
    *ret = (struct message){
        .id = pg_uuid(r, row, M_ID),
        .tenant = pg_text_copy(a, r, row, M_TENANT),
        .gateway = pg_text_copy(a, r, row, M_GATEWAY),
        .attempts = pg_int4(r, row, M_ATTEMPTS),
        .number = pg_text_copy(a, r, row, M_NUMBER),
        .event = pg_text_copy(a, r, row, M_EVENT),
        .version = pg_int8(r, row, M_VERSION),
        .audience = (enum notice_audience)pg_int4(r, row, M_AUDIENCE),
        .recipient = pg_text_copy(a, r, row, M_RECIPIENT),
        .channel = (enum notice_channel)pg_int4(r, row, M_CHANNEL),
        .template = pg_text_copy(a, r, row, M_TEMPLATE),
        .locale = pg_text_copy(a, r, row, M_LOCALE),
        .urgency = (enum notice_urgency)pg_int4(r, row, M_URGENCY),
        .facts = pg_text_copy(a, r, row, M_FACTS),
        .expires_us = pg_time_us(r, row, M_EXPIRES),
        .state = (enum message_state)pg_int4(r, row, M_STATE),
        .code = pg_text_copy(a, r, row, M_CODE),
        .cause = pg_text_copy(a, r, row, M_CAUSE),
    };
    if (!pg_is_null(r, row, M_COMPLAINT))
        ret->complaint = pg_uuid(r, row, M_COMPLAINT);
    read_others(pg_text(r, row, M_OTHERS), ret);
}

struct message *notice_store_read_messages(struct arena *a, const struct pg_result *r, size_t *ret_count)
{
    struct message *items = arena_array(a, struct message, (size_t)pg_rows(r) + 1);

    for (int i = 0; i < pg_rows(r); i++)
        notice_store_read_message(a, r, i, &items[i]);
    *ret_count = (size_t)pg_rows(r);
    return items;
}

int notice_store_cancel(struct batch *b, const struct cancellation *items, size_t count, struct message **ret,
                        size_t *ret_count)
{
    static const enum pg_type types[] = { PG_UUID, PG_TEXT, PG_TEXT };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    *ret_count = 0;
    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_uuid(&c[0], &items[i].complaint);
        pg_column_text(&c[1], items[i].cause);
        pg_column_text(&c[2], items[i].why);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &notification_cancel_messages, &p, &rows);
    if (r == 0)
        *ret = notice_store_read_messages(b->arena, rows, ret_count);
    return r;
}

int notice_store_find_told(struct batch *b, const struct uuid *digests, size_t count, struct message **ret,
                           size_t *ret_count)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_params p;
    int r;

    *ret_count = 0;
    if (count == 0)
        return 0;
    pg_params_uuids(&p, b->arena, digests, count);
    r = pg_exec(b->pg, &notification_find_told, &p, &rows);
    if (r < 0)
        return r;
    *ret = notice_store_read_messages(b->arena, rows, ret_count);
    for (int i = 0; i < pg_rows(rows); i++)
        (*ret)[i].told_by = pg_uuid(rows, i, NOTICE_MESSAGE_COLUMNS);
    return 0;
}

/* "2,3" */
static const char *others_text(struct arena *a, const struct message *m)
{
    struct strbuf text;

    strbuf_init(&text, a);
    strbuf_adds(&text, "");
    for (size_t i = 0; i < m->other_count; i++)
        strbuf_printf(&text, "%s%d", i ? "," : "", (int)m->others[i]);
    return text.data;
}

static void add_message(struct arena *a, const struct message *m, struct pg_column *c)
{
    pg_column_uuid(&c[0], &m->id);
    pg_column_text(&c[1], m->tenant);
    pg_column_uuid(&c[2], uuid_is_nil(&m->complaint) ? NULL : &m->complaint);
    pg_column_text(&c[3], m->number);
    pg_column_text(&c[4], m->event);
    pg_column_int8(&c[5], m->version);
    pg_column_text(&c[6], m->cause);
    pg_column_int2(&c[7], (int16_t)m->audience);
    pg_column_text(&c[8], m->recipient);
    pg_column_int2(&c[9], (int16_t)m->channel);
    pg_column_text(&c[10], others_text(a, m));
    pg_column_text(&c[11], m->template);
    pg_column_text(&c[12], m->locale);
    pg_column_int2(&c[13], (int16_t)m->urgency);
    pg_column_text(&c[14], m->facts);
    pg_column_time(&c[15], m->expires_us);
    pg_column_text(&c[16], m->gateway);
    pg_column_int2(&c[17], (int16_t)m->state);
    pg_column_int2(&c[18], (int16_t)m->held);
    pg_column_text(&c[19], m->code);
    pg_column_time(&c[20], m->next_us);
    pg_column_int8(&c[21], message_lane(m));
}

static void mark_fresh(const struct pg_result *rows, struct message *items, size_t count)
{
    size_t at = 0;

    for (int row = 0; row < pg_rows(rows); row++) {
        struct uuid id = pg_uuid(rows, row, 0);

        for (size_t tried = 0; tried < count; tried++, at = (at + 1) % count)
            if (uuid_eq(&items[at].id, &id)) {
                items[at].fresh = true;
                break;
            }
    }
}

int notice_store_insert(struct batch *b, struct message *items, size_t count)
{
    static const enum pg_type types[] = {
        PG_UUID, PG_TEXT, PG_UUID, PG_TEXT, PG_TEXT,        PG_INT8, PG_TEXT, PG_INT2, PG_TEXT, PG_INT2,        PG_TEXT,
        PG_TEXT, PG_TEXT, PG_INT2, PG_TEXT, PG_TIMESTAMPTZ, PG_TEXT, PG_INT2, PG_INT2, PG_TEXT, PG_TIMESTAMPTZ, PG_INT8,
    };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++)
        add_message(b->arena, &items[i], c);
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &notification_insert_messages, &p, &rows);
    if (r == 0)
        mark_fresh(rows, items, count);
    return r;
}
