/* A chain as it is walked: what fits, and what is said of what does not. */
#include <criterion/criterion.h>
#include <string.h>

#include "services/relay/verify.h"

static struct journal_entry entry(unsigned char aggregate, int64_t version, unsigned char prev, unsigned char hash)
{
    struct journal_entry e = { .aggregate_version = version };

    e.aggregate_id.bytes[15] = aggregate;
    memset(e.prev_hash, prev, sizeof e.prev_hash);
    memset(e.hash, hash, sizeof e.hash);
    return e;
}

static void expect(struct verify_chain *c, struct journal_entry e, int64_t batch, const char *code)
{
    char text[200] = "";
    const char *got = verify_chain_next(c, &e, batch, 1, text, sizeof text);

    if (!code)
        cr_assert_null(got, "%s: %s", got, text);
    else
        cr_assert_str_eq(got ? got : "nothing", code, "%s", text);
    cr_assert_eq(c->version, e.aggregate_version);
    cr_assert_arr_eq(c->hash, e.hash, sizeof e.hash);
}

Test(verify, whole_chains_fit)
{
    struct verify_chain c = { 0 };

    expect(&c, entry(1, 1, 0, 11), 5, NULL);
    expect(&c, entry(1, 2, 11, 12), 5 + 1, NULL);
    expect(&c, entry(1, 3, 12, 13), 9, NULL);
    expect(&c, entry(2, 1, 0, 21), 2, NULL);
    expect(&c, entry(3, 1, 0, 31), 1, NULL);
    cr_assert_eq(c.first_hash[0], 31);
}

Test(verify, a_missing_version_is_told_once)
{
    struct verify_chain c = { 0 };

    expect(&c, entry(1, 1, 0, 11), 1, NULL);
    expect(&c, entry(1, 3, 12, 13), 3, "version");
    expect(&c, entry(1, 4, 13, 14), 4, NULL);
    expect(&c, entry(2, 2, 0, 22), 5, "version");
}

Test(verify, a_version_that_is_there_twice)
{
    struct verify_chain c = { 0 };

    expect(&c, entry(1, 1, 0, 11), 1, NULL);
    expect(&c, entry(1, 1, 0, 99), 2, "version");
}

Test(verify, a_link_that_was_broken)
{
    struct verify_chain c = { 0 };

    expect(&c, entry(1, 1, 7, 11), 1, "link");
    expect(&c, entry(1, 2, 99, 12), 2, "link");
    expect(&c, entry(1, 3, 12, 13), 3, NULL);
}

Test(verify, a_later_version_cannot_be_older)
{
    struct verify_chain c = { 0 };

    expect(&c, entry(1, 1, 0, 11), 8, NULL);
    expect(&c, entry(1, 2, 11, 12), 7, "version");
}
