/* Policies as files: what is read, and what is refused with line and column. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "services/watchdog/policy.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(sla_policy_file, .init = set_up, .fini = tear_down);

static int load(const char *text, const struct sla_names *known, struct sla_policy *ret)
{
    return sla_policy_load_text(&arena, "p.yaml", text, strlen(text), known, ret);
}

#define HEAD                                                                                                           \
    "policy: standard\n"                        /* 1 */                                                                \
    "version: 3\n"                              /* 2 */                                                                \
    "effective_from: 2026-03-01\n"              /* 3 */                                                                \
    "name: {zh: 甲, en: A}\n"                   /* 4 */                                                                \
    "calendar: office\n"                        /* 5 */                                                                \
    "defaults:\n"                               /* 6 */                                                                \
    "  warn: [50, 80]\n"                        /* 7 */                                                                \
    "  warn_to: handler\n"                      /* 8 */                                                                \
    "  ladder: [{percent: 100, to: handler}]\n" /* 9 */                                                                \
    "clocks:\n"                                 /* 10 */
#define CLOCK                                                                                                          \
    "  - clock: first_response\n"       /* 11 */                                                                       \
    "    name: {zh: 首次, en: First}\n" /* 12 */
#define EVENTS                                                                                                         \
    "    start: received\n" /* 13 */                                                                                   \
    "    stop: contacted\n" /* 14 */

Test(sla_policy_file, everything_is_read)
{
    struct sla_policy p;
    const struct sla_clock *c;
    int r = load(HEAD CLOCK "    step: response\n    rule: R15\n    start: [received, reopened]\n"
                            "    stop: [contacted, progress_told]\n    skip: [rectified]\n    limit: 24h\n"
                            "    repeat: true\n    restart: true\n    pause: [outside_party, authority]\n"
                            "    warn: [10, 20, 99]\n    warn_to: [handler, duty]\n"
                            "    ladder:\n      - {percent: 100, to: [handler, department_head], level: reminder}\n"
                            "      - {percent: 1000, to: senior_management, level: urgent}\n"
                            "    tell_complainant: true\n    publish: false\n",
                 NULL, &p);

    cr_assert_eq(r, 0, "%s", err_text());
    cr_assert_str_eq(p.code, "standard");
    cr_assert_eq(p.version, 3);
    cr_assert_eq(p.effective_from, 20513); /* 2026-03-01 */
    cr_assert_str_eq(p.title.zh, "甲");
    cr_assert_eq(p.clock_count, 1);
    c = &p.clocks[0];
    cr_assert_str_eq(c->name, "first_response");
    cr_assert_str_eq(c->step, "response");
    cr_assert_str_eq(c->rule, "R15");
    cr_assert(c->repeats && c->restarts && !c->published && c->terms.tell_complainant);
    cr_assert(sla_clock_starts(c, SLA_RECEIVED) && sla_clock_starts(c, SLA_REOPENED) &&
              !sla_clock_starts(c, SLA_ASSIGNED));
    cr_assert(sla_clock_stops(c, SLA_CONTACTED) && sla_clock_stops(c, SLA_PROGRESS_TOLD) &&
              !sla_clock_stops(c, SLA_RECTIFIED));
    cr_assert(sla_clock_skips(c, SLA_RECTIFIED));
    cr_assert_eq(c->terms.limit.kind, SLA_LIMIT_FIXED);
    cr_assert_eq(c->terms.limit.fixed.unit, LIMIT_HOURS);
    cr_assert_eq(c->terms.limit.fixed.count, 24);
    cr_assert_str_eq(c->terms.calendar, "office");
    cr_assert_eq(c->terms.pauses, SLA_PAUSE_OUTSIDE_PARTY | SLA_PAUSE_AUTHORITY);
    cr_assert_eq(c->terms.warnings.count, 3);
    cr_assert_eq(c->terms.warnings.items[2], 99);
    cr_assert_eq(c->terms.warn_to, SLA_TO_HANDLER | SLA_TO_DUTY);
    cr_assert_eq(c->terms.ladder.count, 2);
    cr_assert_eq(c->terms.ladder.items[0].to, SLA_TO_HANDLER | SLA_TO_DEPARTMENT_HEAD);
    cr_assert_eq(c->terms.ladder.items[0].level, SLA_REMINDER);
    cr_assert_eq(c->terms.ladder.items[1].percent, 1000);
    cr_assert_eq(c->terms.ladder.items[1].level, SLA_URGENT);
}

