#include "commitments_store.h"

#include <string.h>

#include "common/base/error.h"
#include "ctl_sql.h"
#include "recording.h"

#define FILE_BYTES ((size_t)4 << 20)

struct saving {
    struct pg_conn *pg;
    struct arena *arena;
    const struct commitments_file *file;
    const char *to_running;
    struct commitments_saved *saved;
};

static int recompute(struct saving *s, const char *policy, int version, const char *reason)
{
    struct pg_params p;

    pg_params_init(&p, s->arena);
    pg_param_text(&p, s->file->tenant.id);
    pg_param_text(&p, policy);
    pg_param_int4(&p, version);
    pg_param_text(&p, reason);
    return pg_exec(s->pg, &ctl_policy_recompute, &p, NULL);
}

/* A calendar that changes moves the clocks that run by it, provisional ones above all. */
static int save_calendar(struct saving *s, const struct commitments_calendar *cal)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    struct str text;
    int r = file_read(s->arena, cal->path, FILE_BYTES, &text);

    if (r < 0)
        return r;
    pg_params_init(&p, s->arena);
    pg_param_text(&p, s->file->tenant.id);
    pg_param_text(&p, cal->name);
    pg_param_textn(&p, text.data, text.len);
    r = pg_exec(s->pg, &ctl_policy_save_calendar, &p, &res);
    if (r < 0 || pg_rows(res) == 0)
        return r;
    s->saved->calendars++;
    if (pg_int4(res, 0, 0) == 1)
        return 0; /* nothing ran by it */
    return recompute(s, "", 0, arena_printf(s->arena, "calendar %s version %d", cal->name, pg_int4(res, 0, 0)));
}

/* 0: it is not there; 1: it is, the same; COMMITMENTS_CONFLICT + 1: it is, another. */
static int look_for(struct saving *s, const struct sla_policy *policy, struct str text)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    int r;

    pg_params_init(&p, s->arena);
    pg_param_text(&p, s->file->tenant.id);
    pg_param_text(&p, policy->code);
    pg_param_int4(&p, policy->version);
    pg_param_textn(&p, text.data, text.len);
    r = pg_exec(s->pg, &ctl_policy_version, &p, &res);
    if (r < 0 || pg_rows(res) == 0)
        return r;
    return pg_bool(res, 0, 0) ? 1 : COMMITMENTS_CONFLICT + 1;
}

static int save_policy(struct saving *s, const struct sla_policy *policy)
{
    struct pg_params p;
    struct str text;
    int r = file_read(s->arena, policy->file, FILE_BYTES, &text);

    if (r == 0)
        r = look_for(s, policy, text);
    if (r == COMMITMENTS_CONFLICT + 1) {
        s->saved->conflict = policy->code;
        s->saved->conflict_version = policy->version;
        return COMMITMENTS_CONFLICT;
    }
    if (r != 0)
        return r < 0 ? r : 0;
    pg_params_init(&p, s->arena);
    pg_param_text(&p, s->file->tenant.id);
    pg_param_text(&p, policy->code);
    pg_param_int4(&p, policy->version);
    pg_param_int4(&p, policy->effective_from);
    pg_param_textn(&p, text.data, text.len);
    r = pg_exec(s->pg, &ctl_policy_save_version, &p, NULL);
    if (r < 0)
        return r;
    s->saved->policies++;
    return s->to_running ? recompute(s, policy->code, policy->version, s->to_running) : 0;
}

static int save_all(struct saving *s)
{
    struct pg_params p;
    int64_t tenants = 0;
    int r = pg_exec(s->pg, &ctl_policy_lock, NULL, NULL);

    pg_params_init(&p, s->arena);
    pg_param_text(&p, s->file->tenant.id);
    pg_param_text(&p, s->file->tenant.time_zone);
    if (r == 0)
        r = pg_exec_count(s->pg, &ctl_policy_save_tenant, &p, &tenants);
    for (size_t i = 0; r == 0 && i < s->file->calendar_count; i++)
        r = save_calendar(s, &s->file->calendars[i]);
    for (size_t i = 0; r == 0 && i < s->file->book.count; i++)
        r = save_policy(s, &s->file->book.policies[i]);
    if (r == 0 && (tenants || s->saved->calendars || s->saved->policies))
        r = pg_exec(s->pg, &ctl_policy_raise_revision, NULL, NULL);
    return r;
}

int commitments_save(struct pg_conn *pg, struct arena *a, const struct commitments_file *f, const char *to_running,
                     struct commitments_saved *ret)
{
    struct saving s = { pg, a, f, to_running, ret };
    int r = pg_begin(pg);

    *ret = (struct commitments_saved){ 0 };
    if (r < 0)
        return r;
    r = save_all(&s);
    if (r == 0)
        return pg_commit(pg);
    pg_rollback(pg);
    return r;
}
