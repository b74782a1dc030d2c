/* Help, made from the table. */
#include <stdlib.h>
#include <string.h>

#include "table.h"

static const struct {
    int status;
    const char *meaning;
} statuses[] = {
    { CTL_OK, "done" },
    { CTL_FAILURE, "failure; what was asked for did not come out so" },
    { CTL_USAGE, "the command line is wrong" },
    { CTL_NOT_FOUND, "not found" },
    { CTL_CONFLICT, "conflict: what is there does not allow it" },
    { CTL_UNAVAILABLE, "PostgreSQL or Kafka does not answer; later it may work" },
};

#define STATUSES (sizeof statuses / sizeof *statuses)

static const char environment[] =
    "REDRESS_PG (postgres.uri), REDRESS_KAFKA (kafka.brokers) and REDRESS_<SECTION>_<KEY> for every other setting;\n"
    "`redressctl config reference` lists them.";

static const char *const purpose = "the operator's command of Redress";

static bool has_options(const struct ctl_command *cmd)
{
    return cmd->options[0].name != NULL;
}

static void usage_line(FILE *out, const struct ctl_command *cmd)
{
    fprintf(out, "redressctl %s%s%s%s", cmd->name, has_options(cmd) ? " [OPTION]..." : "", cmd->arguments[0] ? " " : "",
            cmd->arguments);
}

static int option_width(const struct ctl_option *o)
{
    return (int)(strlen(o->name) + (o->argument ? strlen(o->argument) + 1 : 0));
}

static void print_options(FILE *out, const struct ctl_option *options, size_t max)
{
    int width = 0;

    for (size_t i = 0; i < max && options[i].name; i++)
        width = option_width(&options[i]) > width ? option_width(&options[i]) : width;
    for (size_t i = 0; i < max && options[i].name; i++)
        fprintf(out, "  --%s%s%s%*s  %s\n", options[i].name, options[i].argument ? " " : "",
                options[i].argument ? options[i].argument : "", width - option_width(&options[i]), "", options[i].help);
}

static int name_width(void)
{
    int width = 0;

    CTL_EACH_COMMAND (cmd)
        if ((int)strlen(cmd->name) > width)
            width = (int)strlen(cmd->name);
    return width;
}

void help_overall(FILE *out)
{
    fprintf(out, "redressctl: %s\n\nUsage: redressctl COMMAND [OPTION]... [ARGUMENT]...\n", purpose);
    for (const struct ctl_area *area = ctl_areas; area->title; area++) {
        fprintf(out, "\n%s\n", area->title);
        for (const struct ctl_command *cmd = area->commands; cmd->name; cmd++)
            fprintf(out, "  %-*s  %s\n", name_width(), cmd->name, cmd->summary);
    }
    fputs("\nOptions of every command\n", out);
    print_options(out, ctl_global_options, 16);
    fputs("\nExit status:", out);
    for (size_t i = 0; i < STATUSES; i++)
        fprintf(out, "%s %d %.*s", i ? "," : "", statuses[i].status, (int)strcspn(statuses[i].meaning, ";:"),
                statuses[i].meaning);
    fputs(".\nredressctl help COMMAND says more about a command.\n", out);
}

void help_group(FILE *out, const char *word)
{
    size_t len = strlen(word);

    fprintf(out, "Commands of redressctl %s:\n\n", word);
    CTL_EACH_COMMAND (cmd)
        if (strncmp(cmd->name, word, len) == 0 && cmd->name[len] == ' ')
            fprintf(out, "  %-*s  %s\n", name_width(), cmd->name, cmd->summary);
    fprintf(out, "\nredressctl help %s COMMAND says more.\n", word);
}

void help_command(FILE *out, const struct ctl_command *cmd)
{
    fprintf(out, "redressctl %s: %s\n\nUsage: ", cmd->name, cmd->summary);
    usage_line(out, cmd);
    fputc('\n', out);
    if (cmd->details)
        fprintf(out, "\n%s\n", cmd->details);
    if (has_options(cmd)) {
        fputs("\nOptions\n", out);
        print_options(out, cmd->options, CTL_OPTIONS_MAX);
    }
    if (cmd->more) {
        fputc('\n', out);
        cmd->more(out);
    }
    fputs("\nOptions of every command\n", out);
    print_options(out, ctl_global_options, 16);
}

/* ---- docs/redressctl.md ---- */

