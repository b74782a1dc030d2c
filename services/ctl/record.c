#include "record.h"

#include <string.h>
#include <strings.h>

#include "common/event/json.h"
#include "common/event/unpack.h"

const char *ctl_record_header(struct arena *a, const struct kafka_record *k, const char *name)
{
    const void *value;
    size_t len;

    if (!kafka_record_header(k, name, &value, &len) || !value || !utf8_valid(value, len) || memchr(value, 0, len))
        return "";
    return arena_strndup(a, value, len);
}

enum record_encoding ctl_record_encoding(const struct topic *t, const struct kafka_record *k)
{
    static const char json[] = "application/json";
    const char *value = k->value;
    const void *type;
    size_t len;

    if (!t->json_allowed)
        return ENCODING_PROTOBUF;
    if (kafka_record_header(k, "content-type", &type, &len) && len > 12 && strncasecmp(type, json, 12) == 0)
        return len >= sizeof json - 1 && strncasecmp(type, json, sizeof json - 1) == 0 ? ENCODING_JSON
                                                                                       : ENCODING_PROTOBUF;
    for (size_t i = 0; i < k->value_len && i < 8; i++) {
        if (value[i] == '{')
            return ENCODING_JSON;
        if (!strchr(" \t\r\n", value[i]))
            break;
    }
    return ENCODING_PROTOBUF;
}

int ctl_record_message(struct arena *a, const struct topic *t, const struct kafka_record *k, ProtobufCMessage **ret,
                       struct field_problem *ret_problem)
{
    if (k->value_len == 0) {
        *ret_problem = (struct field_problem){ "", "empty", "the record has no value" };
        return 1;
    }
    if (ctl_record_encoding(t, k) == ENCODING_JSON)
        return json_read(a, t->message, k->value, k->value_len, ret, ret_problem);
    return event_unpack(a, t->message, k->value, k->value_len, ret, ret_problem);
}
