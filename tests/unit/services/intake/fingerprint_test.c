#include "services/intake/fingerprint.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/contact/contact.h"
#include "common/event/json.h"
#include "common/event/unpack.h"

static const struct vault_key hash_key = { { 7 } };

#define JSON                                                                                                           \
    "{\"tenant\":\"demo\",\"source\":\"cc\",\"sourceEventId\":\"1\",\"channel\":\"CHANNEL_HOTLINE\","                  \
    "\"receivedAt\":\"2026-09-18T15:00:00Z\",\"projectCode\":\"YHHY\",\"building\":\"3\",\"unit\":\"1203\","           \
    "\"complainant\":{\"name\":\"张三\",\"phone\":\"13800138000\"},\"description\":\"漏水\",\"amountFen\":\"0\","  \
    "\"call\":{\"callId\":\"c1\",\"caller\":\"13900139000\"},\"categoryCode\":\"quality.leak\"}"

static Redress__V1__Submission *read_json(struct arena *a, const char *text)
{
    struct field_problem problem = { 0 };
    ProtobufCMessage *m = NULL;

    cr_assert_eq(json_read(a, &redress__v1__submission__descriptor, text, strlen(text), &m, &problem), 0, "%s: %s",
                 problem.path, problem.message);
    return (Redress__V1__Submission *)m;
}

static Redress__V1__Submission *through_protobuf(struct arena *a, const Redress__V1__Submission *s)
{
    struct field_problem problem;
    ProtobufCMessage *m = NULL;
    size_t len;
    void *packed = event_pack(a, &s->base, &len);

    cr_assert_eq(event_unpack(a, &redress__v1__submission__descriptor, packed, len, &m, &problem), 0);
    return (Redress__V1__Submission *)m;
}

struct fixture {
    struct arena a;
    Redress__V1__Submission *s, *other;
};

static struct fixture make(void)
{
    struct fixture f;

    arena_init(&f.a, 0);
    f.s = read_json(&f.a, JSON);
    f.other = through_protobuf(&f.a, f.s);
    return f;
}

static bool same_content(struct fixture *f)
{
    char a[VAULT_HASH_TEXT], b[VAULT_HASH_TEXT];

    fingerprint_content(&f->a, &hash_key, f->s, a);
    fingerprint_content(&f->a, &hash_key, f->other, b);
    return strcmp(a, b) == 0;
}

static bool same_home(struct fixture *f)
{
    char a[VAULT_HASH_TEXT], b[VAULT_HASH_TEXT];

    fingerprint_home(&f->a, &hash_key, f->s, a);
    fingerprint_home(&f->a, &hash_key, f->other, b);
    cr_assert(a[0] && b[0]);
    return strcmp(a, b) == 0;
}

static bool same_matter(struct fixture *f)
{
    return fingerprint_matter(&f->a, &hash_key, "phone", "home", f->s) ==
           fingerprint_matter(&f->a, &hash_key, "phone", "home", f->other);
}

Test(fingerprint, protobuf_and_json_of_the_same_content_are_equal)
{
    struct fixture f = make();

    cr_assert(same_content(&f));
    arena_done(&f.a);
}

Test(fingerprint, every_field_counts)
{
    struct fixture f = make();
    char x[] = "x";

    f.other->description = x;
    cr_assert_not(same_content(&f));
    f.other = through_protobuf(&f.a, f.s);
    f.other->complainant->phone = x;
    cr_assert_not(same_content(&f));
    f.other = through_protobuf(&f.a, f.s);
    f.other->received_at->nanos = 1;
    cr_assert_not(same_content(&f));
    f.other = through_protobuf(&f.a, f.s);
    f.other->amount_fen = NULL; /* no amount is not an amount of 0 */
    cr_assert_not(same_content(&f));
    arena_done(&f.a);
}

Test(fingerprint, one_home_has_one_key_however_its_unit_is_written)
{
    static const char *const units[] = { "1203", " 1203 ", "1203室", "１２０３", "1203 室", "1203号", "1203房" };
    struct fixture f = make();

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        f.other->unit = arena_strdup(&f.a, units[i]);
        cr_assert(same_home(&f), "%s", units[i]);
    }
    f.s->unit = arena_strdup(&f.a, "a-1203");
    f.other->unit = arena_strdup(&f.a, "Ａ－1203");
    cr_assert(same_home(&f));
    arena_done(&f.a);
}

Test(fingerprint, another_unit_building_or_project_is_another_home)
{
    struct fixture f = make();
    char x[] = "12";

    f.other->unit = x;
    cr_assert_not(same_home(&f));
    f.other = through_protobuf(&f.a, f.s);
    f.other->building = x;
    cr_assert_not(same_home(&f));
    f.other = through_protobuf(&f.a, f.s);
    f.other->project_code = x;
    cr_assert_not(same_home(&f));
    arena_done(&f.a);
}

