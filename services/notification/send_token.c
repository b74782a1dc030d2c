#include "send_token.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/runtime/batch.h"
#include "notification_sql.h"

#define SECOND_US  INT64_C(1000000)
#define AGAIN_US   (30 * SECOND_US)
#define EARLY_S    300 /* a token is given up before its end: a call takes its time */
#define ANSWER_MAX ((size_t)16 << 10)
#define TIMEOUT_MS 10000

/* Where the search for a token stands. */
enum { TOKEN_HELD, TOKEN_WANTED, TOKEN_NOBODYS, TOKEN_ASKED, TOKEN_CAME };

struct token {
    struct token *next;
    char *tenant, *gateway;
    char *value; /* NULL: none */
    char *stale; /* the newest that held no more: it is not taken from the table again */
    int64_t until_us, again_us;
    int expires_s, stands;
    struct arena arena; /* of the call */
    struct transfer transfer;
};

struct tokens {
    struct token *first;
};

struct tokens *tokens_new(void)
{
    struct tokens *t = calloc(1, sizeof *t);

    if (!t)
        abort();
    return t;
}

static void wipe(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

void tokens_free(struct tokens *all)
{
    while (all->first) {
        struct token *t = all->first;

        all->first = t->next;
        wipe(&t->value);
        wipe(&t->stale);
        transfer_done(&t->transfer);
        arena_done(&t->arena);
        free(t->tenant);
        free(t->gateway);
        free(t);
    }
    free(all);
}

static char *copy(const char *text)
{
    char *fresh = strdup(text);

    if (!fresh)
        abort();
    return fresh;
}

static struct token *find(struct tokens *all, const char *tenant, const char *gateway)
{
    struct token *t = all->first;

    while (t && (strcmp(t->tenant, tenant) != 0 || strcmp(t->gateway, gateway) != 0))
        t = t->next;
    if (t)
        return t;
    t = calloc(1, sizeof *t);
    if (!t)
        abort();
    arena_init(&t->arena, 0);
    t->tenant = copy(tenant);
    t->gateway = copy(gateway);
    t->next = all->first;
    all->first = t;
    return t;
}

const char *tokens_get(struct tokens *all, const struct notice_tenant *tenant, const struct gateway *g)
{
    int64_t now_us = clock_mono_us();
    struct token *t;

    if (!g->kind->build_token)
        return "";
    t = find(all, tenant->id, g->name);
    if (t->value && t->until_us > now_us)
        return t->value;
    if (t->stands == TOKEN_HELD && now_us >= t->again_us)
        t->stands = TOKEN_WANTED;
    return NULL;
}

void tokens_drop(struct tokens *all, const struct notice_tenant *tenant, const struct gateway *g)
{
    struct token *t = find(all, tenant->id, g->name);

    if (t->stands == TOKEN_CAME) /* newer than the call */
        return;
    wipe(&t->stale);
    t->stale = t->value;
    t->value = NULL;
}

static void hold(struct token *t, const char *value, int64_t until_us)
{
    wipe(&t->value);
    t->value = copy(value);
    t->until_us = until_us;
    t->stands = TOKEN_HELD;
}

/* ---- shared ---- */

static const char *context_of(struct arena *a, const struct token *t)
{
    return arena_printf(a, "token:%s", t->gateway);
}

static int look_up(struct batch *b, struct token *t, const struct notice_tenant *tenant)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_params p;
    const void *sealed;
    const char *value;
    size_t len, plain_len;
    int r;

    pg_params_init(&p, b->arena);
    pg_param_text(&p, t->tenant);
    pg_param_text(&p, t->gateway);
    r = pg_exec(b->pg, &notification_load_token, &p, &rows);
    if (r < 0)
        return r;
    t->stands = TOKEN_NOBODYS;
    if (pg_rows(rows) == 0)
        return 0;
    sealed = pg_bytes(rows, 0, 0, &len);
    value = vault_open(b->arena, &tenant->seal_key, context_of(b->arena, t), sealed, len, &plain_len);
    if (value && (!t->stale || strcmp(t->stale, value) != 0))
        hold(t, value, clock_mono_us() + pg_time_us(rows, 0, 1) - b->now_us);
    return 0;
}

