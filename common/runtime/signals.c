#include "signals.h"

#include <signal.h>

static volatile sig_atomic_t stop, hup;

static void on_signal(int number)
{
    if (number == SIGHUP)
        hup = 1;
    else
        stop = 1;
}

void signals_install(void)
{
    struct sigaction a = { .sa_handler = on_signal };

    sigaction(SIGTERM, &a, NULL);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGHUP, &a, NULL);
    a.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &a, NULL);
}

bool signals_stop(void)
{
    return stop;
}

void signals_raise_stop(void)
{
    stop = 1;
}

bool signals_take_hup(void)
{
    bool was = hup;

    hup = 0;
    return was;
}
