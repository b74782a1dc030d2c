#include "routing.h"

#include <string.h>

#include "event_fields.h"
#include "gateway.h"
#include "notice_facts.h"
#include "progress.h"
#include "redress/v1/sla_event.pb-c.h"
#include "redress/v1/submission.pb-c.h"

#define MINUTE_US INT64_C(60000000)

/* ---- conditions ---- */

static bool is_below(const char *code, const char *root)
{
    size_t len = strlen(root);

    return strncmp(code, root, len) == 0 && (code[len] == '\0' || code[len] == '.');
}

static bool case_has(const struct case_facts *c, const char *field, const char *value, bool *ret_known)
{
    const struct {
        const char *name, *value;
    } facts[] = { { "severity", c->severity },
                  { "complexity", c->complexity },
                  { "project", c->project },
                  { "department", c->department },
                  { "status", c->status },
                  { "phone", c->complainant.phone ? "true" : "false" },
                  { "email", c->complainant.email ? "true" : "false" } };

    *ret_known = true;
    if (strcmp(field, "category") == 0)
        return is_below(c->category, value);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (strcmp(facts[i].name, field) == 0)
            return strcmp(facts[i].value, value) == 0;
    *ret_known = false;
    return false;
}

static bool message_has(struct arena *a, const ProtobufCMessage *m, const char *field, const char *value,
                        bool *ret_known)
{
    const ProtobufCFieldDescriptor *f = m ? event_field(m, field) : NULL;
    size_t count;

    *ret_known = f != NULL;
    count = f ? event_field_count(m, f) : 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(event_field_value(a, m, f, i), value) == 0)
            return true;
    return false;
}

/* Of an event first its own fields, then those of a clock's point and of the clock, then the case's. */
static bool holds(struct arena *a, const struct routing *r, const char *field, const char *value)
{
    const char *name;
    const ProtobufCMessage *member = event_member(r->event, &name), *places[3] = { member };
    bool known = false, has;

    if (member) {
        places[1] = event_field_message(member, "point");
        places[2] = event_field_message(r->event, "clock");
    }
    for (size_t i = 0; i < 3; i++) {
        has = message_has(a, places[i], field, value, &known);
        if (known)
            return has;
    }
    return case_has(r->about, field, value, &known);
}

bool routing_matches(struct arena *a, const struct notice_condition *c, const struct routing *r)
{
    bool any = false;

    for (size_t i = 0; i < c->value_count && !any; i++)
        any = holds(a, r, c->field, c->values[i]);
    return any != c->negated;
}

static bool route_holds(struct arena *a, const struct notice_route *route, const struct routing *r)
{
    for (size_t i = 0; i < route->condition_count; i++)
        if (!routing_matches(a, &route->conditions[i], r))
            return false;
    return true;
}

bool routing_wants(const struct notice_settings *s, const char *event_name)
{
    for (size_t i = 0; i < s->route_count; i++)
        if (!s->routes[i].none && strcmp(s->routes[i].event, event_name) == 0)
            return true;
    return false;
}

/* ---- whom ---- */

struct planning {
    struct arena *arena;
    const struct routing *r;
    const struct notice_route *route;
    struct message *items;
    size_t count, cap;
};

static const struct person *person_of(const struct people *p, const char *id)
{
    for (size_t i = 0; i < p->staff_count; i++)
        if (strcmp(p->staff[i].id, id) == 0)
            return &p->staff[i];
    return NULL;
}

static bool is_told(const struct planning *p, const char *recipient, enum notice_audience to)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct message *m = &p->items[i];

        if (m->state == MESSAGE_FAILED)
            continue; /* another route may reach him */
        if (*recipient ? strcmp(m->recipient, recipient) == 0 : !*m->recipient && m->audience == to)
            return true;
    }
    return false;
}

/* ---- how ---- */

struct address {
    bool there;
    const char *key;
};

static struct address address_on(const struct routing *r, const struct person *person, enum notice_audience to,
                                 enum notice_channel channel)
{
    const struct reach *c = &r->about->complainant;
    bool complainant = to == NOTICE_TO_COMPLAINANT;

