/* Packages: written, they hold; whatever is changed in one is found, and it is said where. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "services/ctl/archive.h"
#include "services/ctl/tar.h"

#define TEXT "主卧天花板滴水 \"quoted\"\n"
#define NOTE "明早九点上门"

static struct arena arena;
static struct signing_key key, other;

static void setup(void)
{
    static const unsigned char seeds[2][32] = { { 1 }, { 2 } };

    arena_init(&arena, 0);
    crypto_sign_seed_keypair(key.public, key.secret, seeds[0]);
    crypto_sign_seed_keypair(other.public, other.secret, seeds[1]);
}

static void teardown(void)
{
    arena_done(&arena);
}

TestSuite(archive, .init = setup, .fini = teardown);
TestSuite(tar, .init = setup, .fini = teardown);

/* ---- a record of three events ---- */

#define EVENTS 3

struct story {
    struct journal_entry entries[EVENTS];
    struct archive_text texts[3];
    struct archive_evidence evidence[1];
    struct archive x;
};

static ProtobufCBinaryData digest_of(const char *text)
{
    unsigned char *out = arena_alloc(&arena, SHA256_BYTES);

    sha256(text, strlen(text), out);
    return (ProtobufCBinaryData){ SHA256_BYTES, out };
}

static void *pack_event(const struct story *s, int64_t version, size_t *ret_len)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Redress__V1__Registered registered = REDRESS__V1__REGISTERED__INIT;
    Redress__V1__Investigated investigated = REDRESS__V1__INVESTIGATED__INIT;
    Redress__V1__Noted noted = REDRESS__V1__NOTED__INIT;
    Redress__V1__TextDigest note = REDRESS__V1__TEXT_DIGEST__INIT, *notes[] = { &note };
    Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    ProtobufCBinaryData photos[] = { digest_of("photo 1"), digest_of("photo 2") };
    char id[UUID_TEXT_SIZE];

    uuid_format(&s->x.id, id);
    at.seconds = 1764000000 + version;
    e.tenant = (char *)(uintptr_t)s->x.tenant;
    e.complaint_id = id;
    e.complaint_number = (char *)(uintptr_t)s->x.number;
    e.version = version;
    e.at = &at;
    e.actor = (char *)(uintptr_t) "S0101";
    registered.description_sha256 = digest_of(TEXT);
    registered.demand_sha256 = digest_of("");
    registered.evidence_count = 1;
    investigated.evidence_sha256 = photos;
    investigated.n_evidence_sha256 = 2;
    note.field = (char *)(uintptr_t) "text";
    note.sha256 = digest_of(NOTE);
    if (version == 1) {
        e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED;
        e.registered = &registered;
    } else if (version == 2) {
        e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_NOTED;
        e.noted = &noted;
        e.texts = notes;
        e.n_texts = 1;
    } else {
        e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_INVESTIGATED;
        e.investigated = &investigated;
    }
    return event_pack(&arena, &e.base, ret_len);
}

static struct story *story(void)
{
    struct story *s = arena_new(&arena, struct story);
    unsigned char head[SHA256_BYTES] = { 0 };
    char *id = arena_alloc(&arena, UUID_TEXT_SIZE);

    s->x = (struct archive){ .tenant = "demo",
                             .number = "YHHY-20261126-00001",
                             .status = "investigated",
                             .entries = s->entries,
                             .entry_count = EVENTS,
                             .texts = s->texts,
                             .text_count = 3,
                             .evidence = s->evidence,
                             .evidence_count = 1,
                             .revealed = true,
                             .who = "clerk@office",
                             .why = "court",
                             .at_us = 1764000100000000 };
    s->x.id.bytes[15] = 7;
    uuid_format(&s->x.id, id);
    s->texts[0] = (struct archive_text){ 1, "description", TEXT };
    s->texts[1] = (struct archive_text){ 2, "text", NOTE };
    s->texts[2] = (struct archive_text){ 1, "demand", "" };
    s->evidence[0] = (struct archive_evidence){ 1, "image/jpeg", "s3://bucket/1.jpg", 1000, digest_of("photo 0").data };
    for (int i = 0; i < EVENTS; i++) {
        struct journal_entry *e = &s->entries[i];

        *e = (struct journal_entry){ .topic = TOPIC_COMPLAINTS,
                                     .key = id,
                                     .tenant = "demo",
                                     .aggregate_id = s->x.id,
                                     .aggregate_version = i + 1,
                                     .type = "redress.v1.ComplaintEvent",
                                     .headers = "ce_source: redress/test\n" };
        e->payload = pack_event(s, i + 1, &e->payload_len);
        journal_seal(e, 1764000000000001 + i, head);
    }
    return s;
}

