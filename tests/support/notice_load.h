/* Messages to be sent, by the ten thousand: put into the notification daemon's tables by SQL, as it would plan them. To
 * the staff of the demo tenant, each about a complaint of its own, so that none waits for another. And what became of
 * them. */
#pragma once

#include <stdint.h>

#include "suite.h"

/* A gateway of the tenant on this machine. */
struct notice_load_gateway {
    const char *name, *kind; /* "http": SMS; "smtp": e-mail */
    int port, in_flight, timeout_s;
};

/* The tenant's settings: these gateways, limits that are never reached, no quiet hours. Makes the table of what was
 * queued. The journal may be written without a relay. */
void notice_load_settings(struct suite *s, const struct notice_load_gateway *gateways, int count);

/* Queues messages from..to-1 for a gateway, the first one to go lead_us from now, the others gap_us apart. */
struct notice_load {
    const struct notice_load_gateway *gateway;
    int64_t from, to, lead_us, gap_us;
};
void notice_load_queue(struct suite *s, const struct notice_load *l);
