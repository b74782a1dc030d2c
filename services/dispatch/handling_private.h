/* What handling.c (may he?) and effects.c (what follows?) share. */
#pragma once

#include "handling.h"

struct deciding {
    struct handling *h;
    struct case_state *c;
    const struct deed *deed;
    uint32_t roles; /* of the actor */
    const struct lifecycle_row *row;
    struct work_order *order; /* that the command names; NULL: none, or there is no such one */
};

/* effects.c: changes the case and tells. 0, or < 0. */
int effects_of(struct deciding *d);

/* The message of a command's type; NULL for what the system does without one. */
#define FIELDS(type, d) ((const Redress__V1__##type *)(d)->deed->fields)
