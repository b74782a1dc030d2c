#include "ctl.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/runtime/options.h"
#include "table.h"

/* ---- what commands use ---- */

int ctl_fail(int status, const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fputs("redressctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return status;
}

int ctl_fail_err(int err_class)
{
    bool later = err_class == ERR_RETRY || err_class == ERR_UNCERTAIN;
    bool no_schema =
        strstr(err_text(), "does not exist") && (strstr(err_text(), "relation") || strstr(err_text(), "schema"));

    return ctl_fail(later && !no_schema ? CTL_UNAVAILABLE : CTL_FAILURE, "%s%s", err_text(),
                    no_schema ? " (redressctl db migrate makes the schemas)" : "");
}

const char *ctl_option(const struct ctl *c, const char *name)
{
    const char *last = NULL;

    for (int i = 0; i < c->given_count; i++)
        if (strcmp(c->given[i].option->name, name) == 0)
            last = c->given[i].value;
    return last;
}

const char *ctl_option_at(const struct ctl *c, const char *name, int i)
{
    for (int k = 0; k < c->given_count; k++)
        if (strcmp(c->given[k].option->name, name) == 0 && i-- == 0)
            return c->given[k].value;
    return NULL;
}

bool ctl_option_int(const struct ctl *c, const char *name, int64_t min, int64_t max, int64_t fallback, int64_t *ret)
{
    const char *text = ctl_option(c, name);

    *ret = fallback;
    if (!text || parse_int64(text, min, max, ret))
        return true;
    ctl_fail(CTL_USAGE, "--%s: found \"%s\"; allowed is a whole number from %lld to %lld", name, text, (long long)min,
             (long long)max);
    return false;
}

struct pg_conn *ctl_pg(struct ctl *c)
{
    const struct config *cfg = c->config;
    const char *role = cfg->postgres.role;
    int e;

    if (c->pg && pg_connected(c->pg))
        return c->pg;
    if (!c->pg)
        c->pg = pg_new(&(struct pg_options){
            .uri = cfg->postgres.uri,
            .password = cfg->postgres.password[0] ? cfg->postgres.password : NULL,
            .role = role[0] && strcmp(role, "none") != 0 ? role : NULL,
            .name = "redressctl",
            .connect_timeout_ms = (int)cfg->postgres.connect_timeout_ms,
            .statement_timeout_ms = (int)cfg->postgres.statement_timeout_ms,
            .idle_in_transaction_timeout_ms = (int)cfg->postgres.idle_in_transaction_timeout_ms,
            .lock_timeout_ms = (int)cfg->postgres.lock_timeout_ms,
        });
    e = c->pg ? pg_connect(c->pg) : ERR_FATAL;
    if (e == 0)
        return c->pg;
    ctl_fail_err(e);
    return NULL;
}

struct kafka_options ctl_kafka(const struct ctl *c)
{
    struct kafka_options o = config_kafka_options(c->config);

    if (!o.client_id[0])
        o.client_id = "redressctl";
    return o;
}

/* ---- the command line ---- */

struct line {
    int argc;
    char **argv;
    int at; /* the argument being read */
    const char *config, *output;
    bool help, version, verbose;
    int word_count; /* all that is neither option nor value */
    char **words;
    bool options_end; /* "--" was seen */
    struct ctl_given *given;
    int given_count; /* the command's own options */
};

static int usage(const struct ctl_command *cmd, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int usage(const struct ctl_command *cmd, const char *format, ...)
{
    va_list args;

    fputs("redressctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "; see redressctl help%s%s\n", cmd ? " " : "", cmd ? cmd->name : "");
    return CTL_USAGE;
}

/* Puts the value of an option, which stands behind '=' or is the next argument. 0 or CTL_USAGE. */
static int take_value(struct line *l, const struct ctl_command *cmd, const struct ctl_option *o, const char *behind,
                      const char **ret)
{
    if (!o->argument) {
        *ret = "";
        return behind ? usage(cmd, "--%s takes no value", o->name) : 0;
    }
    if (behind)
        *ret = behind;
    else if (l->at + 1 < l->argc)
        *ret = l->argv[++l->at];
    else
        return usage(cmd, "--%s needs a value: --%s %s", o->name, o->name, o->argument);
    return 0;
}

static int take_global(struct line *l, const struct ctl_command *cmd, const struct ctl_option *o, const char *behind)
{
    const char *value;
    int r = take_value(l, cmd, o, behind, &value);

    if (r)
        return r;
    if (strcmp(o->name, "config") == 0)
        l->config = value;
    else if (strcmp(o->name, "output") == 0)
        l->output = value;
    else if (strcmp(o->name, "verbose") == 0)
        l->verbose = true;
    else if (strcmp(o->name, "help") == 0)
        l->help = true;
    else
        l->version = true;
    return 0;
}

static int unknown_option(const struct ctl_command *cmd, const char *name, size_t len)
{
    char text[64];
    const char *near;

    snprintf(text, sizeof text, "%.*s", (int)len, name);
    near = ctl_nearest_option(cmd, text);
    if (near)
        return usage(cmd, "there is no option --%s; perhaps --%s?", text, near);
    return usage(cmd, "there is no option --%s", text);
}

/* One option; `cmd` is NULL as long as the command is not known. */
static int take_option(struct line *l, const struct ctl_command *cmd)
{
    const char *arg = l->argv[l->at], *name = arg + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct ctl_option *o;

    if (strcmp(arg, "-h") == 0) {
        l->help = true;
        return 0;
    }
    if (arg[1] != '-')
        return usage(cmd, "there is no option %s", arg);
    o = cmd ? ctl_find_option(cmd, name, len) : NULL;
    if (o) {
        l->given[l->given_count].option = o;
        return take_value(l, cmd, o, equals ? equals + 1 : NULL, &l->given[l->given_count++].value);
    }
    for (o = ctl_global_options; o->name; o++)
        if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
            return take_global(l, cmd, o, equals ? equals + 1 : NULL);
    return unknown_option(cmd, name, len);
}

static bool is_option(const struct line *l, const char *arg)
{
    return !l->options_end && arg[0] == '-' && arg[1] != '\0';
}

/* Reads until the words so far name a command, or to the end. 0 or CTL_USAGE. */
static int read_command(struct line *l, const struct ctl_command **ret)
{
    int used, r = 0;

    for (*ret = NULL; l->at < l->argc && !*ret && r == 0; l->at++) {
        char *arg = l->argv[l->at];

        if (is_option(l, arg)) {
            if (l->word_count && !ctl_is_group(l->words[0]))
                return 0;
            r = take_option(l, NULL);
        } else {
            l->words[l->word_count++] = arg;
            *ret = ctl_find(l->word_count, l->words, &used);
            if (*ret)
                l->word_count -= used;
            else if (l->word_count == 2)
                return 0;
        }
    }
    return r;
}

static int read_rest(struct line *l, const struct ctl_command *cmd)
{
    int r = 0;

    for (; l->at < l->argc && r == 0; l->at++) {
        char *arg = l->argv[l->at];

        if (!l->options_end && strcmp(arg, "--") == 0)
            l->options_end = true;
        else if (is_option(l, arg))
            r = take_option(l, cmd);
        else
            l->words[l->word_count++] = arg;
    }
    return r;
}

static int set_output(struct ctl *c, const char *form)
{
    static const char *const forms[] = { "table", "json", "jsonl" };

    for (int i = 0; form && i < 3; i++)
        if (strcmp(form, forms[i]) == 0) {
            c->output = (enum ctl_output)i;
            return 0;
        }
    return form ? usage(c->command, "--output: found \"%s\"; allowed are table, json, jsonl", form) : 0;
}

static int check_arguments(const struct ctl *c)
{
    const struct ctl_command *cmd = c->command;

    if (c->argc < cmd->min_arguments)
        return usage(cmd, "%s needs %s", cmd->name, cmd->arguments);
    if (c->argc > cmd->max_arguments)
        return usage(cmd, "%s has no use for \"%s\"", cmd->name, c->argv[cmd->max_arguments]);
    return 0;
}

/* ---- running ---- */

static int run_command(struct ctl *c, const struct line *l)
{
    struct config *config = NULL;
    int status;

    if (!c->command->offline && config_load(&config, "ctl", l->config) < 0)
        return ctl_fail(CTL_FAILURE, "%s", err_text());
    c->config = config;
    status = c->command->run(c);
    pg_free(c->pg);
    config_free(config);
    return status;
}

static int no_command(const struct line *l)
{
    char text[128];
    const char *near;

    if (l->version) {
        puts("redressctl " REDRESS_VERSION);
        return CTL_OK;
    }
    if (l->help || l->word_count == 0) {
        if (l->word_count && ctl_is_group(l->words[0]))
            help_group(stdout, l->words[0]);
        else
            help_overall(l->help ? stdout : stderr);
        return l->help ? CTL_OK : CTL_USAGE;
    }
    if (l->word_count == 1 && ctl_is_group(l->words[0])) {
        help_group(stderr, l->words[0]);
        return CTL_USAGE;
    }
    near = ctl_nearest_command(l->word_count, l->words, text, sizeof text);
    if (near)
        return usage(NULL, "there is no command \"%s\"; perhaps \"%s\"?", text, near);
    return usage(NULL, "there is no command \"%s\"", text);
}

static int interpret(struct ctl *c, struct line *l)
{
    int r = read_command(l, &c->command);

    if (r == 0 && c->command)
        r = read_rest(l, c->command);
    if (r)
        return r;
    if (!c->command)
        return no_command(l);
    if (l->help) {
        help_command(stdout, c->command);
        return CTL_OK;
    }
    c->argc = l->word_count;
    c->argv = l->words;
    c->given = l->given;
    c->given_count = l->given_count;
    r = set_output(c, l->output);
    if (r == 0)
        r = check_arguments(c);
    if (r == 0)
        r = log_open("redressctl", LOG_FORMAT_LOGFMT, l->verbose ? LOG_DEBUG : LOG_ERROR, "") < 0 ? CTL_FAILURE : 0;
    return r ? r : run_command(c, l);
}

int ctl_main(int argc, char **argv)
{
    struct line line = { .argc = argc, .argv = argv, .at = 1 };
    struct ctl c = { .output = CTL_TABLE };
    struct arena arena;
    int status;

    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }); /* a core would hold personal data and keys */
    signal(SIGPIPE, SIG_IGN);                         /* a lost connection is an error, not the end */
    arena_init(&arena, 0);
    c.arena = &arena;
    line.words = arena_array(&arena, char *, (size_t)argc + 1);
    line.given = arena_array(&arena, struct ctl_given, (size_t)argc + 1);
    status = interpret(&c, &line);
    if (fflush(stdout) != 0 && errno != EPIPE && status == CTL_OK)
        status = ctl_fail(CTL_FAILURE, "cannot write the answer: %m");
    arena_done(&arena);
    return status;
}
