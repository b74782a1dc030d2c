/* What is done next with a message, by what its gateway answered. Pure. */
#pragma once

#include "common/zone/zone.h"
#include "gateway.h"
#include "message.h"

/* A message after an attempt. */
struct delivery_state {
    enum notice_channel channel;
    const enum notice_channel *others;
    size_t other_count;
    enum notice_urgency urgency;
    const struct gateway *gateway; /* that was called; NULL: its settings are gone */
    bool fixed;                    /* meant for this gateway alone: a group's, a test */
    int attempts;                  /* this one included */
    int64_t expires_us, now_us;
    unsigned random; /* for the jitter */
};

struct delivery_limits {
    int attempts;
};

struct delivery_step {
    enum message_state state;
    const struct gateway *gateway; /* QUEUED: by which it goes next */
    int64_t next_us;               /* QUEUED: when; UNKNOWN: when the gateway is asked, if it can be */
    enum notice_channel go_on;     /* another message on this channel instead; 0: none */
    bool bad_address;              /* leave the address out for a time */
};

void delivery_next(const struct notice_settings *s, const struct zone *z, const struct delivery_limits *limits,
                   const struct delivery_state *m, const struct answer *answer, struct delivery_step *ret);
/* Its gateway is gone before it was called: by the channel's first one, else it has failed. */
void delivery_reroute(const struct notice_settings *s, const struct delivery_state *m, struct delivery_step *ret);
/* Whether the message is meant for its gateway alone. */
bool delivery_is_fixed(const struct message *m);
/* Nobody has said in time what became of it: what the gateway's settings want then. */
void delivery_give_up_waiting(const struct notice_settings *s, const struct delivery_state *m,
                              struct delivery_step *ret);

/* Another message to the same person about the same thing, on one of its other channels. In the arena. */
struct message delivery_follow_up(struct arena *a, const struct notice_settings *s, const struct zone *z,
                                  const struct message *m, enum notice_channel channel, int64_t now_us);

/* How long the n-th pause is, 1 being the first: from 5 s, doubling, to 30 min, a fifth more or less. */
int64_t delivery_pause_us(int n, unsigned random);
