/* The values of a template's names (template_names in template.h says which there are). Pure. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "case_facts.h"
#include "common/zone/zone.h"

void notice_facts_init(struct notice_facts *f);
/* Adds, or replaces what is there under this name. */
void notice_facts_set(struct arena *a, struct notice_facts *f, const char *name, const char *value);

/* In which language, and whose clock. */
struct notice_form {
    const char *locale;
    const struct zone *zone;
};
/* "11月26日 18:30"; "26 Nov 18:30". "" for 0. */
const char *notice_facts_time(struct arena *a, const struct notice_form *form, int64_t at_us);
/* "1,234.50". */
const char *notice_facts_money(struct arena *a, int64_t fen);

void notice_facts_of_case(struct arena *a, const struct notice_form *form, const struct case_facts *c,
                          struct notice_facts *ret);
/* The scalar fields of what happened; `event` is the whole event: of a clock's its clock and point, too. */
void notice_facts_of_event(struct arena *a, const struct notice_form *form, const ProtobufCMessage *event,
                           struct notice_facts *ret);

/* As they are stored: a JSON object. notice_facts_read: false if it is none. */
const char *notice_facts_write(struct arena *a, const struct notice_facts *f);
bool notice_facts_read(struct arena *a, const char *json, struct notice_facts *ret);
