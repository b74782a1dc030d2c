/* How many SMS a number and a tenant get in 24 hours. */
#include <string.h>

#include "send_private.h"

bool quota_counts(const struct call *c)
{
    return c->queued.message.channel == NOTICE_SMS && !c->answer.class;
}

static bool is_limited(const struct call *c)
{
    return quota_counts(c) && (c->tenant->settings.sms_per_phone_day || c->tenant->settings.sms_per_day);
}

struct quota *quota_of(struct quota *items, size_t *count, const char *tenant, const char *key)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(items[i].key, key) == 0 && strcmp(items[i].tenant, tenant) == 0)
            return &items[i];
    items[*count] = (struct quota){ .tenant = tenant, .key = key };
    return &items[(*count)++];
}

/* A number that has had enough, or a tenant: what comes beyond it waits, for all to see. */
int quota_check(struct batch *b, struct call **calls, size_t count, bool *over)
{
    struct quota *used = arena_array(b->arena, struct quota, 2 * count + 1);
    size_t used_count = 0;
    int r;

    for (size_t i = 0; i < count; i++) {
        if (!is_limited(calls[i]))
            continue;
        quota_of(used, &used_count, calls[i]->tenant->id, calls[i]->composed.address_key);
        quota_of(used, &used_count, calls[i]->tenant->id, "");
    }
    r = notice_store_load_quota(b, used, used_count);
    for (size_t i = 0; r == 0 && i < count; i++) {
        const struct notice_settings *s = &calls[i]->tenant->settings;
        struct quota *phone, *all;

        if (!is_limited(calls[i]))
            continue;
        phone = quota_of(used, &used_count, calls[i]->tenant->id, calls[i]->composed.address_key);
        all = quota_of(used, &used_count, calls[i]->tenant->id, "");
        over[i] = (s->sms_per_phone_day && phone->used >= s->sms_per_phone_day) ||
                  (s->sms_per_day && all->used >= s->sms_per_day);
        phone->used += !over[i];
        all->used += !over[i];
    }
    return r;
}
