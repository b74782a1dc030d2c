#include "suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "common/vault/vault.h"

#define PROCESSES_MAX 32

struct process {
    pid_t pid;
    int port;
};

struct suite {
    char name[64], folder[512], config[600], uri[512], prefix[96], brokers[256], bin[512];
    struct pg_conn *pg, *maintenance;
    struct process processes[PROCESSES_MAX];
    int process_count;
};

extern char **environ;

static void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fputs("suite: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(99);
}

static const char *must_env(const char *name)
{
    const char *v = getenv(name);

    if (!v || !*v)
        give_up("%s is not set: run through tests/run", name);
    return v;
}

static struct pg_conn *connect_to(const char *uri)
{
    struct pg_conn *c = pg_new(&(struct pg_options){ .uri = uri,
                                                     .name = "suite",
                                                     .connect_timeout_ms = 20000,
                                                     .statement_timeout_ms = 600000,
                                                     .idle_in_transaction_timeout_ms = 600000,
                                                     .lock_timeout_ms = 120000 });

    if (pg_connect(c) < 0)
        give_up("%s", err_text());
    return c;
}

static void must_script(struct pg_conn *c, const char *sql)
{
    if (pg_script(c, sql) < 0)
        give_up("%s: %s", sql, err_text());
}

static int64_t number(struct pg_conn *c, const char *sql)
{
    struct pg_statement s = { .name = "", .sql = sql }; /* the unnamed statement */
    struct pg_result *r = NULL;
    int64_t n;

    if (pg_exec_once(c, &s, NULL, &r) < 0)
        give_up("%s: %s", sql, err_text());
    n = pg_rows(r) ? pg_int8(r, 0, 0) : 0;
    pg_result_free(r);
    return n;
}

/* The maintenance URI with another database: everything up to the last '/', then the name, then the query. */
static void with_database(const char *uri, const char *name, char *out, size_t size)
{
    const char *query = strchr(uri, '?'), *end = query ? query : uri + strlen(uri), *slash = end;

    while (slash > uri && slash[-1] != '/')
        slash--;
    snprintf(out, size, "%.*s%s%s", (int)(slash - uri), uri, name, query ? query : "");
}

#define ENVIRONMENT_MAX 512

/* Adds the strings of a list; returns the new number. */
static size_t merge(char **merged, size_t n, const char *const *env)
{
    for (; env && *env && n < ENVIRONMENT_MAX - 1; env++)
        merged[n++] = (char *)(uintptr_t)*env;
    return n;
}

/* Adds what is in our own environment and not in the list yet: of two entries of one name the first one counts. */
static void add_environment(char **merged, size_t n)
{
    size_t own = n;

    for (char **e = environ; *e && n < ENVIRONMENT_MAX - 1; e++) {
        size_t name = strcspn(*e, "=") + 1, i = 0;

        while (i < own && strncmp(merged[i], *e, name) != 0)
            i++;
        if (i == own)
            merged[n++] = *e;
    }
    merged[n] = NULL;
}

