/* A real server on a free port, spoken to byte by byte. */
#include "common/http/server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"

static struct {
    struct arena a;
    struct http_server *server;
    int fd;
    _Atomic int handled;
} f;

/* ---- what the server does ---- */

static void hello(void *context, const struct http_request *q, struct http_response *r)
{
    (void)q;
    f.handled++;
    strbuf_adds(&r->body, context ? context : "hello\n");
}

/* All that a handler sees. */
static void mirror(void *context, const struct http_request *q, struct http_response *r)
{
    (void)context;
    f.handled++;
    cr_assert_eq(((const char *)q->body)[q->body_len], '\0');
    strbuf_printf(&r->body, "%s|%s|%s|%s|%s", q->method, q->path, q->query, http_header(q, "X-Signature"),
                  (const char *)q->body);
}

static void length(void *context, const struct http_request *q, struct http_response *r)
{
    (void)context;
    f.handled++;
    strbuf_printf(&r->body, "%zu", q->body_len);
}

static void busy(void *context, const struct http_request *q, struct http_response *r)
{
    (void)context;
    (void)q;
    r->status = 503;
    r->content_type = "application/json";
    r->retry_after_s = 7;
    strbuf_adds(&r->body, "{}");
}

static const struct http_route routes[] = {
    { "GET", "/hello", hello },    { "GET", "/mirror", mirror },
    { "POST", "/mirror", mirror }, { "POST", "/only", hello },
    { "POST", "/length", length }, { "*", "/any/*", mirror },
    { "GET", "/busy", busy },      { 0 },
};
static const struct http_route more[] = { { "GET", "/more", hello }, { "GET", "/hello", hello }, { 0 } };

static void start(int requests_per_second)
{
    static char context[] = "more\n";
    const struct http_server_spec spec = { .address = "127.0.0.1",
                                           .routes = routes,
                                           .more = more,
                                           .more_context = context,
                                           .requests_per_second = requests_per_second };

    cr_assert_eq(http_server_start(&spec, &f.server), 0, "%s", err_text());
    cr_assert_gt(http_server_port(f.server), 0);
}

static void connect_anew(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)http_server_port(f.server)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { .tv_sec = 20 };

    if (f.fd >= 0)
        close(f.fd);
    f.fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(f.fd, 0);
    setsockopt(f.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    cr_assert_eq(connect(f.fd, (struct sockaddr *)&at, sizeof at), 0);
}

static void set_up(void)
{
    memset(&f, 0, sizeof f);
    f.fd = -1;
    arena_init(&f.a, 0);
    start(0);
    connect_anew();
}

static void tear_down(void)
{
    if (f.fd >= 0)
        close(f.fd);
    http_server_stop(f.server);
    arena_done(&f.a);
}

TestSuite(http_server, .init = set_up, .fini = tear_down, .timeout = 60);

static void start_again(int requests_per_second)
{
    http_server_stop(f.server);
    start(requests_per_second);
    connect_anew();
}

/* ---- a small client ---- */

struct reply {
    int status;
    char *head, *body;
};

static void send_bytes(const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(f.fd, data, len, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the server may have had enough */
        data += n;
        len -= (size_t)n;
    }
}

static void send_text(const char *text)
{
    send_bytes(text, strlen(text));
}

/* One byte after the other: what follows belongs to the next reply. */
static char *receive_head(void)
{
    struct strbuf b;
    char c;

    strbuf_init(&b, &f.a);
    strbuf_adds(&b, "");
    while (b.len < 8192 && !(b.len > 4 && strcmp(b.data + b.len - 4, "\r\n\r\n") == 0)) {
        cr_assert_eq(recv(f.fd, &c, 1, 0), 1, "the connection ended in: %s", b.data);
        strbuf_addc(&b, c);
    }
    return b.data;
}

