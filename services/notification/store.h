/* The only place that names the tables of notification, and the views of others that it reads. Every function is one
 * statement, whatever the number of rows. */
#pragma once

#include "common/base/id_index.h"
#include "common/runtime/batch.h"
#include "notice_tenants.h"
#include "routing.h"

/* A complaint of the batch. */
struct told_case {
    struct uuid id;
    int64_t version;      /* newest that was applied; 0: none */
    const char *happened; /* progress.h */
    bool changed, wanted;
    const struct notice_tenant *tenant; /* of the first record about it */
    bool loaded;                        /* facts and people are there */
    struct case_facts facts;
    struct people people;
};

struct told_set {
    struct id_index ids;
    struct told_case *rows; /* by the index' numbers */
};
void notice_set_init(struct told_set *s, struct arena *a, size_t max);
struct told_case *notice_set_add(struct told_set *s, const struct uuid *id);

int notice_store_load_seen(struct batch *b, struct told_set *s);
int notice_store_save_seen(struct batch *b, const struct told_set *s);
/* Facts and people of the wanted ones. Contacts are opened to see how the complainant can be reached. */
int notice_store_load_cases(struct batch *b, struct told_set *s);

/* Staff ids of one tenant that are looked up. */
struct named_staff {
    const char *tenant, *id;
};
/* Everybody who is there, sorted by tenant and id; in the arena. */
struct found_staff {
    const char *tenant;
    struct person person;
};
int notice_store_load_staff(struct batch *b, const struct named_staff *names, size_t count, struct found_staff **ret,
                            size_t *ret_count);

struct keyed_address {
    const char *tenant, *key;
};
struct found_bad {
    const char *tenant;
    struct bad_address address;
};
int notice_store_load_bad(struct batch *b, const struct keyed_address *keys, size_t count, struct found_bad **ret,
                          size_t *ret_count);

/* Messages from rows that begin with these columns, in this order:
 *   m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
 *   m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
 *   s.expires_at, s.state::int4, s.code, m.cause */
#define NOTICE_MESSAGE_COLUMNS 20
void notice_store_read_message(struct arena *a, const struct pg_result *r, int row, struct message *ret);
struct message *notice_store_read_messages(struct arena *a, const struct pg_result *r, size_t *ret_count);

struct cancellation {
    struct uuid complaint;
    const char *cause; /* "*": all of the case */
    const char *why;
};
/* Gives those that were cancelled. */
int notice_store_cancel(struct batch *b, const struct cancellation *items, size_t count, struct message **ret,
                        size_t *ret_count);
/* What these digests tell, where its state has changed in this transaction: with the digest's gateway, attempts and
 * code, and `told_by`. */
int notice_store_find_told(struct batch *b, const struct uuid *digests, size_t count, struct message **ret,
                           size_t *ret_count);
/* Sets `fresh` of those that are new. */
int notice_store_insert(struct batch *b, struct message *items, size_t count);
