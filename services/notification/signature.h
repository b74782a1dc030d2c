/* Signatures that providers ask for, as they document them. Each function names its scheme. */
#pragma once

#include "common/base/arena.h"
#include "form.h"

struct signature_request {
    const char *host, *query; /* query: encoded, names in order; "" */
    const void *body;
    size_t body_len;
    const char *action, *version;
    const char *service;      /* Tencent: "sms" */
    const char *content_type; /* Tencent */
    const char *key_id, *secret;
    const char *nonce; /* Aliyun */
    int64_t now_us;
};

/* Values of the header Authorization of a POST to "/". */
const char *signature_acs3(struct arena *a, const struct signature_request *q); /* Aliyun, ACS3-HMAC-SHA256 */
const char *signature_tc3(struct arena *a, const struct signature_request *q);  /* Tencent, TC3-HMAC-SHA256 */
/* "2026-11-26T18:30:00Z" */
const char *signature_date(struct arena *a, int64_t now_us);

/* Value of Twilio's header for a form that was posted to the URL. */
const char *signature_twilio(struct arena *a, const char *auth_token, const char *url, const struct form *f);
/* Value of DingTalk's parameter sign, not yet encoded for the URL. */
const char *signature_dingtalk(struct arena *a, const char *secret, const char *timestamp_ms);
/* Value of WeChat's parameter signature: over the server's token and what stands in the query. */
const char *signature_wechat(struct arena *a, const char *token, const char *timestamp, const char *nonce);
/* "t=<unix>,v1=<hex of HMAC-SHA256 over "<unix>.<body>">": our own webhooks. */
const char *signature_webhook(struct arena *a, const char *secret, int64_t now_us, const char *body);
