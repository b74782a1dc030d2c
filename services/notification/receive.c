#include "receive.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "compose.h"
#include "gateway.h"
#include "receipt_store.h"

#define SETTINGS_US INT64_C(1000000)
#define AWAY_US     INT64_C(10000000) /* PostgreSQL is not tried again before: health is asked for in this thread, too */

struct receiver {
    const struct config *config;
    struct pg_conn *pg;
    struct notice_tenants *tenants;
    struct vault_key master;
    bool has_master, ready;
    int64_t settings_us, away_us; /* read last; not there last, 0: it is */
};

void *receive_open(const struct config *config)
{
    struct receiver *v = calloc(1, sizeof *v);

    if (!v)
        abort();
    v->config = config;
    v->pg = config_pg_new(config, "notification", "receipts");
    v->tenants = notice_tenants_new();
    v->has_master = config->keys.file[0] && vault_read_master(config->keys.file, &v->master) == 0;
    metric_register(&receipt_metric);
    return v;
}

void receive_close(void *context)
{
    struct receiver *v = context;

    notice_tenants_free(v->tenants);
    vault_wipe(&v->master);
    pg_free(v->pg);
    free(v);
}

/* Connected, and the settings not older than a second. */
static int ensure(struct receiver *v)
{
    int r = 0;

    if (!v->has_master)
        return err_set(ERR_FATAL, "no master key");
    if (!v->ready || !pg_connected(v->pg)) {
        if (v->away_us && clock_mono_us() - v->away_us < AWAY_US)
            return err_set(ERR_RETRY, "PostgreSQL was away a moment ago");
        r = pg_connect(v->pg);
        v->ready = r == 0;
        v->away_us = r < 0 ? clock_mono_us() : 0;
    }
    if (r == 0 && clock_mono_us() - v->settings_us > SETTINGS_US) {
        r = notice_tenants_refresh(v->tenants, v->pg, &v->master);
        if (r >= 0)
            v->settings_us = clock_mono_us();
    }
    return r < 0 ? r : 0;
}

/* ---- whose it is ---- */

struct receipt_place {
    const struct notice_tenant *tenant;
    const struct gateway *gateway;
    struct uuid message; /* nil: the path names none */
};

/* Without the tenant's keys nobody's secret can be told from a wrong one. */
static bool is_open(const struct receipt_place *place, const char *given)
{
    char secret[VAULT_HASH_TEXT];

    compose_receipt_secret(place->tenant, place->gateway->name, secret);
    return !place->tenant->has_keys || sodium_memcmp(secret, given, VAULT_HASH_TEXT - 1) == 0;
}

/* "/receipts/<tenant>/<gateway>/<secret>[/<message id>]". Whatever is wrong, the answer is the same. */
static bool find_place(struct receiver *v, struct arena *a, const char *path, struct receipt_place *ret)
{
    char *rest = arena_strdup(a, path + strlen("/receipts/")), *parts[4] = { NULL };

    for (size_t i = 0; i < 4; i++)
        parts[i] = strsep(&rest, "/");
    if (!parts[2] || strlen(parts[2]) != VAULT_HASH_TEXT - 1)
        return false;
    ret->tenant = notice_tenants_find(v->tenants, parts[0]);
    ret->gateway = ret->tenant ? notice_gateway(&ret->tenant->settings, parts[1]) : NULL;
    if (!ret->gateway || !ret->gateway->kind->receipts)
        return false;
    if (!is_open(ret, parts[2]))
        return false;
    if (parts[3])
        uuid_parse(parts[3], strlen(parts[3]), &ret->message);
    return true;
}

/* ---- one request ---- */

static void refuse(struct http_response *r, unsigned status, const char *result, const char *text)
{
    metric_add(&receipt_metric, result, 1);
    r->status = status;
    strbuf_adds(&r->body, text);
}

static void come_again(struct http_response *r, const char *why)
{
    log_warning("a receipt cannot be taken now", LOG_STR("why", why));
    refuse(r, 503, "later", "not now\n");
    r->retry_after_s = 5;
}

static const char *signature_of(const struct http_request *q, const struct gateway *g)
{
    return g->kind->signature_header ? http_header(q, g->kind->signature_header) : "";
}

static void take(struct receiver *v, const struct http_request *q, const struct receipt_place *place,
                 struct http_response *r)
{
    const char *url = arena_printf(q->arena, "%s%s%s%s", place->tenant->settings.receipts_url, q->path,
                                   *q->query ? "?" : "", q->query);
    struct receipt_request request = { .path = q->path,
                                       .query = q->query,
                                       .body = q->body,
                                       .body_len = q->body_len,
                                       .content_type = http_header(q, "Content-Type"),
                                       .signature = signature_of(q, place->gateway),
                                       .url = url,
                                       .now_us = clock_wall_us() };
    const struct receipt_source from = { place->tenant->id, place->gateway->name, place->message };
    struct receipt *items = NULL;
    const char *reply = "";
    size_t count = 0;
    int e = place->gateway->kind->receipts(place->gateway, &request, q->arena, &items, &count, &reply);

    if (e == 1) {
        refuse(r, 403, "signature", "the signature is wrong\n");
        return;
    }
    if (e > 0) {
        refuse(r, 400, "not_understood", "this is not understood\n");
        return;
    }
    if (receipt_store_save(v->pg, q->arena, &from, items, count, request.now_us) < 0) {
        v->ready = false;
        come_again(r, err_text());
        return;
    }
    if (*reply == '{')
        r->content_type = "application/json";
    strbuf_adds(&r->body, reply);
}

static void handle(void *context, const struct http_request *q, struct http_response *r)
{
    struct receiver *v = context;
    struct receipt_place place = { 0 };

    if (ensure(v) < 0)
        come_again(r, err_text());
    else if (!find_place(v, q->arena, q->path, &place))
        refuse(r, 404, "not_found", "not found\n");
    else if (*place.tenant->problem) /* its key, or what signs them, may be missing */
        come_again(r, "the tenant's key or settings cannot be used");
    else
        take(v, q, &place, r);
}

const struct http_route receive_routes[] = {
    { "GET", "/receipts/*", handle },
    { "POST", "/receipts/*", handle },
    { 0 },
};
