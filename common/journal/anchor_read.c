/* Stretches of the journal, a page at a time. */
#include "anchor_private.h"

#include <string.h>

#include "journal_sql.h"

struct sum *anchor_sum(struct sums *s, const char *tenant)
{
    if (s->newest < s->count && strcmp(s->items[s->newest].tenant, tenant) == 0)
        return &s->items[s->newest];
    for (s->newest = 0; s->newest < s->count; s->newest++)
        if (strcmp(s->items[s->newest].tenant, tenant) == 0)
            return &s->items[s->newest];
    if (s->count == s->cap) {
        struct sum *was = s->items;

        s->cap = s->cap ? 2 * s->cap : 16;
        s->items = arena_array(s->arena, struct sum, s->cap);
        if (s->count)
            memcpy(s->items, was, s->count * sizeof *was);
    }
    s->items[s->count] = (struct sum){ .tenant = arena_strdup(s->arena, tenant) };
    crypto_hash_sha256_init(&s->items[s->count].digest);
    return &s->items[s->count++];
}

void anchor_count(struct sum *n, int64_t version, const void *hash, size_t len)
{
    n->entries++;
    n->complaints += version == 1;
    crypto_hash_sha256_update(&n->digest, hash, len);
}

int anchor_read_page(struct pg_conn *c, struct arena *a, struct anchor_place *after, const struct anchor_place *upto,
                     struct pg_result **ret)
{
    struct arena_mark mark = arena_mark(a);
    struct pg_params p;
    int e;

    pg_params_init(&p, a);
    pg_param_int8(&p, after->batch);
    pg_param_int4(&p, after->ord);
    pg_param_int8(&p, upto->batch);
    pg_param_int4(&p, upto->ord);
    pg_param_int4(&p, ANCHOR_PAGE);
    e = pg_exec(c, &journal_anchor_entries, &p, ret);
    arena_rewind(a, mark);
    if (e == 0 && pg_rows(*ret))
        *after = (struct anchor_place){ pg_int8(*ret, pg_rows(*ret) - 1, 0), pg_int4(*ret, pg_rows(*ret) - 1, 1) };
    return e;
}
