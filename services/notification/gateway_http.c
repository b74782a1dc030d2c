/* A gateway of the many that are called over HTTP and differ in names only: the settings describe it. */
#include <inttypes.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "form.h"
#include "gateway_call.h"
#include "gateway_kinds.h"
#include "json_body.h"

/* ---- texts with {{names}} ---- */

static void add_json(struct strbuf *out, const char *value)
{
    struct strbuf quoted;

    strbuf_init(&quoted, out->arena);
    strbuf_add_json(&quoted, value, strlen(value));
    strbuf_add(out, quoted.data + 1, quoted.len - 2); /* the template has the quotes */
}

static void add_xml(struct strbuf *out, const char *value)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&apos;" } };

    for (; *value; value++) {
        size_t i = 0;

        while (i < sizeof entities / sizeof *entities && entities[i].c != *value)
            i++;
        if (i < sizeof entities / sizeof *entities)
            strbuf_adds(out, entities[i].entity);
        else
            strbuf_addc(out, *value);
    }
}

/* How a value is written where it is put in. */
struct value_form {
    const char *in_type; /* part of the content type */
    void (*add)(struct strbuf *out, const char *value);
};

static const struct value_form forms[] = { { "json", add_json }, { "xml", add_xml }, { "", form_encode } };
static const struct value_form form_of_url = { "", form_encode }, form_of_header = { "", strbuf_adds };

static const struct value_form *form_of_body(const char *content_type)
{
    size_t i = 0;

    while (!strstr(content_type, forms[i].in_type))
        i++;
    return &forms[i];
}

/* false: a name that there is not. */
static bool render(struct strbuf *out, const char *text, const struct notice_facts *facts,
                   const struct value_form *form)
{
    for (const char *open; (open = strstr(text, "{{")); text = strstr(open, "}}") + 2) {
        const char *close = strstr(open, "}}"), *value;

        if (!close)
            return false;
        strbuf_add(out, text, (size_t)(open - text));
        value = notice_fact(facts, arena_strndup(out->arena, open + 2, (size_t)(close - open) - 2));
        if (!value)
            return false;
        form->add(out, value);
    }
    strbuf_adds(out, text);
    return true;
}

static struct notice_facts facts_of(const struct gateway *g, const struct outgoing *o, struct arena *a)
{
    const struct gateway_template *t = gateway_template_of(g, o->template, o->locale);
    const struct notice_fact all[] = {
        { "to", o->to },
        { "national", strncmp(o->to, "+86", 3) == 0 ? o->to + 3 : o->to },
        { "text", o->text },
        { "id", o->id },
        { "sign", o->sign },
        { "receipt_url", o->receipt_url },
        { "template", t ? t->id : "" },
        { "time", arena_printf(a, "%" PRId64, o->now_us / 1000000) },
        { "secret", gateway_secret(a, g, "secret") },
    };

    return (struct notice_facts){ arena_memdup(a, all, sizeof all), sizeof all / sizeof *all, 0 };
}

/* ---- sending ---- */

static int set_header(const struct gateway *g, const struct notice_facts *facts, struct arena *a, struct transfer *t)
{
    const char *header = gateway_setting(g, "header"), *colon = strchr(header, ':');
    struct strbuf value;

    if (!*header)
        return 0;
    if (!colon)
        return 1;
    strbuf_init(&value, a);
    for (colon++; *colon == ' ';)
        colon++;
    if (!render(&value, colon, facts, &form_of_header))
        return 1;
    gateway_call_header(a, t, arena_strndup(a, header, strcspn(header, ":")), value.data);
    return 0;
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    const char *content_type = gateway_setting(g, "content_type"), *method = gateway_setting(g, "method");
    struct notice_facts facts = facts_of(g, o, a);
    struct strbuf url, body;

    strbuf_init(&url, a);
    strbuf_init(&body, a);
    if (!render(&url, gateway_setting(g, "endpoint"), &facts, &form_of_url) ||
        !render(&body, gateway_setting(g, "body"), &facts, form_of_body(content_type))) {
        *ret_why = "endpoint or body has a {{name}} that there is not";
        return 1;
    }
    if (gateway_call_init(g, t, strcmp(method, "GET") == 0 ? "GET" : "POST", url.data, true, ret_why))
        return 1;
    if (strcmp(t->method, "POST") == 0)
        gateway_call_body(a, t, content_type, &body);
    if (!set_header(g, &facts, a, t))
        return 0;
    *ret_why = "header is not \"Name: value\" with names that there are";
    return 1;
}

/* Is the value one of "a,b,c"? */
static bool among(const char *list, const char *value)
{
    size_t len = strlen(value);

    while (*list) {
        size_t item = strcspn(list, ",");

        if (item == len && strncmp(list, value, len) == 0)
            return true;
        list += item + (list[item] == ',');
    }
    return false;
}

static const struct {
    const char *setting;
    enum answer_class class;
} classes[] = {
    { "codes_retry", ANSWER_RETRY },       { "codes_throttled", ANSWER_THROTTLED }, { "codes_address", ANSWER_ADDRESS },
    { "codes_template", ANSWER_TEMPLATE }, { "codes_credit", ANSWER_CREDIT },       { "codes_refused", ANSWER_REFUSED },
};

