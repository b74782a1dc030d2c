#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "settings.h"
#include "sources.h"
#include "yaml.h"

#define NAMES_CAP 256

/* Where a value came from, for messages about how values go together. */
struct place {
    const char *file;
    unsigned line, column;
    bool given; /* not the default */
    bool wrong; /* told already: what follows from it is not told too */
};

struct load {
    struct config *config;
    struct config other; /* takes what is meant for other daemons: checked and forgotten */
    struct arena *scratch;
    struct yaml_reader reader;
    const char *folder;
    struct place places[SETTING_COUNT];
};

static size_t index_of(const struct setting *s)
{
    return (size_t)(s - settings);
}

static const char *found(struct arena *a, const struct setting *s, const char *text)
{
    if (!*text)
        return "nothing";
    return s->type == SETTING_URI || s->type == SETTING_SECRET ? "a text that is not shown here" : yaml_quote(a, text);
}

static void apply_node(struct load *l, const struct setting *s, const struct yaml_node *n, bool ours)
{
    struct place *place = &l->places[index_of(s)];
    struct config_sources *sources = l->config->sources;
    const char *text = yaml_text(n);

    if (ours)
        *place = (struct place){ yaml_file(n), yaml_line(n), yaml_column(n), true, false };
    if (yaml_kind(n) == YAML_TEXT &&
        setting_parse(ours ? &sources->arena : l->scratch, s, text, l->folder, ours ? l->config : &l->other)) {
        if (ours)
            sources->of[index_of(s)] = arena_printf(&sources->arena, "%s:%u", yaml_file(n), yaml_line(n));
        return;
    }
    if (ours)
        place->wrong = true;
    yaml_problem(&l->reader, n, "found %s; allowed is %s",
                 yaml_kind(n) == YAML_TEXT ? found(l->scratch, s, text) : yaml_found(l->scratch, n),
                 setting_rule(l->scratch, s));
}

static size_t add_keys(const char *names[], size_t n, const char *section)
{
    for (size_t i = 0; i < SETTING_COUNT && n < NAMES_CAP; i++)
        if (strcmp(settings[i].section, section) == 0)
            names[n++] = settings[i].key;
    return n;
}

/* The sections that are not one daemon's. */
static size_t add_sections(const char *names[], size_t n)
{
    for (const struct setting_section *s = setting_sections; s->name && n < NAMES_CAP; s++)
        if (!setting_is_daemon(s->name))
            names[n++] = s->name;
    return n;
}

static void apply_section(struct load *l, const struct yaml_node *section, bool ours)
{
    const char *names[NAMES_CAP + 1] = { NULL }, *name = yaml_key(section);

    add_keys(names, 0, name);
    if (yaml_is_empty(section))
        return;
    YAML_EACH (value, yaml_as_map(&l->reader, section)) {
        const struct setting *s = setting_find(name, yaml_key(value));

        if (s)
            apply_node(l, s, value, ours);
        else
            yaml_unknown_key(&l->reader, value, names);
    }
}

/* A daemon's section holds its own settings and sections that replace common ones for it. */
static void apply_daemon(struct load *l, const struct yaml_node *daemon)
{
    const char *names[NAMES_CAP + 1] = { NULL }, *name = yaml_key(daemon);
    bool ours = strcmp(name, l->config->daemon) == 0;

    add_sections(names, add_keys(names, 0, name));
    if (yaml_is_empty(daemon))
        return;
    YAML_EACH (value, yaml_as_map(&l->reader, daemon)) {
        const char *key = yaml_key(value);
        const struct setting *s = setting_find(name, key);

        if (s)
            apply_node(l, s, value, true);
        else if (setting_is_section(key) && !setting_is_daemon(key))
            apply_section(l, value, ours);
        else
            yaml_unknown_key(&l->reader, value, names);
    }
}

static void apply_root(struct load *l, const struct yaml_node *root)
{
    const char *names[NAMES_CAP + 1] = { NULL };
    size_t n = add_sections(names, 0);

    for (const struct setting_section *d = setting_daemons; d->name && n < NAMES_CAP; d++)
        names[n++] = d->name;
    if (yaml_is_empty(root))
        return;
    root = yaml_as_map(&l->reader, root);
    YAML_EACH (value, root)
        if (!setting_is_daemon(yaml_key(value))) {
            if (setting_is_section(yaml_key(value)))
                apply_section(l, value, true);
            else
                yaml_unknown_key(&l->reader, value, names);
        }
    YAML_EACH (value, root) /* afterwards, wherever they stand: they win */
        if (setting_is_daemon(yaml_key(value)))
            apply_daemon(l, value);
}

static void apply_defaults(struct load *l)
{
    struct config_sources *sources = l->config->sources;

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];

        if (!setting_parse(&sources->arena, s, s->fallback, "", l->config))
            yaml_problem_at(&l->reader, "settings.def", 0, 0, "%s.%s: the default %s is not %s", s->section, s->key,
                            s->fallback, setting_rule(l->scratch, s));
        if (s->type == SETTING_SECRET)
            *(const char **)((char *)l->config + s->secret_offset) = "";
        sources->of[i] = "default";
        l->places[i].file = "default";
    }
}

