/* timeout: 240
 * Promises from a tenant's files to clocks that people can look at: policy apply, clocks show, clocks list, policy
 * explain, with the watchdog, intake, dispatch and the relay running. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/suite.h"

static struct suite *suite;
static char folder[700], output[65536];

#define CTL(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void expect(const char *const *arguments, int status)
{
    char path[700];
    FILE *f;
    int got = suite_ctl(suite, arguments);

    snprintf(path, sizeof path, "%s/ctl.out", suite_folder(suite));
    f = fopen(path, "r");
    cr_assert(f);
    output[fread(output, 1, sizeof output - 1, f)] = '\0';
    fclose(f);
    cr_assert_eq(got, status, "%s %s: status %d\n%s", arguments[0], arguments[1] ? arguments[1] : "", got, output);
}

static void has(const char *text)
{
    cr_expect(strstr(output, text), "\"%s\" is not in:\n%s", text, output);
}

static void write_file(const char *name, const char *text)
{
    char path[800];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    cr_assert(f, "%s", path);
    fputs(text, f);
    fclose(f);
}

static void write_policy(int version, const char *limit)
{
    char text[2000];

    snprintf(text, sizeof text,
             "policy: house\nversion: %d\neffective_from: 2020-01-01\nname: {zh: 承诺, en: Promise}\ncalendar: office\n"
             "defaults:\n  warn: [50]\n  warn_to: handler\n  ladder: [{percent: 100, to: handler}]\nclocks:\n"
             "  - clock: first_response\n    name: {zh: 联系, en: Contact}\n    start: received\n    stop: contacted\n"
             "    limit: %s\n",
             version, limit);
    write_file("house.yaml", text);
}

/* The demo tenant's files with a policy of our own. */
static void open_suite(const char *name)
{
    char command[2000];

    suite = suite_new(name);
    suite_execute(suite, "UPDATE journal.cursor SET epoch = journal.current_epoch()");
    suite_apply_tenant(suite);
    snprintf(command, sizeof command, "cp -r deploy %s/ && chmod -R u+w %s/deploy", suite_folder(suite),
             suite_folder(suite));
    cr_assert_eq(system(command), 0);
    snprintf(folder, sizeof folder, "%s/deploy/demo.d/tenant", suite_folder(suite));
    write_file("commitments.yaml", "calendars:\n  office: ../../calendars/cn-office.yaml\npolicies:\n  - house.yaml\n");
    write_policy(1, "24h");
}

#define RUNNING_FOR(interval)                                                                                          \
    "SELECT count(*) FROM watchdog.clock_view WHERE policy_code = 'house' AND due_at = started_at + interval "         \
    "'" interval "'"

Test(ctl_clocks, promises_are_applied_once_and_never_rewritten)
{
    open_suite("cc_apply");
    expect(CTL("policy", "apply", folder), 0);
    has("1 new calendar versions, 1 new policy versions");
    expect(CTL("policy", "apply", folder, "--output", "json"), 0);
    has("{\"tenant\":\"demo\",\"calendars\":0,\"policies\":0}");
    cr_expect_eq(suite_number(suite, "SELECT revision FROM watchdog.revision"), 1);
    write_policy(1, "12h");
    expect(CTL("policy", "apply", folder), 4);
    has("count the version up");
    cr_expect_eq(suite_number(suite, "SELECT count(*) FROM watchdog.policy"), 1);
    write_policy(2, "0h");
    expect(CTL("policy", "apply", folder), 1);
    has("nothing was changed");
    has("house.yaml:");
    cr_expect_eq(suite_number(suite, "SELECT revision FROM watchdog.revision"), 1);
    suite_free(suite);
}

Test(ctl_clocks, the_demo_tenants_own_promises_can_be_applied)
{
    open_suite("cc_demo");
    expect(CTL("policy", "apply", "deploy/demo.d/tenant"), 0);
    cr_expect_geq(suite_number(suite, "SELECT count(*) FROM watchdog.policy"), 2);
    suite_free(suite);
}

/* Starts all daemons and sends so many complaints. */
static void run_all(const char *complaints)
{
    suite_start(suite, "relay", "1", NULL);
    suite_start(suite, "intake", "1", NULL);
    suite_start(suite, "dispatch", "1", NULL);
    cr_assert(suite_wait_ready(suite, suite_start(suite, "watchdog", "1", NULL), 40));
    expect(CTL("replay", "deploy/samples/complaints.jsonl", "--limit", complaints, "--timeout", "60"), 0);
}

static size_t count_of(const char *text)
{
    size_t n = 0;

    for (const char *at = output; (at = strstr(at, text)); at++)
        n++;
    return n;
}