    if (to == NOTICE_TO_GROUP)
        return (struct address){ channel == NOTICE_GROUP || channel == NOTICE_WEBHOOK, "" };
    if (!complainant && !person)
        return (struct address){ false, "" };
    if (channel == NOTICE_SMS)
        return complainant ? (struct address){ c->phone, c->phone_key }
                           : (struct address){ person->phone, person->phone_key };
    if (channel == NOTICE_EMAIL)
        return complainant ? (struct address){ c->email, c->email_key }
                           : (struct address){ person->email, person->email_key };
    if (channel == NOTICE_WECHAT && complainant)
        return (struct address){ c->wechat, c->wechat_key ? c->wechat_key : "" };
    return (struct address){ false, "" };
}

static bool is_bad(const struct routing *r, enum notice_channel channel, const char *key)
{
    for (size_t i = 0; i < r->bad_count; i++)
        if (*key && r->bad[i].channel == channel && strcmp(r->bad[i].key, key) == 0)
            return true;
    return false;
}

const struct gateway *routing_gateway(const struct notice_settings *s, enum notice_channel channel,
                                      const struct gateway *after)
{
    bool passed = after == NULL;

    for (size_t i = 0; i < s->gateway_count; i++) {
        const struct gateway *g = &s->gateways[i];

        if (passed && (g->kind->channels & 1U << channel))
            return g;
        passed = passed || strcmp(g->name, after->name) == 0;
    }
    return NULL;
}

static bool can_reach(const struct planning *p, const struct person *person, enum notice_channel channel)
{
    const struct notice_settings *s = p->r->settings;
    const struct notice_template *t = notice_template(s, p->route->template);
    struct address at = address_on(p->r, person, p->route->to, channel);

    return at.there && !is_bad(p->r, channel, at.key) && routing_gateway(s, channel, NULL) &&
           (channel == NOTICE_WEBHOOK || (t && notice_text(s, t, channel, s->locale)));
}

/* The complainant's own wish: who wants a call or a letter gets what the route says next. */
static enum notice_channel wished(const struct routing *r)
{
    static const struct {
        int preferred;
        enum notice_channel channel;
    } wishes[] = { { REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_SMS, NOTICE_SMS },
                   { REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_EMAIL, NOTICE_EMAIL },
                   { REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_WECHAT, NOTICE_WECHAT } };

    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
        if (wishes[i].preferred == r->about->complainant.preferred)
            return wishes[i].channel;
    return 0;
}

static size_t add_channel(const struct planning *p, const struct person *person, enum notice_channel channel,
                          enum notice_channel list[NOTICE_CHANNELS], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == channel)
            return count;
    if (channel && can_reach(p, person, channel))
        list[count++] = channel;
    return count;
}

/* Those that lead to him, the first one first. */
static size_t channels_for(const struct planning *p, const struct person *person,
                           enum notice_channel ret[NOTICE_CHANNELS])
{
    size_t count = 0;

    if (p->route->preferred && p->route->to == NOTICE_TO_COMPLAINANT)
        count = add_channel(p, person, wished(p->r), ret, count);
    for (size_t i = 0; i < p->route->channel_count; i++)
        count = add_channel(p, person, p->route->channels[i], ret, count);
    return count;
}

/* ---- when ---- */

int64_t routing_not_before(const struct notice_settings *s, const struct zone *z, enum notice_channel channel,
                           enum notice_urgency urgency, int64_t now_us)
{
    int64_t local_us = zone_local(z, now_us), day_us = (local_us % DAY_US + DAY_US) % DAY_US;
    int minute = (int)(day_us / MINUTE_US), from = s->quiet_from_minute, to = s->quiet_to_minute;
    bool over_midnight = from > to;
    bool quiet = over_midnight ? minute >= from || minute < to : minute >= from && minute < to;

    /* a mail wakes nobody, and systems do not sleep */
    if (urgency == NOTICE_URGENT || channel == NOTICE_EMAIL || channel == NOTICE_WEBHOOK || from == to || !quiet)
        return now_us;
    return zone_utc(z, local_us - day_us + to * MINUTE_US + (over_midnight && minute >= from ? DAY_US : 0),
                    ZONE_OPENING);
}

