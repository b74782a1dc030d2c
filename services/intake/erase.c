/* What is personal of a complaint is destroyed here once dispatch has erased its case (R47). Cases that were erased are
 * looked for now and then: reading every event of every complaint for the few that say so would cost intake more than
 * its own work. */
#include "common/base/log.h"
#include "handlers.h"
#include "intake_sql.h"

#define AT_ONCE 500

static int erase(struct batch *b, const struct pg_result *found)
{
    static const struct pg_statement *const steps[] = { &intake_erase_submission_keys, &intake_erase_keys,
                                                        &intake_erase_evidence, &intake_erase_details };
    struct pg_column ids;
    struct pg_params p;
    int r = 0;

    pg_column_init(&ids, b->arena, PG_UUID, (size_t)pg_rows(found));
    for (int i = 0; i < pg_rows(found); i++) {
        struct uuid id = pg_uuid(found, i, 0);

        pg_column_uuid(&ids, &id);
    }
    pg_params_init(&p, b->arena);
    pg_param_column(&p, &ids);
    for (size_t i = 0; r == 0 && i < sizeof steps / sizeof *steps; i++)
        r = pg_exec(b->pg, steps[i], &p, NULL);
    if (r == 0)
        log_info("complaints erased", LOG_INT("complaints", pg_rows(found)));
    return r;
}

int intake_erase(struct batch *b)
{
    _cleanup_(pg_result_freep) struct pg_result *found = NULL;
    struct pg_params p;
    int r;

    pg_params_init(&p, b->arena);
    pg_param_int4(&p, AT_ONCE);
    r = pg_exec(b->pg, &intake_find_erased, &p, &found);
    if (r == 0 && pg_rows(found))
        r = erase(b, found);
    if (r == 0 && pg_rows(found) < AT_ONCE)
        r = pg_exec(b->pg, &intake_move_erasure, NULL, NULL);
    return r < 0 ? r : pg_rows(found) == AT_ONCE;
}
