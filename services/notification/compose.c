#include "compose.h"

#include <string.h>

#include "common/base/digest.h"
#include "common/contact/contact.h"
#include "common/contact/phone.h"
#include "notice_facts.h"
#include "template.h"

/* ---- the address ---- */

static const char *opened(struct arena *a, const struct vault_key *key, const char *context, const void *sealed,
                          size_t len)
{
    size_t plain_len;

    return sealed ? vault_open(a, key, context, sealed, len, &plain_len) : NULL;
}

/* The staff's context is that of `redressctl tenant apply`. */
static const char *address_of_staff(struct arena *a, const struct notice_tenant *t, const struct queued *q)
{
    const char *who = q->message.recipient;

    if (q->message.channel == NOTICE_SMS)
        return opened(a, &t->seal_key, arena_printf(a, "staff:%s:%s", t->id, who), q->phone, q->phone_len);
    if (q->message.channel == NOTICE_EMAIL)
        return opened(a, &t->seal_key, arena_printf(a, "staff-email:%s:%s", t->id, who), q->email, q->email_len);
    return NULL;
}

static const char *address_of_complainant(struct arena *a, const struct queued *q,
                                          const Redress__V1__Submission *contact)
{
    char phone[PHONE_SIZE];

    if (!contact || !contact->complainant)
        return NULL;
    if (q->message.channel == NOTICE_EMAIL)
        return *contact->complainant->email ? contact->complainant->email : NULL;
    if (q->message.channel == NOTICE_WECHAT)
        return *contact->complainant->wechat_open_id ? contact->complainant->wechat_open_id : NULL;
    if (q->message.channel == NOTICE_SMS && phone_normalise(contact->complainant->phone, phone))
        return arena_strdup(a, phone);
    return NULL;
}

static const char *address_of(struct arena *a, const struct notice_tenant *t, const struct queued *q,
                              const Redress__V1__Submission *contact)
{
    char id[UUID_TEXT_SIZE];

    if (q->message.audience == NOTICE_TO_GROUP)
        return "";
    if (q->address) {
        uuid_format(&q->message.id, id);
        return opened(a, &t->seal_key, arena_printf(a, "test:%s", id), q->address, q->address_len);
    }
    if (q->message.audience == NOTICE_TO_COMPLAINANT)
        return address_of_complainant(a, q, contact);
    return address_of_staff(a, t, q);
}

static const char *key_of(struct arena *a, const struct notice_tenant *t, enum notice_channel channel,
                          const char *address)
{
    char key[VAULT_HASH_TEXT];

    if (!*address)
        return "";
    if (channel == NOTICE_SMS)
        phone_key(&t->hash_key, address, key);
    else
        vault_hash(&t->hash_key, address, strlen(address), key);
    return arena_strdup(a, key);
}

/* ---- the words ---- */

static const struct notice_text *words_of(const struct notice_tenant *t, const struct message *m)
{
    const struct notice_template *template = notice_template(&t->settings, m->template);

    return template ? notice_text(&t->settings, template, m->channel, m->locale) : NULL;
}

bool compose_wants_texts(const struct notice_tenant *t, const struct message *m)
{
    const struct notice_text *text = m->channel == NOTICE_EMAIL ? words_of(t, m) : NULL;

    for (size_t i = 0; text && i < text->var_count; i++)
        if (strncmp(text->vars[i], "text.", 5) == 0)
            return true;
    return false;
}

static const char *render(struct arena *a, const char *text, const struct notice_facts *facts, enum template_form form,
                          const char **ret_missing)
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    return template_render(&b, text, facts, form, ret_missing) == 0 ? b.data : NULL;
}

/* What is read when it is sent: the name, the time, and what was written (a field that nothing was written in is
 * empty). */
static void add_late_facts(struct arena *a, const struct notice_tenant *t, const struct queued *q,
                           const Redress__V1__Submission *contact, const struct notice_facts *texts,
                           const struct notice_text *words, int64_t now_us, struct notice_facts *facts)
{
    struct notice_form form = { q->message.locale, &t->zone };

    notice_facts_set(a, facts, "name", contact && contact->complainant ? contact->complainant->name : "");
    notice_facts_set(a, facts, "now", notice_facts_time(a, &form, now_us));
    for (size_t i = 0; i < words->var_count; i++)
        if (strncmp(words->vars[i], "text.", 5) == 0)
            notice_facts_set(a, facts, words->vars[i], "");
    for (size_t i = 0; i < texts->count; i++)
        notice_facts_set(a, facts, texts->items[i].name, texts->items[i].value);
}

/* What an SMS carries of each fact is bounded by the carriers. */
static void cut_facts(struct arena *a, enum notice_channel channel, struct notice_facts *facts)
{
    if (channel != NOTICE_SMS && channel != NOTICE_WECHAT)
        return;
    for (size_t i = 0; i < facts->count; i++)
        facts->items[i].value = template_fact_cut(a, facts->items[i].name, facts->items[i].value);
}

