/* The rule of versions: the next one is expected, a lower one is dropped, a higher one is an alarm. */
#include <criterion/criterion.h>

#include "common/runtime/complaints.h"
#include "common/runtime/private.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

struct desk {
    struct arena arena;
    struct batch batch;
    struct record record;
    Redress__V1__ComplaintEvent event;
};

static void open_desk(struct desk *d, const char *id, int64_t version)
{
    *d = (struct desk){ .batch = { .arena = &d->arena }, .record = { .message = &d->event.base } };
    arena_init(&d->arena, 0);
    redress__v1__complaint_event__init(&d->event);
    d->event.complaint_id = TEXT(id);
    d->event.tenant = TEXT("demo");
    d->event.version = version;
}

/* "": nothing was set aside. */
static const char *set_aside(const struct desk *d)
{
    return d->batch.dead_count ? d->batch.dead[0].reason : "";
}

static void expect_identity(const char *id, int64_t version, bool known, const char *reason)
{
    struct uuid found = { 0 };
    char text[UUID_TEXT_SIZE];
    struct desk d;

    open_desk(&d, id, version);
    cr_expect_eq(complaint_identify(&d.batch, &d.record, &found), known);
    cr_expect_str_eq(set_aside(&d), reason);
    uuid_format(&found, text);
    if (known)
        cr_expect_str_eq(text, id);
    arena_done(&d.arena);
}

Test(complaints, an_event_says_whose_it_is_or_is_set_aside)
{
    expect_identity("0189d0a2-0000-7000-8000-000000000001", 1, true, "");
    expect_identity("YHHY-1", 1, false, "invalid_id");
    expect_identity("", 1, false, "invalid_id");
    expect_identity("0189d0a2-0000-7000-8000-000000000001", 0, false, "invalid_version");
    expect_identity("0189d0a2-0000-7000-8000-000000000001", -3, false, "invalid_version");
}

static void expect_order(int64_t applied, int64_t came, bool next, const char *reason)
{
    struct desk d;

    open_desk(&d, "0189d0a2-0000-7000-8000-000000000001", came);
    cr_expect_eq(complaint_is_next(&d.batch, &d.record, applied), next);
    cr_expect_str_eq(set_aside(&d), reason);
    arena_done(&d.arena);
}

Test(complaints, the_next_version_is_applied_a_lower_one_dropped_a_higher_one_set_aside)
{
    expect_order(0, 1, true, "");
    expect_order(0, 2, false, "version_gap");
    expect_order(5, 6, true, "");
    expect_order(5, 5, false, "");
    expect_order(5, 1, false, "");
    expect_order(5, 7, false, "version_gap");
    expect_order(5, INT64_MAX, false, "version_gap");
}

Test(complaints, what_is_set_aside_says_what_is_missing_and_of_whom)
{
    struct desk d;

    open_desk(&d, "0189d0a2-0000-7000-8000-000000000001", 7);
    cr_assert_not(complaint_is_next(&d.batch, &d.record, 4));
    cr_assert_eq(d.batch.dead_count, 1);
    cr_expect_eq(d.batch.dead[0].record, &d.record);
    cr_expect_str_eq(d.batch.dead[0].tenant, "demo");
    cr_expect_str_eq(d.batch.dead[0].message, "version 7 came, 5 is the next: events between are missing");
    arena_done(&d.arena);
}