/* R15 by the house within 24 hours, by a contract within 30: the house's counts, until it is changed. */
Test(ctl_clocks, of_several_promises_for_one_step_the_earliest_counts_and_all_are_shown)
{
    static const struct pg_statement number = { "number", "SELECT number FROM intake.complaint_view LIMIT 1" };
    struct pg_result *r = NULL;

    open_suite("cc_step");
    write_file("commitments.yaml", "calendars:\n  office: ../../calendars/cn-office.yaml\npolicies:\n  - house.yaml\n"
                                   "  - contract.yaml\n");
    write_file(
        "contract.yaml",
        "policy: contract\nversion: 1\neffective_from: 2020-01-01\nname: {zh: 合同, en: Contract}\n"
        "calendar: office\ndefaults:\n  warn: [50]\n  warn_to: handler\n  ladder: [{percent: 100, to: handler}]\n"
        "clocks:\n  - clock: reply\n    step: first_response\n    name: {zh: 答复, en: Reply}\n"
        "    start: received\n    stop: contacted\n    limit: 30h\n");
    expect(CTL("policy", "apply", folder), 0);
    run_all("1");
    cr_assert(
        suite_wait_number(suite, "SELECT count(*) FROM watchdog.clock_view WHERE step = 'first_response'", 2, 40));
    cr_assert_eq(pg_exec_once(suite_pg(suite), &number, NULL, &r), 0);

    expect(CTL("clocks", "list", "--due-within", "300d", "--output", "jsonl"), 0);
    cr_expect_eq(count_of("\n"), 1, "%s", output);
    has("\"step\":\"first_response\",\"clock\":\"first_response\",\"workOrder\":null");
    has("\"strictest\":true");
    expect(CTL("clocks", "list", "--due-within", "300d", "--all", "--output", "jsonl"), 0);
    cr_expect_eq(count_of("\n"), 2, "%s", output);
    has("\"step\":\"first_response\",\"clock\":\"reply\"");
    has("\"strictest\":false");

    expect(CTL("clocks", "show", pg_text(r, 0, 0), "--output", "json"), 0);
    cr_expect_eq(count_of("\"strictest\":true"), 1, "%s", output);
    cr_expect_eq(count_of("\"bounces\":0,\"betweenSeconds\":"), 2, "%s", output);
    expect(CTL("policy", "explain", pg_text(r, 0, 0)), 0);
    cr_expect_eq(count_of("最早到期者为准"), 1, "%s", output);
    cr_expect_eq(count_of("以此为准 counts"), 1, "%s", output);
    has("(house v1)  ← 以此为准");
    has("部门间流转 between departments  转派 0 次");

    write_policy(2, "36h");
    expect(CTL("policy", "apply", folder, "--to-running", "contract of November"), 0);
    cr_assert(suite_wait_number(suite, "SELECT count(*) FROM watchdog.recompute", 0, 20));
    expect(CTL("policy", "explain", pg_text(r, 0, 0)), 0);
    has("(contract v1)  ← 以此为准");
    cr_expect_eq(count_of("以此为准 counts"), 1, "%s", output);

    /* as the migration leaves clocks that began before there were steps */
    suite_execute(suite, "UPDATE watchdog.clock SET step = name");
    suite_execute(suite,
                  "INSERT INTO watchdog.recompute (tenant_id, policy_code, policy_version, reason) VALUES ('demo', "
                  "'', 0, 'steps')");
    cr_assert(
        suite_wait_number(suite, "SELECT count(*) FROM watchdog.clock_view WHERE step = 'first_response'", 2, 20));
    cr_expect_eq(suite_number(suite, "SELECT count(*) FROM journal.entry WHERE type LIKE '%SlaEvent.due_changed'"), 1,
                 "the new version's, none for the step");
    pg_result_free(r);
    suite_free(suite);
}

Test(ctl_clocks, clocks_can_be_looked_at_and_moved_on_purpose)
{
    open_suite("cc_show");
    expect(CTL("policy", "apply", folder), 0);
    run_all("3");
    cr_assert(suite_wait_number(suite, "SELECT (count(*) > 0)::int::int8 FROM watchdog.clock_view", 1, 40));
    cr_assert(suite_wait_number(suite,
                                "SELECT count(*) - (SELECT count(*) FROM intake.complaint_view) FROM "
                                "watchdog.clock_view",
                                0, 20));
    cr_expect_eq(suite_number(suite, RUNNING_FOR("24 h")),
                 suite_number(suite, "SELECT count(*) FROM intake.complaint_view"));

    expect(CTL("clocks", "list", "--due-within", "300d", "--output", "jsonl"), 0);
    has("\"clock\":\"first_response\"");
    expect(CTL("clocks", "list", "--project", "NOWHERE"), 0);
    cr_expect_null(strstr(output, "first_response"));
    expect(CTL("clocks", "list", "--due-within", "soon"), 2);
    expect(CTL("clocks", "show", "NOWHERE-1"), 3);

    suite_execute(suite, "CREATE TABLE public.one AS SELECT complaint_id FROM watchdog.clock_view LIMIT 1");
    {
        struct pg_result *r = NULL;
        static const struct pg_statement one = { "one", "SELECT complaint_id::text FROM public.one" };
        char id[64];

        cr_assert_eq(pg_exec_once(suite_pg(suite), &one, NULL, &r), 0);
        snprintf(id, sizeof id, "%s", pg_text(r, 0, 0));
        pg_result_free(r);
        expect(CTL("clocks", "show", id, "--output", "json"), 0);
        has("\"policy\":\"house\"");
        has("\"policyVersion\":1");
        expect(CTL("policy", "explain", id), 0);
        has("first_response #1");
        has("━");
        expect(CTL("policy", "explain", id, "--days"), 0);
        has("24 小时");
        has("周"); /* each day has its weekday */
    }

    write_policy(2, "36h");
    expect(CTL("policy", "apply", folder), 0);
    suite_execute(suite, "SELECT pg_sleep(2)");
    cr_expect_eq(suite_number(suite, RUNNING_FOR("36 h")), 0, "running clocks keep their version");
    write_policy(3, "48h");
    expect(CTL("policy", "apply", folder, "--to-running", "contract of November"), 0);
    cr_assert(suite_wait_number(suite, "SELECT count(*) FROM watchdog.recompute", 0, 20));
    cr_expect_eq(suite_number(suite, RUNNING_FOR("48 h")),
                 suite_number(suite, "SELECT count(*) FROM intake.complaint_view"));
    cr_expect_eq(suite_number(suite, "SELECT count(*) FROM journal.entry WHERE type LIKE '%SlaEvent.due_changed'"),
                 suite_number(suite, "SELECT count(*) FROM intake.complaint_view"));
    suite_free(suite);
}