static bool render_all(struct arena *a, const struct notice_text *words, const struct notice_facts *facts,
                       struct outgoing *o, const char **ret_missing)
{
    bool mail = o->channel == NOTICE_EMAIL;
    enum template_form form = mail || o->channel == NOTICE_GROUP ? TEMPLATE_PLAIN : TEMPLATE_LINE;
    const char *html = words->html;
    struct notice_fact *vars = arena_array(a, struct notice_fact, words->var_count + 1);
    struct strbuf made;

    if (mail && !*html) {
        strbuf_init(&made, a);
        template_html_from_text(&made, words->text);
        html = made.data;
    }
    o->text = render(a, words->text, facts, form, ret_missing);
    o->subject = o->text ? render(a, words->subject, facts, TEMPLATE_LINE, ret_missing) : NULL;
    o->html = o->subject && mail ? render(a, html, facts, TEMPLATE_HTML, ret_missing) : "";
    for (size_t i = 0; i < words->var_count;
         i++) /* a provider that fills them in itself gets them as the text has them */
        vars[i] = (struct notice_fact){ words->vars[i], render(a, arena_printf(a, "{{%s}}", words->vars[i]), facts,
                                                               form, ret_missing) };
    o->vars = vars;
    o->var_count = words->var_count;
    return o->text && o->subject && o->html;
}

/* ---- all of it ---- */

void compose_receipt_secret(const struct notice_tenant *t, const char *gateway, char out[VAULT_HASH_TEXT])
{
    struct arena a;
    const char *text;

    arena_init(&a, 0);
    text = arena_printf(&a, "receipts\n%s", gateway);
    vault_hash(&t->hash_key, text, strlen(text), out);
    arena_done(&a);
}

static const char *receipt_url(struct arena *a, const struct notice_tenant *t, const struct gateway *g, const char *id)
{
    char secret[VAULT_HASH_TEXT];

    if (!g->kind->receipts || !t->settings.receipts_url || !*t->settings.receipts_url)
        return "";
    compose_receipt_secret(t, g->name, secret);
    return arena_printf(a, "%s/receipts/%s/%s/%s/%s", t->settings.receipts_url, t->id, g->name, secret, id);
}

static const char *new_nonce(struct arena *a)
{
    unsigned char bytes[16];
    char *hex = arena_alloc(a, 2 * sizeof bytes + 1);

    random_bytes(bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, hex);
    return hex;
}

enum compose_outcome compose(struct arena *a, const struct notice_tenant *t, const struct gateway *g,
                             const struct queued *q, const struct notice_facts *texts, int64_t wall_us,
                             struct composed *ret)
{
    static const struct notice_text no_words = { .text = "", .subject = "", .html = "" };
    const struct message *m = &q->message;
    const struct notice_text *words = m->channel == NOTICE_WEBHOOK ? &no_words : words_of(t, m);
    Redress__V1__Submission *contact = NULL;
    struct notice_facts facts;
    const char *missing = "";
    char *id = arena_alloc(a, UUID_TEXT_SIZE);

    uuid_format(&m->id, id);
    ret->address_key = "";
    if (q->contact)
        contact = contact_open(a, &t->seal_key, &m->complaint, q->contact, q->contact_len);
    ret->out = (struct outgoing){
        .id = id,
        .channel = m->channel,
        .to = address_of(a, t, q, contact),
        .locale = m->locale,
        .template = m->template,
        .data = m->facts,
        .event = m->event,
        .thread = m->number,
        .unsubscribe = "",
        .mail_from = t->settings.mail_from,
        .mail_from_name = t->settings.mail_from_name,
        .return_path = *t->settings.mail_return_path ? t->settings.mail_return_path : t->settings.mail_from,
        .sign = t->settings.sign,
        .receipt_url = receipt_url(a, t, g, id),
        .now_us = wall_us,
        .nonce = new_nonce(a),
    };
    if (!ret->out.to) {
        ret->why = "no address";
        return COMPOSE_NO_ADDRESS;
    }
    ret->address_key = key_of(a, t, m->channel, ret->out.to);
    if (!words) {
        ret->why = arena_printf(a, "template %s has no text for %s", m->template, notice_channel_names[m->channel - 1]);
        return COMPOSE_NO_WORDS;
    }
    notice_facts_init(&facts);
    if (!notice_facts_read(a, m->facts, &facts)) {
        ret->why = "its facts cannot be read";
        return COMPOSE_NO_WORDS;
    }
    add_late_facts(a, t, q, contact, texts, words, wall_us, &facts);
    cut_facts(a, m->channel, &facts);
    if (render_all(a, words, &facts, &ret->out, &missing))
        return COMPOSE_DONE;
    ret->why = arena_printf(a, "template %s: there is no value for %s", m->template, missing);
    return COMPOSE_NO_WORDS;
}
