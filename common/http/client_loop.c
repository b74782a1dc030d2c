#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client_private.h"
#include "common/base/clock.h"

#define EVENTS 32 /* looked at in one go */

/* ---- what libcurl waits for ---- */

/* One that was closed is gone from the epoll by itself. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct http_client *c = user;
    struct epoll_event e = { .events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u),
                             .data.fd = fd };

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(c->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (epoll_ctl(c->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) < 0 &&
        epoll_ctl(c->epoll, errno == EEXIST ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) < 0)
        abort();
    curl_multi_assign(c->multi, fd, c);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *user)
{
    struct http_client *c = user;

    (void)multi;
    c->due_us = ms < 0 ? INT64_MAX : clock_mono_us() + ms * INT64_C(1000);
    return 0;
}

void client_open_loop(struct http_client *c)
{
    struct epoll_event e = { .events = EPOLLIN };

    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    e.data.fd = c->wake;
    if (c->epoll < 0 || c->wake < 0 || epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->wake, &e) < 0)
        abort();
    c->due_us = INT64_MAX;
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
}

void client_close_loop(struct http_client *c)
{
    close(c->epoll);
    close(c->wake);
}

/* ---- waiting ---- */

/* Waits for something to do: at our sockets, at `fd` (-1: none), or because a time-out is due. true: at `fd`. */
static bool wait_for(struct http_client *c, int fd, int64_t end_us)
{
    struct pollfd p[] = { { .fd = c->epoll, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
    int64_t us = (c->due_us < end_us ? c->due_us : end_us) - clock_mono_us();
    struct timespec most = { us > 0 ? us / 1000000 : 0, us > 0 ? us % 1000000 * 1000 : 0 };

    return ppoll(p, 2, &most, NULL) > 0 && p[1].revents != 0;
}

static int mask_of(uint32_t events)
{
    return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
           (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

/* At the sockets that have something now. Whether there may be more of them. */
static bool look(struct http_client *c)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(c->epoll, events, EVENTS, 0), running;

    for (int i = 0; i < n; i++) {
        eventfd_t times;

        if (events[i].data.fd == c->wake)
            eventfd_read(c->wake, &times);
        else
            curl_multi_socket_action(c->multi, events[i].data.fd, mask_of(events[i].events), &running);
    }
    return n == EVENTS;
}

static void look_at_time(struct http_client *c)
{
    int running;

    if (c->due_us > clock_mono_us())
        return;
    c->due_us = INT64_MAX; /* libcurl says anew when */
    curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static void take_ended(struct http_client *c)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(c->multi, &left))) {
        struct transfer *t;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        client_end(c, t, m->data.result);
    }
}

/* Whether there may be more to do at once. */
static bool move_on(struct http_client *c)
{
    bool more = look(c);

    look_at_time(c);
    take_ended(c);
    return more;
}

static void move_all_on(struct http_client *c)
{
    while (move_on(c))
        ;
}

void http_client_wait(struct http_client *c, int wait_ms)
{
    move_all_on(c);
    if (c->done_first || wait_ms <= 0)
        return;
    wait_for(c, -1, clock_mono_us() + wait_ms * INT64_C(1000));
    move_all_on(c);
}

void http_client_wait_beside(struct http_client *c, int fd, int wait_ms)
{
    if (!wait_for(c, fd, clock_mono_us() + wait_ms * INT64_C(1000)))
        move_on(c);
}

void http_client_wake(struct http_client *c)
{
    eventfd_write(c->wake, 1); /* should it be full, it wakes all the same */
}
