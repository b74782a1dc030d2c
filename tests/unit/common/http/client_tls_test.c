/* Against openssl's own server, with a certificate that it made for localhost. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/http/client.h"

extern char **environ;

static struct {
    char folder[32], key[64], certificate[64], port[16];
    pid_t server;
} f;

static pid_t spawn(const char *const argv[])
{
    posix_spawn_file_actions_t quiet;
    pid_t pid;

    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    cr_assert_eq(posix_spawnp(&pid, argv[0], &quiet, NULL, (char *const *)argv, environ), 0);
    posix_spawn_file_actions_destroy(&quiet);
    return pid;
}

static struct sockaddr_in free_address(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert_eq(bind(fd, (void *)&a, sizeof a), 0);
    cr_assert_eq(getsockname(fd, (void *)&a, &len), 0);
    close(fd);
    return a;
}

static void await(const struct sockaddr_in *a)
{
    for (int i = 0; i < 500; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0), e = connect(fd, (const void *)a, sizeof *a);

        close(fd);
        if (e == 0)
            return;
        clock_sleep_us(10000);
    }
    cr_assert_fail("the server does not come up");
}

static void start(void)
{
    struct sockaddr_in a = free_address();
    int status;

    snprintf(f.folder, sizeof f.folder, "/tmp/client_tls_XXXXXX");
    cr_assert_not_null(mkdtemp(f.folder));
    snprintf(f.key, sizeof f.key, "%s/key.pem", f.folder);
    snprintf(f.certificate, sizeof f.certificate, "%s/certificate.pem", f.folder);
    snprintf(f.port, sizeof f.port, "%d", ntohs(a.sin_port));
    cr_assert_eq(
        waitpid(spawn((const char *const[]){ "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                                             f.key, "-out", f.certificate, "-days", "2", "-subj", "/CN=localhost",
                                             "-addext", "subjectAltName=DNS:localhost", NULL }),
                &status, 0) > 0 &&
            status == 0,
        1);
    f.server = spawn((const char *const[]){ "openssl", "s_server", "-accept", f.port, "-key", f.key, "-cert",
                                            f.certificate, "-www", "-quiet", NULL });
    await(&a);
}

static void stop(void)
{
    kill(f.server, SIGKILL);
    waitpid(f.server, NULL, 0);
    unlink(f.key);
    unlink(f.certificate);
    rmdir(f.folder);
}

TestSuite(client_tls, .init = start, .fini = stop, .timeout = 30);

static struct transfer call(const char *host, const char *ca_file)
{
    static char url[64];
    struct transfer t = { .url = url,
                          .method = "GET",
                          .ca_file = ca_file,
                          .connect_timeout_ms = 3000,
                          .timeout_ms = 3000,
                          .max_answer = 65536 };

    snprintf(url, sizeof url, "https://%s:%s/", host, f.port);
    http_call(&t);
    transfer_done(&t);
    return t;
}

Test(client_tls, a_certificate_of_a_trusted_authority_for_the_host_is_taken)
{
    struct transfer t = call("localhost", f.certificate);

    cr_assert_eq(t.end, TRANSFER_ANSWERED, "%s", t.error);
    cr_assert_eq(t.status, 200);
}

Test(client_tls, to_a_server_that_nobody_vouches_for_nothing_is_sent)
{
    struct transfer t = call("localhost", NULL);

    cr_assert_eq(t.end, TRANSFER_NOT_SENT);
    cr_assert_str_neq(t.error, "");
}

Test(client_tls, to_a_host_that_the_certificate_does_not_name_nothing_is_sent)
{
    struct transfer t = call("127.0.0.1", f.certificate);

    cr_assert_eq(t.end, TRANSFER_NOT_SENT);
}
