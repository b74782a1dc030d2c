/* The settings of a daemon: read once at start, constant afterwards.
 *
 * All daemons share one YAML file. It has a section per subject, and may have one per daemon that holds what only this
 * daemon needs and whatever it wants otherwise:
 *
 *     postgres: { uri: "postgresql://redress@db/redress", password_file: /run/secrets/pg }
 *     kafka:    { brokers: "k1:9092,k2:9092" }
 *     intake:
 *       max_age_days: 400           # a setting of intake alone
 *       http: { port: 8101 }        # http.port, for intake alone
 *
 * Of several values the last of these counts: default, section of the file, section of the daemon, environment
 * (REDRESS_PG for postgres.uri, REDRESS_KAFKA for kafka.brokers, REDRESS_<SECTION>_<KEY> for the rest). The whole file
 * is checked, other daemons' sections too. Relative paths in the file start at the file's folder.
 *
 * To add a setting, add one line to settings.def: it makes the field below, the reader, --show-config and the
 * reference. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/arena.h"

struct config_sources; /* private: where each value came from */

struct config {
    const char *daemon; /* "intake" */
#define SECTION(name, help)                      struct {
#define TEXT(section, key, def, min, max, help)  const char *key;
#define WORD(section, key, def, min, max, help)  const char *key;
#define URI(section, key, def, help)             const char *key;
#define INT(section, key, def, min, max, help)   int64_t key;
#define BOOL(section, key, def, help)            bool key;
#define CHOICE(section, key, def, choices, help) const char *key;
#define PATH(section, key, help)                 const char *key;
#define SECRET(section, key, help)               const char *key##_file, *key;
#define END(name)                                                                                                      \
    }                                                                                                                  \
    name;
#include "settings.def"
    struct config_sources *sources;
};

/* `daemon` is a DAEMON of settings.def; `path` may be NULL: then REDRESS_CONFIG names the file, and without that there
 * are only defaults and the environment. ERR_FATAL: err_text() has a
 * line for each thing that is wrong in the file, the environment and the secret files. */
int config_load(struct config **ret, const char *daemon, const char *path);
/* NULL is fine. Secrets are wiped. */
void config_free(struct config *c);

/* --show-config: YAML that could be loaded again, each value with its source beside it. Secrets are masked. */
void config_show(const struct config *c, FILE *out);
/* The settings reference in Markdown: every setting with type, range, default, environment name and meaning. */
void config_print_reference(FILE *out);

/* What a file with a secret holds, without the newline at its end; 64 kB at most, no NUL. ERR_FATAL if it cannot be
 * read, is empty, or may be read by everybody (mode & 007). */
int config_secret_read(struct arena *a, const char *path, const char **ret);
/* A URI or connection string of libpq with every password replaced by ***; for logs and messages. */
const char *config_mask_uri(struct arena *a, const char *uri);
