/* timeout: 300
 * redressctl against real servers: schemas, topics and tenants are made once, and the second time nothing changes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/contact/phone.h"
#include "common/kafka/admin.h"
#include "common/vault/vault.h"
#include "services/ctl/tenant_file.h"
#include "services/dispatch/tenant.h"
#include "tests/support/suite.h"

#define TIMEOUT_MS 20000

static struct suite *suite;
static char output[65536];

static const char *read_file(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "r");

    cr_assert(f, "%s", path);
    out[fread(out, 1, size - 1, f)] = '\0';
    fclose(f);
    return out;
}

/* The exit status; what was printed is in `output`. */
#define CTL(...) ctl((const char *const[]){ __VA_ARGS__, NULL })

static int ctl(const char *const *arguments)
{
    char path[600];
    int status = suite_ctl(suite, arguments);

    snprintf(path, sizeof path, "%s/ctl.out", suite_folder(suite));
    read_file(path, output, sizeof output);
    return status;
}

static void expect(int status, int wanted)
{
    cr_assert_eq(status, wanted, "status %d instead of %d:\n%s", status, wanted, output);
}

static void has(const char *text)
{
    cr_assert(strstr(output, text), "wanted: %s\nfound: %s", text, output);
}

/* A copy of a file with one text replaced everywhere, in the suite's folder. */
static const char *changed_copy(const char *from_path, const char *name, const char *from, const char *to)
{
    static char path[700];
    static char text[400000];
    FILE *f;

    read_file(from_path, text, sizeof text);
    cr_assert(strstr(text, from), "%s is not in %s", from, from_path);
    snprintf(path, sizeof path, "%s/%s", suite_folder(suite), name);
    f = fopen(path, "w");
    cr_assert(f);
    for (const char *at = text, *next; *at; at = next) {
        next = strstr(at, from);
        if (next) {
            fprintf(f, "%.*s%s", (int)(next - at), at, to);
            next += strlen(from);
        } else {
            fputs(at, f);
            next = at + strlen(at);
        }
    }
    fclose(f);
    return path;
}

static void start(void)
{
    suite = suite_new("ctl");
}

static void stop(void)
{
    suite_free(suite);
}

TestSuite(ctl, .init = start, .fini = stop, .timeout = 120);

/* ---- schemas ---- */

Test(ctl, schemas_are_migrated_once)
{
    expect(CTL("db", "migrate", "--output", "json"), 0);
    cr_assert_str_eq(output, "[]\n");
    expect(CTL("db", "status"), 0);
    has("dispatch.runtime");
    suite_execute(suite, "DELETE FROM redress.migration WHERE service = 'dispatch' AND version > 1");
    expect(CTL("db", "status", "--output", "jsonl"), 1);
    has("\"service\":\"dispatch\",\"version\":2");
    has("\"state\":\"missing\",\"appliedAt\":null");
    has("missing: run redressctl db migrate");
}

Test(ctl, a_database_that_was_never_migrated)
{
    suite_execute(suite, "DROP SCHEMA redress CASCADE");
    expect(CTL("db", "status"), 1);
    has("missing");
    suite_execute(suite, "DROP SCHEMA intake CASCADE");
    expect(CTL("tenant", "show"), 1);
    has("redressctl db migrate makes the schemas");
}

Test(ctl, servers_that_do_not_answer)
{
    setenv("REDRESS_PG", "postgresql://postgres@127.0.0.1:1/none", 1);
    setenv("REDRESS_KAFKA", "127.0.0.1:1", 1);
    expect(CTL("db", "status"), 5);
    expect(CTL("topics", "check"), 5);
}

/* ---- topics ---- */

static int describe(const char *topic, struct arena *a, struct kafka_topic *ret)
{
    struct kafka_options o = suite_kafka(suite);
    struct kafka_admin *k;
    int r;

    cr_assert_eq(kafka_admin_new(&o, TIMEOUT_MS, &k), 0, "%s", err_text());
    r = kafka_admin_describe(k, a, topic, ret);
    cr_assert_geq(r, 0, "%s", err_text());
    kafka_admin_free(k);
    return r;
}

