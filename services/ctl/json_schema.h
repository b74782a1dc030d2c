/* JSON Schema of a message's proto3 JSON form (common/event/json.h), from its descriptor. */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* Adds the message and all that it holds to `schemas`, each under its short name; what is there already stays.
 * closed: unknown names are refused, as they are in what comes from outside. */
void json_schema_add(json_t *schemas, const ProtobufCMessageDescriptor *d, bool closed);

/* {"$ref": "#/components/schemas/Outcome"} */
json_t *json_schema_ref(const ProtobufCMessageDescriptor *d);
