#include "submission.h"

#include <string.h>

#include "fingerprint.h"
#include "origin.h"

/* The same when it is read again. */
static int64_t came_us(const struct submission *s)
{
    int64_t at_us = s->cause ? s->cause->kafka->timestamp_us : 0;

    return at_us > 0 ? at_us : s->received_us;
}

void submission_check(struct submission *s, struct arena *a, const struct validation *v)
{
    const Redress__V1__Submission *m = s->message;
    const struct vault_key *hash_key;

    problems_init(&s->problems, a);
    validate_submission(m, v, &s->problems, s->phone);
    s->tenant = tenants_find(v->tenants, m->tenant);
    if (!s->tenant || *s->tenant->problem)
        return;
    if (s->origin)
        origin_check(s->origin, &s->problems);
    hash_key = &s->tenant->hash_key;
    fingerprint_content(a, hash_key, m, s->content_key);
    if (s->problems.count > 0)
        return;
    fingerprint_home(a, hash_key, m, s->home_key);
    s->has_matter = s->phone[0] != '\0';
    if (s->has_matter) {
        phone_key(hash_key, s->phone, s->complainant_key);
        s->matter = fingerprint_matter(a, hash_key, s->complainant_key, s->home_key, m);
    }
    timestamp_us(m->received_at, &s->received_us);
    if (m->occurred_at)
        timestamp_us(m->occurred_at, &s->occurred_us);
    s->own_id = fingerprint_id(a, hash_key, m, came_us(s));
}

bool submission_may_repeat(const struct submission *s)
{
    return s->has_matter && !s->origin && s->tenant->duplicate_window_us > 0;
}
