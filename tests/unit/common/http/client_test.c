/* Against a small server of the test's own, a thread per connection: what it does is asked for by the path. */
#include "common/http/client.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/support/listener.h"

#define BIG 20000

static struct {
    struct listener listener;
    _Atomic int requests, connections;
    char url[128];
    char big[BIG + 1];
} f;

/* A name whose look-up hangs: the test's own getaddrinfo stands before the C library's. */
static _Atomic bool looking_up;

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict ret)
{
    struct sockaddr_in *address;

    (void)hints;
    if (node && strcmp(node, "hangs.test") == 0) {
        looking_up = true;
        clock_sleep_us(1500000);
        looking_up = false;
        return EAI_AGAIN;
    }
    if (!node || strcmp(node, "localhost") != 0)
        return EAI_NONAME;
    *ret = calloc(1, sizeof **ret + sizeof *address);
    address = (void *)(*ret + 1);
    *address = (struct sockaddr_in){ .sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)(service ? strtol(service, NULL, 10) : 0)),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    **ret = (struct addrinfo){
        .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_addrlen = sizeof *address, .ai_addr = (void *)address
    };
    return 0;
}

void freeaddrinfo(struct addrinfo *a)
{
    free(a);
}

static void answer(int fd, const char *head, const char *body)
{
    char text[BIG + 512];

    snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
    listener_say(fd, text);
}

static bool read_request(int fd, char *out, size_t size)
{
    size_t len = 0, want = 0;
    char *end, *length;

    for (;;) {
        ssize_t n = recv(fd, out + len, size - 1 - len, 0);

        if (n <= 0)
            return false;
        len += (size_t)n;
        out[len] = '\0';
        end = strstr(out, "\r\n\r\n");
        if (!end)
            continue;
        length = strstr(out, "Content-Length: ");
        want = (size_t)(end + 4 - out) + (length ? (size_t)strtol(length + 16, NULL, 10) : 0);
        if (len >= want)
            return true;
    }
}

/* false: the connection is to be closed. */
static bool serve(int fd, const char *path, const char *request, int nth)
{
    if (strcmp(path, "/ok") == 0)
        answer(fd, "200 OK", "hello");
    else if (strcmp(path, "/echo") == 0)
        answer(fd, "200 OK", request);
    else if (strcmp(path, "/slow") == 0)
        clock_sleep_us(700000);
    else if (strcmp(path, "/half") == 0)
        listener_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    else if (strcmp(path, "/big") == 0)
        answer(fd, "200 OK", f.big);
    else if (strcmp(path, "/moved") == 0)
        answer(fd, "302 Found\r\nLocation: /ok", "");
    else if (strcmp(path, "/later") == 0)
        answer(fd, "503 Service Unavailable\r\nRetry-After: 7", "busy");
    else if (strcmp(path, "/date") == 0)
        answer(fd, "429 Too Many Requests\r\nRetry-After: Fri, 31 Dec 2077 23:59:59 GMT", "");
    else if (strcmp(path, "/once") == 0 && nth == 1)
        answer(fd, "200 OK", "first");
    else
        return false;
    return strcmp(path, "/slow") != 0 && strcmp(path, "/half") != 0;
}

static void *http_connection(void *arg)
{
    int fd = (int)(intptr_t)arg, nth = 0;
    char request[4096], path[64];

    f.connections++;
    while (read_request(fd, request, sizeof request)) {
        f.requests++;
        if (sscanf(request, "%*s %63s", path) != 1 || !serve(fd, path, request, ++nth))
            break;
    }
    close(fd);
    return NULL;
}

static void start(void)
{
    memset(f.big, 'x', BIG);
    listener_start(&f.listener, http_connection);
}

static void stop(void)
{
    listener_stop(&f.listener);
}

static struct transfer transfer_to(const char *path)
{
    snprintf(f.url, sizeof f.url, "http://127.0.0.1:%d%s", f.listener.port, path);
    return (struct transfer){
        .url = strdup(f.url), .method = "GET", .connect_timeout_ms = 2000, .timeout_ms = 2000, .max_answer = 4096
    };
}

static void call(struct transfer *t, const char *path)
{
    *t = transfer_to(path);
    http_call(t);
}

static void done(struct transfer *t)
{
    transfer_done(t);
    free((char *)t->url);
}

TestSuite(client, .init = start, .fini = stop, .timeout = 20);

Test(client, an_answer_comes_with_status_and_body)
{
    struct transfer t;

    call(&t, "/ok");
    cr_assert_eq(t.end, TRANSFER_ANSWERED);
    cr_assert_eq(t.status, 200);
    cr_assert_str_eq(t.answer, "hello");
    cr_assert_eq(t.answer_len, 5);
    cr_assert_str_eq(t.error, "");
    cr_assert_gt(t.took_us, 0);
    done(&t);
}

