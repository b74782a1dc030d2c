/* Personal data in messages (R46). The contract marks fields with the option (redress.v1.pii); protobuf-c's descriptors
 * do not carry options, so the marked fields are listed here, and tests/contract/pii_test.py holds the list to the
 * contract. */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

struct pii_field {
    const char *message, *field; /* "redress.v1.Submission", "description" */
};

/* Ends with message NULL. */
extern const struct pii_field pii_fields[];

bool pii_is(const ProtobufCMessageDescriptor *message, const char *field);

/* Replaces every personal text of a message, and of those in it, by "***"; empty ones stay empty. For messages whose
 * memory is an arena's: what was there is not freed. */
void pii_mask(ProtobufCMessage *m);
