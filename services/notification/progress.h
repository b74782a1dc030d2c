/* R23: what has happened to a case since its complainant was last told, for the weekly message to say. Pure.
 *
 * Kept as lines "<microseconds> <event>", the oldest first, the newest few. */
#pragma once

#include "notice_facts.h"

/* The lines after this event: longer by one if it is worth telling, empty if it told the complainant itself. In the
 * arena, or `lines` itself. */
const char *progress_add(struct arena *a, const char *lines, const char *event, int64_t at_us);

/* Sets "happened" ("11月20日 10:00 调查已完成；..."), and "latest", the newest alone without its time; where nothing
 * happened both are what the case's status is called. */
void progress_facts(struct arena *a, const struct notice_form *form, const char *lines, struct notice_facts *facts);
