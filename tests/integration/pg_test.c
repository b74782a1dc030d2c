/* timeout: 120
 * What the connection promises where PostgreSQL, the network or another session does not behave. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/pg/pg.h"

static struct pg_options options(const char *uri)
{
    return (struct pg_options){ .uri = uri,
                                .name = "pg_test",
                                .connect_timeout_ms = 2000,
                                .statement_timeout_ms = 10000,
                                .idle_in_transaction_timeout_ms = 10000,
                                .lock_timeout_ms = 10000 };
}

static struct pg_conn *connected(void)
{
    struct pg_options o = options(getenv("REDRESS_TEST_PG"));
    struct pg_conn *c = pg_new(&o);

    cr_assert_eq(pg_connect(c), 0, "%s", err_text());
    return c;
}

/* A host that takes the connection and says nothing: a machine that hangs. */
static int silent_host(uint16_t *ret_port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 8) == 0 &&
              getsockname(fd, (struct sockaddr *)&at, &len) == 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

Test(pg, of_several_hosts_a_silent_one_is_passed_over)
{
    const char *uri = getenv("REDRESS_TEST_PG"), *host;
    struct pg_options o;
    struct pg_conn *c;
    char both[1000];
    uint16_t port;
    int fd = silent_host(&port);
    int64_t began_us = clock_mono_us();

    cr_assert(uri && (host = strstr(uri, "://")));
    host = strchr(host, '@') ? strchr(host, '@') + 1 : host + 3;
    snprintf(both, sizeof both, "%.*s127.0.0.1:%d,%s", (int)(host - uri), uri, port, host);
    o = options(both);
    c = pg_new(&o);
    cr_assert_eq(pg_connect(c), 0, "%s", err_text());
    cr_assert_lt(clock_mono_us() - began_us, 10000000);
    pg_free(c);
    close(fd);
}

Test(pg, a_silent_host_is_given_up_in_time)
{
    struct pg_options o;
    struct pg_conn *c;
    char uri[100];
    uint16_t port;
    int fd = silent_host(&port);
    int64_t began_us = clock_mono_us();

    snprintf(uri, sizeof uri, "postgresql://nobody@127.0.0.1:%d/nothing", port);
    o = options(uri);
    c = pg_new(&o);
    cr_assert_eq(pg_connect(c), ERR_RETRY);
    cr_assert_lt(clock_mono_us() - began_us, 6000000);
    pg_free(c);
    close(fd);
}

Test(pg, what_was_sent_and_failed_leaves_no_transaction)
{
    struct pg_conn *c = connected();

    cr_assert_eq(pg_send(c, "BEGIN; SELECT 1 / 0; COMMIT"), 0);
    cr_assert_eq(pg_begin(c), 0, "%s", err_text());
    cr_assert_eq(pg_script(c, "SELECT 1"), 0, "%s", err_text());
    cr_assert_eq(pg_commit(c), 0, "%s", err_text());
    pg_free(c);
}

Test(pg, a_missing_partition_is_not_the_rows_fault)
{
    struct pg_conn *c = connected();

    cr_assert_eq(pg_script(c, "CREATE TEMP TABLE t (n int CHECK (n < 100)) PARTITION BY RANGE (n);"
                              "CREATE TEMP TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10)"),
                 0, "%s", err_text());
    cr_assert_eq(pg_script(c, "INSERT INTO pg_temp.t VALUES (5)"), 0, "%s", err_text());
    cr_assert_eq(pg_script(c, "INSERT INTO pg_temp.t VALUES (50)"), ERR_RETRY);
    cr_assert_eq(pg_script(c, "INSERT INTO pg_temp.t_1 VALUES (500)"), ERR_POISON);
    pg_free(c);
}

struct meanwhile {
    int calls;
    struct pg_conn *ends; /* a session that ends the one that waits; NULL: none */
    int pid;
};

static void do_something(void *user, int fd)
{
    struct meanwhile *m = user;
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char sql[100];

    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)", m->pid);
    if (m->ends && m->calls == 1)
        cr_assert_eq(pg_script(m->ends, sql), 0, "%s", err_text());
    m->calls++;
    poll(&p, 1, 10);
}

Test(pg, something_else_is_done_while_an_answer_is_awaited)
{
    struct pg_conn *c = connected();
    struct meanwhile m = { 0 };

    pg_do_meanwhile(c, do_something, &m);
    cr_assert_eq(pg_script(c, "SELECT pg_sleep(0.2)"), 0, "%s", err_text());
    cr_assert_geq(m.calls, 2);
    cr_assert_eq(pg_script(c, "SELECT 1 / 0"), ERR_POISON);
    cr_assert_eq(pg_begin(c), 0, "%s", err_text());
    cr_assert_eq(pg_commit(c), 0, "%s", err_text());
    pg_free(c);
}

Test(pg, a_connection_that_is_lost_while_something_else_is_done_is_noticed)
{
    struct pg_conn *c = connected(), *other = connected();
    struct meanwhile m = { .ends = other, .pid = pg_backend_pid(c) };

    pg_do_meanwhile(c, do_something, &m);
    cr_assert_eq(pg_script(c, "SELECT pg_sleep(10)"), ERR_RETRY);
    cr_assert_not(pg_connected(c));
    pg_free(c);
    pg_free(other);
}
