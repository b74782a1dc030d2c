/* What the files of the client share. */
#pragma once

#include <curl/curl.h>

#include "client.h"

#define HANDLES_KEPT 256

struct http_client {
    CURLM *multi;
    int epoll; /* of libcurl's sockets and `wake`: a call that hangs costs nothing where others go on */
    int wake;
    int64_t due_us;              /* when libcurl wants to look at its time-outs; INT64_MAX: never */
    CURL *handles[HANDLES_KEPT]; /* not in use */
    size_t handle_count;
    struct transfer *done_first, *done_last;
    struct transfer *running_first; /* by next */
    int running;
};

/* client_loop.c: libcurl's sockets and time-outs, and waiting for them. */
void client_open_loop(struct http_client *c);
void client_close_loop(struct http_client *c);

/* client.c: libcurl is done with a call; it is there to be taken. */
void client_end(struct http_client *c, struct transfer *t, CURLcode code);
