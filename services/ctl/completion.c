/* Completion for bash, zsh and fish, made from the table. */
#include <string.h>

#include "table.h"

/* A text between single quotes of a shell. */
static void quoted(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
}

static bool first_of_its_word(const struct ctl_command *wanted)
{
    size_t len = strcspn(wanted->name, " ");

    CTL_EACH_COMMAND (cmd)
        if (strcspn(cmd->name, " ") == len && strncmp(cmd->name, wanted->name, len) == 0)
            return cmd == wanted;
    return false;
}

static void print_first_words(FILE *out)
{
    CTL_EACH_COMMAND (cmd)
        if (first_of_its_word(cmd))
            fprintf(out, " %.*s", (int)strcspn(cmd->name, " "), cmd->name);
}

static void print_second_words(FILE *out, const char *name)
{
    size_t len = strcspn(name, " ");

    CTL_EACH_COMMAND (cmd)
        if (strncmp(cmd->name, name, len) == 0 && cmd->name[len] == ' ')
            fprintf(out, " %s", cmd->name + len + 1);
}

static void print_options(FILE *out, const struct ctl_option *options, size_t max)
{
    for (size_t i = 0; i < max && options[i].name; i++)
        fprintf(out, " --%s", options[i].name);
}

/* bash: the words so far choose a list. */
static void bash(FILE *out)
{
    fputs("# bash completion of redressctl: eval \"$(redressctl completion bash)\"\n"
          "_redressctl() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} i\n"
          "    local -a words=()\n"
          "    COMPREPLY=()\n"
          "    case $before in\n"
          "    --output) mapfile -t COMPREPLY < <(compgen -W 'table json jsonl' -- \"$word\"); return ;;\n"
          "    --config | --file) mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return ;;\n"
          "    esac\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        --config | --output) ((++i)) ;;\n"
          "        -*) ;;\n"
          "        *) words+=(\"${COMP_WORDS[i]}\") ;;\n"
          "        esac\n"
          "    done\n"
          "    local options='",
          out);
    print_options(out, ctl_global_options, 16);
    fputs("' commands=''\n    case ${#words[@]} in\n    0) commands='", out);
    print_first_words(out);
    fputs("' ;;\n    1)\n        case ${words[0]} in\n", out);
    CTL_EACH_COMMAND (cmd)
        if (first_of_its_word(cmd) && strchr(cmd->name, ' ')) {
            fprintf(out, "        %.*s) commands='", (int)strcspn(cmd->name, " "), cmd->name);
            print_second_words(out, cmd->name);
            fputs("' ;;\n", out);
        }
    fputs("        completion) commands='bash zsh fish' ;;\n        esac\n        ;;\n    esac\n"
          "    case \"${words[*]:0:2} \" in\n",
          out);
    CTL_EACH_COMMAND (cmd)
        if (cmd->options[0].name) {
            fprintf(out, "    '%s '*) options+='", cmd->name);
            print_options(out, cmd->options, CTL_OPTIONS_MAX);
            fputs("' ;;\n", out);
        }
    fputs("    esac\n"
          "    if [[ $word == -* ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
          "    elif [[ $commands ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$word\")\n"
          "    else\n"
          "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
          "    fi\n"
          "}\n"
          "complete -o filenames -F _redressctl redressctl\n",
          out);
}

/* zsh: descriptions beside the names. In _values and _describe a colon ends the name, so it is escaped. */
static void zsh_item(FILE *out, const char *name, const char *help)
{
    fputs("        '", out);
    quoted(out, name);
    fputc(':', out);
    for (; *help; help++)
        if (*help == ':')
            fputs("\\:", out);
        else if (*help == '\'')
            fputs("'\\''", out);
        else
            fputc(*help, out);
    fputs("'\n", out);
}

static void zsh_options(FILE *out, const struct ctl_option *options, size_t max)
{
    char name[80];

    for (size_t i = 0; i < max && options[i].name; i++) {
        snprintf(name, sizeof name, "--%s", options[i].name);
        zsh_item(out, name, options[i].help);
    }
}

