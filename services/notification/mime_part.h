/* A mail that came (RFC 5322, MIME), part by part. Whatever the bytes are, nothing is read beyond them, nothing
 * recurses, and the arena gets little more than what is decoded. */
#pragma once

#include "common/base/str.h"

/* Views of the mail; lines end in CRLF or LF. */
struct mime_part {
    struct str headers, body;
};

/* What stands before the first empty line, and behind it. */
void mime_part_read(struct str whole, struct mime_part *ret);
/* The first header of the name, unfolded, without the space around it, cut after 4 kB; "" where there is none. */
const char *mime_part_header(struct arena *a, const struct mime_part *p, const char *name);
/* "multipart/report" in small letters; "text/plain" where it says nothing. */
const char *mime_part_type(struct arena *a, const struct mime_part *p);
/* A parameter of its Content-Type, without quotes; "" where there is none. */
const char *mime_part_param(struct arena *a, const struct mime_part *p, const char *name);
/* The body without its transfer encoding; as it stands where the encoding is broken. */
struct str mime_part_content(struct arena *a, const struct mime_part *p);
/* The next part of a multipart: *rest is its body at first. One that is cut off ends where the mail does. */
bool mime_part_next(struct str *rest, const char *boundary, struct mime_part *ret);
