/* Gateways of a notification file: their kinds' settings, their secrets, and what they call our templates. */
#include <string.h>

#include "common/base/error.h"
#include "common/config/config.h"
#include "gateway.h"
#include "notice_reader.h"

#define GATEWAYS_MAX  50
#define VALUE_CHARS   1000
#define ID_CHARS      128
#define TEMPLATES_MAX 1000
#define PARAMS_MAX    50
#define SECRET_END    "_file"

/* ---- settings ---- */

static bool is_secret(const char *key)
{
    size_t len = strlen(key), end = strlen(SECRET_END);

    return len > end && strcmp(key + len - end, SECRET_END) == 0;
}

bool notice_read_secret(struct notice_reader *r, const struct yaml_node *at, const char *path, const char **ret)
{
    const char *whole = *path == '/' ? path : arena_printf(r->arena, "%s%s", r->folder, path);

    if (!r->read_secrets)
        return false;
    if (config_secret_read(r->arena, whole, ret) == 0)
        return true;
    yaml_problem(&r->yaml, at, "%s", err_text());
    return false;
}

/* The content of the file under the key without its end. */
static bool read_secret(struct notice_reader *r, const struct yaml_node *at, const char *key, const char *path,
                        struct gateway_setting_value *ret)
{
    if (!notice_read_secret(r, at, path, &ret->value))
        return false;
    ret->key = arena_strndup(r->arena, key, strlen(key) - strlen(SECRET_END));
    return true;
}

static bool kind_has(const struct gateway_kind *kind, const char *key)
{
    for (const struct gateway_setting *s = kind->settings; s < kind->settings + GATEWAY_SETTINGS_MAX && s->key; s++)
        if (strcmp(s->key, key) == 0)
            return true;
    return false;
}

static void check_settings(struct notice_reader *r, const struct yaml_node *gateway, const struct yaml_node *map,
                           const struct gateway_kind *kind)
{
    const char *known[GATEWAY_SETTINGS_MAX + 1] = { NULL };
    size_t n = 0;

    for (const struct gateway_setting *s = kind->settings; s < kind->settings + GATEWAY_SETTINGS_MAX && s->key; s++) {
        known[n++] = s->key;
        if (s->required && !yaml_get(map, s->key))
            yaml_problem(&r->yaml, map ? map : gateway, "%s%s: found nothing; a gateway of kind %s needs it: %s",
                         map ? "" : "settings.", s->key, kind->name, s->help);
    }
    yaml_expect_keys_in(&r->yaml, map, known);
}

static void read_settings(struct notice_reader *r, const struct yaml_node *gateway, struct gateway *g)
{
    const struct yaml_node *map = yaml_map(&r->yaml, gateway, "settings", YAML_OPTIONAL);
    struct gateway_setting_value *values = arena_array(r->arena, struct gateway_setting_value, yaml_count(map) + 1);

    check_settings(r, gateway, map, g->kind);
    g->settings = values;
    YAML_EACH (item, map) {
        const char *key = yaml_key(item), *text = yaml_as_string(&r->yaml, item, 1, VALUE_CHARS);
        struct gateway_setting_value v = { key, text };

        if (text && kind_has(g->kind, key) && (!is_secret(key) || read_secret(r, item, key, text, &v)))
            values[g->setting_count++] = v;
    }
}

/* ---- templates ---- */

static void read_params(struct notice_reader *r, const struct yaml_node *map, struct gateway_template *t)
{
    const struct yaml_node *params = yaml_map(&r->yaml, map, "params", YAML_OPTIONAL);
    const char *(*pairs)[2];

    if (!params)
        return;
    if (yaml_count(params) > PARAMS_MAX) {
        yaml_problem(&r->yaml, params, "found %zu names; allowed are at most %d", yaml_count(params), PARAMS_MAX);
        return;
    }
    pairs = arena_calloc(r->arena, yaml_count(params) + 1, sizeof *pairs);
    YAML_EACH (item, params) {
        const char *theirs = yaml_as_string(&r->yaml, item, 1, ID_CHARS);

        pairs[t->param_count][0] = yaml_key(item);
        pairs[t->param_count++][1] = theirs ? theirs : "";
    }
    t->params = (const char *const(*)[2])pairs;
}

/* `registered: SMS_1` is the same as `registered: {id: SMS_1}`. */
static struct gateway_template read_template(struct notice_reader *r, const struct yaml_node *item)
{
    static const char *const reviews[] = { "approved", "pending", "rejected", NULL };
    const char *key = yaml_key(item), *dot = strchr(key, '.');
    struct gateway_template t = { .locale = dot ? dot + 1 : "", .id = "", .review = REVIEW_APPROVED };
    const char *id;