static const char *setting(const struct kafka_topic *t, const char *name)
{
    for (size_t i = 0; i < t->setting_count; i++)
        if (strcmp(t->settings[i].name, name) == 0)
            return t->settings[i].value;
    return "";
}

Test(ctl, topics_are_made_once)
{
    struct kafka_topic t;
    struct arena a;

    expect(CTL("topics", "apply"), 0);
    has(" topics are as they shall be");
    expect(CTL("topics", "check", "--output", "json"), 0);
    cr_assert_str_eq(output, "[]\n");
    arena_init(&a, 0);
    cr_assert_eq(describe("redress.submissions.v1", &a, &t), 0);
    cr_assert_eq(t.partitions, 4);
    cr_assert_str_eq(setting(&t, "max.message.bytes"), "16777216");
    cr_assert_eq(describe("redress.no-such.v1", &a, &t), 1);
    arena_done(&a);
}

/* A setting that differs is put right, and one that the file does not name stays. */
Test(ctl, settings_that_differ_are_altered)
{
    static const struct kafka_setting foreign = { "segment.ms", "123456789" };
    const char *path = changed_copy("deploy/topics.yaml", "topics.yaml", "604800000", "604800001");
    struct kafka_options o = suite_kafka(suite);
    struct kafka_admin *k;
    struct kafka_topic t;
    struct arena a;

    arena_init(&a, 0);
    cr_assert_eq(kafka_admin_new(&o, TIMEOUT_MS, &k), 0);
    cr_assert_eq(kafka_admin_alter(k, &a, "redress.outcomes.v1", &foreign, 1), 0, "%s", err_text());
    kafka_admin_free(k);
    expect(CTL("topics", "check", "--file", path), 1);
    has("604800001");
    expect(CTL("topics", "plan", "--file", path, "--output", "jsonl"), 0);
    has("\"action\":\"alter\",\"setting\":\"retention.ms\",\"found\":\"604800000\",\"wanted\":\"604800001\"");
    cr_assert_eq(describe("redress.outcomes.v1", &a, &t), 0);
    cr_assert_str_eq(setting(&t, "retention.ms"), "604800000", "plan and check change nothing");
    expect(CTL("topics", "apply", "--file", path), 0);
    expect(CTL("topics", "check", "--file", path), 0);
    cr_assert_eq(describe("redress.outcomes.v1", &a, &t), 0);
    cr_assert_str_eq(setting(&t, "retention.ms"), "604800001");
    cr_assert_str_eq(setting(&t, "segment.ms"), foreign.value);
    cr_assert_str_eq(setting(&t, "max.message.bytes"), "1048576");
    arena_done(&a);
}

Test(ctl, partitions_are_never_changed)
{
    const char *path = changed_copy("deploy/topics.yaml", "topics.yaml", "partitions: 4", "partitions: 5");
    struct kafka_topic t;
    struct arena a;

    expect(CTL("topics", "plan", "--file", path), 4);
    has("conflict");
    expect(CTL("topics", "apply", "--file", path), 4);
    has("redress.complaints.v1: partitions are 4 and shall be 5");
    arena_init(&a, 0);
    cr_assert_eq(describe("redress.complaints.v1", &a, &t), 0);
    cr_assert_eq(t.partitions, 4);
    arena_done(&a);
    expect(CTL("topics", "apply", "--replication", "2"), 4);
    has("copies are 1 and shall be 2");
}

/* ---- tenants ---- */

static int64_t revision(void)
{
    return suite_number(suite,
                        "SELECT i.revision + d.revision FROM intake.tenant_revision i, dispatch.tenant_revision d");
}

