/* Twilio Programmable Messaging, API 2010-04-01.
 *
 * It is not asked what became of a message (build_query). It keeps no reference of ours: Messages could only be listed
 * by number and day, and told apart by their texts, so that everything else this person was sent would be read back. It
 * would not answer the question either. A text that Twilio has changed (prefix of trials, replaced characters,
 * shortened links) or sent twice matches none or two, and the day's filter leaves out what is not sent yet: "it never
 * had it" could never be said. A receipt brings our id with it in its URL, also where the answer to the call was lost:
 * that settles it. */
#include <string.h>

#include "common/base/cleanup.h"
#include "gateway_call.h"
#include "gateway_kinds.h"
#include "hmac.h"
#include "json_body.h"
#include "signature.h"

static const struct answer_code codes[] = {
    { "20003", ANSWER_REFUSED },                                /* authentication */
    { "20403", ANSWER_REFUSED },   { "20404", ANSWER_REFUSED }, /* no such account */
    { "20005", ANSWER_CREDIT }, /* account not active: mostly out of funds; so are the next three */
    { "10001", ANSWER_CREDIT },    { "90010", ANSWER_CREDIT },
    { "30002", ANSWER_CREDIT },    { "20429", ANSWER_THROTTLED },
    { "14107", ANSWER_THROTTLED }, { "63038", ANSWER_THROTTLED }, /* daily limit of the account */
    { "21611", ANSWER_THROTTLED },                                /* the sender's queue is full */
    { "30001", ANSWER_THROTTLED }, { "21211", ANSWER_ADDRESS },   /* no valid number */
    { "21217", ANSWER_ADDRESS },   { "21214", ANSWER_ADDRESS },
    { "21265", ANSWER_ADDRESS },  /* a short code */
    { "21610", ANSWER_ADDRESS },  /* has said STOP */
    { "21614", ANSWER_ADDRESS },  /* no mobile phone */
    { "21635", ANSWER_ADDRESS },  /* a landline */
    { "21608", ANSWER_REFUSED },  /* trial account, or one without an approved profile: only to verified numbers */
    { "572005", ANSWER_REFUSED }, /* the same */
    { "21212", ANSWER_REFUSED },  /* sender's number; so are the next six */
    { "21601", ANSWER_REFUSED },   { "21603", ANSWER_REFUSED },
    { "21606", ANSWER_REFUSED },   { "21659", ANSWER_REFUSED },
    { "21660", ANSWER_REFUSED },   { "21661", ANSWER_REFUSED },
    { "21703", ANSWER_REFUSED },   /* messaging service without numbers */
    { "21408", ANSWER_PERMANENT }, /* this country is not enabled for our account */
    { "21612", ANSWER_PERMANENT }, /* not from this sender to that country or network */
    { "", ANSWER_PERMANENT },
};

static const struct answer_code receipt_codes[] = {
    { "21610", ANSWER_ADDRESS }, { "30004", ANSWER_ADDRESS }, /* blocked */
    { "30005", ANSWER_ADDRESS },                              /* unknown */
    { "30006", ANSWER_ADDRESS },                              /* landline */
    { "", ANSWER_PERMANENT },                                 /* 30003 among them: switched off or out of reach */
};

static const struct {
    const char *name;
    enum receipt_status status;
} statuses[] = {
    { "delivered", RECEIPT_DELIVERED }, { "read", RECEIPT_DELIVERED },  { "undelivered", RECEIPT_FAILED },
    { "failed", RECEIPT_FAILED },       { "canceled", RECEIPT_FAILED },
};

