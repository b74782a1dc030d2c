#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"

static void must(int ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

static void *accept_all(void *arg)
{
    const struct listener *l = arg;

    for (;;) {
        int fd = accept(l->fd, NULL, NULL);
        pthread_t t;

        if (fd < 0)
            return NULL;
        pthread_create(&t, NULL, l->serve, (void *)(intptr_t)fd);
        pthread_detach(t);
    }
}

int listener_bind(int fd)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;

    must(bind(fd, (void *)&a, sizeof a) == 0, "bind");
    must(getsockname(fd, (void *)&a, &len) == 0, "getsockname");
    return ntohs(a.sin_port);
}

void listener_start(struct listener *l, void *(*serve)(void *fd))
{
    l->serve = serve;
    l->fd = socket(AF_INET, SOCK_STREAM, 0);
    l->port = listener_bind(l->fd);
    must(listen(l->fd, 128) == 0, "listen");
    must(pthread_create(&l->thread, NULL, accept_all, l) == 0, "pthread_create");
}

void listener_stop(struct listener *l)
{
    shutdown(l->fd, SHUT_RDWR);
    pthread_join(l->thread, NULL);
    close(l->fd);
    clock_sleep_us(20000);
}

void listener_say(int fd, const char *text)
{
    ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);

    (void)n;
}
