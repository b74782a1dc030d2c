/* Addresses of e-mail. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* local@domain as mail servers take it: no quotes, no comments, a domain with a dot. */
bool email_is_valid(const char *text);
