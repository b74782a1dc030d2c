/* The topics that Redress reads and writes, and the one message type of each. Partitions and settings are in
 * deploy/topics.yaml; a test checks that both name the same topics. */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#define TOPIC_SUBMISSIONS   "redress.submissions.v1"
#define TOPIC_COMPLAINTS    "redress.complaints.v1"
#define TOPIC_SLA           "redress.sla.v1"
#define TOPIC_OUTCOMES      "redress.outcomes.v1"
#define TOPIC_DEAD_LETTERS  "redress.dead-letters.v1"
#define TOPIC_COMMANDS      "redress.commands.v1"
#define TOPIC_BILLING       "redress.billing.v1"
#define TOPIC_ANCHORS       "redress.anchors.v1"
#define TOPIC_NOTIFICATIONS "redress.notifications.v1"

struct topic {
    const char *name;
    const ProtobufCMessageDescriptor *message;
    bool json_allowed;       /* outsiders may write JSON instead of protobuf */
    bool from_outside;       /* written by others; the rest only by the relay */
    size_t max_record_bytes; /* larger ones are set aside before they are unpacked */
};

/* The last one has name NULL. */
extern const struct topic topics[];

/* NULL if there is none of that name. */
const struct topic *topic_find(const char *name);
