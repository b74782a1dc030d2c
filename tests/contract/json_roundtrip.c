/* Our side of the comparison with google.protobuf.json_format (json_differential.py): converts line by line.
 *
 * In:  "<message type> p2j <base64 of the message>"   out: its JSON        or "error <path> <code>: <message>"
 *      "<message type> j2p <JSON on one line>"        out: base64          or the same */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "common/event/json.h"
#include "common/event/unpack.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/dead_letter.pb-c.h"
#include "redress/v1/outcome.pb-c.h"
#include "redress/v1/submission.pb-c.h"

static const ProtobufCMessageDescriptor *const types[] = {
    &redress__v1__submission__descriptor,        &redress__v1__complaint_event__descriptor,
    &redress__v1__outcome__descriptor,           &redress__v1__dead_letter__descriptor,
    &google__protobuf__timestamp__descriptor,    &google__protobuf__double_value__descriptor,
    &google__protobuf__float_value__descriptor,  &google__protobuf__int64_value__descriptor,
    &google__protobuf__uint64_value__descriptor, &google__protobuf__int32_value__descriptor,
    &google__protobuf__uint32_value__descriptor, &google__protobuf__bool_value__descriptor,
    &google__protobuf__string_value__descriptor, &google__protobuf__bytes_value__descriptor,
};

static const ProtobufCMessageDescriptor *find_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}

static void print_error(int rc, const struct field_problem *problem)
{
    if (rc > 0)
        printf("error %s %s: %s\n", problem->path, problem->code, problem->message);
    else
        printf("error %s: %s\n", err_class_name(rc), err_text());
}

static void proto_to_json(struct arena *a, const ProtobufCMessageDescriptor *d, const char *text, size_t len)
{
    struct field_problem problem;
    ProtobufCMessage *m;
    struct strbuf out;
    size_t data_len;
    void *data = base64_decode(a, text, len, &data_len);
    int rc;

    if (!data) {
        puts("error the line holds no base64");
        return;
    }
    strbuf_init(&out, a);
    rc = event_unpack(a, d, data, data_len, &m, &problem);
    if (rc == 0)
        rc = json_write(&out, m);
    if (rc == 0)
        puts(out.data);
    else
        print_error(rc, &problem);
}

static void json_to_proto(struct arena *a, const ProtobufCMessageDescriptor *d, const char *text, size_t len)
{
    struct field_problem problem;
    ProtobufCMessage *m;
    int rc = json_read(a, d, text, len, &m, &problem);

    if (rc == 0) {
        size_t data_len;
        void *data = event_pack(a, m, &data_len);
        puts(base64_encode(a, data, data_len));
    } else {
        print_error(rc, &problem);
    }
}

static void convert(struct arena *a, char *line, size_t len)
{
    char *way = strchr(line, ' '), *payload = way ? strchr(way + 1, ' ') : NULL;
    const ProtobufCMessageDescriptor *d;
    size_t payload_len;

    if (!payload) {
        puts("error not a line of this protocol");
        return;
    }
    *way++ = '\0';
    *payload++ = '\0';
    payload_len = len - (size_t)(payload - line);
    d = find_type(line);
    if (d && strcmp(way, "p2j") == 0)
        proto_to_json(a, d, payload, payload_len);
    else if (d && strcmp(way, "j2p") == 0)
        json_to_proto(a, d, payload, payload_len);
    else
        puts("error unknown message type or direction");
}

int main(void)
{
    struct arena a;
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    arena_init(&a, (size_t)64 << 20);
    while ((len = getline(&line, &size, stdin)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            line[--len] = '\0';
        convert(&a, line, (size_t)len);
        arena_reset(&a);
    }
    free(line);
    arena_done(&a);
    return 0;
}
