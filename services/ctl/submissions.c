#include "submissions.h"

#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/json.h"
#include "common/event/reference.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "recording.h"
#include "services/intake/validate.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define DAY_US         INT64_C(86400000000)

static size_t skip_space(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n'))
        i++;
    return i;
}

bool submissions_are_lines(const char *text, size_t len)
{
    bool any = false;

    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line = end ? (size_t)(end - text) - at : len - at, space = skip_space(text + at, line);

        if (space < line && text[at + space] != '{')
            return false;
        if (space < line && any && space > 0)
            return false; /* an object within an object, indented */
        any = any || space < line;
        at += line + 1;
    }
    return any;
}

/* Everything that a sender can know of is as the submission says it: only the rest is checked. */
static struct tenants *assume_tenant(const Redress__V1__Submission *s)
{
    struct tenants *set = tenants_new();
    struct vault_key none = { 0 };
    const char *why;

    if (tenant_id_is_sane(s->tenant) && tenants_add(set, s->tenant, "{seq}", 0, &none, &why) == 0)
        tenants_add_project(set, s->tenant, s->project_code);
    return set;
}

static void validate(struct arena *a, int64_t max_age_days, struct submission_doc *doc)
{
    _cleanup_(tenants_freep) struct tenants *set = assume_tenant(doc->message);
    struct validation v = { set, clock_wall_us(), max_age_days * DAY_US };
    struct problems found;
    char phone[PHONE_SIZE];

    problems_init(&found, a);
    validate_submission(doc->message, &v, &found, phone);
    doc->problems = found.items;
    doc->problem_count = found.count;
}

static struct submission_doc *add_doc(struct arena *a, struct submission_docs *docs)
{
    if (docs->count == docs->cap) {
        size_t cap = docs->cap ? 2 * docs->cap : 64;
        struct submission_doc *grown = arena_array(a, struct submission_doc, cap);
        if (docs->count)
            memcpy(grown, docs->items, docs->count * sizeof *grown);
        docs->items = grown;
        docs->cap = cap;
    }
    return &docs->items[docs->count++];
}

static int read_doc(struct arena *a, const char *text, size_t len, bool json, int64_t max_age_days,
                    struct submission_doc *doc)
{
    const struct topic *t = topic_find(TOPIC_SUBMISSIONS);
    struct field_problem *problem = arena_new(a, struct field_problem);
    ProtobufCMessage *m;
    int r;

    doc->key = "";
    if (len > t->max_record_bytes) {
        *problem = (struct field_problem){
            "", "too_large", arena_printf(a, "has %zu bytes; at most %zu are allowed", len, t->max_record_bytes)
        };
        r = 1;
    } else {
        r = json ? json_read(a, t->message, text, len, &m, problem)
                 : event_unpack(a, t->message, text, len, &m, problem);
    }
    if (r < 0)
        return r;
    if (r > 0) {
        doc->problems = problem;
        doc->problem_count = 1;
        return 0;
    }
    doc->message = (const Redress__V1__Submission *)m;
    doc->key = arena_printf(a, "%s:%s:%s", doc->message->tenant, doc->message->source, doc->message->source_event_id);
    validate(a, max_age_days, doc);
    return 0;
}

static int read_lines(struct arena *a, const char *path, struct str text, int64_t max_age_days,
                      struct submission_docs *docs)
{
    unsigned number = 0;
    int r = 0;

    for (size_t at = 0; r == 0 && at < text.len;) {
        const char *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.data) - at : text.len - at;

        number++;
        if (skip_space(text.data + at, len) < len) {
            struct submission_doc *doc = add_doc(a, docs);
            *doc = (struct submission_doc){ .file = path, .line = number };
            r = read_doc(a, text.data + at, len, true, max_age_days, doc);
        }
        at += len + 1;
    }
    return r;
}

int submissions_load(struct arena *a, const char *path, int64_t max_age_days, struct submission_docs *docs)
{
    struct submission_doc *doc;
    struct str text;
    size_t start;
    int r = file_read(a, path, FILE_BYTES_MAX, &text);

    if (r < 0)
        return r;
    if (submissions_are_lines(text.data, text.len))
        return read_lines(a, path, text, max_age_days, docs);
    start = skip_space(text.data, text.len);
    doc = add_doc(a, docs);
    *doc = (struct submission_doc){ .file = path };
    return read_doc(a, text.data, text.len, start < text.len && text.data[start] == '{', max_age_days, doc);
}
