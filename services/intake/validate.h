/* Whether a submission can be registered (R2): every problem at once, each with path, code and a sentence. Pure.
 *
 * Codes: required, too_long, too_many, invalid_utf8, invalid_phone, invalid_email, invalid_format, out_of_range,
 * unknown_enum, unknown_tenant, unknown_project, unknown_building, in_future, too_old; and of the complaint from which
 * it was split (origin.h) unknown_complaint, erased. A value never stands in a sentence. */
#pragma once

#include "common/contact/phone.h"
#include "common/event/problem.h"
#include "redress/v1/submission.pb-c.h"
#include "tenant.h"

struct validation {
    const struct tenants *tenants; /* NULL: tenant, project and building are not looked up */
    int64_t now_us;                /* PostgreSQL's time */
    int64_t max_age_us;            /* a complaint received earlier than this before now is refused */
};

struct problems {
    struct arena *arena;
    struct field_problem *items;
    size_t count, cap;
};

void problems_init(struct problems *p, struct arena *a);
/* path and code must outlive p; the sentence is made in its arena. */
void problems_add(struct problems *p, const char *path, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds what is wrong with s. The phone in canonical form goes to phone ("" where there is none or it is wrong). */
void validate_submission(const Redress__V1__Submission *s, const struct validation *v, struct problems *out,
                         char phone[PHONE_SIZE]);

/* The time in microseconds; false if seconds or nanos are out of their ranges. */
bool timestamp_us(const Google__Protobuf__Timestamp *t, int64_t *ret_us);
