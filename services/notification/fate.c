#include "fate.h"

#include <string.h>

#include "common/base/metrics.h"
#include "common/event/timestamp.h"
#include "redress/v1/notification_event.pb-c.h"

static struct metric metric_fates = { "redress_notification_messages_total", "Messages by what became of them.",
                                      METRIC_COUNTER, .label = "state" };

void fate_metrics(void)
{
    metric_register(&metric_fates);
}

static char *text(const char *s)
{
    return (char *)(uintptr_t)(s ? s : "");
}

/* What a state is called on the topic; the others are not told. */
static const char *member_of(enum message_state state)
{
    static const char *const members[] = {
        [MESSAGE_SENT] = "sent",       [MESSAGE_DELIVERED] = "delivered", [MESSAGE_FAILED] = "failed",
        [MESSAGE_UNKNOWN] = "unknown", [MESSAGE_EXPIRED] = "expired",     [MESSAGE_CANCELLED] = "cancelled"
    };

    return (size_t)state < sizeof members / sizeof *members ? members[state] : NULL;
}

static void set_member(struct arena *a, Redress__V1__NotificationEvent *e, const char *member,
                       const struct message *msg, const struct fate *f)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(e->base.descriptor, member);
    const ProtobufCMessageDescriptor *d = field->descriptor;
    ProtobufCMessage *m = arena_alloc(a, d->sizeof_message);

    protobuf_c_message_init(d, m);
    e->event_case = (Redress__V1__NotificationEvent__EventCase)field->id;
    e->sent = (Redress__V1__NoticeSent *)m; /* whichever it is: they share their place */
    if (msg->state == MESSAGE_SENT) {
        e->sent->request_id = text(f->request_id);
        e->sent->parts = f->parts;
    } else if (msg->state == MESSAGE_FAILED) {
        e->failed->code = text(msg->code);
        e->failed->goes_on = f->goes_on;
    } else if (msg->state == MESSAGE_UNKNOWN) {
        e->unknown->code = text(msg->code);
    } else if (msg->state == MESSAGE_CANCELLED) {
        e->cancelled->why = text(msg->code);
    }
}

int fate_emit(struct batch *b, const struct message *m, const struct fate *f)
{
    static const struct fate nothing = { .request_id = "" };
    Redress__V1__NotificationEvent e = REDRESS__V1__NOTIFICATION_EVENT__INIT;
    Google__Protobuf__Timestamp at = timestamp_of(b->now_us);
    const char *member = member_of(m->state);
    char *id = arena_alloc(b->arena, UUID_TEXT_SIZE), *complaint = arena_alloc(b->arena, UUID_TEXT_SIZE);
    char *told_by = arena_alloc(b->arena, UUID_TEXT_SIZE);

    if (!member)
        return 0;
    metric_add(&metric_fates, member, 1);
    uuid_format(&m->id, id);
    uuid_format(&m->complaint, complaint);
    e.tenant = text(m->tenant);
    e.complaint_id = uuid_is_nil(&m->complaint) ? text("") : complaint;
    e.complaint_number = text(m->number);
    e.message_id = id;
    e.at = &at;
    e.channel = (Redress__V1__NoticeChannel)m->channel;
    e.audience = (Redress__V1__NoticeAudience)m->audience;
    e.recipient_id = text(m->recipient);
    e.template_ = text(m->template);
    e.gateway = text(m->gateway);
    e.attempt = m->attempts;
    e.cause = text(m->event);
    uuid_format(&m->told_by, told_by);
    e.told_by = uuid_is_nil(&m->told_by) ? text("") : told_by;
    set_member(b->arena, &e, member, m, f ? f : &nothing);
    return batch_emit(b, &(struct emission){
                             .topic = TOPIC_NOTIFICATIONS,
                             .key = *e.complaint_id ? complaint : id,
                             .tenant = m->tenant,
                             .message = &e.base,
                             .type = arena_printf(b->arena, "redress.v1.NotificationEvent.%s", member),
                         });
}

bool fate_is_digest(const struct message *m)
{
    return strcmp(m->event, "digest") == 0;
}

int fate_emit_each(struct batch *b, const struct message *items, size_t count)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++)
        r = fate_emit(b, &items[i], NULL);
    return r;
}

int fate_emit_all(struct batch *b, const struct message *items, size_t count)
{
    struct fate_digest *digests = arena_array(b->arena, struct fate_digest, count + 1);
    size_t digest_count = 0;
    int r = fate_emit_each(b, items, count);

    for (size_t i = 0; i < count; i++)
        if (fate_is_digest(&items[i]))
            digests[digest_count++] = (struct fate_digest){ .id = items[i].id };
    return r < 0 ? r : fate_emit_told(b, digests, digest_count);
}

static bool goes_on(const struct fate_digest *digests, size_t count, const struct uuid *told_by)
{
    for (size_t i = 0; i < count; i++)
        if (uuid_eq(&digests[i].id, told_by))
            return digests[i].goes_on;
    return false;
}

int fate_emit_told(struct batch *b, const struct fate_digest *digests, size_t count)
{
    struct uuid *ids = arena_array(b->arena, struct uuid, count + 1);
    struct message *told;
    size_t told_count;
    int r;

    for (size_t i = 0; i < count; i++)
        ids[i] = digests[i].id;
    r = notice_store_find_told(b, ids, count, &told, &told_count);
    for (size_t i = 0; r == 0 && i < told_count; i++)
        r = fate_emit(b, &told[i],
                      &(struct fate){ .request_id = "", .goes_on = goes_on(digests, count, &told[i].told_by) });
    return r;
}
