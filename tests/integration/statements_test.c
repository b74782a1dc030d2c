/* Every statement of every service is prepared against a freshly migrated database: one that names a column that is not
 * there, or leaves a type in doubt, shows here and not at the first record. */
#include <criterion/criterion.h>

#include "common/base/error.h"
#include "ctl_sql.h"
#include "dispatch_sql.h"
#include "intake_sql.h"
#include "journal_sql.h"
#include "relay_sql.h"
#include "runtime_sql.h"
#include "tests/support/suite.h"
#include "watchdog_sql.h"

static struct pg_conn *connect_as(struct suite *s, const char *schema)
{
    struct pg_conn *c = pg_new(&(struct pg_options){ .uri = suite_uri(s),
                                                     .name = "statements",
                                                     .schema = schema,
                                                     .connect_timeout_ms = 10000,
                                                     .statement_timeout_ms = 30000,
                                                     .idle_in_transaction_timeout_ms = 30000,
                                                     .lock_timeout_ms = 10000 });

    cr_assert_eq(pg_connect(c), 0, "%s", err_text());
    return c;
}

Test(statements, all_can_be_prepared)
{
    static const struct {
        const char *schema;
        const struct pg_statement *const *statements;
    } services[] = {
        { "intake", intake_statements },  { "dispatch", dispatch_statements }, { "journal", relay_statements },
        { "intake", runtime_statements }, { "dispatch", runtime_statements },  { "journal", journal_statements },
        { "redress", ctl_statements },    { "watchdog", watchdog_statements }, { "watchdog", runtime_statements },
    };
    struct suite *s = suite_new("statements");

    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        struct pg_conn *c = connect_as(s, services[i].schema);

        cr_expect_eq(pg_prepare_all(c, services[i].statements), 0, "%s", err_text());
        cr_expect_not_null(services[i].statements[0]);
        pg_free(c);
    }
    suite_free(s);
}

Test(statements, migrating_again_changes_nothing)
{
    struct suite *s = suite_new("migrate");
    int64_t applied = suite_number(s, "SELECT count(*) FROM redress.migration");

    cr_assert_gt(applied, 0);
    cr_expect_eq(suite_ctl(s, (const char *[]){ "db", "migrate", NULL }), 0);
    cr_expect_eq(suite_ctl(s, (const char *[]){ "db", "status", NULL }), 0);
    cr_expect_eq(suite_number(s, "SELECT count(*) FROM redress.migration"), applied);
    suite_free(s);
}

Test(statements, the_journal_refuses_changes_even_from_its_owner)
{
    static const char *const attempts[] = { "UPDATE journal.entry SET key = 'x'", "DELETE FROM journal.entry",
                                            "TRUNCATE journal.entry", "TRUNCATE journal.entry_00000000" };
    struct suite *s = suite_new("appendonly");

    suite_execute(s, "INSERT INTO journal.entry VALUES (1, 1, 't', 'k', gen_random_uuid(), '', NULL, 0, 'x', '', '',"
                     " '', '', now())");
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        cr_expect_lt(pg_script(suite_pg(s), attempts[i]), 0, "%s", attempts[i]);
    cr_expect_eq(suite_number(s, "SELECT count(*) FROM journal.entry"), 1);
    suite_free(s);
}
