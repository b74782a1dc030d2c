#include "hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/digest.h"
#include "common/base/str.h"

static void digest(const EVP_MD *md, const void *key, size_t key_len, const char *text, unsigned char *ret)
{
    unsigned len = 0;

    if (!HMAC(md, key, (int)key_len, (const unsigned char *)text, strlen(text), ret, &len))
        abort();
}

void hmac_sha256(const void *key, size_t key_len, const char *text, unsigned char ret[HMAC_SHA256_BYTES])
{
    digest(EVP_sha256(), key, key_len, text, ret);
}

void hmac_sha1(const void *key, size_t key_len, const char *text, unsigned char ret[HMAC_SHA1_BYTES])
{
    digest(EVP_sha1(), key, key_len, text, ret);
}

char *hmac_hex(struct arena *a, const void *data, size_t len)
{
    char *out = arena_calloc(a, 2 * len + 1, 1);

    hex_encode(data, len, out);
    return out;
}

char *hmac_sha256_hex_of(struct arena *a, const void *data, size_t len)
{
    unsigned char out[SHA256_BYTES];

    sha256(data, len, out);
    return hmac_hex(a, out, sizeof out);
}

char *hmac_sha1_hex_of(struct arena *a, const void *data, size_t len)
{
    unsigned char out[HMAC_SHA1_BYTES];

    if (!EVP_Digest(data, len, out, NULL, EVP_sha1(), NULL))
        abort();
    return hmac_hex(a, out, sizeof out);
}

bool hmac_equal(const char *a, const char *b)
{
    size_t len = strlen(a);

    return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}
