#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "common/event/unpack.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "odd_message.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/submission.pb-c.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, (size_t)64 << 20);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(unpack, .init = set_up, .fini = tear_down);

static const ProtobufCMessageDescriptor *const submission = &redress__v1__submission__descriptor;

#define BYTES(literal)                                                                                                 \
    (struct str)                                                                                                       \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1                                                                                 \
    }

static void *taken(const ProtobufCMessageDescriptor *d, struct str bytes)
{
    struct field_problem problem = { "", "", "" };
    ProtobufCMessage *m = NULL;

    cr_assert_eq(event_unpack(&arena, d, bytes.data, bytes.len, &m, &problem), 0, "%s %s: %s", problem.path,
                 problem.code, problem.message);
    return m;
}

static struct field_problem refused(const ProtobufCMessageDescriptor *d, struct str bytes)
{
    struct field_problem problem = { NULL, NULL, NULL };
    ProtobufCMessage *untouched = (ProtobufCMessage *)&arena, *m = untouched;

    cr_assert_eq(event_unpack(&arena, d, bytes.data, bytes.len, &m, &problem), 1);
    cr_assert_eq(m, untouched);
    cr_assert(*problem.message);
    return problem;
}

static void assert_refused(struct str bytes, const char *path, const char *code)
{
    struct field_problem problem = refused(submission, bytes);

    cr_assert_str_eq(problem.path, path, "path is %s, %s", problem.path, problem.message);
    cr_assert_str_eq(problem.code, code, "code is %s, %s", problem.code, problem.message);
}

/* `count` times the same bytes. */
static struct str times(size_t count, struct str bytes)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    for (size_t i = 0; i < count; i++)
        strbuf_add(&b, bytes.data, bytes.len);
    return (struct str){ b.data, b.len };
}

/* A length-delimited field with a number below 16. */
static struct str field(unsigned id, struct str content)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    strbuf_addc(&b, (char)(id << 3 | 2));
    for (size_t len = content.len;; len >>= 7) {
        strbuf_addc(&b, (char)((len & 0x7f) | (len > 0x7f ? 0x80 : 0)));
        if (len <= 0x7f)
            break;
    }
    strbuf_add(&b, content.data, content.len);
    return (struct str){ b.data, b.len };
}

static struct str join(struct str a, struct str b)
{
    struct strbuf out;

    strbuf_init(&out, &arena);
    strbuf_add(&out, a.data, a.len);
    strbuf_add(&out, b.data, b.len);
    return (struct str){ out.data, out.len };
}

/* A submission with something in every kind of field that it has. */
static struct str full_submission(void)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;
    Redress__V1__Complainant who = REDRESS__V1__COMPLAINANT__INIT;
    Redress__V1__Evidence one = REDRESS__V1__EVIDENCE__INIT, two = REDRESS__V1__EVIDENCE__INIT, *all[] = { &one, &two };
    Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Google__Protobuf__Int64Value amount = GOOGLE__PROTOBUF__INT64_VALUE__INIT;
    size_t len;
    void *data;

    s.tenant = (char *)"vanke";
    s.description = (char *)"厨房天花板漏水";
    s.channel = REDRESS__V1__CHANNEL__CHANNEL_WECHAT;
    at.seconds = 1789743600;
    at.nanos = 7;
    s.received_at = &at;
    who.name = (char *)"张三";
    who.identity_verified = 1;
    s.complainant = &who;
    amount.value = -5;
    s.amount_fen = &amount;
    one.uri = (char *)"s3://a";
    two.sha256 = (ProtobufCBinaryData){ 2, (uint8_t[]){ 0, 255 } };
    s.evidence = all;
    s.n_evidence = 2;
    data = event_pack(&arena, &s.base, &len);
    return (struct str){ data, len };
}

Test(unpack, a_message_comes_back_as_it_was_packed)
{
    struct str bytes = full_submission();
    Redress__V1__Submission *s = taken(submission, bytes);
    size_t len;
    void *again;

    cr_assert_str_eq(s->description, "厨房天花板漏水");
    cr_assert_eq(s->received_at->nanos, 7);
    cr_assert_eq(s->amount_fen->value, -5);
    cr_assert_eq(s->n_evidence, 2);
    cr_assert_eq(s->evidence[1]->sha256.len, 2);
    again = event_pack(&arena, &s->base, &len);
    cr_assert_eq(len, bytes.len);
    cr_assert_eq(memcmp(again, bytes.data, len), 0);
}

