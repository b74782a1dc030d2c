/* The watchdog's events as a floor tells them: every field that the contract asks for, the terms from a table of
 * constants. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FLOOR_SLA_MAX 1024

/* What is told of one clock. */
struct floor_told {
    char *tenant, *complaint, *number, *project, *clock;
    int cycle;
    int64_t now_us, started_us, due_us;
    int percent; /* of a point: below 100 a warning, 100 the breach, above a step of the ladder */
    int64_t at_us;
};

/* Each returns the packed length and sets the event's ce_type. */
size_t floor_pack_point(const struct floor_told *t, const char **ret_type, uint8_t out[FLOOR_SLA_MAX]);
size_t floor_pack_started(const struct floor_told *t, const char **ret_type, uint8_t out[FLOOR_SLA_MAX]);
size_t floor_pack_met(const struct floor_told *t, const char **ret_type, uint8_t out[FLOOR_SLA_MAX]);
size_t floor_pack_ended(const struct floor_told *t, const char **ret_type, uint8_t out[FLOOR_SLA_MAX]);
