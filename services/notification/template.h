/* Words for people: {{name}} and sections, and what carriers would not carry. Pure. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "common/base/str.h"
#include "notice.h"

enum template_form {
    TEMPLATE_PLAIN,
    TEMPLATE_HTML, /* values are escaped */
    TEMPLATE_LINE, /* a subject or an SMS: values lose line breaks and control characters */
};

/* Appends the text with its facts. 0; or 1: a name has no value among the facts (not even ""), *ret_missing says which,
 * and `out` is as it was. The text must have passed template_check. */
int template_render(struct strbuf *out, const char *text, const struct notice_facts *facts, enum template_form form,
                    const char **ret_missing);

/* HTML for an e-mail whose template has only a text: paragraphs and line breaks, everything else escaped. The result is
 * a template again, for TEMPLATE_HTML. */
void template_html_from_text(struct strbuf *out, const char *text);

/* A text is well-formed: NULL, or what is wrong, in the arena. *ret_vars gets the names in the order in which they
 * first stand there (NULL: not wanted). */
const char *template_check(struct arena *a, const char *text, const char *const **ret_vars, size_t *ret_count);

/* How many messages an SMS of this text is: 70 characters, or 67 in each part of a longer one (UTF-16 units); 160 and
 * 153 where every character is in the GSM alphabet. */
int template_sms_parts(const char *text);

/* Something a template does not keep. */
struct template_finding {
    const char *template, *channel, *locale;
    bool fatal;       /* it cannot be used so; else a warning */
    const char *text; /* what is wrong and what is allowed */
};

/* Looks through all templates, as the routes and gateways of these settings use them: names that the event does not
 * have, a channel of a route without a text, a language that is missing, variables of an SMS whose worst value is
 * longer than 20 characters, links and phone numbers and words that carriers refuse in an SMS, texts about people
 * (name, text.*) outside e-mail, more than two parts, a provider's id that is missing or not approved, parameters that
 * do not match. */
struct template_finding *template_lint(struct arena *a, const struct notice_settings *s, size_t *ret_count);

/* Facts with the longest values that each name can have (worst) or usual ones, for previews; of this event, "" for any.
 */
void template_sample_facts(struct arena *a, const char *event, bool worst, struct notice_facts *ret);

/* Names that a template of this event may use, in the arena, NULL at the end. The same everywhere:
 *   tenant sign number project category department handler status severity received now name
 * of a complaint event: the scalar fields of its own message by their names (times as "11月26日 18:30" in the tenant's
 *   zone, amounts ..._fen as yuan under the name without _fen, enums in words, work_order as a number), and in e-mail
 *   text.<field> for what was written with it;
 * of a clock: clock (its name for people) rule percent due started late (how late, in words) work_order, and of the
 *   case happened and latest (progress.h). */
const char *const *template_names(struct arena *a, const char *event);

/* A template of the daemon itself, which no route names: `digest` (its names: count, items) and `test`. The event of
 * its messages has the same name. */
bool template_is_own(const char *name);

/* The name under which a field of a complaint event's message is a fact, in the arena; NULL: it is none (lists, bytes,
 * digests' keys, messages other than times and wrapped numbers). */
const char *template_fact_of_field(struct arena *a, const ProtobufCFieldDescriptor *f);

/* The value, cut to what an SMS carries of this fact: what is longer loses its end to an ellipsis. In the arena. */
const char *template_fact_cut(struct arena *a, const char *name, const char *value);
