/* Kannel's smsbox: lines of one's own by SMPP or CMPP. */
#include <string.h>

#include "form.h"
#include "gateway_call.h"
#include "gateway_kinds.h"

#define DLR_MASK "31" /* delivered, not delivered, queued, accepted by the SMSC, refused by it */

/* By how its answer begins. */
static const struct answer_code codes[] = {
    { "0:*", ANSWER_ACCEPTED },
    { "3:*", ANSWER_ACCEPTED }, /* no line is up: it waits there */
    { "Sent.*", ANSWER_ACCEPTED },
    { "Not routable*", ANSWER_PERMANENT },
    { "Authorization failed*", ANSWER_REFUSED },
    { "Temporal failure*", ANSWER_RETRY },
    { "", ANSWER_UNKNOWN },
};

static const struct {
    int64_t bit;
    enum receipt_status status;
    const char *code;
} reports[] = {
    { 1, RECEIPT_DELIVERED, "delivered" },      { 2, RECEIPT_FAILED, "undeliverable" },
    { 16, RECEIPT_FAILED, "refused by smsc" },  { 4, RECEIPT_PENDING, "queued" },
    { 8, RECEIPT_PENDING, "accepted by smsc" },
};

/* Kannel puts in type and time. Not its answer text: the message's own words may stand there. */
static const char *report_url(struct arena *a, const struct outgoing *o)
{
    struct strbuf url;

    strbuf_init(&url, a);
    strbuf_adds(&url, o->receipt_url);
    strbuf_addc(&url, strchr(o->receipt_url, '?') ? '&' : '?');
    form_add(&url, "id", o->id);
    strbuf_adds(&url, "&type=%d&at=%T&smsc_id=%F");
    return url.data;
}

/* On a line of one's own nobody else puts the sender's name in front. */
static const char *signed_text(struct arena *a, const struct outgoing *o)
{
    return *o->sign ? arena_printf(a, "【%s】%s", o->sign, o->text) : o->text;
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    const char *from = gateway_setting(g, "from"), *smsc = gateway_setting(g, "smsc");
    struct strbuf url;

    strbuf_init(&url, a);
    strbuf_printf(&url, "%s?", gateway_setting(g, "endpoint"));
    form_add(&url, "username", gateway_setting(g, "username"));
    form_add(&url, "password", gateway_secret(a, g, "password"));
    form_add(&url, "to", o->to);
    if (*from)
        form_add(&url, "from", from);
    if (*smsc)
        form_add(&url, "smsc", smsc);
    form_add(&url, "coding", "2");
    form_add(&url, "charset", "UTF-8");
    form_add(&url, "text", signed_text(a, o));
    if (*o->receipt_url) {
        form_add(&url, "dlr-mask", DLR_MASK);
        form_add(&url, "dlr-url", report_url(a, o));
    }
    return gateway_call_init(g, t, "GET", url.data, true, ret_why);
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    const struct answer_code *row = answer_code_row(codes, t->answer);

    (void)g;
    ret->class = row->code[0] ? row->class : answer_class_of_status(t);
    if (!row->code[0] && ret->class == ANSWER_ACCEPTED)
        ret->class = ANSWER_UNKNOWN; /* whoever answers there, it is not Kannel */
    ret->code = arena_printf(a, "http %ld", t->status);
}

static int receipts(const struct gateway *g, const struct receipt_request *q, struct arena *a, struct receipt **ret,
                    size_t *ret_count, const char **ret_reply)
{
    struct form *query = arena_new(a, struct form);
    int64_t type, at = 0;

    (void)g;
    if (!form_parse(a, q->query, strlen(q->query), query) || !parse_int64(form_get(query, "type"), 1, INT32_MAX, &type))
        return 2;
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        if (!(type & reports[i].bit))
            continue;
        *ret = arena_new(a, struct receipt);
        if (!parse_int64(form_get(query, "at"), 0, INT64_MAX / 1000000, &at))
            at = 0;
        **ret = (struct receipt){ .id = gateway_own_id(a, form_get(query, "id")),
                                  .request_id = form_get(query, "smsc_id"),
                                  .status = reports[i].status,
                                  .code = reports[i].code,
                                  .at_us = at * 1000000 };
        *ret_count = 1;
        *ret_reply = "";
        return 0;
    }
    return 2;
}

const struct gateway_kind gateway_kannel = {
    .name = "kannel",
    .channels = 1U << NOTICE_SMS,
    .help = "Kannel's smsbox, for lines of one's own (SMPP, CMPP)",
    .settings = {
        { "endpoint", true, NULL, "URL of sendsms, such as http://127.0.0.1:13013/cgi-bin/sendsms" },
        { "username", true, NULL, "sendsms-user" },
        { "password_file", true, NULL, "file with the password of the sendsms-user" },
        { "from", false, NULL, "number of the sender" },
        { "smsc", false, NULL, "id of the line that is to be taken" },
        GATEWAY_CALL_SETTINGS,
    },
    .build = build,
    .read = read_answer,
    .receipts = receipts,
};
