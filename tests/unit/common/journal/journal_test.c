#include "common/journal/journal.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/base/str.h"

static struct journal_entry entry(void)
{
    return (struct journal_entry){ .topic = "t",
                                   .key = "k",
                                   .tenant = "demo",
                                   .aggregate_version = 1,
                                   .type = "x",
                                   .headers = "a: b\n",
                                   .payload = "payload",
                                   .payload_len = 7 };
}

Test(journal, a_chain_links_each_entry_to_the_one_before)
{
    unsigned char head[SHA256_BYTES] = { 0 }, zero[SHA256_BYTES] = { 0 };
    struct journal_entry first = entry(), second = entry();

    journal_seal(&first, 1000, head);
    cr_expect_arr_eq(first.prev_hash, zero, SHA256_BYTES);
    cr_expect_arr_eq(first.hash, head, SHA256_BYTES);
    second.aggregate_version = 2;
    journal_seal(&second, 2000, head);
    cr_expect_arr_eq(second.prev_hash, first.hash, SHA256_BYTES);
    cr_expect_arr_eq(second.hash, head, SHA256_BYTES);
}

Test(journal, every_field_is_in_the_hash)
{
    struct journal_entry sealed = entry();
    unsigned char changed[SHA256_BYTES];

    journal_seal(&sealed, 1000, NULL);
#define CHANGES(field, value)                                                                                          \
    do {                                                                                                               \
        struct journal_entry e = sealed;                                                                               \
        e.field = value;                                                                                               \
        journal_hash(&e, changed);                                                                                     \
        cr_expect_neq(memcmp(changed, sealed.hash, SHA256_BYTES), 0, #field);                                          \
    } while (0)
    CHANGES(topic, "u");
    CHANGES(key, "l");
    CHANGES(tenant, "");
    CHANGES(aggregate_version, 2);
    CHANGES(type, "y");
    CHANGES(headers, "a: c\n");
    CHANGES(payload, "payloae");
    CHANGES(payload_len, 6);
    CHANGES(recorded_at_us, 1001);
    CHANGES(event_id.bytes[15], (unsigned char)(sealed.event_id.bytes[15] ^ 1));
    CHANGES(aggregate_id.bytes[0], 1);
    CHANGES(prev_hash[31], 1);
#undef CHANGES
    journal_hash(&sealed, changed);
    cr_expect_arr_eq(changed, sealed.hash, SHA256_BYTES);
}

Test(journal, fields_cannot_run_into_each_other)
{
    struct journal_entry a = entry(), b = entry();
    unsigned char ha[SHA256_BYTES], hb[SHA256_BYTES];

    a.topic = "tk";
    a.key = "";
    b.topic = "t";
    b.key = "k";
    journal_hash(&a, ha);
    journal_hash(&b, hb);
    cr_expect_neq(memcmp(ha, hb, SHA256_BYTES), 0);
}

static struct journal_position at(const char *epoch, int64_t batch, int32_t ord)
{
    struct journal_position p = { .batch = batch, .ord = ord };

    str_copy(p.epoch, sizeof p.epoch, epoch);
    return p;
}

Test(position, what_is_not_later_was_seen)
{
    struct journal_position seen = at("7-1", 10, 5);
    struct journal_position p;

    p = at("7-1", 10, 5);
    cr_expect(journal_position_seen(&p, &seen));
    p = at("7-1", 9, 900);
    cr_expect(journal_position_seen(&p, &seen));
    p = at("7-1", 10, 6);
    cr_expect_not(journal_position_seen(&p, &seen));
    p = at("7-1", 11, 1);
    cr_expect_not(journal_position_seen(&p, &seen));
}

Test(position, a_new_epoch_begins_anew_and_an_older_timeline_is_over)
{
    struct journal_position seen = at("7-2", 10, 5), p, none = at("", 0, 0);

    p = at("7-1", 99, 1);
    cr_expect(journal_position_seen(&p, &seen), "a zombie of the timeline before");
    p = at("7-3", 1, 1);
    cr_expect_not(journal_position_seen(&p, &seen));
    p = at("8-1", 1, 1);
    cr_expect_not(journal_position_seen(&p, &seen), "another system");
    cr_expect_not(journal_position_seen(&p, &none));
    cr_expect_not(journal_position_seen(&none, &seen), "records from outside have no position");
}

Test(journal, another_time_of_the_same_system_is_told_from_another_system)
{
    cr_expect(journal_epoch_is_other("7301234567890123456-1", "7301234567890123456-2"),
              "before a fail-over or a restore");
    cr_expect(journal_epoch_is_other("7301234567890123456-3", "7301234567890123456-2"), "a timeline that was given up");
    cr_expect_not(journal_epoch_is_other("7301234567890123456-2", "7301234567890123456-2"));
    cr_expect_not(journal_epoch_is_other("1-1", "7301234567890123456-2"));
    cr_expect_not(journal_epoch_is_other("73-1", "7301234567890123456-2"));
}
