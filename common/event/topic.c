#include "topic.h"

#include <string.h>

#include "redress/v1/anchor.pb-c.h"
#include "redress/v1/billing_event.pb-c.h"
#include "redress/v1/command.pb-c.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/dead_letter.pb-c.h"
#include "redress/v1/notification_event.pb-c.h"
#include "redress/v1/outcome.pb-c.h"
#include "redress/v1/sla_event.pb-c.h"
#include "redress/v1/submission.pb-c.h"

#define KB ((size_t)1024)

const struct topic topics[] = {
    { TOPIC_SUBMISSIONS, &redress__v1__submission__descriptor, .json_allowed = true, .from_outside = true, 256 * KB },
    { TOPIC_COMMANDS, &redress__v1__command__descriptor, .json_allowed = true, .from_outside = true, 256 * KB },
    { TOPIC_COMPLAINTS, &redress__v1__complaint_event__descriptor, .max_record_bytes = 256 * KB },
    { TOPIC_SLA, &redress__v1__sla_event__descriptor, .max_record_bytes = 256 * KB },
    { TOPIC_BILLING, &redress__v1__billing_event__descriptor, .max_record_bytes = 256 * KB },
    { TOPIC_OUTCOMES, &redress__v1__outcome__descriptor, .json_allowed = true, .max_record_bytes = 256 * KB },
    { TOPIC_DEAD_LETTERS, &redress__v1__dead_letter__descriptor, .max_record_bytes = 256 * KB },
    { TOPIC_ANCHORS, &redress__v1__anchor__descriptor, .max_record_bytes = 256 * KB },
    { TOPIC_NOTIFICATIONS, &redress__v1__notification_event__descriptor, .max_record_bytes = 256 * KB },
    { 0 },
};

const struct topic *topic_find(const char *name)
{
    for (const struct topic *t = topics; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}
