#include "fields.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/digest.h"
#include "common/config/yaml.h"
#include "common/event/json_internal.h"
#include "common/event/pii.h"
#include "common/event/words.h"

#define INDEX_MAX 999
#define WORDS_MAX 128

/* What is being set, for the messages about it. */
struct setting {
    struct arena *arena;
    const char *path; /* all that stands before '=' */
    struct field_problem *problem;
};

static int refuse(const struct setting *s, const char *code, const char *message)
{
    *s->problem = (struct field_problem){ s->path, code, message };
    return 1;
}

/* ---- what there is ---- */

const ProtobufCFieldDescriptor *fields_find(const ProtobufCMessageDescriptor *d, const char *name, size_t len)
{
    char key[128];

    if (len >= sizeof key)
        return NULL;
    memcpy(key, name, len);
    key[len] = '\0';
    for (unsigned i = 0; i < d->n_fields; i++)
        if (json_name_matches(d->fields[i].name, key))
            return &d->fields[i];
    return NULL;
}

json_t *fields_member(const json_t *object, const ProtobufCFieldDescriptor *f)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value) if (json_name_matches(f->name, key)) return value;
    return NULL;
}

static void set_member(json_t *object, const ProtobufCFieldDescriptor *f, json_t *new_value)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) if (json_name_matches(f->name, key))
    {
        json_object_set_new(object, key, new_value);
        return;
    }
    json_object_set_new(object, f->name, new_value);
}

static bool is_object(const ProtobufCFieldDescriptor *f)
{
    return f->type == PROTOBUF_C_TYPE_MESSAGE && json_shape_of(f->descriptor) == JSON_SHAPE_OBJECT;
}

static bool is_list(const ProtobufCFieldDescriptor *f)
{
    return f->label == PROTOBUF_C_LABEL_REPEATED;
}

static int unknown_field(const struct setting *s, const ProtobufCMessageDescriptor *d, const char *name, size_t len)
{
    const char *names[WORDS_MAX] = { NULL };
    struct strbuf b;

    strbuf_init(&b, s->arena);
    strbuf_printf(&b, "%s has no field \"%.*s\"; ", d->short_name, (int)len, name);
    for (unsigned i = 0; i < d->n_fields && i < WORDS_MAX - 1; i++)
        names[i] = d->fields[i].name;
    name = yaml_nearest(arena_strndup(s->arena, name, len), names);
    if (name)
        strbuf_printf(&b, "perhaps %s? ", name);
    strbuf_adds(&b, names[0] ? "it has" : "it has none at all");
    for (size_t i = 0; names[i]; i++)
        strbuf_printf(&b, "%s %s", i ? "," : "", names[i]);
    return refuse(s, "unknown_field", b.data);
}

/* ---- values ---- */

/* "CONFIRMATION_WAY_PHONE", "phone", "Phone". */
static bool names_value(struct arena *a, const ProtobufCEnumDescriptor *d, const ProtobufCEnumValue *v,
                        const char *text)
{
    return strcasecmp(text, v->name) == 0 || (v->value && strcasecmp(text, enum_code(a, d, v->value)) == 0);
}

static const char *enum_words(struct arena *a, const ProtobufCEnumDescriptor *d, const char *between)
{
    struct strbuf b;

    strbuf_init(&b, a);
    for (unsigned i = 0; i < d->n_values; i++)
        if (d->values[i].value)
            strbuf_printf(&b, "%s%s", b.len ? between : "", enum_code(a, d, d->values[i].value));
    return b.data ? b.data : "";
}

static int enum_value(const struct setting *s, const ProtobufCEnumDescriptor *d, const char *text, json_t **ret)
{
    for (unsigned i = 0; i < d->n_values; i++)
        if (names_value(s->arena, d, &d->values[i], text)) {
            *ret = json_string(d->values[i].name);
            return 0;
        }
    return refuse(s, "unknown_value",
                  arena_printf(s->arena, "found \"%s\"; allowed are %s", text, enum_words(s->arena, d, ", ")));
}

