#include "common/vault/vault.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"

static struct arena a;

static void setup(void)
{
    arena_init(&a, 0);
}

static void teardown(void)
{
    arena_done(&a);
}

TestSuite(vault, .init = setup, .fini = teardown);

Test(vault, what_is_sealed_opens_with_the_same_key_and_context_only)
{
    struct vault_key k, other;
    unsigned char *sealed;
    size_t len, out_len;
    char *out;

    vault_new_key(&k);
    vault_new_key(&other);
    sealed = vault_seal(&a, &k, "contact:1", "13800000000", 11, &len);
    cr_assert_eq(len, 11 + VAULT_SEAL_BYTES);
    out = vault_open(&a, &k, "contact:1", sealed, len, &out_len);
    cr_assert_not_null(out);
    cr_expect_eq(out_len, 11);
    cr_expect_str_eq(out, "13800000000");
    cr_expect_null(vault_open(&a, &k, "contact:2", sealed, len, &out_len));
    cr_expect_null(vault_open(&a, &other, "contact:1", sealed, len, &out_len));
    cr_expect_null(vault_open(&a, &k, "contact:1", sealed, len - 1, &out_len));
    cr_expect_null(vault_open(&a, &k, "contact:1", sealed, 3, &out_len));
    for (size_t i = 0; i < len; i++) {
        sealed[i] ^= 1;
        cr_expect_null(vault_open(&a, &k, "contact:1", sealed, len, &out_len), "byte %zu", i);
        sealed[i] ^= 1;
    }
}

Test(vault, a_data_key_opens_for_its_own_tenant_with_its_own_master_key)
{
    struct vault_key master, other, data_key, got = { { 0 } };
    unsigned char *wrapped;
    size_t len;

    vault_new_key(&master);
    vault_new_key(&other);
    vault_new_key(&data_key);
    wrapped = vault_seal(&a, &master, "tenant:demo", data_key.bytes, sizeof data_key.bytes, &len);
    cr_assert(vault_open_data_key(&a, &master, "demo", wrapped, len, &got));
    cr_expect_arr_eq(got.bytes, data_key.bytes, sizeof data_key.bytes);
    cr_expect_not(vault_open_data_key(&a, &other, "demo", wrapped, len, &got));
    cr_expect_not(vault_open_data_key(&a, &master, "else", wrapped, len, &got));
    wrapped[30] ^= 1;
    cr_expect_not(vault_open_data_key(&a, &master, "demo", wrapped, len, &got));
    wrapped = vault_seal(&a, &master, "tenant:demo", "short", 5, &len);
    cr_expect_not(vault_open_data_key(&a, &master, "demo", wrapped, len, &got), "it is no key");
}

Test(vault, sealing_twice_shows_nothing_in_common)
{
    struct vault_key k;
    const void *one, *two;
    size_t len;

    vault_new_key(&k);
    one = vault_seal(&a, &k, "c", "same", 4, &len);
    two = vault_seal(&a, &k, "c", "same", 4, &len);
    cr_expect_neq(memcmp(one, two, len), 0);
}

Test(vault, hashes_need_the_key)
{
    struct vault_key data, hash, seal, other;
    char h1[VAULT_HASH_TEXT], h2[VAULT_HASH_TEXT], h3[VAULT_HASH_TEXT];

    vault_new_key(&data);
    vault_derive(&data, VAULT_HASH, &hash);
    vault_derive(&data, VAULT_SEAL, &seal);
    vault_new_key(&other);
    cr_expect_neq(memcmp(&hash, &seal, sizeof hash), 0);
    vault_hash(&hash, "+8613800000000", 14, h1);
    vault_hash(&hash, "+8613800000000", 14, h2);
    vault_hash(&other, "+8613800000000", 14, h3);
    cr_expect_str_eq(h1, h2);
    cr_expect_str_neq(h1, h3);
    cr_expect_eq(strlen(h1), VAULT_HASH_TEXT - 1);
}

Test(vault, the_key_file_is_for_its_owner_only)
{
    char path[] = "/tmp/redress-vault-XXXXXX";
    struct vault_key k, back;

    cr_assert_neq(mkdtemp(path), NULL);
    {
        char file[64];

        snprintf(file, sizeof file, "%s/key", path);
        cr_assert_eq(vault_write_master(file), 0, "%s", err_text());
        cr_expect_eq(vault_write_master(file), ERR_FATAL, "an existing key is never replaced");
        cr_assert_eq(vault_read_master(file, &k), 0, "%s", err_text());
        cr_assert_eq(vault_read_master(file, &back), 0);
        cr_expect_eq(memcmp(&k, &back, sizeof k), 0);
        cr_assert_eq(chmod(file, 0644), 0);
        cr_expect_eq(vault_read_master(file, &k), ERR_FATAL);
        cr_expect(strstr(err_text(), "must not be open to others"));
        unlink(file);
        cr_expect_eq(vault_read_master(file, &k), ERR_FATAL);
    }
    rmdir(path);
}
