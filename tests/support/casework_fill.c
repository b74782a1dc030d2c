/* Messages of commands, filled by their descriptors: with what makes sense, or with anything. */
#include <stdlib.h>
#include <string.h>

#include "calendars.h"
#include "casework.h"
#include "common/event/json.h"
#include "common/event/pii.h"

struct filler {
    struct arena *arena;
    int64_t now_us;
    uint64_t *random; /* NULL: the same every time */
};

/* The one that makes sense, or any. */
static size_t pick(const struct filler *f, size_t usual, size_t count)
{
    return f->random ? (size_t)random_within(f->random, 0, (int64_t)count - 1) : usual;
}

static bool ends_with(const char *s, const char *end)
{
    return strlen(s) >= strlen(end) && strcmp(s + strlen(s) - strlen(end), end) == 0;
}

static char *a_string(const struct filler *f, const char *field, bool personal)
{
    static const char *const teams[] = { "维修一组", "" }, *const codes[] = { "pipe", "hour", "gold" };

    if (f->random && random_within(f->random, 0, 19) == 0)
        return (char *)(uintptr_t)(random_within(f->random, 0, 1) ? "" : "X9");
    if (personal)
        return arena_printf(f->arena, "私语·%s", field);
    if (ends_with(field, "_id") || ends_with(field, "_ids") || strcmp(field, "recorded_by") == 0)
        return (char *)(uintptr_t)casework_ids[pick(f, E4, CASEWORK_STAFF)];
    if (strstr(field, "department"))
        return (char *)(uintptr_t)casework_departments[pick(f, 2, CASEWORK_DEPARTMENTS)].code;
    if (strcmp(field, "category_code") == 0)
        return (char *)(uintptr_t)casework_categories[pick(f, 2, CASEWORK_CATEGORIES)].code;
    if (strcmp(field, "item") == 0)
        return (char *)(uintptr_t)codes[pick(f, 0, sizeof(codes) / sizeof(*codes))];
    return (char *)(uintptr_t)(strcmp(field, "into") == 0 ? "TS-2" : teams[pick(f, 0, sizeof(teams) / sizeof(*teams))]);
}

static int an_enum(const struct filler *f, const ProtobufCFieldDescriptor *fd)
{
    const ProtobufCEnumDescriptor *e = fd->descriptor;

    if (e == &redress__v1__confirmation_way__descriptor && !f->random)
        return REDRESS__V1__CONFIRMATION_WAY__CONFIRMATION_WAY_CODE; /* needs no more than itself */
    return e->values[pick(f, 1, e->n_values)].value;
}

static ProtobufCMessage *new_message(struct arena *a, const ProtobufCMessageDescriptor *d)
{
    ProtobufCMessage *m = arena_calloc(a, 1, d->sizeof_message);

    d->message_init(m);
    return m;
}

static void fill_message(const struct filler *f, ProtobufCMessage *m);

static ProtobufCMessage *a_message(const struct filler *f, const ProtobufCFieldDescriptor *fd)
{
    ProtobufCMessage *m = new_message(f->arena, fd->descriptor);
    int64_t hours = strcmp(fd->name, "from") == 0 ? 24 : 48;

    if (fd->descriptor == &google__protobuf__timestamp__descriptor) {
        if (f->random)
            hours = random_within(f->random, -24, 300);
        ((Google__Protobuf__Timestamp *)m)->seconds = f->now_us / 1000000 + hours * 3600;
    } else if (fd->descriptor == &google__protobuf__int64_value__descriptor) {
        ((Google__Protobuf__Int64Value *)m)->value = f->random ? random_within(f->random, 0, 2000000) : 700;
    } else if (fd->descriptor == &google__protobuf__int32_value__descriptor) {
        ((Google__Protobuf__Int32Value *)m)->value = f->random ? (int32_t)random_within(f->random, -1, 101) : 90;
    } else {
        fill_message(f, m);
    }
    return m;
}

