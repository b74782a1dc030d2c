/* Keys and what they protect (R46): personal data are sealed, looked up by keyed hash, masked for people.
 *
 * One master key from a file wraps a data key per tenant (kept wrapped in the database); from a data key come one key
 * to seal and one to hash. XChaCha20-Poly1305 and BLAKE2b of libsodium. Key bytes are wiped when freed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"

#define VAULT_KEY_BYTES  32
#define VAULT_SEAL_BYTES 40 /* what sealing adds: nonce and tag */
#define VAULT_HASH_TEXT  33 /* 16 bytes as hex, and NUL */

struct vault_key {
    unsigned char bytes[VAULT_KEY_BYTES];
};

/* Reads 64 hex digits; the file must not be readable by others. ERR_FATAL says what is wrong. */
int vault_read_master(const char *path, struct vault_key *ret);
/* Writes a new random one, mode 0600; ERR_FATAL if the file exists. */
int vault_write_master(const char *path);

void vault_new_key(struct vault_key *ret);
/* One key for one purpose from a data key. */
enum vault_purpose { VAULT_SEAL = 1, VAULT_HASH = 2 };
void vault_derive(const struct vault_key *data_key, enum vault_purpose purpose, struct vault_key *ret);
void vault_wipe(struct vault_key *k);

/* Seals data with a context (for example "contact:<complaint id>") that must be the same to open it. In the arena. */
void *vault_seal(struct arena *a, const struct vault_key *k, const char *context, const void *data, size_t len,
                 size_t *ret_len);
/* NULL if the key or the context is another or a byte was changed. NUL-terminated beyond ret_len. */
void *vault_open(struct arena *a, const struct vault_key *k, const char *context, const void *sealed, size_t len,
                 size_t *ret_len);

/* A tenant's data key, which the master key wraps. false if this master key does not open it, or it is damaged. */
bool vault_open_data_key(struct arena *a, const struct vault_key *master, const char *tenant, const void *wrapped,
                         size_t len, struct vault_key *ret);

/* Keyed hash of text: the same text gives the same hex, and nobody without the key can guess it. */
void vault_hash(const struct vault_key *k, const void *data, size_t len, char out[VAULT_HASH_TEXT]);