static void markdown_options(FILE *out, const struct ctl_option *options, size_t max)
{
    fputs("\n| option | meaning |\n| --- | --- |\n", out);
    for (size_t i = 0; i < max && options[i].name; i++)
        fprintf(out, "| `--%s%s%s` | %s |\n", options[i].name, options[i].argument ? " " : "",
                options[i].argument ? options[i].argument : "", options[i].help);
}

static void markdown_command(FILE *out, const struct ctl_command *cmd)
{
    fprintf(out, "\n### redressctl %s\n%c%s.\n\n```\n", cmd->name, cmd->summary[0] & ~0x20, cmd->summary + 1);
    usage_line(out, cmd);
    fputs("\n```\n", out);
    if (has_options(cmd))
        markdown_options(out, cmd->options, CTL_OPTIONS_MAX);
    if (cmd->details)
        fprintf(out, "\n```text\n%s\n```\n", cmd->details);
    if (cmd->more) {
        fputs("\n```text\n", out);
        cmd->more(out);
        fputs("```\n", out);
    }
}

void help_markdown(FILE *out)
{
    fprintf(out,
            "# redressctl\n<!-- Made by `redressctl help --markdown`; a test checks that it is fresh. -->\n\n"
            "`redressctl` is %s.\n\n## Every command\n",
            purpose);
    markdown_options(out, ctl_global_options, 16);
    fprintf(out, "\nEnvironment: %s\n\n| exit status | meaning |\n| --- | --- |\n", environment);
    for (size_t i = 0; i < STATUSES; i++)
        fprintf(out, "| %d | %s |\n", statuses[i].status, statuses[i].meaning);
    for (const struct ctl_area *area = ctl_areas; area->title; area++) {
        fprintf(out, "\n## %s\n", area->title);
        for (const struct ctl_command *cmd = area->commands; cmd->name; cmd++)
            markdown_command(out, cmd);
    }
}

/* ---- the man page ---- */

/* Text that must come out as it is: no escapes, no requests, no hyphenation. */
static void roff(FILE *out, const char *text)
{
    bool line_start = true;

    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
}

static void roff_options(FILE *out, const struct ctl_option *options, size_t max)
{
    for (size_t i = 0; i < max && options[i].name; i++) {
        fputs(".TP\n\\fB\\-\\-", out);
        roff(out, options[i].name);
        fprintf(out, "\\fR%s%s%s\n", options[i].argument ? " \\fI" : "", options[i].argument ? options[i].argument : "",
                options[i].argument ? "\\fR" : "");
        roff(out, options[i].help);
        fputc('\n', out);
    }
}

static void roff_more(FILE *out, const struct ctl_command *cmd)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    cmd->more(f);
    fclose(f);
    fputs(".PP\n.nf\n", out);
    roff(out, text);
    fputs(".fi\n", out);
    free(text);
}

static void roff_command(FILE *out, const struct ctl_command *cmd)
{
    fputs(".SS \"redressctl ", out);
    roff(out, cmd->name);
    fprintf(out, "%s%s\"\n", cmd->arguments[0] ? " " : "", cmd->arguments);
    fputc(cmd->summary[0] & ~0x20, out);
    roff(out, cmd->summary + 1);
    fputs(".\n", out);
    roff_options(out, cmd->options, CTL_OPTIONS_MAX);
    if (cmd->details) {
        fputs(".PP\n.nf\n", out);
        roff(out, cmd->details);
        fputs("\n.fi\n", out);
    }
    if (cmd->more)
        roff_more(out, cmd);
}

void man_page(FILE *out)
{
    fprintf(out, ".TH REDRESSCTL 1 \"\" \"Redress %s\" \"Redress\"\n.SH NAME\nredressctl \\- %s\n", REDRESS_VERSION,
            purpose);
    fputs(".SH SYNOPSIS\n\\fBredressctl\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n", out);
    fputs(".SH OPTIONS OF EVERY COMMAND\n", out);
    roff_options(out, ctl_global_options, 16);
    for (const struct ctl_area *area = ctl_areas; area->title; area++) {
        fprintf(out, ".SH \"%s\"\n", area->title);
        for (const struct ctl_command *cmd = area->commands; cmd->name; cmd++)
            roff_command(out, cmd);
    }
    fputs(".SH ENVIRONMENT\n", out);
    roff(out, environment);
    fputs("\n.SH EXIT STATUS\n", out);
    for (size_t i = 0; i < STATUSES; i++) {
        fprintf(out, ".TP\n%d\n", statuses[i].status);
        roff(out, statuses[i].meaning);
        fputc('\n', out);
    }
}