static int run(const char *program, char *const *argv, const char *output, const char *const *env)
{
    posix_spawn_file_actions_t a;
    char *merged[ENVIRONMENT_MAX];
    size_t n = 0;
    int status;
    pid_t pid;

    n = merge(merged, 0, env);
    add_environment(merged, n);
    posix_spawn_file_actions_init(&a);
    posix_spawn_file_actions_addopen(&a, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&a, 1, 2);
    if (posix_spawn(&pid, program, &a, NULL, argv, merged) != 0)
        give_up("cannot start %s: %s", program, strerror(errno));
    posix_spawn_file_actions_destroy(&a);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void show_file(const char *path)
{
    char line[1024];
    FILE *f = fopen(path, "r");

    while (f && fgets(line, sizeof line, f))
        fputs(line, stderr);
    if (f)
        fclose(f);
}

int suite_ctl(struct suite *s, const char *const *arguments)
{
    char *argv[64] = { "redressctl", "--config", s->config }, program[600], output[600];
    size_t n = 3;

    for (; *arguments && n < 63; arguments++)
        argv[n++] = (char *)(uintptr_t)*arguments;
    snprintf(program, sizeof program, "%s/redressctl", s->bin);
    snprintf(output, sizeof output, "%s/ctl.out", s->folder);
    return run(program, argv, output, NULL);
}

static void must_ctl(struct suite *s, const char *const *arguments)
{
    char output[600];

    if (suite_ctl(s, arguments) == 0)
        return;
    snprintf(output, sizeof output, "%s/ctl.out", s->folder);
    show_file(output);
    give_up("redressctl %s failed", arguments[0]);
}

/* A template per program: another build's schema is not mistaken for ours. */
static void template_name(const struct suite *s, char out[64])
{
    char program[600];
    struct stat st;

    snprintf(program, sizeof program, "%s/redressctl", s->bin);
    if (stat(program, &st) < 0)
        give_up("%s is not built", program);
    snprintf(out, 64, "redress_template_%llx", (unsigned long long)st.st_mtim.tv_sec ^ (unsigned long long)st.st_size);
}

static void write_config(struct suite *s, const char *uri)
{
    FILE *f = fopen(s->config, "w");

    if (!f)
        give_up("cannot write %s", s->config);
    fprintf(f,
            "postgres: { uri: \"%s\" }\n"
            "kafka: { brokers: \"%s\", topic_prefix: \"%s\", session_timeout_ms: 6000 }\n"
            "keys: { file: \"%s/master.key\" }\n"
            "log: { format: logfmt }\n"
            "retry: { first_ms: 20, max_ms: 1000 }\n",
            uri, s->brokers, s->prefix, s->folder);
    fclose(f);
}

static void make_database(struct suite *s)
{
    char template[64], sql[512], uri[512], database[128];
    const char *maintenance = must_env("REDRESS_TEST_PG");

    template_name(s, template);
    must_script(s->maintenance, "SELECT pg_advisory_lock(7238140512)");
    snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_database WHERE datname = '%s' AND datistemplate", template);
    if (number(s->maintenance, sql) == 0) {
        snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s", template);
        must_script(s->maintenance, sql);
        snprintf(sql, sizeof sql, "CREATE DATABASE %s", template);
        must_script(s->maintenance, sql);
        with_database(maintenance, template, uri, sizeof uri);
        write_config(s, uri);
        must_ctl(s, (const char *[]){ "db", "migrate", NULL });
        snprintf(sql, sizeof sql, "ALTER DATABASE %s IS_TEMPLATE true", template);
        must_script(s->maintenance, sql);
    }
    snprintf(database, sizeof database, "%s", s->name);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE %s", database, template);
    must_script(s->maintenance, sql);
    must_script(s->maintenance, "SELECT pg_advisory_unlock(7238140512)");
    with_database(maintenance, database, s->uri, sizeof s->uri);
    write_config(s, s->uri);
}

struct suite *suite_new(const char *name)
{
    struct suite *s = calloc(1, sizeof *s);
    const char *tmp = getenv("REDRESS_TEST_TMP");
    unsigned short noise;
    char key[600];

    if (!s)
        abort();
    random_bytes(&noise, sizeof noise);
    snprintf(s->name, sizeof s->name, "suite_%s_%d_%04x", name, (int)getpid(), noise);
    snprintf(s->prefix, sizeof s->prefix, "%s-%d-%04x.", name, (int)getpid(), noise);
    snprintf(s->brokers, sizeof s->brokers, "%s", must_env("REDRESS_TEST_KAFKA"));
    snprintf(s->bin, sizeof s->bin, "%s", must_env("REDRESS_BIN"));
    snprintf(s->folder, sizeof s->folder, "%s/%s", tmp && *tmp ? tmp : "/tmp", s->name);
    snprintf(s->config, sizeof s->config, "%s/redress.yaml", s->folder);
    snprintf(key, sizeof key, "%s/master.key", s->folder);
    if (mkdir(s->folder, 0700) < 0 || vault_write_master(key) < 0)
        give_up("cannot make %s", s->folder);
    s->maintenance = connect_to(must_env("REDRESS_TEST_PG"));
    make_database(s);
    must_ctl(s, (const char *[]){ "topics", "apply", NULL });
    return s;
}

void suite_free(struct suite *s)
{
    char sql[256];

    for (int i = 0; i < s->process_count; i++)
        if (s->processes[i].pid)
            suite_signal(s, s->processes[i].pid, SIGTERM);
    pg_free(s->pg);
    if (!pg_connected(s->maintenance))
        (void)pg_connect(s->maintenance);
    snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", s->name);
    if (pg_script(s->maintenance, sql) < 0)
        fprintf(stderr, "suite: %s\n", err_text());
    pg_free(s->maintenance);
    free(s);
}

const char *suite_config(const struct suite *s)
{
    return s->config;
}

const char *suite_folder(const struct suite *s)
{
    return s->folder;
}

const char *suite_uri(const struct suite *s)
{
    return s->uri;
}

struct kafka_options suite_kafka(const struct suite *s)
{
    return (struct kafka_options){ .brokers = s->brokers, .topic_prefix = s->prefix, .client_id = "suite" };
}

struct pg_conn *suite_pg(struct suite *s)
{
    if (!s->pg || !pg_connected(s->pg)) {
        pg_free(s->pg);
        s->pg = connect_to(s->uri);
    }
    return s->pg;
}

static int free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 || getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        give_up("no free port");
    close(fd);
    return ntohs(at.sin_port);
}

