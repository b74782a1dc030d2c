/* From a queued message to what a gateway is given: the address opened, the words filled in. */
#pragma once

#include "gateway.h"
#include "notice_tenants.h"
#include "store_send.h"

enum compose_outcome {
    COMPOSE_DONE = 0,
    COMPOSE_NO_ADDRESS, /* there is none any more: it was erased, or the person has left */
    COMPOSE_NO_WORDS,   /* the template does not render: nothing is sent, and somebody must look */
};

struct composed {
    struct outgoing out;
    const char *address_key; /* keyed digest of the address; "" for groups */
    const char *why;         /* of what failed; nothing personal */
};

/* Names of texts that a mail of this message quotes (R28) and that must be loaded before. */
bool compose_wants_texts(const struct notice_tenant *t, const struct message *m);
/* `texts`: "text.<field>" facts. In the arena. */
enum compose_outcome compose(struct arena *a, const struct notice_tenant *t, const struct gateway *g,
                             const struct queued *q, const struct notice_facts *texts, int64_t wall_us,
                             struct composed *ret);

/* The path under which gateways tell us of a message: "/receipts/<tenant>/<gateway>/<secret>/<message id>". The secret
 * is the tenant's for this gateway. */
void compose_receipt_secret(const struct notice_tenant *t, const char *gateway, char out[VAULT_HASH_TEXT]);
