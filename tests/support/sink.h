/* A gateway that nobody waits for: the least that HTTP/1.1 or SMTP wants to hear, from one thread of this process. It
 * keeps what came, by the id that stands in it, so that "once" can be judged. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/uuid.h"

enum sink_kind {
    SINK_HTTP,   /* {"code":0,"message_id":"..."}; the id is the member "id" of the body */
    SINK_SMTP,   /* one mail after the other over a connection; the id is that of its Message-ID */
    SINK_SILENT, /* takes connections and requests, and never says a word */
};

struct sink;

/* Listens on a free port of this machine; `most`: so many ids can be kept. What cannot be done ends the process. */
struct sink *sink_new(enum sink_kind kind, size_t most);
void sink_free(struct sink *s);
int sink_port(const struct sink *s);

/* Different ids that came; requests whose id had come before; requests without an id. */
int64_t sink_ids(struct sink *s);
int64_t sink_repeats(struct sink *s);
int64_t sink_strange(struct sink *s);
/* When the whole request with this id was there first (wall time); 0: never. */
int64_t sink_arrived_us(struct sink *s, const struct uuid *id);
