#include "json.h"

#include <string.h>

#include "common/base/error.h"
#include "common/event/limits.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "json_internal.h"

static int read_message(struct json_reader *r, const struct field_path *path, const ProtobufCMessageDescriptor *d,
                        const json_t *v, ProtobufCMessage **ret);

static void *at(ProtobufCMessage *m, unsigned offset)
{
    return (char *)m + offset;
}

static int read_value(struct json_reader *r, const struct field_path *path, const ProtobufCFieldDescriptor *f,
                      const json_t *v, void *member)
{
    if (f->type == PROTOBUF_C_TYPE_MESSAGE)
        return read_message(r, path, f->descriptor, v, member);
    return json_read_scalar(r, path, f, v, member);
}

static int read_repeated(struct json_reader *r, const struct field_path *path, const ProtobufCFieldDescriptor *f,
                         const json_t *v, ProtobufCMessage *m)
{
    struct field_path element = { path->up, f->name, true, 0 };
    size_t size = field_size(f->type), count = json_array_size(v);
    char *items;
    int rc;

    if (!json_is_array(v))
        return json_wrong_type(r, path, "an array", v);
    if (count == 0)
        return 0;
    items = json_alloc(r, count * size);
    if (!items)
        return ERR_RETRY;
    for (; element.index < count; element.index++) {
        rc = read_value(r, &element, f, json_array_get(v, element.index), items + element.index * size);
        if (rc)
            return rc;
    }
    memcpy(at(m, f->quantifier_offset), &count, sizeof count);
    memcpy(at(m, f->offset), &items, sizeof items);
    return 0;
}

static int read_oneof(struct json_reader *r, const struct field_path *path, const ProtobufCFieldDescriptor *f,
                      const json_t *v, ProtobufCMessage *m)
{
    uint32_t *set = at(m, f->quantifier_offset);

    if (*set)
        return problem_note(&r->problem, path, "duplicate_field", "another member of the same oneof is set already");
    *set = f->id;
    return read_value(r, path, f, v, at(m, f->offset));
}

static int read_field(struct json_reader *r, const struct field_path *path, const ProtobufCFieldDescriptor *f,
                      const json_t *v, ProtobufCMessage *m)
{
    if (json_is_null(v))
        return 0;
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return read_repeated(r, path, f, v, m);
    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return read_oneof(r, path, f, v, m);
    return read_value(r, path, f, v, at(m, f->offset));
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *d, const char *key)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        if (json_name_matches(d->fields[i].name, key))
            return &d->fields[i];
    return NULL;
}