Test(sla_policy_file, defaults_hold_where_a_clock_says_nothing)
{
    struct sla_policy p;

    cr_assert_eq(load(HEAD CLOCK EVENTS "    limit: 5wd\n", NULL, &p), 0, "%s", err_text());
    cr_assert_str_eq(p.clocks[0].step, "first_response");
    cr_assert_str_eq(p.clocks[0].rule, "");
    cr_assert(p.clocks[0].published && !p.clocks[0].repeats && !p.clocks[0].restarts);
    cr_assert_eq(p.clocks[0].terms.warnings.count, 2);
    cr_assert_eq(p.clocks[0].terms.warn_to, SLA_TO_HANDLER);
    cr_assert_eq(p.clocks[0].terms.ladder.count, 1);
    cr_assert_eq(p.clocks[0].terms.ladder.items[0].level, SLA_WARNING);
}

Test(sla_policy_file, an_agreed_date_takes_no_pauses_from_the_defaults)
{
    struct sla_policy p;

    cr_assert_eq(load("policy: a\nversion: 1\neffective_from: 2026-01-01\nname: {zh: 甲, en: A}\ncalendar: c\n"
                      "defaults: {pause: outside_party, ladder: [{percent: 100, to: duty}]}\nclocks:\n" CLOCK
                      "    start: plan_confirmed\n    stop: rectified\n    limit: plan_deadline\n",
                      NULL, &p),
                 0, "%s", err_text());
    cr_assert_eq(p.clocks[0].terms.limit.kind, SLA_LIMIT_PLAN_DEADLINE);
    cr_assert_eq(p.clocks[0].terms.pauses, 0);
}

/* One mistake each: the text, where it must be told, and words that must be in what is told. */
struct mistake {
    const char *text, *place, *words;
};

