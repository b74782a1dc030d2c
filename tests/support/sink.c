#include "sink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"

#define REQUEST_MAX     ((size_t)64 << 10)
#define CONNECTIONS_MAX 4096
#define EVENTS          256

struct connection {
    size_t len;
    bool in_mail; /* SMTP: behind DATA */
    char data[REQUEST_MAX + 1];
};

struct arrival {
    struct uuid id; /* nil: the place is free */
    int64_t at_us;
};

struct sink {
    enum sink_kind kind;
    int listener, epoll, stop, port;
    pthread_t thread;
    struct connection *connections[CONNECTIONS_MAX]; /* by descriptor */
    pthread_mutex_t lock;                            /* of all below */
    struct arrival *arrivals;                        /* open addressing; a power of two, at most half full */
    size_t mask;
    int64_t ids, repeats, strange;
};

static void __attribute__((noreturn)) give_up(const char *what)
{
    perror(what);
    exit(99);
}

/* ---- what came ---- */

/* Ids are digests: any part of one will do. */
static struct arrival *place_of(struct sink *s, const struct uuid *id)
{
    size_t at;

    memcpy(&at, id->bytes, sizeof at);
    for (;; at++) {
        struct arrival *a = &s->arrivals[at & s->mask];

        if (uuid_is_nil(&a->id) || uuid_eq(&a->id, id))
            return a;
    }
}

static const char *after(const char *text, size_t len, const char *mark)
{
    const char *at = memmem(text, len, mark, strlen(mark));

    return at && at + strlen(mark) + UUID_TEXT_SIZE <= text + len ? at + strlen(mark) : NULL;
}

/* The number under which it is known here. */
static int64_t keep(struct sink *s, const char *request, size_t len)
{
    const char *text = after(request, len, s->kind == SINK_SMTP ? "Message-ID: <" : "\"id\":\"");
    struct arrival *a;
    struct uuid id;
    int64_t number;

    pthread_mutex_lock(&s->lock);
    if (!text || !uuid_parse(text, UUID_TEXT_SIZE - 1, &id)) {
        s->strange++;
    } else if (a = place_of(s, &id), !uuid_is_nil(&a->id)) {
        s->repeats++;
    } else if ((size_t)s->ids > s->mask / 2) {
        fprintf(stderr, "sink: more came than there is room for\n");
        exit(99);
    } else {
        *a = (struct arrival){ id, clock_wall_us() };
        s->ids++;
    }
    number = s->ids + s->repeats + s->strange;
    pthread_mutex_unlock(&s->lock);
    return number;
}

/* ---- what is said ---- */

/* Nobody sends more than one request before he has heard: a socket has room for an answer. */
static void say(int fd, const char *text, size_t len)
{
    if (write(fd, text, len) != (ssize_t)len)
        fprintf(stderr, "sink: an answer could not be written\n");
}

static void say_line(int fd, const char *line)
{
    say(fd, line, strlen(line));
}

/* Length of the first request; 0: it is not all there. */
static size_t http_request(const struct connection *c)
{
    const char *end = memmem(c->data, c->len, "\r\n\r\n", 4), *length;
    size_t len;

    if (!end)
        return 0;
    length = strcasestr(c->data, "\r\ncontent-length:");
    len = (size_t)(end - c->data) + 4;
    if (length && length < end)
        len += (size_t)strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
    return len <= c->len ? len : 0;
}

static size_t take_http(struct sink *s, struct connection *c, int fd)
{
    size_t len = http_request(c);
    char answer[200], body[64];
    int body_len, n;

    if (len == 0)
        return 0;
    body_len = snprintf(body, sizeof body, "{\"code\":0,\"message_id\":\"%lld\"}", (long long)keep(s, c->data, len));
    n = snprintf(answer, sizeof answer,
                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", body_len, body);
    say(fd, answer, (size_t)n);
    return len;
}

static size_t take_mail(struct sink *s, struct connection *c, int fd)
{
    const char *end = memmem(c->data, c->len, "\r\n.\r\n", 5);
    size_t len = end ? (size_t)(end - c->data) + 5 : 0;
    char answer[64];

    if (!end)
        return 0;
    snprintf(answer, sizeof answer, "250 2.0.0 Ok: queued as %llX\r\n", (long long)keep(s, c->data, len));
    c->in_mail = false;
    say_line(fd, answer);
    return len;
}

static size_t take_smtp(struct sink *s, struct connection *c, int fd)
{
    static const struct {
        const char *command, *answer;
    } answers[] = {
        { "EHLO", "250-sink\r\n250 8BITMIME\r\n" },
        { "DATA", "354 go on\r\n" },
        { "QUIT", "221 2.0.0 bye\r\n" },
        { "", "250 2.0.0 Ok\r\n" },
    };
    const char *end = memmem(c->data, c->len, "\r\n", 2);
    size_t i = 0;

    if (c->in_mail)
        return take_mail(s, c, fd);
    if (!end)
        return 0;
    while (strncasecmp(c->data, answers[i].command, strlen(answers[i].command)) != 0)
        i++;
    c->in_mail = strcmp(answers[i].command, "DATA") == 0;
    say_line(fd, answers[i].answer);
    return (size_t)(end - c->data) + 2;
}

static size_t take_nothing(struct sink *s, struct connection *c, int fd)
{
    (void)s, (void)fd;
    return c->len;
}

static size_t (*const take[])(struct sink *s, struct connection *c, int fd) = {
    [SINK_HTTP] = take_http,
    [SINK_SMTP] = take_smtp,
    [SINK_SILENT] = take_nothing,
};

/* ---- connections ---- */

static void watch(struct sink *s, int fd)
{
    struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
        give_up("sink: epoll");
}

static void let_in(struct sink *s)
{
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC), on = 1;

    if (fd < 0)
        return;
    if (fd >= CONNECTIONS_MAX) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    s->connections[fd] = calloc(1, sizeof **s->connections);
    if (!s->connections[fd])
        abort();
    watch(s, fd);
    if (s->kind == SINK_SMTP)
        say_line(fd, "220 sink\r\n");
}