static void apply_environment(struct load *l)
{
    struct config_sources *sources = l->config->sources;

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        const char *name = setting_env(&sources->arena, s), *text = getenv(name);

        if (!text)
            continue;
        l->places[i] = (struct place){ name, 0, 0, true, false };
        sources->of[i] = name;
        if (utf8_valid(text, strlen(text)) && setting_parse(&sources->arena, s, text, "", l->config))
            continue;
        l->places[i].wrong = true;
        yaml_problem_at(&l->reader, name, 0, 0, "%s.%s: found %s; allowed is %s", s->section, s->key,
                        found(l->scratch, s, text), setting_rule(l->scratch, s));
    }
}

static void read_secrets(struct load *l)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        const struct place *p = &l->places[i];
        const char *path = *(const char **)((char *)l->config + s->offset);

        if (s->type != SETTING_SECRET || p->wrong || !*path)
            continue;
        if (config_secret_read(&l->config->sources->arena, path,
                               (const char **)((char *)l->config + s->secret_offset)) < 0)
            yaml_problem_at(&l->reader, p->file, p->line, p->column, "%s.%s: %s", s->section, s->key, err_text());
    }
}

/* A problem of a setting by itself or with another (`with` may be NULL), told at whichever of them was given. */
static void refuse(struct load *l, const char *section, const char *key, const char *with, const char *what)
{
    const struct place *p = &l->places[index_of(setting_find(section, key))];

    if (with) {
        const struct place *q = &l->places[index_of(setting_find(section, with))];

        if (q->wrong)
            return;
        if (!p->given)
            p = q;
    }
    if (!l->places[index_of(setting_find(section, key))].wrong)
        yaml_problem_at(&l->reader, p->file, p->line, p->column, "%s.%s: %s", section, key, what);
}

/* What no single setting can say: how they go together. */
static void check_together(struct load *l)
{
    const struct config *c = l->config;
    unsigned char address[16];

    if (inet_pton(AF_INET, c->http.address, address) != 1 && inet_pton(AF_INET6, c->http.address, address) != 1)
        refuse(l, "http", "address", NULL,
               arena_printf(l->scratch, "found %s; allowed is an IPv4 or IPv6 address, as 127.0.0.1 or ::",
                            yaml_quote(l->scratch, c->http.address)));
    if (c->retry.first_ms > c->retry.max_ms)
        refuse(l, "retry", "first_ms", "max_ms",
               arena_printf(l->scratch, "found %lld; allowed is at most retry.max_ms, which is %lld",
                            (long long)c->retry.first_ms, (long long)c->retry.max_ms));
    if (!*c->kafka.ssl_certificate_file != !*c->kafka.ssl_key_file)
        refuse(l, "kafka", *c->kafka.ssl_key_file ? "ssl_certificate_file" : "ssl_key_file",
               *c->kafka.ssl_key_file ? "ssl_key_file" : "ssl_certificate_file",
               "found nothing; certificate and key go together");
    if (strncmp(c->kafka.security_protocol, "sasl_", 5) == 0 && !*c->kafka.sasl_username)
        refuse(l, "kafka", "sasl_username", "security_protocol", "found nothing; sasl_* needs a user");
    if (strncmp(c->kafka.security_protocol, "sasl_", 5) == 0 && !*c->kafka.sasl_password_file)
        refuse(l, "kafka", "sasl_password_file", "security_protocol", "found nothing; sasl_* needs a password");
}

static const char *folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    return !slash ? "" : slash == path ? "/" : arena_strndup(a, path, (size_t)(slash - path));
}

static int load_all(struct load *l, const char *path)
{
    const struct yaml_node *root;
    int r;

    apply_defaults(l);
    if (path) {
        r = yaml_load_file(l->scratch, path, &root);
        if (r < 0)
            return r;
        l->folder = folder_of(l->scratch, path);
        apply_root(l, root);
    }
    apply_environment(l);
    read_secrets(l);
    check_together(l);
    return yaml_reader_result(&l->reader);
}

int config_load(struct config **ret, const char *daemon, const char *path)
{
    struct config *c;
    struct arena scratch;
    struct load l;
    int r;

    if (!setting_is_daemon(daemon))
        return err_set(ERR_FATAL, "settings: there is no daemon \"%s\"", daemon);
    if (!path)
        path = getenv("REDRESS_CONFIG");
    if (path && !*path)
        path = NULL;
    c = calloc(1, sizeof *c);
    if (c)
        c->sources = calloc(1, sizeof *c->sources);
    if (!c || !c->sources) {
        free(c);
        return err_set(ERR_FATAL, "settings: out of memory");
    }
    arena_init(&c->sources->arena, 0);
    arena_init(&scratch, 0);
    c->daemon = arena_strdup(&c->sources->arena, daemon);
    c->sources->path = path ? arena_strdup(&c->sources->arena, path) : NULL;
    l = (struct load){ .config = c, .scratch = &scratch, .folder = "" };
    yaml_reader_init(&l.reader, &scratch);
    r = load_all(&l, path);
    arena_done(&scratch);
    if (r < 0)
        config_free(c);
    else
        *ret = c;
    return r;
}

void config_free(struct config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (settings[i].type == SETTING_SECRET) {
            char *secret = *(char **)((char *)c + settings[i].secret_offset);

            if (secret && *secret)
                explicit_bzero(secret, strlen(secret));
        }
    arena_done(&c->sources->arena);
    free(c->sources);
    free(c);
}
