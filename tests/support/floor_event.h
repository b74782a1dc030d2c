/* The two events of a floor, with every field that the contract asks for and nothing computed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redress/v1/submission.pb-c.h"

#define FLOOR_PACKED_MAX 4096

struct floor_fact {
    Redress__V1__Submission *s;
    char *id, *number, *fake_key;
    int64_t registered_us;
};

size_t floor_pack_registered(const struct floor_fact *f, uint8_t out[FLOOR_PACKED_MAX]);
size_t floor_pack_outcome(const struct floor_fact *f, bool repeat, uint8_t out[FLOOR_PACKED_MAX]);