static void schedule(const struct planning *p, struct message *m)
{
    const struct routing *r = p->r;
    int digest_minutes = *m->recipient ? p->route->digest_minutes : 0; /* what is gathered goes by the staff id */

    m->expires_us = r->at_us + p->route->expires_minutes * MINUTE_US;
    m->next_us =
        routing_not_before(r->settings, r->zone, m->channel, m->urgency, r->now_us + digest_minutes * MINUTE_US);
    m->state = MESSAGE_QUEUED;
    if (m->expires_us <= r->now_us) {
        m->state = MESSAGE_EXPIRED;
        m->code = "came too late";
    } else if (p->route->ask_first) {
        m->state = MESSAGE_HELD;
        m->held = HELD_ASKED;
        m->next_us = m->expires_us;
    } else if (m->next_us > r->now_us) {
        m->state = MESSAGE_HELD;
        m->held = digest_minutes ? HELD_DIGEST : HELD_QUIET;
    }
}

/* ---- a message ---- */

static const char *facts_for(const struct planning *p)
{
    const struct routing *r = p->r;
    struct notice_form form = { r->settings->locale, r->zone };
    struct notice_facts facts;

    notice_facts_init(&facts);
    notice_facts_of_event(p->arena, &form, r->event, &facts);
    notice_facts_of_case(p->arena, &form, r->about,
                         &facts); /* the case's own number and department, whatever the event has */
    if (r->event->descriptor == &redress__v1__sla_event__descriptor)
        progress_facts(p->arena, &form, r->happened ? r->happened : "", &facts);
    notice_facts_set(p->arena, &facts, "tenant", r->tenant_name);
    notice_facts_set(p->arena, &facts, "sign", r->settings->sign);
    return notice_facts_write(p->arena, &facts);
}

static struct message *add(struct planning *p, const char *recipient, enum notice_channel channel)
{
    const struct routing *r = p->r;
    const char *who = *recipient ? recipient : notice_audience_names[p->route->to - 1];
    struct message *m;

    p->items = arena_room(p->arena, p->items, p->count, &p->cap, sizeof *p->items, 8);
    m = &p->items[p->count++];
    *m = (struct message){
        .id = message_id(r->tenant, r->event_key, p->route->template, who, channel),
        .tenant = r->tenant,
        .complaint = r->about->id,
        .number = r->about->number,
        .event = r->event_name,
        .version = r->version,
        .cause = r->cause,
        .audience = p->route->to,
        .recipient = recipient,
        .channel = channel,
        .template = p->route->template,
        .locale = r->settings->locale,
        .urgency = p->route->urgency,
        .facts = facts_for(p),
        .gateway = "",
        .code = "",
    };
    return m;
}

static void tell(struct planning *p, const char *recipient, const struct person *person)
{
    enum notice_channel channels[NOTICE_CHANNELS];
    size_t count;
    struct message *m;

    if (is_told(p, recipient, p->route->to) || (*recipient && strcmp(recipient, p->r->actor) == 0))
        return;
    count = channels_for(p, person, channels);
    m = add(p, recipient, count ? channels[0] : p->route->channel_count ? p->route->channels[0] : NOTICE_SMS);
    schedule(p, m);
    if (count == 0) {
        m->state = MESSAGE_FAILED;
        m->held = HELD_NOT;
        m->code = *recipient || p->route->to == NOTICE_TO_COMPLAINANT ? "no address" : "nobody in this place";
        return;
    }
    m->gateway = routing_gateway(p->r->settings, m->channel, NULL)->name;
    m->other_count = count - 1;
    for (size_t i = 1; i < count; i++)
        m->others[i - 1] = channels[i];
}

/* A place that nobody stands in, not even the duty role, shows as a message that has failed. */
static void tell_staff(struct planning *p, const char *id)
{
    if (!*id)
        id = p->r->people->duty;
    tell(p, id, person_of(p->r->people, id));
}

static void tell_each(struct planning *p, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tell_staff(p, ids[i]);
}

static void tell_leaders(struct planning *p)
{
    const struct people *people = p->r->people;

    if (people->leader_count == 0)
        tell_staff(p, people->duty);
    tell_each(p, people->leaders, people->leader_count);
}

static bool is_planned(const struct planning *p, const struct uuid *id)
{
    for (size_t i = 0; i < p->count; i++)
        if (uuid_eq(&p->items[i].id, id))
            return true;
    return false;
}

