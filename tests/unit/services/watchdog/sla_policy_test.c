/* Which promises hold for a case, when they are due, and what changes between two versions. */
#include <criterion/criterion.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "common/base/error.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "services/watchdog/policy.h"
#include "tests/support/calendars.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(sla_policy, .init = set_up, .fini = tear_down);

#define HEAD(code, version, from)                                                                                      \
    "policy: " code "\nversion: " version "\neffective_from: " from "\nname: {zh: 甲, en: A}\ncalendar: office\n"
#define DEFAULTS                                                                                                       \
    "defaults: {pause: [outside_party], warn: [50], warn_to: handler, ladder: [{percent: 100, to: duty}]}\n"

static struct sla_policy policy(const char *text)
{
    struct sla_policy p;

    cr_assert_eq(sla_policy_load_text(&arena, "p.yaml", text, strlen(text), NULL, &p), 0, "%s", err_text());
    return p;
}

static struct sla_book shipped(void)
{
    struct sla_book b = { "demo", arena_array(&arena, struct sla_policy, 2), 2 };

    cr_assert_eq(sla_policy_load_file(&arena, "deploy/policies/standard.yaml", NULL, &b.policies[0]), 0);
    cr_assert_eq(sla_policy_load_file(&arena, "deploy/policies/construction.yaml", NULL, &b.policies[1]), 0);
    cr_assert_eq(sla_book_sort(&arena, &b), 0, "%s", err_text());
    return b;
}

static int32_t day(const char *date)
{
    int32_t d;

    cr_assert(calendar_date_parse(date, strlen(date), &d));
    return d;
}

static const char *limit_text(struct sla_limit l)
{
    static char text[LIMIT_TEXT_SIZE];

    sla_limit_format(l, text);
    return text;
}

/* "policy.clock limit; ..." */
static const char *started(const struct sla_book *b, struct sla_facts f, enum sla_event e, const char *date)
{
    struct sla_bounds all = sla_resolve(&arena, b, &f, e, day(date));
    struct strbuf s;

    strbuf_init(&s, &arena);
    strbuf_adds(&s, "");
    for (size_t i = 0; i < all.count; i++)
        strbuf_printf(&s, "%s%s.%s %s", i ? "; " : "", all.items[i].policy->code, all.items[i].clock->name,
                      limit_text(all.items[i].terms.limit));
    return s.data;
}

/* ---- the words ---- */

/* Events at which no clock can start or stop. */
static const char *const no_matter[] = { "recused",
                                         "contact_attempted",
                                         "meeting_held",
                                         "rectification_started",
                                         "reminded",
                                         "archived",
                                         "absorbed",
                                         "party_chased",
                                         "noted",
                                         "deescalated",
                                         "inspection_arranged",
                                         "recurred",
                                         "work_order_quoted",
                                         "work_order_dispatched",
                                         "work_order_signed",
                                         "surveyed",
                                         "legal_hold_set",
                                         "legal_hold_lifted",
                                         "erased" };