static int keep(struct batch *b, struct token *t, const struct notice_tenant *tenant)
{
    struct pg_params p;
    size_t len;
    void *sealed = vault_seal(b->arena, &tenant->seal_key, context_of(b->arena, t), t->value, strlen(t->value), &len);

    pg_params_init(&p, b->arena);
    pg_param_text(&p, t->tenant);
    pg_param_text(&p, t->gateway);
    pg_param_bytes(&p, sealed, len);
    pg_param_int4(&p, t->expires_s);
    t->stands = TOKEN_HELD; /* should this transaction fail, another instance asks for one of its own */
    return pg_exec(b->pg, &notification_save_token, &p, NULL);
}

int tokens_share(struct batch *b, struct tokens *all, const struct notice_tenants *tenants)
{
    int r = 0;

    for (struct token *t = all->first; r == 0 && t; t = t->next) {
        const struct notice_tenant *tenant = notice_tenants_find(tenants, t->tenant);

        if (!tenant || !tenant->has_keys)
            continue; /* it would be sealed with a key that everybody knows */
        if (t->stands == TOKEN_CAME)
            r = keep(b, t, tenant);
        else if (t->stands == TOKEN_WANTED)
            r = look_up(b, t, tenant);
    }
    return r;
}

/* ---- fetched ---- */

size_t tokens_fetch(struct tokens *all, const struct notice_tenants *tenants, struct http_client *http)
{
    size_t begun = 0;

    for (struct token *t = all->first; t; t = t->next) {
        const struct notice_tenant *tenant = notice_tenants_find(tenants, t->tenant);
        const struct gateway *g = tenant ? notice_gateway(&tenant->settings, t->gateway) : NULL;

        if (!g || t->stands != TOKEN_NOBODYS)
            continue;
        t->stands = TOKEN_HELD;
        t->again_us = clock_mono_us() + AGAIN_US;
        t->transfer = (struct transfer){ .timeout_ms = TIMEOUT_MS,
                                         .connect_timeout_ms = TIMEOUT_MS / 2,
                                         .max_answer = ANSWER_MAX };
        if (g->kind->build_token(g, &t->arena, &t->transfer) > 0)
            continue;
        t->stands = TOKEN_ASKED;
        http_client_start(http, &t->transfer);
        begun++;
    }
    return begun;
}

static void read_token(struct token *t, const struct gateway *g)
{
    const char *value, *code = "no answer";

    t->stands = TOKEN_HELD;
    if (t->transfer.end != TRANSFER_ANSWERED ||
        g->kind->read_token(&t->transfer, &t->arena, &value, &t->expires_s, &code) > 0) {
        log_error("no access token: nothing goes through this gateway", LOG_STR("tenant", t->tenant),
                  LOG_STR("gateway", t->gateway), LOG_STR("code", code));
        return;
    }
    t->expires_s -= EARLY_S < t->expires_s / 2 ? EARLY_S : t->expires_s / 2;
    hold(t, value, clock_mono_us() + t->expires_s * SECOND_US);
    t->again_us = 0;
    t->stands = TOKEN_CAME;
}

bool tokens_take(struct tokens *all, const struct notice_tenants *tenants, struct transfer *done)
{
    for (struct token *t = all->first; t; t = t->next) {
        const struct notice_tenant *tenant;
        const struct gateway *g;

        if (&t->transfer != done)
            continue;
        tenant = notice_tenants_find(tenants, t->tenant);
        g = tenant ? notice_gateway(&tenant->settings, t->gateway) : NULL;
        if (g)
            read_token(t, g);
        transfer_done(&t->transfer);
        arena_reset(&t->arena);
        return true;
    }
    return false;
}
