/* A message to one person through one channel, from the event that it tells of to its end. */
#pragma once

#include "common/base/uuid.h"
#include "notice.h"

/* Stored: never renumber, only add. */
enum message_state {
    MESSAGE_QUEUED = 1,
    MESSAGE_HELD = 2,
    MESSAGE_SENDING = 3, /* committed before the call is made */
    MESSAGE_SENT = 4,
    MESSAGE_DELIVERED = 5,
    MESSAGE_FAILED = 6,
    MESSAGE_UNKNOWN = 7, /* nobody can say whether it was sent: never sent again blindly */
    MESSAGE_EXPIRED = 8,
    MESSAGE_CANCELLED = 9,
};

/* Why it is held. */
enum message_held {
    HELD_NOT = 0,
    HELD_QUIET = 1,    /* until the morning */
    HELD_DIGEST = 2,   /* to be told with others */
    HELD_QUOTA = 3,    /* the number or the tenant has had enough for now */
    HELD_ASKED = 4,    /* until somebody says yes (R23) */
    HELD_OPERATOR = 5, /* redressctl notify hold */
};

/* What is planned: a row of message and of message_state. Texts live in the batch's arena. */
struct message {
    struct uuid id;
    const char *tenant;
    struct uuid complaint; /* nil: about none */
    const char *number, *event;
    int64_t version;
    const char *cause;
    enum notice_audience audience;
    const char *recipient; /* staff id; "" for the complainant and for groups */
    enum notice_channel channel;
    enum notice_channel others[NOTICE_CHANNELS];
    size_t other_count;
    const char *template, *locale;
    enum notice_urgency urgency;
    const char *facts; /* JSON */
    const char *gateway;
    enum message_state state;
    enum message_held held;
    const char *code;
    int attempts;
    int64_t next_us, expires_us;
    bool fresh;          /* it was not there before */
    struct uuid told_by; /* the digest that told it; nil: it goes by itself, or nobody asked */
};

/* One event (key: "complaint:version" or what a clock's event is told apart by), route, recipient and channel have one
 * id for ever. */
struct uuid message_id(const char *tenant, const char *event_key, const char *route, const char *recipient,
                       enum notice_channel channel);
/* Messages of one lane leave one after the other. */
int64_t message_lane(const struct message *m);
