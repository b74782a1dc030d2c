/* Looking things up in the table of commands. */
#include "table.h"

#include <stdio.h>
#include <string.h>

#include "common/config/yaml.h"

#define NAMES_MAX 256
#define WORD_SIZE 40

/* The command's name is one or two words; `count` words are there. 0: it is not this one. */
static int words_matched(const char *name, int count, char *const *words)
{
    const char *space = strchr(name, ' ');
    size_t first = space ? (size_t)(space - name) : strlen(name);

    if (strlen(words[0]) != first || strncmp(words[0], name, first) != 0)
        return 0;
    if (!space)
        return 1;
    return count > 1 && strcmp(words[1], space + 1) == 0 ? 2 : 0;
}

const struct ctl_command *ctl_find(int count, char *const *words, int *ret_used)
{
    CTL_EACH_COMMAND (cmd) {
        int used = count > 0 ? words_matched(cmd->name, count, words) : 0;

        if (used) {
            *ret_used = used;
            return cmd;
        }
    }
    return NULL;
}

bool ctl_is_group(const char *word)
{
    size_t len = strlen(word);

    CTL_EACH_COMMAND (cmd)
        if (strncmp(cmd->name, word, len) == 0 && cmd->name[len] == ' ')
            return true;
    return false;
}

const struct ctl_option *ctl_find_option(const struct ctl_command *cmd, const char *name, size_t len)
{
    size_t max = sizeof cmd->options / sizeof *cmd->options;

    for (size_t i = 0; i < max && cmd->options[i].name; i++)
        if (strlen(cmd->options[i].name) == len && strncmp(cmd->options[i].name, name, len) == 0)
            return &cmd->options[i];
    return NULL;
}

static const char *nearest_whole(const char *name)
{
    const char *names[NAMES_MAX] = { NULL };
    size_t count = 0, len = strlen(name);

    CTL_EACH_COMMAND (cmd) {
        const char *space = strchr(cmd->name, ' ');

        if (space && strcmp(space + 1, name) == 0)
            return cmd->name; /* "apply" alone */
        if (len > 1 && strncmp(cmd->name, name, len) == 0)
            return cmd->name; /* cut short */
        if (count < NAMES_MAX - 1)
            names[count++] = cmd->name;
    }
    return yaml_nearest(name, names);
}

/* By the first word alone. */
static const char *nearest_group(const char *word)
{
    static char firsts[NAMES_MAX][WORD_SIZE];
    const char *names[NAMES_MAX] = { NULL };
    size_t count = 0;

    CTL_EACH_COMMAND (cmd)
        if (count < NAMES_MAX - 1) {
            snprintf(firsts[count], WORD_SIZE, "%.*s", (int)strcspn(cmd->name, " "), cmd->name);
            names[count] = firsts[count];
            count++;
        }
    return yaml_nearest(word, names);
}

const char *ctl_nearest_command(int count, char *const *words, char *asked, size_t size)
{
    const char *near;

    snprintf(asked, size, "%s%s%s", words[0], count > 1 ? " " : "", count > 1 ? words[1] : "");
    near = nearest_whole(asked);
    if (!near && count > 1)
        near = nearest_whole(words[0]); /* the second one was an argument */
    return near ? near : nearest_group(words[0]);
}

const char *ctl_nearest_option(const struct ctl_command *cmd, const char *name)
{
    const char *names[NAMES_MAX] = { NULL };
    size_t count = 0, max = sizeof cmd->options / sizeof *cmd->options;

    for (size_t i = 0; cmd && i < max && cmd->options[i].name; i++)
        names[count++] = cmd->options[i].name;
    for (const struct ctl_option *o = ctl_global_options; o->name; o++)
        names[count++] = o->name;
    return yaml_nearest(name, names);
}
