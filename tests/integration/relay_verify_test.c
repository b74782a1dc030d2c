/* The verifier against what a superuser can do to the journal (row 28): it names the first bad entry. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "services/relay/verify.h"
#include "tests/support/relay_suite.h"

static const struct pg_statement heads = {
    "test_heads", "SELECT i.id, s.version, s.head FROM load.state AS s"
                  "  JOIN unnest($1::uuid[]) AS i (id) ON i.id::text = '00000000-0000-7000-8000-0000'"
                  " || lpad(to_hex(s.n), 8, '0') WHERE s.version > 0"
};
static const struct pg_statement lost = {
    "test_lost", "SELECT l.id, s.version FROM load.state AS s,"
                 " LATERAL (SELECT ('00000000-0000-7000-8000-0000' || lpad(to_hex(s.n), 8, '0'))::uuid AS id) AS l"
                 " WHERE s.version > 0 AND NOT EXISTS (SELECT FROM journal.entry AS e WHERE e.aggregate_id = l.id)"
};
static const struct verify_heads owners[] = { { "load", &heads, true, &lost }, { 0 } };

/* A journal of a few thousand entries, without a relay: the epoch is opened by hand. */
static struct suite *journal(const char *name)
{
    struct suite *s = suite_new(name);

    load_prepare(suite_pg(s), 200);
    suite_execute(s, "UPDATE journal.cursor SET epoch = journal.current_epoch()");
    load_wait(load_start(&(struct load_spec){ .uri = suite_uri(s),
                                              .seed = relay_test_seed(),
                                              .writers = 2,
                                              .keys = 200,
                                              .per_batch = 20,
                                              .payload = 50,
                                              .events = 3000 }));
    return s;
}

static struct verify_result verify(struct suite *s)
{
    struct verify_result v;

    cr_assert_eq(journal_verify(suite_pg(s), owners, NULL, NULL, &v), 0, "%s", err_text());
    return v;
}

/* Changes by a superuser who has switched the triggers off; `where` picks the entry, *ret is its place. */
static void tamper(struct suite *s, const char *change, const char *where, int64_t *ret_batch)
{
    char sql[500];

    snprintf(sql, sizeof sql, "SELECT batch FROM journal.entry WHERE %s", where);
    *ret_batch = suite_number(s, sql);
    cr_assert_gt(*ret_batch, 0);
    suite_execute(s, "SET session_replication_role = replica");
    snprintf(sql, sizeof sql, "%s WHERE %s", change, where);
    suite_execute(s, sql);
    suite_execute(s, "SET session_replication_role = origin");
}

#define SOME_ENTRY                                                                                                     \
    "(batch, ord) = (SELECT batch, ord FROM journal.entry WHERE aggregate_version = 3 ORDER BY 1, 2 LIMIT 1)"
#define LAST_OF_ONE                                                                                                    \
    "(batch, ord) = (SELECT DISTINCT ON (aggregate_id) batch, ord FROM journal.entry WHERE aggregate_id IS NOT NULL"   \
    " ORDER BY aggregate_id, aggregate_version DESC LIMIT 1)"
#define LOOSE_ENTRY                                                                                                    \
    "(batch, ord) = (SELECT batch, ord FROM journal.entry WHERE aggregate_id IS NULL ORDER BY 1, 2 LIMIT 1)"

static void expect_first(struct suite *s, int64_t batch, const char *codes)
{
    struct verify_result v = verify(s);

    cr_assert_gt(v.faults, 0, "nothing was noticed");
    cr_assert_eq(v.first.batch, batch, "batch %lld instead of %lld: %s", (long long)v.first.batch, (long long)batch,
                 v.first.text);
    cr_assert(strstr(codes, v.first.code), "%s: %s", v.first.code, v.first.text);
    suite_free(s);
}

Test(relay_verify, an_honest_journal_holds, .timeout = 60)
{
    struct suite *s = journal("verify_ok");
    struct verify_result v = verify(s);

    cr_assert_eq(v.faults, 0, "%s at batch %lld: %s", v.first.code, (long long)v.first.batch, v.first.text);
    cr_assert_eq(v.entries, load_expected(suite_pg(s)));
    cr_assert_eq(v.chains, suite_number(s, "SELECT count(*) FROM load.state WHERE version > 0"));
    suite_free(s);
}

Test(relay_verify, a_changed_payload, .timeout = 60)
{
    struct suite *s = journal("verify_payload");
    int64_t batch;

    tamper(s, "UPDATE journal.entry SET payload = '\\x00'", SOME_ENTRY, &batch);
    expect_first(s, batch, "hash");
}

Test(relay_verify, a_changed_time, .timeout = 60)
{
    struct suite *s = journal("verify_time");
    int64_t batch;

    tamper(s, "UPDATE journal.entry SET recorded_at = recorded_at - interval '1 microsecond'", SOME_ENTRY, &batch);
    expect_first(s, batch, "hash");
}

Test(relay_verify, a_changed_entry_outside_chains, .timeout = 60)
{
    struct suite *s = journal("verify_loose");
    int64_t batch;

    tamper(s, "UPDATE journal.entry SET key = key || 'x'", LOOSE_ENTRY, &batch);
    expect_first(s, batch, "hash");
}

Test(relay_verify, a_deleted_entry_in_the_middle, .timeout = 60)
{
    struct suite *s = journal("verify_delete");
    int64_t batch;
    struct verify_result v;

    tamper(s, "DELETE FROM journal.entry", SOME_ENTRY, &batch);
    v = verify(s);
    cr_assert_geq(v.faults, 2, "its batch has a hole, and its chain too");
    suite_free(s);
}

Test(relay_verify, a_chain_cut_at_its_end, .timeout = 60)
{
    struct suite *s = journal("verify_cut");
    struct verify_result v;
    int64_t batch;

    tamper(s, "DELETE FROM journal.entry", LAST_OF_ONE, &batch);
    v = verify(s);
    cr_assert_gt(v.faults, 0, "only the owner's head can tell");
    suite_free(s);
}

Test(relay_verify, a_chain_that_is_gone_as_a_whole, .timeout = 60)
{
    struct suite *s = journal("verify_gone");
    struct verify_result v;
    int64_t batch;

    tamper(s, "DELETE FROM journal.entry", "aggregate_id = (SELECT min(aggregate_id::text)::uuid FROM journal.entry)",
           &batch);
    v = verify(s);
    cr_assert_gt(v.faults, 0);
    cr_assert_str_eq(v.first.code, "cut");
    suite_free(s);
}

Test(relay_verify, an_entry_that_was_slipped_in, .timeout = 60)
{
    struct suite *s = journal("verify_insert");
    struct verify_result v;

    suite_execute(s, "INSERT INTO journal.entry SELECT nextval('journal.batch_seq'), 1, topic, key, gen_random_uuid(),"
                     " tenant_id, aggregate_id, aggregate_version + 1, type, headers, payload, hash, hash, now()"
                     " FROM journal.entry WHERE " LAST_OF_ONE);
    v = verify(s);
    cr_assert_gt(v.faults, 0);
    cr_assert_eq(v.first.batch, suite_number(s, "SELECT max(batch) FROM journal.entry"));
    suite_free(s);
}
