#include "deed.h"

#include <stdlib.h>
#include <string.h>

#include "common/event/pii.h"

#define COMMAND (&redress__v1__command__descriptor)
#define EVENT   (&redress__v1__complaint_event__descriptor)

#define TIME_MAX_SECONDS INT64_C(253402300799) /* the end of the year 9999 */

enum case_command deed_of(const Redress__V1__Command *m, const ProtobufCMessage **ret_fields)
{
    const ProtobufCFieldDescriptor *f =
        m->command_case ? protobuf_c_message_descriptor_get_field(COMMAND, (unsigned)m->command_case) : NULL;

    if (!f)
        return CASE_COMMAND_COUNT;
    *ret_fields = *(const ProtobufCMessage *const *)((const char *)m + f->offset);
    return case_command_find(f->name);
}

/* ---- fields ---- */

static size_t count_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    return f->label == PROTOBUF_C_LABEL_REPEATED ? *(const size_t *)((const char *)m + f->quantifier_offset) : 1;
}

static size_t size_of(const ProtobufCFieldDescriptor *f)
{
    switch ((int)f->type) {
    case PROTOBUF_C_TYPE_INT64:
        return sizeof(int64_t);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return sizeof(int32_t); /* int32, enums, bool: the contract has no other (schema_test) */
    }
}

/* The i-th value of a field, or its only one. */
static const void *value_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t i)
{
    const char *at = (const char *)m + f->offset;

    return f->label == PROTOBUF_C_LABEL_REPEATED ? *(const char *const *)at + i * size_of(f) : at;
}

static const char *path_of(struct arena *a, const char *prefix, const ProtobufCFieldDescriptor *f, size_t i)
{
    return f->label == PROTOBUF_C_LABEL_REPEATED ? arena_printf(a, "%s%s[%zu]", prefix, f->name, i)
                                                 : arena_printf(a, "%s%s", prefix, f->name);
}

/* ---- what is wrong ---- */

void deed_problem(struct arena *a, struct deed_problems *out, const char *path, const char *code, const char *message)
{
    if (out->count == DEED_LIST_MAX)
        return; /* enough to begin with */
    if (!out->items)
        out->items = arena_array(a, struct field_problem, DEED_LIST_MAX);
    out->items[out->count++] = (struct field_problem){ path, code, message };
}

/* Line breaks and tabs are part of a text, not of a code. */
static bool has_controls(const char *s, bool is_text)
{
    size_t len = strlen(s), pos = 0;

    while (pos < len) {
        uint32_t c = utf8_next(s, len, &pos);

        if (c < 0x20 ? !(is_text && strchr("\n\r\t", (int)c)) : c >= 0x7F && c < 0xA0)
            return true;
    }
    return false;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), tail = strlen(end);

    return len >= tail && strcmp(name + len - tail, end) == 0;
}

/* Names of the contract say what stands in them. */
static bool names_staff(const char *field)
{
    return ends_with(field, "_id") || ends_with(field, "_ids") || strcmp(field, "recorded_by") == 0;
}

static bool names_department(const char *field)
{
    return strstr(field, "department") != NULL;
}

static void check_text(struct arena *a, const struct tenant *t, bool personal, const ProtobufCFieldDescriptor *f,
                       const char *s, const char *path, struct deed_problems *out)
{
    if (personal && utf8_count(s, strlen(s)) > DEED_TEXT_MAX)
        deed_problem(a, out, path, "too_long", arena_printf(a, "at most %d characters are allowed", DEED_TEXT_MAX));
    else if (!personal && strlen(s) > DEED_CODE_MAX)
        deed_problem(a, out, path, "too_long", arena_printf(a, "at most %d bytes are allowed", DEED_CODE_MAX));
    else if (has_controls(s, personal))
        deed_problem(a, out, path, "control_character", "control characters are not allowed");
    else if (personal || !*s || !t)
        return;
    else if (names_staff(f->name) && tenant_staff(t, s) < 0)
        deed_problem(a, out, path, "unknown_staff", "the tenant has no member of staff of this id");
    else if (names_department(f->name) && !tenant_department(t, s))
        deed_problem(a, out, path, "unknown_department", "the tenant has no department of this code");
    else if (strcmp(f->name, "category_code") == 0 && !policy_category(&t->policy, s))
        deed_problem(a, out, path, "unknown_category", "the tenant's tree has no category of this code");
}

