/* What of a complaint is personal and sealed with the tenant's key: name, phone, e-mail, WeChat id,
 * address, unit, caller (R46).
 *
 * Sealed is a redress.v1.Submission that has these fields and no others; the context ties it to its complaint. */
#pragma once

#include "common/base/uuid.h"
#include "common/vault/vault.h"
#include "redress/v1/submission.pb-c.h"

/* In the arena. */
void *contact_seal(struct arena *a, const struct vault_key *seal_key, const struct uuid *complaint_id,
                   const Redress__V1__Submission *s, size_t *ret_len);

/* The fields again, in the arena; NULL if the key or the complaint is another, or a byte was changed. */
Redress__V1__Submission *contact_open(struct arena *a, const struct vault_key *seal_key,
                                      const struct uuid *complaint_id, const void *sealed, size_t len);