static const struct mistake mistakes[] = {
    /* events */
    { CLOCK "    start: recieved\n    stop: contacted\n    limit: 24h\n", "p.yaml:13:12:", "no such event" },
    { CLOCK "    start: received\n    stop: [contacted, phoned]\n    limit: 24h\n", "p.yaml:14:23:", "no such event" },
    { CLOCK "    start: received\n    limit: 24h\n", "p.yaml:11:5:", "found no stop" },
    { CLOCK "    stop: contacted\n    limit: 24h\n", "p.yaml:11:5:", "found no start" },
    { CLOCK "    start: []\n    stop: contacted\n    limit: 24h\n", "p.yaml:13:12:", "found 0 events" },
    { CLOCK "    start: [received, received]\n    stop: contacted\n    limit: 24h\n", "p.yaml:13:23:", "again" },
    { CLOCK "    start: closed\n    stop: contacted\n    limit: 24h\n", "p.yaml:13:12:", "after the end of a case" },
    { CLOCK "    start: paused\n    stop: contacted\n    limit: 24h\n", "p.yaml:13:12:", "starts nothing" },
    /* stops that never come */
    { CLOCK "    start: assigned\n    stop: assigned\n    limit: 2h\n", "p.yaml:14:11:", "starts this clock" },
    { CLOCK "    start: assigned\n    stop: received\n    limit: 2h\n", "p.yaml:14:11:", "first event of a case" },
    { CLOCK "    start: assigned\n    stop: registered\n    limit: 2h\n",
      "p.yaml:14:11:", "never comes after assigned" },
    { CLOCK "    start: assigned\n    stop: withdrawn\n    limit: 2h\n", "p.yaml:14:11:", "ends every clock" },
    { CLOCK "    start: assigned\n    stop: resumed\n    limit: 2h\n", "p.yaml:14:11:", "stops nothing" },
    { CLOCK EVENTS "    skip: contacted\n    limit: 24h\n", "p.yaml:15:11:", "stops this clock" },
    /* limits */
    { CLOCK EVENTS, "p.yaml:11:5:", "found no limit" },
    { CLOCK EVENTS "    limit: 0h\n", "p.yaml:15:12:", "found \"0h\"" },
    { CLOCK EVENTS "    limit: 24\n", "p.yaml:15:12:", "5wd" },
    { CLOCK EVENTS "    limit: -1d\n", "p.yaml:15:12:", "numbers from 1" },
    { CLOCK EVENTS "    limit: [24h]\n", "p.yaml:15:12:", "found a list" },
    { CLOCK EVENTS "    limit: 367d\n", "p.yaml:15:12:", "366d" },
    { CLOCK EVENTS "    limit: plan_deadline\n", "p.yaml:15:12:", "plan_proposed or plan_confirmed" },
    { CLOCK EVENTS "    limit: appointment_end\n", "p.yaml:15:12:", "appointment_agreed" },
    { CLOCK "    start: appointment_agreed\n    stop: work_order_done\n    limit: appointment_end\n"
            "    pause: [authority]\n",
      "p.yaml:16:12:", "no pause moves an agreed date" },
    { CLOCK "    start: appointment_agreed\n    stop: work_order_done\n    limit: appointment_end\n    repeat: true\n",
      "p.yaml:16:13:", "does not come again" },
    /* warnings and ladders */
    { CLOCK EVENTS "    limit: 24h\n    ladder: []\n", "p.yaml:16:13:", "found 0 steps" },
    { CLOCK EVENTS "    limit: 24h\n    ladder: [{percent: 100}]\n", "p.yaml:16:14:", "no receiver" },
    { CLOCK EVENTS "    limit: 24h\n    ladder: [{percent: 100, to: []}]\n", "p.yaml:16:33:", "no receiver" },
    { CLOCK EVENTS "    limit: 24h\n    ladder: [{percent: 100, to: boss}]\n", "p.yaml:16:33:", "senior_management" },
    { CLOCK EVENTS "    limit: 24h\n    ladder: [{to: handler}]\n", "p.yaml:16:14:", "found no percent" },
    { CLOCK EVENTS "    limit: 24h\n    ladder: [{percent: 150, to: handler}]\n", "p.yaml:16:14:", "breach itself" },
    { CLOCK EVENTS "    limit: 24h\n    ladder: [{percent: 100, to: duty}, {percent: 1001, to: duty}]\n",
      "p.yaml:16:50:", "1000" },
    { CLOCK EVENTS "    limit: 24h\n    ladder: [{percent: 100, to: duty}, {percent: 100, to: duty}]\n",
      "p.yaml:16:50:", "percents that grow" },
    { CLOCK EVENTS "    limit: 24h\n    ladder: [{percent: 100, to: duty, level: loud}]\n", "p.yaml:16:46:", "urgent" },
    { CLOCK EVENTS "    limit: 24h\n    warn: [80, 50]\n", "p.yaml:16:16:", "found 50 after 80" },
    { CLOCK EVENTS "    limit: 24h\n    warn: [0]\n", "p.yaml:16:12:", "1" },
    { CLOCK EVENTS "    limit: 24h\n    warn: [100]\n", "p.yaml:16:12:", "99" },
    { CLOCK EVENTS "    limit: 24h\n    warn_to: []\n", "p.yaml:11:5:", "warnings without a receiver" },
    { CLOCK EVENTS "    limit: 24h\n    pause: [lunch]\n", "p.yaml:16:13:", "outside_party" },
    /* names */
    { CLOCK EVENTS "    limit: 24h\n    calendar: offices\n", "p.yaml:16:15:", "is office meant?" },
    { CLOCK EVENTS "    limit: 24h\n    calendar: Office!\n", "p.yaml:16:15:", "lower-case" },
    { "  - clock: First\n    name: {zh: 首次, en: First}\n" EVENTS "    limit: 24h\n", "p.yaml:11:12:", "lower-case" },
    { "  - clock: a\n    name: {zh: 首次}\n" EVENTS "    limit: 24h\n", "p.yaml:12:11:", "en" },
    { CLOCK EVENTS "    limit: 24h\n    limits: 3\n", "p.yaml:16:5:", "limit" },
    { "  - just a text\n", "p.yaml:11:5:", "map" },
    /* overrides */
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{limit: 48h}]\n", "p.yaml:16:17:", "when" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {}, limit: 48h}]\n", "p.yaml:16:24:", "no condition" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {severity: major}}]\n", "p.yaml:16:17:", "nothing that it" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {severity: huge}, limit: 2h}]\n",
      "p.yaml:16:35:", "general" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {projects: [NONE]}, limit: 2h}]\n",
      "p.yaml:16:36:", "project" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {categories: [Repair]}, limit: 2h}]\n",
      "p.yaml:16:38:", "code of a category" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {categories: [repair.]}, limit: 2h}]\n",
      "p.yaml:16:38:", "code of a category" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {categories: [repai]}, limit: 2h}]\n",
      "p.yaml:16:38:", "is repair meant?" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {categories: [repair, fees.unclear]}, limit: 2h}]\n",
      "p.yaml:16:37:", "one level" },
    { CLOCK EVENTS "    limit: 24h\n    overrides:\n      - {when: {projects: [A, B]}, limit: 2h}\n"
                   "      - {when: {projects: [B]}, limit: 3h}\n",
      "p.yaml:18:9:", "line 17" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {severity: major}, limit: 0d}]\n", "p.yaml:16:50:", "0d" },
    { CLOCK EVENTS "    limit: 24h\n    overrides: [{when: {severity: major}, limit: plan_deadline}]\n",
      "p.yaml:16:50:", "brings the date" },
    /* one act, two promises */
    { CLOCK EVENTS "    limit: 24h\n  - clock: second\n    name: {zh: 二, en: B}\n    start: assigned\n"
                   "    stop: contacted\n    limit: 2h\n",
      "p.yaml:19:11:", "stops first_response in line 11 too" },
    { CLOCK EVENTS "    limit: 24h\n" CLOCK EVENTS "    limit: 2h\n", "p.yaml:16:12:", "line 11" },
};

