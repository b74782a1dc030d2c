/* asyncapi: the topics as an AsyncAPI 3 document, from the topic table, deploy/topics.yaml and the messages. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/yaml.h"
#include "common/event/topic.h"
#include "ctl.h"
#include "json_schema.h"

extern const char topics_yaml[]; /* deploy/topics.yaml, embedded by the build */

static json_t *text_schema(const char *description)
{
    return json_pack("{ssss}", "type", "string", "description", description);
}

static json_t *const_schema(const char *value)
{
    return json_pack("{ssss}", "type", "string", "const", value);
}

/* ce_type: the message, or for a oneof its member. */
static json_t *type_schema(const ProtobufCMessageDescriptor *d)
{
    json_t *types = json_array();
    char type[256];

    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            snprintf(type, sizeof type, "%s.%s", d->name, d->fields[i].name);
            json_array_append_new(types, json_string(type));
        }
    if (json_array_size(types))
        return json_pack("{ssso}", "type", "string", "enum", types);
    json_decref(types);
    return const_schema(d->name);
}

static json_t *headers_schema(const struct topic *t, const char *content_type)
{
    json_t *p = json_object(), *required;

    json_object_set_new(p, "ce_specversion", const_schema("1.0"));
    json_object_set_new(p, "ce_id", text_schema("unique within ce_source; from outside: your own reference"));
    json_object_set_new(p, "ce_source", text_schema("the sending system, or redress/<daemon>"));
    json_object_set_new(p, "ce_type", type_schema(t->message));
    json_object_set_new(p, "ce_time", json_pack("{ssss}", "type", "string", "format", "date-time"));
    json_object_set_new(p, "ce_subject", text_schema("what it is about: the complaint's id, else the key"));
    json_object_set_new(p, "ce_tenantid", text_schema("the tenant's code, where it is known"));
    json_object_set_new(p, "content-type", const_schema(content_type));
    json_object_set_new(p, "traceparent", text_schema("W3C trace context, carried on from record to record"));
    if (t->from_outside) {
        required = json_array(); /* all are asked for, but what comes without is read too */
    } else {
        json_object_set_new(p, "redress-epoch", text_schema("number line of the journal"));
        json_object_set_new(p, "redress-batch", json_pack("{ssss}", "type", "string", "pattern", "^[0-9]+$"));
        json_object_set_new(p, "redress-ord", json_pack("{ssss}", "type", "string", "pattern", "^[0-9]+$"));
        json_object_set_new(p, "redress-hash", text_schema("32 bytes as they are: the entry's hash in the journal"));
        required = json_pack("[sssssssss]", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time",
                             "content-type", "redress-epoch", "redress-batch", "redress-ord");
    }
    return json_pack("{sssoso}", "type", "object", "required", required, "properties", p);
}

static const char *const content_types[][2] = { { "application/protobuf", "Protobuf" },
                                                { "application/json", "Json" } };

static void message_name(const struct topic *t, int encoding, char *out, size_t size)
{
    snprintf(out, size, "%s%s", t->message->short_name, content_types[encoding][1]);
}

static json_t *message_of(const struct topic *t, int encoding, const struct yaml_node *facts)
{
    const char *type = content_types[encoding][0];
    const struct yaml_node *key = yaml_get(facts, "key");

    return json_pack("{sssssssossso s{s{ss s{ssss}}}}", "name", t->message->name, "title", t->message->short_name,
                     "contentType", type, "headers", headers_schema(t, type), "description",
                     encoding == 0 ? "Bare protobuf, see proto/redress/v1; the payload here is its proto3 JSON form."
                                   : "The proto3 JSON form of the same protobuf message.",
                     "payload", json_schema_ref(t->message), "bindings", "kafka", "bindingVersion", "0.5.0", "key",
                     "type", "string", "description", key ? yaml_text(key) : "");
}

/* Kafka's settings as the binding wants them: numbers as numbers, the policy as a list. */
static json_t *settings_of(const struct yaml_node *facts)
{
    static const char *const numbers[] = { "retention.ms", "max.message.bytes" };
    const struct yaml_node *settings = yaml_get(facts, "settings");
    const struct yaml_node *policy = settings ? yaml_get(settings, "cleanup.policy") : NULL;
    json_t *o = json_object();
    int64_t n;

    if (policy)
        json_object_set_new(o, "cleanup.policy", json_pack("[s]", yaml_text(policy)));
    for (size_t i = 0; settings && i < sizeof numbers / sizeof *numbers; i++) {
        const struct yaml_node *v = yaml_get(settings, numbers[i]);
        if (v && parse_int64(yaml_text(v), INT64_MIN, INT64_MAX, &n))
            json_object_set_new(o, numbers[i], json_integer(n));
    }
    return o;
}

