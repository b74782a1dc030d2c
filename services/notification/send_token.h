/* Access tokens that some gateways want: fetched by one, used by all messages of the gateway and all instances, and
 * fetched anew when an answer says that they hold no more. In memory of the loop that sends, shared through a table. */
#pragma once

#include "gateway.h"
#include "notice_tenants.h"

struct sender;
struct batch;

struct tokens;
struct tokens *tokens_new(void);
void tokens_free(struct tokens *t); /* wipes them */

/* The token of a gateway; "" where it needs none; NULL: there is none now, it will be looked for. */
const char *tokens_get(struct tokens *all, const struct notice_tenant *t, const struct gateway *g);
/* An answer said that it holds no more. */
void tokens_drop(struct tokens *all, const struct notice_tenant *t, const struct gateway *g);

/* In a transaction: keeps those that came, takes those that another instance has. */
int tokens_share(struct batch *b, struct tokens *all, const struct notice_tenants *tenants);
/* After it: asks the providers for those that nobody has. Returns how many calls were begun. */
size_t tokens_fetch(struct tokens *all, const struct notice_tenants *tenants, struct http_client *http);
/* true: it was a call of ours. */
bool tokens_take(struct tokens *all, const struct notice_tenants *tenants, struct transfer *t);