/* Every event that is published has its place in the table or is none for a clock, and the table names no other. */
Test(sla_policy, the_table_knows_every_event_that_is_published)
{
    const ProtobufCMessageDescriptor *d = &redress__v1__complaint_event__descriptor;

    for (unsigned i = 0; i < d->n_fields; i++) {
        bool known = false;

        if (!(d->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
            continue;
        for (int e = 0; e < SLA_EVENT_COUNT; e++)
            known = known || strcmp(sla_events[e].member, d->fields[i].name) == 0;
        for (size_t k = 0; k < sizeof no_matter / sizeof *no_matter; k++)
            known = known != (strcmp(no_matter[k], d->fields[i].name) == 0);
        cr_expect(known, "ComplaintEvent.%s is not in SLA_EVENTS", d->fields[i].name);
    }
    for (int e = 0; e < SLA_EVENT_COUNT; e++)
        cr_expect(protobuf_c_message_descriptor_get_field_by_name(d, sla_events[e].member),
                  "SLA_EVENTS names ComplaintEvent.%s, which is not there", sla_events[e].member);
}

/* Tables keep these numbers. */
Test(sla_policy, the_numbers_of_events_stay)
{
    cr_assert_eq(SLA_RECEIVED, 0);
    cr_assert_eq(SLA_CONTACTED, 6);
    cr_assert_eq(SLA_WORK_ORDER_DONE, 18);
    cr_assert_eq(SLA_REOPENED, 24);
    cr_assert_eq(sla_event_find("fed_back"), SLA_FED_BACK);
    cr_assert_eq(sla_event_find("fed"), SLA_EVENT_COUNT);
    cr_assert(sla_events[SLA_CLOSED].ends_case && sla_events[SLA_WITHDRAWN].ends_case &&
              sla_events[SLA_MERGED].ends_case && !sla_events[SLA_REOPENED].ends_case);
}

Test(sla_policy, severity_and_complexity_are_those_of_the_events)
{
    cr_assert_eq((int)SLA_GENERAL, REDRESS__V1__SEVERITY__SEVERITY_GENERAL);
    cr_assert_eq((int)SLA_MAJOR, REDRESS__V1__SEVERITY__SEVERITY_MAJOR);
    cr_assert_eq((int)SLA_SIMPLE, REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE);
    cr_assert_eq((int)SLA_COMPLEX, REDRESS__V1__COMPLEXITY__COMPLEXITY_COMPLEX);
}

Test(sla_policy, names_stand_at_their_bits)
{
    cr_assert_eq(sla_bit_find(sla_pauses, "outside_party"), SLA_PAUSE_OUTSIDE_PARTY);
    cr_assert_eq(sla_bit_find(sla_pauses, "force_majeure"), SLA_PAUSE_FORCE_MAJEURE);
    cr_assert_eq(sla_bit_find(sla_receivers, "senior_management"), SLA_TO_SENIOR_MANAGEMENT);
    cr_assert_eq(sla_bit_find(sla_receivers, "duty"), SLA_TO_DUTY);
    cr_assert_eq(sla_bit_find(sla_receivers, ""), 0);
    cr_assert_str_eq(sla_levels[SLA_URGENT].name, "urgent");
}

/* ---- what starts ---- */

Test(sla_policy, what_receipt_starts)
{
    struct sla_book b = shipped();

    cr_assert_str_eq(started(&b, (struct sla_facts){ "P", "fees.unclear_charge", SLA_GENERAL, SLA_SIMPLE },
                             SLA_RECEIVED, "2026-03-01"),
                     "standard.registration 24h; standard.first_response 24h; standard.investigation_start 3wd; "
                     "standard.investigation_end 5wd");
    cr_assert_str_eq(started(&b, (struct sla_facts){ "P", "", 0, 0 }, SLA_ASSIGNED, "2026-03-01"),
                     "standard.acknowledgement 2h");
    cr_assert_str_eq(started(&b, (struct sla_facts){ "P", "", 0, 0 }, SLA_PAUSED, "2026-03-01"), "");
}

Test(sla_policy, complex_cases_have_48_hours)
{
    struct sla_book b = shipped();
    struct sla_facts f = { "P", "", SLA_ANY_SEVERITY, SLA_ANY_COMPLEXITY };
    struct sla_bound bound;
    const struct sla_policy *p = sla_policy_at(&b, "standard", day("2026-03-01"));
    const struct sla_clock *c = sla_clock_find(p, "first_response");

    cr_assert(sla_bind(p, c, &f, &bound));
    cr_assert_str_eq(limit_text(bound.terms.limit), "24h"); /* not known yet */
    cr_assert_null(bound.limit_from);
    f.complexity = SLA_COMPLEX;
    cr_assert(sla_bind(p, c, &f, &bound));
    cr_assert_str_eq(limit_text(bound.terms.limit), "48h");
    cr_assert_eq(bound.limit_from, &c->overrides[0]);
}

Test(sla_policy, several_policies_bind_one_step_and_stand_together)
{
    struct sla_book b = shipped();

    cr_assert_str_eq(started(&b, (struct sla_facts){ "P", "construction_service.quality", SLA_GENERAL, SLA_COMPLEX },
                             SLA_RECEIVED, "2026-03-01"),
                     "construction.contact 2wd; standard.first_response 48h; standard.registration 24h; "
                     "standard.investigation_start 3wd; standard.investigation_end 5wd");
}

Test(sla_policy, nothing_is_promised_before_the_first_version)
{
    struct sla_book b = shipped();

    cr_assert_str_eq(started(&b, (struct sla_facts){ "P", "", 0, 0 }, SLA_RECEIVED, "2025-12-31"), "");
    cr_assert_null(sla_policy_at(&b, "standard", day("2025-12-31")));
    cr_assert_null(sla_policy_at(&b, "none", day("2026-12-31")));
}

#define ONE(limit)                                                                                                     \
    "clocks:\n  - {clock: a, name: {zh: 甲, en: A}, start: received, stop: contacted, limit: " limit "}\n"

Test(sla_policy, each_date_has_its_version)
{
    struct sla_policy versions[] = { policy(HEAD("s", "3", "2026-07-01") DEFAULTS ONE("3h")),
                                     policy(HEAD("s", "1", "2026-01-01") DEFAULTS ONE("1h")),
                                     policy(HEAD("s", "2", "2026-07-01") DEFAULTS ONE("2h")) };
    struct sla_book b = { "t", versions, 3 };

    cr_assert_eq(sla_book_sort(&arena, &b), 0, "%s", err_text());
    cr_assert_eq(sla_policy_at(&b, "s", day("2026-01-01"))->version, 1);
    cr_assert_eq(sla_policy_at(&b, "s", day("2026-06-30"))->version, 1);
    cr_assert_eq(sla_policy_at(&b, "s", day("2026-07-01"))->version, 3); /* a correction of 2 */
    cr_assert_eq(sla_policy_version(&b, "s", 2)->version, 2);
    cr_assert_null(sla_policy_version(&b, "s", 4));
    cr_assert_str_eq(started(&b, (struct sla_facts){ "P", "", 0, 0 }, SLA_RECEIVED, "2026-06-30"), "s.a 1h");
    cr_assert_str_eq(started(&b, (struct sla_facts){ "P", "", 0, 0 }, SLA_RECEIVED, "2026-07-01"), "s.a 3h");
}

Test(sla_policy, a_book_refuses_what_does_not_go_together)
{
    struct sla_policy twice[] = { policy(HEAD("s", "1", "2026-01-01") DEFAULTS ONE("1h")),
                                  policy(HEAD("s", "1", "2026-02-01") DEFAULTS ONE("2h")) };
    struct sla_policy earlier[] = { policy(HEAD("s", "1", "2026-02-01") DEFAULTS ONE("1h")),
                                    policy(HEAD("s", "2", "2026-01-31") DEFAULTS ONE("2h")) };
    struct sla_policy same_act[] = { policy(HEAD("s", "1", "2026-01-01") DEFAULTS ONE("1h")),
                                     policy(HEAD("t", "1", "2026-01-01") DEFAULTS
                                            "clocks:\n  - {clock: b, name: {zh: 甲, en: A}, start: assigned, "
                                            "stop: contacted, limit: 2h}\n") };
    struct sla_book b = { "t", twice, 2 };

    cr_assert_eq(sla_book_sort(&arena, &b), ERR_FATAL);
    cr_assert(strstr(err_text(), "version: found 1 of policy s"), "%s", err_text());
    b.policies = earlier;
    cr_assert_eq(sla_book_sort(&arena, &b), ERR_FATAL);
    cr_assert(strstr(err_text(), "effective_from"), "%s", err_text());
    b.policies = same_act;
    cr_assert_eq(sla_book_sort(&arena, &b), ERR_FATAL);
    cr_assert(strstr(err_text(), "found stop contacted, which stops a of policy s too"), "%s", err_text());
}

/* ---- overrides ---- */

static const char overrides[] =
    HEAD("s", "1", "2026-01-01") "project_calendars: {SZ: south}\n" DEFAULTS "clocks:\n"
                                 "  - clock: a\n"
                                 "    name: {zh: 甲, en: A}\n"
                                 "    start: received\n"
                                 "    stop: contacted\n"
                                 "    limit: 24h\n"
                                 "    overrides:\n"
                                 "      - {when: {projects: [A, B]}, limit: 12h, calendar: hotline}\n"
                                 "      - {when: {complexity: complex}, limit: 48h, tell_complainant: true}\n"
                                 "      - {when: {categories: [repair]}, limit: 10h}\n"
                                 "      - {when: {categories: [repair.equipment]}, limit: 4h, warn: [10, 20]}\n"
                                 "      - {when: {severity: major}, limit: 2h, ladder: [{percent: 100, to: "
                                 "senior_management, level: urgent}]}\n"
                                 "      - {when: {projects: [C], categories: [fees]}, off: true}\n"
                                 "      - {when: {projects: [C], categories: [fees.charge]}, off: false, limit: 9h}\n";

static const char *bound_limit(struct sla_facts f)
{
    struct sla_policy p = policy(overrides);
    struct sla_bound b;

    return sla_bind(&p, &p.clocks[0], &f, &b) ? limit_text(b.terms.limit) : "nothing";
}

Test(sla_policy, the_more_specific_override_counts)
{
    cr_expect_str_eq(bound_limit((struct sla_facts){ "Z", "sales", SLA_GENERAL, SLA_SIMPLE }), "24h");
    cr_expect_str_eq(bound_limit((struct sla_facts){ "Z", "sales", SLA_GENERAL, SLA_COMPLEX }), "48h");
    cr_expect_str_eq(bound_limit((struct sla_facts){ "Z", "sales", SLA_MAJOR, SLA_COMPLEX }), "2h");
    cr_expect_str_eq(bound_limit((struct sla_facts){ "Z", "repair", SLA_MAJOR, SLA_COMPLEX }), "10h");
    cr_expect_str_eq(bound_limit((struct sla_facts){ "Z", "repair.public_area", SLA_ANY_SEVERITY, 0 }), "10h");
    cr_expect_str_eq(bound_limit((struct sla_facts){ "Z", "repairs", SLA_GENERAL, SLA_SIMPLE }), "24h");
    cr_expect_str_eq(bound_limit((struct sla_facts){ "Z", "repair.equipment", SLA_GENERAL, SLA_SIMPLE }), "4h");
    cr_expect_str_eq(bound_limit((struct sla_facts){ "B", "repair.equipment", SLA_MAJOR, SLA_COMPLEX }), "12h");
    cr_expect_str_eq(bound_limit((struct sla_facts){ "C", "fees.other", SLA_GENERAL, SLA_SIMPLE }), "nothing");
    cr_expect_str_eq(bound_limit((struct sla_facts){ "C", "fees.charge", SLA_GENERAL, SLA_SIMPLE }), "9h");
}

Test(sla_policy, each_override_changes_only_what_it_names)
{
    struct sla_policy p = policy(overrides);
    struct sla_facts f = { "A", "repair.equipment", SLA_MAJOR, SLA_COMPLEX };
    struct sla_bound b;

    cr_assert(sla_bind(&p, &p.clocks[0], &f, &b));
    cr_expect_str_eq(limit_text(b.terms.limit), "12h");
    cr_expect_eq(b.limit_from->line, 15);
    cr_expect_str_eq(b.terms.calendar, "hotline");
    cr_expect_eq(b.terms.warnings.count, 2);
    cr_expect_eq(b.terms.ladder.items[0].to, SLA_TO_SENIOR_MANAGEMENT);
    cr_expect(b.terms.tell_complainant);
    cr_expect_eq(b.terms.pauses, SLA_PAUSE_OUTSIDE_PARTY);
}

Test(sla_policy, the_calendar_of_the_project)
{
    struct sla_policy p = policy(overrides);
    struct sla_bound b;

    cr_assert(sla_bind(&p, &p.clocks[0], &(struct sla_facts){ "SZ", "", 0, 0 }, &b));
    cr_expect_str_eq(b.terms.calendar, "south");
    cr_assert(sla_bind(&p, &p.clocks[0], &(struct sla_facts){ "Z", "", 0, 0 }, &b));
    cr_expect_str_eq(b.terms.calendar, "office");
}

Test(sla_policy, an_override_to_an_agreed_date_takes_the_pauses_away)
{
    struct sla_policy p =
        policy(HEAD("s", "1", "2026-01-01") DEFAULTS
               "clocks:\n  - {clock: a, name: {zh: 甲, en: A}, start: plan_confirmed, stop: rectified, "
               "limit: 5wd, overrides: [{when: {severity: major}, limit: plan_deadline}]}\n");
    struct sla_bound b;

    cr_assert(sla_bind(&p, &p.clocks[0], &(struct sla_facts){ "Z", "", SLA_GENERAL, 0 }, &b));
    cr_expect_eq(b.terms.pauses, SLA_PAUSE_OUTSIDE_PARTY);
    cr_assert(sla_bind(&p, &p.clocks[0], &(struct sla_facts){ "Z", "", SLA_MAJOR, 0 }, &b));
    cr_expect_eq(b.terms.pauses, 0);
}

/* ---- when ---- */

static struct sla_run run_of(const struct calendar *c, const char *limit, const char *from)
{
    struct sla_run r = { .calendar = c, .start_us = instant(c, from) };

    r.terms.limit = (struct sla_limit){ SLA_LIMIT_FIXED, limit_of(limit) };
    return r;
}

Test(sla_policy, the_earliest_counts_and_a_pause_may_change_which)
{
    const struct calendar *c = calendar_of_file(&arena, "deploy/calendars/cn-office.yaml", 2026, 2026);
    struct sla_run hours = run_of(c, "48h", "2026-09-16T10:00"), days = run_of(c, "2wd", "2026-09-16T10:00");
    struct pause pause = { instant(c, "2026-09-16T11:00"), instant(c, "2026-09-17T11:00") };
    int64_t due[2];

    cr_assert_eq(sla_due(&hours, &due[0]), CLOCK_REACHED);
    cr_assert_eq(sla_due(&days, &due[1]), CLOCK_REACHED);
    cr_expect_eq(due[0], instant(c, "2026-09-18T10:00"));
    cr_expect_eq(due[1], instant(c, "2026-09-18T17:30"));
    cr_expect_eq(sla_strictest(due, 2), 0);
    hours.pauses = &pause; /* the regulation pauses, the contract does not */
    hours.pause_count = 1;
    cr_assert_eq(sla_due(&hours, &due[0]), CLOCK_REACHED);
    cr_expect_eq(due[0], instant(c, "2026-09-19T10:00"));
    cr_expect_eq(sla_strictest(due, 2), 1);
    cr_expect_eq(sla_strictest((int64_t[]){ CLOCK_NEVER, 5, 5 }, 3), 1);
    cr_expect_eq(sla_strictest((int64_t[]){ CLOCK_NEVER, CLOCK_NEVER }, 2), 0);
}

Test(sla_policy, an_agreed_date_is_its_own_due_instant)
{
    const struct calendar *c = calendar_of_file(&arena, "deploy/calendars/cn-office.yaml", 2026, 2026);
    struct pause pause = { instant(c, "2026-09-16T11:00"), CLOCK_NEVER };
    struct sla_run r = run_of(c, "1h", "2026-09-16T10:00");
    int64_t due, at;

    r.terms.limit = (struct sla_limit){ .kind = SLA_LIMIT_APPOINTMENT_END };
    r.agreed_us = instant(c, "2026-09-20T10:00"); /* a Sunday */
    r.pauses = &pause;
    r.pause_count = 1;
    cr_assert_eq(sla_due(&r, &due), CLOCK_REACHED);
    cr_expect_eq(due, r.agreed_us);
    cr_assert_eq(sla_point(&r, due, 50, &at), CLOCK_REACHED);
    cr_expect_eq(at, instant(c, "2026-09-18T10:00"));
    cr_assert_eq(sla_point(&r, due, 100, &at), CLOCK_REACHED);
    cr_expect_eq(at, due);
    cr_assert_eq(sla_point(&r, due, 150, &at), CLOCK_REACHED);
    cr_expect_eq(at, instant(c, "2026-09-22T10:00"));
    r.agreed_us = r.start_us - 1; /* agreed for the past: due at once, and so is all else */
    cr_assert_eq(sla_due(&r, &due), CLOCK_REACHED);
    cr_assert_eq(sla_point(&r, due, 50, &at), CLOCK_REACHED);
    cr_expect_eq(at, due);
    r.agreed_us = INT64_MAX;
    cr_expect_eq(sla_due(&r, &due), CLOCK_OUTSIDE);
}

/* ---- differences ---- */

static const char *difference(const char *before, const char *after)
{
    struct sla_policy x = policy(before), y = policy(after);
    struct sla_change *changes;
    size_t n = sla_diff(&arena, &x, &y, &changes);
    struct strbuf s;

    strbuf_init(&s, &arena);
    strbuf_adds(&s, "");
    for (size_t i = 0; i < n; i++)
        strbuf_printf(&s, "%s|%s|%s|%s|%s\n", changes[i].clock ? changes[i].clock : "-", changes[i].what,
                      changes[i].whom, changes[i].before, changes[i].after);
    return s.data;
}

#define CLOCK(limit, rest)                                                                                             \
    "clocks:\n  - {clock: a, name: {zh: 甲, en: A}, start: received, stop: contacted, limit: " limit rest "}\n"

Test(sla_policy, no_difference)
{
    cr_assert_str_eq(difference(overrides, overrides), "");
}

Test(sla_policy, a_limit_for_all_and_one_for_some)
{
    cr_expect_str_eq(difference(HEAD("s", "1", "2026-01-01") DEFAULTS CLOCK("24h", ""),
                                HEAD("s", "2", "2026-02-01") DEFAULTS CLOCK("12h", "")),
                     "a|limit|all cases|24h|12h\n");
    cr_expect_str_eq(difference(HEAD("s", "1", "2026-01-01") DEFAULTS CLOCK("24h", ""),
                                HEAD("s", "2", "2026-02-01")
                                    DEFAULTS CLOCK("24h", ", overrides: [{when: {projects: [A, B]}, limit: 6h}]")),
                     "a|limit|projects A, B|24h|6h\n");
    /* Who had more time has as much as all others now. */
    cr_expect_str_eq(difference(HEAD("s", "1", "2026-01-01")
                                    DEFAULTS CLOCK("24h", ", overrides: [{when: {complexity: complex}, limit: 48h}]"),
                                HEAD("s", "2", "2026-02-01") DEFAULTS CLOCK("12h", "")),
                     "a|limit|all other cases|24h|12h\na|limit|complexity complex|48h|12h\n");
    /* Unchanged for those with their own limit. */
    cr_expect_str_eq(difference(HEAD("s", "1", "2026-01-01")
                                    DEFAULTS CLOCK("24h", ", overrides: [{when: {severity: major}, limit: 2h}]"),
                                HEAD("s", "2", "2026-02-01")
                                    DEFAULTS CLOCK("12h", ", overrides: [{when: {severity: major}, limit: 2h}]")),
                     "a|limit|all other cases|24h|12h\n");
}

Test(sla_policy, everything_else_that_may_differ)
{
    cr_expect_str_eq(
        difference(HEAD("s", "1", "2026-01-01") DEFAULTS CLOCK("24h", ""),
                   "policy: s\nversion: 2\neffective_from: 2026-01-01\nname: {zh: 乙, en: B}\ncalendar: late\n"
                   "project_calendars: {SZ: south}\napplies_to: {categories: [fees], severity: major}\n"
                   "defaults: {ladder: [{percent: 100, to: [handler, duty], level: urgent}]}\n"
                   "clocks:\n  - {clock: a, name: {zh: 甲, en: A}, start: [received, reopened], stop: progress_told, "
                   "limit: 24h, repeat: true, tell_complainant: true, publish: false}\n"
                   "  - {clock: b, name: {zh: 甲, en: A}, start: assigned, stop: acknowledged, limit: 2wh}\n"),
        "-|name|all cases|甲 / A|乙 / B\n"
        "-|applies_to|all cases|all cases|category fees; severity major\n"
        "-|calendar|all other cases|office|late\n"
        "-|calendar|project SZ|office|south\n"
        "a|start|all cases|received|received, reopened\n"
        "a|stop|all cases|contacted|progress_told\n"
        "a|repeat|all cases|no|yes\n"
        "a|publish|all cases|yes|no\n"
        "a|pause|all cases|outside_party|\n"
        "a|warn|all cases|50%|\n"
        "a|warn_to|all cases|handler|\n"
        "a|ladder|all cases|100%: duty (warning)|100%: handler, duty (urgent)\n"
        "a|tell_complainant|all cases|no|yes\n"
        "b|clock|all cases||2wh, from assigned to acknowledged\n");
    cr_expect_str_eq(difference(overrides, HEAD("s", "2", "2026-01-01") "project_calendars: {SZ: south}\n" DEFAULTS
                                                                        "clocks:\n  - {clock: b, name: {zh: 甲, en: "
                                                                        "A}, start: received, stop: contacted, "
                                                                        "limit: 24h}\n"),
                     "b|clock|all cases||24h, from received to contacted\n"
                     "a|clock|all cases|24h, from received to contacted|\n");
}
