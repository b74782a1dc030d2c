#include "signals.h"

#include <signal.h>
#include <stdatomic.h>

/* Both loops of a daemon look at them; without a lock they are as good as sig_atomic_t in a handler. */
static atomic_bool stop, hup;

static void on_signal(int number)
{
    if (number == SIGHUP)
        hup = true;
    else
        stop = true;
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
    stop = true;
}

bool signals_take_hup(void)
{
    return atomic_exchange(&hup, false);
}
