#include "notice_facts.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/event/timestamp.h"
#include "common/event/words.h"
#include "event_fields.h"
#include "redress/v1/sla_event.pb-c.h"
#include "services/dispatch/lifecycle.h"

#define MINUTE_US INT64_C(60000000)

void notice_facts_init(struct notice_facts *f)
{
    *f = (struct notice_facts){ 0 };
}

void notice_facts_set(struct arena *a, struct notice_facts *f, const char *name, const char *value)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].name, name) == 0) {
            f->items[i].value = value;
            return;
        }
    f->items = arena_room(a, f->items, f->count, &f->cap, sizeof *f->items, 32);
    f->items[f->count++] = (struct notice_fact){ name, value };
}

/* ---- for people ---- */

static bool is_chinese(const struct notice_form *form)
{
    return strncmp(form->locale, "zh", 2) == 0;
}

const char *notice_facts_time(struct arena *a, const struct notice_form *form, int64_t at_us)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t local_us, minute;
    unsigned month, day;
    int year;

    if (at_us == 0)
        return "";
    local_us = zone_local(form->zone, at_us);
    civil_from_days(zone_date(form->zone, at_us), &year, &month, &day);
    minute = (local_us % DAY_US + DAY_US) % DAY_US / MINUTE_US;
    if (is_chinese(form))
        return arena_printf(a, "%u月%u日 %02d:%02d", month, day, (int)(minute / 60), (int)(minute % 60));
    return arena_printf(a, "%u %s %02d:%02d", day, months[month - 1], (int)(minute / 60), (int)(minute % 60));
}

const char *notice_facts_money(struct arena *a, int64_t fen)
{
    uint64_t size = fen < 0 ? -(uint64_t)fen : (uint64_t)fen;
    char digits[24];
    struct strbuf b;
    int len;

    len = snprintf(digits, sizeof digits, "%" PRIu64, size / 100);
    strbuf_init(&b, a);
    if (fen < 0)
        strbuf_addc(&b, '-');
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            strbuf_addc(&b, ',');
        strbuf_addc(&b, digits[i]);
    }
    strbuf_printf(&b, ".%02d", (int)(size % 100));
    return b.data;
}

/* "third_party" where there is no Chinese: "third party". */
static const char *word_for(struct arena *a, const struct notice_form *form, const char *code)
{
    char *plain;

    if (is_chinese(form))
        return word_of(code);
    plain = arena_strdup(a, code);
    for (char *p = plain; *p; p++)
        if (*p == '_')
            *p = ' ';
    return plain;
}

/* How late, in the largest units that say enough: "2天3小时", "45分钟". */
static const char *late_text(struct arena *a, const struct notice_form *form, int64_t late_us)
{
    static const struct {
        int64_t us;
        const char *chinese, *english;
    } units[] = { { 86400 * INT64_C(1000000), "天", " d" },
                  { 3600 * INT64_C(1000000), "小时", " h" },
                  { MINUTE_US, "分钟", " min" } };
    struct strbuf b;
    int said = 0;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    for (size_t i = 0; i < 3 && said < 2; i++) {
        int64_t n = late_us / units[i].us;

        late_us %= units[i].us;
        if (n == 0 && (said == 0 ? i < 2 : true))
            continue;
        strbuf_printf(&b, "%s%" PRId64 "%s", said && !is_chinese(form) ? " " : "", n,
                      is_chinese(form) ? units[i].chinese : units[i].english);
        said++;
    }
    return b.data;
}

/* ---- of a case ---- */

/* The states of a case as dispatch names them. */
static const char *status_for(struct arena *a, const struct notice_form *form, const char *status)
{
#define STATE_OF(id, number, name, chinese) { name, chinese },
    static const struct {
        const char *name, *chinese;
    } states[] = { CASE_STATES(STATE_OF) };
#undef STATE_OF

    for (size_t i = 0; is_chinese(form) && i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i].name, status) == 0)
            return states[i].chinese;
    return word_for(a, form, status);
}

void notice_facts_of_case(struct arena *a, const struct notice_form *form, const struct case_facts *c,
                          struct notice_facts *ret)
{
    notice_facts_set(a, ret, "number", c->number);
    notice_facts_set(a, ret, "project", *c->project_name ? c->project_name : c->project);
    notice_facts_set(a, ret, "category", *c->category_name ? c->category_name : c->category);
    notice_facts_set(a, ret, "department", *c->department_name ? c->department_name : c->department);
    notice_facts_set(a, ret, "handler", *c->handler_name ? c->handler_name : c->handler);
    notice_facts_set(a, ret, "status", status_for(a, form, c->status));
    notice_facts_set(a, ret, "severity", word_for(a, form, c->severity));
    notice_facts_set(a, ret, "received", notice_facts_time(a, form, c->received_us));
}

/* ---- of an event ---- */

static const char *enum_for(struct arena *a, const struct notice_form *form, const ProtobufCFieldDescriptor *f,
                            const ProtobufCMessage *m)
{
    int value = *(const int *)((const char *)m + f->offset);

    return is_chinese(form) ? enum_word(a, f->descriptor, value)
                            : word_for(a, form, enum_code(a, f->descriptor, value));
}

/* What is not so is empty: a section is there for what is. */
static const char *truth_for(const struct notice_form *form, const ProtobufCFieldDescriptor *f,
                             const ProtobufCMessage *m)
{
    bool truth = *(const protobuf_c_boolean *)((const char *)m + f->offset);

    return !truth ? "" : is_chinese(form) ? "是" : "yes";
}

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), of = strlen(end);

    return len > of && strcmp(text + len - of, end) == 0;
}

