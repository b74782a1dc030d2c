/* A message with the kinds of field that proto/ has none of yet, described by hand as protoc-c would:
 *
 *   message Odd {
 *     repeated sint32 numbers = 1;  repeated string words = 2;  repeated redress.v1.Channel channels = 3;
 *     oneof choice { uint32 small = 4;  string word = 5; }
 *     fixed64 wide = 6;  float single_real = 7;  Odd itself = 8;
 *   }
 *
 * `itself` is what the schema must never have: it shows that nesting is bounded all the same. */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "redress/v1/submission.pb-c.h"

struct odd {
    ProtobufCMessage base;
    size_t n_numbers;
    int32_t *numbers;
    size_t n_words;
    char **words;
    size_t n_channels;
    Redress__V1__Channel *channels;
    uint32_t choice_case;
    union {
        uint32_t small;
        char *word;
    };
    uint64_t wide;
    float single_real;
    struct odd *itself;
};

static void odd_init(ProtobufCMessage *m);

#define ODD_LIST(field, number, kind, of)                                                                              \
    {                                                                                                                  \
        .name = #field, .id = number, .label = PROTOBUF_C_LABEL_REPEATED, .type = PROTOBUF_C_TYPE_##kind,              \
        .quantifier_offset = offsetof(struct odd, n_##field), .offset = offsetof(struct odd, field), .descriptor = of  \
    }
#define ODD_CHOICE(field, number, kind)                                                                                \
    {                                                                                                                  \
        .name = #field, .id = number, .label = PROTOBUF_C_LABEL_NONE, .type = PROTOBUF_C_TYPE_##kind,                  \
        .quantifier_offset = offsetof(struct odd, choice_case), .offset = offsetof(struct odd, field),                 \
        .flags = PROTOBUF_C_FIELD_FLAG_ONEOF                                                                           \
    }
#define ODD_PLAIN(field, number, kind, of)                                                                             \
    {                                                                                                                  \
        .name = #field, .id = number, .label = PROTOBUF_C_LABEL_NONE, .type = PROTOBUF_C_TYPE_##kind,                  \
        .offset = offsetof(struct odd, field), .descriptor = of                                                        \
    }

static const ProtobufCMessageDescriptor odd_descriptor;

static const ProtobufCFieldDescriptor odd_fields[] = {
    ODD_LIST(numbers, 1, SINT32, NULL),
    ODD_LIST(words, 2, STRING, NULL),
    ODD_LIST(channels, 3, ENUM, &redress__v1__channel__descriptor),
    ODD_CHOICE(small, 4, UINT32),
    ODD_CHOICE(word, 5, STRING),
    ODD_PLAIN(wide, 6, FIXED64, NULL),
    ODD_PLAIN(single_real, 7, FLOAT, NULL),
    ODD_PLAIN(itself, 8, MESSAGE, &odd_descriptor),
};

static const unsigned odd_by_name[] = { 2, 7, 0, 6, 3, 5, 4, 1 };
static const ProtobufCIntRange odd_ranges[] = { { 1, 0 }, { 0, 8 } };

static const ProtobufCMessageDescriptor odd_descriptor = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "test.Odd",
    .short_name = "Odd",
    .c_name = "Odd",
    .package_name = "test",
    .sizeof_message = sizeof(struct odd),
    .n_fields = sizeof odd_fields / sizeof *odd_fields,
    .fields = odd_fields,
    .fields_sorted_by_name = odd_by_name,
    .n_field_ranges = 1,
    .field_ranges = odd_ranges,
    .message_init = odd_init,
};

static void odd_init(ProtobufCMessage *m)
{
    *(struct odd *)m = (struct odd){ .base = { .descriptor = &odd_descriptor } };
}
