/* The access token of a WeChat official account: one for all messages of a gateway, fetched and kept by the sender, who
 * puts it into outgoing.token. An answer of class RETRY with code 40001, 40014 or 42001 says that it is stale. */
#pragma once

#include "gateway.h"

/* 0; 1: the gateway's URL is not allowed. */
int wechat_build_token(const struct gateway *g, struct arena *a, struct transfer *t);
/* 0, and the token in the arena; 1: there is none in the answer. ret_code: WeChat's, "" where there is none. */
int wechat_read_token(const struct transfer *t, struct arena *a, const char **ret_token, int *ret_expires_s,
                      const char **ret_code);
/* Does the answer say that the token is stale? */
bool wechat_token_is_stale(const struct answer *r);
