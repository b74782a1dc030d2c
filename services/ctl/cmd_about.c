/* Keys, settings and what redressctl says about itself. */
#include <stdio.h>
#include <string.h>

#include "common/vault/signing.h"
#include "common/vault/vault.h"
#include "table.h"

static int cmd_keys_new(struct ctl *c)
{
    int e = vault_write_master(c->argv[0]);

    if (e < 0)
        return ctl_fail_err(e);
    printf("new master key in %s; keep a copy in a safe place: without it no contact can be read again\n", c->argv[0]);
    return CTL_OK;
}

static int cmd_keys_new_signing(struct ctl *c)
{
    int e = signing_write_new(c->argv[0]);

    if (e < 0)
        return ctl_fail_err(e);
    printf("new signing key in %s, its public half in %s.pub: give that to those who shall check signatures\n",
           c->argv[0], c->argv[0]);
    return CTL_OK;
}

static int cmd_config_show(struct ctl *c)
{
    config_show(c->config, stdout);
    return CTL_OK;
}

static int cmd_config_reference(struct ctl *c)
{
    (void)c;
    config_print_reference(stdout);
    return CTL_OK;
}

static int cmd_completion(struct ctl *c)
{
    if (completion_script(stdout, c->argv[0]))
        return CTL_OK;
    return ctl_fail(CTL_USAGE, "there is no completion for \"%s\"; allowed are bash, zsh, fish", c->argv[0]);
}

static int cmd_man(struct ctl *c)
{
    (void)c;
    man_page(stdout);
    return CTL_OK;
}

static int cmd_version(struct ctl *c)
{
    if (c->output == CTL_TABLE)
        puts("redressctl " REDRESS_VERSION);
    else
        puts("{\"version\":\"" REDRESS_VERSION "\"}");
    return CTL_OK;
}

static int cmd_help(struct ctl *c)
{
    const struct ctl_command *cmd;
    const char *near;
    char text[128];
    int used;

    if (ctl_option(c, "markdown")) {
        help_markdown(stdout);
        return CTL_OK;
    }
    if (c->argc == 0) {
        help_overall(stdout);
        return CTL_OK;
    }
    cmd = ctl_find(c->argc, c->argv, &used);
    if (cmd && used == c->argc) {
        help_command(stdout, cmd);
        return CTL_OK;
    }
    if (c->argc == 1 && ctl_is_group(c->argv[0])) {
        help_group(stdout, c->argv[0]);
        return CTL_OK;
    }
    near = ctl_nearest_command(c->argc, c->argv, text, sizeof text);
    if (near)
        return ctl_fail(CTL_USAGE, "there is no command \"%s\"; perhaps \"%s\"?", text, near);
    return ctl_fail(CTL_USAGE, "there is no command \"%s\"", text);
}

const struct ctl_command about_commands[] = {
    {
        .name = "keys new",
        .arguments = "FILE",
        .summary = "make a new master key in a file of its own",
        .details =
            "The master key wraps the data key of each tenant; setting keys.file names its file. The file is made\n"
            "readable for its owner only, and an existing one is never written over.\n\n"
            "Example:\n"
            "  redressctl keys new /etc/redress/master.key",
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_keys_new,
        .offline = true,
    },
    {
        .name = "keys new-signing",
        .arguments = "FILE",
        .summary = "make a new key that signs archives and the journal's anchors",
        .details =
            "Ed25519, in PEM as openssl reads it; setting keys.signing_file names its file, which is readable for its\n"
            "owner only. The public half goes to FILE.pub. Existing files are never written over.\n\n"
            "Example:\n"
            "  redressctl keys new-signing /etc/redress/signing.key",
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_keys_new_signing,
        .offline = true,
    },
    {
        .name = "config show",
        .arguments = "",
        .summary = "print every setting, its value and where it comes from",
        .details = "The form is YAML that could be loaded again; secrets are masked.\n\n"
                   "Example:\n"
                   "  redressctl --config /etc/redress/redress.yaml config show",
        .run = cmd_config_show,
    },
    {
        .name = "config reference",
        .arguments = "",
        .summary = "print the reference of all settings, in Markdown",
        .run = cmd_config_reference,
        .offline = true,
    },
    {
        .name = "completion",
        .arguments = "bash|zsh|fish",
        .summary = "print the completion script for a shell",
        .details = "Examples:\n"
                   "  eval \"$(redressctl completion bash)\"\n"
                   "  redressctl completion zsh > \"${fpath[1]}/_redressctl\"\n"
                   "  redressctl completion fish > ~/.config/fish/completions/redressctl.fish",
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_completion,
        .offline = true,
    },
    {
        .name = "man",
        .arguments = "",
        .summary = "print the man page",
        .details = "Examples:\n"
                   "  redressctl man | man -l -\n"
                   "  redressctl man > /usr/local/share/man/man1/redressctl.1",
        .run = cmd_man,
        .offline = true,
    },
    { .name = "version", .arguments = "", .summary = "print the version", .run = cmd_version, .offline = true },
    {
        .name = "help",
        .arguments = "[COMMAND]",
        .summary = "say what a command does, its options and examples",
        .options = { { "markdown", NULL, "print docs/redressctl.md" } },
        .max_arguments = 2,
        .run = cmd_help,
        .offline = true,
    },
    { 0 },
};
