#include "server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"

#define CONNECTIONS             64
#define CONNECTIONS_PER_ADDRESS 32
#define TIMEOUT_S               10
#define MEMORY_PER_CONNECTION   ((size_t)32 << 10)

#define RATE_SLOTS 256

/* How many requests the addresses of a slot have made in this second: two that share one share the limit. */
struct rate {
    int64_t second;
    int count;
};

struct http_server {
    struct MHD_Daemon *mhd;
    struct http_server_spec spec;
    struct rate rates[RATE_SLOTS];
};

/* One request while it comes in. */
struct incoming {
    struct arena arena;
    char *uri;
    struct strbuf body;
    bool begun, too_large;
};

static void not_found(struct http_response *r)
{
    r->status = MHD_HTTP_NOT_FOUND;
    strbuf_adds(&r->body, "not found\n");
}

const char *http_header(const struct http_request *q, const char *name)
{
    const char *value = MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name);

    return value ? value : "";
}

static bool path_matches(const char *pattern, const char *path)
{
    size_t len = strlen(pattern);

    if (len > 0 && pattern[len - 1] == '*')
        return strncmp(pattern, path, len - 1) == 0;
    return strcmp(pattern, path) == 0;
}

static bool method_matches(const char *allowed, const char *method)
{
    return strcmp(allowed, "*") == 0 || strcmp(allowed, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(allowed, "GET") == 0);
}

/* true: the path is one of these. */
static bool route_in(const struct http_route *routes, void *context, const struct http_request *q,
                     struct http_response *r)
{
    struct strbuf allowed;

    strbuf_init(&allowed, q->arena);
    for (const struct http_route *t = routes; t && t->path; t++) {
        if (!path_matches(t->path, q->path))
            continue;
        if (method_matches(t->method, q->method)) {
            t->handle(context, q, r);
            return true;
        }
        strbuf_printf(&allowed, "%s%s", allowed.len ? ", " : "", t->method);
    }
    if (allowed.len == 0)
        return false;
    r->status = MHD_HTTP_METHOD_NOT_ALLOWED;
    r->allow = allowed.data;
    strbuf_printf(&r->body, "only %s is allowed here\n", allowed.data);
    return true;
}

static unsigned slot_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr_in *at = i ? (const struct sockaddr_in *)i->client_addr : NULL;
    uint32_t n = at && at->sin_family == AF_INET ? ntohl(at->sin_addr.s_addr) : 0;

    return (n ^ n >> 8 ^ n >> 16 ^ n >> 24) % RATE_SLOTS;
}

static bool too_many(struct http_server *s, struct MHD_Connection *conn)
{
    struct rate *rate = &s->rates[slot_of(conn)];
    int64_t second = clock_mono_us() / 1000000;

    if (s->spec.requests_per_second == 0)
        return false;
    if (rate->second != second)
        *rate = (struct rate){ .second = second };
    return ++rate->count > s->spec.requests_per_second;
}

/* Health is asked for by those who restart us: a flood of others must not keep them out. */
static void answer(struct http_server *s, struct MHD_Connection *conn, const struct incoming *in,
                   const struct http_request *q, struct http_response *r)
{
    if (!in->too_large && route_in(s->spec.routes, s->spec.context, q, r))
        return;
    if (too_many(s, conn)) {
        r->status = MHD_HTTP_TOO_MANY_REQUESTS;
        r->retry_after_s = 1;
        strbuf_adds(&r->body, "too many requests from this address\n");
    } else if (in->too_large) {
        r->status = MHD_HTTP_CONTENT_TOO_LARGE;
        strbuf_printf(&r->body, "at most %zu bytes are taken\n", HTTP_BODY_MAX);
    } else if (!route_in(s->spec.more, s->spec.more_context, q, r)) {
        not_found(r);
    }
}

static enum MHD_Result send_response(struct MHD_Connection *conn, struct http_response *r)
{
    struct MHD_Response *m = MHD_create_response_from_buffer(r->body.len, r->body.data, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;
    char seconds[16];

    if (!m)
        return MHD_NO;
    MHD_add_response_header(m, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
    MHD_add_response_header(m, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
    if (r->allow)
        MHD_add_response_header(m, MHD_HTTP_HEADER_ALLOW, r->allow);
    if (r->retry_after_s) {
        snprintf(seconds, sizeof seconds, "%d", r->retry_after_s);
        MHD_add_response_header(m, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    result = MHD_queue_response(conn, r->status, m);
    MHD_destroy_response(m);
    return result;
}

/* The whole request line's target, before it is taken apart; the request's state begins with it. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *conn)
{
    struct incoming *in = calloc(1, sizeof *in);

    (void)context;
    (void)conn;
    if (!in)
        return NULL;
    arena_init(&in->arena, 0);
    strbuf_init(&in->body, &in->arena);
    in->uri = arena_strdup(&in->arena, uri);
    return in;
}

static void on_completed(void *context, struct MHD_Connection *conn, void **request,
                         enum MHD_RequestTerminationCode why)
{
    struct incoming *in = *request;

    (void)context;
    (void)conn;
    (void)why;
    if (!in)
        return;
    arena_done(&in->arena);
    free(in);
    *request = NULL;
}

static void take_body(struct incoming *in, const char *data, size_t size)
{
    in->too_large = in->too_large || size > HTTP_BODY_MAX - in->body.len;
    if (!in->too_large)
        strbuf_add(&in->body, data, size);
}

/* The length that the headers say, so that nobody need send what is not taken. */
static size_t announced(struct MHD_Connection *conn)
{
    const char *text = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    int64_t length;

    return text && parse_int64(text, 0, INT64_MAX, &length) ? (size_t)length : 0;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *conn, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **request)
{
    struct incoming *in = *request;
    struct http_request q = { .method = method, .path = url, .connection = conn };
    struct http_response r = { .status = MHD_HTTP_OK, .content_type = "text/plain; charset=utf-8" };
    const char *mark;

    (void)version;
    if (!in)
        return MHD_NO;
    if (!in->begun) { /* first call: headers only */
        in->begun = true;
        in->too_large = announced(conn) > HTTP_BODY_MAX;
        if (!in->too_large)
            return MHD_YES;
    }
    if (*upload_size) {
        take_body(in, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    mark = strchr(in->uri, '?');
    q.query = mark ? mark + 1 : "";
    q.body = in->body.len ? in->body.data : "";
    q.body_len = in->body.len;
    q.arena = &in->arena;
    strbuf_init(&r.body, &in->arena);
    strbuf_adds(&r.body, "");
    answer(context, conn, in, &q, &r);
    return send_response(conn, &r);
}

int http_server_start(const struct http_server_spec *spec, struct http_server **ret)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)spec->port) };
    struct http_server *s;

    if (inet_pton(AF_INET, spec->address, &at.sin_addr) != 1)
        return err_set(ERR_FATAL, "http.address: %s is no IPv4 address", spec->address);
    s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->spec = *spec;
    s->mhd = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request, s,
                              MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
                              MHD_OPTION_PER_IP_CONNECTION_LIMIT, CONNECTIONS_PER_ADDRESS,
                              MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                              MEMORY_PER_CONNECTION, MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
                              MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (!s->mhd) {
        free(s);
        return err_set(ERR_FATAL, "http: cannot listen on %s:%d (is the port taken?)", spec->address, spec->port);
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
