#include "send.h"

#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "notification_sql.h"
#include "retold.h"
#include "send_private.h"

#define IDLE_MS      50  /* how long a new message may lie at most before somebody looks */
#define BUSY_MS      2   /* the same where one has just gone: where one is there are more */
#define MEANWHILE_MS 100 /* PostgreSQL's answer is looked for, whatever the socket says */
#define SETTINGS_US  INT64_C(1000000)
#define DRAIN_US     INT64_C(70000000) /* longer than any call takes */
#define LAST_TRIES   3                 /* to write the last answers */

/* ---- settings, tokens ---- */

/* Calls under way keep the settings that they began with: one that hangs holds up nobody. */
static int read_settings(struct sender *s, struct daemon *d)
{
    struct notice_tenants *fresh = notice_tenants_new();
    int r = notice_tenants_refresh(fresh, daemon_pg(d), daemon_master_key(d));

    if (r < 0) {
        notice_tenants_free(fresh);
        return r;
    }
    notice_tenants_free(s->tenants);
    s->tenants = fresh;
    s->changed = false;
    return 0;
}

static int refresh(struct sender *s, struct daemon *d)
{
    int r;

    if (clock_mono_us() - s->settings_us > SETTINGS_US) {
        r = notice_tenants_changed(s->tenants, daemon_pg(d));
        if (r < 0)
            return r;
        s->changed = r > 0;
        s->settings_us = clock_mono_us();
    }
    return s->changed && !s->token_calls ? read_settings(s, d) : 0;
}

static void take_tokens(struct sender *s)
{
    struct transfer *t;

    while ((t = s->tokens_heard)) {
        s->tokens_heard = t->next;
        s->token_calls--;
        tokens_take(s->tokens, s->tenants, t);
    }
}

static void fetch_tokens(struct sender *s)
{
    size_t begun = tokens_fetch(s->tokens, s->tenants, s->http);

    s->running += begun;
    s->token_calls += begun;
}

/* ---- the loop ---- */

/* One transaction: what was answered, and what goes next. */
static int exchange(struct batch *b)
{
    struct sender *s = daemon_state(b->daemon);
    bool more = !s->changed && !s->careful && retold_reader_done(s->retold) && !daemon_stopping(b->daemon);
    int r = s->finished.count ? send_settle(b, s) : 0;

    if (r == 0 && s->finished.count)
        r = ask_settle(b, s);
    if (r == 0)
        r = tokens_share(b, s->tokens, s->tenants);
    if (r == 0)
        r = mailboxes_save(s->mailboxes, b->pg, b->arena, b->now_us);
    if (r == 0 && more)
        r = send_claim(b, s);
    if (r == 0 && more)
        r = ask_claim(b, s);
    return r;
}

/* What was answered and what came back is written. */
static void settled(struct sender *s)
{
    call_list_free(&s->finished);
    mailboxes_saved(s->mailboxes);
    call_list_move(&s->put_off, &s->finished, SIZE_MAX);
    s->careful = s->finished.count > 0;
}

static int transact(struct sender *s, struct daemon *d)
{
    static const struct daemon_timer timer = { .name = "send", .run = exchange };
    struct call *c;
    int r;

    breakers_turn(s->breakers);
    if (!s->careful)
        call_list_move(&s->heard, &s->finished, SIZE_MAX);
    r = daemon_transact(d, &timer);
    if (r == ERR_UNCERTAIN)
        s->uncertain = s->claimed.count > 0; /* answers are written again: what stands already is left as it is */
    while (r < 0 && r != ERR_UNCERTAIN && (c = call_list_take(&s->claimed)))
        send_drop(c);
    if (r == ERR_POISON)
        send_set_aside(s);
    if (r == 0)
        settled(s);
    return r;
}

