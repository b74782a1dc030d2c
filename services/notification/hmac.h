/* Keyed digests and comparing them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"

#define HMAC_SHA256_BYTES 32
#define HMAC_SHA1_BYTES   20

void hmac_sha256(const void *key, size_t key_len, const char *text, unsigned char ret[HMAC_SHA256_BYTES]);
void hmac_sha1(const void *key, size_t key_len, const char *text, unsigned char ret[HMAC_SHA1_BYTES]);
/* In the arena, small letters. */
char *hmac_hex(struct arena *a, const void *data, size_t len);
char *hmac_sha256_hex_of(struct arena *a, const void *data, size_t len); /* the plain digest, as the next */
char *hmac_sha1_hex_of(struct arena *a, const void *data, size_t len);
/* In a time that does not depend on where they differ. */
bool hmac_equal(const char *a, const char *b);
