/* The names that templates may use: the one source of them, for whoever fills them and whoever checks. */
#include <string.h>

#include "common/event/words.h"
#include "notice_event.h"
#include "template.h"

#define TEXT_PREFIX  "text."
#define SMS_CHARS    20 /* of a variable, as providers have it */
#define NUMBER_CHARS 24 /* of a complaint number: an attribute of its own at providers */
#define NAMES_MAX    400

enum belongs { EVERYWHERE, CLOCKS, DIGESTS };

/* Facts that no field tells alone. `usual` is for previews; `chars` is the most that an SMS carries. */
static const struct known_fact {
    const char *name, *usual;
    size_t chars;
    enum belongs to;
} known_facts[] = {
    { "tenant", "示范地产集团", SMS_CHARS, EVERYWHERE },
    { "sign", "示范地产", 12, EVERYWHERE },
    { "number", "YHHY-20261126-00042", NUMBER_CHARS, EVERYWHERE },
    { "project", "云湖花园", SMS_CHARS, EVERYWHERE },
    { "category", "房屋渗漏", SMS_CHARS, EVERYWHERE },
    { "department", "工程部", SMS_CHARS, EVERYWHERE },
    { "handler", "李明", SMS_CHARS, EVERYWHERE },
    { "status", "调查中", SMS_CHARS, EVERYWHERE },
    { "severity", "一般", 8, EVERYWHERE },
    { "received", "11月26日 18:30", 14, EVERYWHERE },
    { "now", "11月26日 19:00", 14, EVERYWHERE },
    { "name", "王女士", SMS_CHARS, EVERYWHERE },
    { "clock", "提出方案", SMS_CHARS, CLOCKS },
    { "rule", "R19", 8, CLOCKS },
    { "percent", "80", 4, CLOCKS },
    { "due", "11月30日 17:30", 14, CLOCKS },
    { "started", "11月23日 09:00", 14, CLOCKS },
    { "late", "2小时15分", 14, CLOCKS },
    { "work_order", "1", 3, CLOCKS },
    { "happened", "11月20日 10:00 已开始调查；11月22日 16:30 调查已完成", 200, CLOCKS },
    { "latest", "调查已完成", SMS_CHARS, CLOCKS },
    { "count", "12", 3, DIGESTS },
    { "items", "投诉单YHHY-20261126-00042（云湖花园）已派给您，请及时确认接收。", SMS_CHARS, DIGESTS },
};
#define KNOWN_COUNT (sizeof known_facts / sizeof *known_facts)

/* What is written with an event: the text fields of the command that it comes of. */
static const struct event_text {
    const char *event, *field;
} event_texts[] = {
    { "reassigned", "why" },
    { "refused", "why" },
    { "recused", "why" },
    { "contacted", "note" },
    { "contact_attempted", "note" },
    { "investigated", "findings" },
    { "meeting_held", "decision" },
    { "plan_proposed", "measures" },
    { "plan_rejected", "said" },
    { "rectified", "result" },
    { "evaluated", "result" },
    { "fed_back", "result" },
    { "dissatisfied", "said" },
    { "answered", "text" },
    { "reopened", "why" },
    { "withdrawn", "why" },
    { "merged", "why" },
    { "paused", "party" },
    { "paused", "asked" },
    { "party_chased", "note" },
    { "resumed", "result" },
    { "information_requested", "question" },
    { "information_given", "text" },
    { "noted", "text" },
    { "progress_told", "text" },
    { "escalated", "why" },
    { "deescalated", "why" },
    { "reviewed", "decision" },
    { "reviewed", "minutes" },
    { "inspection_arranged", "place" },
    { "inspected", "findings" },
    { "work_order_opened", "task" },
    { "work_order_done", "result" },
    { "work_order_cancelled", "why" },
    { "surveyed", "remarks" },
    { "legal_hold_set", "why" },
    { "legal_hold_lifted", "why" },
};
#define EVENT_TEXT_COUNT (sizeof event_texts / sizeof *event_texts)

static bool ends_with(const char *s, const char *end)
{
    size_t len = strlen(s), end_len = strlen(end);

    return len >= end_len && strcmp(s + len - end_len, end) == 0;
}

static const struct known_fact *known(const char *name)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (strcmp(known_facts[i].name, name) == 0)
            return &known_facts[i];
    return NULL;
}

/* ---- fields ---- */

static bool is_time(const ProtobufCFieldDescriptor *f)
{
    return f->type == PROTOBUF_C_TYPE_MESSAGE &&
           strcmp(((const ProtobufCMessageDescriptor *)f->descriptor)->name, "google.protobuf.Timestamp") == 0;
}

static bool is_wrapped_number(const ProtobufCFieldDescriptor *f)
{
    const char *name =
        f->type == PROTOBUF_C_TYPE_MESSAGE ? ((const ProtobufCMessageDescriptor *)f->descriptor)->name : "";

    return strcmp(name, "google.protobuf.Int64Value") == 0 || strcmp(name, "google.protobuf.Int32Value") == 0;
}

const char *template_fact_of_field(struct arena *a, const ProtobufCFieldDescriptor *f)
{
    bool whole = f->type != PROTOBUF_C_TYPE_MESSAGE || is_time(f) || is_wrapped_number(f);

    if (f->label == PROTOBUF_C_LABEL_REPEATED || f->type == PROTOBUF_C_TYPE_BYTES || !whole)
        return NULL;
    if (ends_with(f->name, "_key"))
        return NULL;
    return ends_with(f->name, "_fen") ? arena_strndup(a, f->name, strlen(f->name) - strlen("_fen")) : f->name;
}

/* ---- the names of an event ---- */

#define DIGEST "digest"

