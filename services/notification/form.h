/* Queries and forms: name=value&name=value, percent-encoded. */
#pragma once

#include "common/base/str.h"

/* Everything but letters, digits and "-._~" as %XX (RFC 3986). */
void form_encode(struct strbuf *out, const char *text);
/* Appends name=value, with '&' before it unless it is the first or follows '?'. */
void form_add(struct strbuf *out, const char *name, const char *value);

struct form_field {
    const char *name, *value;
};
#define FORM_FIELDS_MAX 64
struct form {
    struct form_field items[FORM_FIELDS_MAX];
    size_t count;
};

/* Decoded, in the arena. false: malformed, a NUL, bad UTF-8, or too many. */
bool form_parse(struct arena *a, const char *text, size_t len, struct form *ret);
/* The first of that name; "" where there is none. */
const char *form_get(const struct form *f, const char *name);
