/* SHA-256 and random bytes. */
#pragma once

#include <stddef.h>

#define SHA256_BYTES 32

void sha256(const void *data, size_t len, unsigned char out[SHA256_BYTES]);

/* Cryptographically strong; aborts where the kernel gives none. */
void random_bytes(void *out, size_t len);
