/* What is made from the table of commands, and how a command line is read with it. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ctl/table.h"

static char *text;

static const char *made(void (*write)(FILE *out))
{
    size_t size;
    FILE *f = open_memstream(&text, &size);

    write(f);
    fclose(f);
    return text;
}

static int run(const char *a, const char *b, const char *c)
{
    char *argv[] = { "redressctl", (char *)(uintptr_t)a, (char *)(uintptr_t)b, (char *)(uintptr_t)c, NULL };
    int argc = 1 + (a != NULL) + (b != NULL) + (c != NULL);
    FILE *out = stdout, *err = stderr;
    size_t size;
    int status;

    stdout = stderr = open_memstream(&text, &size);
    status = ctl_main(argc, argv);
    fclose(stdout);
    stdout = out;
    stderr = err;
    return status;
}

Test(help, every_command_is_complete)
{
    CTL_EACH_COMMAND (cmd) {
        cr_assert(cmd->run && cmd->summary && cmd->arguments, "%s", cmd->name);
        cr_assert(islower((unsigned char)cmd->summary[0]), "%s: %s", cmd->name, cmd->summary);
        cr_assert_neq(cmd->summary[strlen(cmd->summary) - 1], '.', "%s", cmd->name);
        cr_assert_leq(strlen(cmd->summary), 80, "%s", cmd->name);
        cr_assert_leq(cmd->min_arguments, cmd->max_arguments, "%s", cmd->name);
        cr_assert_eq(cmd->max_arguments > 0, cmd->arguments[0] != '\0', "%s", cmd->name);
        for (size_t i = 0; i < CTL_OPTIONS_MAX && cmd->options[i].name; i++)
            for (const struct ctl_option *o = ctl_global_options; o->name; o++)
                cr_assert_str_neq(cmd->options[i].name, o->name, "%s", cmd->name);
    }
}

Test(help, no_command_twice_and_none_in_the_way_of_another)
{
    CTL_EACH_COMMAND (cmd) {
        char words[80], *argv[2];
        int used;

        snprintf(words, sizeof words, "%s", cmd->name);
        argv[0] = words;
        argv[1] = strchr(words, ' ');
        if (argv[1])
            *argv[1]++ = '\0';
        cr_assert_eq(ctl_find(argv[1] ? 2 : 1, argv, &used), cmd, "%s", cmd->name);
        cr_assert_eq(used, argv[1] ? 2 : 1, "%s", cmd->name);
    }
}

Test(help, all_commands_are_in_all_texts)
{
    static void (*const writers[])(FILE *) = { help_overall, help_markdown };

    for (size_t i = 0; i < 2; i++) {
        made(writers[i]);
        CTL_EACH_COMMAND (cmd)
            cr_assert(strstr(text, cmd->name), "%s", cmd->name);
        free(text);
    }
    made(man_page);
    cr_assert(strstr(text, ".SS \"redressctl topics apply\""));
    cr_assert(strstr(text, "\\-\\-replication"));
    free(text);
}

Test(help, usage_errors_are_told_with_the_nearest)
{
    cr_assert_eq(run("topcs", "apply", NULL), CTL_USAGE);
    cr_assert(strstr(text, "there is no command \"topcs apply\"; perhaps \"topics apply\"?"), "%s", text);
    free(text);
    cr_assert_eq(run("topcs", NULL, NULL), CTL_USAGE);
    cr_assert(strstr(text, "there is no command \"topcs\"; perhaps \"topics\"?"), "%s", text);
    free(text);
    cr_assert_eq(run("complation", "bash", NULL), CTL_USAGE);
    cr_assert(strstr(text, "perhaps \"completion\"?"), "%s", text);
    free(text);
    cr_assert_eq(run("zzz", "--limit", NULL), CTL_USAGE);
    cr_assert(strstr(text, "there is no command \"zzz\"; see redressctl help"), "%s", text);
    free(text);
    cr_assert_eq(run("topics", "aply", NULL), CTL_USAGE);
    cr_assert(strstr(text, "perhaps \"topics apply\"?"), "%s", text);
    free(text);
    cr_assert_eq(run("topics", "apply", "--fil=x"), CTL_USAGE);
    cr_assert(strstr(text, "there is no option --fil; perhaps --file?"), "%s", text);
    free(text);
    cr_assert_eq(run("topics", "apply", "--file"), CTL_USAGE);
    cr_assert(strstr(text, "--file needs a value"), "%s", text);
    free(text);
    cr_assert_eq(run("topics", "apply", "more"), CTL_USAGE);
    cr_assert(strstr(text, "topics apply has no use for \"more\""), "%s", text);
    free(text);
    cr_assert_eq(run("keys", "new", NULL), CTL_USAGE);
    cr_assert(strstr(text, "keys new needs FILE"), "%s", text);
    free(text);
    cr_assert_eq(run("version", "--output", "xml"), CTL_USAGE);
    cr_assert(strstr(text, "found \"xml\"; allowed are table, json, jsonl"), "%s", text);
    free(text);
}

Test(help, asked_for_help_is_no_error)
{
    cr_assert_eq(run("--help", NULL, NULL), CTL_OK);
    free(text);
    cr_assert_eq(run("topics", "--help", NULL), CTL_OK);
    cr_assert(strstr(text, "topics plan"));
    free(text);
    cr_assert_eq(run("topics", "apply", "--help"), CTL_OK);
    cr_assert(strstr(text, "Usage: redressctl topics apply [OPTION]..."), "%s", text);
    free(text);
    cr_assert_eq(run("help", "tenant", "apply"), CTL_OK);
    cr_assert(strstr(text, "Usage: redressctl tenant apply DIR"), "%s", text);
    free(text);
    cr_assert_eq(run(NULL, NULL, NULL), CTL_USAGE);
    free(text);
}

Test(help, options_stand_anywhere)
{
    cr_assert_eq(run("--output=json", "version", NULL), CTL_OK);
    cr_assert_str_eq(text, "{\"version\":\"" REDRESS_VERSION "\"}\n");
    free(text);
    cr_assert_eq(run("version", "--output", "json"), CTL_OK);
    cr_assert_str_eq(text, "{\"version\":\"" REDRESS_VERSION "\"}\n");
    free(text);
}

Test(help, completion_knows_every_command)
{
    static const char *const shells[] = { "bash", "zsh", "fish" };

    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(run("completion", shells[i], NULL), CTL_OK);
        CTL_EACH_COMMAND (cmd) {
            const char *last = strrchr(cmd->name, ' ');

            cr_assert(strstr(text, last ? last + 1 : cmd->name), "%s: %s", shells[i], cmd->name);
        }
        free(text);
    }
    cr_assert_eq(run("completion", "csh", NULL), CTL_USAGE);
    free(text);
}
