#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "common/config/config.h"
#include "common/config/settings.h"
#include "common/config/yaml.h"

static struct arena arena;
static char folder[PATH_MAX];
static struct config *config;

static void setup(void)
{
    arena_init(&arena, 0);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        unsetenv(setting_env(&arena, &settings[i]));
    unsetenv("REDRESS_CONFIG");
    str_copy(folder, sizeof folder, "/tmp/redress-config-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void teardown(void)
{
    config_free(config);
    cr_expect_eq(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
    arena_done(&arena);
}

TestSuite(config, .init = setup, .fini = teardown);

static const char *file_with(const char *name, const char *text, size_t len, mode_t mode)
{
    const char *path = arena_printf(&arena, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, len), (ssize_t)len);
    cr_assert_eq(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

static const char *file(const char *name, const char *text)
{
    return file_with(name, text, strlen(text), 0600);
}

static void load(const char *daemon, const char *text)
{
    config_free(config);
    config = NULL;
    cr_assert_eq(config_load(&config, daemon, text ? file("r.yaml", text) : NULL), 0, "%s", err_text());
}

/* The load fails and says exactly this; %F stands for the settings file. */
static void refused(const char *daemon, const char *text, const char *expected)
{
    struct config *c = NULL;
    struct strbuf b;

    cr_expect_eq(config_load(&c, daemon, file("r.yaml", text)), ERR_FATAL, "accepted: %s", text);
    cr_expect_null(c);
    strbuf_init(&b, &arena);
    for (const char *p = expected; *p; p++)
        if (p[0] == '%' && p[1] == 'F') {
            strbuf_printf(&b, "%s/r.yaml", folder);
            p++;
        } else if (p[0] == '%' && p[1] == 'D') {
            strbuf_adds(&b, folder);
            p++;
        } else {
            strbuf_addc(&b, *p);
        }
    cr_expect_str_eq(err_text(), b.data);
}

static const char *shown(void)
{
    char *text = NULL, *copy;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    cr_assert_not_null(out);
    config_show(config, out);
    fclose(out);
    copy = arena_strndup(&arena, text, len);
    free(text);
    return copy;
}

static bool shows(const char *key, const char *value, const char *source)
{
    const char *line = strstr(shown(), arena_printf(&arena, "\n  %s: %s ", key, value)), *end;

    if (!line)
        return false;
    end = strchr(line + 1, '\n');
    return strcmp(arena_strndup(&arena, end - strlen(source), strlen(source)), source) == 0;
}

Test(config, defaults_without_a_file)
{
    load("relay", NULL);
    cr_expect_str_eq(config->daemon, "relay");
    cr_expect_str_eq(config->kafka.brokers, "127.0.0.1:9092");
    cr_expect_str_eq(config->kafka.security_protocol, "plaintext");
    cr_expect_str_eq(config->kafka.sasl_password, "");
    cr_expect_str_eq(config->log.format, "json");
    cr_expect_str_eq(config->log.file, "");
    cr_expect_eq(config->batch.records, 1000);
    cr_expect_eq(config->batch.bytes, 8388608);
    cr_expect_eq(config->intake.max_record_bytes, 262144);
    cr_expect_eq(config->relay.read_entries, 1000);
    cr_expect(shows("records", "1000", "# default"));
}

Test(config, the_environment_names_the_file)
{
    setenv("REDRESS_CONFIG", file("named.yaml", "http: {port: 9001}\n"), 1);
    load("relay", NULL);
    cr_expect_eq(config->http.port, 9001);
    load("relay", "http: {port: 9002}\n");
    cr_expect_eq(config->http.port, 9002, "the command line counts more");
    setenv("REDRESS_CONFIG", "", 1);
    load("relay", NULL);
    cr_expect_eq(config->http.port, 0);
}

Test(config, every_default_is_allowed_and_every_name_is_unique)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        struct config c;

        cr_expect(setting_parse(&arena, s, s->fallback, "", &c), "%s.%s", s->section, s->key);
        cr_expect_eq(setting_find(s->section, s->key), s, "%s.%s is there twice", s->section, s->key);
        cr_expect(setting_is_section(s->section));
        cr_expect_gt(strlen(s->help), 3, "%s.%s has no help", s->section, s->key);
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(setting_env(&arena, s), setting_env(&arena, &settings[j]));
    }
}

Test(config, each_layer_wins_over_the_one_before)
{
    static const char text[] = "intake:\n  http: {port: 8101}\n  max_age_days: 30\nhttp: {port: 8100, address: '::1'}\n"
                               "relay:\n  http: {port: 8103}\n";

    load("dispatch", text);
    cr_expect_eq(config->http.port, 8100);
    cr_expect_str_eq(config->http.address, "::1");
    cr_expect_eq(config->intake.max_age_days, 30);
    load("intake", text);
    cr_expect_eq(config->http.port, 8101, "the daemon's section wins wherever it stands");
    cr_expect_str_eq(config->http.address, "::1");
    cr_expect(shows("port", "8101", "r.yaml:2"));
    cr_expect(shows("address", "\"::1\"", "r.yaml:4"));
    setenv("REDRESS_HTTP_PORT", "9000", 1);
    setenv("REDRESS_PG", "postgresql://h/d", 1);
    setenv("REDRESS_KAFKA", "k:1", 1);
    setenv("REDRESS_INTAKE_MAX_AGE_DAYS", "7", 1);
    load("intake", text);
    cr_expect_eq(config->http.port, 9000);
    cr_expect_str_eq(config->postgres.uri, "postgresql://h/d");
    cr_expect_str_eq(config->kafka.brokers, "k:1");
    cr_expect_eq(config->intake.max_age_days, 7);
    cr_expect(shows("port", "9000", "# REDRESS_HTTP_PORT"));
    cr_expect(shows("uri", "\"postgresql://h/d\"", "# REDRESS_PG"));
}

Test(config, empty_sections_and_files_are_fine)
{
    load("intake", "");
    load("intake", "# all by default\nkafka:\n#  brokers: x\nintake:\n  http:\n");
    cr_expect_eq(config->http.port, 0);
    load("intake", "kafka:\n  topic_prefix:\n  sasl_username: ''\n");
    cr_expect_str_eq(config->kafka.topic_prefix, "");
}

Test(config, all_errors_at_once_with_place_key_found_and_allowed)
{
    refused("intake",
            "http: {port: 70000, adress: x}\n"
            "batch: {records: many, wait_ms: -1, bytes: 007}\n"
            "log: {level: loud, format: [json]}\n"
            "kafka: {topic_prefix: 'a b', brokers: }\n"
            "relay: {http: {port: x}, max_age_days: 3}\n"
            "itnake: {}\n"
            "stop: 5\n",
            "%F:1:14: http.port: found \"70000\"; allowed is a whole number from 0 to 65535\n"
            "%F:1:21: http.adress: unknown key; did you mean \"address\"?\n"
            "%F:2:18: batch.records: found \"many\"; allowed is a whole number from 1 to 100000\n"
            "%F:2:33: batch.wait_ms: found \"-1\"; allowed is a whole number from 0 to 1000\n"
            "%F:2:44: batch.bytes: found \"007\"; allowed is a whole number from 1024 to 1073741824\n"
            "%F:3:14: log.level: found \"loud\"; allowed is one of: debug, info, warning, error\n"
            "%F:3:28: log.format: found a list; allowed is one of: json, logfmt\n"
            "%F:4:23: kafka.topic_prefix: found \"a b\"; allowed is at most 100 letters, digits, '.', '_' or '-'\n"
            "%F:4:39: kafka.brokers: found nothing; allowed is a text of 1 to 4000 characters\n"
            "%F:5:22: relay.http.port: found \"x\"; allowed is a whole number from 0 to 65535\n"
            "%F:5:26: relay.max_age_days: unknown key; allowed: read_entries, in_flight, linger_ms, idle_session_ms, "
            "postgres, kafka, http, log, batch, retry, stop, keys\n"
            "%F:6:1: itnake: unknown key; did you mean \"intake\"?\n"
            "%F:7:7: stop: found a text; allowed is a map");
}

Test(config, daemons_sections_do_not_nest)
{
    refused("intake", "intake: {relay: {read_entries: 1}, intake: {max_age_days: 1}}\n",
            "%F:1:10: intake.relay: unknown key; allowed: max_record_bytes, max_age_days, postgres, kafka, http, log, "
            "batch, retry, stop, keys\n"
            "%F:1:36: intake.intake: unknown key; allowed: max_record_bytes, max_age_days, postgres, kafka, http, log, "
            "batch, retry, stop, keys");
}

Test(config, choices_are_whole_words)
{
    static const char *const wrong[] = { "jso", "json|logfmt", "son", "JSON", "''" };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct config *c = NULL;
        cr_expect_eq(config_load(&c, "relay", file("r.yaml", arena_printf(&arena, "log: {format: %s}\n", wrong[i]))),
                     ERR_FATAL, "%s", wrong[i]);
    }
    load("relay", "log: {format: logfmt}\n");
    cr_expect_str_eq(config->log.format, "logfmt");
}

Test(config, environment_errors_name_the_variable)
{
    setenv("REDRESS_HTTP_PORT", "http", 1);
    setenv("REDRESS_KAFKA_CLIENT_ID", "\xff", 1);
    setenv("REDRESS_PG", "mysql://root:hunter2@h", 1);
    refused("relay", "batch: {records: 0}\n",
            "%F:1:18: batch.records: found \"0\"; allowed is a whole number from 1 to 100000\n"
            "REDRESS_PG: postgres.uri: found a text that is not shown here; allowed is a URI like "
            "postgresql://user@host:5432/database, or pairs like host=... dbname=...\n"
            "REDRESS_KAFKA_CLIENT_ID: kafka.client_id: found \"\xef\xbf\xbd\"; allowed is at most 200 letters, digits, "
            "'.', "
            "'_' or '-'\n"
            "REDRESS_HTTP_PORT: http.port: found \"http\"; allowed is a whole number from 0 to 65535");
}

Test(config, yaml_errors_and_missing_files)
{
    struct config *c = NULL;

    refused("relay", "a: 1\na: 2\n", "%F:2:1: the key \"a\" a second time; it is in line 1 already");
    refused("relay", "- a\n", "%F:1:1: found a list; allowed is a map");
    cr_expect_eq(config_load(&c, "relay", "/nowhere/r.yaml"), ERR_FATAL);
    cr_expect_str_eq(err_text(), "/nowhere/r.yaml: cannot open: No such file or directory");
    cr_expect_eq(config_load(&c, "rely", NULL), ERR_FATAL);
    cr_expect_str_eq(err_text(), "settings: there is no daemon \"rely\"");
}

Test(config, settings_that_do_not_go_together)
{
    refused("relay", "retry: {first_ms: 500, max_ms: 100}\n",
            "%F:1:19: retry.first_ms: found 500; allowed is at most retry.max_ms, which is 100");
    refused("relay", "retry:\n  max_ms: 10\n",
            "%F:2:11: retry.first_ms: found 50; allowed is at most retry.max_ms, which is 10");
    refused("relay", "retry: {first_ms: 500, max_ms: x}\n",
            "%F:1:32: retry.max_ms: found \"x\"; allowed is a whole number from 1 to 3600000");
    refused("relay", "kafka: {security_protocol: sasl_ssl, ssl_key_file: k}\nhttp: {address: localhost}\n",
            "%F:1:28: kafka.sasl_username: found nothing; sasl_* needs a user\n"
            "%F:1:28: kafka.sasl_password_file: found nothing; sasl_* needs a password\n"
            "%F:1:52: kafka.ssl_certificate_file: found nothing; certificate and key go together\n"
            "%F:2:17: http.address: found \"localhost\"; allowed is an IPv4 or IPv6 address, as 127.0.0.1 or ::");
}

Test(config, secret_files)
{
    file("pw", "s3cret-käse\n");
    file_with("group", "x\r\n", 3, 0440);
    load("relay", "postgres: {password_file: pw}\nkafka: {sasl_password_file: group}\n");
    cr_expect_str_eq(config->postgres.password, "s3cret-käse");
    cr_expect_str_eq(config->kafka.sasl_password, "x");
    cr_expect_str_eq(config->postgres.password_file, arena_printf(&arena, "%s/pw", folder));
    cr_expect_null(strstr(shown(), "s3cret"), "the secret is shown");

    file_with("open", "s3cret\n", 7, 0644);
    file("empty", "\n");
    refused(
        "relay", "postgres:\n  password_file: open\nkafka:\n  sasl_password_file: empty\n",
        "%F:2:18: postgres.password_file: %D/open: mode 0644 lets everybody in; allowed are rights of owner and group "
        "only (chmod o= %D/open)\n"
        "%F:4:23: kafka.sasl_password_file: %D/empty: empty; it should hold the secret");
    file_with("nul", "a\0b", 3, 0600);
    refused("relay", "postgres:\n  password_file: nul\nkafka:\n  sasl_password_file: none\n",
            "%F:2:18: postgres.password_file: %D/nul: holds a NUL byte; a secret is a text\n"
            "%F:4:23: kafka.sasl_password_file: %D/none: cannot open: No such file or directory");
}

Test(config, secret_read_limits)
{
    const char *secret = NULL;
    struct strbuf b;

    strbuf_init(&b, &arena);
    for (int i = 0; i < 65536; i++)
        strbuf_addc(&b, 'k');
    cr_expect_eq(config_secret_read(&arena, file("k", b.data), &secret), 0);
    cr_expect_str_eq(secret, b.data);
    strbuf_addc(&b, 'k');
    cr_expect_eq(config_secret_read(&arena, file("k", b.data), &secret), ERR_FATAL);
    cr_expect(strstr(err_text(), "larger than 65536 bytes"));
    cr_expect_eq(config_secret_read(&arena, file("k", "\n\n"), &secret), 0, "one newline is cut, not all");
    cr_expect_str_eq(secret, "\n");
    cr_expect_eq(config_secret_read(&arena, folder, &secret), ERR_FATAL);
    cr_expect(strstr(err_text(), "not a regular file"));
    cr_expect_eq(mkfifo(arena_printf(&arena, "%s/fifo", folder), 0600), 0);
    cr_expect_eq(config_secret_read(&arena, arena_printf(&arena, "%s/fifo", folder), &secret), ERR_FATAL);
    cr_expect(strstr(err_text(), "not a regular file"), "a pipe would block");
    for (mode_t m = 1; m < 8; m++) {
        cr_expect_eq(config_secret_read(&arena, file_with("m", "x", 1, 0600 | m), &secret), ERR_FATAL, "%o", m);
        cr_expect(strstr(err_text(), "lets everybody in"));
    }
}

Test(config, secrets_are_in_no_message)
{
    static const char *const texts[] = {
        "postgres: {uri: 'mysql://u:hunter2@h/d'}\n",
        "postgres: {uri: ['postgresql://u:hunter2@h/d']}\n",
        "postgres: {password: hunter2}\n",
        "postgres: postgresql://u:hunter2@h/d\n",
        "postgres: {password_file: \"hunter2\\n\"}\n",
        "kafka: {sasl_password: hunter2}\n",
        "kafka: {security_protocol: sasl_ssl}\npostgres: {uri: \"postgresql://u:hunter2@h/\\n\"}\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct config *c = NULL;
        cr_expect_eq(config_load(&c, "relay", file("r.yaml", texts[i])), ERR_FATAL, "accepted: %s", texts[i]);
        cr_expect_null(strstr(err_text(), "hunter2"), "%s", err_text());
    }
}

Test(config, paths_start_at_the_file)
{
    char cwd[PATH_MAX];

    load("relay", "log: {file: logs/r.log}\nkafka: {ssl_ca_file: /etc/ca.pem}\n");
    cr_expect_str_eq(config->log.file, arena_printf(&arena, "%s/logs/r.log", folder));
    cr_expect_str_eq(config->kafka.ssl_ca_file, "/etc/ca.pem");
    cr_expect_str_eq(config->keys.file, "");
    setenv("REDRESS_LOG_FILE", "x.log", 1);
    cr_assert_eq(chdir(folder), 0);
    config_free(config);
    cr_assert_eq(config_load(&config, "relay", "r.yaml"), 0);
    cr_assert_not_null(getcwd(cwd, sizeof cwd));
    cr_expect_str_eq(config->log.file, arena_printf(&arena, "%s/x.log", cwd));
    cr_assert_eq(chdir("/"), 0);
}

Test(config, show_can_be_loaded_again)
{
    const char *first;

    load("intake", "http: {port: 8100}\nkafka: {brokers: \"a:1,b:2\", sasl_username: '投\"#x: \\y'}\n"
                   "intake: {http: {port: 8101}, max_age_days: 9}\nlog: {file: '/tmp/#a b'}\n");
    first = shown();
    load("intake", first);
    cr_expect_eq(config->http.port, 8101);
    cr_expect_str_eq(config->kafka.brokers, "a:1,b:2");
    cr_expect_str_eq(config->kafka.sasl_username, "投\"#x: \\y");
    cr_expect_eq(config->intake.max_age_days, 9);
    cr_expect_str_eq(config->log.file, "/tmp/#a b");
    for (size_t i = 0; i < SETTING_COUNT; i++)
        cr_expect(strstr(first, arena_printf(&arena, "\n  %s: ", settings[i].key)), "%s is not shown", settings[i].key);
}

Test(config, show_masks_and_warns_of_slips)
{
    setenv("REDRESS_HTTP_PROT", "1", 1);
    setenv("REDRESS_BIN", "/usr/bin", 1);
    load("relay", "postgres: {uri: 'postgresql://u:hunter2@h/d?sslpassword=hunter3'}\n");
    cr_expect(shows("uri", "\"postgresql://u:***@h/d?sslpassword=***\"", "r.yaml:1"));
    cr_expect(
        strstr(shown(), "# REDRESS_HTTP_PROT in the environment is no setting; did you mean REDRESS_HTTP_PORT?\n"));
    cr_expect_null(strstr(shown(), "REDRESS_BIN"));
    cr_expect_str_eq(config->postgres.uri, "postgresql://u:hunter2@h/d?sslpassword=hunter3");
}

Test(config, masking)
{
    static const char *const cases[][2] = {
        { "postgresql:///redress", "postgresql:///redress" },
        { "postgresql://u@h:5432/d?sslmode=verify-full", "postgresql://u@h:5432/d?sslmode=verify-full" },
        { "postgresql://u:p@h:5432/d", "postgresql://u:***@h:5432/d" },
        { "postgresql://u:@h/d", "postgresql://u:***@h/d" },
        { "postgresql://u:p:q/r?s#t@w@h/d", "postgresql://u:***" },
        { "postgresql://u:p/q@w@h/d?x=1", "postgresql://u:***@h/d?x=1" },
        { "postgresql://h/d?user=u&password=p&x=1", "postgresql://h/d?user=u&password=***&x=1" },
        { "postgresql://h/d?PassWord=p@q", "postgresql://h/d?PassWord=***" },
        { "postgresql://h:1,i:2/d?password=p@q", "postgresql://h:***" },
        { "postgresql://h/d?%70assword=p", "postgresql://h/d?%70assword=***" },
        { "postgresql://h/d?password", "postgresql://h/d?password" },
        { "host=h password=p dbname=d", "host=h password=*** dbname=d" },
        { "host=h password = 'a b\\' c' dbname=d", "host=h password = *** dbname=d" },
        { "password=a\\ b user=x", "password=*** user=x" },
        { "password='open end", "password=***" },
        { "user='a b' sslpassword=p", "user='a b' sslpassword=***" },
        { "password=http://x host=h", "password=*** host=h" },
        { "", "" },
        { "  ", "  " },
        { "=", "=" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(config_mask_uri(&arena, cases[i][0]), cases[i][1], "%s -> %s", cases[i][0],
                         config_mask_uri(&arena, cases[i][0]));
}

Test(config, reference_lists_every_setting)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    config_print_reference(out);
    fclose(out);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        cr_expect(strstr(text, arena_printf(&arena, "| `%s.%s` | ", settings[i].section, settings[i].key)));
        cr_expect(strstr(text, arena_printf(&arena, " | `%s` | ", setting_env(&arena, &settings[i]))));
        cr_expect(strstr(text, settings[i].help));
    }
    cr_expect(strstr(text, "| `http.port` | a whole number from 0 to 65535 | `0` | `REDRESS_HTTP_PORT` | port to"));
    cr_expect(strstr(text, "\n## kafka: Kafka, the events\n"));
    free(text);
}
