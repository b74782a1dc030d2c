#include "wire.h"

#include <stdint.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "common/event/limits.h"
#include "common/event/unpack.h"

struct walk {
    const uint8_t *start;
    struct problem_draft *problem;
    unsigned depth;
    size_t unknown_fields, unknown_bytes;
};

struct record {
    uint32_t id;
    unsigned wire_type;
    const uint8_t *whole, *data, *end; /* `data` is the content, without key and length */
};

static int check_message(struct walk *w, const struct field_path *path, const ProtobufCMessageDescriptor *d,
                         const uint8_t *p, const uint8_t *end);

/* Bytes taken; 0: cut off or longer than `most`. */
static size_t varint(const uint8_t *p, const uint8_t *end, size_t most, uint64_t *ret)
{
    uint64_t v = 0;

    for (size_t i = 0; i < most && p + i < end; i++) {
        v |= (uint64_t)(p[i] & 0x7f) << (7 * i);
        if (!(p[i] & 0x80)) {
            *ret = v;
            return i + 1;
        }
    }
    return 0;
}

/* Bytes of the content after the key, those of a length included in *ret_skip; false where they are not all there. */
static bool content(unsigned wire_type, const uint8_t *p, const uint8_t *end, size_t *ret_skip, size_t *ret_len)
{
    size_t left = (size_t)(end - p);
    uint64_t v;

    *ret_skip = 0;
    switch (wire_type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        *ret_len = varint(p, end, 10, &v);
        return *ret_len > 0;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        *ret_len = 8;
        return left >= 8;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        *ret_len = 4;
        return left >= 4;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        *ret_skip = varint(p, end, 5, &v);
        if (*ret_skip == 0 || v > left - *ret_skip)
            return false;
        *ret_len = (size_t)v;
        return true;
    default: /* groups are of proto2 */
        return false;
    }
}

static bool next_record(const uint8_t *p, const uint8_t *end, struct record *ret)
{
    uint64_t key;
    size_t skip, len, n = varint(p, end, 5, &key);

    /* protobuf-c would drop the bits above 32 and see another field than we do. */
    if (n == 0 || key > UINT32_MAX || key >> 3 == 0)
        return false;
    if (!content(key & 7, p + n, end, &skip, &len))
        return false;
    *ret = (struct record){ (uint32_t)(key >> 3), key & 7, p, p + n + skip, p + n + skip + len };
    return true;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *d, uint32_t id)
{
    unsigned low = 0, high = d->n_fields;

    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (d->fields[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < d->n_fields && d->fields[low].id == id ? &d->fields[low] : NULL;
}

static unsigned wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return PROTOBUF_C_WIRE_TYPE_VARINT;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    }
    return PROTOBUF_C_WIRE_TYPE_VARINT;
}

static int check_string(struct walk *w, const struct field_path *path, const struct record *rec)
{
    size_t len = (size_t)(rec->end - rec->data);

    if (len && memchr(rec->data, '\0', len))
        return problem_note(w->problem, path, "invalid_utf8", "the character U+0000 is not allowed");
    if (!utf8_valid((const char *)rec->data, len))
        return problem_note(w->problem, path, "invalid_utf8", "the text is not UTF-8");
    return 0;
}

static int check_field(struct walk *w, const struct field_path *path, const ProtobufCFieldDescriptor *f,
                       const struct record *rec)
{
    unsigned expected = wire_type_of(f->type);
    bool is_packed = f->label == PROTOBUF_C_LABEL_REPEATED && expected != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
                     rec->wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;

    if (is_packed)
        return 0;
    if (rec->wire_type != expected)
        return problem_note(w->problem, path, "wrong_type", "wire type %u where the field has %u, at byte %zu",
                            rec->wire_type, expected, (size_t)(rec->whole - w->start));
    if (f->type == PROTOBUF_C_TYPE_STRING)
        return check_string(w, path, rec);
    if (f->type == PROTOBUF_C_TYPE_MESSAGE)
        return check_message(w, path, f->descriptor, rec->data, rec->end);
    return 0;
}

static int note_unknown(struct walk *w, const struct field_path *path, const struct record *rec)
{
    w->unknown_fields++;
    w->unknown_bytes += (size_t)(rec->end - rec->whole);
    if (w->unknown_fields > UNPACK_UNKNOWN_FIELDS_MAX)
        return problem_note(w->problem, path, "unknown_field", "more than %d fields that the schema does not have",
                            UNPACK_UNKNOWN_FIELDS_MAX);
    if (w->unknown_bytes > UNPACK_UNKNOWN_BYTES_MAX)
        return problem_note(w->problem, path, "unknown_field",
                            "more than %d bytes of fields that the schema does not have", UNPACK_UNKNOWN_BYTES_MAX);
    return 0;
}

static int check_records(struct walk *w, const struct field_path *path, const ProtobufCMessageDescriptor *d,
                         const uint8_t *p, const uint8_t *end)
{
    size_t counts[EVENT_FIELDS_MAX];
    struct record rec;
    int rc = 0;

    if (d->n_fields > EVENT_FIELDS_MAX)
        return err_set(ERR_FATAL, "%s has more than %d fields", d->name, EVENT_FIELDS_MAX);
    memset(counts, 0, d->n_fields * sizeof *counts);
    for (; p < end && rc == 0; p = rec.end) {
        const ProtobufCFieldDescriptor *f;
        struct field_path here = { .up = path };

        if (!next_record(p, end, &rec))
            return problem_note(w->problem, path, "undecodable", "not a %s: cut off or damaged at byte %zu", d->name,
                                (size_t)(p - w->start));
        f = find_field(d, rec.id);
        if (!f) {
            rc = note_unknown(w, path, &rec);
            continue;
        }
        here.name = f->name;
        here.repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
        here.index = counts[f - d->fields]++;
        rc = check_field(w, &here, f, &rec);
    }
    return rc;
}

static int check_message(struct walk *w, const struct field_path *path, const ProtobufCMessageDescriptor *d,
                         const uint8_t *p, const uint8_t *end)
{
    int rc;

    /* Cannot happen with a schema without recursion; this is what keeps it from being a stack overflow. */
    if (w->depth == EVENT_DEPTH_MAX)
        return problem_note(w->problem, path, "too_deep", "nested deeper than %d messages", EVENT_DEPTH_MAX);
    w->depth++;
    rc = check_records(w, path, d, p, end);
    w->depth--;
    return rc;
}

int wire_check(const ProtobufCMessageDescriptor *d, const void *data, size_t len, struct problem_draft *problem)
{
    struct field_path root = { 0 };
    struct walk w = { .start = data, .problem = problem };

    return len ? check_message(&w, &root, d, w.start, w.start + len) : 0;
}