Test(fingerprint, without_a_unit_there_is_no_home)
{
    struct fixture f = make();
    char key[VAULT_HASH_TEXT] = "x", none[] = "", blank[] = " 　";

    f.s->unit = none;
    fingerprint_home(&f.a, &hash_key, f.s, key);
    cr_assert_str_eq(key, "");
    f.s->unit = blank;
    fingerprint_home(&f.a, &hash_key, f.s, key);
    cr_assert_str_eq(key, "");
    arena_done(&f.a);
}

Test(fingerprint, one_matter_is_complainant_project_home_and_category)
{
    struct fixture f = make();
    char x[] = "x", none[] = "";

    cr_assert(same_matter(&f));
    f.other->description = x; /* told in other words */
    f.other->source_event_id = x;
    cr_assert(same_matter(&f));
    f.other->category_code = x;
    cr_assert_not(same_matter(&f));
    f.s->category_code = f.other->category_code = none;
    cr_assert(same_matter(&f), "two empty categories are the same");
    f.other->project_code = x;
    cr_assert_not(same_matter(&f));
    cr_assert_neq(fingerprint_matter(&f.a, &hash_key, "a", "b", f.s),
                  fingerprint_matter(&f.a, &hash_key, "a", "c", f.s));
    cr_assert_neq(fingerprint_matter(&f.a, &hash_key, "a", "b", f.s),
                  fingerprint_matter(&f.a, &hash_key, "c", "b", f.s));
    arena_done(&f.a);
}

Test(fingerprint, another_tenants_key_gives_another_fingerprint)
{
    struct fixture f = make();
    const struct vault_key theirs = { { 8 } };
    char a[VAULT_HASH_TEXT], b[VAULT_HASH_TEXT];

    fingerprint_content(&f.a, &hash_key, f.s, a);
    fingerprint_content(&f.a, &theirs, f.s, b);
    cr_assert_str_neq(a, b);
    arena_done(&f.a);
}

Test(contact, opens_with_its_key_for_its_complaint_only)
{
    struct fixture f = make();
    struct vault_key key = { { 1 } }, other_key = { { 2 } };
    struct uuid id = { { 1 } }, other_id = { { 2 } };
    Redress__V1__Submission *opened;
    size_t len;
    unsigned char *sealed = contact_seal(&f.a, &key, &id, f.s, &len);

    opened = contact_open(&f.a, &key, &id, sealed, len);
    cr_assert_not_null(opened);
    cr_assert_str_eq(opened->complainant->name, "张三");
    cr_assert_str_eq(opened->complainant->phone, "13800138000");
    cr_assert_str_eq(opened->unit, "1203");
    cr_assert_str_eq(opened->call->caller, "13900139000");
    cr_assert_str_eq(opened->description, "", "nothing but the contact is in it");
    cr_assert_null(contact_open(&f.a, &other_key, &id, sealed, len));
    cr_assert_null(contact_open(&f.a, &key, &other_id, sealed, len));
    sealed[len / 2] ^= 1;
    cr_assert_null(contact_open(&f.a, &key, &id, sealed, len));
    arena_done(&f.a);
}

Test(contact, nothing_shows_through)
{
    struct fixture f = make();
    struct vault_key key = { { 1 } };
    struct uuid id = { { 1 } };
    size_t len;
    void *sealed = contact_seal(&f.a, &key, &id, f.s, &len);

    cr_assert_null(memmem(sealed, len, "138001", 6));
    cr_assert_null(memmem(sealed, len, "张三", strlen("张三")));
    arena_done(&f.a);
}

Test(fingerprint, a_submission_that_is_read_again_makes_the_same_complaint)
{
    static const struct vault_key other_key = { { 8 } };
    static const int64_t at_us = INT64_C(1790000000123456);
    struct fixture f = make();
    struct uuid id = fingerprint_id(&f.a, &hash_key, f.s, at_us),
                again = fingerprint_id(&f.a, &hash_key, f.other, at_us);
    struct uuid later = fingerprint_id(&f.a, &hash_key, f.s, at_us + 1000);
    struct uuid guessed = fingerprint_id(&f.a, &other_key, f.s, at_us), other;
    char text[UUID_TEXT_SIZE];

    cr_assert(uuid_eq(&id, &again));
    uuid_format(&id, text);
    cr_assert_eq(text[14], '7');
    cr_assert(strchr("89ab", text[19]));
    cr_assert_lt(memcmp(&id, &later, sizeof id), 0, "what comes later lies behind it");
    cr_assert_not(uuid_eq(&id, &guessed), "nobody without the key knows it");
    f.other->source_event_id = (char[]){ "2" };
    other = fingerprint_id(&f.a, &hash_key, f.other, at_us);
    cr_assert_not(uuid_eq(&id, &other));
    arena_done(&f.a);
}
