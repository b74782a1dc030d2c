/* Calls to the outside: HTTP, SMTP and files through libcurl, many at a time, connections kept. The only place with
 * curl.h. Not thread-safe: one client belongs to one thread, which must call http_client_wait now and then.
 *
 * A request leaves at most once: libcurl would send it again where a kept connection broke without an answer. The first
 * client of a process makes it ignore SIGPIPE. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"

struct http_client;

/* Where a call got to: what may be done next depends on it. */
enum transfer_end {
    TRANSFER_ANSWERED = 1, /* status, and the body as far as max_answer allows */
    TRANSFER_NOT_SENT,     /* certainly nothing arrived: no address, no connection, no TLS, no greeting */
    TRANSFER_UNKNOWN,      /* it was sent, at least in part, and no whole answer came in time */
};

#define TRANSFER_HEADERS_MAX 24

/* One call. Texts and body must live until it was taken back; the answer lives until transfer_done. */
struct transfer {
    /* what is asked */
    const char *url;                           /* http, https, smtp, smtps, imap, imaps, file */
    const char *method;                        /* of HTTP: "GET" or "POST"; NULL otherwise */
    const char *headers[TRANSFER_HEADERS_MAX]; /* "Name: value", NULL at the end */
    const void *body;                          /* of a POST, a mail (RFC 5322), a file */
    size_t body_len;
    const char *user, *password; /* basic auth of HTTP, AUTH of SMTP; NULL: none */
    const char *mail_from, *mail_to;
    const char *request;                /* IMAP: a command of its own; NULL: what the URL says */
    bool require_tls;                   /* SMTP, IMAP: STARTTLS or nothing. HTTPS and smtps are always checked. */
    const char *ca_file;                /* NULL: the system's */
    const char *proxy;                  /* NULL: none, whatever the environment says */
    bool append;                        /* file: to its end; the line is written as one */
    int connect_timeout_ms, timeout_ms; /* of the connection; of all */
    size_t max_answer;                  /* bytes of the body; more ends the call as TRANSFER_UNKNOWN */
    void *user_data;
    /* what came of it */
    enum transfer_end end;
    bool timed_out; /* this is why there is no answer */
    long status;    /* HTTP or SMTP code; 0: none */
    char *answer;   /* NUL-terminated; never NULL once taken. SMTP: the last line that the server said */
    size_t answer_len;
    int64_t retry_after_ms; /* of the header; 0: none */
    int64_t took_us;
    char error[160]; /* libcurl's words; "": none. No personal data: no URL, no address. */
    /* the client's own */
    void *handle;
    void *list, *recipients;
    size_t answer_cap, body_at;
    int64_t asked_us; /* IMAP: when the newest command was sent */
    int begun;        /* how often the request was about to be sent */
    struct transfer *next;
};

/* Aborts without memory. `connections`: kept open at most. */
struct http_client *http_client_new(int connections);
/* Ends what is under way; its transfers are not given back. */
void http_client_free(struct http_client *c);

/* Begins a call; never blocks. */
void http_client_start(struct http_client *c, struct transfer *t);
/* Moves everything on, waiting at most so long for something to happen or for http_client_wake. */
void http_client_wait(struct http_client *c, int wait_ms);
/* Moves something on, and comes back; at once when `fd` is readable: what is there comes first. Waits at most so long.
 */
void http_client_wait_beside(struct http_client *c, int fd, int wait_ms);
/* From another thread. */
void http_client_wake(struct http_client *c);
/* A call that has ended; NULL: none more. */
struct transfer *http_client_take(struct http_client *c);
int http_client_running(const struct http_client *c);
/* Frees the answer. */
void transfer_done(struct transfer *t);

/* One call, waited for: for tools and tests. */
void http_call(struct transfer *t);