static json_t *channel_of(const struct topic *t, const struct yaml_node *facts, const char *id)
{
    const struct yaml_node *partitions = yaml_get(facts, "partitions"), *what = yaml_get(facts, "description");
    json_t *messages = json_object();
    char name[128], ref[256];
    int64_t n = 0;

    for (int e = 0; e < (t->json_allowed ? 2 : 1); e++) {
        message_name(t, e, name, sizeof name);
        snprintf(ref, sizeof ref, "#/components/messages/%s", name);
        json_object_set_new(messages, name, json_pack("{ss}", "$ref", ref));
    }
    if (partitions)
        parse_int64(yaml_text(partitions), 1, INT32_MAX, &n);
    return json_pack("{sssssssos{s{sssIsoss}}}", "address", t->name, "title", id, "description",
                     what ? yaml_text(what) : "", "messages", messages, "bindings", "kafka", "topic", t->name,
                     "partitions", (json_int_t)n, "topicConfiguration", settings_of(facts), "bindingVersion", "0.5.0");
}

static json_t *operation_of(const struct topic *t, const char *id)
{
    json_t *messages = json_array();
    char name[128], channel[256], ref[512];

    snprintf(channel, sizeof channel, "#/channels/%s", id);
    for (int e = 0; e < (t->json_allowed ? 2 : 1); e++) {
        message_name(t, e, name, sizeof name);
        snprintf(ref, sizeof ref, "%s/messages/%s", channel, name);
        json_array_append_new(messages, json_pack("{ss}", "$ref", ref));
    }
    return json_pack("{sss{ss}ssso}", "action", t->from_outside ? "receive" : "send", "channel", "$ref", channel,
                     "summary", t->from_outside ? "Redress reads what others publish here." : "Redress publishes here.",
                     "messages", messages);
}

static const struct yaml_node *facts_of(const struct yaml_node *root, const char *topic)
{
    const struct yaml_node *topics_node = yaml_get(root, "topics");

    YAML_EACH (item, topics_node) {
        const struct yaml_node *name = yaml_get(item, "name");
        if (name && strcmp(yaml_text(name), topic) == 0)
            return item;
    }
    return NULL;
}

/* "redress.dead-letters.v1" -> "deadLetters" */
static void channel_id(const char *topic, char *out, size_t size)
{
    const char *from = strncmp(topic, "redress.", 8) == 0 ? topic + 8 : topic;
    size_t n = 0;

    for (; *from && *from != '.' && n + 1 < size; from++)
        if (*from == '-' && from[1])
            out[n++] = (char)(*++from - 'a' + 'A');
        else
            out[n++] = *from;
    out[n] = '\0';
}

static json_t *document(const struct yaml_node *root)
{
    json_t *channels = json_object(), *operations = json_object(), *messages = json_object(), *schemas = json_object();

    for (const struct topic *t = topics; t->name; t++) {
        const struct yaml_node *facts = facts_of(root, t->name);
        char id[64], operation[96], name[128];

        channel_id(t->name, id, sizeof id);
        snprintf(operation, sizeof operation, "%s%c%s", t->from_outside ? "receive" : "send", id[0] - 'a' + 'A',
                 id + 1);
        json_object_set_new(channels, id, channel_of(t, facts, id));
        json_object_set_new(operations, operation, operation_of(t, id));
        for (int e = 0; e < (t->json_allowed ? 2 : 1); e++) {
            message_name(t, e, name, sizeof name);
            json_object_set_new(messages, name, message_of(t, e, facts));
        }
        json_schema_add(schemas, t->message, t->from_outside);
    }
    return json_pack(
        "{sss{sssssss{ssss}}sssosos{soso}}", "asyncapi", "3.0.0", "info", "title", "Redress", "version",
        REDRESS_VERSION, "description",
        "Complaint operations for property developers: what integrators publish, what Redress answers, and "
        "what it tells others. Made by `redressctl asyncapi`.",
        "license", "name", "Apache-2.0", "url", "https://www.apache.org/licenses/LICENSE-2.0", "defaultContentType",
        "application/protobuf", "channels", channels, "operations", operations, "components", "messages", messages,
        "schemas", schemas);
}

static int cmd_asyncapi(struct ctl *c)
{
    const struct yaml_node *root;
    json_t *d;
    char *text;
    int r = yaml_load_text(c->arena, "deploy/topics.yaml (built in)", topics_yaml, strlen(topics_yaml), &root);

    if (r < 0)
        return ctl_fail_err(r);
    d = document(root);
    if (!d)
        abort(); /* a format above does not match its values */
    text = json_dumps(d, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    puts(text);
    free(text);
    json_decref(d);
    return CTL_OK;
}

const struct ctl_command asyncapi_commands[] = {
    {
        .name = "asyncapi",
        .arguments = "",
        .summary = "print the AsyncAPI 3 document of all topics",
        .details =
            "Topics, keys, headers, content types and the JSON Schema of every message. docs/asyncapi.json is this\n"
            "command's output.",
        .run = cmd_asyncapi,
        .offline = true,
    },
    { 0 },
};
