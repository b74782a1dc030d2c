/* /livez: the loop turns. /readyz: and nothing is missing, or what is. /metrics. */
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "private.h"

#define STUCK_US INT64_C(120000000)

static void livez(void *context, const struct http_request *q, struct http_response *r)
{
    struct daemon *d = context;
    int64_t silent_us = clock_mono_us() - d->alive_us;

    (void)q;
    pthread_mutex_lock(&d->lock);
    if (d->other && clock_mono_us() - d->other->alive_us > silent_us)
        silent_us = clock_mono_us() - d->other->alive_us;
    pthread_mutex_unlock(&d->lock);
    if (silent_us < STUCK_US) {
        strbuf_adds(&r->body, "ok\n");
        return;
    }
    r->status = 503;
    strbuf_printf(&r->body, "the loop has not turned for %lld s\n", (long long)(silent_us / 1000000));
}

static void readyz(void *context, const struct http_request *q, struct http_response *r)
{
    struct daemon *d = context;
    int missing = 0;

    (void)q;
    pthread_mutex_lock(&d->lock);
    for (int i = 0; i < d->condition_count; i++)
        missing += d->conditions[i].why[0] != '\0';
    if (missing)
        r->status = 503;
    strbuf_adds(&r->body, missing ? "not ready\n" : "ready\n");
    for (int i = 0; i < d->condition_count; i++)
        strbuf_printf(&r->body, "%s%s%s: %s\n", d->conditions[i].of, d->conditions[i].of[0] ? " " : "",
                      d->conditions[i].name, d->conditions[i].why[0] ? d->conditions[i].why : "ok");
    pthread_mutex_unlock(&d->lock);
}

static void metrics(void *context, const struct http_request *q, struct http_response *r)
{
    (void)context;
    (void)q;
    r->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&r->body);
}

static const struct http_route routes[] = {
    { "GET", "/livez", livez },
    { "GET", "/readyz", readyz },
    { "GET", "/metrics", metrics },
    { 0 },
};

int health_start(struct daemon *d)
{
    struct metric *const shown[] = { &metric_batches,    &metric_records, &metric_repeats,   &metric_dead_letters,
                                     &metric_retries,    &metric_txn,     &metric_lag_age,   &metric_lag_records,
                                     &metric_arena_peak, &metric_events,  &metric_timer_runs };
    int r;

    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        metric_register(shown[i]);
    if (d->spec->routes)
        d->routes_context = d->spec->routes_context(d->config);
    r = http_server_start(&(struct http_server_spec){ .address = d->config->http.address,
                                                      .port = (int)d->config->http.port,
                                                      .routes = routes,
                                                      .context = d,
                                                      .more = d->spec->routes,
                                                      .more_context = d->routes_context,
                                                      .requests_per_second = (int)d->config->http.requests_per_second },
                          &d->http);
    if (r == 0)
        log_info("listening for health and metrics", LOG_STR("address", d->config->http.address),
                 LOG_INT("port", http_server_port(d->http)));
    return r;
}
