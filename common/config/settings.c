#include "settings.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/base/str.h"

#define AT(section, key) offsetof(struct config, section.key)

const struct setting settings[SETTING_COUNT] = {
#define TEXT(section, key, def, min, max, help)                                                                        \
    { #section, #key, SETTING_TEXT, def, min, max, NULL, help, AT(section, key), 0 },
#define WORD(section, key, def, min, max, help)                                                                        \
    { #section, #key, SETTING_WORD, def, min, max, NULL, help, AT(section, key), 0 },
#define URI(section, key, def, help) { #section, #key, SETTING_URI, def, 1, 4000, NULL, help, AT(section, key), 0 },
#define INT(section, key, def, min, max, help)                                                                         \
    { #section, #key, SETTING_INT, #def, min, max, NULL, help, AT(section, key), 0 },
#define BOOL(section, key, def, help) { #section, #key, SETTING_BOOL, #def, 0, 0, NULL, help, AT(section, key), 0 },
#define CHOICE(section, key, def, list, help)                                                                          \
    { #section, #key, SETTING_CHOICE, def, 0, 0, list, help, AT(section, key), 0 },
#define PATH(section, key, help) { #section, #key, SETTING_PATH, "", 0, PATH_MAX - 1, NULL, help, AT(section, key), 0 },
#define SECRET(section, key, help)                                                                                     \
    {                                                                                                                  \
        #section,        #key "_file", SETTING_SECRET, "", 0, PATH_MAX - 1, NULL, help, AT(section, key##_file),       \
        AT(section, key)                                                                                               \
    },
#include "settings.def"
};

const struct setting_section setting_sections[] = {
#define SECTION(name, help) { #name, help },
#include "settings.def"
    { NULL, NULL },
};

const struct setting_section setting_daemons[] = {
#define DAEMON(name, help) { #name, help },
#include "settings.def"
    { NULL, NULL },
};

/* Names that stand in every script and in the environment of every test: short ones. */
static const struct {
    const char *section, *key, *env;
} short_names[] = {
    { "postgres", "uri", "REDRESS_PG" },
    { "kafka", "brokers", "REDRESS_KAFKA" },
};

const struct setting *setting_find(const char *section, const char *key)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].key, key) == 0)
            return &settings[i];
    return NULL;
}

static bool is_in(const struct setting_section *list, const char *name)
{
    for (; list->name; list++)
        if (strcmp(list->name, name) == 0)
            return true;
    return false;
}

bool setting_is_section(const char *name)
{
    return is_in(setting_sections, name);
}

bool setting_is_daemon(const char *name)
{
    return is_in(setting_daemons, name);
}

const char *setting_env(struct arena *a, const struct setting *s)
{
    char *name;

    for (size_t i = 0; i < sizeof short_names / sizeof *short_names; i++)
        if (strcmp(s->section, short_names[i].section) == 0 && strcmp(s->key, short_names[i].key) == 0)
            return short_names[i].env;
    name = arena_printf(a, "REDRESS_%s_%s", s->section, s->key);
    for (char *p = name; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return name;
}

static const char *choices_rule(struct arena *a, const char *choices)
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "one of: ");
    for (; *choices; choices++)
        if (*choices == '|')
            strbuf_adds(&b, ", ");
        else
            strbuf_addc(&b, *choices);
    return b.data;
}

static const char *length_rule(struct arena *a, const struct setting *s)
{
    if (s->min == 0)
        return arena_printf(a, "at most %lld", (long long)s->max);
    return arena_printf(a, "%lld to %lld", (long long)s->min, (long long)s->max);
}

