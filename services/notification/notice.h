/* What a tenant decides about telling people: who hears of what, through which channel and gateway, in which words.
 *
 * Read from files by notice_file.h: the standard ones (deploy/notifications, built in) and the tenant's own, which says
 * only what is different. Everything lives in one arena and is never changed. The keys: docs/notifications.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stored and published: never renumber, only add. */
enum notice_channel {
    NOTICE_SMS = 1,
    NOTICE_EMAIL = 2,
    NOTICE_WECHAT = 3,  /* template message of the group's official account */
    NOTICE_GROUP = 4,   /* a robot in a group chat of the staff (WeCom, DingTalk): nobody's address */
    NOTICE_WEBHOOK = 5, /* the group's own systems */
};
#define NOTICE_CHANNELS 5

enum notice_audience {
    NOTICE_TO_COMPLAINANT = 1,
    NOTICE_TO_HANDLER = 2,
    NOTICE_TO_DEPARTMENT_HEAD = 3,
    NOTICE_TO_CUSTOMER_SERVICE = 4, /* its head, or who stands in for him */
    NOTICE_TO_LEADERS = 5,          /* senior management (R13, R35) */
    NOTICE_TO_RECEIVERS = 6,        /* whom the event itself names: escalated.to, a clock point's to, attendees */
    NOTICE_TO_DUTY = 7,
    NOTICE_TO_LIST = 8,  /* a list of the tenant's: route->list */
    NOTICE_TO_GROUP = 9, /* a group robot or webhook: route->list names the gateway, "" for all of the channel */
};

enum notice_urgency { NOTICE_LOW = 1, NOTICE_NORMAL = 2, NOTICE_URGENT = 3 };

/* A condition on a route: every one must hold. `field` is a field of the event's own message (enum values in small
 * letters without their prefix, booleans true and false, a list matches if it holds the value), or one of severity,
 * complexity, project, category (also for those below it), department, phone (true: the complainant has one). */
struct notice_condition {
    const char *field;
    const char *const *values; /* any of them */
    size_t value_count;
    bool negated; /* `field!:` in the file: none of them */
};

struct notice_route {
    const char
        *event; /* member of ComplaintEvent ("registered"), or "sla." and a member of SlaEvent ("sla.breached") */
    const struct notice_condition *conditions;
    size_t condition_count;
    bool none;       /* nobody is to be told, on purpose; `why` says it. All else is unset then. */
    const char *why; /* of none */
    enum notice_audience to;
    const char *list; /* NOTICE_TO_LIST, NOTICE_TO_GROUP; else "" */
    bool preferred;   /* the recipient's own preference goes before channels[] */
    enum notice_channel channels[NOTICE_CHANNELS];
    size_t channel_count;
    const char *template;
    enum notice_urgency urgency; /* NOTICE_URGENT is sent at night, too */
    bool ask_first;              /* held until somebody releases it (R23: the handler is asked) */
    int digest_minutes;          /* notices to one person and channel are gathered for so long; 0: not */
    int expires_minutes;         /* nobody wants to hear of it later than that */
    unsigned line;               /* of its file */
};

/* The words of a template on one channel in one language. */
struct notice_text {
    enum notice_channel channel;
    const char *locale;      /* "zh-CN", "en" */
    const char *subject;     /* e-mail; "" elsewhere */
    const char *text;        /* {{name}}, and {{#name}}...{{/name}} that is left out where name is empty */
    const char *html;        /* e-mail; "": made from text */
    const char *const *vars; /* names in text, subject and html in the order in which they first stand there */
    size_t var_count;
};

struct notice_template {
    const char *name;
    const struct notice_text *texts;
    size_t text_count;
};

/* What a provider calls one of our templates. */
struct gateway_template {
    const char *template, *locale; /* locale "": every one */
    const char *id;                /* the provider's */
    enum { REVIEW_APPROVED, REVIEW_PENDING, REVIEW_REJECTED } review;
    /* the provider's name of each of our variables, where it is not the same; positional providers take the order of
     * `vars` */
    const char *const (*params)[2]; /* { ours, theirs } */
    size_t param_count;
};

struct gateway_setting_value {
    const char *key, *value;
};

struct gateway {
    const char *name;                             /* the tenant's */
    const struct gateway_kind *kind;              /* gateway.h */
    const struct gateway_setting_value *settings; /* as in the file; a secret is the content of its file */
    size_t setting_count;
    const struct gateway_template *templates;
    size_t template_count;
    int in_flight;              /* most at a time */
    int per_second;             /* most begun in a second; 0: no limit */
    int timeout_ms;             /* of a whole call */
    bool unknown_other_channel; /* what is to happen where nobody can say whether it was sent: nothing, or the next
                                   channel */
    unsigned line;
};

struct notice_list {
    const char *name;
    const char *const *staff; /* ids */
    size_t staff_count;
};

/* Where mails come back that could not be delivered. */
struct notice_mailbox {
    const char *url; /* imaps://host/INBOX; "": none */
    const char *user, *password;
    const char *ca_path; /* "": the system's certificates */
    int every_s;
};

struct notice_settings {
    const struct notice_route *routes; /* of all events, those of one event together, in the order of the file */
    size_t route_count;
    const struct notice_template *templates;
    size_t template_count;
    const struct gateway *gateways; /* in the order of preference within a channel */
    size_t gateway_count;
    const struct notice_list *lists;
    size_t list_count;
    const char *locale;                     /* of those who have said nothing */
    const char *sign;                       /* the group's name in front of an SMS: 【...】 */
    int quiet_from_minute, quiet_to_minute; /* of the day, in the tenant's zone; equal: never quiet */
    int sms_per_phone_day;                  /* most to one number in 24 h; 0: no limit */
    int sms_per_day;                        /* most of the tenant in 24 h; 0: no limit */
    int bounced_days;                       /* an address that bounced is left out for so long */
    const char *mail_from, *mail_from_name; /* sender of e-mail */
    const char *mail_return_path;           /* of its envelope: bounces go there; "": mail_from */
    struct notice_mailbox bounces;
    const char *receipts_url; /* where gateways reach us from outside, without the path; "": nowhere */
};

/* A value for a template; the value may be "". */
struct notice_fact {
    const char *name, *value;
};
struct notice_facts {
    struct notice_fact *items;
    size_t count, cap;
};

extern const char *const notice_channel_names[];  /* "sms", ..., by enum minus 1, NULL at the end */
extern const char *const notice_audience_names[]; /* "complainant", "handler", ..., the same */
extern const char *const notice_urgency_names[];  /* "low", "normal", "urgent", the same */

const struct notice_template *notice_template(const struct notice_settings *s, const char *name);
/* The text of the channel in the locale, else in the settings' locale, else any; NULL: the channel has none. */
const struct notice_text *notice_text(const struct notice_settings *s, const struct notice_template *t,
                                      enum notice_channel channel, const char *locale);
const struct gateway *notice_gateway(const struct notice_settings *s, const char *name);
const struct notice_list *notice_list(const struct notice_settings *s, const char *name);
/* "" where there is none of that name; NULL for a name that is not among them. */
const char *notice_fact(const struct notice_facts *f, const char *name);
