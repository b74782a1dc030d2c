/* The HTTP server of a daemon: here for health and metrics. The only place with libmicrohttpd.
 *
 * One thread of its own; connections, time and memory are capped. Handlers run on that thread: they may read atomics
 * and what they lock themselves, never a database connection. */
#pragma once

#include "common/base/str.h"

struct http_request {
    const char *method, *path;
};

struct http_response {
    struct strbuf body; /* in an arena of the request */
    unsigned status;
    const char *content_type;
};

struct http_route {
    const char *method, *path; /* exact */
    void (*handle)(void *context, const struct http_request *q, struct http_response *r);
};

struct http_server;

/* routes ends with path NULL and must outlive the server. port 0: any free one. 0 or ERR_FATAL. */
int http_server_start(const char *address, int port, const struct http_route *routes, void *context,
                      struct http_server **ret);
int http_server_port(const struct http_server *s);
void http_server_stop(struct http_server *s);
