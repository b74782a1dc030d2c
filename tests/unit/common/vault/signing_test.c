/* Keys that sign: in files as others read them, and signatures that hold for what was signed alone. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "common/vault/signing.h"

static char folder[64], path[96], public_path[100];
static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 0);
    str_copy(folder, sizeof folder, "/tmp/redress-signing.XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/key", folder);
    snprintf(public_path, sizeof public_path, "%s/key.pub", folder);
}

static void teardown(void)
{
    unlink(path);
    unlink(public_path);
    rmdir(folder);
    arena_done(&arena);
}

TestSuite(signing, .init = setup, .fini = teardown);

static void write_text(const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");

    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
    cr_assert_eq(chmod(path, mode), 0);
}

Test(signing, a_new_key_signs_and_its_public_half_checks)
{
    unsigned char public[SIGNING_PUBLIC_BYTES], signature[SIGNATURE_BYTES];
    struct signing_key k;
    struct stat st;

    cr_assert_eq(signing_write_new(path), 0, "%s", err_text());
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
    cr_assert_eq(signing_read(path, &k), 0, "%s", err_text());
    cr_assert_eq(signing_read_public(public_path, public), 0, "%s", err_text());
    cr_expect_arr_eq(public, k.public, sizeof public);
    signing_sign(&k, "R49", 3, signature);
    cr_expect(signing_verify(public, "R49", 3, signature));
    cr_expect_not(signing_verify(public, "R48", 3, signature));
    signature[63] ^= 1;
    cr_expect_not(signing_verify(public, "R49", 3, signature));
}

Test(signing, an_existing_key_is_never_written_over)
{
    cr_assert_eq(signing_write_new(path), 0);
    cr_expect_eq(signing_write_new(path), ERR_FATAL);
    cr_expect(strstr(err_text(), "File exists"), "%s", err_text());
}

/* RFC 8032, 7.1, test 2: the key as openssl writes it. */
Test(signing, signs_as_the_standard_says)
{
    static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
                              "-----END PRIVATE KEY-----\n";
    char hex[2 * SIGNATURE_BYTES + 1];
    unsigned char signature[SIGNATURE_BYTES];
    struct signing_key k;

    write_text(pem, 0600);
    cr_assert_eq(signing_read(path, &k), 0, "%s", err_text());
    hex_encode(k.public, SIGNING_PUBLIC_BYTES, hex);
    cr_expect_str_eq(hex, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    signing_sign(&k, "\x72", 1, signature);
    hex_encode(signature, sizeof signature, hex);
    cr_expect_str_eq(hex, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

Test(signing, a_key_open_to_others_or_of_another_kind_is_refused)
{
    struct signing_key k;

    cr_assert_eq(signing_write_new(path), 0);
    cr_assert_eq(chmod(path, 0644), 0);
    cr_expect_eq(signing_read(path, &k), ERR_FATAL);
    cr_expect(strstr(err_text(), "must not be open to others"), "%s", err_text());
    write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0600);
    cr_expect_eq(signing_read(path, &k), ERR_FATAL);
    write_text("64 hexadecimal digits are no key here", 0600);
    cr_expect_eq(signing_read(path, &k), ERR_FATAL);
    cr_expect(strstr(err_text(), "private Ed25519 key in PEM"), "%s", err_text());
}

Test(signing, a_public_key_is_one_form_of_PEM)
{
    unsigned char key[SIGNING_PUBLIC_BYTES], again[SIGNING_PUBLIC_BYTES];
    char *pem;

    memset(key, 7, sizeof key);
    pem = signing_public_pem(&arena, key);
    cr_assert(signing_parse_public(pem, strlen(pem), again));
    cr_expect_arr_eq(key, again, sizeof key);
    cr_expect_not(signing_parse_public(pem, strlen(pem) - 10, again), "cut off");
    cr_expect_not(signing_parse_public("", 0, again));
}
