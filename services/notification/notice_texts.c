/* Templates of a notification file: their texts by channel and locale. */
#include <string.h>

#include "notice_reader.h"
#include "template.h"

#define TEMPLATES_MAX 500
#define LOCALES_MAX   10
#define TEXT_CHARS    4000
#define HTML_CHARS    20000
#define SUBJECT_CHARS 200

/* R4: what the subject of our e-mail looks like where a template says nothing else. */
#define SUBJECT "[{{project}}]-客户投诉-{{number}}"

/* ---- a text ---- */

/* A block in YAML ends with a line break that nobody meant. */
static const char *trimmed(struct arena *a, const char *text)
{
    size_t len = strlen(text);

    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    return arena_strndup(a, text, len);
}

static const char *read_words(struct notice_reader *r, const struct yaml_node *map, const char *key, size_t max)
{
    const char *text = yaml_string(&r->yaml, map, key, YAML_OPTIONAL, 1, max), *wrong;

    if (!text)
        return "";
    text = trimmed(r->arena, text);
    wrong = template_check(r->arena, text, NULL, NULL);
    if (wrong)
        yaml_problem(&r->yaml, yaml_get(map, key), "%s", wrong);
    return wrong ? "" : text;
}

/* The names of the text, then those of subject and HTML that are not among them. */
static void find_vars(struct notice_reader *r, struct notice_text *t)
{
    const char *all = arena_printf(r->arena, "%s\n%s\n%s", t->text, t->subject, t->html);

    if (template_check(r->arena, all, &t->vars, &t->var_count))
        t->var_count = 0;
}

static void read_mail_text(struct notice_reader *r, const struct yaml_node *map, struct notice_text *t)
{
    yaml_expect_keys(&r->yaml, map, "subject", "text", "html", NULL);
    t->subject = yaml_get(map, "subject") ? read_words(r, map, "subject", SUBJECT_CHARS) : SUBJECT;
    t->text = read_words(r, map, "text", TEXT_CHARS);
    t->html = read_words(r, map, "html", HTML_CHARS);
    if (strchr(t->subject, '\n'))
        yaml_problem(&r->yaml, yaml_get(map, "subject"), "found a line break; allowed is one line");
}

/* `en: words` is the same as `en: {text: words}`. */
static struct notice_text read_text(struct notice_reader *r, const struct yaml_node *item, enum notice_channel channel)
{
    struct notice_text t = {
        .channel = channel, .locale = yaml_key(item), .subject = "", .text = "", .html = "", .vars = NULL
    };
    bool short_form = yaml_kind(item) == YAML_TEXT && !yaml_is_empty(item);
    const struct yaml_node *map = short_form ? NULL : yaml_as_map(&r->yaml, item);

    if (!notice_locale_ok(t.locale))
        yaml_problem(&r->yaml, yaml_key_node(item), "found %s; allowed is a language such as zh-CN or en",
                     yaml_quote(r->arena, t.locale));
    if (short_form) {
        const char *text = yaml_as_string(&r->yaml, item, 1, TEXT_CHARS);
        const char *wrong = text ? template_check(r->arena, text, NULL, NULL) : NULL;

        if (wrong)
            yaml_problem(&r->yaml, item, "%s", wrong);
        t.text = text && !wrong ? trimmed(r->arena, text) : "";
        t.subject = channel == NOTICE_EMAIL ? SUBJECT : "";
    } else if (channel == NOTICE_EMAIL) {
        read_mail_text(r, map, &t);
    } else {
        yaml_expect_keys(&r->yaml, map, "text", NULL);
        t.text = read_words(r, map, "text", TEXT_CHARS);
    }
    if (map && !yaml_get(map, "text"))
        yaml_problem(&r->yaml, map, "text: found nothing; allowed is the text of the message");
    find_vars(r, &t);
    return t;
}

/* ---- a template ---- */

/* In place of the text of the same channel and locale, or behind the others. */
static void put_text(struct notice_text *texts, size_t *count, struct notice_text t)
{
    size_t i = 0;

    while (i < *count && (texts[i].channel != t.channel || strcmp(texts[i].locale, t.locale) != 0))
        i++;
    texts[i] = t;
    *count += i == *count;
}

static size_t texts_in(const struct yaml_node *template)
{
    size_t n = 0;

    YAML_EACH (channel, template)
        n += yaml_count(channel);
    return n;
}

static void read_channel(struct notice_reader *r, const struct yaml_node *item, struct notice_text *texts,
                         size_t *count)
{
    const struct yaml_node *locales = yaml_as_map(&r->yaml, item);
    int channel = -1;

    for (int i = 0; notice_channel_names[i]; i++)
        if (strcmp(notice_channel_names[i], yaml_key(item)) == 0)
            channel = i + 1;
    if (channel < 0) {
        yaml_unknown_key(&r->yaml, item, notice_channel_names);
        return;
    }
    if (locales && (yaml_count(locales) == 0 || yaml_count(locales) > LOCALES_MAX)) {
        yaml_problem(&r->yaml, item, "found %zu languages; allowed are 1 to %d", yaml_count(locales), LOCALES_MAX);
        return;
    }
    YAML_EACH (text, locales)
        put_text(texts, count, read_text(r, text, (enum notice_channel)channel));
}

static void read_template(struct notice_reader *r, const struct yaml_node *item, struct notice_template *t)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, item);
    struct notice_text *texts = arena_array(r->arena, struct notice_text, t->text_count + texts_in(map) + 1);

    notice_name_ok(r, yaml_key_node(item), yaml_key(item));
    t->name = yaml_key(item);
    if (t->text_count)
        memcpy(texts, t->texts, t->text_count * sizeof *texts);
    t->texts = texts;
    YAML_EACH (channel, map)
        read_channel(r, channel, texts, &t->text_count);
}

void notice_read_templates(struct notice_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *map = yaml_map(&r->yaml, root, "templates", YAML_OPTIONAL);
    size_t count = r->s.template_count;
    struct notice_template *all = arena_array(r->arena, struct notice_template, count + yaml_count(map) + 1);

    if (yaml_count(map) > TEMPLATES_MAX) {
        yaml_problem(&r->yaml, map, "found %zu templates; allowed are at most %d", yaml_count(map), TEMPLATES_MAX);
        return;
    }
    if (count)
        memcpy(all, r->s.templates, count * sizeof *all);
    r->s.templates = all;
    YAML_EACH (item, map) {
        size_t i = 0;

        while (i < count && strcmp(all[i].name, yaml_key(item)) != 0)
            i++;
        read_template(r, item, &all[i]);
        count += i == count;
    }
    r->s.template_count = count;
}