const char *setting_rule(struct arena *a, const struct setting *s)
{
    switch (s->type) {
    case SETTING_TEXT:
        return arena_printf(a, "a text of %s characters", length_rule(a, s));
    case SETTING_WORD:
        return arena_printf(a, "%s letters, digits, '.', '_' or '-'", length_rule(a, s));
    case SETTING_URI:
        return "a URI like postgresql://user@host:5432/database, or pairs like host=... dbname=...";
    case SETTING_INT:
        return arena_printf(a, "a whole number from %lld to %lld", (long long)s->min, (long long)s->max);
    case SETTING_BOOL:
        return "true or false";
    case SETTING_CHOICE:
        return choices_rule(a, s->choices);
    case SETTING_PATH:
        return "the path of a file";
    case SETTING_SECRET:
        return "the path of a file that others cannot read";
    }
    return "";
}

static const char *parse_choice(struct arena *a, const char *choices, const char *text)
{
    size_t len = strlen(text);

    for (const char *p = choices; len > 0 && p; p = strchr(p, '|'), p = p ? p + 1 : NULL)
        if (strncmp(p, text, len) == 0 && (p[len] == '|' || p[len] == '\0') && !strchr(text, '|'))
            return arena_strdup(a, text);
    return NULL;
}

static bool fits(const struct setting *s, const char *text)
{
    size_t chars = utf8_count(text, strlen(text));

    for (const char *p = text; *p; p++) {
        if (iscntrl((unsigned char)*p))
            return false;
        if (s->type == SETTING_WORD && !isalnum((unsigned char)*p) && !strchr("._-", *p))
            return false;
    }
    if (s->type == SETTING_URI && strncmp(text, "postgresql://", 13) != 0 && strncmp(text, "postgres://", 11) != 0 &&
        (strstr(text, "://") || !strchr(text, '=')))
        return false;
    return chars >= (size_t)s->min && chars <= (size_t)s->max;
}

static const char *resolve(struct arena *a, const char *folder, const char *path)
{
    char cwd[PATH_MAX];

    if (!*path || *path == '/')
        return arena_strdup(a, path);
    if (*folder == '/')
        return arena_printf(a, "%s/%s", folder, path);
    if (!getcwd(cwd, sizeof cwd))
        return arena_strdup(a, path);
    return *folder ? arena_printf(a, "%s/%s/%s", cwd, folder, path) : arena_printf(a, "%s/%s", cwd, path);
}

static bool parse_int(const struct setting *s, const char *text, int64_t *ret)
{
    const char *digits = *text == '-' ? text + 1 : text;

    if (strspn(digits, "0123456789") != strlen(digits) || (digits[0] == '0' && digits[1]))
        return false;
    return parse_int64(text, s->min, s->max, ret);
}

bool setting_parse(struct arena *a, const struct setting *s, const char *text, const char *folder, struct config *c)
{
    void *field = (char *)c + s->offset;
    const char *value = NULL;

    switch (s->type) {
    case SETTING_INT:
        return parse_int(s, text, field);
    case SETTING_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return false;
        *(bool *)field = *text == 't';
        return true;
    case SETTING_CHOICE:
        value = parse_choice(a, s->choices, text);
        break;
    case SETTING_PATH:
    case SETTING_SECRET:
        value = fits(s, text) ? resolve(a, folder, text) : NULL;
        break;
    case SETTING_TEXT:
    case SETTING_WORD:
    case SETTING_URI:
        value = fits(s, text) ? arena_strdup(a, text) : NULL;
        break;
    }
    if (!value)
        return false;
    *(const char **)field = value;
    return true;
}

const char *setting_text(struct arena *a, const struct setting *s, const struct config *c)
{
    const void *field = (const char *)c + s->offset;

    switch (s->type) {
    case SETTING_INT:
        return arena_printf(a, "%lld", (long long)*(const int64_t *)field);
    case SETTING_BOOL:
        return *(const bool *)field ? "true" : "false";
    case SETTING_URI:
        return config_mask_uri(a, *(const char *const *)field);
    case SETTING_TEXT:
    case SETTING_WORD:
    case SETTING_CHOICE:
    case SETTING_PATH:
    case SETTING_SECRET:
        return *(const char *const *)field;
    }
    return "";
}
