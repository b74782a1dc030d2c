/* Gateways: how one message becomes a call to a provider, what the provider's answer means, and what its receipts say.
 * Pure: bytes in, bytes out; who calls is send.c. One file per kind, gateway_<kind>.c; gateways.c lists them. */
#pragma once

#include "common/base/arena.h"
#include "common/http/client.h"
#include "notice.h"

/* One message to one address, rendered. */
struct outgoing {
    const char *id; /* UUID, ours; every gateway is asked to give it back with the receipt */
    enum notice_channel channel;
    const char *to; /* "+8613800138000", "name@example.com", an open id; "" where the gateway knows (groups) */
    const char *locale;
    const char *template;           /* ours; gateway_template_of gives the provider's */
    const struct notice_fact *vars; /* of the text, in the order of notice_text.vars, with values */
    size_t var_count;
    const char *text, *subject, *html; /* whole */
    const char *data;                  /* webhook: a JSON object without personal data */
    const char *event;                 /* webhook: what happened, "registered" */
    const char *thread;                /* e-mail: one per complaint, for In-Reply-To and References; "" for none */
    const char *unsubscribe;           /* e-mail: URL for List-Unsubscribe; "" for none */
    const char *mail_from, *mail_from_name;
    const char *return_path; /* e-mail: where bounces are wanted */
    const char *sign;        /* 【...】 of an SMS, without the brackets */
    const char *receipt_url; /* where receipts of this message are wanted, with its secret; "": none */
    const char *token;       /* wechat: the account's access token (gateway_wechat.h); "" elsewhere */
    int64_t now_us;          /* wall time */
    int64_t sent_us;         /* build_query: when the call was made that was not answered */
    const char *nonce;       /* 32 hex digits, new for each call */
};

/* What an answer means for what is done next. Stored: never renumber. */
enum answer_class {
    ANSWER_ACCEPTED = 1,
    ANSWER_RETRY = 2,     /* certainly not sent; may be later */
    ANSWER_THROTTLED = 3, /* not sent: too many now; retry_after_ms if it said */
    ANSWER_PERMANENT = 4, /* not sent, and never will be as it is */
    ANSWER_ADDRESS = 5,   /* the number or address is bad, or refuses us */
    ANSWER_TEMPLATE = 6,  /* signature or template is not approved */
    ANSWER_CREDIT = 7,    /* the account is empty */
    ANSWER_REFUSED = 8,   /* our key, signature or rights: nothing goes through until somebody looks */
    ANSWER_UNKNOWN = 9,   /* nobody can say whether it was sent */
};
extern const char *const answer_class_names[]; /* by enum minus 1, NULL at the end */

struct answer {
    enum answer_class class;
    const char *request_id; /* the provider's, to ask or to match by; "" */
    const char *code;       /* the provider's, or "http 503", "smtp 452 4.2.2", "timeout", "no answer", "no connection";
                             * never personal */
    int64_t retry_after_ms;
    int parts; /* that are paid for; 0: it did not say */
};

/* A row of a gateway's table of errors: what a code means. A code that ends in '*' stands for all that begin so; the
 * first that fits counts. "" ends the table and stands for all others. */
struct answer_code {
    const char *code;
    enum answer_class class;
};

/* What a provider tells afterwards. */
enum receipt_status { RECEIPT_DELIVERED = 1, RECEIPT_FAILED = 2, RECEIPT_PENDING = 3 };
struct receipt {
    const char *id; /* our message's; "" where only request_id is known */
    const char *request_id;
    enum receipt_status status;
    bool bad_address; /* failed because of the number: leave it out for a time */
    const char *code; /* the provider's */
    int parts;
    int64_t at_us; /* when, by the provider; 0 where it does not say */
};

struct receipt_request {
    const char *path, *query; /* of the request; query without '?' */
    const void *body;
    size_t body_len;
    const char *content_type; /* "" */
    const char *signature;    /* value of the kind's signature header; "" */
    const char *url;          /* as the provider saw it */
    int64_t now_us;
};

/* A setting of a gateway in the tenant's file. */
struct gateway_setting {
    const char *key; /* one that ends in _file is a secret: the daemon reads the file, and the key loses its end */
    bool required;
    const char *fallback; /* NULL: none */
    const char *help;
};
#define GATEWAY_SETTINGS_MAX 32

struct gateway_kind {
    const char *name;                                      /* "aliyun" */
    unsigned channels;                                     /* bit per enum notice_channel: 1 << channel */
    const char *help;                                      /* one line */
    struct gateway_setting settings[GATEWAY_SETTINGS_MAX]; /* key NULL at the end */
    const struct answer_code *codes;                       /* of answers; NULL: it has none that are worth a page */
    const struct answer_code *receipt_codes; /* ADDRESS: the number is left out for a time; NULL: as codes */
    const char *codes_from;       /* which of the provider's documents they are from, and what is in none; markdown */
    bool needs_template;          /* a provider's template id is needed for each template */
    const char *signature_header; /* of receipts: NULL where the secret path alone protects them */
    /* Fills in the call. 0; 1: this message cannot go through this gateway, *ret_why says why. In the arena. */
    int (*build)(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why);
    /* What the answer means; t->end is ANSWERED. The other two ends are the same for all (answer_of). */
    void (*read)(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret);
    /* Receipts of one request, in the arena, and what to reply with. 0; 1: signature wrong; 2: not understood. NULL:
     * the gateway sends none. */
    int (*receipts)(const struct gateway *g, const struct receipt_request *q, struct arena *a, struct receipt **ret,
                    size_t *ret_count, const char **ret_reply);
    /* Asks what became of a message whose answer never came. NULL: it cannot be asked. build_query as build;
     * read_query: 0 and the receipt (status PENDING: known, nothing said yet); 1: it never had it; 2: it does not say.
     */
    int (*build_query)(const struct gateway *g, const struct outgoing *o, const char *request_id, struct arena *a,
                       struct transfer *t);
    int (*read_query)(const struct gateway *g, const struct outgoing *o, const struct transfer *t, struct arena *a,
                      struct receipt *ret);
    /* An access token that calls need, in outgoing.token: how it is fetched (as build), what came (0, the token in the
     * arena and how long it holds; 1: none, *ret_code says why), and whether an answer says that it holds no more.
     * NULL: none is needed. */
    int (*build_token)(const struct gateway *g, struct arena *a, struct transfer *t);
    int (*read_token)(const struct transfer *t, struct arena *a, const char **ret_token, int *ret_expires_s,
                      const char **ret_code);
    bool (*token_is_stale)(const struct answer *r);
};

/* NULL at the end. */
extern const struct gateway_kind *const gateway_kinds[];
const struct gateway_kind *gateway_kind(const char *name);
/* The value, or the kind's fallback; "" where there is neither. */
const char *gateway_setting(const struct gateway *g, const char *key);
/* What the provider calls this template; NULL: nothing. */
const struct gateway_template *gateway_template_of(const struct gateway *g, const char *template, const char *locale);
/* The provider's name of one of our variables. */
const char *gateway_param(const struct gateway_template *t, const char *ours);
/* The meaning of any end of a call. */
void answer_of(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret);
/* Of a table: the class of the code. */
enum answer_class answer_class_of(const struct answer_code *codes, const char *code);
/* Of HTTP: 2xx ACCEPTED, 408 425 429 THROTTLED, 401 403 and 3xx REFUSED, other 4xx PERMANENT, 503 with Retry-After
 * THROTTLED, other 5xx UNKNOWN (it may have been sent before it failed). */
enum answer_class answer_class_of_status(const struct transfer *t);