/* Hashes everything again, as a forger would who can write the whole chain. */
static void seal_again(struct story *s)
{
    unsigned char head[SHA256_BYTES] = { 0 };

    for (size_t i = 0; i < s->x.entry_count; i++)
        journal_seal(&s->entries[i], s->entries[i].recorded_at_us, head);
}

static struct strbuf written(const struct story *s, const struct signing_key *by)
{
    struct str manifest;
    struct strbuf b;

    strbuf_init(&b, &arena);
    cr_assert_eq(archive_write(&arena, &s->x, by, &b, &manifest), 0, "%s", err_text());
    return b;
}

static const char *check(const struct strbuf *b, const unsigned char *by, struct archive_report *ret)
{
    struct arena scratch;
    const char *wrong;
    static char text[400];

    arena_init(&scratch, 0);
    wrong = archive_check(&scratch, b->data, b->len, by, ret);
    str_copy(text, sizeof text, wrong ? wrong : "");
    arena_done(&scratch);
    return wrong ? text : NULL;
}

static void says(const struct strbuf *b, const char *wanted)
{
    struct archive_report r;
    const char *wrong = check(b, key.public, &r);

    cr_assert(wrong && strstr(wrong, wanted), "\"%s\", not \"%s\"", wrong ? wrong : "nothing", wanted);
}

/* Another text in place of the first one of the same length. */
static void replace(struct strbuf *b, const char *was, const char *is)
{
    char *at = memmem(b->data, b->len, was, strlen(was));

    cr_assert(at && strlen(was) == strlen(is), "%s", was);
    memcpy(at, is, strlen(is));
}

/* ---- what holds ---- */

Test(archive, a_package_holds_and_tells_what_it_is)
{
    struct story *s = story();
    struct strbuf b = written(s, &key);
    struct archive_report r;

    cr_assert_null(archive_check(&arena, b.data, b.len, key.public, &r));
    cr_expect_eq(r.entries, 3);
    cr_expect_eq(r.texts, 3);
    cr_expect_eq(r.revealed, 3);
    cr_expect_eq(r.evidence, 3);
    cr_expect_str_eq(r.number, "YHHY-20261126-00001");
    cr_expect_str_eq(r.who, "clerk@office");
    cr_expect_arr_eq(r.key, key.public, SIGNING_PUBLIC_BYTES);
}

Test(archive, without_reveal_there_are_digests_and_no_text)
{
    struct story *s = story();
    struct archive_report r;
    struct strbuf b;

    s->x.revealed = false;
    b = written(s, &key);
    cr_assert_null(archive_check(&arena, b.data, b.len, NULL, &r));
    cr_expect_eq(r.texts, 3);
    cr_expect_eq(r.revealed, 0);
    cr_expect_null(memmem(b.data, b.len, NOTE, strlen(NOTE)));
    cr_expect_null(memmem(b.data, b.len, "s3://", 5));
}

Test(archive, what_was_erased_leaves_a_package_that_holds)
{
    struct story *s = story();
    struct archive_report r;
    struct strbuf b;

    s->x.text_count = s->x.evidence_count = 0;
    b = written(s, &key);
    cr_assert_null(archive_check(&arena, b.data, b.len, key.public, &r));
    cr_expect_eq(r.texts, 3);
    cr_expect_eq(r.revealed, 0);
}

Test(archive, the_same_record_gives_the_same_bytes)
{
    struct story *s = story();
    struct strbuf a = written(s, &key), b = written(s, &key);

    cr_assert_eq(a.len, b.len);
    cr_expect_arr_eq(a.data, b.data, a.len);
}

/* ---- what does not ---- */

/* Not one bit of a package is free: README, padding and headers included. */
Test(archive, every_changed_byte_is_noticed, .timeout = 110)
{
    struct strbuf b = written(story(), &key);
    struct archive_report r;

    for (size_t i = 0; i < b.len; i++) {
        b.data[i] = (char)(b.data[i] ^ (1 << i % 7));
        cr_assert(check(&b, key.public, &r), "byte %zu of %zu", i, b.len);
        b.data[i] = (char)(b.data[i] ^ (1 << i % 7));
    }
    cr_assert_null(check(&b, key.public, &r));
}

