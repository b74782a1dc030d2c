/* Anchors as lines: what is signed, how they follow one another, and what is said of lines that were meddled with. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/str.h"
#include "common/journal/anchor.h"

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

TestSuite(anchor, .init = setup, .fini = teardown);

/* The anchor after `before` (NULL: the first) with three more entries and a new complaint. */
static struct anchor next(const char *tenant, const struct anchor *before, const struct signing_key *by)
{
    struct anchor n = { .tenant = tenant, .number = 1, .at_us = 1764000000000001, .upto = { 10, 2 }, .entries = 3 };

    n.complaints = n.all_complaints = 1;
    if (before) {
        n.number = before->number + 1;
        n.after = before->upto;
        n.upto.batch = before->upto.batch + 10;
        n.all_complaints += before->all_complaints;
        sha256(before->statement, strlen(before->statement), n.previous);
    }
    anchor_seal(&arena, &n, by);
    return n;
}

/* A file of two tenants that take turns: lines 1 and 3 are one's, 2 and 4 the other's. */
static char *file(struct anchor lines[4])
{
    struct strbuf b;

    lines[0] = next("demo", NULL, &key);
    lines[1] = next("other \"group\"", NULL, &key);
    lines[2] = next("demo", &lines[0], &key);
    lines[3] = next("other \"group\"", &lines[1], &key);
    strbuf_init(&b, &arena);
    for (int i = 0; i < 4; i++)
        strbuf_printf(&b, "%s\n", anchor_line(&arena, &lines[i]));
    return b.data;
}

static const char *check(const char *text, const unsigned char *by)
{
    struct anchors read;
    const char *wrong = anchors_parse(&arena, text, strlen(text), &read);

    return wrong ? wrong : anchors_check(&arena, &read, by);
}

static void says(const char *wrong, const char *wanted)
{
    cr_assert(wrong && strstr(wrong, wanted), "\"%s\", not \"%s\"", wrong ? wrong : "nothing", wanted);
}

/* Lines in another choice or order. */
static char *picked(const struct anchor *lines, const char *which)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    for (const char *p = which; *p; p++)
        strbuf_printf(&b, "%s\n", anchor_line(&arena, &lines[*p - '0']));
    return b.data;
}

Test(anchor, a_line_is_read_as_it_was_written)
{
    struct anchor n = next("demo", NULL, &key), again;
    char *line = anchor_line(&arena, &n);

    cr_assert_null(anchor_parse(&arena, line, strlen(line), &again));
    cr_expect_str_eq(again.statement, n.statement);
    cr_expect_eq(again.at_us, n.at_us);
    cr_expect_eq(again.upto.batch, 10);
    cr_expect_eq(again.upto.ord, 2);
    cr_expect_arr_eq(again.signature, n.signature, SIGNATURE_BYTES);
}

Test(anchor, whole_files_hold)
{
    struct anchor lines[4];
    char *text = file(lines);

    cr_expect_null(check(text, NULL));
    cr_expect_null(check(text, key.public));
    cr_expect_null(check(picked(lines, "0123"), key.public));
    cr_expect_null(check(picked(lines, "1302"), key.public), "tenants do not wait for each other");
}

Test(anchor, what_is_missing_is_named)
{
    struct anchor lines[4];

    file(lines);
    says(check(picked(lines, "023"), NULL),
         "line 3 (other \"group\", anchor 2 of 2025-11-24T16:00:00.000001Z): one before");
    says(check(picked(lines, "2"), NULL), "one before it is missing");
    says(check(picked(lines, "00"), NULL), "one before it is missing");
}

Test(anchor, a_line_of_another_chain_does_not_follow)
{
    struct anchor lines[4], first, second;

    file(lines);
    first = next("demo", NULL, &key);
    first.digest[0] = 9;
    anchor_seal(&arena, &first, &key);
    second = next("demo", &first, &key);
    lines[2] = second;
    says(check(picked(lines, "02"), NULL), "does not follow from the one before");
    second = next("demo", &lines[0], &key);
    second.after.batch = 5;
    anchor_seal(&arena, &second, &key);
    lines[2] = second;
    says(check(picked(lines, "02"), NULL), "does not begin where the one before ends");
    second = next("demo", &lines[0], &key);
    second.all_complaints = 7;
    anchor_seal(&arena, &second, &key);
    lines[2] = second;
    says(check(picked(lines, "02"), NULL), "do not add up");
}

Test(anchor, another_key_is_told)
{
    struct anchor lines[4];

    says(check(file(lines), other.public), "signed with another key");
    lines[2] = next("demo", &lines[0], &other);
    says(check(picked(lines, "0123"), NULL), "line 3 (demo");
}

/* Not one byte of a file is free: each is changed in turn, to a neighbour and to a blank. */
Test(anchor, every_changed_byte_is_noticed)
{
    struct anchor lines[4];
    char *text = file(lines);
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        char was = text[i];

        text[i] ^= 1;
        cr_expect(check(text, key.public), "byte %zu: '%c' for '%c'", i, text[i], was);
        text[i] = was == ' ' ? '\t' : ' ';
        cr_expect(check(text, key.public), "byte %zu: a blank for '%c'", i, was);
        text[i] = was;
    }
    text[len - 1] = '\0';
    says(check(text, NULL), "line 4: it is cut off");
}
