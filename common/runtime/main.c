/* The command line that all daemons share. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "private.h"
#include "signals.h"

enum { EXIT_BAD_USAGE = 2 };

static void print_help(const struct daemon_spec *spec)
{
    printf("redress-%s: %s\n\n"
           "Usage: redress-%s [--config FILE] [--show-config | --check | --version | --help]\n\n"
           "  --config FILE    settings (YAML); default: REDRESS_CONFIG; without: REDRESS_... of the environment\n"
           "  --show-config    print every setting, its value and where it comes from, and exit\n"
           "  --check          read the settings, try PostgreSQL and Kafka, and exit 0 if all is well\n"
           "  --version        print the version\n"
           "  --help           print this\n\n"
           "Signals: SIGTERM finishes the open batch and ends; SIGHUP opens the log file again.\n\n"
           "Examples:\n"
           "  redress-%s --config /etc/redress/redress.yaml\n"
           "  REDRESS_PG=postgresql://localhost/redress REDRESS_KAFKA=localhost:9092 redress-%s --check\n",
           spec->name, spec->summary, spec->name, spec->name, spec->name);
}

static int say(const char *name, int r)
{
    printf("%-10s %s\n", name, r < 0 ? err_text() : "ok");
    return r < 0;
}

static int check(struct daemon *d)
{
    struct kafka_options o = daemon_kafka_options(d);
    const char *missing = NULL;
    int bad = say("settings", 0), r;

    bad += say("postgres", daemon_ensure_pg(d));
    r = kafka_missing_topic(&o, d->spec->listens_to, 5000, &missing);
    if (r > 0)
        r = err_set(ERR_RETRY, "topic %s%s does not exist: run redressctl topics apply", o.topic_prefix, missing);
    bad += say("kafka", r);
    return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

static enum log_level level_of(const char *name)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    int i = 3;

    while (i > 0 && strcmp(names[i], name) != 0)
        i--;
    return (enum log_level)i;
}

static int run(struct daemon *d)
{
    const struct config *c = d->config;
    struct beside *beside = NULL;
    int r, other;

    r = log_open(d->spec->name, strcmp(c->log.format, "json") == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_LOGFMT,
                 level_of(c->log.level), c->log.file);
    if (r == 0)
        r = health_start(d);
    if (r == 0) {
        log_info("started", LOG_STR("version", REDRESS_VERSION), LOG_STR("instance", c->kafka.instance));
        r = beside_start(d, &beside);
    }
    if (r == 0)
        r = daemon_loop(d);
    other = beside_join(d, beside);
    if (r == 0)
        r = other;
    if (r < 0)
        log_error("ended", LOG_STR("class", err_class_name(r)), LOG_STR("why", err_text()));
    else
        log_info("ended");
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

struct command_line {
    const char *config;
    bool show, check;
};

/* -1: go on; else the exit status. */
static int parse(const struct daemon_spec *spec, int argc, char **argv, struct command_line *ret)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' }, { "show-config", no_argument, NULL, 's' },
        { "check", no_argument, NULL, 'k' },        { "version", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },         { 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'c') {
            ret->config = optarg;
        } else if (c == 's') {
            ret->show = true;
        } else if (c == 'k') {
            ret->check = true;
        } else if (c == 'v') {
            printf("redress-%s %s\n", spec->name, REDRESS_VERSION);
            return EXIT_SUCCESS;
        } else if (c == 'h') {
            print_help(spec);
            return EXIT_SUCCESS;
        } else {
            fprintf(stderr, "see redress-%s --help\n", spec->name);
            return EXIT_BAD_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "redress-%s takes no argument \"%s\"; see --help\n", spec->name, argv[optind]);
        return EXIT_BAD_USAGE;
    }
    return -1;
}

int daemon_main(const struct daemon_spec *spec, int argc, char **argv)
{
    struct command_line line = { 0 };
    struct config *config;
    struct daemon d;
    int status = parse(spec, argc, argv, &line);

    if (status >= 0)
        return status;
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }); /* a core would hold personal data and keys */
    signals_install();
    if (config_load(&config, spec->name, line.config) < 0) {
        fprintf(stderr, "%s\n", err_text());
        return EXIT_FAILURE;
    }
    if (line.show) {
        config_show(config, stdout);
        config_free(config);
        return EXIT_SUCCESS;
    }
    if (daemon_init(&d, spec, config) < 0) {
        fprintf(stderr, "redress-%s: %s\n", spec->name, err_text());
        status = EXIT_FAILURE;
    } else {
        status = line.check ? check(&d) : run(&d);
    }
    daemon_done(&d);
    config_free(config);
    return status;
}