/* Lists, digests and messages of their own are nothing to fill into a sentence. */
static void add_field(struct arena *a, const struct notice_form *form, const ProtobufCMessage *m,
                      const ProtobufCFieldDescriptor *f, struct notice_facts *ret)
{
    const ProtobufCMessage *inner = event_field_message(m, f->name);
    int64_t number;

    if (f->label == PROTOBUF_C_LABEL_REPEATED || f->type == PROTOBUF_C_TYPE_BYTES)
        return;
    if (inner && inner->descriptor == &google__protobuf__timestamp__descriptor)
        notice_facts_set(a, ret, f->name,
                         notice_facts_time(a, form, timestamp_read((const Google__Protobuf__Timestamp *)inner)));
    else if (ends_in(f->name, "_fen"))
        notice_facts_set(a, ret, arena_strndup(a, f->name, strlen(f->name) - 4),
                         event_field_number(m, f, &number) ? notice_facts_money(a, number) : "");
    else if (f->type == PROTOBUF_C_TYPE_ENUM)
        notice_facts_set(a, ret, f->name, enum_for(a, form, f, m));
    else if (f->type == PROTOBUF_C_TYPE_BOOL)
        notice_facts_set(a, ret, f->name, truth_for(form, f, m));
    else
        notice_facts_set(a, ret, f->name, event_field_value(a, m, f, 0));
}

/* A clock of a tenant's own policy may have a name that says nothing to people: then what it binds. */
static const char *clock_for(struct arena *a, const struct notice_form *form, const Redress__V1__PromisedClock *c)
{
    bool known = strcmp(word_of(c->name), c->name) != 0;

    return word_for(a, form, known || !*c->step ? c->name : c->step);
}

static void add_clock(struct arena *a, const struct notice_form *form, const Redress__V1__SlaEvent *e,
                      const ProtobufCMessage *member, struct notice_facts *ret)
{
    const Redress__V1__PromisedClock *c = e->clock;
    const Redress__V1__ClockPoint *point = (const Redress__V1__ClockPoint *)event_field_message(member, "point");
    int64_t due_us = c ? timestamp_read(c->due_at) : 0, now_us = point ? timestamp_read(point->reached_at) : 0;

    notice_facts_set(a, ret, "clock", c ? clock_for(a, form, c) : "");
    notice_facts_set(a, ret, "rule", c ? c->rule : "");
    notice_facts_set(a, ret, "due", notice_facts_time(a, form, due_us));
    notice_facts_set(a, ret, "started", c ? notice_facts_time(a, form, timestamp_read(c->started_at)) : "");
    notice_facts_set(a, ret, "work_order", c && c->work_order ? arena_printf(a, "%d", c->work_order) : "");
    notice_facts_set(a, ret, "happened", ""); /* progress.h knows */
    notice_facts_set(a, ret, "latest", "");
    notice_facts_set(a, ret, "percent", point ? arena_printf(a, "%d", point->percent) : "");
    notice_facts_set(a, ret, "late", due_us && now_us > due_us ? late_text(a, form, now_us - due_us) : "");
}

void notice_facts_of_event(struct arena *a, const struct notice_form *form, const ProtobufCMessage *event,
                           struct notice_facts *ret)
{
    const char *name;
    const ProtobufCMessage *member = event_member(event, &name);

    if (!member)
        return;
    for (unsigned i = 0; i < member->descriptor->n_fields; i++)
        add_field(a, form, member, &member->descriptor->fields[i], ret);
    if (event->descriptor == &redress__v1__sla_event__descriptor)
        add_clock(a, form, (const Redress__V1__SlaEvent *)event, member, ret);
}

/* ---- stored ---- */

const char *notice_facts_write(struct arena *a, const struct notice_facts *f)
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_addc(&b, '{');
    for (size_t i = 0; i < f->count; i++) {
        if (i)
            strbuf_addc(&b, ',');
        strbuf_add_json(&b, f->items[i].name, strlen(f->items[i].name));
        strbuf_addc(&b, ':');
        strbuf_add_json(&b, f->items[i].value, strlen(f->items[i].value));
    }
    strbuf_addc(&b, '}');
    return b.data;
}

/* What notice_facts_write makes, where nothing in it had to be escaped: most of all. In place; false: read it
 * otherwise. */
static bool read_plain(struct arena *a, char *json, struct notice_facts *ret)
{
    char *p = json;

    if (*p++ != '{' || strchr(json, '\\'))
        return false;
    while (*p == '"') {
        char *name = p + 1, *name_end = strchr(name, '"'), *value, *value_end;

        if (!name_end || name_end[1] != ':' || name_end[2] != '"')
            return false;
        value = name_end + 3;
        value_end = strchr(value, '"');
        if (!value_end)
            return false;
        *name_end = *value_end = '\0';
        notice_facts_set(a, ret, name, value);
        p = value_end + 1;
        if (*p == ',')
            p++;
    }
    return p[0] == '}' && p[1] == '\0';
}

bool notice_facts_read(struct arena *a, const char *json, struct notice_facts *ret)
{
    struct notice_facts before = *ret;
    json_t *root, *value;
    const char *name;

    if (read_plain(a, arena_strdup(a, json), ret))
        return true;
    *ret = before;
    root = json_loads(json, 0, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return false;
    }
    json_object_foreach(root, name, value) notice_facts_set(
        a, ret, arena_strdup(a, name), arena_strdup(a, json_is_string(value) ? json_string_value(value) : ""));
    json_decref(root);
    return true;
}