Test(sla_policy_file, each_mistake_is_told_where_it_stands)
{
    static const char *const calendars[] = { "office", NULL }, *const projects[] = { "A", "B", NULL },
                             *const categories[] = { "repair", "fees.unclear", NULL };
    static const struct sla_names known = { calendars, projects, categories };

    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *m = &mistakes[i];
        char text[2048];
        struct sla_policy p;

        snprintf(text, sizeof text, HEAD "%s", m->text);
        cr_expect_eq(load(text, &known, &p), ERR_FATAL, "taken:\n%s", text);
        cr_expect(strncmp(err_text(), m->place, strlen(m->place)) == 0, "not at %s:\n%s\n%s", m->place, err_text(),
                  text);
        cr_expect(strstr(err_text(), m->words), "no \"%s\" in:\n%s", m->words, err_text());
        cr_expect(!strchr(err_text(), '\n'), "one mistake, several lines:\n%s", err_text());
    }
}

Test(sla_policy_file, mistakes_of_the_head)
{
    struct sla_policy p;
    const char *text = "policy: Standard\nversion: 0\neffective_from: tomorrow\nname: x\nclocks: []\nclock: 1\n";

    cr_assert_eq(load(text, NULL, &p), ERR_FATAL);
    cr_expect(strstr(err_text(), "p.yaml:1:9: policy:"));
    cr_expect(strstr(err_text(), "p.yaml:2:10: version:"));
    cr_expect(strstr(err_text(), "p.yaml:3:17: effective_from: found \"tomorrow\""));
    cr_expect(strstr(err_text(), "p.yaml:4:7: name:"));
    cr_expect(strstr(err_text(), "calendar: found nothing"));
    cr_expect(strstr(err_text(), "p.yaml:5:9: clocks: found none"));
    cr_expect(strstr(err_text(), "p.yaml:6:1: clock:"), "%s", err_text());
}

Test(sla_policy_file, nobody_would_hear_of_it)
{
    struct sla_policy p;

    cr_assert_eq(load("policy: a\nversion: 1\neffective_from: 2026-01-01\nname: {zh: 甲, en: A}\ncalendar: c\nclocks:\n"
                      "  - {clock: a, name: {zh: 甲, en: A}, start: received, stop: contacted, limit: 24h}\n",
                      NULL, &p),
                 ERR_FATAL);
    cr_assert(strstr(err_text(), "p.yaml:7:5: clocks[1]: found no ladder"), "%s", err_text());
}

Test(sla_policy_file, stops_may_be_shared_on_purpose_or_within_a_step)
{
    struct sla_policy p;

    cr_assert_eq(load(HEAD CLOCK EVENTS "    limit: 24h\n  - clock: second\n    name: {zh: 二, en: B}\n"
                                        "    start: assigned\n    stop: contacted\n    limit: 2h\n"
                                        "    shares_stop: [first_response]\n  - clock: third\n"
                                        "    step: first_response\n    name: {zh: 三, en: C}\n    start: received\n"
                                        "    stop: contacted\n    limit: 2wd\n",
                      NULL, &p),
                 0, "%s", err_text());
    cr_assert_eq(p.clock_count, 3);
}