static struct reply receive(bool has_body)
{
    struct reply r = { .head = receive_head(), .body = NULL };
    const char *length = strcasestr(r.head, "\r\nContent-Length: ");
    size_t want = length ? (size_t)strtol(length + 18, NULL, 10) : 0, len = 0;

    cr_assert(length, "%s", r.head);
    r.status = (int)strtol(r.head + strlen("HTTP/1.1 "), NULL, 10);
    r.body = arena_alloc(&f.a, want + 1);
    while (has_body && len < want) {
        ssize_t n = recv(f.fd, r.body + len, want - len, 0);

        cr_assert_gt(n, 0);
        len += (size_t)n;
    }
    r.body[len] = '\0';
    return r;
}

static struct reply ask(const char *line)
{
    send_text(arena_printf(&f.a, "%s HTTP/1.1\r\nHost: x\r\n\r\n", line));
    return receive(strncmp(line, "HEAD ", 5) != 0);
}

static struct reply post(const char *path, const char *body, size_t len)
{
    send_text(arena_printf(&f.a, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n", path, len));
    send_bytes(body, len);
    return receive(true);
}

#define assert_reply(got, code, text)                                                                                  \
    do {                                                                                                               \
        struct reply r_ = (got);                                                                                       \
        cr_assert_eq(r_.status, code, "%d: %s", r_.status, r_.body);                                                   \
        cr_assert_str_eq(r_.body, text);                                                                               \
    } while (0)

static void assert_header(const struct reply *r, const char *line)
{
    cr_assert(strcasestr(r->head, arena_printf(&f.a, "\r\n%s\r\n", line)), "no %s in %s", line, r->head);
}

/* ---- routes ---- */

Test(http_server, a_path_is_answered_by_its_handler)
{
    struct reply r = ask("GET /hello");

    assert_reply(r, 200, "hello\n");
    assert_header(&r, "Content-Type: text/plain; charset=utf-8");
    assert_header(&r, "Cache-Control: no-store");
    assert_header(&r, "X-Content-Type-Options: nosniff");
}

Test(http_server, what_nobody_answers_is_not_found)
{
    cr_assert_eq(ask("GET /hell").status, 404);
    cr_assert_eq(ask("GET /hello/").status, 404);
    cr_assert_eq(ask("GET /").status, 404);
    cr_assert_eq(ask("GET /any").status, 404);
    cr_assert_eq(f.handled, 0);
}

Test(http_server, the_services_own_routes_have_their_own_context)
{
    assert_reply(ask("GET /more"), 200, "more\n");
    assert_reply(ask("GET /hello"), 200, "hello\n"); /* those of every daemon go first */
}

Test(http_server, head_is_get_without_the_body)
{
    struct reply r = ask("HEAD /hello");

    cr_assert_eq(r.status, 200);
    assert_header(&r, "Content-Length: 6");
    assert_reply(ask("GET /hello"), 200, "hello\n"); /* and nothing of a body came before */
    cr_assert_eq(f.handled, 2);
}

Test(http_server, another_method_is_refused_and_told_which_is_allowed)
{
    struct reply r = ask("DELETE /hello");

    cr_assert_eq(r.status, 405);
    assert_header(&r, "Allow: GET");
    r = ask("GET /only");
    cr_assert_eq(r.status, 405);
    assert_header(&r, "Allow: POST");
    r = ask("PUT /mirror");
    cr_assert_eq(r.status, 405);
    assert_header(&r, "Allow: GET, POST");
    cr_assert_eq(f.handled, 0);
}

Test(http_server, one_path_may_have_a_route_for_each_method)
{
    assert_reply(ask("GET /mirror"), 200, "GET|/mirror|||");
    assert_reply(post("/mirror", "x", 1), 200, "POST|/mirror|||x");
}

Test(http_server, a_prefix_is_for_all_that_begin_so_and_any_method)
{
    assert_reply(ask("GET /any/"), 200, "GET|/any/|||");
    assert_reply(ask("GET /any/a/b"), 200, "GET|/any/a/b|||");
    assert_reply(post("/any/a", "{}", 2), 200, "POST|/any/a|||{}");
    cr_assert_eq(ask("GET /anything").status, 404);
}

/* ---- what a handler sees ---- */

Test(http_server, the_query_comes_as_it_was_written)
{
    assert_reply(ask("GET /mirror?a=1&b=%20x?"), 200, "GET|/mirror|a=1&b=%20x?||");
    assert_reply(ask("GET /mirror?"), 200, "GET|/mirror|||");
    assert_reply(ask("GET /any/%E4%BA%91%2F"), 200, "GET|/any/云/|||");
}

Test(http_server, a_header_by_its_name_in_any_case)
{
    send_text("GET /mirror HTTP/1.1\r\nHost: x\r\nx-signature: abc=\r\n\r\n");
    assert_reply(receive(true), 200, "GET|/mirror||abc=|");
}

Test(http_server, a_body_is_whole_however_it_comes)
{
    send_text("POST /mirror HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab");
    clock_sleep_us(50000);
    send_text("cd");
    clock_sleep_us(50000);
    send_text("ef");
    assert_reply(receive(true), 200, "POST|/mirror|||abcdef");
    send_text("POST /mirror HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_reply(receive(true), 200, "POST|/mirror|||abcde");
}

Test(http_server, a_body_may_hold_any_bytes)
{
    assert_reply(post("/length", "\0a\0", 3), 200, "3");
    assert_reply(post("/length", "", 0), 200, "0");
}

Test(http_server, a_handler_says_what_it_answers)
{
    struct reply r = ask("GET /busy");

    assert_reply(r, 503, "{}");
    assert_header(&r, "Content-Type: application/json");
    assert_header(&r, "Retry-After: 7");
}

/* ---- limits ---- */

static char *big(size_t len)
{
    char *body = arena_alloc(&f.a, len + 1);

    memset(body, 'x', len);
    body[len] = '\0';
    return body;
}

Test(http_server, a_body_up_to_the_limit_is_taken)
{
    assert_reply(post("/length", big(HTTP_BODY_MAX), HTTP_BODY_MAX), 200,
                 arena_printf(&f.a, "%zu", (size_t)HTTP_BODY_MAX));
}

Test(http_server, a_byte_more_is_refused_and_reaches_no_handler)
{
    cr_assert_eq(post("/length", big(HTTP_BODY_MAX + 1), HTTP_BODY_MAX + 1).status, 413);
    cr_assert_eq(f.handled, 0);
}

Test(http_server, a_body_of_unknown_length_has_the_same_limit)
{
    char *part = big(0x8000);

    send_text("POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 9; i++) {
        send_text("8000\r\n");
        send_bytes(part, 0x8000);
        send_text("\r\n");
    }
    send_text("0\r\n\r\n");
    cr_assert_eq(receive(true).status, 413);
    cr_assert_eq(f.handled, 0);
}

/* Asks again and again until all of it fell into one second; it begins with a second. */
static void in_one_second(void (*ask_all)(void))
{
    int64_t second;

    do {
        clock_sleep_us(1000000 - clock_mono_us() % 1000000 + 1000);
        f.handled = 0;
        second = clock_mono_us() / 1000000;
        ask_all();
    } while (clock_mono_us() / 1000000 != second);
}

static struct reply replies[8];

static void ask_seven(void)
{
    for (int i = 0; i < 7; i++) {
        if (i == 6)
            connect_anew(); /* from the same address */
        replies[i] = ask("GET /more");
    }
    replies[7] = ask("GET /hello");
}

Test(http_server, more_requests_in_a_second_are_put_off)
{
    start_again(5);
    in_one_second(ask_seven);
    for (int i = 0; i < 7; i++)
        cr_assert_eq(replies[i].status, i < 5 ? 200 : 429, "request %d: %d", i, replies[i].status);
    assert_header(&replies[5], "Retry-After: 1");
    cr_assert_eq(replies[7].status, 200, "health is asked for by those who restart us: never put off");
    cr_assert_eq(f.handled, 6);
    clock_sleep_us(1001000);
    cr_assert_eq(ask("GET /more").status, 200);
}

static void ask_too_much(void)
{
    replies[0] = post("/length", big(HTTP_BODY_MAX + 1), HTTP_BODY_MAX + 1);
    connect_anew();
    replies[1] = ask("GET /more");
}

Test(http_server, what_is_too_large_counts_too)
{
    start_again(1);
    in_one_second(ask_too_much);
    cr_assert_eq(replies[0].status, 413);
    cr_assert_eq(replies[1].status, 429);
}

Test(http_server, without_a_limit_nothing_is_put_off)
{
    for (int i = 0; i < 500; i++)
        cr_assert_eq(ask("GET /hello").status, 200);
}

/* ---- connections ---- */

Test(http_server, several_requests_on_one_connection)
{
    assert_reply(ask("GET /hello"), 200, "hello\n");
    assert_reply(post("/mirror?n=1", "one", 3), 200, "POST|/mirror|n=1||one");
    assert_reply(ask("GET /mirror"), 200, "GET|/mirror|||"); /* nothing is left of the body before */
    cr_assert_eq(ask("GET /nowhere").status, 404);
    assert_reply(post("/mirror", "two", 3), 200, "POST|/mirror|||two");
}

Test(http_server, requests_that_come_together_are_answered_in_their_order)
{
    send_text("GET /mirror?1 HTTP/1.1\r\nHost: x\r\n\r\n"
              "POST /mirror HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n2"
              "GET /mirror?3 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_reply(receive(true), 200, "GET|/mirror|1||");
    assert_reply(receive(true), 200, "POST|/mirror|||2");
    assert_reply(receive(true), 200, "GET|/mirror|3||");
}

Test(http_server, who_leaves_in_the_middle_leaves_nothing_behind)
{
    send_text("POST /mirror HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
    connect_anew();
    send_text("GET /mir");
    connect_anew();
    assert_reply(ask("GET /hello"), 200, "hello\n");
    cr_assert_eq(f.handled, 1);
}

Test(http_server, nonsense_is_refused_and_others_are_served)
{
    static const char *const nonsense[] = {
        "\x16\x03\x01 hello TLS\r\n\r\n",
        "GET\r\n\r\n",
        "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    };
    char answer[512];

    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        ssize_t n;

        send_text(nonsense[i]);
        shutdown(f.fd, SHUT_WR);
        n = recv(f.fd, answer, sizeof answer - 1, 0);
        answer[n > 0 ? n : 0] = '\0';
        cr_assert_null(strstr(answer, " 200 "), "%zu: %s", i, answer);
        connect_anew();
    }
    cr_assert_eq(f.handled, 0);
    assert_reply(ask("GET /hello"), 200, "hello\n");
}

Test(http_server, a_header_without_end_is_refused)
{
    send_text("GET /hello HTTP/1.1\r\nHost: x\r\nX: ");
    send_bytes(big(100000), 100000);
    send_text("\r\n\r\n");
    cr_assert_eq(f.handled, 0);
    connect_anew();
    assert_reply(ask("GET /hello"), 200, "hello\n");
}

/* ---- beginning ---- */

Test(http_server, a_port_that_is_taken_and_an_address_that_is_none_are_told)
{
    struct http_server *second = NULL;
    struct http_server_spec spec = { .address = "127.0.0.1", .port = http_server_port(f.server), .routes = routes };

    cr_assert_eq(http_server_start(&spec, &second), ERR_FATAL);
    cr_assert(strstr(err_text(), "taken"), "%s", err_text());
    spec.address = "localhost";
    cr_assert_eq(http_server_start(&spec, &second), ERR_FATAL);
    cr_assert(strstr(err_text(), "localhost"), "%s", err_text());
    cr_assert_null(second);
}
