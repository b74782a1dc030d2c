/* Plans of the statements that read the journal: along the primary key on a table that was never analysed, empty and
 * with a million rows. A planner that sorts the whole table at each read would stop everything. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "relay_sql.h"
#include "services/relay/store.h"
#include "tests/support/suite.h"

static const struct {
    const struct pg_statement *statement;
    const char *before, *after; /* arguments around the batch number */
} reads[] = {
    { &relay_read_entries, "", ", 1, 4000" },
    { &relay_measure_lag, "", ", 1" },
    { &relay_verify_entries, "", ", 1, 4000" },
    { &relay_verify_links, "'00000000-0000-7000-8000-0000000000ff', 1, ", ", 1, 4000" },
};

/* EXPLAIN of the statement as the relay runs it: its session, a custom plan. */
static void explain(struct suite *s, size_t i, int64_t batch, char *out, size_t size)
{
    char sql[4000], arguments[200];
    struct pg_result *r = NULL;
    struct pg_statement q = { "explain", sql };
    size_t len = 0;

    snprintf(arguments, sizeof arguments, "%s%lld%s", reads[i].before, (long long)batch, reads[i].after);
    snprintf(sql, sizeof sql, "PREPARE p%zu AS %s", i, reads[i].statement->sql);
    suite_execute(s, sql);
    snprintf(sql, sizeof sql, "EXPLAIN EXECUTE p%zu(%s)", i, arguments);
    cr_assert_eq(pg_exec_once(suite_pg(s), &q, NULL, &r), 0, "%s", err_text());
    out[0] = '\0';
    for (int row = 0; row < pg_rows(r) && len < size - 1; row++)
        len += (size_t)snprintf(out + len, size - len, "%s\n", pg_text(r, row, 0));
    pg_result_free(r);
    snprintf(sql, sizeof sql, "DEALLOCATE p%zu", i);
    suite_execute(s, sql);
}

static void expect_index_reads(struct suite *s, int64_t batch, const char *when)
{
    char plan[16000];

    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        explain(s, i, batch, plan, sizeof plan);
        cr_assert(strstr(plan, "Index Scan") || strstr(plan, "Index Only Scan"), "%s, %s:\n%s",
                  reads[i].statement->name, when, plan);
        cr_assert_not(strstr(plan, "Seq Scan"), "%s, %s:\n%s", reads[i].statement->name, when, plan);
        cr_assert_not(strstr(plan, "Bitmap"), "%s, %s:\n%s", reads[i].statement->name, when, plan);
        /* Only the few entries with the same chain and version may be sorted, never all that come after. */
        for (const char *sort = plan; (sort = strstr(sort, "Sort")); sort++)
            cr_assert(strncmp(sort - strlen("Incremental "), "Incremental ", strlen("Incremental ")) == 0 ||
                          strncmp(sort, "Sort Key", 8) == 0,
                      "%s, %s:\n%s", reads[i].statement->name, when, plan);
    }
}

static void insert(struct suite *s, const char *from_to)
{
    char sql[1200];

    snprintf(sql, sizeof sql,
             "INSERT INTO journal.entry SELECT b, o, 'redress.complaints.v1', 'key', gen_random_uuid(), 't',"
             " gen_random_uuid(), 1, 'redress.v1.ComplaintEvent.registered', '', decode(repeat('00', 60), 'hex'),"
             " decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), now()"
             " FROM generate_series(%s) AS b, generate_series(1, 100) AS o",
             from_to);
    suite_execute(s, sql);
}

Test(relay_plan, every_read_goes_along_an_index, .timeout = 280)
{
    struct suite *s = suite_new("relay_plan");
    struct arena a;

    arena_init(&a, 0);
    cr_assert_eq(store_set_session(suite_pg(s), &a, 600000), 0, "%s", err_text());
    arena_done(&a);
    expect_index_reads(s, 0, "empty, never analysed");
    insert(s, "1, 10");
    expect_index_reads(s, 1, "first rows, never analysed");
    suite_execute(s, "ALTER TABLE journal.entry_00000000 SET (autovacuum_enabled = false)");
    insert(s, "11, 10000");
    expect_index_reads(s, 1, "a million rows, never analysed, from the start");
    expect_index_reads(s, 9999, "a million rows, never analysed, at the end");
    suite_execute(s, "ANALYZE journal.entry");
    expect_index_reads(s, 1, "a million rows, analysed, from the start");
    expect_index_reads(s, 9999, "a million rows, analysed, at the end");
    suite_free(s);
}

Test(relay_plan, old_partitions_are_not_touched, .timeout = 60)
{
    struct suite *s = suite_new("relay_prune");
    char plan[16000];
    struct arena a;

    arena_init(&a, 0);
    cr_assert_eq(store_set_session(suite_pg(s), &a, 600000), 0, "%s", err_text());
    arena_done(&a);
    explain(s, 0, 1500000, plan, sizeof plan);
    cr_assert_not(strstr(plan, "entry_00000000"), "%s", plan);
    cr_assert(strstr(plan, "entry_00000001"), "%s", plan);
    suite_free(s);
}

/* The verifier reads for minutes; nobody may wait for it, and nobody for who waits. */
Test(relay_plan, a_partition_is_made_beside_readers_and_writers)
{
    struct suite *s = suite_new("partitions");
    struct pg_options o = { .uri = suite_uri(s), .name = "reader", .connect_timeout_ms = 5000 };
    struct pg_conn *reader = pg_new(&o);

    cr_assert_eq(pg_connect(reader), 0, "%s", err_text());
    cr_assert_eq(pg_begin(reader), 0);
    cr_assert_eq(pg_script(reader, "SELECT count(*) FROM journal.entry; LOCK journal.entry IN ROW EXCLUSIVE MODE"), 0);
    suite_execute(s, "SET lock_timeout = 2000");
    cr_assert_eq(suite_number(s, "SELECT journal.ensure_partitions(5)::int8"), 3, "%s", err_text());
    cr_assert_eq(suite_number(s, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'journal.entry'::regclass"), 6);
    /* as those made before: indexes, triggers, storage */
    cr_assert_eq(suite_number(s,
                              "SELECT count(*) FROM (SELECT DISTINCT"
                              " (SELECT count(*) FROM pg_index WHERE indrelid = c.oid),"
                              " (SELECT string_agg(tgname, ',' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid),"
                              " (SELECT string_agg(concat(attname, attstorage, attnotnull), ',' ORDER BY attnum)"
                              " FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0), c.reloptions"
                              " FROM pg_class AS c WHERE c.oid IN (SELECT inhrelid FROM pg_inherits"
                              " WHERE inhparent = 'journal.entry'::regclass)) AS kinds"),
                 1);
    pg_free(reader);
    suite_free(s);
}