/* What the contract borrows: no arithmetic with it overflows afterwards. Scores: check_scores. */
static void check_borrowed(struct arena *a, const ProtobufCMessage *m, const char *path, struct deed_problems *out)
{
    const Google__Protobuf__Timestamp *t = (const Google__Protobuf__Timestamp *)m;

    if (m->descriptor == &google__protobuf__timestamp__descriptor &&
        (t->seconds < 0 || t->seconds > TIME_MAX_SECONDS || t->nanos < 0 || t->nanos > 999999999))
        deed_problem(a, out, path, "out_of_range", "it is no time between 1970 and 9999");
    if (m->descriptor == &google__protobuf__int64_value__descriptor &&
        (((const Google__Protobuf__Int64Value *)m)->value < 0 ||
         ((const Google__Protobuf__Int64Value *)m)->value > DEED_AMOUNT_MAX))
        deed_problem(a, out, path, "out_of_range", "it must lie between 0 and a hundred thousand million yuan");
}

static bool is_negative(const ProtobufCFieldDescriptor *f, const void *value)
{
    return f->type == PROTOBUF_C_TYPE_INT64 ? *(const int64_t *)value < 0
                                            : f->type == PROTOBUF_C_TYPE_INT32 && *(const int32_t *)value < 0;
}

static void check_message(struct arena *a, const struct tenant *t, const ProtobufCMessage *m, const char *prefix,
                          struct deed_problems *out);

static void check_value(struct arena *a, const struct tenant *t, const ProtobufCMessage *m,
                        const ProtobufCFieldDescriptor *f, size_t i, const char *prefix, struct deed_problems *out)
{
    const void *value = value_of(m, f, i);
    const char *path = path_of(a, prefix, f, i);
    const ProtobufCMessage *inner;
    size_t len;

    switch ((int)f->type) {
    case PROTOBUF_C_TYPE_STRING:
        check_text(a, t, pii_is(m->descriptor, f->name), f, *(const char *const *)value, path, out);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        len = ((const ProtobufCBinaryData *)value)->len;
        if (len != SHA256_BYTES && (len || f->label == PROTOBUF_C_LABEL_REPEATED))
            deed_problem(a, out, path, "bad_length", "a SHA-256 digest has 32 bytes");
        return;
    case PROTOBUF_C_TYPE_ENUM:
        if (!protobuf_c_enum_descriptor_get_value(f->descriptor, *(const int *)value))
            deed_problem(a, out, path, "unknown_value", "the contract has no such value");
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        inner = *(const ProtobufCMessage *const *)value;
        if (inner && strncmp(inner->descriptor->name, "redress.", 8) == 0)
            check_message(a, t, inner, arena_printf(a, "%s.", path), out);
        else if (inner)
            check_borrowed(a, inner, path, out);
        return;
    default:
        if (is_negative(f, value))
            deed_problem(a, out, path, "out_of_range", "it must not be negative");
    }
}

static void check_message(struct arena *a, const struct tenant *t, const ProtobufCMessage *m, const char *prefix,
                          struct deed_problems *out)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        size_t count = count_of(m, f);

        if (f->label == PROTOBUF_C_LABEL_REPEATED && count > DEED_LIST_MAX) {
            deed_problem(a, out, arena_printf(a, "%s%s", prefix, f->name), "too_many",
                         arena_printf(a, "at most %d are allowed", DEED_LIST_MAX));
            continue;
        }
        for (size_t k = 0; k < count; k++)
            check_value(a, t, m, f, k, prefix, out);
    }
}

static bool is_empty(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    static const ProtobufCBinaryData none;
    const void *value = value_of(m, f, 0);

    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return count_of(m, f) == 0;
    if (f->type == PROTOBUF_C_TYPE_STRING)
        return !**(const char *const *)value;
    return memcmp(value, &none, size_of(f)) == 0;
}

static void check_needs(struct arena *a, const ProtobufCMessage *m, const char *needs, struct deed_problems *out)
{
    while (*needs) {
        size_t len = strcspn(needs, " ");
        const char *name = arena_strndup(a, needs, len);
        const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);

        if (!f || is_empty(m, f))
            deed_problem(a, out, name, "required", "it must be given");
        needs += len + (needs[len] == ' ');
    }
}

/* R36: 0 to 100. */
static void check_scores(struct arena *a, const ProtobufCMessage *m, struct deed_problems *out)
{
    size_t given = 0;

    if (m->descriptor != &redress__v1__answer_survey__descriptor)
        return;
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        const Google__Protobuf__Int32Value *score;

        if (f->type != PROTOBUF_C_TYPE_MESSAGE ||
            !(score = *(const Google__Protobuf__Int32Value *const *)value_of(m, f, 0)))
            continue;
        given++;
        if (score->value < 0 || score->value > 100)
            deed_problem(a, out, f->name, "out_of_range", "a score goes from 0 to 100");
    }
    if (given == 0)
        deed_problem(a, out, "", "required", "at least one score must be given");
}