/* The demo's folder with one text of one of its files changed. */
static const char *changed_tenant(const char *file, const char *from, const char *to)
{
    static char folder[600];
    char path[700];

    snprintf(folder, sizeof folder, "%s", suite_folder(suite));
    changed_copy("deploy/policies/categories.yaml", "categories.yaml", "sales", "sales");
    changed_copy("deploy/policies/rules.yaml", "rules.yaml", "severity", "severity");
    changed_copy("deploy/demo.d/tenant/staff.yaml", "staff.yaml", "staff", "staff");
    changed_copy("deploy/demo.d/tenant/prices.yaml", "prices.yaml", "items", "items");
    changed_copy("deploy/demo.d/tenant/tenant.yaml", "tenant.yaml", "../../policies/", "");
    snprintf(path, sizeof path, "%s/%s", folder, file);
    changed_copy(path, "changed.yaml", from, to);
    snprintf(path, sizeof path, "%s/changed.yaml", folder);
    changed_copy(path, file, "\n", "\n");
    return folder;
}

Test(ctl, a_tenant_is_applied_once)
{
    int64_t before;

    expect(CTL("tenant", "show"), 3);
    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    has("tenant demo: applied (3 projects");
    before = revision();
    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    has("tenant demo: unchanged");
    cr_assert_eq(revision(), before);
    expect(CTL("tenant", "show", "nobody"), 3);
    expect(CTL("tenant", "show", "demo", "--output", "jsonl"), 0);
    has("{\"tenant\":\"demo\",");
    has("{\"code\":\"YHHY\",\"name\":\"云湖花园\",\"buildings\":[{\"code\":\"1\"");
    cr_assert_not(strstr(output, "138"), "a phone number is shown");
}

Test(ctl, a_change_is_written_and_raises_the_revision)
{
    const char *folder = changed_tenant("staff.yaml", "13800000101", "13800000999");
    int64_t before;

    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    before = revision();
    suite_execute(suite, "CREATE TABLE public.was AS SELECT staff_id, phone_key, phone_sealed FROM dispatch.staff;"
                         "CREATE TABLE public.key AS SELECT data_key FROM intake.tenant");
    expect(CTL("tenant", "apply", folder), 0);
    has("applied");
    cr_assert_eq(revision(), before + 2);
    cr_assert_eq(suite_number(suite, "SELECT count(*) FROM dispatch.staff s JOIN public.was w USING (staff_id)"
                                     " WHERE s.phone_key <> w.phone_key OR s.phone_sealed <> w.phone_sealed"),
                 1);
    cr_assert_eq(suite_number(suite, "SELECT count(*) FROM intake.tenant JOIN public.key USING (data_key)"), 1);
}

Test(ctl, what_is_gone_is_removed_unless_complaints_refer_to_it)
{
    const char *folder = changed_tenant("staff.yaml", "  - {id: S0101, ", "  - {id: S0999, ");
    int64_t before;

    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    suite_execute(suite, "INSERT INTO dispatch.workload VALUES ('demo', 'S0101', 1, now())");
    before = revision();
    expect(CTL("tenant", "apply", folder), 4);
    has("staff S0101 is not in");
    cr_assert_eq(revision(), before);
    cr_assert_eq(suite_number(suite, "SELECT count(*) FROM dispatch.staff WHERE staff_id = 'S0999'"), 0);
    suite_execute(suite, "DELETE FROM dispatch.workload");
    expect(CTL("tenant", "apply", folder), 0);
    cr_assert_eq(suite_number(suite, "SELECT count(*) FROM dispatch.staff WHERE staff_id = 'S0101'"), 0);
    cr_assert_eq(suite_number(suite, "SELECT count(*) FROM dispatch.staff WHERE staff_id = 'S0999'"), 1);
}

Test(ctl, files_with_mistakes_change_nothing)
{
    int64_t before = revision();

    expect(CTL("tenant", "apply", changed_tenant("tenant.yaml", "Asia/Shanghai", "Asia/Nowhere")), 1);
    has("tenant.yaml:4: time_zone: found \"Asia/Nowhere\"");
    expect(CTL("tenant", "apply", changed_tenant("tenant.yaml", "duty: S0001", "duty: S7777")), 1);
    has("duty: found \"S7777\"");
    cr_assert_eq(revision(), before);
    cr_assert_eq(suite_number(suite, "SELECT count(*) FROM intake.tenant"), 0);
}

/* ---- what a case's life needs of its tenant ---- */

