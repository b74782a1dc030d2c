#include "validate.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/base/str.h"
#include "common/contact/email.h"
#include "common/event/reference.h"

#define MINUTE_US        INT64_C(60000000)
#define YEAR_US          (INT64_C(31557600) * 1000000)
#define CLOCK_SKEW_US    (5 * MINUTE_US) /* how far a sender's clock may be ahead of ours */
#define OCCURRED_MAX_US  (50 * YEAR_US)  /* how long before its receipt a matter may lie */
#define AMOUNT_MAX_FEN   INT64_C(10000000000000)
#define EVIDENCE_MAX     50
#define EVIDENCE_SIZE    (INT64_C(1) << 40)
#define CALL_SECONDS_MAX 86400
#define SHA256_LENGTH    32

typedef Redress__V1__Submission Submission; /* in this file alone, for the tables below */
typedef Redress__V1__Complainant Complainant;
typedef Redress__V1__Call Call;
typedef Redress__V1__Evidence Evidence;

/* What a text must look like, beside its length. */
enum form {
    FORM_LINE,  /* no control characters */
    FORM_TEXT,  /* anything */
    FORM_CODE,  /* letters, digits, '.', '_' of a category */
    FORM_ID,    /* letters, digits, '_', '-' */
    FORM_URI,   /* scheme:rest without spaces, and no scheme that a browser would run */
    FORM_MEDIA, /* type/subtype */
};

struct text_rule {
    size_t offset; /* of the char * in its message */
    const char *path;
    size_t max; /* characters */
    enum form form;
    bool required;
};

#define RULE(type, field, path, max, form, required)                                                                   \
    {                                                                                                                  \
        offsetof(type, field), path, max, form, required                                                               \
    }

/* clang-format off */
static const struct text_rule submission_rules[] = {
    RULE(Submission, tenant,           "tenant",           32,    FORM_LINE, true),
    RULE(Submission, source,           "source",           64,    FORM_LINE, true),
    RULE(Submission, source_event_id,  "source_event_id",  128,   FORM_LINE, true),
    RULE(Submission, project_code,     "project_code",     32,    FORM_LINE, false), /* but see require_source */
    RULE(Submission, building,         "building",         32,    FORM_LINE, false),
    RULE(Submission, unit,             "unit",             32,    FORM_LINE, false),
    RULE(Submission, category_code,    "category_code",    64,    FORM_CODE, false),
    RULE(Submission, description,      "description",      10000, FORM_TEXT, true),
    RULE(Submission, goods_or_service, "goods_or_service", 500,   FORM_TEXT, false),
    RULE(Submission, demand,           "demand",           2000,  FORM_TEXT, false),
    RULE(Submission, submitted_by,     "submitted_by",     64,    FORM_LINE, false),
    RULE(Submission, split_from,       "split_from",       64,    FORM_LINE, false),
};
static const struct text_rule complainant_rules[] = {
    RULE(Complainant, name,    "complainant.name",    100, FORM_LINE, true),
    RULE(Complainant, phone,   "complainant.phone",   32,  FORM_LINE, false),
    RULE(Complainant, email,   "complainant.email",   254, FORM_LINE, false),
    RULE(Complainant, address, "complainant.address", 500, FORM_TEXT, false),
    RULE(Complainant, wechat_open_id, "complainant.wechat_open_id", 64, FORM_ID, false),
};
static const struct text_rule call_rules[] = {
    RULE(Call, call_id,       "call.call_id",       128,  FORM_LINE, false),
    RULE(Call, agent_id,      "call.agent_id",      64,   FORM_LINE, false),
    RULE(Call, caller,        "call.caller",        32,   FORM_LINE, false),
    RULE(Call, recording_uri, "call.recording_uri", 2048, FORM_URI,  false),
};
static const struct text_rule evidence_rules[] = {
    RULE(Evidence, uri,        "uri",        2048, FORM_URI,   true),
    RULE(Evidence, media_type, "media_type", 127,  FORM_MEDIA, false),
};
/* clang-format on */
#define COUNT(array) (sizeof(array) / sizeof *(array))

void problems_init(struct problems *p, struct arena *a)
{
    *p = (struct problems){ .arena = a };
}

