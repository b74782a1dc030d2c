/* --show-config and the settings reference: the table, read aloud. */
#include <string.h>
#include <unistd.h>

#include "common/base/str.h"
#include "config.h"
#include "settings.h"
#include "sources.h"
#include "yaml.h"

#define VALUE_COLUMN 56 /* sources stand here, behind values that are not longer */

static bool is_number_or_bool(const struct setting *s)
{
    return s->type == SETTING_INT || s->type == SETTING_BOOL;
}

static void show_value(const struct config *c, size_t i, struct strbuf *line)
{
    const struct setting *s = &settings[i];
    const char *text = setting_text(line->arena, s, c);

    strbuf_reset(line);
    strbuf_printf(line, "  %s: ", s->key);
    if (is_number_or_bool(s))
        strbuf_adds(line, text);
    else
        strbuf_add_json(line, text, strlen(text));
    while (line->len < VALUE_COLUMN)
        strbuf_addc(line, ' ');
    strbuf_printf(line, " # %s", c->sources->of[i]);
}

/* Variables that begin like ours and are near to one of ours: a slip of the pen that would go unnoticed. */
static void show_strays(FILE *out, struct arena *a)
{
    const size_t prefix = strlen("REDRESS_");
    const char *names[SETTING_COUNT + 1] = { NULL };

    for (size_t i = 0; i < SETTING_COUNT; i++)
        names[i] = setting_env(a, &settings[i]) + prefix;
    for (char **e = environ; e && *e; e++) {
        const char *name, *nearest;

        if (strncmp(*e, "REDRESS_", prefix) != 0)
            continue;
        name = arena_strndup(a, *e + prefix, strcspn(*e + prefix, "="));
        nearest = yaml_nearest(name, names);
        if (nearest && strcmp(nearest, name) != 0)
            fprintf(out, "# REDRESS_%s in the environment is no setting; did you mean REDRESS_%s?\n", name, nearest);
    }
}

void config_show(const struct config *c, FILE *out)
{
    const char *section = "";
    struct strbuf line;
    struct arena a;

    arena_init(&a, 0);
    strbuf_init(&line, &a);
    fprintf(out, "# Settings of redress-%s, each with where it comes from; file: %s\n", c->daemon,
            c->sources->path ? c->sources->path : "none");
    show_strays(out, &a);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(section, settings[i].section) != 0) {
            section = settings[i].section;
            fprintf(out, "%s:\n", section);
        }
        show_value(c, i, &line);
        fprintf(out, "%s\n", line.data);
    }
    arena_done(&a);
}

/* `|` ends a cell of a Markdown table. */
static void print_cell(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '|')
            fputs("\\|", out);
        else
            fputc(*text, out);
}

static void print_row(FILE *out, struct arena *a, const struct setting *s)
{
    fprintf(out, "| `%s.%s` | ", s->section, s->key);
    print_cell(out, setting_rule(a, s));
    fputs(" | ", out);
    if (*s->fallback)
        fprintf(out, "`%s`", s->fallback);
    fprintf(out, " | `%s` | ", setting_env(a, s));
    print_cell(out, s->help);
    fputs(" |\n", out);
}

void config_print_reference(FILE *out)
{
    const char *section = "";
    struct arena a;

    arena_init(&a, 0);
    fputs("# Settings\n\n"
          "One YAML file holds the settings of all daemons, a section for each subject. A section with the name of a\n"
          "daemon holds its own settings and, inside it, sections that replace the common ones for that daemon. Of\n"
          "several values the last of these counts: default, section, section of the daemon, environment.\n"
          "Relative paths start at the folder of the file. `--show-config` prints every value and its source.\n\n"
          "| daemon | |\n| --- | --- |\n",
          out);
    for (const struct setting_section *d = setting_daemons; d->name; d++)
        fprintf(out, "| `%s` | %s |\n", d->name, d->help);
    for (size_t i = 0, j = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];

        if (strcmp(section, s->section) != 0) {
            section = s->section;
            while (strcmp(setting_sections[j].name, section) != 0)
                j++;
            fprintf(out,
                    "\n## %s: %s\n\n| setting | allowed | default | environment | |\n| --- | --- | --- | --- | --- |\n",
                    section, setting_sections[j].help);
        }
        print_row(out, &a, s);
    }
    arena_done(&a);
}
