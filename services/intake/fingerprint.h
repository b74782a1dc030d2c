/* What makes two submissions the same: by content (a repeat), by home, by matter (a likely duplicate, R7); and the id
 * of the complaint that comes of one. Pure.
 *
 * Everything here is hashed with the tenant's key, so that what is stored tells nothing to whoever has no key. */
#pragma once

#include <stdint.h>

#include "common/base/uuid.h"
#include "common/vault/vault.h"
#include "redress/v1/submission.pb-c.h"

/* The same content has the same key, whether it came as protobuf or as JSON. */
void fingerprint_content(struct arena *a, const struct vault_key *hash_key, const Redress__V1__Submission *s,
                         char out[VAULT_HASH_TEXT]);

/* The same submission, read again from where it came, makes the same complaint: a restore takes back what was
 * registered since, and then it comes in once more. at_us: when it came, as its record says. As uuid_new in its order,
 * and as little to be guessed. */
struct uuid fingerprint_id(struct arena *a, const struct vault_key *hash_key, const Redress__V1__Submission *s,
                           int64_t at_us);

/* The same home has the same key; "" where no unit is named. "12-1203 " and "12－1203室" are the same unit. */
void fingerprint_home(struct arena *a, const struct vault_key *hash_key, const Redress__V1__Submission *s,
                      char out[VAULT_HASH_TEXT]);

/* The same complainant, project, home and category (two empty ones are the same). */
int64_t fingerprint_matter(struct arena *a, const struct vault_key *hash_key, const char *complainant_key,
                           const char *home_key, const Redress__V1__Submission *s);