Test(archive, a_cut_or_longer_file_is_noticed)
{
    struct strbuf b = written(story(), &key);
    struct archive_report r;
    size_t whole = b.len;

    for (b.len = 0; b.len < whole; b.len += 97)
        cr_assert(check(&b, key.public, &r), "%zu bytes of %zu", b.len, whole);
    b.len = whole;
    strbuf_add(&b, "", 1);
    says(&b, "does not end as it must");
}

Test(archive, it_is_said_where_something_is_wrong)
{
    struct strbuf b = written(story(), &key);

    replace(&b, "\"recordedAt\":\"2025-11-24T16:00:00.000002Z\"", "\"recordedAt\":\"2025-11-24T16:00:00.000009Z\"");
    says(&b, "events.jsonl, line 2: version 2 is not what its hash was made from");
    b = written(story(), &key);
    replace(&b, "\"actor\":\"S0101\"", "\"actor\":\"S0999\"");
    says(&b, "events.jsonl, line 1: version 1: what is shown is not what was recorded");
    b = written(story(), &key);
    replace(&b, NOTE, "明早十点上门");
    says(&b, "texts.jsonl, line 3: the text \"text\" of version 2 is not what was recorded");
    b = written(story(), &key);
    replace(&b, "image/jpeg", "image/tiff");
    says(&b, "evidence.jsonl: it is not the file that the manifest was made for");
    b = written(story(), &key);
    replace(&b, "clerk@office", "chief@office");
    says(&b, "manifest.sig: the signature is not right");
}

Test(archive, an_event_left_out_is_missed)
{
    struct story *s = story();
    struct strbuf b;

    s->entries[1] = s->entries[2];
    s->x.entry_count = 2;
    b = written(s, &key);
    says(&b, "events.jsonl, line 2: version 3");
}

Test(archive, an_event_of_another_chain_does_not_fit)
{
    struct story *s = story();
    struct strbuf b;

    s->entries[2].prev_hash[0] ^= 1;
    journal_hash(&s->entries[2], s->entries[2].hash);
    b = written(s, &key);
    says(&b, "events.jsonl, line 3: version 3");
}

Test(archive, another_complaints_event_is_told)
{
    struct story *s = story();
    struct strbuf b;

    s->entries[2].aggregate_id.bytes[0] = 9;
    seal_again(s);
    b = written(s, &key);
    says(&b, "events.jsonl, line 3: it is another complaint's");
}

Test(archive, whoever_signs_with_another_key_is_found_out_by_the_key)
{
    struct strbuf b = written(story(), &other);
    struct archive_report r;

    says(&b, "signed with another key than yours");
    cr_assert_null(check(&b, NULL, &r));
    cr_expect_arr_eq(r.key, other.public, SIGNING_PUBLIC_BYTES);
}

Test(archive, a_text_that_was_changed_in_the_database_is_not_exported)
{
    struct story *s = story();
    struct str manifest;
    struct strbuf b;

    s->texts[1].content = "明早十点上门";
    strbuf_init(&b, &arena);
    cr_assert_eq(archive_write(&arena, &s->x, &key, &b, &manifest), ERR_POISON);
    cr_expect_str_eq(err_text(), "the text \"text\" of version 2 is not what was recorded: it was changed");
}

/* ---- its form ---- */

Test(tar, only_what_was_written_is_read)
{
    const struct tar_part in[] = { { "a.txt", { "hello", 5 } }, { "empty", { "", 0 } } };
    struct tar_part out[4];
    struct strbuf b;
    size_t count;

    strbuf_init(&b, &arena);
    tar_write(&b, in, 2, 1764000000000000);
    cr_expect_eq(b.len, 512 * 5);
    cr_assert_null(tar_read(&arena, b.data, b.len, out, 4, &count));
    cr_assert_eq(count, 2);
    cr_expect_str_eq(out[0].name, "a.txt");
    cr_expect(str_is(out[0].data, "hello"));
    cr_expect_str_eq(out[1].name, "empty");
    cr_expect_str_eq(tar_read(&arena, b.data, b.len, out, 1, &count), "it has too many parts");
    cr_expect_str_eq(tar_read(&arena, "", 0, out, 4, &count), "it is no tar file");
    cr_expect_str_eq(tar_read(&arena, b.data, 512 + 3, out, 4, &count), "part a.txt is cut off");
}
