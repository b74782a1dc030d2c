#include "private_servers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/clock.h"

static char folder[200];
static const char *pg_name = "pg"; /* the folder of the server that is the primary */
static int pg_port, kafka_port;

static void give_up(const char *what)
{
    fprintf(stderr, "private servers: %s failed\n", what);
    exit(99);
}

static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *format, ...)
{
    char command[1500];
    va_list ap;

    va_start(ap, format);
    vsnprintf(command, sizeof command, format, ap);
    va_end(ap);
    return system(command);
}

static void prepare(int *port)
{
    char text[32] = "";
    FILE *f;

    if (!folder[0])
        snprintf(folder, sizeof folder, "/var/tmp/redress-private-%d", (int)getpid());
    if (*port)
        return;
    f = popen("deploy/local/server port", "r");
    if (!f || !fgets(text, sizeof text, f))
        give_up("deploy/local/server port");
    pclose(f);
    *port = (int)strtol(text, NULL, 10);
    if (*port <= 0)
        give_up("deploy/local/server port");
}

void private_pg_start(void)
{
    char uri[200];

    prepare(&pg_port);
    if (run("deploy/local/server pg start %s/%s %d </dev/null", folder, pg_name, pg_port) != 0)
        give_up("pg start");
    snprintf(uri, sizeof uri, "postgresql://postgres@127.0.0.1:%d/postgres", pg_port);
    setenv("REDRESS_TEST_PG", uri, 1);
}

void private_pg_kill(void)
{
    if (run("deploy/local/server pg kill %s/%s </dev/null", folder, pg_name) != 0)
        give_up("pg kill");
}

void private_pg_backup(void)
{
    /* The copy belongs to the user that the server runs as, like the original. */
    if (run("mkdir -p %s/copy && $(ls -d /usr/lib/postgresql/*/bin | tail -n 1)/pg_basebackup -h 127.0.0.1 -p %d"
            " -U postgres -D %s/copy/data -X stream -c fast -R </dev/null"
            " && chown -R --reference=%s/pg/data %s/copy",
            folder, pg_port, folder, folder, folder) != 0)
        give_up("pg_basebackup");
}

void private_pg_promote_backup(void)
{
    pg_name = "copy";
    private_pg_start();
    for (int i = 0; i < 100; i++) {
        if (run("psql -qXAt -h 127.0.0.1 -p %d -U postgres -c 'SELECT pg_promote()' postgres >%s/promote.log 2>&1"
                " </dev/null",
                pg_port, folder) == 0)
            return;
        clock_sleep_us(100000);
    }
    give_up("pg_promote");
}

void private_kafka_start(void)
{
    char address[64];

    prepare(&kafka_port);
    if (run("deploy/local/server kafka start %s/kafka %d </dev/null", folder, kafka_port) != 0)
        give_up("kafka start");
    snprintf(address, sizeof address, "127.0.0.1:%d", kafka_port);
    setenv("REDRESS_TEST_KAFKA", address, 1);
}

void private_kafka_kill(void)
{
    if (run("deploy/local/server kafka kill %s/kafka </dev/null", folder) != 0)
        give_up("kafka kill");
}

void private_servers_stop(void)
{
    if (pg_port && run("deploy/local/server pg stop %s/%s </dev/null", folder, pg_name) != 0)
        give_up("pg stop");
    if (kafka_port && run("deploy/local/server kafka stop %s/kafka </dev/null", folder) != 0)
        give_up("kafka stop");
    if (run("rm -rf %s", folder) != 0)
        give_up("rm");
}
