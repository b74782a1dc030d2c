/* What staff read instead of codes. */
#pragma once

#include <protobuf-c/protobuf-c.h>

/* The Chinese word for a code ("assigned", "CHANNEL_HOTLINE"), the code itself where there is none; NULL stays NULL. */
const char *word_of(const char *code);
/* The name of an enum's value without its type's prefix, in small letters in the arena: "hotline"; "" for number 0. */
struct arena;
const char *enum_code(struct arena *a, const ProtobufCEnumDescriptor *d, int value);
/* The Chinese word for an enum's value, its code where there is none; "" for number 0. */
const char *enum_word(struct arena *a, const ProtobufCEnumDescriptor *d, int value);
