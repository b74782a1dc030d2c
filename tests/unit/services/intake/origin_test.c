#include "services/intake/origin.h"

#include <criterion/criterion.h>

static struct {
    struct arena a;
    Redress__V1__Complainant who, other;
    Redress__V1__Call call;
    Redress__V1__Submission contact, m;
    struct problems problems;
    struct origin origin;
} f;

static char *text(const char *s)
{
    return arena_strdup(&f.a, s);
}

static void setup(void)
{
    arena_init(&f.a, 0);
    problems_init(&f.problems, &f.a);
    redress__v1__complainant__init(&f.who);
    redress__v1__complainant__init(&f.other);
    redress__v1__call__init(&f.call);
    redress__v1__submission__init(&f.contact);
    redress__v1__submission__init(&f.m);
    f.who.name = text("first");
    f.other.name = text("second");
    f.contact.complainant = &f.who;
    f.contact.call = &f.call;
    f.contact.unit = text("1203");
    f.origin = (struct origin){ .id = { { 1 } },
                                .number = "D-1",
                                .project_code = "YHHY",
                                .building = "3",
                                .channel = REDRESS__V1__CHANNEL__CHANNEL_HOTLINE,
                                .received_us = 5000000,
                                .contact = &f.contact };
}

static void teardown(void)
{
    arena_done(&f.a);
}

TestSuite(origin, .init = setup, .fini = teardown);

Test(origin, a_part_that_says_only_what_it_is_about_takes_everything_over)
{
    origin_take_over(&f.a, &f.origin, &f.m);
    cr_expect_eq(f.m.complainant, &f.who);
    cr_expect_str_eq(f.m.project_code, "YHHY");
    cr_expect_str_eq(f.m.building, "3");
    cr_expect_str_eq(f.m.unit, "1203");
    cr_expect_eq(f.m.channel, REDRESS__V1__CHANNEL__CHANNEL_HOTLINE);
    cr_expect_eq(f.m.call, &f.call, "a hotline complaint must name its call");
    cr_expect_eq(f.m.received_at->seconds, 5);
}

Test(origin, what_it_says_itself_stays)
{
    static Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    f.m.complainant = &f.other;
    f.m.project_code = text("JLYF");
    f.m.channel = REDRESS__V1__CHANNEL__CHANNEL_LETTER;
    f.m.received_at = &at;
    origin_take_over(&f.a, &f.origin, &f.m);
    cr_expect_eq(f.m.complainant, &f.other);
    cr_expect_str_eq(f.m.project_code, "JLYF");
    cr_expect_str_eq(f.m.building, "", "the first one's building is not a building of this project");
    cr_expect_str_eq(f.m.unit, "");
    cr_expect_eq(f.m.channel, REDRESS__V1__CHANNEL__CHANNEL_LETTER);
    cr_expect_null(f.m.call);
    cr_expect_eq(f.m.received_at, &at);
}

Test(origin, one_that_is_not_there_or_is_erased_gives_nothing_and_says_so)
{
    struct origin none = { .number = "D-9" };

    origin_take_over(&f.a, &none, &f.m);
    origin_check(&none, &f.problems);
    f.origin.contact = NULL;
    origin_take_over(&f.a, &f.origin, &f.m);
    origin_check(&f.origin, &f.problems);
    cr_expect_null(f.m.complainant);
    cr_expect_str_eq(f.m.project_code, "");
    cr_assert_eq(f.problems.count, 2);
    cr_expect_str_eq(f.problems.items[0].path, "split_from");
    cr_expect_str_eq(f.problems.items[0].code, "unknown_complaint");
    cr_expect_str_eq(f.problems.items[1].code, "erased");
}