static void let_go(struct sink *s, int fd)
{
    close(fd);
    free(s->connections[fd]);
    s->connections[fd] = NULL;
}

static void hear(struct sink *s, int fd)
{
    struct connection *c = s->connections[fd];
    ssize_t n = read(fd, c->data + c->len, REQUEST_MAX - c->len);
    size_t done;

    if (n <= 0) {
        let_go(s, fd);
        return;
    }
    c->len += (size_t)n;
    c->data[c->len] = '\0';
    while (c->len > 0 && (done = take[s->kind](s, c, fd)) > 0) {
        c->len -= done;
        memmove(c->data, c->data + done, c->len + 1);
    }
}

static void *run(void *argument)
{
    struct sink *s = argument;
    struct epoll_event events[EVENTS];

    for (;;) {
        int n = epoll_wait(s->epoll, events, EVENTS, -1);

        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;

            if (fd == s->stop)
                return NULL;
            if (fd == s->listener)
                let_in(s);
            else
                hear(s, fd);
        }
    }
}

/* ---- the sink ---- */

static void listen_anywhere(struct sink *s)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;

    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, len) < 0 || listen(s->listener, 1024) < 0 ||
        getsockname(s->listener, (struct sockaddr *)&at, &len) < 0)
        give_up("sink: listen");
    s->port = ntohs(at.sin_port);
}

struct sink *sink_new(enum sink_kind kind, size_t most)
{
    struct sink *s = calloc(1, sizeof *s);
    size_t places = 1024;

    while (places < 4 * most)
        places *= 2;
    if (s)
        s->arrivals = calloc(places, sizeof *s->arrivals);
    if (!s || !s->arrivals)
        abort();
    s->kind = kind;
    s->mask = places - 1;
    pthread_mutex_init(&s->lock, NULL);
    listen_anywhere(s);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->stop = eventfd(0, EFD_CLOEXEC);
    if (s->epoll < 0 || s->stop < 0)
        give_up("sink: epoll");
    watch(s, s->listener);
    watch(s, s->stop);
    if (pthread_create(&s->thread, NULL, run, s) != 0)
        give_up("sink: thread");
    return s;
}

void sink_free(struct sink *s)
{
    if (eventfd_write(s->stop, 1) < 0)
        give_up("sink: stop");
    pthread_join(s->thread, NULL);
    for (int fd = 0; fd < CONNECTIONS_MAX; fd++)
        if (s->connections[fd])
            let_go(s, fd);
    close(s->listener);
    close(s->epoll);
    close(s->stop);
    pthread_mutex_destroy(&s->lock);
    free(s->arrivals);
    free(s);
}

int sink_port(const struct sink *s)
{
    return s->port;
}

static int64_t locked(struct sink *s, const int64_t *number)
{
    int64_t n;

    pthread_mutex_lock(&s->lock);
    n = *number;
    pthread_mutex_unlock(&s->lock);
    return n;
}

int64_t sink_ids(struct sink *s)
{
    return locked(s, &s->ids);
}

int64_t sink_repeats(struct sink *s)
{
    return locked(s, &s->repeats);
}

int64_t sink_strange(struct sink *s)
{
    return locked(s, &s->strange);
}

int64_t sink_arrived_us(struct sink *s, const struct uuid *id)
{
    int64_t at_us;

    pthread_mutex_lock(&s->lock);
    at_us = place_of(s, id)->at_us;
    pthread_mutex_unlock(&s->lock);
    return at_us;
}