static bool succeeded(const struct gateway *g, const struct transfer *t, const json_t *root, struct arena *a)
{
    const char *at = gateway_setting(g, "success_at"), *text = gateway_setting(g, "success_text");

    if (!among(gateway_setting(g, "success_status"), arena_printf(a, "%ld", t->status)))
        return false;
    if (*at && !among(gateway_setting(g, "success_value"), json_body_value(a, json_body_at(root, at))))
        return false;
    return !*text || strstr(t->answer, text);
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);
    const char *id_at = gateway_setting(g, "request_id_at"), *code_at = gateway_setting(g, "code_at");
    const char *code = *code_at ? json_body_value(a, json_body_at(root, code_at)) : "";

    ret->code = gateway_code(a, code);
    ret->request_id = *id_at ? json_body_value(a, json_body_at(root, id_at)) : "";
    if (succeeded(g, t, root, a)) {
        ret->class = ANSWER_ACCEPTED;
        return;
    }
    for (size_t i = 0; *code && i < sizeof classes / sizeof *classes; i++)
        if (among(gateway_setting(g, classes[i].setting), code)) {
            ret->class = classes[i].class;
            return;
        }
    ret->class = answer_class_of_status(t);
    if (ret->class == ANSWER_ACCEPTED) /* it says no, or something that is not understood */
        ret->class = *code ? ANSWER_PERMANENT : ANSWER_UNKNOWN;
}

/* ---- receipts ---- */

/* A field of the receipt, whatever it is written in. */
struct fields {
    const json_t *item; /* NULL: a form */
    const struct form *form;
};

static const char *field(const struct fields *f, const struct gateway *g, const char *setting, struct arena *a)
{
    const char *name = gateway_setting(g, setting);

    if (!*name)
        return "";
    return f->item ? json_body_value(a, *name == '/' ? json_body_at(f->item, name) : json_object_get(f->item, name))
                   : form_get(f->form, name);
}

static struct receipt receipt_of(const struct gateway *g, const struct fields *f, struct arena *a)
{
    const char *status = field(f, g, "receipt_status", a), *code = field(f, g, "receipt_code", a);
    struct receipt r = { .id = gateway_own_id(a, field(f, g, "receipt_id", a)),
                         .request_id = field(f, g, "receipt_request_id", a),
                         .status = RECEIPT_FAILED,
                         .code = gateway_code(a, *code ? code : status) };

    if (among(gateway_setting(g, "receipt_delivered"), status))
        r.status = RECEIPT_DELIVERED;
    else if (among(gateway_setting(g, "receipt_pending"), status))
        r.status = RECEIPT_PENDING;
    r.bad_address = r.status == RECEIPT_FAILED && among(gateway_setting(g, "codes_address"), *code ? code : status);
    return r;
}

static int receipts(const struct gateway *g, const struct receipt_request *q, struct arena *a, struct receipt **ret,
                    size_t *ret_count, const char **ret_reply)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(q->body, q->body_len);
    struct form *form = arena_new(a, struct form);
    struct fields f = { NULL, form };
    const char *text = q->body_len > 0 ? q->body : q->query;
    size_t count = json_is_array(root) ? json_array_size(root) : 1;

    if (!root && !form_parse(a, text, q->body_len > 0 ? q->body_len : strlen(q->query), form))
        return 2;
    if (count > RECEIPTS_MAX)
        return 2;
    *ret = arena_array(a, struct receipt, count + 1);
    for (size_t i = 0; i < count; i++) {
        f.item = json_is_array(root) ? json_array_get(root, i) : root;
        (*ret)[i] = receipt_of(g, &f, a);
        if (!(*ret)[i].id[0] && !(*ret)[i].request_id[0])
            return 2;
    }
    *ret_count = count;
    *ret_reply = gateway_setting(g, "receipt_reply");
    return 0;
}

const struct gateway_kind gateway_http = {
    .name = "http",
    .channels = 1U << NOTICE_SMS,
    .help = "any SMS gateway that is called over HTTP, described by its settings",
    .settings = {
        { "endpoint", true, NULL, "URL; {{to}} {{national}} {{text}} {{id}} {{sign}} {{template}} {{receipt_url}} "
                                  "{{time}} {{secret}} are put in, encoded" },
        { "method", false, "POST", "GET or POST" },
        { "content_type", false, "application/json", "of the body; says how values are written in it" },
        { "body", false, "", "of a POST, with the same names" },
        { "header", false, NULL, "one more header, such as Authorization: Bearer {{secret}}" },
        { "secret_file", false, NULL, "file with what {{secret}} stands for" },
        { "success_status", false, "200,201,202", "HTTP status of success" },
        { "success_at", false, NULL, "JSON pointer to what says that it was taken, such as /code" },
        { "success_value", false, "0,true,ok,OK", "what stands there then" },
        { "success_text", false, NULL, "text that is in the answer then" },
        { "request_id_at", false, NULL, "JSON pointer to the gateway's id of the message" },
        { "code_at", false, NULL, "JSON pointer to the code of an error" },
        { "codes_retry", false, "", "codes: not sent, may be later" },
        { "codes_throttled", false, "", "codes: too many now" },
        { "codes_address", false, "", "codes: the number is bad; also of receipts" },
        { "codes_template", false, "", "codes: signature or template is not approved" },
        { "codes_credit", false, "", "codes: the account is empty" },
        { "codes_refused", false, "", "codes: key or rights are wrong" },
        { "receipt_id", false, NULL, "field of a receipt, JSON or form: our id" },
        { "receipt_request_id", false, NULL, "field: the gateway's id" },
        { "receipt_status", false, "status", "field: what became of it" },
        { "receipt_delivered", false, "DELIVRD,DELIVERED,delivered,0", "what stands there if it arrived" },
        { "receipt_pending", false, "", "what stands there if it is under way" },
        { "receipt_code", false, NULL, "field: code of the failure" },
        { "receipt_reply", false, "ok", "what the gateway wants to hear" },
        GATEWAY_CALL_SETTINGS,
    },
    .build = build,
    .read = read_answer,
    .receipts = receipts,
};