static void same_words(const struct words *found, const struct words *wanted)
{
    cr_assert_eq(found->count, wanted->count);
    for (size_t i = 0; i < found->count; i++)
        cr_expect_str_eq(found->items[i], wanted->items[i]);
}

static void same_handling(const struct handling_rules *found, const struct handling_rules *wanted)
{
    cr_expect_eq(found->bounces_max, wanted->bounces_max);
    cr_expect_eq(found->reminders, wanted->reminders);
    cr_expect_eq(found->reopen_days, wanted->reopen_days);
    cr_expect_eq(found->recurrence_days, wanted->recurrence_days);
    cr_expect_eq(found->retain_years, wanted->retain_years);
    cr_expect_eq(found->backdate_hours, wanted->backdate_hours);
    cr_expect_eq(found->escalate_amount_fen, wanted->escalate_amount_fen);
}

/* The list's own price of the item, for the project, from the day; NULL if it has none. */
static const struct price *price_of(const struct price_list *list, const struct price *like)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct price *p = &list->items[i];

        if (strcmp(p->item, like->item) == 0 && strcmp(p->project, like->project) == 0 &&
            p->effective_from == like->effective_from)
            return p;
    }
    return NULL;
}

static void same_prices(const struct price_list *found, const struct price_list *wanted)
{
    cr_assert_eq(found->count, wanted->count);
    for (size_t i = 0; i < wanted->count; i++) {
        const struct price *w = &wanted->items[i], *f = price_of(found, w);

        cr_assert(f, "%s is missing", w->item);
        cr_expect_str_eq(f->name, w->name);
        cr_expect_str_eq(f->unit, w->unit);
        cr_expect_eq(f->unit_price_fen, w->unit_price_fen);
    }
}

/* As the daemon is connected. */
static struct pg_conn *connect_dispatch(void)
{
    struct pg_conn *c = pg_new(&(struct pg_options){ .uri = suite_uri(suite),
                                                     .role = "redress_dispatch",
                                                     .name = "ctl_test",
                                                     .schema = "dispatch",
                                                     .connect_timeout_ms = TIMEOUT_MS,
                                                     .statement_timeout_ms = TIMEOUT_MS });

    cr_assert_eq(pg_connect(c), 0, "%s", err_text());
    return c;
}

/* The folder's files, applied and loaded by dispatch, are what the files say. */
static void expect_loaded(const char *folder, struct tenant_set *set, struct pg_conn *dispatch)
{
    struct tenant_file file;
    const struct tenant *t;
    struct arena a;

    arena_init(&a, 0);
    cr_assert_eq(tenant_file_read(&a, folder, &file), 0, "%s", err_text());
    expect(CTL("tenant", "apply", folder), 0);
    cr_assert_eq(tenant_set_refresh(set, dispatch), 0, "%s", err_text());
    t = tenant_set_find(set, "demo");
    cr_assert(t);
    same_words(&t->management, &file.management);
    same_handling(&t->handling, &file.handling);
    same_words(&t->handling.paid_categories, &file.handling.paid_categories);
    cr_assert_eq(t->department_count, file.department_count);
    for (size_t i = 0; i < file.department_count; i++)
        same_words(&tenant_department(t, file.departments[i].code)->deputies, &file.departments[i].deputies);
    same_prices(&t->prices, &file.prices);
    arena_done(&a);
}

Test(ctl, dispatch_loads_what_was_applied)
{
    struct tenant_set *set = tenant_set_new();
    struct pg_conn *dispatch = connect_dispatch();

    expect_loaded("deploy/demo.d/tenant", set, dispatch);
    cr_expect_eq(tenant_set_find(set, "demo")->management.count, 2);
    expect_loaded(
        changed_tenant("rules.yaml", "  bounces_max: 2\n  # Before a case", "  bounces_max: 5\n  # Before a case"), set,
        dispatch);
    cr_expect_eq(tenant_set_find(set, "demo")->handling.bounces_max, 5);
    expect_loaded(changed_tenant("staff.yaml", "deputies: [S0109, S0102]", "deputies: [S0102]"), set, dispatch);
    expect_loaded(changed_tenant("tenant.yaml", "management: [S0002, S0003]\n", ""), set, dispatch);
    cr_expect_eq(tenant_set_find(set, "demo")->management.count, 0);
    expect_loaded(changed_tenant("prices.yaml", "更换灯具", "换灯"), set, dispatch);
    expect_loaded(changed_tenant("tenant.yaml", "prices: prices.yaml\n", ""), set, dispatch);
    cr_expect_eq(tenant_set_find(set, "demo")->prices.count, 0);
    tenant_set_free(set);
    pg_free(dispatch);
}