static int step(struct daemon *d, int wait_ms)
{
    struct sender *s = daemon_state(d);
    int r = s->uncertain ? send_resolve(s, d) : retold_reader_step(s->retold, d);

    if (r == 0)
        r = refresh(s, d);
    if (r == 0 && !s->claimed.count)
        r = transact(s, d);
    if (r < 0)
        return r;
    s->idle_ms = s->claimed.count ? BUSY_MS : s->idle_ms * 2 < IDLE_MS ? s->idle_ms * 2 : IDLE_MS;
    call_list_move(&s->claimed, &s->ready, SIZE_MAX);
    send_start(s, d);
    fetch_tokens(s);
    mailboxes_step(s->mailboxes, s->tenants, !daemon_stopping(d));
    if (!s->heard.count && !s->finished.count)
        http_client_wait(s->http, wait_ms < s->idle_ms ? wait_ms : s->idle_ms);
    send_hear(s, d);
    take_tokens(s);
    return 0;
}

/* Calls go on while PostgreSQL works. */
static void meanwhile(void *user, int fd)
{
    struct daemon *d = user;
    struct sender *s = daemon_state(d);

    http_client_wait_beside(s->http, fd, MEANWHILE_MS);
    send_hear(s, d);
}

/* While it waits for PostgreSQL to come back. */
static void on_pause(struct daemon *d, int64_t ms)
{
    struct sender *s = daemon_state(d);
    int64_t end_us = clock_mono_us() + ms * 1000;

    if (s)
        send_hear_out(s, d, ms * 1000);
    clock_sleep_us(end_us - clock_mono_us());
}

static int on_start(struct daemon *d)
{
    struct sender *s = daemon_state(d);

    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s)
            abort();
        s->tenants = notice_tenants_new();
        s->http = http_client_new((int)daemon_config(d)->notification.in_flight);
        s->breakers = breakers_new();
        s->tokens = tokens_new();
        s->mailboxes = mailboxes_new();
        s->changed = true;
        s->idle_ms = IDLE_MS;
        daemon_set_state(d, s);
        send_calls_metrics();
    }
    s->retold = retold_reader_start(s->retold, daemon_config(d));
    pg_do_meanwhile(daemon_pg(d), meanwhile, d);
    return pg_script(daemon_pg(d), SEND_SESSION);
}

/* The connection is gone; the calls under way are not. */
static void on_stop(struct daemon *d)
{
    struct sender *s = daemon_state(d);

    if (s)
        send_give_back(s);
}

static void write_last_answers(struct sender *s, struct daemon *d)
{
    for (int tries = 0; tries < LAST_TRIES && pg_connected(daemon_pg(d)); tries++) {
        if (!s->heard.count && !s->finished.count)
            return;
        if (transact(s, d) < 0)
            log_warning("answers could not be written", LOG_INT("answers", (int64_t)s->finished.count),
                        LOG_STR("why", err_text()));
    }
}

/* What is under way must be heard to its end: what is not heard is unknown for ever. What was never called goes back.
 */
static void on_end(struct daemon *d)
{
    struct sender *s = daemon_state(d);

    if (!s)
        return;
    send_start(s, d);
    send_hear_out(s, d, DRAIN_US);
    write_last_answers(s, d);
    pg_do_meanwhile(daemon_pg(d), NULL, NULL);
    call_list_free(&s->claimed);
    call_list_free(&s->ready);
    call_list_free(&s->heard);
    call_list_free(&s->finished);
    call_list_free(&s->put_off);
    http_client_free(s->http);
    breakers_free(s->breakers);
    tokens_free(s->tokens);
    mailboxes_free(s->mailboxes);
    retold_reader_free(s->retold);
    notice_tenants_free(s->tenants);
    free(s);
    daemon_set_state(d, NULL);
}

const struct daemon_spec send_spec = {
    .name = "notification",
    .part = "send",
    .summary = "sends what is queued",
    .on_start = on_start,
    .on_stop = on_stop,
    .on_step = step,
    .on_pause = on_pause,
    .on_end = on_end,
    .statements = notification_statements,
    .migrations = notification_migrations,
    .needs_master_key = true,
};