Test(unpack, an_empty_record_is_a_message_of_defaults)
{
    Redress__V1__Submission *s = taken(submission, BYTES(""));

    cr_assert_str_eq(s->tenant, "");
    s = taken(submission, (struct str){ NULL, 0 });
    cr_assert_null(s->complainant);
}

Test(unpack, packing_an_empty_message_gives_no_bytes_but_memory)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;
    size_t len = 1;

    cr_assert_not_null(event_pack(&arena, &s.base, &len));
    cr_assert_eq(len, 0);
}

/* --- text --- */

Test(unpack, text_with_nul_is_refused_with_its_path)
{
    assert_refused(field(1, BYTES("a\0b")), "tenant", "invalid_utf8");
    assert_refused(field(1, BYTES("\0")), "tenant", "invalid_utf8");
    assert_refused(field(1, BYTES("abc\0")), "tenant", "invalid_utf8");
    assert_refused(field(10, field(3, BYTES("138\0"))), "complainant.phone", "invalid_utf8");
}

Test(unpack, text_that_is_not_utf8_is_refused_with_its_path)
{
    assert_refused(field(1, BYTES("\xff")), "tenant", "invalid_utf8");
    assert_refused(field(12, BYTES("漏\xe6\xb0")), "description", "invalid_utf8");
    assert_refused(field(1, BYTES("\xc0\x80")), "tenant", "invalid_utf8");
    assert_refused(field(1, BYTES("\xed\xa0\x80")), "tenant", "invalid_utf8");
}

Test(unpack, every_occurrence_of_a_field_is_checked)
{
    assert_refused(join(field(1, BYTES("\xff")), field(1, BYTES("good"))), "tenant", "invalid_utf8");
    assert_refused(join(field(10, field(2, BYTES("\xff"))), field(10, field(2, BYTES("x")))), "complainant.name",
                   "invalid_utf8");
}

static struct str evidence(struct str content)
{
    return join(BYTES("\x82\x01"), (struct str){ field(1, content).data + 1, field(1, content).len - 1 });
}

Test(unpack, the_path_counts_the_elements_of_a_list_even_with_others_between)
{
    struct str good = evidence(field(1, BYTES("x"))), bad = evidence(field(2, BYTES("\xff")));

    assert_refused(bad, "evidence[0].media_type", "invalid_utf8");
    assert_refused(join(times(2, good), bad), "evidence[2].media_type", "invalid_utf8");
    assert_refused(join(join(good, field(1, BYTES("t"))), join(good, bad)), "evidence[2].media_type", "invalid_utf8");
}

Test(unpack, lists_of_text_are_checked_and_counted)
{
    struct field_problem problem = refused(&odd_descriptor, join(field(2, BYTES("a")), field(2, BYTES("\0"))));

    cr_assert_str_eq(problem.path, "words[1]");
    cr_assert_str_eq(problem.code, "invalid_utf8");
}

Test(unpack, text_in_a_oneof_is_checked)
{
    cr_assert_str_eq(refused(&odd_descriptor, field(5, BYTES("\xff"))).path, "word");
}

Test(unpack, bytes_may_hold_anything)
{
    Redress__V1__Submission *s = taken(submission, evidence(field(3, BYTES("\0\xff\0"))));

    cr_assert_eq(s->evidence[0]->sha256.len, 3);
}

/* --- damage --- */

Test(unpack, a_record_cut_off_anywhere_is_refused_or_whole_fields_remain)
{
    struct str bytes = full_submission();
    struct field_problem problem;
    ProtobufCMessage *m;
    unsigned refusals = 0;

    for (size_t len = 0; len < bytes.len; len++) {
        char *copy = malloc(len + 1); /* so that the sanitizer sees a read beyond the end */
        int rc;

        memcpy(copy, bytes.data, len);
        copy = realloc(copy, len ? len : 1);
        rc = event_unpack(&arena, submission, copy, len, &m, &problem);
        cr_assert(rc == 0 || rc == 1, "%d at %zu", rc, len);
        refusals += rc == 1;
        free(copy);
    }
    cr_assert_gt(refusals, bytes.len / 2);
}

