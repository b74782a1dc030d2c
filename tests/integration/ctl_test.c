/* timeout: 300
 * redressctl against real servers: schemas, topics and tenants are made once, and the second time nothing changes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/kafka/admin.h"
#include "common/vault/vault.h"
#include "services/intake/phone.h"
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
    has("5 topics are as they shall be");
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
    changed_copy(path, file, "name", "name");
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
