/* The table of all commands, and what is made from it. */
#pragma once

#include <stdio.h>

#include "ctl.h"

struct ctl_area {
    const char *title;
    const struct ctl_command *commands; /* ends with a NULL name */
};

extern const struct ctl_area ctl_areas[];            /* ends with a NULL title */
extern const struct ctl_option ctl_global_options[]; /* ends with a NULL name */

#define CTL_EACH_COMMAND(cmd)                                                                                          \
    for (const struct ctl_area *area_ = ctl_areas; area_->title; area_++)                                              \
        for (const struct ctl_command *cmd = area_->commands; cmd->name; cmd++)

/* The command that the words begin with; *ret_used words are its name. NULL if there is none. */
const struct ctl_command *ctl_find(int count, char *const *words, int *ret_used);
/* Is this the first word of commands of two words? */
bool ctl_is_group(const char *word);
const struct ctl_option *ctl_find_option(const struct ctl_command *cmd, const char *name, size_t len);
/* The command, or the first word of some, that was perhaps meant with the words (at least one); NULL if none is near.
 * `asked` is filled with what was asked for. */
const char *ctl_nearest_command(int count, char *const *words, char *asked, size_t size);
/* The same for an option of a command (NULL: of every command). */
const char *ctl_nearest_option(const struct ctl_command *cmd, const char *name);

void help_overall(FILE *out);
void help_group(FILE *out, const char *word);
void help_command(FILE *out, const struct ctl_command *cmd);
/* docs/redressctl.md */
void help_markdown(FILE *out);
void man_page(FILE *out);
/* false if there is no such shell. */
bool completion_script(FILE *out, const char *shell);

/* Runs one command line and gives its exit status. */
int ctl_main(int argc, char **argv);
