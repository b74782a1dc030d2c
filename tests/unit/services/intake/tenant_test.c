#include "common/event/reference.h"
#include "services/intake/tenant.h"

#include <criterion/criterion.h>
#include <string.h>

static struct tenants *set;

static void setup(void)
{
    struct vault_key key = { { 1 } };
    const char *why;

    set = tenants_new();
    cr_assert_eq(tenants_add(set, "a", "{seq}", 7, &key, &why), 0);
    cr_assert_eq(tenants_add(set, "b", "{seq}", 0, &key, &why), 0);
    tenants_add_project(set, "a", "P");
    tenants_add_project(set, "a", "Q");
    tenants_add_building(set, "a", "P", "1");
}

static void teardown(void)
{
    tenants_free(set);
}

TestSuite(tenant, .init = setup, .fini = teardown);

Test(tenant, sees_only_its_own_projects)
{
    cr_assert_not_null(tenant_project(tenants_find(set, "a"), "P"));
    cr_assert_null(tenant_project(tenants_find(set, "b"), "P"));
    cr_assert_null(tenants_find(set, "c"));
    cr_assert_null(tenants_find(set, ""));
}

Test(tenant, a_project_without_buildings_takes_any)
{
    const struct tenant *a = tenants_find(set, "a");

    cr_assert(project_takes_building(tenant_project(a, "P"), "1"));
    cr_assert_not(project_takes_building(tenant_project(a, "P"), "2"));
    cr_assert(project_takes_building(tenant_project(a, "Q"), "2"));
}

Test(tenant, rows_that_belong_to_nobody_are_passed_over)
{
    tenants_add_project(set, "gone", "P");
    tenants_add_building(set, "a", "gone", "1");
    tenants_set_day(set, "gone", "20260918", 1);
    cr_assert_null(tenants_find(set, "gone"));
    cr_assert_eq(tenants_day_ends_us(set), 0);
}

Test(tenant, the_first_day_to_end_counts)
{
    tenants_set_day(set, "a", "20260918", 200);
    tenants_set_day(set, "b", "20260917", 100);
    cr_assert_eq(tenants_day_ends_us(set), 100);
    cr_assert_str_eq(tenants_find(set, "a")->today, "20260918");
    tenants_forget_days(set);
    tenants_set_day(set, "a", "20260919", 300);
    cr_assert_eq(tenants_day_ends_us(set), 300);
}

Test(tenant, keys_for_sealing_and_hashing_differ)
{
    const struct tenant *a = tenants_find(set, "a");

    cr_assert_neq(memcmp(&a->seal_key, &a->hash_key, sizeof a->seal_key), 0);
}

Test(tenant, a_wrong_number_format_is_told)
{
    struct vault_key key = { { 1 } };
    const char *why = "";

    cr_assert_eq(tenants_add(set, "c", "{project}", 7, &key, &why), 1);
    cr_assert(strstr(why, "{seq}"));
    cr_assert_null(tenants_find(set, "c"));
}

Test(tenant, one_that_is_broken_is_there_and_says_why)
{
    const struct tenant *t = NULL;
    size_t count = 0;

    cr_assert_not(tenants_any_broken(set));
    tenants_add_broken(set, "c", "no key");
    tenants_add_project(set, "c", "P");
    cr_assert(tenants_any_broken(set));
    cr_assert_str_eq(tenants_find(set, "a")->problem, "");
    cr_assert_str_eq(tenants_find(set, "c")->problem, "no key");
    cr_assert_not_null(tenant_project(tenants_find(set, "c"), "P"), "it is not unknown");
    while ((t = tenants_next(set, t)))
        count++;
    cr_assert_eq(count, 3);
}

Test(tenant, codes_that_may_be_echoed)
{
    static const char *const sane[] = { "a", "demo", "vanke-sz", "0a", "abcdefghijklmnopqrstuvwxyz012345" };
    static const char *const odd[] = { "",    "-a",   "Demo", "a_b",
                                       "a b", "示范", "a:b",  "abcdefghijklmnopqrstuvwxyz0123456" };

    for (size_t i = 0; i < sizeof sane / sizeof *sane; i++)
        cr_assert(tenant_id_is_sane(sane[i]), "%s", sane[i]);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        cr_assert_not(tenant_id_is_sane(odd[i]), "%s", odd[i]);
}
