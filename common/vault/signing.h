/* Ed25519 signatures over what leaves the system as proof: archive packages and anchors of the journal (R49).
 *
 * Keys lie in files that OpenSSL reads as well (PKCS#8 and SubjectPublicKeyInfo, PEM), so that whoever checks a
 * signature needs nothing of ours. Secret bytes are wiped when no longer used. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"

#define SIGNING_PUBLIC_BYTES 32
#define SIGNATURE_BYTES      64

struct signing_key {
    unsigned char secret[64];
    unsigned char public[SIGNING_PUBLIC_BYTES];
};

/* Writes a new key, mode 0600, and its public half beside it as <path>.pub. ERR_FATAL if either file exists. */
int signing_write_new(const char *path);
/* The file must not be open to others. ERR_FATAL says what is wrong. */
int signing_read(const char *path, struct signing_key *ret);
int signing_read_public(const char *path, unsigned char ret[SIGNING_PUBLIC_BYTES]);
void signing_wipe(struct signing_key *k);

void signing_sign(const struct signing_key *k, const void *data, size_t len, unsigned char ret[SIGNATURE_BYTES]);
bool signing_verify(const unsigned char public[SIGNING_PUBLIC_BYTES], const void *data, size_t len,
                    const unsigned char signature[SIGNATURE_BYTES]);

/* In the arena. */
char *signing_public_pem(struct arena *a, const unsigned char public[SIGNING_PUBLIC_BYTES]);
/* false: it is no public Ed25519 key in PEM. */
bool signing_parse_public(const char *pem, size_t len, unsigned char ret[SIGNING_PUBLIC_BYTES]);