static void log_path(const struct suite *s, const char *program, const char *instance, char *out, size_t size)
{
    snprintf(out, size, "%s/%s-%s.log", s->folder, program, instance);
}

static void remember(struct suite *s, pid_t pid, int port)
{
    int i = 0;

    while (i < s->process_count && s->processes[i].pid)
        i++;
    if (i == PROCESSES_MAX)
        give_up("too many processes");
    s->processes[i] = (struct process){ pid, port };
    s->process_count += i == s->process_count;
}

pid_t suite_start_program(struct suite *s, const char *bin, const char *program, const char *instance,
                          const char *const *env)
{
    char path[600], log[700], port_env[48], instance_env[80], *merged[ENVIRONMENT_MAX];
    char *argv[] = { path, "--config", s->config, NULL };
    posix_spawn_file_actions_t a;
    int port = free_port();
    size_t n = 0;
    pid_t pid;

    snprintf(path, sizeof path, "%s/%s", bin, program);
    snprintf(port_env, sizeof port_env, "REDRESS_HTTP_PORT=%d", port);
    snprintf(instance_env, sizeof instance_env, "REDRESS_KAFKA_INSTANCE=%s", instance);
    log_path(s, program, instance, log, sizeof log);
    merged[n++] = port_env;
    merged[n++] = instance_env;
    add_environment(merged, merge(merged, n, env));
    posix_spawn_file_actions_init(&a);
    posix_spawn_file_actions_addopen(&a, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&a, 2, 1);
    if (posix_spawn(&pid, path, &a, NULL, argv, merged) != 0)
        give_up("cannot start %s: %s", path, strerror(errno));
    posix_spawn_file_actions_destroy(&a);
    remember(s, pid, port);
    return pid;
}

pid_t suite_start(struct suite *s, const char *daemon, const char *instance, const char *const *env)
{
    char program[64];

    snprintf(program, sizeof program, "redress-%s", daemon);
    return suite_start_program(s, s->bin, program, instance, env);
}