static ProtobufCBinaryData a_digest(const struct filler *f)
{
    uint8_t *data = arena_calloc(f->arena, SHA256_BYTES, 1);

    memset(data, 0xd1, SHA256_BYTES);
    return (ProtobufCBinaryData){ f->random && random_within(f->random, 0, 3) == 0 ? 0 : SHA256_BYTES, data };
}

static void fill_value(const struct filler *f, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *fd, void *at)
{
    switch ((int)fd->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = a_string(f, fd->name, pii_is(m->descriptor, fd->name));
        return;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)at = a_digest(f);
        return;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)at = an_enum(f, fd);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at =
            f->random && random_within(f->random, 0, 9) == 0 && fd->label != PROTOBUF_C_LABEL_REPEATED
                ? NULL
                : a_message(f, fd);
        return;
    case PROTOBUF_C_TYPE_INT64:
        *(int64_t *)at = f->random ? random_within(f->random, 0, 5000) : 1500;
        return;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = pick(f, 1, 2) != 0;
        return;
    default:
        *(int32_t *)at = f->random ? (int32_t)random_within(f->random, 0, 6) : 1;
    }
}

static size_t value_size(const ProtobufCFieldDescriptor *fd)
{
    switch ((int)fd->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(int32_t);
    default:
        return sizeof(void *);
    }
}

static void fill_field(const struct filler *f, ProtobufCMessage *m, const ProtobufCFieldDescriptor *fd)
{
    char *at = (char *)m + fd->offset;
    size_t count;
    char *items;

    if (fd->label != PROTOBUF_C_LABEL_REPEATED) {
        fill_value(f, m, fd, at);
        return;
    }
    count = f->random ? (size_t)random_within(f->random, 0, 3) : 2;
    items = arena_calloc(f->arena, count + 1, value_size(fd));
    for (size_t i = 0; i < count; i++)
        fill_value(f, m, fd, items + i * value_size(fd));
    *(char **)at = items;
    *(size_t *)((char *)m + fd->quantifier_offset) = count;
}

static void fill_message(const struct filler *f, ProtobufCMessage *m)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++)
        fill_field(f, m, &m->descriptor->fields[i]);
}

const ProtobufCMessageDescriptor *casework_message(enum case_command what)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(&redress__v1__command__descriptor, case_commands[what].name);

    return f ? f->descriptor : NULL;
}

ProtobufCMessage *casework_fill(struct arena *a, enum case_command what, int64_t now_us, uint64_t *random)
{
    ProtobufCMessage *m = new_message(a, casework_message(what));

    fill_message(&(struct filler){ a, now_us, random }, m);
    return m;
}

static bool is_needed(enum case_command what, const char *field)
{
    const char *at = case_commands[what].needs;
    size_t len = strlen(field);

    for (; at && *at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
        if (strncmp(at, field, len) == 0 && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

/* Whether the outer object has the field; steps have deadlines, too. */
static bool says(const char *json, const char *name)
{
    size_t len = strlen(name);
    int depth = 0;

    for (; *json; json++) {
        depth += (*json == '{' || *json == '[') - (*json == '}' || *json == ']');
        if (depth == 1 && json[0] == '"' && strncmp(json + 1, name, len) == 0 && json[len + 1] == '"' &&
            json[len + 2] == ':')
            return true;
    }
    return false;
}

void casework_fill_up(struct arena *a, enum case_command what, int64_t now_us, const char *json, ProtobufCMessage *m)
{
    struct filler f = { a, now_us, NULL };

    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const char *name = m->descriptor->fields[i].name;

        if (is_needed(what, name) && !says(json, name))
            fill_field(&f, m, &m->descriptor->fields[i]);
    }
}

/* A plan in one step, however late it has become. */
const char *casework_plan_json(struct casework *w)
{
    struct strbuf out;

    strbuf_init(&out, &w->arena);
    (void)json_write(&out, casework_fill(&w->arena, CMD_PROPOSE_PLAN, w->now_us, NULL));
    return out.data;
}
