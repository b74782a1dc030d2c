#include "likely.h"

#include <uthash.h>

/* The submissions of one matter, newest first. */
struct matter {
    int64_t key;
    struct link {
        struct submission *submission;
        struct link *next;
    } * links;
    UT_hash_handle hh;
};

static bool is_within(const struct submission *s, const struct submission *other)
{
    int64_t apart = s->received_us - other->received_us;

    return s->tenant == other->tenant && (apart < 0 ? -apart : apart) <= s->tenant->duplicate_window_us;
}

static void match(struct submission *s, const struct link *links)
{
    for (const struct link *l = links; l; l = l->next) {
        const struct submission *best = s->likely_here;
        bool beats_tables = uuid_is_nil(&s->likely_id) || l->submission->received_us < s->likely_received_us;

        if (is_within(s, l->submission) && beats_tables && (!best || l->submission->received_us <= best->received_us))
            s->likely_here = l->submission;
    }
}

void likely_match_batch(struct arena *a, struct submission **items, size_t count)
{
    struct matter *matters = NULL;

    for (size_t i = 0; i < count; i++) {
        struct submission *s = items[i];
        struct matter *m;
        struct link *l;

        if (!submission_may_repeat(s))
            continue;
        HASH_FIND(hh, matters, &s->matter, sizeof s->matter, m);
        if (!m) {
            m = arena_new(a, struct matter);
            m->key = s->matter;
            HASH_ADD(hh, matters, key, sizeof m->key, m);
        }
        match(s, m->links);
        l = arena_new(a, struct link);
        *l = (struct link){ s, m->links };
        m->links = l;
    }
    HASH_CLEAR(hh, matters);
}