    t.template = dot ? arena_strndup(r->arena, key, (size_t)(dot - key)) : key;
    if (dot && !notice_locale_ok(t.locale))
        yaml_problem(&r->yaml, yaml_key_node(item), "found %s; allowed is a template, or one and a language: %s.en",
                     yaml_quote(r->arena, key), t.template);
    if (yaml_kind(item) == YAML_TEXT) {
        id = yaml_as_string(&r->yaml, item, 1, ID_CHARS);
    } else {
        const struct yaml_node *map = yaml_as_map(&r->yaml, item);

        yaml_expect_keys(&r->yaml, map, "id", "review", "params", NULL);
        id = yaml_string(&r->yaml, map, "id", YAML_REQUIRED, 1, ID_CHARS);
        t.review = (unsigned)yaml_enum(&r->yaml, map, "review", reviews, REVIEW_APPROVED);
        read_params(r, map, &t);
    }
    t.id = id ? id : "";
    return t;
}

static void check_template(struct notice_reader *r, const struct yaml_node *item, const char *name)
{
    if (!notice_template(&r->s, name))
        yaml_problem(&r->yaml, yaml_key_node(item),
                     "found %s; allowed is the name of a template, alone or with a "
                     "language behind a dot",
                     yaml_quote(r->arena, yaml_key(item)));
}

static void read_templates(struct notice_reader *r, const struct yaml_node *gateway, struct gateway *g)
{
    const struct yaml_node *map = yaml_map(&r->yaml, gateway, "templates", YAML_OPTIONAL);
    struct gateway_template *all = arena_array(r->arena, struct gateway_template, yaml_count(map) + 1);

    g->templates = all;
    if (yaml_count(map) > TEMPLATES_MAX) {
        yaml_problem(&r->yaml, map, "found %zu templates; allowed are at most %d", yaml_count(map), TEMPLATES_MAX);
        return;
    }
    YAML_EACH (item, map) {
        all[g->template_count] = read_template(r, item);
        check_template(r, item, all[g->template_count++].template);
    }
}

/* ---- gateways ---- */

static const char *const *kind_names(struct arena *a)
{
    const char **names;
    size_t n = 0;

    while (gateway_kinds[n])
        n++;
    names = arena_array(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        names[i] = gateway_kinds[i]->name;
    return names;
}

static const struct gateway_kind *read_kind(struct notice_reader *r, const struct yaml_node *map)
{
    int i = yaml_enum(&r->yaml, map, "kind", kind_names(r->arena), -1);

    return i < 0 ? NULL : gateway_kinds[i];
}

static bool read_gateway(struct notice_reader *r, const struct yaml_node *item, struct gateway *g)
{
    static const char *const unknown[] = { "nothing", "other_channel", NULL };
    const struct yaml_node *map = yaml_as_map(&r->yaml, item);

    yaml_expect_keys(&r->yaml, map, "gateway", "kind", "in_flight", "per_second", "timeout_seconds", "unknown",
                     "settings", "templates", NULL);
    g->name = yaml_string(&r->yaml, map, "gateway", YAML_REQUIRED, 1, 48);
    if (g->name && !notice_name_ok(r, yaml_get(map, "gateway"), g->name))
        g->name = NULL;
    g->line = yaml_line(item);
    g->in_flight = (int)yaml_int(&r->yaml, map, "in_flight", 1, 256, 16);
    g->per_second = (int)yaml_int(&r->yaml, map, "per_second", 0, 10000, 0);
    g->timeout_ms = (int)yaml_int(&r->yaml, map, "timeout_seconds", 1, 60, 20) * 1000;
    g->unknown_other_channel = yaml_enum(&r->yaml, map, "unknown", unknown, 0) == 1;
    g->kind = read_kind(r, map);
    if (!g->kind)
        return false;
    read_settings(r, map, g);
    read_templates(r, map, g);
    return g->name;
}

void notice_read_gateways(struct notice_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *list = yaml_list(&r->yaml, root, "gateways", YAML_OPTIONAL);
    struct gateway *all = arena_array(r->arena, struct gateway, yaml_count(list) + 1);

    if (!list)
        return;
    if (yaml_count(list) > GATEWAYS_MAX) {
        yaml_problem(&r->yaml, list, "found %zu gateways; allowed are at most %d", yaml_count(list), GATEWAYS_MAX);
        return;
    }
    yaml_expect_unique(&r->yaml, list, "gateway");
    r->s.gateways = all;
    r->s.gateway_count = 0;
    YAML_EACH (item, list)
        r->s.gateway_count += read_gateway(r, item, &all[r->s.gateway_count]);
}
