/* Cases whose time to be kept begins or is over. */
#include "dispatch_sql.h"
#include "store.h"

int store_find_due(struct batch *b, size_t most, struct due_case **ret, size_t *ret_count)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    int r;

    pg_params_init(&p, b->arena);
    pg_param_time(&p, b->now_us);
    pg_param_int4(&p, (int32_t)most);
    r = pg_exec(b->pg, &dispatch_find_due, &p, &res);
    if (r < 0)
        return r;
    *ret_count = (size_t)pg_rows(res);
    *ret = arena_array(b->arena, struct due_case, *ret_count + 1);
    for (int i = 0; i < pg_rows(res); i++)
        (*ret)[i] = (struct due_case){ pg_uuid(res, i, 0), pg_text_copy(b->arena, res, i, 1), pg_bool(res, i, 2) };
    return 0;
}

int store_erase(struct batch *b, const struct uuid *ids, size_t count)
{
    static const struct pg_statement *const steps[] = { &dispatch_erase_texts, &dispatch_erase_keys,
                                                        &dispatch_mark_erased };
    struct pg_params p;
    int r = 0;

    if (count == 0)
        return 0;
    pg_params_uuids(&p, b->arena, ids, count);
    for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
        r = pg_exec(b->pg, steps[i], &p, NULL);
    return r;
}