static void zsh_commands(FILE *out)
{
    fputs("    local -a commands options\n    commands=(\n", out);
    CTL_EACH_COMMAND (cmd)
        if (first_of_its_word(cmd)) {
            char name[80];

            snprintf(name, sizeof name, "%.*s", (int)strcspn(cmd->name, " "), cmd->name);
            zsh_item(out, name, strchr(cmd->name, ' ') ? "..." : cmd->summary);
        }
    fputs("    )\n    options=(\n", out);
    zsh_options(out, ctl_global_options, 16);
    fputs("    )\n", out);
}

static void zsh(FILE *out)
{
    fputs("#compdef redressctl\n"
          "# zsh completion of redressctl: redressctl completion zsh > \"${fpath[1]}/_redressctl\"\n"
          "_redressctl() {\n",
          out);
    zsh_commands(out);
    fputs("    case \"$words[2] $words[3]\" in\n", out);
    CTL_EACH_COMMAND (cmd)
        if (cmd->options[0].name) {
            fprintf(out, "    '%s'*) options+=(\n", cmd->name);
            zsh_options(out, cmd->options, CTL_OPTIONS_MAX);
            fputs("    ) ;;\n", out);
        }
    fputs("    esac\n"
          "    if [[ $words[CURRENT-1] == --output ]]; then _values form table json jsonl; return; fi\n"
          "    if [[ $words[CURRENT] == -* ]]; then _describe option options; return; fi\n"
          "    if ((CURRENT == 2)); then _describe command commands; return; fi\n"
          "    if ((CURRENT == 3)); then\n"
          "        case $words[2] in\n",
          out);
    CTL_EACH_COMMAND (cmd)
        if (first_of_its_word(cmd) && strchr(cmd->name, ' ')) {
            fprintf(out, "        %.*s) _values command", (int)strcspn(cmd->name, " "), cmd->name);
            print_second_words(out, cmd->name);
            fputs("; return ;;\n", out);
        }
    fputs("        completion) _values shell bash zsh fish; return ;;\n"
          "        esac\n"
          "    fi\n"
          "    _files\n"
          "}\n"
          "if [[ $funcstack[1] == _redressctl ]]; then _redressctl \"$@\"; else compdef _redressctl redressctl; fi\n",
          out);
}

static void fish_option(FILE *out, const char *condition, const struct ctl_option *o)
{
    fprintf(out, "complete -c redressctl -n '%s' -l %s%s -d '", condition, o->name, o->argument ? " -r" : "");
    for (const char *p = o->help; *p; p++)
        fprintf(out, *p == '\'' || *p == '\\' ? "\\%c" : "%c", *p);
    fputs("'\n", out);
}

static void fish(FILE *out)
{
    fputs("# fish completion of redressctl: redressctl completion fish > ~/.config/fish/completions/redressctl.fish\n",
          out);
    for (const struct ctl_option *o = ctl_global_options; o->name; o++)
        fish_option(out, "true", o);
    CTL_EACH_COMMAND (cmd) {
        size_t len = strcspn(cmd->name, " ");
        bool two = cmd->name[len] == ' ';
        char seen[200];

        if (first_of_its_word(cmd))
            fprintf(out, "complete -c redressctl -n __fish_use_subcommand -f -a %.*s -d '%s'\n", (int)len, cmd->name,
                    two ? "" : cmd->summary);
        if (two)
            fprintf(out,
                    "complete -c redressctl -n '__fish_seen_subcommand_from %.*s; and test (count (commandline -opc)) "
                    "-eq 2' -f -a %s -d '%s'\n",
                    (int)len, cmd->name, cmd->name + len + 1, cmd->summary);
        snprintf(seen, sizeof seen, "__fish_seen_subcommand_from %.*s%s%s", (int)len, cmd->name,
                 two ? "; and __fish_seen_subcommand_from " : "", two ? cmd->name + len + 1 : "");
        for (size_t i = 0; i < CTL_OPTIONS_MAX && cmd->options[i].name; i++)
            fish_option(out, seen, &cmd->options[i]);
    }
    fputs("complete -c redressctl -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n", out);
}

bool completion_script(FILE *out, const char *shell)
{
    static const struct {
        const char *name;
        void (*write)(FILE *out);
    } shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].write(out);
            return true;
        }
    return false;
}