Test(client, headers_body_and_basic_auth_are_sent_and_who_we_are)
{
    struct transfer t = transfer_to("/echo");

    t.method = "POST";
    t.headers[0] = "Content-Type: application/json";
    t.headers[1] = "X-Test: 1";
    t.body = "{\"a\":1}";
    t.body_len = 7;
    t.user = "u";
    t.password = "p";
    http_call(&t);
    cr_assert(strstr(t.answer, "POST /echo HTTP/1.1\r\n") == t.answer, "%s", t.answer);
    cr_assert(strstr(t.answer, "\r\nX-Test: 1\r\n"));
    cr_assert(strstr(t.answer, "\r\nContent-Type: application/json\r\n"));
    cr_assert(strstr(t.answer, "\r\nAuthorization: Basic dTpw\r\n"));
    cr_assert(strstr(t.answer, "\r\nUser-Agent: Redress/" REDRESS_VERSION "\r\n"));
    cr_assert(strstr(t.answer, "\r\n\r\n{\"a\":1}"));
    done(&t);
}

Test(client, a_post_has_no_type_that_nobody_gave_it)
{
    struct transfer t = transfer_to("/echo");

    t.method = "POST";
    http_call(&t);
    cr_assert(strstr(t.answer, "POST /echo"));
    cr_assert_null(strstr(t.answer, "Content-Type"));
    cr_assert_null(strstr(t.answer, "Expect"));
    done(&t);
}

Test(client, nobody_listens_so_nothing_was_sent)
{
    struct transfer t = transfer_to("/ok");
    int fd = socket(AF_INET, SOCK_STREAM, 0), port = listener_bind(fd); /* bound, but does not listen */

    snprintf(f.url, sizeof f.url, "http://127.0.0.1:%d/ok", port);
    free((char *)t.url);
    t.url = strdup(f.url);
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_NOT_SENT);
    cr_assert_eq(t.status, 0);
    cr_assert_str_eq(t.answer, "");
    cr_assert_str_neq(t.error, "");
    cr_assert_null(strstr(t.error, "127.0.0.1"));
    close(fd);
    done(&t);
}

Test(client, a_name_that_is_not_known_was_not_sent_and_is_not_in_the_error)
{
    struct transfer t = transfer_to("/ok");

    free((char *)t.url);
    t.url = strdup("http://nowhere.test/ok");
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_NOT_SENT);
    cr_assert_null(strstr(t.error, "nowhere"));
    done(&t);
}

Test(client, a_slow_answer_leaves_it_unknown)
{
    struct transfer t = transfer_to("/slow");

    t.timeout_ms = 200;
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_UNKNOWN);
    cr_assert(t.timed_out);
    cr_assert_lt(t.took_us, 600000);
    done(&t);
}

Test(client, a_connection_closed_without_an_answer_leaves_it_unknown)
{
    struct transfer t;

    call(&t, "/close");
    cr_assert_eq(t.end, TRANSFER_UNKNOWN);
    cr_assert_not(t.timed_out);
    cr_assert_eq(f.requests, 1);
    done(&t);
}

Test(client, half_an_answer_leaves_it_unknown)
{
    struct transfer t;

    call(&t, "/half");
    cr_assert_eq(t.end, TRANSFER_UNKNOWN);
    done(&t);
}

Test(client, too_large_an_answer_leaves_it_unknown)
{
    struct transfer t = transfer_to("/big");

    t.max_answer = BIG - 1;
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_UNKNOWN);
    cr_assert_leq(t.answer_len, BIG - 1);
    transfer_done(&t);
    t.max_answer = BIG;
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_ANSWERED);
    cr_assert_eq(t.answer_len, BIG);
    done(&t);
}

Test(client, a_redirect_is_not_followed)
{
    struct transfer t;

    call(&t, "/moved");
    cr_assert_eq(t.end, TRANSFER_ANSWERED);
    cr_assert_eq(t.status, 302);
    cr_assert_eq(f.requests, 1);
    done(&t);
}

Test(client, retry_after_is_seconds_or_a_date_and_a_day_at_most)
{
    struct transfer t;

    call(&t, "/later");
    cr_assert_eq(t.status, 503);
    cr_assert_eq(t.retry_after_ms, 7000);
    done(&t);
    call(&t, "/date");
    cr_assert_eq(t.retry_after_ms, 24 * 3600 * 1000);
    done(&t);
    call(&t, "/ok");
    cr_assert_eq(t.retry_after_ms, 0);
    done(&t);
}

/* Both requests go over one connection; the second is read and never answered. libcurl would ask again. */
Test(client, a_request_is_never_repeated_by_itself)
{
    struct http_client *c = http_client_new(4);
    struct transfer t = transfer_to("/once");

    t.method = "POST";
    http_client_start(c, &t);
    while (!http_client_take(c))
        http_client_wait(c, 100);
    cr_assert_eq(t.end, TRANSFER_ANSWERED);
    transfer_done(&t);
    http_client_start(c, &t);
    while (!http_client_take(c))
        http_client_wait(c, 100);
    cr_assert_eq(t.end, TRANSFER_UNKNOWN);
    cr_assert_eq(f.requests, 2);
    http_client_free(c);
    done(&t);
}

