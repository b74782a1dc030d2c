/* Names that senders choose and that are sent back to them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define REFERENCE_MAX 256 /* bytes of a reference that is sent back */

/* Control characters of ASCII, of Latin-1 and the separators of lines and paragraphs; the text is UTF-8. */
bool text_has_control(const char *text, size_t len);
/* Whether it can stand in an answer's key: not empty, at most `max` bytes, UTF-8, no control characters. */
bool text_is_echoable(const char *text, size_t len, size_t max);
/* A tenant's code as tables allow it: [a-z0-9][a-z0-9-]{0,31}. */
bool tenant_id_is_sane(const char *id);
