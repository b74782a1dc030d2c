/* The statements of the loop that sends. */
#pragma once

#include "gateway.h"
#include "store.h"

/* Room in a gateway of a tenant. */
struct free_gateway {
    const char *tenant, *gateway;
    int free;
};

/* A message whose turn it is; all of it in the arena that was given. Addresses are still sealed. */
struct queued {
    struct message message;
    const void *contact, *phone, *email, *address; /* sealed; NULL: none */
    size_t contact_len, phone_len, email_len, address_len;
};
int notice_store_select_queue(struct batch *b, struct arena *a, const struct free_gateway *free, size_t count, int most,
                              struct queued **ret, size_t *ret_count);

/* The same in another arena, whole. */
void queued_copy(struct arena *a, const struct queued *from, struct queued *to);

struct quota {
    const char *tenant, *key; /* key "": all of the tenant */
    int64_t used;
};

struct begun {
    struct uuid id;
    int attempt;
    const char *gateway, *address_key;
};
/* `used`: how many SMS each number, and its tenant, gets by them; each once. */
int notice_store_begin(struct batch *b, const struct begun *items, size_t count, const struct quota *used,
                       size_t used_count);
/* Of these, those that were committed: sets `committed`. Outside a transaction. */
int notice_store_find_sending(struct pg_conn *pg, struct arena *a, const struct begun *items, size_t count,
                              bool *committed);

struct hold {
    struct uuid id;
    enum message_held held;
    int64_t next_us;
};
int notice_store_hold(struct batch *b, const struct hold *items, size_t count);

/* SMS of the last 24 hours: sets `used` of each. */
int notice_store_load_quota(struct batch *b, struct quota *items, size_t count);

struct settlement {
    struct uuid id;
    int attempt;
    struct answer answer;
    int64_t took_us;
    enum message_state state;
    const char *gateway; /* by which it goes next, or went */
    int64_t next_us;
    bool done;          /* it stood so; false: a receipt came before */
    int64_t expires_us; /* as it is now, if done: earlier where its cause is gone */
    bool is_digest;     /* it tells of others, which share its fate */
};
int notice_store_settle(struct batch *b, struct settlement *items, size_t count);

/* A message that is unknown, and the attempt that is asked about. */
struct asked {
    struct queued queued;
    const char *request_id;
    int64_t started_us;
};
/* Those that may be asked about now; nobody else asks for a while. */
int notice_store_take_unknown(struct batch *b, struct arena *a, const struct free_gateway *free, size_t count, int most,
                              struct asked **ret, size_t *ret_count);
struct known {
    struct uuid id;
    enum message_state state;
    const char *code;
    bool done;          /* it was still unknown */
    int64_t expires_us; /* as it is now, if done */
};
int notice_store_settle_asked(struct batch *b, struct known *items, size_t count);

struct bounced {
    const char *tenant, *key, *code;
    enum notice_channel channel;
    int days;
};
int notice_store_add_bad(struct batch *b, const struct bounced *items, size_t count);

/* What waits for gateways that are not among the tenants' any more (`free` is of no meaning), and where it goes
 * instead. */
int notice_store_find_stranded(struct batch *b, const struct free_gateway *gone, size_t count, int most,
                               struct message **ret, size_t *ret_count);
struct moved {
    struct uuid id;
    enum message_state state;
    const char *gateway, *code;
};
int notice_store_move_stranded(struct batch *b, const struct moved *items, size_t count);

/* What was written with an event, for a mail: "text.<field>" facts are added. Outside a transaction. */
int notice_store_load_texts(struct pg_conn *pg, struct arena *a, const struct uuid *complaint, int64_t version,
                            struct notice_facts *ret);
