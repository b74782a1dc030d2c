/* Times of the contract, and those we reckon with: microseconds since 1970. */
#pragma once

#include <google/protobuf/timestamp.pb-c.h>
#include <stdint.h>

#include "common/base/arena.h"

/* 0 where there is none. Seconds and nanos must be in their ranges: what comes from outside is checked before. */
int64_t timestamp_read(const Google__Protobuf__Timestamp *t);
Google__Protobuf__Timestamp timestamp_of(int64_t at_us);
/* The same in the arena. */
Google__Protobuf__Timestamp *timestamp_new(struct arena *a, int64_t at_us);