static void add_sender(const struct gateway *g, struct strbuf *body)
{
    const char *service = gateway_setting(g, "messaging_service_sid");

    if (*service)
        form_add(body, "MessagingServiceSid", service);
    else
        form_add(body, "From", gateway_setting(g, "from"));
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    const char *account = gateway_setting(g, "account_sid");
    const char *url = arena_printf(a, "%s/2010-04-01/Accounts/%s/Messages.json", gateway_endpoint(a, g), account);
    struct strbuf body, back;

    if (gateway_call_init(g, t, "POST", url, false, ret_why))
        return 1;
    strbuf_init(&body, a);
    form_add(&body, "To", o->to);
    add_sender(g, &body);
    form_add(&body, "Body", o->text);
    if (*o->receipt_url) {
        strbuf_init(&back, a);
        strbuf_adds(&back, o->receipt_url);
        strbuf_addc(&back, strchr(o->receipt_url, '?') ? '&' : '?');
        form_add(&back, "id", o->id); /* the only way for it to come back */
        form_add(&body, "StatusCallback", back.data);
    }
    gateway_call_body(a, t, "application/x-www-form-urlencoded", &body);
    t->user = account;
    t->password = gateway_secret(a, g, "auth_token");
    return 0;
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);
    const char *sid = json_body_text(a, root, "sid");

    (void)g;
    ret->request_id = sid;
    ret->parts = (int)json_body_int(root, "num_segments");
    if (*sid && t->status >= 200 && t->status < 300)
        ret->class = ANSWER_ACCEPTED;
    else
        gateway_answer(codes, json_body_text(a, root, "code"), t, a, ret);
}

static enum receipt_status status_of(const char *name)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (strcmp(statuses[i].name, name) == 0)
            return statuses[i].status;
    return RECEIPT_PENDING; /* accepted, queued, sending, sent */
}

static int receipts(const struct gateway *g, const struct receipt_request *q, struct arena *a, struct receipt **ret,
                    size_t *ret_count, const char **ret_reply)
{
    struct form *query = arena_new(a, struct form), *body = arena_new(a, struct form);
    const char *code, *status;

    if (!form_parse(a, q->query, strlen(q->query), query) || !form_parse(a, q->body, q->body_len, body))
        return 2;
    if (!hmac_equal(signature_twilio(a, gateway_secret(a, g, "auth_token"), q->url, body), q->signature))
        return 1;
    status = form_get(body, "MessageStatus");
    if (!*status)
        return 2;
    code = form_get(body, "ErrorCode");
    *ret = arena_new(a, struct receipt);
    **ret = (struct receipt){ .id = gateway_own_id(a, form_get(query, "id")),
                              .request_id = form_get(body, "MessageSid"),
                              .status = status_of(status),
                              .code = gateway_code(a, *code ? code : status) };
    (*ret)->bad_address = (*ret)->status == RECEIPT_FAILED && answer_class_of(receipt_codes, code) == ANSWER_ADDRESS;
    *ret_count = 1;
    *ret_reply = "";
    return 0;
}

const struct gateway_kind gateway_twilio = {
    .name = "twilio",
    .channels = 1U << NOTICE_SMS,
    .help = "Twilio Programmable Messaging",
    .codes = codes,
    .receipt_codes = receipt_codes,
    .codes_from = "*Error and Warning Dictionary*, a page per code; Twilio says there that causes may change. Looked up page by page:\n"
                  "`10001`, `20005`, `21265`, `21601`, `21603`, `21606`, `21608`, `21611`, `21612`, `21635`, `21659` to `21661`, `30001` to `30003`,\n"
                  "`63038`, `90010`, `572005`; the others as clients quote the dictionary.\n"
                  "It cannot be asked about a message: it keeps no id of ours, and texts would have to be read back and compared. A receipt\n"
                  "settles what had no answer, so set `receipts_url`.",
    .settings = {
        { "account_sid", true, NULL, "account, AC..." },
        { "auth_token_file", true, NULL, "file with the account's auth token, which signs the receipts too" },
        { "from", false, NULL, "number or name of the sender" },
        { "messaging_service_sid", false, NULL, "messaging service, MG..., instead of from" },
        { "endpoint", false, "https://api.twilio.com", "where the service is" },
        GATEWAY_CALL_SETTINGS,
    },
    .signature_header = "X-Twilio-Signature",
    .build = build,
    .read = read_answer,
    .receipts = receipts,
};