Test(client, many_are_in_flight_and_one_that_hangs_delays_none)
{
    enum { MANY = 40 };
    struct http_client *c = http_client_new(8);
    struct transfer all[MANY], slow = transfer_to("/slow"), *t;
    int64_t begun = clock_mono_us();
    int count = 0;

    http_client_start(c, &slow);
    for (int i = 0; i < MANY; i++) {
        all[i] = transfer_to("/ok");
        http_client_start(c, &all[i]);
    }
    cr_assert_eq(http_client_running(c), MANY + 1);
    while (count < MANY) {
        http_client_wait(c, 100);
        while ((t = http_client_take(c))) {
            cr_assert_neq(t, &slow);
            cr_assert_eq(t->status, 200);
            done(t);
            count++;
        }
    }
    cr_assert_lt(clock_mono_us() - begun, 500000);
    cr_assert_eq(http_client_running(c), 1);
    http_client_free(c); /* with one under way */
    done(&slow);
}

Test(client, connections_are_kept)
{
    struct http_client *c = http_client_new(4);

    for (int i = 0; i < 5; i++) {
        struct transfer t = transfer_to("/ok");

        http_client_start(c, &t);
        while (!http_client_take(c))
            http_client_wait(c, 100);
        done(&t);
    }
    cr_assert_eq(f.requests, 5);
    cr_assert_eq(f.connections, 1);
    http_client_free(c);
}

Test(client, a_name_server_that_hangs_delays_nobody)
{
    struct http_client *c = http_client_new(4);
    struct transfer hangs = transfer_to("/ok"), ok = transfer_to("/ok");
    int64_t begun = clock_mono_us();
    int count = 0;

    free((char *)hangs.url);
    hangs.url = strdup("http://hangs.test/ok");
    hangs.timeout_ms = 300;
    http_client_start(c, &hangs);
    http_client_start(c, &ok);
    while (count < 2) {
        http_client_wait(c, 100);
        while (http_client_take(c))
            count++;
    }
    cr_assert_lt(clock_mono_us() - begun, 1000000);
    cr_assert_eq(hangs.end, TRANSFER_NOT_SENT);
    cr_assert(hangs.timed_out);
    cr_assert_eq(ok.end, TRANSFER_ANSWERED);
    http_client_free(c);
    done(&hangs);
    done(&ok);
    while (looking_up)
        clock_sleep_us(10000);
    clock_sleep_us(50000); /* its thread ends */
}

static void *wake(void *client)
{
    clock_sleep_us(50000);
    http_client_wake(client);
    return NULL;
}

Test(client, another_thread_wakes_it)
{
    struct http_client *c = http_client_new(1);
    int64_t begun = clock_mono_us();
    pthread_t thread;

    cr_assert_eq(pthread_create(&thread, NULL, wake, c), 0);
    http_client_wait(c, 5000);
    cr_assert_lt(clock_mono_us() - begun, 2000000);
    pthread_join(thread, NULL);
    http_client_free(c);
}

Test(client, the_environments_proxy_is_not_asked)
{
    struct transfer t;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    call(&t, "/ok");
    cr_assert_eq(t.status, 200);
    done(&t);
    t = transfer_to("/ok");
    t.proxy = "http://127.0.0.1:1";
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_NOT_SENT);
    done(&t);
}

Test(client, other_schemes_and_line_breaks_are_refused)
{
    struct transfer t = transfer_to("/ok");
    const char *url = t.url;

    t.url = "ftp://127.0.0.1/";
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_NOT_SENT);
    transfer_done(&t);
    t.url = url;
    t.headers[0] = "X-Test: 1\r\nX-Other: 2";
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_NOT_SENT);
    cr_assert_eq(f.requests, 0);
    done(&t);
}

Test(client, a_file_grows_by_whole_lines)
{
    struct transfer t = { .append = true, .body = "one line\n", .body_len = 9, .timeout_ms = 1000 };
    char path[] = "/tmp/client_test_XXXXXX", url[64], text[64];
    int fd = mkstemp(path);

    snprintf(url, sizeof url, "file://%s", path);
    t.url = url;
    for (int i = 0; i < 2; i++) {
        http_call(&t);
        cr_assert_eq(t.end, TRANSFER_ANSWERED, "%s", t.error);
        transfer_done(&t);
    }
    cr_assert_eq(read(fd, text, sizeof text), 18);
    cr_assert_eq(memcmp(text, "one line\none line\n", 18), 0);
    close(fd);
    unlink(path);
    t.url = "file:///nowhere/at/all";
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_NOT_SENT);
    transfer_done(&t);
}

Test(client, it_goes_on_until_a_socket_beside_it_has_something)
{
    struct http_client *c = http_client_new(4);
    struct transfer t = transfer_to("/ok");
    int pipes[2];

    cr_assert_eq(pipe(pipes), 0);
    http_client_start(c, &t);
    while (!t.end) /* an answer alone is no reason to stop */
        http_client_wait_beside(c, pipes[0], 50);
    cr_assert_eq(t.status, 200);
    cr_assert_eq(http_client_take(c), &t);
    cr_assert_eq(write(pipes[1], "x", 1), 1);
    http_client_wait_beside(c, pipes[0], 15000); /* the suite's time-out is 20 s */
    done(&t);
    http_client_free(c);
    close(pipes[0]);
    close(pipes[1]);
}
