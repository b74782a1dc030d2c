/* Who is told of an event, through which channel, when: from the tenant's routes to planned messages. Pure. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "case_facts.h"
#include "common/zone/zone.h"
#include "message.h"

/* One of the staff who may be told. */
struct person {
    const char *id; /* staff id */
    bool phone, email;
    const char *phone_key, *email_key;
};

/* Who stands in which place of a case, resolved by dispatch: never nobody (R35). A list has staff ids of `staff`. */
struct people {
    const char *handler, *department_head, *customer_service, *duty; /* "": nobody yet */
    const char *const *leaders;
    size_t leader_count;
    const struct person *staff; /* all that are named anywhere, in the order of their ids */
    size_t staff_count;
};

/* An address that bounced. */
struct bad_address {
    enum notice_channel channel;
    const char *key;
};

struct routing {
    const char *tenant, *tenant_name;
    const struct notice_settings *settings;
    const struct zone *zone;
    const struct case_facts *about;
    const struct people *people;
    const char *happened; /* progress.h; NULL: nothing */
    const struct bad_address *bad;
    size_t bad_count;
    const ProtobufCMessage *event; /* ComplaintEvent or SlaEvent */
    const char *event_name;        /* "registered", "sla.breached" */
    const char *event_key;         /* unique for it, for ever */
    const char *cause;             /* "" or the clock's cycle */
    const char *actor;             /* is not told what he did himself */
    int64_t version;               /* 0: none */
    int64_t at_us, now_us;
};

/* The messages, in the arena. One person is told once of one event: the first route that finds him counts. Who cannot
 * be reached gets a message that has FAILED, for all to see. */
struct message *routing_plan(struct arena *a, const struct routing *r, size_t *ret_count);

/* Staff ids that the event itself names (escalated.to, attendees), for what is to be loaded about them. In the arena.
 */
const char **routing_named(struct arena *a, const ProtobufCMessage *event, size_t *ret_count);

/* Whether any route of the event (not an explicit none) is there: if not, nothing need be known of the case. */
bool routing_wants(const struct notice_settings *s, const char *event_name);

/* The first gateway of the channel after `after` (NULL: the first of all); NULL: there is none. */
const struct gateway *routing_gateway(const struct notice_settings *s, enum notice_channel channel,
                                      const struct gateway *after);

/* When it may go at the earliest: now, or the end of the quiet hours for what is not urgent. */
int64_t routing_not_before(const struct notice_settings *s, const struct zone *z, enum notice_channel channel,
                           enum notice_urgency urgency, int64_t now_us);

/* The field that the condition names holds one of its values. */
bool routing_matches(struct arena *a, const struct notice_condition *c, const struct routing *r);
