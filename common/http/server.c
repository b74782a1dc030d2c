#include "server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"

#define CONNECTIONS             64
#define CONNECTIONS_PER_ADDRESS 32
#define TIMEOUT_S               10
#define MEMORY_PER_CONNECTION   ((size_t)32 << 10)

struct http_server {
    struct MHD_Daemon *mhd;
    const struct http_route *routes;
    void *context;
};

static void not_found(struct http_response *r)
{
    r->status = MHD_HTTP_NOT_FOUND;
    strbuf_adds(&r->body, "not found\n");
}

static void route(const struct http_server *s, const struct http_request *q, struct http_response *r)
{
    for (const struct http_route *t = s->routes; t->path; t++) {
        if (strcmp(t->path, q->path) != 0)
            continue;
        if (strcmp(t->method, q->method) == 0 || (strcmp(q->method, "HEAD") == 0 && strcmp(t->method, "GET") == 0)) {
            t->handle(s->context, q, r);
            return;
        }
        r->status = MHD_HTTP_METHOD_NOT_ALLOWED;
        strbuf_printf(&r->body, "only %s is allowed here\n", t->method);
        return;
    }
    not_found(r);
}

static enum MHD_Result send_response(struct MHD_Connection *conn, struct http_response *r)
{
    struct MHD_Response *m = MHD_create_response_from_buffer(r->body.len, r->body.data, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (!m)
        return MHD_NO;
    MHD_add_response_header(m, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
    MHD_add_response_header(m, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
    result = MHD_queue_response(conn, r->status, m);
    MHD_destroy_response(m);
    return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *conn, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **request)
{
    static int seen;
    struct http_request q = { .method = method, .path = url };
    struct http_response r = { .status = MHD_HTTP_OK, .content_type = "text/plain; charset=utf-8" };
    enum MHD_Result result;
    struct arena a;

    (void)version;
    (void)upload;
    if (!*request) { /* first call: headers only */
        *request = &seen;
        return MHD_YES;
    }
    if (*upload_size) { /* no route takes a body */
        *upload_size = 0;
        return MHD_NO;
    }
    arena_init(&a, 0);
    strbuf_init(&r.body, &a);
    route(context, &q, &r);
    result = send_response(conn, &r);
    arena_done(&a);
    return result;
}

int http_server_start(const char *address, int port, const struct http_route *routes, void *context,
                      struct http_server **ret)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct http_server *s;

    if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
        return err_set(ERR_FATAL, "http.address: %s is no IPv4 address", address);
    s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->routes = routes;
    s->context = context;
    s->mhd =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request, s,
                         MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
                         MHD_OPTION_PER_IP_CONNECTION_LIMIT, CONNECTIONS_PER_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT,
                         TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_PER_CONNECTION, MHD_OPTION_END);
    if (!s->mhd) {
        free(s);
        return err_set(ERR_FATAL, "http: cannot listen on %s:%d (is the port taken?)", address, port);
    }
    *ret = s;
    return 0;
}

int http_server_port(const struct http_server *s)
{
    const union MHD_DaemonInfo *i = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_BIND_PORT);

    return i ? i->port : 0;
}

void http_server_stop(struct http_server *s)
{
    if (!s)
        return;
    MHD_stop_daemon(s->mhd);
    free(s);
}