void problems_add(struct problems *p, const char *path, const char *code, const char *format, ...)
{
    char text[256];
    va_list args;

    if (p->count == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 8;
        struct field_problem *fresh = arena_array(p->arena, struct field_problem, cap);
        if (p->count)
            memcpy(fresh, p->items, p->count * sizeof *fresh);
        p->items = fresh;
        p->cap = cap;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    p->items[p->count++] = (struct field_problem){ path, code, arena_strdup(p->arena, text) };
}

static void require(struct problems *out, const char *path)
{
    problems_add(out, path, "required", "must be given");
}

/* Nothing but spaces, also the ideographic one, is nothing. */
static bool is_blank(const char *text)
{
    size_t pos = 0, len;

    if (!text)
        return true;
    len = strlen(text);
    if (!utf8_valid(text, len))
        return false;
    while (pos < len) {
        uint32_t c = utf8_next(text, len, &pos);
        if (c != ' ' && (c < '\t' || c > '\r') && c != 0xA0 && c != 0x3000)
            return false;
    }
    return true;
}

static bool is_category_code(const char *text)
{
    for (; *text; text++)
        if (!(*text >= 'a' && *text <= 'z') && !(*text >= '0' && *text <= '9') && *text != '_' && *text != '.')
            return false;
    return true;
}

/* A link that somebody will click on: nothing that runs in the page. */
static bool is_uri(const char *text)
{
    static const char *const refused[] = { "javascript", "vbscript", "data" };
    size_t scheme = strcspn(text, ":");

    if (text[scheme] != ':' || text[scheme + 1] == '\0' || scheme == 0 || !ascii_consists_of(text, scheme, "+-."))
        return false;
    for (size_t i = 0; i < COUNT(refused); i++)
        if (strlen(refused[i]) == scheme && strncasecmp(text, refused[i], scheme) == 0)
            return false;
    return strpbrk(text, " <>\"") == NULL && !text_has_control(text, strlen(text));
}

/* "image/jpeg", perhaps with parameters. */
static bool is_media_type(const char *text)
{
    size_t type = strcspn(text, "/"), subtype;

    if (type == 0 || text[type] != '/' || !ascii_consists_of(text, type, "!#$&-^_.+"))
        return false;
    text += type + 1;
    subtype = strcspn(text, ";");
    while (subtype > 0 && text[subtype - 1] == ' ')
        subtype--;
    return subtype > 0 && ascii_consists_of(text, subtype, "!#$&-^_.+") && !text_has_control(text, strlen(text));
}

static void check_form(const char *text, size_t len, enum form form, const char *path, struct problems *out)
{
    switch (form) {
    case FORM_TEXT:
        break;
    case FORM_LINE:
        if (text_has_control(text, len))
            problems_add(out, path, "invalid_format", "must not have control characters or line breaks");
        break;
    case FORM_CODE:
        if (!is_category_code(text))
            problems_add(out, path, "invalid_format", "may have small letters, digits, '_' and '.' only");
        break;
    case FORM_ID:
        if (!ascii_consists_of(text, len, "_-"))
            problems_add(out, path, "invalid_format", "may have letters, digits, '_' and '-' only");
        break;
    case FORM_URI:
        if (!is_uri(text))
            problems_add(out, path, "invalid_format", "must be a link such as https://files.example.com/photo.jpg");
        break;
    case FORM_MEDIA:
        if (!is_media_type(text))
            problems_add(out, path, "invalid_format", "must be a media type such as image/jpeg");
        break;
    }
}

/* true if there is a text and nothing is wrong with it. */
static bool check_text(const char *text, const struct text_rule *rule, const char *path, struct problems *out)
{
    size_t before = out->count, len, chars;

    if (!text)
        text = "";
    len = strlen(text);
    if (is_blank(text)) {
        if (rule->required)
            require(out, path);
        if (len <= rule->max || rule->required)
            return false;
    }
    if (!utf8_valid(text, len)) {
        problems_add(out, path, "invalid_utf8", "must be UTF-8");
        return false;
    }
    chars = utf8_count(text, len);
    if (chars > rule->max)
        problems_add(out, path, "too_long", "has %zu characters; at most %zu are allowed", chars, rule->max);
    else
        check_form(text, len, rule->form, path, out);
    return out->count == before;
}

static void check_texts(const void *message, const struct text_rule *rules, size_t count, struct problems *out)
{
    for (size_t i = 0; i < count; i++) {
        const char *text;
        memcpy(&text, (const char *)message + rules[i].offset, sizeof text);
        check_text(text, &rules[i], rules[i].path, out);
    }
}

static void check_enum(int value, const ProtobufCEnumDescriptor *d, const char *path, struct problems *out)
{
    if (value != 0 && !protobuf_c_enum_descriptor_get_value(d, value))
        problems_add(out, path, "unknown_enum", "has no value with this number");
}

bool timestamp_us(const Google__Protobuf__Timestamp *t, int64_t *ret_us)
{
    /* 0001-01-01 to 9999-12-31, as protobuf says */
    if (t->seconds < -62135596800 || t->seconds > 253402300799 || t->nanos < 0 || t->nanos > 999999999)
        return false;
    *ret_us = t->seconds * 1000000 + t->nanos / 1000;
    return true;
}

/* Gives the time if it can be one and is not in the future. */
static bool check_time(const Google__Protobuf__Timestamp *t, int64_t now_us, const char *path, struct problems *out,
                       int64_t *ret_us)
{
    if (!timestamp_us(t, ret_us)) {
        problems_add(out, path, "out_of_range", "must lie in the years 1 to 9999 with nanos from 0 to 999999999");
        return false;
    }
    if (*ret_us > now_us + CLOCK_SKEW_US) {
        problems_add(out, path, "in_future", "lies more than 5 minutes in the future");
        return false;
    }
    return true;
}

/* R2: who, where, how and when, unless it stands with the complaint that this one was split from (origin.h). */
static void require_source(const Submission *s, struct problems *out)
{
    if (!is_blank(s->split_from))
        return;
    if (is_blank(s->project_code))
        require(out, "project_code");
    if (s->channel == REDRESS__V1__CHANNEL__CHANNEL_UNSPECIFIED)
        require(out, "channel");
    if (!s->received_at)
        require(out, "received_at");
    if (s->complainant)
        return;
    require(out, "complainant.name");
    problems_add(out, "complainant", "required", "must have phone, email, address or wechat_open_id");
}

static void check_times(const Submission *s, const struct validation *v, struct problems *out)
{
    int64_t received_us = v->now_us, occurred_us;

    if (s->received_at && check_time(s->received_at, v->now_us, "received_at", out, &received_us) &&
        received_us < v->now_us - v->max_age_us)
        problems_add(out, "received_at", "too_old", "lies more than %lld days back",
                     (long long)(v->max_age_us / (24 * 60 * MINUTE_US)));
    if (!s->occurred_at || !check_time(s->occurred_at, v->now_us, "occurred_at", out, &occurred_us))
        return;
    if (occurred_us > received_us + CLOCK_SKEW_US)
        problems_add(out, "occurred_at", "out_of_range", "lies after received_at");
    else if (occurred_us < received_us - OCCURRED_MAX_US)
        problems_add(out, "occurred_at", "too_old", "lies more than 50 years before received_at");
}

static void check_place(const Submission *s, const struct validation *v, struct problems *out)
{
    const struct tenant *tenant;
    const struct project *project;

    if (!v->tenants || is_blank(s->tenant))
        return;
    tenant = tenants_find(v->tenants, s->tenant);
    if (!tenant) {
        problems_add(out, "tenant", "unknown_tenant", "there is no tenant with this code");
        return;
    }
    if (is_blank(s->project_code))
        return;
    project = tenant_project(tenant, s->project_code);
    if (!project)
        problems_add(out, "project_code", "unknown_project", "the tenant has no project with this code");
    else if (s->building[0] && !project_takes_building(project, s->building))
        problems_add(out, "building", "unknown_building", "the project has no building with this code");
}

static void check_complainant(const Submission *s, struct problems *out, char phone[PHONE_SIZE])
{
    const Complainant *c = s->complainant;

    if (!c)
        return;
    check_texts(c, complainant_rules, COUNT(complainant_rules), out);
    check_enum((int)c->kind, &redress__v1__complainant_kind__descriptor, "complainant.kind", out);
    check_enum((int)c->preferred_channel, &redress__v1__contact_channel__descriptor, "complainant.preferred_channel",
               out);
    if (is_blank(c->phone) && is_blank(c->email) && is_blank(c->address) && is_blank(c->wechat_open_id))
        problems_add(out, "complainant", "required", "must have phone, email, address or wechat_open_id");
    if (!is_blank(c->phone) && utf8_valid(c->phone, strlen(c->phone)) && !phone_normalise(c->phone, phone))
        problems_add(out, "complainant.phone", "invalid_phone",
                     "must be like +8613800138000, 13800138000, 0755-88886666 or 400-800-1234");
    if (!is_blank(c->email) && !email_is_valid(c->email))
        problems_add(out, "complainant.email", "invalid_email", "must be like name@example.com");
}

static void check_evidence(const Submission *s, struct problems *out)
{
    size_t count = s->n_evidence < EVIDENCE_MAX ? s->n_evidence : EVIDENCE_MAX;

    if (s->n_evidence > EVIDENCE_MAX)
        problems_add(out, "evidence", "too_many", "has %zu items; at most %d are allowed", s->n_evidence, EVIDENCE_MAX);
    for (size_t i = 0; i < count; i++) {
        const Evidence *e = s->evidence[i];
        for (size_t r = 0; r < COUNT(evidence_rules); r++) {
            const char *text;
            size_t before = out->count;
            memcpy(&text, (const char *)e + evidence_rules[r].offset, sizeof text);
            check_text(text, &evidence_rules[r], evidence_rules[r].path, out);
            for (size_t p = before; p < out->count; p++)
                out->items[p].path = arena_printf(out->arena, "evidence[%zu].%s", i, evidence_rules[r].path);
        }
        if (e->sha256.len != 0 && e->sha256.len != SHA256_LENGTH)
            problems_add(out, arena_printf(out->arena, "evidence[%zu].sha256", i), "invalid_format",
                         "has %zu bytes; it must have 32, or none", e->sha256.len);
        if (e->size < 0 || e->size > EVIDENCE_SIZE)
            problems_add(out, arena_printf(out->arena, "evidence[%zu].size", i), "out_of_range",
                         "must lie between 0 and %lld", (long long)EVIDENCE_SIZE);
    }
}

static void check_call(const Submission *s, const struct validation *v, struct problems *out)
{
    const Call *c = s->call;
    int64_t started_us;

    if (!c)
        return;
    check_texts(c, call_rules, COUNT(call_rules), out);
    if (c->started_at)
        check_time(c->started_at, v->now_us, "call.started_at", out, &started_us);
    if (c->duration_s < 0 || c->duration_s > CALL_SECONDS_MAX)
        problems_add(out, "call.duration_s", "out_of_range", "must lie between 0 and %d", CALL_SECONDS_MAX);
}

/* What a channel needs beyond the rest (R1, R5). */
static void check_channel(const Submission *s, struct problems *out)
{
    check_enum((int)s->channel, &redress__v1__channel__descriptor, "channel", out);
    if (s->channel == REDRESS__V1__CHANNEL__CHANNEL_EMPLOYEE && is_blank(s->submitted_by))
        problems_add(out, "submitted_by", "required", "must name the employee when the channel is CHANNEL_EMPLOYEE");
    if (s->channel == REDRESS__V1__CHANNEL__CHANNEL_EMAIL && (!s->complainant || is_blank(s->complainant->email)))
        problems_add(out, "complainant.email", "required", "must be given when the channel is CHANNEL_EMAIL");
    if (s->channel == REDRESS__V1__CHANNEL__CHANNEL_HOTLINE && (!s->call || is_blank(s->call->call_id)))
        problems_add(out, "call.call_id", "required", "must be given when the channel is CHANNEL_HOTLINE");
}

void validate_submission(const Submission *s, const struct validation *v, struct problems *out, char phone[PHONE_SIZE])
{
    phone[0] = '\0';
    check_texts(s, submission_rules, COUNT(submission_rules), out);
    require_source(s, out);
    check_place(s, v, out);
    check_channel(s, out);
    check_times(s, v, out);
    check_complainant(s, out, phone);
    check_evidence(s, out);
    check_call(s, v, out);
    if (s->amount_fen && (s->amount_fen->value < 0 || s->amount_fen->value > AMOUNT_MAX_FEN))
        problems_add(out, "amount_fen", "out_of_range", "must lie between 0 and %lld", (long long)AMOUNT_MAX_FEN);
}