Test(sla_policy_file, what_is_not_a_policy)
{
    struct sla_policy p;

    cr_assert_eq(load("", NULL, &p), ERR_FATAL);
    cr_assert_eq(load("[1, 2]\n", NULL, &p), ERR_FATAL);
    cr_assert_eq(load("clocks: {a: b}\n", NULL, &p), ERR_FATAL);
    cr_assert_eq(load("clocks: [[], {}, null]\ndefaults: []\nproject_calendars: {A: []}\n", NULL, &p), ERR_FATAL);
}

/* Every figure of docs/domain.md. */
static const struct {
    const char *rule, *clock, *limit;
    enum sla_event start, stop;
} figures[] = {
    { "R3", "registration", "24h", SLA_RECEIVED, SLA_REGISTERED },
    { "R11", "acknowledgement", "2h", SLA_ASSIGNED, SLA_ACKNOWLEDGED },
    { "R15", "first_response", "24h", SLA_RECEIVED, SLA_CONTACTED },
    { "R17", "investigation_start", "3wd", SLA_RECEIVED, SLA_INVESTIGATION_STARTED },
    { "R18", "investigation_end", "5wd", SLA_RECEIVED, SLA_INVESTIGATED },
    { "R19", "plan", "5wd", SLA_INVESTIGATED, SLA_PLAN_PROPOSED },
    { "R20", "rectification", "plan_deadline", SLA_PLAN_CONFIRMED, SLA_RECTIFIED },
    { "R21", "feedback", "3wd", SLA_RECTIFIED, SLA_FED_BACK },
    { "R23", "progress", "7d", SLA_REGISTERED, SLA_PROGRESS_TOLD },
    { "R24", "appointment", "appointment_end", SLA_APPOINTMENT_AGREED, SLA_WORK_ORDER_DONE },
};

Test(sla_policy_file, the_standard_policy_holds_every_figure)
{
    struct sla_policy p;

    cr_assert_eq(sla_policy_load_file(&arena, "deploy/policies/standard.yaml", NULL, &p), 0, "%s", err_text());
    cr_assert_eq(p.clock_count, sizeof figures / sizeof *figures);
    for (size_t i = 0; i < p.clock_count; i++) {
        const struct sla_clock *c = sla_clock_find(&p, figures[i].clock);
        char limit[LIMIT_TEXT_SIZE];

        cr_assert_not_null(c);
        sla_limit_format(c->terms.limit, limit);
        cr_expect_str_eq(c->rule, figures[i].rule);
        cr_expect_str_eq(limit, figures[i].limit);
        cr_expect(sla_clock_starts(c, figures[i].start) && sla_clock_stops(c, figures[i].stop));
        cr_expect_eq(c->terms.warnings.count, 2);
        cr_expect(c->terms.warnings.items[0] == 50 && c->terms.warnings.items[1] == 80);
        cr_expect_eq(c->terms.ladder.count, 3);
        cr_expect(c->terms.ladder.items[0].percent == 100 && c->terms.ladder.items[1].percent == 150 &&
                  c->terms.ladder.items[2].percent == 200);
        cr_expect(c->terms.ladder.items[2].to & SLA_TO_SENIOR_MANAGEMENT);
        cr_expect_eq(c->repeats, strcmp(c->name, "progress") == 0);
    }
}

Test(sla_policy_file, the_construction_policy_binds_its_categories)
{
    struct sla_policy p;
    const struct sla_clock *c;

    cr_assert_eq(sla_policy_load_file(&arena, "deploy/policies/construction.yaml", NULL, &p), 0, "%s", err_text());
    c = sla_clock_find(&p, "contact");
    cr_assert_str_eq(c->rule, "R16");
    cr_assert_str_eq(c->step, "first_response");
    cr_assert_eq(c->terms.limit.fixed.unit, LIMIT_WORKING_DAYS);
    cr_assert_eq(c->terms.limit.fixed.count, 2);
    cr_assert_str_eq(p.applies_to.categories.items[0], "construction_service");
}
