#include "notify_secret.h"

#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/vault/vault.h"
#include "ctl_sql.h"
#include "services/notification/compose.h"
#include "services/notification/notice_facts.h"
#include "services/notification/notice_file.h"

#define TEST_WAIT_US INT64_C(90000000)
#define TEST_LOOK_US 200000

/* The columns of notify_show.sql that are looked at here. */
enum { ID = 0, STATE = 9, CODE = 12 };

/* ---- a tenant with its keys ---- */

static int open_keys(struct ctl *c, const struct pg_result *r, struct notice_tenant *t)
{
    struct vault_key master, data_key;
    size_t len;
    const void *wrapped = pg_bytes(r, 0, 2, &len);

    if (!c->config->keys.file[0])
        return ctl_fail(CTL_FAILURE, "keys.file is not set: this needs the tenant's key");
    if (vault_read_master(c->config->keys.file, &master) < 0)
        return ctl_fail_err(ERR_FATAL);
    t->has_keys = vault_open_data_key(c->arena, &master, t->id, wrapped, len, &data_key);
    vault_wipe(&master);
    if (!t->has_keys)
        return ctl_fail(CTL_CONFLICT, "the key in %s does not open tenant %s", c->config->keys.file, t->id);
    vault_derive(&data_key, VAULT_SEAL, &t->seal_key);
    vault_derive(&data_key, VAULT_HASH, &t->hash_key);
    vault_wipe(&data_key);
    return CTL_OK;
}

static void close_keys(struct notice_tenant *t)
{
    vault_wipe(&t->seal_key);
    vault_wipe(&t->hash_key);
}

/* --tenant, its settings and its keys. 0, or the exit status. */
static int open_tenant(struct ctl *c, struct pg_conn *pg, struct notice_tenant *t)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    int e;

    *t = (struct notice_tenant){ .id = ctl_option(c, "tenant") };
    pg_params_init(&p, c->arena);
    pg_param_text(&p, t->id);
    e = pg_exec(pg, &ctl_notify_settings, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    if (pg_rows(r) == 0)
        return ctl_fail(CTL_NOT_FOUND, "there is no tenant %s", t->id);
    t->name = pg_text_copy(c->arena, r, 0, 1);
    if (pg_is_null(r, 0, 3)) {
        e = notice_standard(c->arena, &t->settings);
    } else {
        const char *text = pg_text_copy(c->arena, r, 0, 3);
        e = notice_load_text(c->arena, "settings", text, strlen(text), false, &t->settings);
    }
    return e < 0 ? ctl_fail(CTL_FAILURE, "%s", err_text()) : open_keys(c, r, t);
}

/* ---- test ---- */

struct testing {
    struct ctl *ctl;
    struct pg_conn *pg;
    struct notice_tenant tenant;
    const struct gateway *gateway;
    enum notice_channel channel;
    struct uuid id;
};

static int queue_test(struct testing *t)
{
    struct arena *a = t->ctl->arena;
    bool group = t->channel == NOTICE_GROUP || t->channel == NOTICE_WEBHOOK;
    const char *to = ctl_option(t->ctl, "to") ? ctl_option(t->ctl, "to") : "";
    struct notice_facts facts;
    struct pg_params p;
    char id[UUID_TEXT_SIZE];
    void *sealed;
    size_t len;

    t->id = uuid_new(clock_wall_us());
    uuid_format(&t->id, id);
    sealed = vault_seal(a, &t->tenant.seal_key, arena_printf(a, "test:%s", id), to, strlen(to), &len);
    notice_facts_init(&facts);
    notice_facts_set(a, &facts, "tenant", t->tenant.name);
    notice_facts_set(a, &facts, "sign", t->tenant.settings.sign);
    pg_params_init(&p, a);
    pg_param_uuid(&p, &t->id);
    pg_param_text(&p, t->tenant.id);
    pg_param_int4(&p, group ? NOTICE_TO_GROUP : NOTICE_TO_LIST);
    pg_param_int4(&p, (int32_t)t->channel);
    pg_param_text(&p, t->tenant.settings.locale);
    pg_param_text(&p, notice_facts_write(a, &facts));
    pg_param_bytes(&p, sealed, len);
    pg_param_text(&p, t->gateway->name);
    return pg_exec(t->pg, &ctl_notify_test, &p, NULL);
}