static struct process *process_of(struct suite *s, pid_t pid)
{
    for (int i = 0; i < s->process_count; i++)
        if (s->processes[i].pid == pid)
            return &s->processes[i];
    give_up("no process %d", (int)pid);
}

bool suite_alive(struct suite *s, pid_t pid)
{
    struct process *p = process_of(s, pid);

    if (waitpid(pid, NULL, WNOHANG) == 0)
        return true;
    p->pid = 0;
    return false;
}

const char *suite_get(struct suite *s, pid_t pid, const char *path)
{
    static char answer[262144];
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons((uint16_t)process_of(s, pid)->port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t len = 0;
    ssize_t n;

    answer[0] = '\0';
    if (fd < 0)
        return answer;
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
        dprintf(fd, "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path) > 0)
        while (len < sizeof answer - 1 && (n = read(fd, answer + len, sizeof answer - 1 - len)) > 0)
            len += (size_t)n;
    answer[len] = '\0';
    close(fd);
    return answer;
}

bool suite_wait_ready(struct suite *s, pid_t pid, int seconds)
{
    int64_t end_us = clock_mono_us() + seconds * INT64_C(1000000);

    while (clock_mono_us() < end_us) {
        if (strstr(suite_get(s, pid, "/readyz"), " 200 "))
            return true;
        if (!suite_alive(s, pid)) {
            fprintf(stderr, "suite: it ended\n");
            return false;
        }
        clock_sleep_us(20000);
    }
    fprintf(stderr, "suite: not ready after %d s: %s\n", seconds, suite_get(s, pid, "/readyz"));
    return false;
}

int suite_signal(struct suite *s, pid_t pid, int signal_number)
{
    struct process *p = process_of(s, pid);
    int status = 0;

    kill(pid, signal_number);
    if (signal_number != SIGKILL && signal_number != SIGTERM)
        return 0;
    for (int i = 0; i < 3000 && waitpid(pid, &status, WNOHANG) == 0; i++) {
        clock_sleep_us(10000);
        if (i == 2000)
            kill(pid, SIGKILL);
    }
    p->pid = 0;
    return status;
}

char *suite_log(struct suite *s, const char *program, const char *instance)
{
    char path[700];
    struct stat st;
    char *text;
    FILE *f;

    log_path(s, program, instance, path, sizeof path);
    f = fopen(path, "r");
    if (!f || fstat(fileno(f), &st) < 0)
        give_up("no log %s", path);
    text = calloc((size_t)st.st_size + 1, 1);
    if (!text || fread(text, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
        give_up("cannot read %s", path);
    fclose(f);
    return text;
}

void suite_apply_tenant(struct suite *s)
{
    must_ctl(s, (const char *[]){ "tenant", "apply", "deploy/demo.d/tenant", NULL });
}

void suite_database_closed(struct suite *s, bool closed)
{
    char sql[512];

    snprintf(sql, sizeof sql, "ALTER DATABASE %s ALLOW_CONNECTIONS %s", s->name, closed ? "false" : "true");
    must_script(s->maintenance, sql);
    if (!closed)
        return;
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'", s->name);
    must_script(s->maintenance, sql);
    pg_free(s->pg);
    s->pg = NULL;
}

int64_t suite_number(struct suite *s, const char *sql)
{
    return number(suite_pg(s), sql);
}

void suite_execute(struct suite *s, const char *sql)
{
    must_script(suite_pg(s), sql);
}

bool suite_wait_number(struct suite *s, const char *sql, int64_t wanted, int seconds)
{
    int64_t end_us = clock_mono_us() + seconds * INT64_C(1000000), n;

    while ((n = suite_number(s, sql)) != wanted) {
        if (clock_mono_us() > end_us) {
            fprintf(stderr, "suite: %s: %lld instead of %lld after %d s\n", sql, (long long)n, (long long)wanted,
                    seconds);
            return false;
        }
        clock_sleep_us(20000);
    }
    return true;
}
