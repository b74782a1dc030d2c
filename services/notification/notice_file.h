/* The notification settings as files: notice.h's structures from YAML, and what is wrong with them. */
#pragma once

#include "common/base/arena.h"
#include "notice.h"

/* The built-in standard alone, or with a tenant's file on top. Of the tenant's file: the routes of an event replace all
 * standard routes of that event; a text replaces that of the same template, channel and locale; everything else is
 * taken over where it is given. Secrets (settings that end in _file) are read only if read_secrets.
 * 0, or ERR_FATAL: err_text() has a line per problem. */
int notice_standard(struct arena *a, struct notice_settings *ret);
int notice_load_file(struct arena *a, const char *path, bool read_secrets, struct notice_settings *ret);
int notice_load_text(struct arena *a, const char *name, const char *text, size_t len, bool read_secrets,
                     struct notice_settings *ret);

/* Events (members of ComplaintEvent, "sla." members of SlaEvent) that have neither a route nor an explicit none, in the
 * order of the contract; a list in the arena, NULL at the end. */
const char *const *notice_missing_events(struct arena *a, const struct notice_settings *s);