/* A tenant of before these settings, whose row was given them by the schema, and one whose files say nothing of them.
 */
Test(ctl, the_schema_has_the_figures_that_hold_by_default)
{
    struct tenant_set *set = tenant_set_new();
    struct pg_conn *dispatch = connect_dispatch();

    suite_execute(suite, "INSERT INTO dispatch.tenant (tenant_id, name, time_zone, duty_staff_id, major_categories,"
                         " major_words, not_major_words, complex_departments, complex_amount_fen, by_hand_below)"
                         " VALUES ('old', '', 'UTC', '', '{}', '{}', '{}', '{}', 0, 0);"
                         "UPDATE dispatch.tenant_revision SET revision = revision + 1");
    cr_assert_eq(tenant_set_refresh(set, dispatch), 0, "%s", err_text());
    same_handling(&tenant_set_find(set, "old")->handling, &handling_defaults);
    tenant_set_free(set);
    pg_free(dispatch);
}

Test(ctl, a_price_that_changes_or_goes_raises_the_revision)
{
    int64_t before;

    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    before = revision();
    expect(CTL("tenant", "apply", changed_tenant("prices.yaml", "fen: 6000}", "fen: 6100}")), 0);
    cr_assert_eq(revision(), before + 2);
    cr_assert_eq(suite_number(suite, "SELECT unit_price_fen FROM dispatch.price WHERE item = 'tap_replace'"), 6100);
    expect(CTL("tenant", "apply", changed_tenant("prices.yaml", "      - {from: 2026-07-01, fen: 12000}\n", "")), 0);
    cr_assert_eq(revision(), before + 4);
    cr_assert_eq(suite_number(suite, "SELECT count(*) FROM dispatch.price WHERE item = 'drain_unblock'"), 2);
    cr_assert_eq(suite_number(suite, "SELECT count(*) FROM dispatch.price"
                                     " WHERE item = 'drain_unblock' AND effective_from = '2026-07-01'"),
                 0);
}

Test(ctl, a_tenant_is_shown_with_what_it_decided)
{
    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    expect(CTL("tenant", "show", "demo", "--output", "jsonl"), 0);
    has("\"management\":[\"S0002\",\"S0003\"]");
    has("\"handling\":{\"bouncesMax\":2,\"reminders\":2,\"reopenDays\":30,\"recurrenceDays\":90,\"retainYears\":3,"
        "\"backdateHours\":72,\"escalateAmountFen\":1000000,\"paidCategories\":[\"repair.in_unit_paid\"]}");
    has("\"prices\":25,");
    has("\"head\":\"S0100\",\"deputies\":[\"S0109\",\"S0102\"]");
    expect(CTL("tenant", "show", "demo"), 0);
    has("senior management S0002 S0003\n");
    has("escalated above 10000.00 yuan at stake; work is paid for repair.in_unit_paid; 25 prices\n");
    has("S0109 S0102");
}

static void has_not(const char *text)
{
    cr_assert_not(strstr(output, text), "found %s in %s", text, output);
}