Test(unpack, damaged_keys_and_lengths_are_undecodable_and_say_where)
{
    cr_assert(strstr(refused(submission, join(field(1, BYTES("t")), BYTES("\x12\x05zz"))).message, "byte 3"));
    assert_refused(BYTES("\x0a"), "", "undecodable");                     /* no length */
    assert_refused(BYTES("\x0a\x05zz"), "", "undecodable");               /* too short */
    assert_refused(BYTES("\x0a\xff\xff\xff\xff\xff"), "", "undecodable"); /* an endless length */
    assert_refused(BYTES("\x0a\xff\xff\xff\xff\x7f"), "", "undecodable"); /* 32 GB */
    assert_refused(BYTES("\x02\x00"), "", "undecodable");                 /* field 0 */
    assert_refused(BYTES("\x80\x00\x00"), "", "undecodable");             /* field 0, the long way */
    assert_refused(BYTES("\x8a\x80\x80\x80\x10\x01x"), "",
                   "undecodable"); /* field 1 + 2^29: bits that protobuf-c drops */
    assert_refused(BYTES("\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "",
                   "undecodable");                        /* 11 bytes of varint */
    assert_refused(BYTES("\x0b"), "", "undecodable");     /* a group */
    assert_refused(BYTES("\xfb\x07"), "", "undecodable"); /* a group in an unknown field */
    assert_refused(BYTES("\x0e"), "", "undecodable");     /* wire types 6 and 7 do not exist */
    assert_refused(BYTES("\x0f"), "", "undecodable");
}

Test(unpack, a_part_may_not_reach_beyond_its_message)
{
    /* complainant of 3 bytes, whose name claims 5 */
    assert_refused(BYTES("\x52\x03\x12\x05xyzzy"), "complainant", "undecodable");
}

Test(unpack, a_field_with_another_wire_type_is_refused)
{
    assert_refused(BYTES("\x08\x01"), "tenant", "wrong_type");
    assert_refused(BYTES("\x22\x01x"), "channel", "wrong_type");
    assert_refused(BYTES("\x50\x01"), "complainant", "wrong_type");
    assert_refused(BYTES("\x82\x01\x02\x20\x01\x80\x01\x01"), "evidence[1]", "wrong_type");
}

Test(unpack, numbers_in_a_list_may_be_packed_or_not)
{
    struct odd *o = taken(&odd_descriptor, BYTES("\x0a\x02\x01\x02\x08\x03"));

    cr_assert_eq(o->n_numbers, 3);
    cr_assert(o->numbers[0] == -1 && o->numbers[1] == 1 && o->numbers[2] == -2);
    cr_assert_str_eq(refused(&odd_descriptor, BYTES("\x0a\x02\x01\x80")).code, "undecodable");
}

/* --- too much --- */

Test(unpack, a_few_unknown_fields_pass)
{
    Redress__V1__Submission *s;

    s = taken(submission, join(field(1, BYTES("t")), times(UNPACK_UNKNOWN_FIELDS_MAX, BYTES("\xfa\x3e\x01x"))));
    cr_assert_str_eq(s->tenant, "t");
}

Test(unpack, many_unknown_fields_are_refused)
{
    struct str one_too_many = times(UNPACK_UNKNOWN_FIELDS_MAX + 1, BYTES("\xf8\x3e\x01"));

    assert_refused(one_too_many, "", "unknown_field");
    /* counted over the whole record: 33 in each of two parts */
    assert_refused(join(field(10, times(33, BYTES("\xf8\x3e\x01"))), field(10, times(33, BYTES("\xf8\x3e\x01")))),
                   "complainant", "unknown_field");
}

Test(unpack, many_bytes_of_unknown_fields_are_refused)
{
    struct str pad = times(UNPACK_UNKNOWN_BYTES_MAX - 5, BYTES("x")), longer = times(pad.len + 1, BYTES("x"));

    /* key 1 byte (field 2 of FourClears would be a bool: 15 is unknown to Evidence), length 3 */
    taken(submission, evidence(field(15, (struct str){ pad.data, pad.len })));
    assert_refused(evidence(field(15, join(longer, BYTES("x")))), "evidence[0]", "unknown_field");
}

Test(unpack, two_megabytes_of_unknown_fields_cost_no_memory)
{
    struct str bomb = times(700000, BYTES("\xf8\x3e\x01"));
    size_t before = arena.used;

    assert_refused(bomb, "", "unknown_field");
    cr_assert_lt(arena.peak - before, 1024);
}

Test(unpack, a_flood_of_empty_elements_is_refused_and_gives_its_memory_back)
{
    struct str flood = times(700000, BYTES("\x82\x01\x00"));
    size_t before = arena.used;

    assert_refused(flood, "", "too_large");
    cr_assert_leq(arena.peak, before + UNPACK_MEMORY_MAX);
    cr_assert_lt(arena.used - before, 1024);
}

Test(unpack, a_small_flood_is_refused_by_its_own_size)
{
    assert_refused(times(2000, BYTES("\x82\x01\x00")), "", "too_large");
}

Test(unpack, the_budget_is_enough_for_honest_records)
{
    struct str photo = evidence(join(field(1, BYTES("s3://bucket/2026/09/18/photo-0001.jpg")),
                                     field(3, BYTES("01234567890123456789012345678901"))));
    Redress__V1__Submission *s = taken(submission, times(2000, photo));

    cr_assert_eq(s->n_evidence, 2000);
    s = taken(submission, field(12, times(700000, BYTES("漏"))));
    cr_assert_eq(strlen(s->description), 2100000);
}

Test(unpack, the_budget_grows_with_the_record_up_to_a_limit)
{
    cr_assert_eq(unpack_budget(0), 65536);
    cr_assert_eq(unpack_budget(1000), 65536 + 16000);
    cr_assert_eq(unpack_budget((size_t)1 << 20), UNPACK_MEMORY_MAX);
    cr_assert_eq(unpack_budget(SIZE_MAX), UNPACK_MEMORY_MAX);
}

Test(unpack, a_full_arena_is_no_fault_of_the_record)
{
    struct str bytes = full_submission();
    struct field_problem problem = { NULL, NULL, NULL };
    ProtobufCMessage *m = NULL;
    struct arena small;
    int rc;

    for (size_t cap = 16;; cap += 16) {
        arena_init(&small, cap);
        rc = event_unpack(&small, submission, bytes.data, bytes.len, &m, &problem);
        cr_assert(rc == 0 || (rc == ERR_RETRY && m == NULL && small.used == 0), "%d with %zu bytes", rc, cap);
        arena_done(&small);
        if (rc == 0)
            break;
        cr_assert_lt(cap, 8192);
    }
}

Test(unpack, nesting_ends_even_where_a_schema_would_not)
{
    struct str bytes = BYTES("");

    for (int i = 0; i < 31; i++)
        bytes = field(8, bytes);
    taken(&odd_descriptor, bytes);
    cr_assert_str_eq(refused(&odd_descriptor, field(8, bytes)).code, "too_deep");
    for (int i = 0; i < 2000; i++)
        bytes = field(8, bytes);
    cr_assert_str_eq(refused(&odd_descriptor, bytes).code, "too_deep");
}

/* --- chance --- */

static const ProtobufCMessageDescriptor *const all[] = { &redress__v1__submission__descriptor,
                                                         &redress__v1__complaint_event__descriptor, &odd_descriptor };

static void unpack_damaged(unsigned *seed, struct str good)
{
    struct field_problem problem;
    ProtobufCMessage *m;
    size_t len = good.len ? (size_t)rand_r(seed) % (good.len + 1) : (size_t)rand_r(seed) % 200;
    char *data = malloc(len ? len : 1);
    int rc;

    for (size_t i = 0; i < len; i++)
        data[i] = good.len && rand_r(seed) % 40 ? good.data[i] : (char)rand_r(seed);
    rc = event_unpack(&arena, all[(size_t)rand_r(seed) % 3], data, len, &m, &problem);
    cr_assert(rc == 0 || rc == 1, "%d", rc);
    free(data);
}

Test(unpack, random_bytes_are_taken_or_refused_and_nothing_else)
{
    unsigned seed = (unsigned)time(NULL), start = seed;
    struct str good = full_submission();
    struct arena_mark mark = arena_mark(&arena);

    fprintf(stderr, "random_bytes: seed %u\n", start);
    for (int i = 0; i < 20000; i++) {
        unpack_damaged(&seed, i % 2 ? good : BYTES(""));
        arena_rewind(&arena, mark);
    }
}
