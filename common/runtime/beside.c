/* A daemon's second loop (daemon_spec.beside), in a thread of its own. Whichever of the two ends, the other ends too.
 */
#include <stdlib.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "private.h"
#include "signals.h"

struct beside {
    struct daemon daemon;
    pthread_t thread;
    int result;
};

static void *run(void *argument)
{
    struct beside *b = argument;

    b->result = daemon_loop(&b->daemon);
    if (b->result < 0)
        log_error("ended", LOG_STR("part", b->daemon.spec->part), LOG_STR("class", err_class_name(b->result)),
                  LOG_STR("why", err_text()));
    signals_raise_stop();
    if (b->daemon.spec->on_end)
        b->daemon.spec->on_end(&b->daemon);
    return NULL;
}

static void done(struct beside *b)
{
    daemon_done(&b->daemon);
    free(b);
}

int beside_start(struct daemon *d, struct beside **ret)
{
    struct beside *b;
    int r;

    if (!d->spec->beside)
        return 0;
    b = calloc(1, sizeof *b);
    if (!b)
        abort();
    r = daemon_init(&b->daemon, d->spec->beside, d->config);
    b->daemon.face = d;
    daemon_condition(&b->daemon, "postgres", "not connected yet");
    if (r == 0 && pthread_create(&b->thread, NULL, run, b) != 0)
        r = err_set(ERR_FATAL, "no thread for %s", d->spec->beside->part);
    if (r < 0) {
        done(b);
        return r;
    }
    pthread_mutex_lock(&d->lock); /* the health of the other is asked for in another thread */
    d->other = &b->daemon;
    pthread_mutex_unlock(&d->lock);
    *ret = b;
    return 0;
}

int beside_join(struct daemon *d, struct beside *b)
{
    int r;

    if (!b)
        return 0;
    signals_raise_stop();
    pthread_join(b->thread, NULL);
    r = b->result;
    pthread_mutex_lock(&d->lock);
    d->other = NULL;
    pthread_mutex_unlock(&d->lock);
    done(b);
    return r;
}
