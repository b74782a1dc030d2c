#include "notify_act.h"

#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "ctl_sql.h"
#include "services/notification/notice.h"

static const char *option_or_empty(const struct ctl *c, const char *name)
{
    const char *value = ctl_option(c, name);

    return value ? value : "";
}

int notify_id_of(const char *text, struct uuid *ret)
{
    if (!uuid_parse(text, strlen(text), ret))
        return ctl_fail(CTL_USAGE, "%s is no message's id; redressctl notify list shows them", text);
    return 0;
}

/* One statement with the id, on each; what it does not fit is said. */
static int each_message(struct ctl *c, const struct pg_statement *s, const char *done, const char *otherwise)
{
    struct pg_conn *pg = ctl_pg(c);
    int status = CTL_OK;

    if (!pg)
        return CTL_UNAVAILABLE;
    for (int i = 0; i < c->argc; i++) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        struct pg_params p;
        struct uuid id;
        int e = notify_id_of(c->argv[i], &id);

        if (e)
            return e;
        pg_params_init(&p, c->arena);
        pg_param_uuid(&p, &id);
        e = pg_exec(pg, s, &p, &r);
        if (e < 0)
            return ctl_fail_err(e);
        if (pg_rows(r) == 0)
            status = ctl_fail(CTL_CONFLICT, "%s: %s", c->argv[i], otherwise);
        else if (c->output == CTL_TABLE)
            printf("%s: %s\n", c->argv[i], done);
        else
            printf("{\"id\":\"%s\",\"state\":\"%s\"}\n", c->argv[i], done);
    }
    return status;
}

/* Which messages are meant: as notify list filters them, as far as they still wait. */
struct waiting {
    bool any;    /* some filter was given */
    int channel; /* 0: every */
    bool queued, held;
};

static int read_waiting(struct ctl *c, bool held_too, struct waiting *ret)
{
    static const char *const filters[] = { "tenant", "number", "state", "gateway", "channel", "event" };
    const char *state = option_or_empty(c, "state"), *channel = option_or_empty(c, "channel");

    *ret = (struct waiting){ .queued = strcmp(state, "held") != 0,
                             .held = strcmp(state, "held") == 0 || (!*state && held_too) };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        ret->any = ret->any || ctl_option(c, filters[i]);
    if (*state && strcmp(state, "queued") != 0 && strcmp(state, "held") != 0)
        return ctl_fail(CTL_USAGE, "--state is queued or held: the others have left or have ended");
    for (int i = 0; *channel && notice_channel_names[i]; i++)
        if (strcmp(notice_channel_names[i], channel) == 0)
            ret->channel = i + 1;
    if (*channel && !ret->channel)
        return ctl_fail(CTL_USAGE, "there is no channel %s", channel);
    return 0;
}

static void say_how_many(struct ctl *c, const char *done, int64_t count)
{
    bool only_asked = ctl_option(c, "dry-run") != NULL;

    if (c->output == CTL_TABLE)
        printf("%lld %s %s%s\n", (long long)count, count == 1 ? "message" : "messages", only_asked ? "would be " : "",
               done);
    else
        printf("{\"state\":\"%s\",\"messages\":%lld,\"dryRun\":%s}\n", done, (long long)count,
               only_asked ? "true" : "false");
}

/* What `notify hold`, `release` and `cancel` do, to some or to many. */
struct acting {
    const struct pg_statement *one, *all;
    const char *done, *otherwise;
    bool wants_state; /* many: by --state what is queued or held; without it what is queued */
    bool held_too;    /* without it, both */
};

/* One statement for all that fit. */
static int all_messages(struct ctl *c, const struct acting *s, const struct waiting *w)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_conn *pg = ctl_pg(c);
    struct pg_params p;
    int e;

    if (!pg)
        return CTL_UNAVAILABLE;
    pg_params_init(&p, c->arena);
    pg_param_text(&p, option_or_empty(c, "tenant"));
    pg_param_text(&p, option_or_empty(c, "number"));
    pg_param_text(&p, option_or_empty(c, "gateway"));
    pg_param_int4(&p, w->channel);
    pg_param_text(&p, option_or_empty(c, "event"));
    if (s->wants_state) {
        pg_param_bool(&p, w->queued);
        pg_param_bool(&p, w->held);
    }
    pg_param_bool(&p, ctl_option(c, "dry-run") != NULL);
    e = pg_exec(pg, s->all, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    say_how_many(c, s->done, pg_int8(r, 0, 0));
    return CTL_OK;
}

/* By ids, by filters, or all: exactly one of them, so that nothing happens to all by a slip. */
static int act_on_messages(struct ctl *c, const struct acting *s)
{
    bool all = ctl_option(c, "all") != NULL;
    struct waiting w;
    int e = read_waiting(c, s->held_too, &w);

    if (e)
        return e;
    if ((c->argc > 0) + w.any + all != 1)
        return ctl_fail(CTL_USAGE, "which messages: ids, or filters as of notify list, or --all for all that wait");
    if (c->argc > 0 && ctl_option(c, "dry-run"))
        return ctl_fail(CTL_USAGE, "--dry-run goes with filters or --all; notify show ID shows one");
    return c->argc > 0 ? each_message(c, s->one, s->done, s->otherwise) : all_messages(c, s, &w);
}

int notify_hold(struct ctl *c)
{
    static const struct acting hold = { .one = &ctl_notify_hold,
                                        .all = &ctl_notify_hold_all,
                                        .done = "held",
                                        .otherwise = "has left already, or is told by another message",
                                        .wants_state = true };

    return act_on_messages(c, &hold);
}

int notify_release(struct ctl *c)
{
    static const struct acting release = { .one = &ctl_notify_release,
                                           .all = &ctl_notify_release_all,
                                           .done = "queued",
                                           .otherwise = "is not held, or is told by another message" };

    return act_on_messages(c, &release);
}

int notify_cancel(struct ctl *c)
{
    static const struct acting cancel = { .one = &ctl_notify_cancel,
                                          .all = &ctl_notify_cancel_all,
                                          .done = "cancelled",
                                          .otherwise = "has left already, or is told by another message",
                                          .wants_state = true,
                                          .held_too = true };

    return act_on_messages(c, &cancel);
}

int notify_resend(struct ctl *c)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_conn *pg;
    struct pg_params p;
    struct uuid id, fresh = uuid_new(clock_wall_us());
    char text[UUID_TEXT_SIZE];
    int e = notify_id_of(c->argv[0], &id);

    if (e)
        return e;
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &id);
    pg_param_bool(&p, ctl_option(c, "even-unknown") != NULL);
    pg_param_uuid(&p, &fresh);
    e = pg_exec(pg, &ctl_notify_resend, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    if (pg_rows(r) == 0)
        return ctl_fail(CTL_CONFLICT,
                        "%s: only what failed, expired or was cancelled is sent again; where nobody knows "
                        "whether it was sent, --even-unknown says that a second one is meant",
                        c->argv[0]);
    uuid_format(&fresh, text);
    if (c->output == CTL_TABLE)
        printf("sent again as %s\n", text);
    else
        printf("{\"id\":\"%s\"}\n", text);
    return CTL_OK;
}