/* Until it has left, or has come to its end. */
static int wait_for_test(struct testing *t, struct pg_result **ret)
{
    static const char *const open[] = { "queued", "held", "sending" };
    int64_t end_us = clock_mono_us() + TEST_WAIT_US;
    struct pg_params p;

    pg_params_init(&p, t->ctl->arena);
    pg_param_uuid(&p, &t->id);
    for (;;) {
        bool waits = false;
        int e = pg_exec(t->pg, &ctl_notify_show, &p, ret);

        if (e < 0)
            return e;
        for (size_t i = 0; i < 3; i++)
            waits = waits || strcmp(pg_text(*ret, 0, STATE), open[i]) == 0;
        if (!waits || clock_mono_us() > end_us)
            return 0;
        pg_result_free(*ret);
        *ret = NULL;
        clock_sleep_us(TEST_LOOK_US);
    }
}

static int print_test(struct ctl *c, const struct pg_result *r)
{
    const char *state = pg_text(r, 0, STATE), *code = pg_text(r, 0, CODE);
    struct uuid id = pg_uuid(r, 0, ID);
    char text[UUID_TEXT_SIZE];

    uuid_format(&id, text);
    if (c->output == CTL_TABLE)
        printf("%s %s%s%s\n", text, state, *code ? ": " : "", code);
    else
        printf("{\"id\":\"%s\",\"state\":\"%s\",\"code\":\"%s\"}\n", text, state, code);
    if (strcmp(state, "queued") == 0)
        return ctl_fail(CTL_UNAVAILABLE, "nobody took it: does redress-notification run?");
    return strcmp(state, "sent") == 0 || strcmp(state, "delivered") == 0 ? CTL_OK : CTL_FAILURE;
}

static int run_test(struct testing *t)
{
    _cleanup_(pg_result_freep) struct pg_result *message = NULL;
    const char *name = ctl_option(t->ctl, "gateway");
    int e;

    t->gateway = notice_gateway(&t->tenant.settings, name);
    if (!t->gateway)
        return ctl_fail(CTL_NOT_FOUND, "tenant %s has no gateway %s", t->tenant.id, name);
    for (t->channel = NOTICE_SMS; !(t->gateway->kind->channels & 1U << t->channel);)
        t->channel++;
    e = queue_test(t);
    if (e == 0)
        e = wait_for_test(t, &message);
    return e < 0 ? ctl_fail_err(e) : print_test(t->ctl, message);
}

int notify_test(struct ctl *c)
{
    struct testing t = { .ctl = c };
    int status;

    if (!ctl_option(c, "tenant") || !ctl_option(c, "gateway"))
        return ctl_fail(CTL_USAGE, "notify test needs --tenant CODE and --gateway NAME");
    t.pg = ctl_pg(c);
    if (!t.pg)
        return CTL_UNAVAILABLE;
    status = open_tenant(c, t.pg, &t.tenant);
    if (status == CTL_OK)
        status = run_test(&t);
    close_keys(&t.tenant);
    return status;
}

/* ---- receipts-url ---- */

static void add_url(struct ctl_rows *rows, struct ctl *c, const struct notice_tenant *t, const struct gateway *g)
{
    char secret[VAULT_HASH_TEXT];

    compose_receipt_secret(t, g->name, secret);
    ctl_add_text(rows, g->name);
    ctl_add_text(rows, g->kind->name);
    ctl_add_text(rows,
                 arena_printf(c->arena, "%s/receipts/%s/%s/%s", t->settings.receipts_url, t->id, g->name, secret));
}

static int print_urls(struct ctl *c, const struct notice_tenant *t)
{
    static const struct ctl_column columns[] = { { "gateway", "gateway", CTL_TEXT },
                                                 { "kind", "kind", CTL_TEXT },
                                                 { "url", "url", CTL_TEXT } };
    const char *name = ctl_option(c, "gateway");
    struct ctl_rows *rows = ctl_rows_new(c, columns, 3);
    size_t found = 0;

    for (size_t i = 0; i < t->settings.gateway_count; i++) {
        const struct gateway *g = &t->settings.gateways[i];

        if (!g->kind->receipts || (name && strcmp(g->name, name) != 0))
            continue;
        add_url(rows, c, t, g);
        found++;
    }
    ctl_rows_end(rows);
    if (found == 0)
        return ctl_fail(CTL_NOT_FOUND, "tenant %s has no such gateway that sends receipts", t->id);
    if (!*t->settings.receipts_url)
        return ctl_fail(CTL_FAILURE, "receipts_url is not set in the tenant's file: only the path is known");
    return CTL_OK;
}

int notify_receipts_url(struct ctl *c)
{
    struct pg_conn *pg;
    struct notice_tenant t = { 0 };
    int status;

    if (!ctl_option(c, "tenant"))
        return ctl_fail(CTL_USAGE, "notify receipts-url needs --tenant CODE");
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    status = open_tenant(c, pg, &t);
    if (status == CTL_OK)
        status = print_urls(c, &t);
    close_keys(&t);
    return status;
}
