/* Decoding for the batch: what is wrong with a record is told, what is wrong with the machine is not held against it.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "common/runtime/private.h"

static struct record record_of(const struct kafka_record *k)
{
    return (struct record){ .topic = topic_find(k->topic), .kafka = k, .encoding = ENCODING_JSON };
}

static struct kafka_record submission(const char *json)
{
    return (struct kafka_record){ .topic = TOPIC_SUBMISSIONS, .value = json, .value_len = strlen(json) };
}

Test(decode, a_good_record_is_ready_and_a_bad_one_says_why)
{
    struct kafka_record k[] = { submission("{\"tenant\":\"demo\"}"), submission("{\"tenant\":"), submission("") };
    struct record r[] = { record_of(&k[0]), record_of(&k[1]), record_of(&k[2]) };
    struct arena a;

    arena_init(&a, 0);
    records_decode(&a, r, 3);
    cr_assert_eq(r[0].state, RECORD_READY);
    cr_assert_eq(r[1].state, RECORD_UNDECODABLE);
    cr_assert_str_eq(r[1].problem.code, "undecodable");
    cr_assert_eq(r[2].state, RECORD_UNDECODABLE);
    cr_assert_str_eq(r[2].problem.code, "empty");
    arena_done(&a);
}

Test(decode, without_memory_no_record_is_set_aside, .signal = SIGABRT)
{
    struct kafka_record k = submission("{\"tenant\":\"demo\",\"description\":\"water comes through the ceiling\"}");
    struct record r = record_of(&k);
    struct arena a;

    arena_init(&a, 64);
    records_decode(&a, &r, 1);
}