/* Waiting for the complainant's answer is asking for it. */
static void check_wait(struct arena *a, const ProtobufCMessage *m, struct deed_problems *out)
{
    if (m->descriptor == &redress__v1__wait__descriptor &&
        ((const Redress__V1__Wait *)m)->reason == REDRESS__V1__WAIT_REASON__WAIT_REASON_INFORMATION)
        deed_problem(a, out, "reason", "not_by_hand", "for that there is the command request_information");
}

void deed_check(struct arena *a, const struct tenant *t, enum case_command what, const ProtobufCMessage *fields,
                struct deed_problems *out)
{
    check_needs(a, fields, case_commands[what].needs, out);
    check_message(a, t, fields, "", out);
    check_scores(a, fields, out);
    check_wait(a, fields, out);
}

/* ---- texts ---- */

static size_t add_texts(struct arena *a, const ProtobufCMessage *m, const char *prefix, struct deed_text *out, size_t n)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];

        for (size_t k = 0; k < count_of(m, f) && n < DEED_TEXTS_MAX; k++) {
            const void *value = value_of(m, f, k);
            const char *s = f->type == PROTOBUF_C_TYPE_STRING ? *(const char *const *)value : "";

            if (*s && pii_is(m->descriptor, f->name)) {
                out[n].field = path_of(a, prefix, f, k);
                out[n].text = s;
                sha256(s, strlen(s), out[n++].sha256);
            } else if (f->type == PROTOBUF_C_TYPE_MESSAGE && *(const ProtobufCMessage *const *)value) {
                n = add_texts(a, *(const ProtobufCMessage *const *)value,
                              arena_printf(a, "%s.", path_of(a, prefix, f, k)), out, n);
            }
        }
    }
    return n;
}

size_t deed_texts(struct arena *a, const ProtobufCMessage *fields, struct deed_text **ret)
{
    *ret = NULL;
    if (!fields)
        return 0;
    *ret = arena_array(a, struct deed_text, DEED_TEXTS_MAX);
    return add_texts(a, fields, "", *ret, 0);
}

/* ---- the event ---- */

static ProtobufCMessage *message_new(struct arena *a, const ProtobufCMessageDescriptor *d)
{
    ProtobufCMessage *m = arena_calloc(a, 1, d->sizeof_message);

    d->message_init(m);
    return m;
}

static void carry(struct arena *a, ProtobufCMessage *to, const ProtobufCMessage *from);

/* Steps of a plan are other messages in the event: without their texts. */
static void carry_messages(struct arena *a, ProtobufCMessage *to, const ProtobufCFieldDescriptor *tf,
                           const ProtobufCMessage *from, const ProtobufCFieldDescriptor *ff)
{
    size_t count = count_of(from, ff);
    ProtobufCMessage **items = arena_array(a, ProtobufCMessage *, count + 1);

    for (size_t i = 0; i < count; i++) {
        items[i] = message_new(a, tf->descriptor);
        carry(a, items[i], *(const ProtobufCMessage *const *)value_of(from, ff, i));
    }
    *(ProtobufCMessage ***)((char *)to + tf->offset) = items;
    *(size_t *)((char *)to + tf->quantifier_offset) = count;
}

static void carry(struct arena *a, ProtobufCMessage *to, const ProtobufCMessage *from)
{
    for (unsigned i = 0; i < to->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *tf = &to->descriptor->fields[i];
        const ProtobufCFieldDescriptor *ff =
            protobuf_c_message_descriptor_get_field_by_name(from->descriptor, tf->name);

        if (!ff || ff->type != tf->type || ff->label != tf->label)
            continue;
        if (tf->type == PROTOBUF_C_TYPE_MESSAGE && tf->descriptor != ff->descriptor) {
            carry_messages(a, to, tf, from, ff);
            continue;
        }
        if (tf->label == PROTOBUF_C_LABEL_REPEATED)
            *(size_t *)((char *)to + tf->quantifier_offset) = count_of(from, ff);
        memcpy((char *)to + tf->offset, (const char *)from + ff->offset,
               tf->label == PROTOBUF_C_LABEL_REPEATED ? sizeof(void *) : size_of(tf));
    }
}

ProtobufCMessage *deed_event(struct arena *a, const char *member, const ProtobufCMessage *fields)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(EVENT, member);
    ProtobufCMessage *m;

    if (!f)
        abort(); /* the table and the contract disagree: lifecycle_test sees to it that they do not */
    m = message_new(a, f->descriptor);
    if (fields)
        carry(a, m, fields);
    return m;
}

unsigned deed_event_number(const char *member)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(EVENT, member);

    return f ? f->id : 0;
}
