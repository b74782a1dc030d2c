/* The HTTP server of a daemon: health, metrics, and what other systems tell it. The only place with libmicrohttpd.
 *
 * One thread of its own; connections, requests a second and address, time, memory and bodies are capped. Handlers run
 * on that thread: they may read atomics and what they lock themselves, and never the loop's database connection. TLS
 * ends at the proxy in front. */
#pragma once

#include "common/base/str.h"

#define HTTP_BODY_MAX ((size_t)256 << 10)

struct http_request {
    const char *method, *path;
    const char *query; /* as it came, without '?'; "" */
    const void *body;  /* NUL-terminated */
    size_t body_len;
    struct arena *arena; /* of the request */
    void *connection;    /* the server's own */
};

struct http_response {
    struct strbuf body; /* in an arena of the request */
    unsigned status;
    const char *content_type;
    int retry_after_s; /* 0: no such header */
    const char *allow; /* of 405: what is allowed; NULL: no such header */
};

struct http_route {
    const char *method; /* "POST" takes a body, others none; "*": any, with or without */
    const char *path;   /* exact; or with "*" at its end for all that begin so */
    void (*handle)(void *context, const struct http_request *q, struct http_response *r);
};

/* The value of a header of the request; "" if it has none. */
const char *http_header(const struct http_request *q, const char *name);

struct http_server;

/* Both lists end with path NULL and must outlive the server; `more` may be NULL and gets more_context: the limit of
 * requests is for those and for what is not found. port 0: any free one. 0 or ERR_FATAL. */
struct http_server_spec {
    const char *address;
    int port;
    const struct http_route *routes, *more;
    void *context, *more_context;
    int requests_per_second; /* from one address; more get 429; 0: no limit */
};
int http_server_start(const struct http_server_spec *spec, struct http_server **ret);
int http_server_port(const struct http_server *s);
void http_server_stop(struct http_server *s);