bool template_is_own(const char *name)
{
    static const char *const own[] = { DIGEST, "test" };

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], name) == 0)
            return true;
    return false;
}

struct names {
    struct arena *arena;
    const char **items;
    const ProtobufCFieldDescriptor **fields; /* NULL where no field is behind the name */
    size_t count;
};

static void add_name(struct names *n, const char *name, const ProtobufCFieldDescriptor *field)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->items[i], name) == 0)
            return;
    if (n->count == NAMES_MAX)
        return;
    n->fields[n->count] = field;
    n->items[n->count++] = name;
}

static void add_known(struct names *n, enum belongs to)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (known_facts[i].to == to)
            add_name(n, known_facts[i].name, NULL);
}

static void add_event(struct names *n, const char *event)
{
    const ProtobufCMessageDescriptor *d = notice_event_message(event);

    if (notice_event_is_clock(event) || strcmp(event, DIGEST) == 0) {
        add_known(n, strcmp(event, DIGEST) == 0 ? DIGESTS : CLOCKS);
        return;
    }
    for (unsigned i = 0; d && i < d->n_fields; i++) {
        const char *name = template_fact_of_field(n->arena, &d->fields[i]);

        if (name)
            add_name(n, name, &d->fields[i]);
    }
    for (size_t i = 0; i < EVENT_TEXT_COUNT; i++)
        if (strcmp(event_texts[i].event, event) == 0)
            add_name(n, arena_printf(n->arena, TEXT_PREFIX "%s", event_texts[i].field), NULL);
}

static struct names names_of(struct arena *a, const char *event)
{
    struct names n = { .arena = a,
                       .items = arena_array(a, const char *, NAMES_MAX + 1),
                       .fields = arena_array(a, const ProtobufCFieldDescriptor *, NAMES_MAX + 1) };
    const char *const *all = notice_events(a);

    add_known(&n, EVERYWHERE);
    if (*event)
        add_event(&n, event);
    for (; !*event && *all; all++)
        add_event(&n, *all);
    return n;
}

const char *const *template_names(struct arena *a, const char *event)
{
    return names_of(a, event).items;
}

/* ---- how long a value is ---- */

static size_t chars_of(const char *name)
{
    const struct known_fact *k = known(name);

    return k ? k->chars : ends_with(name, "_number") ? NUMBER_CHARS : SMS_CHARS;
}

const char *template_fact_cut(struct arena *a, const char *name, const char *value)
{
    size_t len = strlen(value), chars = chars_of(name), pos = 0;

    if (utf8_count(value, len) <= chars)
        return value;
    for (size_t i = 0; i + 1 < chars; i++)
        utf8_next(value, len, &pos);
    return arena_printf(a, "%.*s…", (int)pos, value);
}

/* ---- samples ---- */

/* The longest, or the first, of an enum's words. */
static const char *enum_sample(struct arena *a, const ProtobufCFieldDescriptor *f, bool worst)
{
    const ProtobufCEnumDescriptor *d = f->descriptor;
    const char *best = "";

    for (unsigned i = 0; i < d->n_values; i++) {
        const char *word = enum_word(a, d, d->values[i].value);

        if (!*best || (worst && utf8_count(word, strlen(word)) > utf8_count(best, strlen(best))))
            best = word;
    }
    return best;
}

static const char *number_sample(const ProtobufCFieldDescriptor *f, bool worst)
{
    if (ends_with(f->name, "_fen"))
        return worst ? "99999999.99" : "1280.00";
    return worst ? "999" : "1";
}

static const char *field_sample(struct arena *a, const ProtobufCFieldDescriptor *f, bool worst)
{
    if (is_time(f))
        return worst ? "12月31日 23:59" : "11月28日 14:00";
    if (f->type == PROTOBUF_C_TYPE_ENUM)
        return enum_sample(a, f, worst);
    if (f->type == PROTOBUF_C_TYPE_BOOL)
        return "是";
    if (f->type != PROTOBUF_C_TYPE_STRING)
        return number_sample(f, worst);
    return ends_with(f->name, "_number") ? "YHHY-20261120-00007" : "维修一班";
}

/* As wide as can be: Chinese takes most room, and a number is of letters and digits. */
static const char *stretched(struct arena *a, const char *name, size_t chars)
{
    bool number = strcmp(name, "number") == 0 || ends_with(name, "_number");
    struct strbuf b;

    strbuf_init(&b, a);
    for (size_t i = 0; i < chars; i++)
        strbuf_adds(&b, number ? "8" : "长");
    return b.data;
}

static const char *text_sample(bool worst)
{
    return worst ? "（这里是当时写下的全部文字，可能有多行。）\n（第二行。）" : "（这里是当时写下的文字。）";
}

static const char *sample(struct arena *a, const char *name, const ProtobufCFieldDescriptor *field, bool worst)
{
    const struct known_fact *k = known(name);
    bool named = field && field->type == PROTOBUF_C_TYPE_STRING;

    if (strncmp(name, TEXT_PREFIX, strlen(TEXT_PREFIX)) == 0)
        return text_sample(worst);
    if (worst && (named || !field))
        return stretched(a, name, chars_of(name));
    return field ? field_sample(a, field, worst) : k->usual;
}

void template_sample_facts(struct arena *a, const char *event, bool worst, struct notice_facts *ret)
{
    struct names n = names_of(a, event);
    struct notice_fact *items = arena_array(a, struct notice_fact, n.count + 1);

    for (size_t i = 0; i < n.count; i++)
        items[i] = (struct notice_fact){ n.items[i], sample(a, n.items[i], n.fields[i], worst) };
    *ret = (struct notice_facts){ .items = items, .count = n.count, .cap = n.count + 1 };
}
