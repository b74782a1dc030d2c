/* R7: a submission that was split from an earlier one, because that one spoke of two matters. It names the number that
 * the earlier one got, and what it does not say itself is taken over from there: who complains, which home, how and
 * when it was received. */
#pragma once

#include "submission.h"

/* The complaint that a submission names in split_from. */
struct origin {
    struct uuid id; /* nil: there is none */
    const char *number, *project_code, *building;
    Redress__V1__Channel channel;
    int64_t received_us;
    /* complainant, unit and call; NULL: erased, or the tenant's key does not open it */
    const Redress__V1__Submission *contact;
};

/* Fills in what m does not say. Nothing is filled in from an origin without contact. */
void origin_take_over(struct arena *a, const struct origin *o, Redress__V1__Submission *m);

/* Adds what is wrong with the origin of a submission that names one. */
void origin_check(const struct origin *o, struct problems *out);