static int read_object(struct json_reader *r, const struct field_path *path, const json_t *v, ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *d = m->descriptor;
    bool seen[EVENT_FIELDS_MAX] = { false };
    const char *key;
    json_t *value;

    if (!json_is_object(v))
        return json_wrong_type(r, path, "an object", v);
    if (d->n_fields > EVENT_FIELDS_MAX)
        return err_set(ERR_FATAL, "%s has more than %d fields", d->name, EVENT_FIELDS_MAX);
    /* The iterator of jansson only reads, though it is not declared so. */
    json_object_foreach((json_t *)(uintptr_t)v, key, value)
    {
        const ProtobufCFieldDescriptor *f = find_field(d, key);
        struct field_path here = { path, f ? f->name : key, false, 0 };
        int rc;

        if (!f)
            return problem_note(&r->problem, &here, "unknown_field", "%s has no such field", d->name);
        if (seen[f - d->fields])
            return problem_note(&r->problem, &here, "duplicate_field", "given twice, under both of its names");
        seen[f - d->fields] = true;
        rc = read_field(r, &here, f, value, m);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_timestamp(struct json_reader *r, const struct field_path *path, const json_t *v, ProtobufCMessage *m)
{
    Google__Protobuf__Timestamp *t = (Google__Protobuf__Timestamp *)m;

    if (!json_is_string(v))
        return json_wrong_type(r, path, "a time in a string", v);
    switch (timestamp_parse(json_string_value(v), json_string_length(v), &t->seconds, &t->nanos)) {
    case TIMESTAMP_OK:
        return 0;
    case TIMESTAMP_OUT_OF_RANGE:
        return problem_note(&r->problem, path, "out_of_range", "the time must lie in the years 0001 to 9999 UTC");
    case TIMESTAMP_MALFORMED:
        break;
    }
    return problem_note(&r->problem, path, "wrong_type",
                        "expected a time after RFC 3339, for example 2026-09-18T15:00:00Z or ...T23:00:00.5+08:00");
}

static int read_message(struct json_reader *r, const struct field_path *path, const ProtobufCMessageDescriptor *d,
                        const json_t *v, ProtobufCMessage **ret)
{
    ProtobufCMessage *m = json_alloc(r, d->sizeof_message);

    if (!m)
        return ERR_RETRY;
    d->message_init(m);
    *ret = m;
    switch (json_shape_of(d)) {
    case JSON_SHAPE_OBJECT:
        return read_object(r, path, v, m);
    case JSON_SHAPE_TIMESTAMP:
        return read_timestamp(r, path, v, m);
    case JSON_SHAPE_WRAPPER:
        return json_read_scalar(r, path, d->fields, v, at(m, d->fields->offset));
    case JSON_SHAPE_NONE:
        break;
    }
    return err_set(ERR_FATAL, "%s has no JSON form here", d->name);
}

/* jansson's own sentence ends with "near" and what the sender wrote there, which we do not repeat. */
static int syntax_problem(const json_error_t *e, struct problem_draft *problem)
{
    enum json_error_code code = json_error_code(e);
    const char *near = strstr(e->text, " near");
    int len = (int)(near ? near - e->text : (ptrdiff_t)strlen(e->text));

    if (code == json_error_out_of_memory)
        return err_set(ERR_RETRY, "no memory to parse JSON");
    if (code == json_error_invalid_utf8)
        return problem_note(problem, NULL, "invalid_utf8", "not UTF-8 at line %d, column %d (byte %d)", e->line,
                            e->column, e->position);
    if (code == json_error_null_character || code == json_error_null_byte_in_key)
        return problem_note(problem, NULL, "invalid_utf8",
                            "the character U+0000 is not allowed, at line %d, column %d (byte %d)", e->line, e->column,
                            e->position);
    if (code == json_error_duplicate_key)
        return problem_note(problem, NULL, "duplicate_field", "a name given twice at line %d, column %d (byte %d)",
                            e->line, e->column, e->position);
    if (code == json_error_numeric_overflow)
        return problem_note(problem, NULL, "out_of_range", "a number too large at line %d, column %d (byte %d)",
                            e->line, e->column, e->position);
    return problem_note(problem, NULL, "undecodable", "not JSON at line %d, column %d (byte %d): %.*s", e->line,
                        e->column, e->position, len, e->text);
}

static int read_text(struct json_reader *r, const ProtobufCMessageDescriptor *d, const char *text, size_t len,
                     ProtobufCMessage **ret)
{
    struct field_path root = { 0 };
    json_error_t error;
    json_t *v;
    int rc = json_scan(text, len, &r->problem);

    if (rc)
        return rc;
    v = json_loadb(len ? text : "", len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!v)
        return syntax_problem(&error, &r->problem);
    rc = read_message(r, &root, d, v, ret);
    json_decref(v);
    return rc;
}

int json_read(struct arena *a, const ProtobufCMessageDescriptor *d, const char *text, size_t len,
              ProtobufCMessage **ret, struct field_problem *ret_problem)
{
    struct json_reader r = { .arena = a };
    struct arena_mark mark = arena_mark(a);
    ProtobufCMessage *m = NULL;
    int rc = read_text(&r, d, text, len, &m);

    if (rc == 0) {
        *ret = m;
        return 0;
    }
    arena_rewind(a, mark);
    if (rc > 0)
        problem_give(&r.problem, a, ret_problem);
    return rc;
}
