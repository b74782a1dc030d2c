/* Looking through templates: what the checks share. Used by template_lint*.c only. */
#pragma once

#include "template.h"

struct lint {
    struct arena *arena;
    const struct notice_settings *settings;
    const struct notice_template *template; /* at hand */
    const struct notice_text *text;         /* of it; NULL: the template as a whole */
    const char *channel, *locale;           /* for findings that no text stands for; "" */
    struct template_finding *findings;
    size_t count, cap;
};

enum lint_weight { LINT_WARNING, LINT_FATAL };

/* Adds what is wrong with what is at hand. */
void lint_add(struct lint *l, enum lint_weight weight, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What carriers and their providers do not take in an SMS; `worst` are the longest values that its names can have. */
void lint_sms(struct lint *l, const struct notice_facts *worst);
