/* A journal entry as a Kafka record. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/base/error.h"
#include "services/relay/message.h"

static const unsigned char hash[SHA256_BYTES] = { 1, 2, 0, 3 };

static struct entry sample(void)
{
    struct entry e = { .batch = 12,
                       .ord = 3,
                       .topic = "redress.complaints.v1",
                       .key = "0190a6f0-0000-7000-8000-000000000001",
                       .tenant = "hengrui",
                       .type = "redress.v1.ComplaintEvent.registered",
                       .headers = "content-type: application/protobuf\nce_source: /redress/intake\nx:y\nempty:\n",
                       .payload = "\0bytes",
                       .payload_len = 6,
                       .hash = hash,
                       .recorded_at_us = INT64_C(1789000000) * 1000000 + 250000 };

    cr_assert(uuid_parse("0190a6f0-0000-7000-8000-0000000000aa", 36, &e.event_id));
    cr_assert(uuid_parse("0190a6f0-0000-7000-8000-000000000001", 36, &e.aggregate_id));
    return e;
}

static void expect(const struct message *m, const char *name, const char *value)
{
    for (size_t i = 0; i < m->kafka.header_count; i++) {
        if (strcmp(m->headers[i].name, name) != 0)
            continue;
        cr_assert_eq(m->headers[i].len, strlen(value), "%s", name);
        cr_assert_arr_eq(m->headers[i].value, value, strlen(value), "%s", name);
        return;
    }
    cr_assert_fail("no header %s", name);
}

Test(message, carries_cloudevents_and_the_position)
{
    struct entry e = sample();
    struct message m;

    cr_assert_eq(message_make(&m, &e, "730-1"), 0);
    expect(&m, "ce_specversion", "1.0");
    expect(&m, "ce_id", "0190a6f0-0000-7000-8000-0000000000aa");
    expect(&m, "ce_type", e.type);
    expect(&m, "ce_time", "2026-09-10T00:26:40.250000Z");
    expect(&m, "ce_subject", "0190a6f0-0000-7000-8000-000000000001");
    expect(&m, "ce_tenantid", "hengrui");
    expect(&m, "redress-epoch", "730-1");
    expect(&m, "redress-batch", "12");
    expect(&m, "redress-ord", "3");
    expect(&m, "content-type", "application/protobuf");
    expect(&m, "ce_source", "/redress/intake");
    expect(&m, "x", "y");
    expect(&m, "empty", "");
    cr_assert_eq(m.kafka.header_count, 14);
    cr_assert_eq(m.kafka.value_len, 6);
    cr_assert_eq(m.kafka.key_len, 36);
}

Test(message, hash_is_raw_and_whole)
{
    struct entry e = sample();
    struct message m;

    cr_assert_eq(message_make(&m, &e, "730-1"), 0);
    for (size_t i = 0; i < m.kafka.header_count; i++)
        if (strcmp(m.headers[i].name, "redress-hash") == 0) {
            cr_assert_eq(m.headers[i].len, SHA256_BYTES);
            cr_assert_arr_eq(m.headers[i].value, hash, SHA256_BYTES);
            return;
        }
    cr_assert_fail("no hash");
}

Test(message, outside_chains_the_subject_is_the_key_and_an_unknown_tenant_is_left_out)
{
    struct entry e = sample();
    struct message m;

    memset(&e.aggregate_id, 0, sizeof e.aggregate_id);
    e.tenant = "";
    e.key = "t:s:1";
    cr_assert_eq(message_make(&m, &e, "730-1"), 0);
    expect(&m, "ce_subject", "t:s:1");
    for (size_t i = 0; i < m.kafka.header_count; i++)
        cr_assert_str_neq(m.headers[i].name, "ce_tenantid");
}

Test(message, headers_that_are_no_lines_are_refused)
{
    static const char *const bad[] = { "no colon\n", ": no name\n", "a: b\n\n" };
    struct entry e = sample();
    struct message m;
    char many[400] = "", long_name[700];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e.headers = bad[i];
        cr_assert_eq(message_make(&m, &e, "730-1"), ERR_POISON, "%s", bad[i]);
    }
    for (int i = 0; i < 40; i++)
        memcpy(many + i * 4, "a:b\n", 5);
    e.headers = many;
    cr_assert_eq(message_make(&m, &e, "730-1"), ERR_POISON);
    memset(long_name, 'n', sizeof long_name);
    memcpy(long_name + 690, ": v", 4);
    e.headers = long_name;
    cr_assert_eq(message_make(&m, &e, "730-1"), ERR_POISON);
    e.headers = "last: without newline";
    cr_assert_eq(message_make(&m, &e, "730-1"), 0);
    expect(&m, "last", "without newline");
}
