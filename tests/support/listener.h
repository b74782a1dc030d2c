/* A small server of a test's own on the loopback: a thread for each connection, which the test's function serves. */
#pragma once

#include <pthread.h>

struct listener {
    int fd, port;
    pthread_t thread;
    void *(*serve)(void *fd); /* (int)(intptr_t)fd; closes it */
};

/* On a free port, from now on. Ends the program with a message where that cannot be. */
void listener_start(struct listener *l, void *(*serve)(void *fd));

/* Takes no more; those who are connected see the end of their connections by themselves. */
void listener_stop(struct listener *l);

/* Binds the socket to a free port of the loopback and returns it. */
int listener_bind(int fd);

/* The whole text; a client that is gone is none of the server's business. */
void listener_say(int fd, const char *text);