/* A group's robots and the group's systems: each gateway of the route's channels, or the one that it names. */
static void tell_groups(struct planning *p)
{
    const struct notice_settings *s = p->r->settings;

    for (size_t c = 0; c < p->route->channel_count; c++)
        for (size_t i = 0; i < s->gateway_count; i++) {
            const struct gateway *g = &s->gateways[i];
            struct uuid id =
                message_id(p->r->tenant, p->r->event_key, p->route->template, g->name, p->route->channels[c]);
            struct message *m;

            if (!(g->kind->channels & 1U << p->route->channels[c]) ||
                (*p->route->list && strcmp(p->route->list, g->name) != 0) || is_planned(p, &id))
                continue;
            m = add(p, "", p->route->channels[c]);
            m->id = id;
            m->gateway = g->name;
            schedule(p, m);
        }
}

/* ---- whom the event names ---- */

static const char *place(const struct people *p, int receiver)
{
    switch (receiver) {
    case REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_HANDLER:
        return *p->handler ? p->handler : p->customer_service;
    case REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_DEPARTMENT_HEAD:
        return p->department_head;
    case REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_CUSTOMER_SERVICE:
        return p->customer_service;
    default:
        return p->duty;
    }
}

static void tell_places(struct planning *p, const Redress__V1__ClockPoint *point)
{
    const struct people *people = p->r->people;

    for (size_t i = 0; i < point->n_to; i++)
        if (point->to[i] == REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_SENIOR_MANAGEMENT)
            tell_leaders(p);
        else
            tell_staff(p, place(people, (int)point->to[i]));
}

const char **routing_named(struct arena *a, const ProtobufCMessage *event, size_t *ret_count)
{
    static const char *const fields[] = { "to", "attendee_ids", "leader_id", "assignee_id", "responsible_id" };
    const char *name, **ids = NULL;
    const ProtobufCMessage *member = event_member(event, &name);
    size_t count = 0, cap = 0;

    for (size_t i = 0; member && i < sizeof fields / sizeof *fields; i++) {
        const ProtobufCFieldDescriptor *f = event_field(member, fields[i]);
        size_t values = f && f->type == PROTOBUF_C_TYPE_STRING ? event_field_count(member, f) : 0;

        for (size_t k = 0; k < values; k++) {
            const char *id = event_field_value(a, member, f, k);

            ids = arena_room(a, ids, count, &cap, sizeof *ids, 8);
            ids[count] = id;
            count += *id != '\0';
        }
    }
    *ret_count = count;
    return ids;
}

static void tell_receivers(struct planning *p)
{
    const char *name;
    const ProtobufCMessage *member = event_member(p->r->event, &name);
    const ProtobufCMessage *point = member ? event_field_message(member, "point") : NULL;
    const char **ids;
    size_t count;

    if (point) {
        tell_places(p, (const Redress__V1__ClockPoint *)point);
        return;
    }
    ids = routing_named(p->arena, p->r->event, &count);
    tell_each(p, ids, count);
}

static void tell_list(struct planning *p)
{
    const struct notice_list *list = notice_list(p->r->settings, p->route->list);

    if (list)
        tell_each(p, list->staff, list->staff_count);
}

static void follow(struct planning *p)
{
    const struct people *people = p->r->people;

    switch (p->route->to) {
    case NOTICE_TO_COMPLAINANT:
        tell(p, "", NULL);
        break;
    case NOTICE_TO_HANDLER:
        tell_staff(p, *people->handler ? people->handler : people->customer_service);
        break;
    case NOTICE_TO_DEPARTMENT_HEAD:
        tell_staff(p, people->department_head);
        break;
    case NOTICE_TO_CUSTOMER_SERVICE:
        tell_staff(p, people->customer_service);
        break;
    case NOTICE_TO_LEADERS:
        tell_leaders(p);
        break;
    case NOTICE_TO_DUTY:
        tell_staff(p, people->duty);
        break;
    case NOTICE_TO_RECEIVERS:
        tell_receivers(p);
        break;
    case NOTICE_TO_LIST:
        tell_list(p);
        break;
    case NOTICE_TO_GROUP:
        tell_groups(p);
        break;
    }
}

struct message *routing_plan(struct arena *a, const struct routing *r, size_t *ret_count)
{
    struct planning p = { .arena = a, .r = r };

    for (size_t i = 0; i < r->settings->route_count; i++) {
        p.route = &r->settings->routes[i];
        if (!p.route->none && strcmp(p.route->event, r->event_name) == 0 && route_holds(a, p.route, r))
            follow(&p);
    }
    *ret_count = p.count;
    return p.items;
}