/* Evidence may be a film: it is looked at where it lies. */
static int file_digest(const struct setting *s, const char *path, unsigned char out[SHA256_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *bytes = MAP_FAILED;
    struct stat st;

    if (fd < 0)
        return refuse(s, "unreadable_file", arena_printf(s->arena, "cannot read %s: %m", path));
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return refuse(s, "unreadable_file", arena_printf(s->arena, "%s is empty, or no file to be read", path));
    sha256(bytes, (size_t)st.st_size, out);
    munmap(bytes, (size_t)st.st_size);
    return 0;
}

static int digest_value(const struct setting *s, const char *text, json_t **ret)
{
    unsigned char digest[SHA256_BYTES];

    if (text[0] == '@') {
        if (file_digest(s, text + 1, digest))
            return 1;
    } else if (!hex_decode(text, strlen(text), digest, sizeof digest)) {
        return refuse(s, "bad_digest", "allowed are the 64 hex digits of a SHA-256, or @FILE");
    }
    *ret = json_string(base64_encode(s->arena, digest, sizeof digest));
    return 0;
}

static int number_value(const struct setting *s, int64_t min, int64_t max, const char *text, json_t **ret)
{
    int64_t n;

    if (!parse_int64(text, min, max, &n))
        return refuse(s, "bad_number", arena_printf(s->arena, "found \"%s\"; allowed is a whole number", text));
    *ret = json_integer(n);
    return 0;
}

static int bool_value(const struct setting *s, const char *text, json_t **ret)
{
    bool yes = strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0;

    if (!yes && strcasecmp(text, "false") != 0 && strcasecmp(text, "no") != 0)
        return refuse(s, "bad_bool", arena_printf(s->arena, "found \"%s\"; allowed are true and false", text));
    *ret = json_boolean(yes);
    return 0;
}

static int time_value(const struct setting *s, const char *text, json_t **ret)
{
    int64_t seconds;
    int32_t nanos;

    if (timestamp_parse(text, strlen(text), &seconds, &nanos) != TIMESTAMP_OK)
        return refuse(
            s, "bad_time",
            arena_printf(s->arena, "found \"%s\"; allowed is a time such as 2026-12-01T18:00:00+08:00", text));
    *ret = json_string(text);
    return 0;
}

static int text_value(const struct setting *s, const char *text, json_t **ret)
{
    *ret = json_string(text);
    return *ret ? 0 : refuse(s, "invalid_utf8", "it is not UTF-8");
}

/* The contract has no other types (schema_test). */
static int scalar_value(const struct setting *s, const ProtobufCFieldDescriptor *f, const char *text, json_t **ret)
{
    switch ((int)f->type) {
    case PROTOBUF_C_TYPE_ENUM:
        return enum_value(s, f->descriptor, text, ret);
    case PROTOBUF_C_TYPE_BYTES:
        return digest_value(s, text, ret);
    case PROTOBUF_C_TYPE_BOOL:
        return bool_value(s, text, ret);
    case PROTOBUF_C_TYPE_INT32:
        return number_value(s, INT32_MIN, INT32_MAX, text, ret);
    case PROTOBUF_C_TYPE_INT64:
        return number_value(s, INT64_MIN, INT64_MAX, text, ret);
    default:
        return text_value(s, text, ret);
    }
}

static int leaf_value(const struct setting *s, const ProtobufCFieldDescriptor *f, const char *text, json_t **ret)
{
    const ProtobufCMessageDescriptor *d = f->descriptor;

    if (f->type != PROTOBUF_C_TYPE_MESSAGE)
        return scalar_value(s, f, text, ret);
    switch (json_shape_of(d)) {
    case JSON_SHAPE_TIMESTAMP:
        return time_value(s, text, ret);
    case JSON_SHAPE_WRAPPER:
        return scalar_value(s, &d->fields[0], text, ret);
    case JSON_SHAPE_OBJECT:
    case JSON_SHAPE_NONE:
        break;
    }
    return refuse(s, "has_fields",
                  arena_printf(s->arena, "it has fields of its own: %s%s.%s=...", s->path,
                               is_list(f) && !strchr(s->path, '[') ? "[0]" : "", d->fields[0].name));
}

/* ---- lists ---- */

static json_t *list_of(json_t *object, const ProtobufCFieldDescriptor *f)
{
    json_t *list = fields_member(object, f);

    if (!json_is_array(list)) {
        list = json_array();
        set_member(object, f, list);
    }
    return list;
}

/* A file's name may have a comma in it: what follows must look like another digest. */
static const char *item_end(const ProtobufCFieldDescriptor *f, const char *text)
{
    const char *end = strchr(text, ',');

    while (end && f->type == PROTOBUF_C_TYPE_BYTES && end[1] != '@' &&
           strspn(end + 1, "0123456789abcdefABCDEF") != 2 * (size_t)SHA256_BYTES)
        end = strchr(end + 1, ',');
    return end ? end : text + strlen(text);
}

static int add_items(const struct setting *s, const ProtobufCMessageDescriptor *d, const ProtobufCFieldDescriptor *f,
                     json_t *list, const char *text)
{
    bool whole = f->type == PROTOBUF_C_TYPE_STRING && pii_is(d, f->name); /* commas belong to what is written */

    for (;;) {
        const char *end = whole ? text + strlen(text) : item_end(f, text);
        json_t *value = NULL;

        if (end == text)
            return refuse(s, "required", "an item of the list is empty");
        if (leaf_value(s, f, arena_strndup(s->arena, text, (size_t)(end - text)), &value))
            return 1;
        json_array_append_new(list, value);
        if (!*end)
            return 0;
        text = end + 1;
    }
}

/* "[2]"; items come without gaps. -1: there is none; -2 after saying what is wrong. */
static int64_t read_index(const struct setting *s, const ProtobufCFieldDescriptor *f, const json_t *list,
                          const char **at)
{
    const char *end = strchr(*at, ']');
    int64_t index;

    if (**at != '[')
        return -1;
    if (!is_list(f)) {
        refuse(s, "no_list", arena_printf(s->arena, "%s is no list", f->name));
        return -2;
    }
    if (!end || !parse_int64(arena_strndup(s->arena, *at + 1, (size_t)(end - *at - 1)), 0, INDEX_MAX, &index)) {
        refuse(s, "bad_index", "an index is a number from 0 on in brackets: [0]");
        return -2;
    }
    if ((size_t)index > json_array_size(list)) {
        refuse(s, "bad_index",
               arena_printf(s->arena, "%s[%zu] comes first: items have no gaps", f->name, json_array_size(list)));
        return -2;
    }
    *at = end + 1;
    return index;
}

static void put_item(json_t *list, size_t index, json_t *value)
{
    if (index == json_array_size(list))
        json_array_append_new(list, value);
    else
        json_array_set_new(list, index, value);
}

/* ---- setting ---- */

static int set_leaf(const struct setting *s, const ProtobufCMessageDescriptor *d, json_t *object,
                    const ProtobufCFieldDescriptor *f, int64_t index, const char *text)
{
    json_t *value = NULL;

    if (is_list(f) && index < 0 && !is_object(f))
        return add_items(s, d, f, list_of(object, f), text);
    if (leaf_value(s, f, text, &value))
        return 1;
    if (is_list(f))
        put_item(list_of(object, f), (size_t)index, value);
    else
        set_member(object, f, value);
    return 0;
}

/* The object that the rest of the path is about, made if it is not there. */
static json_t *inner_object(json_t *object, const ProtobufCFieldDescriptor *f, int64_t index)
{
    json_t *inner = is_list(f) ? json_array_get(list_of(object, f), (size_t)index) : fields_member(object, f);

    if (json_is_object(inner))
        return inner;
    inner = json_object();
    if (is_list(f))
        put_item(list_of(object, f), (size_t)index, inner);
    else
        set_member(object, f, inner);
    return inner;
}

/* `at` is the path from this object on, with '=' and the value behind it. */
static int set(const struct setting *s, const ProtobufCMessageDescriptor *d, json_t *object, const char *at)
{
    size_t len = strcspn(at, "[.=");
    const ProtobufCFieldDescriptor *f = fields_find(d, at, len);
    int64_t index;

    if (!f)
        return unknown_field(s, d, at, len);
    at += len;
    index = read_index(s, f, is_list(f) ? fields_member(object, f) : NULL, &at);
    if (index == -2)
        return 1;
    if (*at == '=')
        return set_leaf(s, d, object, f, index, at + 1);
    if (*at != '.')
        return refuse(s, "bad_path", "behind ] comes . or =");
    if (!is_object(f))
        return refuse(s, "no_fields", arena_printf(s->arena, "%s has no fields of its own", f->name));
    if (is_list(f) && index < 0)
        return refuse(s, "bad_index", arena_printf(s->arena, "say which of the list: %s[0]%s", f->name, at));
    return set(s, f->descriptor, inner_object(object, f, index), at + 1);
}

int fields_set(struct arena *a, const ProtobufCMessageDescriptor *d, json_t *object, const char *assignment,
               struct field_problem *ret_problem)
{
    const char *equals = strchr(assignment, '=');
    struct setting s = { .arena = a, .problem = ret_problem };

    s.path = equals ? arena_strndup(a, assignment, (size_t)(equals - assignment)) : assignment;
    if (!equals || equals == assignment)
        return refuse(&s, "bad_path", "it must read field=value");
    return set(&s, d, object, assignment);
}

/* ---- what can be set ---- */

static const char *kind_of(struct arena *a, const ProtobufCMessageDescriptor *d, const ProtobufCFieldDescriptor *f)
{
    const ProtobufCMessageDescriptor *inner = f->descriptor;

    switch ((int)f->type) {
    case PROTOBUF_C_TYPE_ENUM:
        return enum_words(a, f->descriptor, "|");
    case PROTOBUF_C_TYPE_BYTES:
        return "DIGEST";
    case PROTOBUF_C_TYPE_BOOL:
        return "true|false";
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_INT64:
        return "N";
    case PROTOBUF_C_TYPE_MESSAGE:
        return json_shape_of(inner) == JSON_SHAPE_TIMESTAMP ? "TIME" : kind_of(a, d, inner->fields);
    default:
        return pii_is(d, f->name) ? "TEXT" : "CODE";
    }
}

static bool is_needed(const char *needs, const char *name)
{
    size_t len = strlen(name);

    for (; *needs; needs += strcspn(needs, " "), needs += *needs == ' ')
        if (strcspn(needs, " ") == len && strncmp(needs, name, len) == 0)
            return true;
    return false;
}

static size_t add_words(struct arena *a, const ProtobufCMessageDescriptor *d, const char *prefix, const char *needs,
                        const char **words, size_t n)
{
    for (unsigned i = 0; i < d->n_fields && n < WORDS_MAX; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        bool needed = *prefix ? *needs != '\0' : is_needed(needs, f->name);

        if (is_object(f))
            n = add_words(a, f->descriptor, arena_printf(a, "%s%s%s.", prefix, f->name, is_list(f) ? "[N]" : ""),
                          needed ? "*" : "", words, n);
        else
            words[n++] = arena_printf(a, "%s%s%s=%s%s%s", needed ? "" : "[", prefix, f->name, kind_of(a, d, f),
                                      is_list(f) ? ",..." : "", needed ? "" : "]");
    }
    return n;
}

const char **fields_words(struct arena *a, const ProtobufCMessageDescriptor *d, const char *needs)
{
    const char **words = arena_array(a, const char *, WORDS_MAX + 1);

    words[add_words(a, d, "", needs, words, 0)] = NULL;
    return words;
}