/* R31, R22: the project's own before the one for all, the newest in effect. */
Test(ctl, prices_are_listed_as_they_hold_on_a_day)
{
    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    expect(CTL("tenant", "prices", "demo", "--on", "2026-06-30", "--output", "jsonl"), 0);
    has("{\"item\":\"drain_unblock\",\"name\":\"疏通下水管道、地漏\",\"project\":null,\"from\":\"2026-01-01\","
        "\"unitPriceFen\":10000,\"unit\":\"次\"}\n");
    has("\"project\":\"XCGC\",\"from\":\"2026-01-01\",\"unitPriceFen\":15000");
    has_not("2026-07-01");
    expect(CTL("tenant", "prices", "demo", "--on", "2026-07-01", "--project", "YHHY", "--output", "jsonl"), 0);
    has("\"item\":\"lamp_replace\",\"name\":\"更换灯具\",\"project\":\"YHHY\",\"from\":\"2026-07-01\",\"unitPriceFen\":"
        "5500");
    has("\"project\":null,\"from\":\"2026-07-01\",\"unitPriceFen\":12000");
    has_not("\"unitPriceFen\":5000,");
    has_not("XCGC");
    expect(CTL("tenant", "prices", "demo", "--on", "2026-07-01", "--project", "XCGC", "--output", "jsonl"), 0);
    has("\"name\":\"疏通下水管道、地漏\",\"project\":\"XCGC\",\"from\":\"2026-01-01\",\"unitPriceFen\":15000");
    has_not("\"name\":\"疏通下水管道、地漏\",\"project\":null");
    expect(CTL("tenant", "prices", "demo", "--on", "2025-12-31", "--output", "json"), 0);
    cr_assert_str_eq(output, "[]\n");
    expect(CTL("tenant", "prices", "demo", "--on", "2026-01-01"), 0);
    has("all      2026-01-01   50.00  个\n");
    expect(CTL("tenant", "prices", "demo"), 0);
    has("lamp_replace");
}

Test(ctl, prices_of_what_there_is_not)
{
    expect(CTL("tenant", "prices", "demo"), 3);
    has("there is no tenant \"demo\"");
    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    expect(CTL("tenant", "prices", "demo", "--project", "MARS"), 3);
    has("tenant demo has no project \"MARS\"");
    expect(CTL("tenant", "prices", "demo", "--on", "2026-02-30"), 2);
    has("--on: found \"2026-02-30\"");
}

/* ---- keys ---- */

static void read_data_key(const struct vault_key *master, struct arena *a, struct vault_key *ret)
{
    static const struct pg_statement select = { "data_key", "SELECT data_key FROM intake.tenant" };
    struct pg_result *r;
    const void *wrapped;
    void *plain;
    size_t len;

    cr_assert_eq(pg_exec(suite_pg(suite), &select, NULL, &r), 0, "%s", err_text());
    wrapped = pg_bytes(r, 0, 0, &len);
    plain = vault_open(a, master, "tenant:demo", wrapped, len, &len);
    cr_assert(plain && len == VAULT_KEY_BYTES);
    memcpy(ret->bytes, plain, VAULT_KEY_BYTES);
    pg_result_free(r);
}

/* R12 rests on this: staff and complainants have the same key for the same line. */
Test(ctl, staff_phones_have_the_keys_that_intake_gives)
{
    char path[600], canonical[PHONE_SIZE], key[VAULT_HASH_TEXT], sql[200];
    struct vault_key master, data, hash;
    struct arena a;

    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    snprintf(path, sizeof path, "%s/master.key", suite_folder(suite));
    cr_assert_eq(vault_read_master(path, &master), 0, "%s", err_text());
    arena_init(&a, 0);
    read_data_key(&master, &a, &data);
    arena_done(&a);
    vault_derive(&data, VAULT_HASH, &hash);
    cr_assert(phone_normalise("+86 138-0000-0101", canonical));
    phone_key(&hash, canonical, key);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM dispatch.staff WHERE staff_id = 'S0101' AND phone_key = '%s'", key);
    cr_assert_eq(suite_number(suite, sql), 1);
}

Test(ctl, another_master_key_is_refused)
{
    char path[700];

    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 0);
    snprintf(path, sizeof path, "%s/other.key", suite_folder(suite));
    expect(CTL("keys", "new", path), 0);
    expect(CTL("keys", "new", path), 1);
    setenv("REDRESS_KEYS_FILE", path, 1);
    expect(CTL("tenant", "apply", "deploy/demo.d/tenant"), 4);
    has("is not the one that wraps the data key of tenant demo");
}
