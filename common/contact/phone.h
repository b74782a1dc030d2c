/* Phone numbers: the forms that are accepted, the one form in which they are compared, and what people may see of them.
 *
 * Accepted: "+" or "00" with country code and 8-15 digits; Chinese mobiles (138 0013 8000, 86..., +86..., 0086...);
 * landlines with area code (0755-88886666, (010) 6552 9988) and perhaps an extension (-123, 转123); 400 and 800
 * numbers. Spaces, hyphens, parentheses and full-width characters are tolerated. The same line always gives the same
 * canonical text: "+8613800138000", "+8675588886666;ext=123". Staff phones go through the same function, so that a
 * complaint about a handler by himself is recognised (R12). */
#pragma once

#include <stdbool.h>

#include "common/vault/vault.h"

#define PHONE_SIZE        32 /* canonical form with its NUL */
#define PHONE_MASKED_SIZE 24

/* false, and out untouched, if the text (valid UTF-8) has none of the forms. */
bool phone_normalise(const char *text, char out[PHONE_SIZE]);

/* What may be shown of a canonical number: "138****8000", "0755****6666", "400****345", "+85****78". */
void phone_mask(const char *canonical, char out[PHONE_MASKED_SIZE]);

/* The key under which a canonical number is looked up; hash_key is the tenant's for VAULT_HASH. */
void phone_key(const struct vault_key *hash_key, const char *canonical, char out[VAULT_HASH_TEXT]);
